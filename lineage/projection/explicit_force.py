"""Which of the edges that `lineage` facets state are in force?

Of a job those of the runs whose I/O is the job's own (`effective`), united, and those
of the latest JobEvent with the facet. Of the two the later one is the whole truth about
the targets that it names; an attempt takes none from a JobEvent. A tombstone is about
every target, and states nothing. Of what DatasetEvents state of a dataset the latest
holds; what runs show with their inputs and outputs is no word of this kind.

Edges, runs and jobs are stored by now; nearly no batch has anything to judge.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from lineage.projection.effective import ATTEMPT, RUN, EffectiveIO
from lineage.projection.evidence import JOB, STATIC
from lineage.projection.jobs import JobFold, Jobs
from lineage.projection.rows import transpose
from lineage.projection.runs import DATASET_LINEAGE, JOB_LINEAGE
from lineage.projection.work import Work

# Which facet of the job has its way with a target that several name.
YIELDING, OF_RUNS, LATER = 0, 1, 2

# The facets that runs hold, each run alone or with its counting siblings. By primary
# key, and by the index run_children.
HELD_BY_RUNS = """
WITH wanted AS (
  SELECT r.id, r.job_id, r.parent_id, w.is_united
  FROM unnest(%s::bigint[], %s::boolean[]) AS w(run_id, is_united)
  JOIN lineage_run r ON r.id = w.run_id
), members AS (
  SELECT id FROM wanted
  UNION ALL
  SELECT r.id FROM wanted w JOIN lineage_run r
    ON r.parent_id = w.parent_id AND r.job_id = w.job_id AND r.counts AND r.id <> w.id
  WHERE w.is_united
)
SELECT DISTINCT r.job_id, u.facet, u.event, CASE WHEN r.is_snapshot THEN r.io_event END
FROM members m JOIN lineage_run r ON r.id = m.id
CROSS JOIN LATERAL unnest(r.job_facets, r.job_facet_events) AS u(facet, event)
JOIN catalog_facet f ON f.id = u.facet AND f.scope = 2 AND f.key = 'lineage'
"""
# By primary key.
DECIDED_BY = "SELECT job_id, state_event FROM lineage_run WHERE id = ANY(%s)"
# By primary keys. Where an event has two facets of one key, the first holds.
HELD_BY_EVENTS = """
SELECT DISTINCT ON (e.id) e.job_id, u.facet, e.id
FROM lineage_event e
CROSS JOIN LATERAL unnest(e.job_facets) WITH ORDINALITY AS u(facet, place)
JOIN catalog_facet f ON f.id = u.facet AND f.scope = 2 AND f.key = 'lineage'
WHERE e.id = ANY(%s) ORDER BY e.id, u.place
"""
# An edge holds by an event that had the right to state it: the same facet may have come
# from somebody with a wider scope. By the indexes explicit_edge_identity and
# explicit_edge_effective, and the primary key of acceptances.
JUDGE_JOBS = """
WITH held AS (
  SELECT * FROM unnest(%(jobs)s::bigint[], %(facets)s::bigint[], %(events)s::bigint[],
                       %(ranks)s::smallint[]) AS h(job_id, facet_id, event_id, rank)
), stated AS (
  SELECT x.id, h.rank, max(h.rank) OVER (
    PARTITION BY x.job_id, x.target_dataset_id, x.target_job_id
  ) AS best
  FROM held h
  JOIN lineage_explicitedge x ON x.facet_id = h.facet_id AND x.job_id = h.job_id
  WHERE EXISTS (
    SELECT FROM lineage_acceptance a WHERE a.event_id = h.event_id AND (
      a.inert IS NULL OR coalesce((
        SELECT 'dataset ' || n.name || ' ' || d.name
        FROM catalog_dataset d JOIN catalog_namespace n ON n.id = d.namespace_id
        WHERE d.id = x.target_dataset_id
      ), (
        SELECT 'job ' || n.name || ' ' || j.name
        FROM catalog_job j JOIN catalog_namespace n ON n.id = j.namespace_id
        WHERE j.id = x.target_job_id
      )) <> ALL(a.inert)
    )
  )
), judged AS (
  SELECT id, bool_or(rank = best) AS is_effective FROM stated GROUP BY id
  UNION ALL
  SELECT x.id, false FROM lineage_explicitedge x
  WHERE x.job_id = ANY(%(anew)s::bigint[]) AND x.is_effective
    AND NOT EXISTS (SELECT FROM stated s WHERE s.id = x.id)
)
UPDATE lineage_explicitedge AS x SET is_effective = w.is_effective
FROM judged w WHERE x.id = w.id AND x.is_effective <> w.is_effective
"""
# By the indexes event_of_dataset, and of the datasets that explicit edges lead to.
JUDGE_DATASETS = """
UPDATE lineage_explicitedge AS x SET is_effective = NOT x.is_effective
FROM unnest(%s::bigint[]) AS w(dataset_id)
LEFT JOIN LATERAL (
  SELECT f.id FROM lineage_event e
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = e.dataset_id AND i.direction = 3
  JOIN catalog_facet f ON f.id = ANY(i.facets) AND f.scope = 3 AND f.key = 'lineage'
  WHERE e.dataset_id = w.dataset_id AND e.kind = 3 AND e.status = 0
  ORDER BY e.event_time DESC, e.digest DESC LIMIT 1
) AS latest ON true
WHERE x.target_dataset_id = w.dataset_id AND x.job_id IS NULL
  AND x.is_effective <> coalesce(x.facet_id = latest.id, false)
