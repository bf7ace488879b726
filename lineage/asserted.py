"""Which jobs ever wrote and read a dataset, does it still hold, and on whose word?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from catalog.models import Dataset, Job
from catalog.models.datasets import DatasetQuerySet
from catalog.models.jobs import JobQuerySet
from lineage.job_io import canonical
from lineage.models import Edge, Event


@dataclass(frozen=True, slots=True)
class Asserted:
    """A job reads or writes a (canonical) dataset, so the events from first to last.

    `status` is the best of the raw names' (effective, attempt, former, attempted).
    """

    job: Job
    dataset: Dataset
    status: Edge.Status
    first_at: datetime
    last_at: datetime
    first_event: str  # digest, hex
    last_event: str

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
        (known[edge.job_id], dataset, edge) for edge in edges if edge.job_id in known
    )


def of_job(job: Job, datasets: DatasetQuerySet) -> Sides:
    """What a job reads and writes among `datasets`, now and formerly; four queries."""
    edges = list(Edge.objects.filter(job=job))
    by_name = canonical(datasets, {edge.dataset_id for edge in edges})
    return _sides(
        (job, by_name[edge.dataset_id], edge)
        for edge in edges
        if edge.dataset_id in by_name
    )


def _sides(found: Iterable[tuple[Job, Dataset, Edge]]) -> Sides:
    groups: dict[tuple[int, int, int], list[tuple[Job, Dataset, Edge]]] = defaultdict(
        list
    )
    for job, dataset, edge in found:
        groups[edge.direction, job.pk, dataset.pk].append((job, dataset, edge))
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
    for (direction, _, _), group in groups.items():
        side = sides.inputs if direction == Edge.Direction.INPUT else sides.outputs
        side.append(_united(group, digests))
    for side in (sides.inputs, sides.outputs):
        side.sort(key=lambda one: (not one.is_effective, -one.last_at.timestamp()))
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
