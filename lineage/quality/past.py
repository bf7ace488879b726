"""How did runs stand at a time, by what was known then, and what had they said?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Min, OuterRef, Q

from catalog.models import Dataset
from catalog.models.jobs import JobQuerySet
from lineage.graph.cut import Cut
from lineage.graph.then.evidence import Counting
from lineage.models import Event, IOEvidence, Retraction, Run, RunDataset
from lineage.models.events import EventQuerySet
from lineage.projection.evidence import OUTPUT, STATIC
from lineage.projection.runs import RunFold

# What is read of what runs and dataset events say of a dataset.
FACETS = (
    *("outputStatistics", "dataQualityMetrics", "dataQualityAssertions", "schema"),
    "lifecycleStateChange",
)
MOMENTS = 500  # of a stream: the latest events
ENDED = {
    Event.Type.COMPLETE: Run.State.COMPLETED,
    Event.Type.ABORT: Run.State.ABORTED,
    Event.Type.FAIL: Run.State.FAILED,
}
RUNNING = Run.State.RUNNING
# What a stream tells at its end if that is no good one is no sign that data flows.
NO_WRITE = (Event.Type.FAIL, Event.Type.ABORT)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stood; `at` is when it ended, or was last heard of."""

    pk: int
    job: int
    run_id: UUID
    state: int
    at: datetime
    started_at: datetime | None
    parent: int | None
    is_streaming: bool

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED.values()

    @property
    def seconds(self) -> float | None:
        """How long it took; None unless it has ended, and was heard of before."""
        if self.started_at is None or not self.is_ended or self.started_at >= self.at:
            return None
        return (self.at - self.started_at).total_seconds()


class Said(NamedTuple):
    """The facets that a run gave a raw dataset which it read or wrote."""

    run: int
    dataset: int
    direction: int
    facets: Sequence[int]


def standing(runs: Collection[int], cut: Cut) -> dict[int, Standing]:
    """How each of some runs stood; those of which nothing was known are left out."""
    return _standing_now(runs) if cut.is_now else _standing_of(_folds(runs, cut))


def standing_and_said(
    runs: Collection[int], names: Collection[int], cut: Cut
) -> tuple[dict[int, Standing], list[Said]]:
    """How runs stood, and what they had given some datasets (raw ids) by then."""
    if not cut.is_now:
        folds = _folds(runs, cut)
        told = [
            Said(pk, raw, side, one.facets.rows()[0] or ())
            for pk, fold in folds.items()
            for (raw, side), one in fold.datasets.items()
        ]
        return _standing_of(folds), told
    rows: Any = RunDataset.objects.filter(run__among=list(runs), dataset__in=names)
    found = rows.values_list("run", "dataset", "direction", "facets")
    said = [Said(run, raw, side, shown or ()) for run, raw, side, shown in found]
    return _standing_now(runs), said


def _standing_now(runs: Collection[int]) -> dict[int, Standing]:
    rows: Any = Run.objects.unrestricted("runs of jobs that the caller chose")
    fields = ("pk", "job", "run_id", "state", "parent", "is_streaming")
    times = ("decided_at", "last_event_at", "started_at")
    known = rows.visible().filter(pk__among=list(runs), first_event_at__isnull=False)
    return {
        pk: Standing(
            pk, job, run_id, state, at if state > RUNNING else last, start, *on
        )
        for pk, job, run_id, state, *on, at, last, start in known.values_list(
            *fields, *times
        )
    }


def _folds(runs: Collection[int], cut: Cut) -> dict[int, RunFold]:
    return Counting(cut).folded(list(runs))[1]


def _standing_of(folds: Mapping[int, RunFold]) -> dict[int, Standing]:
    found = {}
    for pk, fold in folds.items():
        at = fold.decided.at if fold.is_ended and fold.decided else fold.last_event_at
        if at is not None:
            own = fold.job, fold.run_id, fold.state, at, fold.started_at
            found[pk] = Standing(pk, *own, fold.parent, fold.is_streaming)
    return found


def of_believed(
    names: Collection[int], jobs: JobQuerySet, cut: Cut
) -> set[tuple[int, int]]:
    """Raw dataset and run of events that counted then, and were retracted since."""
    believed = Counting(cut).believed if cut.recorded_at is not None else []
    if not believed:
        return set()
    rows: Any = IOEvidence.objects.filter(
        event__in=believed, event__job__in=jobs.values("pk"), dataset__in=names
    ).exclude(direction=STATIC)
    return set(rows.values_list("dataset", "event__run"))


def known(cut: Cut) -> EventQuerySet:
    """The events that count at a cut: those retracted by then, or since, do not."""
    if cut.recorded_at is None:
        events = Event.objects.filter(status=Event.Status.APPLIED)
    else:
        at = cut.recorded_at
        retracted = Retraction.objects.filter(
            Q(recorded_to=None) | Q(recorded_to__gt=at), recorded_from__lte=at
        )
        counted = (Event.Status.APPLIED, Event.Status.RETRACTED)
        events = Event.objects.filter(status__in=counted, recorded_at__lte=at)
        events = events.exclude(pk__in=retracted.values("event"))
    return events if cut.as_of is None else events.filter(event_time__lte=cut.as_of)


def moments_of_streams(
    streams: Collection[int], names: Mapping[int, int], cut: Cut
) -> dict[tuple[int, int], list[datetime]]:
    """When streaming runs were heard of since they named a dataset as an output.

    By run and canonical dataset; the latest MOMENTS, an end that is no good one apart.
    """
    if not streams:
        return {}
    counted = known(cut).exclude(type__in=NO_WRITE).filter(run=OuterRef("pk"))
    last = counted.order_by("-event_time").values("event_time")[:MOMENTS]
    rows: Any = Run.objects.unrestricted("runs of jobs that the caller chose")
    heard = rows.filter(pk__in=streams).annotate(heard=ArraySubquery(last))
    first: dict[tuple[int, int], datetime] = {}
    named = IOEvidence.objects.filter(
        event__in=known(cut).filter(run__in=streams),
        dataset__in=list(names),
        direction=OUTPUT,
    )
    of_run = named.order_by().values_list("event__run", "dataset")
    for run, dataset, at in of_run.annotate(at=Min("event__event_time")):
        place = run, names[dataset]
        first[place] = min(at, first.get(place, at))
    moments = dict(heard.values_list("pk", "heard"))
    return {
        (run, dataset): [at for at in moments.get(run, ()) if at >= begun]
        for (run, dataset), begun in first.items()
    }


def described(
    names: Mapping[int, int], limit: int, cut: Cut
) -> list[tuple[int, datetime, list[int]]]:
    """Raw dataset, event time and facets of the last dataset events of each name."""
    last = (
        known(cut)
        .filter(dataset=OuterRef("pk"), kind=Event.Kind.DATASET)
        .order_by("-event_time", "-digest")
        .values("pk")[:limit]
    )
    rows: Any = Dataset.objects.unrestricted("names of datasets that were chosen")
    found = rows.filter(pk__in=list(names)).annotate(last=ArraySubquery(last))
    ids = [event for events in found.values_list("last", flat=True) for event in events]
    evidence = IOEvidence.objects.filter(event__in=ids, direction=STATIC)
    told = evidence.values_list("dataset", "event__event_time", "facets")
    return [(pk, at, shown or []) for pk, at, shown in told if pk in names]
