"""Which edges that `lineage` facets state were in force then?

As `lineage.projection.explicit_force` has it, by the evidence within a cut.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any, LiteralString, NamedTuple

from lineage.graph.then.effective import ATTEMPT as ATTEMPT_STATUS
from lineage.graph.then.effective import EffectiveThen, JobThen
from lineage.graph.then.evidence import COUNTS, Counting, grouped, load
from lineage.projection.effective import ATTEMPT, DECLARED, RUN
from lineage.projection.explicit import carried, stated_by
from lineage.projection.explicit_force import Holder, united
from lineage.projection.jobs import JobFold

# By the index of explicit edges by job, and few events.
STATING = """
SELECT job_id FROM lineage_explicitedge WHERE job_id = ANY(%(jobs)b::bigint[])
UNION
SELECT job_id FROM lineage_event
WHERE id = ANY(%(believed)b::bigint[]) AND job_id = ANY(%(jobs)b::bigint[])
"""
# By primary keys.
HELD_BY_RUNS = """
SELECT DISTINCT r.job_id, u.facet, u.event, CASE WHEN r.is_snapshot THEN r.io_event END
FROM lineage_run r
CROSS JOIN LATERAL unnest(r.job_facets, r.job_facet_events) AS u(facet, event)
JOIN catalog_facet f ON f.id = u.facet AND f.scope = 2 AND f.key = 'lineage'
WHERE r.id = ANY(%(runs)b::bigint[])
"""
# The latest declaration with the facet; where it has two, the first holds. By the index
# event_declarations.
DECLARED_BY: LiteralString = f"""
SELECT w.job_id, d.facet, d.id FROM unnest(%(jobs)b::bigint[]) AS w(job_id)
CROSS JOIN LATERAL (
  SELECT e.id, u.facet FROM lineage_event e
  CROSS JOIN LATERAL unnest(e.job_facets) WITH ORDINALITY AS u(facet, place)
  JOIN catalog_facet f ON f.id = u.facet AND f.scope = 2 AND f.key = 'lineage'
  WHERE e.job_id = w.job_id AND e.kind = 2 AND {COUNTS}
  ORDER BY e.event_time DESC, e.digest DESC, u.place LIMIT 1
) AS d
"""
_EDGE: LiteralString = """
x.job_id, x.target_dataset_id, x.target_job_id, x.target_field, x.source_dataset_id,
x.source_job_id, x.source_field, x.type, x.subtype, x.masking, x.description
"""
# By the index explicit_edge_identity, and the primary key of acceptances.
STATED: LiteralString = f"""
SELECT DISTINCT h.rank, {_EDGE}
FROM unnest(%(holders)b::bigint[], %(facets)b::bigint[], %(events)b::bigint[],
            %(ranks)b::bigint[]) AS h(job_id, facet_id, event_id, rank)
