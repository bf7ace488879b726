"""Which datasets does a job read and write now, and who makes or uses a dataset?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from catalog.models import Dataset, Job
from catalog.models.datasets import DatasetQuerySet
from catalog.models.jobs import JobQuerySet
from lineage.models import Edge
from lineage.reader import Reader
from policies.actions import Action
from policies.compiler.column_denies import column_denies


@dataclass(slots=True)
class JobIO:
    """A job's effective inputs and outputs, canonical, by (namespace, name).

    `is_attempt` tells that no run of it ever completed: it is its latest attempt's.
    """

    inputs: list[Dataset] = field(default_factory=list)
    outputs: list[Dataset] = field(default_factory=list)
    is_attempt: bool = False


@dataclass(slots=True)
class DatasetIO:
    """The jobs that effectively write and read a dataset, by (namespace, name)."""

    producers: list[Job] = field(default_factory=list)
    consumers: list[Job] = field(default_factory=list)


def of_jobs(jobs: Iterable[int], datasets: DatasetQuerySet) -> dict[int, JobIO]:
    """The effective I/O of each job (by id) among `datasets`, in three queries."""
    wanted = list(jobs)
    edges = list(Edge.objects.effective().filter(job__in=wanted))
    by_name = canonical(datasets, {edge.dataset_id for edge in edges})
    result = {pk: JobIO() for pk in wanted}
    for edge in edges:
        io = result[edge.job_id]
        io.is_attempt |= edge.status == Edge.Status.ATTEMPT
        dataset = by_name.get(edge.dataset_id)
        side = io.inputs if edge.direction == Edge.Direction.INPUT else io.outputs
        if dataset is not None and dataset not in side:
            side.append(dataset)
    for io in result.values():
        for side in (io.inputs, io.outputs):
            side.sort(key=lambda dataset: (dataset.namespace.name, dataset.name))
    return result


def of_datasets(datasets: Iterable[Dataset], jobs: JobQuerySet) -> dict[int, DatasetIO]:
    """The effective producers and consumers among `jobs` of each canonical dataset.

    The datasets come from `with_names()`; two queries.
    """
    groups = list(datasets)
    by_name = {name.pk: group.pk for group in groups for name in group.names.all()}
    edges = list(Edge.objects.effective().filter(dataset__in=list(by_name)))
    known = {
        job.pk: job
        for job in jobs.filter(pk__in={edge.job_id for edge in edges}).select_related(
            "namespace"
        )
    }
    result: dict[int, DatasetIO] = defaultdict(DatasetIO)
    for edge in edges:
        io = result[by_name[edge.dataset_id]]
        is_input = edge.direction == Edge.Direction.INPUT
        side = io.consumers if is_input else io.producers
        if edge.job_id in known and known[edge.job_id] not in side:
            side.append(known[edge.job_id])
    for io in result.values():
        for side in (io.producers, io.consumers):
            side.sort(key=lambda job: (job.namespace.name, job.name))
    return {group.pk: result[group.pk] for group in groups}


def hidden_in(jobs: Iterable[int], reader: Reader) -> dict[int, frozenset[str]]:
    """The hidden columns of all that each job (by id) ever read and wrote, by name.

    No query for whoever is denied no tag.
    """
    if not column_denies(reader.principal, Action.ASSET_VIEW):
        return {}
    rows = Edge.objects.filter(job__in=list(jobs))
    touched: dict[int, set[int]] = defaultdict(set)
    for job, dataset in rows.values_list("job", "dataset__canonical"):
        touched[job].add(dataset)
    hidden = reader.hidden_columns(set().union(*touched.values()))
    return {job: hidden.all_of(datasets) for job, datasets in touched.items()}


def canonical(datasets: DatasetQuerySet, raw: Iterable[int]) -> dict[int, Dataset]:
    """The canonical dataset among `datasets` of each raw dataset id."""
    wanted = set(raw)
    if not wanted:
        return {}
    links = dict(
        Dataset.objects.unrestricted("the caller's datasets are looked up by it")
        .filter(pk__in=wanted)
        .values_list("pk", "canonical")
    )
    found = datasets.select_related("namespace").in_bulk(set(links.values()))
    return {pk: found[group] for pk, group in links.items() if group in found}
