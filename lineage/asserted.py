"""Which jobs ever wrote and read a dataset, does it still hold, and on whose word?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.models import Dataset, Job
from catalog.models.datasets import DatasetQuerySet
from catalog.models.jobs import JobQuerySet
from lineage import manual
from lineage.job_io import canonical
from lineage.models import Edge, Event


@dataclass(frozen=True, slots=True)
class Asserted:
    """A job reads or writes a (canonical) dataset, so the events from first to last.

    `status` is the best of the raw names' (effective, attempt, former, attempted).
    `is_manual` says that people declare it, too.
    """

    job: Job
    dataset: Dataset
    status: Edge.Status
    first_at: datetime
    last_at: datetime
    first_event: str  # digest, hex
    last_event: str
    is_manual: bool = False

    @property
    def is_effective(self) -> bool:
        return self.status in (Edge.Status.EFFECTIVE, Edge.Status.ATTEMPT)


@dataclass(frozen=True, slots=True)
class Sides:
    """Edges by direction; effective ones first, then the latest."""

    inputs: list[Asserted]
    outputs: list[Asserted]


def of_dataset(dataset: Dataset, jobs: JobQuerySet) -> Sides:
    """The jobs among `jobs` that wrote (outputs) and read (inputs) a dataset.

    The dataset comes from `with_names()`; three queries.
    """
    edges = list(Edge.objects.filter(dataset__in=[n.pk for n in dataset.names.all()]))
    found = jobs.filter(pk__in={edge.job_id for edge in edges})
    known = {job.pk: job for job in found.select_related("namespace")}
    return _sides(
        [(known[edge.job_id], dataset, edge) for edge in edges if edge.job_id in known],
        manual.pairs(dataset),
    )


def of_job(job: Job, datasets: DatasetQuerySet) -> Sides:
    """What a job reads and writes among `datasets`, now and formerly; four queries."""
    edges = list(Edge.objects.filter(job=job))
    by_name = canonical(datasets, {edge.dataset_id for edge in edges})
    return _sides(
        [
            (job, by_name[edge.dataset_id], edge)
            for edge in edges
            if edge.dataset_id in by_name
        ],
        manual.pairs(job),
    )


def _sides(
    found: Iterable[tuple[Job, Dataset, Edge]], declared: Collection[manual.Pair]
) -> Sides:
    groups: dict[tuple[int, int, int], list[tuple[Job, Dataset, Edge]]] = defaultdict(
        list
    )
    for one in found:
        groups[one[2].direction, one[0].pk, one[1].pk].append(one)
    ends = {
        event
        for group in groups.values()
        for _, _, edge in group
        for event in (edge.first_event, edge.last_event)
    }
    digests = {
        pk: bytes(digest).hex()
        for pk, digest in Event.objects.filter(pk__in=ends).values_list("pk", "digest")
    }
    sides = Sides([], [])
    for (direction, job, dataset), group in groups.items():
        side = sides.inputs if direction == Edge.Direction.INPUT else sides.outputs
        united = _united(group, digests)
        side.append(replace(united, is_manual=(direction, job, dataset) in declared))
    for side in (sides.inputs, sides.outputs):
        side.sort(key=lambda edge: (not edge.is_effective, -edge.last_at.timestamp()))
    return sides


def _united(
    group: list[tuple[Job, Dataset, Edge]], digests: dict[int, str]
) -> Asserted:
    job, dataset, _ = group[0]
    edges = [edge for _, _, edge in group]
    first = min(edges, key=lambda edge: edge.first_at)
    last = max(edges, key=lambda edge: edge.last_at)
    return Asserted(
        job=job,
        dataset=dataset,
        status=Edge.Status(min(edge.status for edge in edges)),
        first_at=first.first_at,
        last_at=last.last_at,
        first_event=digests.get(first.first_event, ""),
        last_event=digests.get(last.last_event, ""),
    )
