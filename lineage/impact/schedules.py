"""When was something last made, how often is it, and who gets late data when?

What counts are runs that completed. Mapped tasks, or one job per statement, are many
runs under one parent: these are one time, that of the last.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from django.db import connection

from catalog.models import Job
from lineage import runs
from lineage.graph.cut import Cut
from lineage.impact.answers import Late, Schedule
from lineage.models import Run
from lineage.quality.robust import WINDOW, usual_interval
from lineage.reader import Reader
from lineage.runs import LightRun
from policies.actions import Action

# Of mapped tasks there are many under one parent.
RUNS_OF_JOB = 5 * (WINDOW + 1)

KNOWN: LiteralString = """
(%(as_of)s::timestamptz IS NULL OR r.decided_at <= %(as_of)s)
AND (%(recorded_at)s::timestamptz IS NULL OR EXISTS (
  SELECT FROM lineage_event e
  WHERE e.id = r.state_event AND e.recorded_at <= %(recorded_at)s
))
"""
# By run_of_job; LATERAL keeps the planner to it.
RUNS: LiteralString = f"""
SELECT r.job_id, r.job_id, r.run_id, coalesce(r.parent_id, r.id),
  r.started_at, r.decided_at
FROM unnest(%(jobs)s::bigint[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT r.* FROM lineage_run r
  WHERE r.job_id = w.id AND r.started_at IS NOT NULL AND r.state = 2
    AND r.decided_at IS NOT NULL AND {KNOWN}
  ORDER BY r.started_at DESC LIMIT %(most)s
) AS r
"""
# Who ever wrote each of the datasets, by edge_reverse.
WRITERS: LiteralString = """
SELECT n.canonical_id, n.id, e.job_id
FROM catalog_dataset n JOIN lineage_edge e ON e.dataset_id = n.id AND e.direction = 2
WHERE n.canonical_id = ANY(%(datasets)s::bigint[])
"""
# By run_effective and the primary key of run datasets.
WRITES: LiteralString = f"""
SELECT w.canonical, r.job_id, r.run_id, coalesce(r.parent_id, r.id),
  r.started_at, r.decided_at
FROM unnest(%(canonical)s::bigint[], %(names)s::bigint[], %(jobs)s::bigint[])
  AS w(canonical, name, job)
CROSS JOIN LATERAL (
  SELECT r.* FROM lineage_run r
  WHERE r.job_id = w.job AND r.counts AND r.state = 2 AND {KNOWN}
    AND EXISTS (SELECT FROM lineage_rundataset o
                WHERE o.run_id = r.id AND o.dataset_id = w.name AND o.direction = 2)
  ORDER BY r.decided_at DESC, r.run_id DESC LIMIT %(most)s
) AS r
"""
# The last run of each job by then, and whether its state was known by then. By
# run_of_job.
LAST: LiteralString = f"""
SELECT r.id, r.state <> 1 AND {KNOWN}
FROM unnest(%(jobs)s::bigint[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT r.* FROM lineage_run r
  WHERE r.job_id = w.id AND r.started_at IS NOT NULL
    AND (%(as_of)s::timestamptz IS NULL OR r.started_at <= %(as_of)s)
    AND (%(recorded_at)s::timestamptz IS NULL OR r.created_at <= %(recorded_at)s)
  ORDER BY r.started_at DESC LIMIT 1
) AS r
"""


class _Made(NamedTuple):
    """One run that completed: of which job or dataset, and under which parent."""

    of: int
    job: int
    run_id: UUID
    parent: int
    started_at: datetime | None
    at: datetime


def of_jobs(jobs: Collection[int], reader: Reader, cut: Cut) -> dict[int, Schedule]:
    """How often jobs (by id) run, as far as the reader may see their runs."""
    known = _with_runs(jobs, reader)
    asked = {"jobs": list(known), "most": RUNS_OF_JOB, **cut._asdict()}
    return _schedules(_fetch(RUNS, asked), known) if known else {}


def of_datasets(
    datasets: Collection[int], reader: Reader, cut: Cut
) -> dict[int, Schedule]:
    """How often canonical datasets (by id) are written, by runs that may be seen."""
    with connection.cursor() as cursor:
        cursor.execute(WRITERS, {"datasets": list(datasets)})
        writers: list[tuple[int, int, int]] = cursor.fetchall()
    known = _with_runs({job for _, _, job in writers}, reader)
    writers = [row for row in writers if row[2] in known]
    if not writers:
        return {}
    canonical, names, jobs = (list(column) for column in zip(*writers, strict=True))
    asked = {"canonical": canonical, "names": names, "jobs": jobs, "most": WINDOW + 1}
    return _schedules(_fetch(WRITES, asked | cut._asdict()), known)


def last_runs(jobs: Collection[int], reader: Reader, cut: Cut) -> dict[int, LightRun]:
    """The last run of each job (by id) then, if the reader may see it.

    One whose end was not known then was running.
    """
    if not jobs or cut.is_now:
        return runs.last(jobs, reader.runs) if jobs else {}
    with connection.cursor() as cursor:
        cursor.execute(LAST, {"jobs": list(jobs), **cut._asdict()})
        known: dict[int, bool] = dict(cursor.fetchall())
    rows = reader.runs.filter(pk__among=known).values_list(*LightRun._fields)
    return {row[1]: _then(LightRun(*row), known[row[0]]) for row in rows}


def _then(run: LightRun, is_known: bool) -> LightRun:
    if is_known:
        return run
    return run._replace(state=Run.State.RUNNING, ended_at=None)


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """When something is made next, at or after an instant, if all goes as usual."""
    if schedule.last >= after or not schedule.interval:
        return max(schedule.last, after)
    return schedule.last + schedule.interval * ceil(
        (after - schedule.last) / schedule.interval
    )


def first_missed(schedule: Schedule | None, now: datetime) -> datetime | None:
    """When the next run of what is stopped would have been, None if nobody can say."""
    if schedule is None or not schedule.interval:
        return None
    return next_due(schedule, now + timedelta(microseconds=1))


def passed_on(late: Late, own: Schedule | None) -> Late | None:
    """What lateness becomes at a job that runs by its own schedule.

    The first run that it hits is the one that would end after the data was due, and
    began before it comes. None says that there is none: nobody notices.
    """
    if own is None or not own.interval or late.since is None:
        return late
    since = next_due(own, late.since)
    if late.until is None:
        return Late(since, None)
    if since - own.took >= late.until:
        return None
    return Late(since, next_due(own, late.until + own.took))


def _with_runs(jobs: Collection[int], reader: Reader) -> dict[int, Job]:
    """Those of the jobs whose runs the reader may see."""
    if not jobs:
        return {}
    shown = reader.linked_jobs.permitted(reader.principal, Action.RUN_VIEW)
    found = shown.filter(pk__among=jobs).select_related("namespace")
    return {job.pk: job for job in found}


def _fetch(sql: LiteralString, asked: Mapping[str, Any]) -> list[_Made]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return [_Made(*row) for row in cursor.fetchall()]


def _schedules(made: Sequence[_Made], jobs: Mapping[int, Job]) -> dict[int, Schedule]:
    by_parent: defaultdict[int, defaultdict[int, list[_Made]]]
    by_parent = defaultdict(lambda: defaultdict(list))
    for one in sorted(made, key=lambda one: (one.at, one.run_id)):
        by_parent[one.of][one.parent].append(one)
    return {of: _schedule(list(g.values()), jobs) for of, g in by_parent.items()}


def _schedule(groups: Sequence[list[_Made]], jobs: Mapping[int, Job]) -> Schedule:
    """The schedule of what was made by some groups of runs, each in order of time."""
    latest = max(groups, key=lambda group: (group[-1].at, group[-1].run_id))
    last = latest[-1]
    began = min((one.started_at for one in latest if one.started_at), default=last.at)
    return Schedule(
        jobs[last.job],
        str(last.run_id),
        last.at,
        usual_interval(group[-1].at for group in groups),
        max(last.at - began, timedelta(0)),
    )
