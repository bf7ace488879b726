"""Whose I/O was a job's own then?

As `lineage.projection.effective` has it, by the evidence within a cut: the union over
the counting runs under the parent of the latest of them, a newer declaration, or the
latest attempt.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from lineage.graph.cut import Cut
from lineage.graph.then.evidence import COUNTS, IS_WHOLE, Counting, grouped
from lineage.models import Edge
from lineage.projection.evidence import INPUT
from lineage.projection.runs import RunFold

EFFECTIVE, ATTEMPT = int(Edge.Status.EFFECTIVE), int(Edge.Status.ATTEMPT)

# Of each job the run whose last end was a COMPLETE (or a failure, for attempts), the
# latest of them by (event time, run id). By the index event_ends; its ends after the
# recorded time are none but foretold ones, which have an index of their own.
_ENDS: LiteralString = f"""
SELECT e.event_time, r.run_id, e.id AS event, r.id, r.parent_id, r.is_snapshot,
       r.io_event, {IS_WHOLE} AS is_whole
FROM lineage_event e JOIN lineage_run r ON r.id = e.run_id
WHERE e.job_id = w.job_id AND e.kind = 1 AND e.type IN (3, 4, 5)
  AND e.type = ANY(%(ends)b::smallint[]) AND {COUNTS}
"""
_IS_LAST: LiteralString = f"""
AND NOT EXISTS (
  SELECT FROM lineage_event l WHERE l.run_id = e.run_id AND l.kind = 1
    AND l.type IN (3, 4, 5) AND (l.event_time, l.digest) > (e.event_time, e.digest)
    AND {COUNTS.replace("e.", "l.")}
)
ORDER BY e.event_time DESC, r.run_id DESC LIMIT 1
"""
LATEST: LiteralString = f"""
SELECT w.job_id, p.* FROM unnest(%(jobs)b::bigint[]) AS w(job_id)
CROSS JOIN LATERAL ({_ENDS} {_IS_LAST}) AS p
"""
LATEST_KNOWN: LiteralString = f"""
SELECT DISTINCT ON (w.job_id) w.job_id, p.*
FROM unnest(%(jobs)b::bigint[]) AS w(job_id)
CROSS JOIN LATERAL (
  ({_ENDS} AND e.event_time <= %(least)b {_IS_LAST})
  UNION ALL
  ({_ENDS} AND e.event_time > %(least)b AND e.event_time > e.recorded_at {_IS_LAST})
) AS p
ORDER BY w.job_id, p.event_time DESC, p.run_id DESC
"""
# By the index run_has_streamed.
STREAMS: LiteralString = f"""
SELECT r.job_id, r.id, r.run_id, r.counts, r.decided_at, r.state_event, r.parent_id,
       r.is_snapshot, r.io_event, {IS_WHOLE}
FROM lineage_run r
WHERE r.job_id = ANY(%(jobs)b::bigint[]) AND r.has_streamed
  AND r.first_event_at <= %(as_of)b
