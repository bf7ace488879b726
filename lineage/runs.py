"""Which runs did a job have, latest first, and how did each go?"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef

from catalog.models import Job
from lineage.graph.jobs import last_runs
from lineage.models import Run
from lineage.models.runs import RunQuerySet

# A run of which nothing but its being a parent is known has not begun, for all we know.
STATE_NAMES = {
    Run.State.UNKNOWN: "NEW",
    Run.State.RUNNING: "RUNNING",
    Run.State.COMPLETED: "COMPLETED",
    Run.State.ABORTED: "ABORTED",
    Run.State.FAILED: "FAILED",
}


class LightRun(NamedTuple):
    """What answers tell of a run, for those that tell of many."""

    pk: int
    job_id: int
    run_id: UUID
    state: int
    started_at: datetime | None
    ended_at: datetime | None
    last_event_at: datetime | None
    nominal_start: datetime | None
    nominal_end: datetime | None
    created_at: datetime
    updated_at: datetime
    job_version: bytes | None
    parent_id: int | None
    facets: list[int] | None
    facet_events: list[int] | None


type AnyRun = Run | LightRun


def state_name(run: AnyRun) -> str:
    """The run's state in Marquez's words."""
    return STATE_NAMES[Run.State(run.state)]


def duration_ms(run: AnyRun) -> int | None:
    """How long the run took, once it has ended."""
    if run.started_at is None or run.ended_at is None:
        return None
    return round((run.ended_at - run.started_at).total_seconds() * 1000)


def page_of_job(
    job: Job, runs: RunQuerySet, *, limit: int, offset: int
) -> tuple[list[Run], int]:
    """A job's runs among `runs`, latest start first, and how many there are in all.

    Stubs, which have no start, come last. The cost follows offset and limit, beside a
    count over an index.
    """
    own = runs.filter(job=job)
    begun = own.filter(started_at__isnull=False)
    begun_count = begun.count()
    stubs = own.filter(started_at__isnull=True)
    page = []
    if offset < begun_count:
        page = list(begun.order_by("-started_at", "-run_id")[offset : offset + limit])
    missing = limit - len(page)
    first = max(offset - begun_count, 0)
    stub_count = stubs.count()
    if missing and first < stub_count:
        page += stubs.order_by("-stub_at", "-run_id")[first : first + missing]
    return page, begun_count + stub_count


def latest(
    jobs: Iterable[int], runs: RunQuerySet, *, limit: int = 10
) -> dict[int, list[Run]]:
    """The last `limit` runs of each job (by id) among `runs`, latest start first.

    Two queries, each at a cost that follows the answer, however many runs a job has.
    """
    begun = runs.filter(job=OuterRef("pk"), started_at__isnull=False)
    stubs = runs.filter(job=OuterRef("pk"), started_at__isnull=True)
    chosen: Any = (
        Job.objects.unrestricted("only a frame: the runs are the caller's")
        .filter(pk__among=jobs)
        .annotate(
            begun=ArraySubquery(
                begun.order_by("-started_at", "-run_id").values("pk")[:limit]
            ),
            stubs=ArraySubquery(
                stubs.order_by("-stub_at", "-run_id").values("pk")[:limit]
            ),
        )
        .values_list("begun", "stubs")
    )
    wanted = [
        pk for begun_ids, stub_ids in chosen for pk in (begun_ids + stub_ids)[:limit]
    ]
    if not wanted:
        return {}
    found = (
        Run.objects.unrestricted("chosen among the caller's just above")
        .filter(pk__among=wanted)
        .order_by(F("started_at").desc(nulls_last=True), "-stub_at", "-run_id")
    )
    result: dict[int, list[Run]] = defaultdict(list)
    for run in found:
        result[run.job_id].append(run)
    return dict(result)


def last(jobs: Iterable[int], runs: RunQuerySet) -> dict[int, LightRun]:
    """The last run of each job (by id), where it is among `runs`.

    As `latest`, for many jobs: whose runs may be seen is a matter of the job.
    """
    rows = runs.filter(pk__among=last_runs(jobs)).values_list(*LightRun._fields)
    return {row[1]: LightRun(*row) for row in rows}


def by_run_id(run_id: UUID, runs: RunQuerySet) -> list[Run]:
    """The runs of this id among `runs`, one a job, the earliest start first."""
    return list(
        runs.filter(run_id=run_id)
        .select_related("job__namespace")
        .order_by(
            F("started_at").asc(nulls_last=True), "job__namespace__name", "job__name"
        )
    )
