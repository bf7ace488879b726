"""What is known of each job: its facets, and whose I/O is its own now?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from lineage.projection.evidence import JOB, Evidence
from lineage.projection.facts import Moment
from lineage.projection.merging import FacetFold, greatest, least
from lineage.projection.rows import array, fetch, transpose
from lineage.projection.runs import JOB_LINEAGE, Runs, linked_runs
from lineage.projection.tags import JOB_TAGS, holder
from lineage.projection.work import Work

# By primary keys.
LOAD_JOBS = """
SELECT j.id, j.first_seen, j.last_seen, j.facets, j.facet_events, j.effective_kind,
       j.effective_run, j.declared_event, j.lineage_event, r.decided_at, r.run_id,
       r.parent_id
FROM catalog_job j LEFT JOIN lineage_run r ON r.id = j.effective_run
WHERE j.id = ANY(%s)
"""
# By primary key.
SAVE_JOBS = """
UPDATE catalog_job AS j SET first_seen = w.first_seen, last_seen = w.last_seen,
  facets = coalesce(w.facets::bigint[], '{}'),
  facet_events = coalesce(w.facet_events::bigint[], '{}'),
  effective_kind = w.effective_kind, effective_run = w.effective_run,
  declared_event = w.declared_event, lineage_event = w.lineage_event,
  tags_facet_id = w.tags_facet_id, updated_at = greatest(j.updated_at, w.updated_at)
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[],
            %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::timestamptz[])
  AS w(id, first_seen, last_seen, facets, facet_events, effective_kind, effective_run,
       declared_event, lineage_event, tags_facet_id, updated_at)
WHERE j.id = w.id
"""


@dataclass(slots=True)
class JobFold:
    """A job as all evidence about it makes it.

    `latest` is the key of `effective_run` as it is stored, if there is one, and
    `latest_parent` its parent. `updated_at` is the recorded time of the latest event at
    hand that is about it.
    """

    id: int
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    facets: FacetFold = field(default_factory=FacetFold)
    effective_kind: int = 0
    effective_run: int | None = None
    declared_event: int | None = None
    lineage_event: int | None = None
    latest: tuple[datetime, UUID] | None = None
    latest_parent: int | None = None
    is_newly_declared: bool = False
    updated_at: datetime | None = None


Jobs = dict[int, JobFold]


def load_jobs(work: Work, runs: Runs, blank: Iterable[int] = ()) -> Jobs:
    """Read the jobs that the evidence touches; those in `blank` start from nothing."""
    blanked = set(blank)
    touched = {e.job for e in work.evidence if e.job is not None} | blanked
    touched |= {run.job for run in runs.values()}
    rows = fetch(work.cursor, LOAD_JOBS, sorted(touched)) if touched else []
    work.need_facets(f for row in rows for f in row[3])
    work.need_moments(e for row in rows for e in (row[7], row[8], *row[4]))
    return {
        row[0]: JobFold(row[0]) if row[0] in blanked else _loaded(row, work)
        for row in rows
    }


def _loaded(row: tuple[Any, ...], work: Work) -> JobFold:
    facets = FacetFold.load(row[3], row[4], work.facts, work.moments)
    i, first_seen, last_seen, _, _, kind, run, declared, lineage, *latest_run = row
    at, run_id, parent = latest_run
    latest = (at, run_id) if at is not None else None
    return JobFold(
        i, first_seen, last_seen, facets, kind, run, declared, lineage, latest, parent
    )


def merge_jobs(work: Work, runs: Runs, jobs: Jobs) -> None:
    """Merge the evidence into the jobs, all but their I/O."""
    for evidence in work.evidence:
        if evidence.job is None:
            continue
        job, moment = jobs[evidence.job], evidence.moment
        _see(job, evidence)
        for facet in evidence.job_facets:
            job.facets.merge(facet, work.facts[facet], moment, evidence.event)
        if evidence.kind == JOB and evidence.io:
            _declare(work, job, moment, evidence.event)
        if evidence.kind == JOB and work.carries(evidence.job_facets, JOB_LINEAGE):
            _state_lineage(work, job, moment, evidence.event)
        for facet in evidence.run_facets:
            fact = work.facts[facet]
            if fact.key == "parent" and fact.value is not None:
                for stub in linked_runs(work, evidence, fact.value):
                    if stub is not None:
                        _see(jobs[runs[stub].job], evidence)


def _see(job: JobFold, evidence: Evidence) -> None:
    job.first_seen = least(job.first_seen, evidence.moment.at)
    job.last_seen = greatest(job.last_seen, evidence.moment.at)
    job.updated_at = greatest(job.updated_at, evidence.recorded_at)


def _declare(work: Work, job: JobFold, moment: Moment, event: int) -> None:
    if job.declared_event is None or moment > work.moments[job.declared_event]:
        job.declared_event = event
        job.is_newly_declared = True


def _state_lineage(work: Work, job: JobFold, moment: Moment, event: int) -> None:
    if job.lineage_event is None or moment > work.moments[job.lineage_event]:
        job.lineage_event = event


def save_jobs(work: Work, jobs: Jobs) -> None:
    rows = [
        (
            job.id, job.first_seen, job.last_seen, *map(array, job.facets.rows()),
            job.effective_kind, job.effective_run, job.declared_event,
            job.lineage_event, holder(job.facets, JOB_TAGS, work.facts),
            job.updated_at,
        )
        for job in sorted(jobs.values(), key=lambda job: job.id)
    ]  # fmt: skip
    if rows:
        work.cursor.write(SAVE_JOBS, *transpose(rows, 11))
