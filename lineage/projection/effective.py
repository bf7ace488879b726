"""Whose I/O is the job's own now?

The union over its counting runs (completed, or streaming and running with some I/O)
under the parent of the latest of them; without a parent, the latest alone. A newer
JobEvent replaces it. Of a job that has neither: its latest failed or aborted run, as an
attempt.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lineage.projection.evidence import INPUT
from lineage.projection.jobs import JobFold, Jobs
from lineage.projection.rows import fetch, transpose
from lineage.projection.runs import (
    ABORTED,
    COLUMN_LINEAGE,
    FAILED,
    RunFold,
    Runs,
)
from lineage.projection.work import Work

# Job.EffectiveKind
NONE, RUN, DECLARED, ATTEMPT = 0, 1, 2, 3

# By the index run_effective.
LATEST_RUNS = """
SELECT w.job_id, r.id, r.decided_at, r.parent_id
FROM unnest(%s::bigint[]) AS w(job_id)
CROSS JOIN LATERAL (
  SELECT id, decided_at, parent_id FROM lineage_run
  WHERE job_id = w.job_id AND counts ORDER BY decided_at DESC, run_id DESC LIMIT 1
) AS r
"""
# By primary key, and by the index run_children.
RUN_IO = """
WITH wanted AS (
  SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
    AS w(job_id, run_id, parent_id)
), members AS (
  SELECT r.job_id, r.id, r.is_snapshot, r.io_event
  FROM wanted w JOIN lineage_run r ON r.id = w.run_id
  UNION ALL
  SELECT r.job_id, r.id, r.is_snapshot, r.io_event
  FROM wanted w JOIN lineage_run r
    ON r.parent_id = w.parent_id AND r.job_id = w.job_id AND r.counts
   AND r.id <> w.run_id
)
SELECT m.job_id, d.dataset_id, d.direction, d.facets
FROM members m JOIN lineage_rundataset d ON d.run_id = m.id WHERE NOT m.is_snapshot
UNION ALL
SELECT m.job_id, i.dataset_id, i.direction, i.facets
FROM members m JOIN lineage_ioevidence i ON i.event_id = m.io_event WHERE m.is_snapshot
"""
# By the index run_of_job; asked only of a job whose run counts no longer.
LATEST_ATTEMPTS = """
SELECT w.job_id, r.id
FROM unnest(%s::bigint[]) AS w(job_id)
CROSS JOIN LATERAL (
  SELECT id FROM lineage_run WHERE job_id = w.job_id AND state IN (3, 4)
  ORDER BY decided_at DESC, run_id DESC LIMIT 1
) AS r
"""
# By primary keys.
DECLARED_IO = """
SELECT e.job_id, i.dataset_id, i.direction, i.facets
FROM lineage_event e JOIN lineage_ioevidence i ON i.event_id = e.id
WHERE e.id = ANY(%s)
"""


@dataclass(slots=True)
class EffectiveIO:
    """What becomes effective of one job; where `replaces`, nothing else stays so.

    Otherwise it is what `added` runs add.
    """

    replaces: bool
    added: list[RunFold] = field(default_factory=list)
    is_attempt: bool = False
    io: set[tuple[int, int]] = field(default_factory=set)  # dataset, direction
    columns: set[tuple[int, int]] = field(default_factory=set)  # dataset, facet


def settle_effective_io(work: Work, runs: Runs, jobs: Jobs) -> dict[int, EffectiveIO]:
    """Find which jobs' effective I/O changes, and to what; the runs are saved."""
    by_job: dict[int, list[RunFold]] = defaultdict(list)
    for run in runs.values():
        if run.changed and run.job in jobs:
            by_job[run.job].append(run)
    answers: dict[int, EffectiveIO] = {}
    unsure: list[int] = []
    for job in jobs.values():
        step = _step(job, by_job[job.id])
        if step is None:
            unsure.append(job.id)
        elif step:
            answers[job.id] = _added(work, job, step)
    if unsure:
        answers.update(_replaced(work, jobs, by_job, sorted(unsure)))
    return answers