JOIN lineage_explicitedge x ON x.facet_id = h.facet_id AND x.job_id = h.job_id
WHERE EXISTS (
  SELECT FROM lineage_acceptance a WHERE a.event_id = h.event_id
    AND a.recorded_at <= %(recorded_at)b AND (
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
"""
# What the latest dataset event with a facet says. By the index event_of_dataset, and of
# the datasets that explicit edges lead to.
OF_DATASETS: LiteralString = f"""
SELECT DISTINCT w.dataset_id, latest.facet, {_EDGE}
FROM unnest(%(datasets)b::bigint[]) AS w(dataset_id)
CROSS JOIN LATERAL (
  SELECT f.id AS facet FROM lineage_event e
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = e.dataset_id AND i.direction = 3
  JOIN catalog_facet f ON f.id = ANY(i.facets) AND f.scope = 3 AND f.key = 'lineage'
  WHERE e.dataset_id = w.dataset_id AND e.kind = 3 AND {COUNTS}
  ORDER BY e.event_time DESC, e.digest DESC LIMIT 1
) AS latest
LEFT JOIN lineage_explicitedge x ON x.target_dataset_id = w.dataset_id
  AND x.job_id IS NULL AND x.facet_id = latest.facet
"""
# Datasets of which an event says that they come from these. By the index of the
# datasets that explicit edges come from.
DESCRIBED_FROM = """
SELECT DISTINCT x.target_dataset_id FROM lineage_explicitedge x
WHERE x.source_dataset_id = ANY(%(datasets)b::bigint[]) AND x.job_id IS NULL
"""


class Stated(NamedTuple):
    """One edge of a `lineage` facet; datasets are raw, `job` is None for a dataset's.

    Without any source it says that nothing flows into the target.
    """

    job: int | None
    target_dataset: int | None
    target_job: int | None
    target_field: str
    source_dataset: int | None
    source_job: int | None
    source_field: str
    type: str
    subtype: str
    masking: bool | None
    description: str


class ExplicitThen:
    """The explicit edges in force at one cut; each job and dataset is asked once."""

    def __init__(self, counting: Counting, effective: EffectiveThen) -> None:
        self.counting = counting
        self.effective = effective
        self._jobs: dict[int, list[Stated]] = {}
        self._datasets: dict[int, list[Stated]] = {}

    def of_jobs(self, jobs: Iterable[int]) -> dict[int, list[Stated]]:
        """What each job's facets state."""
        wanted = set(jobs)
        unknown = sorted(wanted - self._jobs.keys())
        if unknown:
            self._jobs |= {job: [] for job in unknown}
            rows = self.counting.fetch(STATING, jobs=unknown)
            self._judge([job for (job,) in rows])
        return {job: self._jobs[job] for job in wanted}

    def of_datasets(self, datasets: Iterable[int]) -> dict[int, list[Stated]]:
        """What events about (raw) datasets state of these."""
        wanted = set(datasets)
        unknown = sorted(wanted - self._datasets.keys())
        if unknown:
            self._datasets |= {dataset: [] for dataset in unknown}
            for dataset, facet, *row in self.counting.fetch(
                OF_DATASETS, datasets=unknown
            ):
                told = self._untold.get((None, facet), set())
                edges = {one for one in told if one.target_dataset == dataset}
                if row[1] is not None:
                    edges.add(Stated(*row))
                self._datasets[dataset] += edges - {*self._datasets[dataset]}
        return {dataset: self._datasets[dataset] for dataset in wanted}

    def from_datasets(self, datasets: Collection[int]) -> list[Stated]:
        """What events about datasets state that comes from (raw) ones."""
        found = self.counting.fetch(DESCRIBED_FROM, datasets=sorted(datasets))
        targets = {target for (target,) in found}
        targets |= {one.target_dataset for one in self.untold if one.job is None}
        told = self.of_datasets(one for one in targets if one is not None)
        return [
            one for some in told.values() for one in some
            if one.source_dataset in datasets
        ]  # fmt: skip

    @property
    def untold(self) -> set[Stated]:
        """Edges that events state which are retracted now, and were believed then.

        The catalog has forgotten those that nobody else states.
        """
        return {one for some in self._untold.values() for one in some}

    @cached_property
    def _untold(self) -> dict[tuple[int | None, int], set[Stated]]:
        """The same by (job, facet)."""
        if not self.counting.believed:
            return {}
        work = self.counting.work()
        load(work, self.counting.believed)
        found: dict[tuple[int | None, int], set[Stated]] = defaultdict(set)
        for evidence in work.evidence:
            for facet, carrier in carried(work, evidence):
                for key, *said in stated_by(work, evidence, facet, carrier):
                    edge = Stated(*key[:-1], *said)
                    found[edge.job, facet].add(edge)
        return found

    def _judge(self, jobs: list[int]) -> None:
        if not jobs:
            return
        holders = self._holders(self.effective.of(jobs))
        asked: dict[str, list[int]] = {
            "holders": [one.job for one in holders],
            "facets": [one.facet for one in holders],
            "events": [one.event for one in holders],
            "ranks": [one.rank for one in holders],
        }
        rows = self.counting.fetch(STATED, **asked) if holders else []
        ranked = {(rank, Stated(*row)) for rank, *row in rows}
        ranked |= {
            (one.rank, stated)
            for one in holders
            for stated in self._untold.get((one.job, one.facet), ())
        }
        best: dict[tuple[int | None, ...], int] = {}
        for rank, one in ranked:
            best[one[:3]] = max(rank, best.get(one[:3], rank))
        for rank, one in ranked:
            if rank == best[one[:3]]:
                assert one.job is not None
                self._jobs[one.job].append(one)

    def _holders(self, jobs: dict[int, JobThen]) -> list[Holder]:
        """The facets that count for each of the jobs."""
        work = self.counting.work()
        stored = [r.id for t in jobs.values() for r in t.runs if r.fold is None]
        of_runs: list[tuple[Any, ...]] = list(
            self.counting.fetch(HELD_BY_RUNS, runs=stored) if stored else ()
        )
        for job, then in jobs.items():
            for run in then.runs:
                stated = run.fold and run.fold.stating()
                if run.fold is not None and stated:
                    snapshot = run.io_event if run.is_snapshot else None
                    of_runs.append((job, stated.facet, stated.event, snapshot))
        declared = {
            row[0]: Holder(*row)
            for row in self.counting.fetch(DECLARED_BY, jobs=sorted(jobs))
        }
        work.need_facets(row[1] for row in of_runs)
        work.need_facets(one.facet for one in declared.values())
        work.need_moments(event for row in of_runs for event in row[2:4])
        work.need_moments(one.event for one in declared.values())
        work.need_moments(then.decided_by for then in jobs.values())
        held = grouped(
            (job, Holder(job, facet, event))
            for job, facet, event, snapshot in of_runs
            if snapshot is None or work.moments[event] >= work.moments[snapshot]
        )
        return [
            holder
            for job, then in jobs.items()
            for holder in united(
                work, _fold(job, then), held[job], declared.get(job), then.decided_by
            )
        ]


def _fold(job: int, then: JobThen) -> JobFold:
    kind = DECLARED if then.declared is not None else RUN if then.runs else 0
    if then.status == ATTEMPT_STATUS:
        kind = ATTEMPT
    return JobFold(job, effective_kind=kind)