"""


class Holder(NamedTuple):
    """A job states a facet, by the word of an event."""

    job: int
    facet: int
    event: int
    rank: int = OF_RUNS


def judge_explicit_edges(
    work: Work, jobs: Jobs, effective: dict[int, EffectiveIO]
) -> None:
    """Settle which edges are in force of the jobs and datasets that the batch moved."""
    holders: list[Holder] = []
    anew: list[JobFold] = []
    declaring = _declaring(work)
    for job in jobs.values():
        if JOB_LINEAGE not in job.facets.held:
            continue  # no event ever had one
        answer = effective.get(job.id)
        if job.id in declaring or (answer and not _only_adds(job, answer)):
            anew.append(job)
        elif answer:
            holders += _added(answer)
    if anew:
        holders += _held(work, anew)
    if holders or anew:
        columns = ("jobs", "facets", "events", "ranks")
        parameters: dict[str, object] = dict(
            zip(columns, transpose(holders, 4), strict=True)
        )
        parameters["anew"] = [job.id for job in anew]
        work.cursor.write(JUDGE_JOBS, parameters)
    described = _described(work)
    if described:
        work.cursor.write(JUDGE_DATASETS, sorted(described))


def _declaring(work: Work) -> set[int]:
    """The jobs of which a JobEvent of this batch carries the facet."""
    return {
        e.job
        for e in work.evidence
        if e.kind == JOB
        and e.job is not None
        and work.carries(e.job_facets, JOB_LINEAGE)
    }


def _described(work: Work) -> set[int]:
    """The datasets of which a DatasetEvent of this batch carries the facet."""
    return {
        dataset
        for e in work.evidence
        for dataset, direction, facets in e.io
        if direction == STATIC and work.carries(facets, DATASET_LINEAGE)
    }


def _only_adds(job: JobFold, answer: EffectiveIO) -> bool:
    """Does what the runs state stay, whatever is new?

    Then it need not be told from what all of their siblings hold, of which a mapped job
    may have thousands.
    """
    if answer.replaces or job.lineage_event is not None:
        return False
    return all(run.was_stating in (None, run.stating()) for run in answer.added)


def _added(answer: EffectiveIO) -> Iterable[Holder]:
    for run in answer.added:
        stated = run.stating()
        if stated is not None:
            yield Holder(run.job, stated.facet, stated.event)


def _held(work: Work, jobs: list[JobFold]) -> list[Holder]:
    """The facets that count for each of the jobs."""
    runs = {
        job.effective_run: job.effective_kind == RUN
        for job in jobs
        if job.effective_kind in (RUN, ATTEMPT) and job.effective_run is not None
    }
    of_runs, decided, of_events = work.cursor.fetch_all(
        (HELD_BY_RUNS, transpose(list(runs.items()), 2)),
        (DECIDED_BY, (list(runs),)),
        (HELD_BY_EVENTS, ([j.lineage_event for j in jobs if j.lineage_event],)),
    )
    work.need_facets(row[1] for row in [*of_runs, *of_events])
    work.need_moments(event for row in of_runs for event in row[2:4])
    work.need_moments(event for _, event in decided)
    held: dict[int, list[Holder]] = defaultdict(list)
    for job, facet, event, snapshot in of_runs:
        # A snapshot stands alone: what came before it is told no more.
        if snapshot is None or work.moments[event] >= work.moments[snapshot]:
            held[job].append(Holder(job, facet, event))
    deciders: dict[int, int] = dict(decided)
    declared = {row[0]: Holder(*row) for row in of_events}
    return [
        holder
        for job in jobs
        for holder in united(
            work, job, held[job.id], declared.get(job.id), deciders.get(job.id)
        )
    ]


def united(
    work: Work,
    job: JobFold,
    of_runs: list[Holder],
    declared: Holder | None,
    decided_by: int | None,
) -> list[Holder]:
    """What the runs hold, with what the latest JobEvent states; each with its rank."""
    if declared is None:
        return of_runs
    is_gone = work.facts[declared.facet].is_deleted
    is_later = (
        decided_by is None
        or work.moments[declared.event] > work.moments[decided_by]
        or (job.effective_kind == ATTEMPT and not is_gone)
    )
    if is_gone:
        return [] if is_later else of_runs
    if not is_later and any(work.facts[one.facet].is_deleted for one in of_runs):
        return of_runs
    return [*of_runs, declared._replace(rank=LATER if is_later else YIELDING)]