def _step(job: JobFold, runs: list[RunFold]) -> list[RunFold] | None:
    """The runs whose I/O only adds to what is effective; None if that is not all."""
    if job.is_newly_declared:
        return None
    added: list[RunFold] = []
    for run in runs:
        if run.was_counting and _retreats(run):
            return None
        if not run.counts:
            if job.effective_kind in (NONE, ATTEMPT) and run.is_ended:
                return None
            continue
        if (
            job.effective_kind != RUN
            or job.declared_event is not None
            or run.is_snapshot
        ):
            return None
        if run.id == job.effective_run or (
            run.parent is not None and run.parent == job.latest_parent
        ):
            added.append(run)
        elif job.latest is None or run.key > job.latest:
            return None
    return added


def _retreats(run: RunFold) -> bool:
    """Does a run that counted count less, or elsewhere, than it did?"""
    return (
        not run.counts
        or run.parent != run.was_parent
        or run.was_key is None
        or run.key < run.was_key  # a stream that ended before its last RUNNING
        or not run.was_deriving <= run.deriving()
    )


def _added(work: Work, job: JobFold, runs: list[RunFold]) -> EffectiveIO:
    answer = EffectiveIO(replaces=False, added=runs)
    for run in runs:
        _take(work, answer, _own_io(run))
        if job.latest is None or run.key > job.latest:
            job.effective_run, job.latest = run.id, run.key
    return answer


def _own_io(run: RunFold) -> Iterable[tuple[int, int, list[int]]]:
    for (dataset, direction), fold in run.datasets.items():
        yield dataset, direction, fold.facets.rows()[0] or []


def _take(
    work: Work, answer: EffectiveIO, io: Iterable[tuple[int, int, list[int]]]
) -> None:
    for dataset, direction, facets in io:
        answer.io.add((dataset, direction))
        if direction == INPUT:
            continue  # whoever reads it is no witness of how it was made
        for facet in facets:
            fact = work.facts[facet]
            if (fact.scope, fact.key) == COLUMN_LINEAGE:
                answer.columns.add((dataset, facet))


def _replaced(
    work: Work, jobs: Jobs, by_job: dict[int, list[RunFold]], unsure: list[int]
) -> dict[int, EffectiveIO]:
    latest = {row[0]: row[1:] for row in fetch(work.cursor, LATEST_RUNS, unsure)}
    lost = [
        i for i in unsure if any(r.was_counting and not r.counts for r in by_job[i])
    ]
    attempts: dict[int, int] = {}
    if lost:
        attempts.update(fetch(work.cursor, LATEST_ATTEMPTS, lost))
    work.need_moments(jobs[i].declared_event for i in unsure)
    answers = {i: EffectiveIO(replaces=True) for i in unsure}
    from_runs: list[tuple[int, int, int | None]] = []
    from_declarations: list[int] = []
    for i in unsure:
        job = jobs[i]
        declared = job.declared_event
        run, at, parent = latest.get(i, (None, None, None))
        if run is not None and (declared is None or at >= work.moments[declared].at):
            job.effective_kind, job.effective_run = RUN, run
            from_runs.append((i, run, parent))
        elif declared is not None:
            job.effective_kind, job.effective_run = DECLARED, run
            from_declarations.append(declared)
        else:
            answers[i].is_attempt = True
            attempt = attempts.get(i) or _latest_attempt(job, by_job[i])
            job.effective_kind = NONE if attempt is None else ATTEMPT
            job.effective_run = attempt
            if attempt is not None:
                from_runs.append((i, attempt, None))
    rows: list[tuple[Any, ...]] = []
    if from_runs:
        rows += fetch(work.cursor, RUN_IO, *transpose(from_runs, 3))
    if from_declarations:
        rows += fetch(work.cursor, DECLARED_IO, from_declarations)
    work.need_facets(f for row in rows for f in row[3] or ())
    for i, dataset, direction, facets in rows:
        _take(work, answers[i], [(dataset, direction, facets or [])])
    return answers


def _latest_attempt(job: JobFold, runs: list[RunFold]) -> int | None:
    """The latest failed or aborted run, among the stored one and those at hand."""
    ended = [run for run in runs if run.state in (ABORTED, FAILED)]
    best = max(ended, key=lambda run: run.key, default=None)
    held = job.latest if job.effective_kind == ATTEMPT else None
    if best is not None and (held is None or best.key >= held):
        return best.id
    return None if held is None else job.effective_run