"""
# By the indexes run_children and run_former_children.
FAMILY: LiteralString = f"""
SELECT r.job_id, r.id, r.counts, r.is_snapshot, r.io_event, {IS_WHOLE}
FROM unnest(%(jobs)b::bigint[], %(parents)b::bigint[]) AS w(job_id, parent_id)
JOIN lineage_run r ON r.parent_id = w.parent_id AND r.job_id = w.job_id
WHERE r.first_event_at <= %(as_of)b
UNION ALL
SELECT r.job_id, r.id, false, false, NULL, false
FROM unnest(%(jobs)b::bigint[], %(parents)b::bigint[]) AS w(job_id, parent_id)
JOIN lineage_run r ON r.former_ancestors @> ARRAY[w.parent_id] AND r.job_id = w.job_id
WHERE r.first_event_at <= %(as_of)b
"""
# By the index event_declarations, and primary keys.
DECLARED: LiteralString = f"""
SELECT w.job_id, d.id, d.event_time FROM unnest(%(jobs)b::bigint[]) AS w(job_id)
CROSS JOIN LATERAL (
  SELECT e.id, e.event_time FROM lineage_event e
  WHERE e.job_id = w.job_id AND e.kind = 2 AND {COUNTS}
    AND EXISTS (SELECT FROM lineage_ioevidence i WHERE i.event_id = e.id)
  ORDER BY e.event_time DESC, e.digest DESC LIMIT 1
) AS d
"""
# By primary keys.
IO_OF_RUNS = """
SELECT DISTINCT r.job_id, d.dataset_id, d.direction
FROM lineage_run r JOIN lineage_rundataset d ON d.run_id = r.id
WHERE r.id = ANY(%(runs)b::bigint[])
"""
FACETS_OF_RUNS = """
SELECT DISTINCT r.job_id, d.dataset_id, f.facet
FROM lineage_run r JOIN lineage_rundataset d ON d.run_id = r.id
CROSS JOIN LATERAL unnest(d.facets) AS f(facet)
WHERE r.id = ANY(%(runs)b::bigint[]) AND d.direction <> 1
"""
IO_OF_EVENTS = """
SELECT DISTINCT e.job_id, i.dataset_id, i.direction
FROM lineage_event e JOIN lineage_ioevidence i ON i.event_id = e.id
WHERE e.id = ANY(%(events)b::bigint[])
"""
FACETS_OF_EVENTS = """
SELECT DISTINCT e.job_id, i.dataset_id, f.facet
FROM lineage_event e JOIN lineage_ioevidence i ON i.event_id = e.id
CROSS JOIN LATERAL unnest(i.facets) AS f(facet)
WHERE e.id = ANY(%(events)b::bigint[]) AND i.direction <> 1
"""
# By primary key.
TELLING_OF_COLUMNS = """
SELECT id FROM catalog_facet
WHERE id = ANY(%(facets)b::bigint[]) AND scope = 3 AND key = 'columnLineage'
"""
COMPLETE, FAILURES = [3], [4, 5]


class Counted(NamedTuple):
    """A run of which I/O is asked: by its stored fold, or (`fold`) as folded anew."""

    id: int
    is_snapshot: bool = False
    io_event: int | None = None
    fold: RunFold | None = None


class _Latest(NamedTuple):
    """A run that may be the latest: what decides it, when, and under which parent."""

    key: tuple[datetime, UUID]
    event: int
    run: Counted
    parent: int | None


@dataclass(slots=True)
class JobThen:
    """What was a job's own at a cut; `status` (Edge.Status) is None if nothing was.

    `runs` are those that it is of, the deciding one first; without them it was declared
    by the event `declared`. `decided_by` is the event that decides the first run.
    """

    status: int | None = None
    runs: list[Counted] = field(default_factory=list)
    declared: int | None = None
    decided_by: int | None = None
    io: set[tuple[int, int]] = field(default_factory=set)  # raw dataset, direction
    columns: set[tuple[int, int]] = field(default_factory=set)  # raw dataset, facet


class EffectiveThen:
    """The effective I/O of jobs at one cut; each job is asked once."""

    def __init__(self, counting: Counting) -> None:
        self.counting = counting
        self._jobs: dict[int, JobThen] = {}
        self._with_columns: set[int] = set()

    def of(self, jobs: Iterable[int], *, columns: bool = False) -> dict[int, JobThen]:
        """What was effective of each job; `columns` are told where asked for."""
        wanted = set(jobs)
        unknown = wanted - self._jobs.keys()
        if unknown:
            found = {job: JobThen() for job in unknown}
            self._choose(found)
            self._tell_io(found)
            self._jobs |= found
        if columns and wanted - self._with_columns:
            self._tell_columns({j: self._jobs[j] for j in wanted - self._with_columns})
            self._with_columns |= wanted
        return {job: self._jobs[job] for job in wanted}

    def _choose(self, jobs: dict[int, JobThen]) -> None:
        latest = self._latest(jobs)
        declared = {
            job: (event, at)
            for job, event, at in self.counting.fetch(DECLARED, jobs=sorted(jobs))
        }
        parents: dict[int, int] = {}
        for job, then in jobs.items():
            run, (event, at) = latest.get(job), declared.get(job, (None, None))
            if run is not None and (at is None or run.key[0] >= at):
                then.status, then.runs = EFFECTIVE, [run.run]
                then.decided_by = run.event
                if run.parent is not None:
                    parents[job] = run.parent
            elif event is not None:
                then.status, then.declared = EFFECTIVE, event
        for job, runs in self._families(parents).items():
            first = jobs[job].runs[0]
            jobs[job].runs += [one for one in runs if one.id != first.id]
        self._attempt({j: then for j, then in jobs.items() if then.status is None})

    def _latest(self, jobs: Collection[int]) -> dict[int, _Latest]:
        """The latest run that counts, of each job that has one."""
        found = self._ended(jobs, COMPLETE)
        streams = self.counting.fetch(STREAMS, jobs=sorted(jobs))
        for job, i, uuid, counts, at, event, parent, *io, is_whole in streams:
            if is_whole and counts:
                _offer(found, job, _Latest((at, uuid), event, Counted(i, *io), parent))
        unsure = {row[1] for row in streams if not row[-1]}
        unsure |= {run for _, run in self.counting.unsure_runs(jobs)}
        for fold in self._folded(unsure):
            if fold.counts:
                _offer(found, fold.job, _as_latest(fold))
        return found

    def _ended(self, jobs: Collection[int], ends: list[int]) -> dict[int, _Latest]:
        """The run of each job that ended last, in one of these ways."""
        found: dict[int, _Latest] = {}
        cut = self.counting.cut
        sql = LATEST if cut.recorded_at is None else LATEST_KNOWN
        rows = self.counting.fetch(
            sql,
            jobs=sorted(jobs),
            ends=ends,
            least=min(self.counting.as_of, self.counting.recorded_at),
        )
        broken = {row[4] for row in rows if not row[-1]}
        folds = {fold.id: fold for fold in self._folded(broken)}
        for job, at, uuid, event, i, parent, *io, is_whole in rows:
            if is_whole:
                found[job] = _Latest((at, uuid), event, Counted(i, *io), parent)
            else:
                found[job] = _as_latest(folds[i])
        return found

    def _families(self, parents: dict[int, int]) -> dict[int, list[Counted]]:
        """The counting runs under the parent that is given for each job."""
        if not parents:
            return {}
        rows = self.counting.fetch(
            FAMILY, jobs=list(parents), parents=list(parents.values())
        )
        found = grouped(
            (job, Counted(i, *io))
            for job, i, counts, *io, is_whole in rows
            if is_whole and counts
        )
        broken = {row[1] for row in rows if not row[-1]}
        broken |= {run for _, run in self.counting.unsure_runs(parents)}
        for fold in self._folded(broken):
            if fold.counts and fold.parent == parents.get(fold.job):
                found.setdefault(fold.job, []).append(_counted(fold))
        return found

    def _attempt(self, jobs: dict[int, JobThen]) -> None:
        """Take the latest failed or aborted run of jobs that have nothing else."""
        for job, latest in self._ended(jobs, FAILURES).items() if jobs else ():
            jobs[job].status, jobs[job].runs = ATTEMPT, [latest.run]
            jobs[job].decided_by = latest.event

    def _folded(self, runs: Collection[int]) -> list[RunFold]:
        return list(self.counting.folded(runs)[1].values()) if runs else []

    def _tell_io(self, jobs: dict[int, JobThen]) -> None:
        runs, events = _stored(jobs.values())
        rows: list[tuple[Any, ...]] = []
        if runs:
            rows += self.counting.fetch(IO_OF_RUNS, runs=runs)
        if events:
            rows += self.counting.fetch(IO_OF_EVENTS, events=events)
        for job, dataset, direction in rows:
            jobs[job].io.add((dataset, direction))
        for then in jobs.values():
            for fold in _folds(then):
                then.io |= {(dataset, way) for dataset, way, _ in io_of_fold(fold)}

    def _tell_columns(self, jobs: dict[int, JobThen]) -> None:
        runs, events = _stored(jobs.values())
        rows: set[tuple[Any, ...]] = set()
        if runs:
            rows |= set(self.counting.fetch(FACETS_OF_RUNS, runs=runs))
        if events:
            rows |= set(self.counting.fetch(FACETS_OF_EVENTS, events=events))
        for job, then in jobs.items():
            rows |= {
                (job, dataset, facet)
                for fold in _folds(then)
                for dataset, way, facets in io_of_fold(fold)
                if way != INPUT
                for facet in facets
            }
        facets = sorted({facet for _, _, facet in rows})
        telling = self.counting.fetch(TELLING_OF_COLUMNS, facets=facets)
        of_columns = {facet for (facet,) in telling}
        for job, dataset, facet in rows:
            if facet in of_columns:
                jobs[job].columns.add((dataset, facet))


def effective_at(
    jobs: Collection[int], cut: Cut, *, columns: bool = False
) -> dict[int, JobThen]:
    """What was effective of each job at a cut. A fixed number of queries."""
    return EffectiveThen(Counting(cut)).of(jobs, columns=columns)


def io_of_fold(fold: RunFold) -> Iterable[tuple[int, int, list[int]]]:
    """(raw dataset, direction, facets) of a run; a snapshot's by its last event."""
    if fold.is_snapshot:
        for one in fold.evidence:
            if one.event == fold.io_event:
                yield from one.io
        return
    for (dataset, direction), held in fold.datasets.items():
        yield dataset, direction, held.facets.rows()[0] or []


def _stored(jobs: Iterable[JobThen]) -> tuple[list[int], list[int]]:
    """The runs whose folds tell their I/O, and the events whose evidence does."""
    runs: list[int] = []
    events: list[int] = []
    for then in jobs:
        if then.declared is not None:
            events.append(then.declared)
        for run in then.runs:
            if run.fold is not None:
                continue
            if not run.is_snapshot:
                runs.append(run.id)
            elif run.io_event is not None:
                events.append(run.io_event)
    return runs, events


def _folds(then: JobThen) -> Iterable[RunFold]:
    return (run.fold for run in then.runs if run.fold is not None)


def _offer(found: dict[int, _Latest], job: int, one: _Latest) -> None:
    if job not in found or one.key > found[job].key:
        found[job] = one


def _as_latest(fold: RunFold) -> _Latest:
    assert fold.state_event is not None
    return _Latest(fold.key, fold.state_event, _counted(fold), fold.parent)


def _counted(fold: RunFold) -> Counted:
    return Counted(fold.id, fold.is_snapshot, fold.io_event, fold)
