"""Which evidence counts at a cut, and what is a run that the cut goes through?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, LiteralString

from django.db import connection
from django.utils import timezone

from lineage.graph.cut import Cut
from lineage.graph.links import fetch
from lineage.projection.facts import Facts
from lineage.projection.refolding import load_evidence
from lineage.projection.registry import FIND_RUNS, Names, Registry, RunKey
from lineage.projection.rows import Session, transpose
from lineage.projection.rows import fetch as fetch_rows
from lineage.projection.runs import RunFold, merge_runs
from lineage.projection.work import Work

FOREVER = datetime.max.replace(tzinfo=UTC)

# An event `e` that counts.
COUNTS: LiteralString = """
e.event_time <= %(as_of)b AND e.recorded_at <= %(recorded_at)b
AND ((e.status = 0 AND e.id <> ALL(%(doubted)b::bigint[]))
     OR e.id = ANY(%(believed)b::bigint[]))
"""
# A run `r` all of whose evidence counts, so that its fold holds.
IS_WHOLE: LiteralString = """
(r.last_event_at <= %(as_of)b AND r.updated_at <= %(recorded_at)b
 AND r.id <> ALL(%(unsure_runs)b::bigint[]))
"""
# What says anything of datasets. By the indexes run_dataset_reverse, edge_reverse,
# event_declarations and event_of_dataset.
ABOUT: LiteralString = """
about AS (
  SELECT d.dataset_id, e.id FROM lineage_rundataset d
  JOIN lineage_event e ON e.run_id = d.run_id
  WHERE d.dataset_id = ANY(%(ids)b::bigint[])
  UNION
  SELECT g.dataset_id, e.id FROM lineage_edge g
  JOIN lineage_event e ON e.job_id = g.job_id AND e.kind = 2
  WHERE g.dataset_id = ANY(%(ids)b::bigint[])
  UNION
  SELECT e.dataset_id, e.id FROM lineage_event e
  WHERE e.dataset_id = ANY(%(ids)b::bigint[]) AND e.kind = 3
  UNION
  SELECT i.dataset_id, i.event_id FROM lineage_ioevidence i
  WHERE i.event_id = ANY(%(believed)b::bigint[])
)
"""
# By the index one_retraction_in_force, or few rows.
DOUBTED = """
SELECT DISTINCT t.event_id FROM lineage_retraction t
JOIN lineage_event e ON e.id = t.event_id
WHERE e.status = 0 AND t.recorded_from <= %(recorded_at)b
  AND t.recorded_to > %(recorded_at)b
"""
BELIEVED = """
SELECT DISTINCT t.event_id FROM lineage_retraction t
JOIN lineage_event e ON e.id = t.event_id
WHERE e.status = 2 AND e.recorded_at <= %(recorded_at)b
  AND t.recorded_to IS NULL AND t.recorded_from > %(recorded_at)b
  AND NOT EXISTS (
    SELECT FROM lineage_retraction u WHERE u.event_id = t.event_id
      AND u.recorded_from <= %(recorded_at)b AND u.recorded_to > %(recorded_at)b
  )
"""
# By primary key.
RUNS_OF_EVENTS = """
SELECT DISTINCT job_id, run_id FROM lineage_event
WHERE id = ANY(%(events)b::bigint[]) AND run_id IS NOT NULL
"""
# By the index of events by run.
EVENTS_OF_RUNS: LiteralString = f"""
SELECT e.id FROM lineage_event e
WHERE e.run_id = ANY(%(runs)b::bigint[]) AND {COUNTS}
"""


class _KnownNames(Registry):
    """A registry that finds what there is, and gives no new ids."""

    def resolve_runs(self, keys: Iterable[RunKey]) -> None:
        missing = sorted(set(keys) - self.runs.keys())
        if missing:
            found = fetch_rows(self.cursor, FIND_RUNS, *transpose(missing, 2))
            self.runs.update(((job, run), i) for job, run, i in found)


class Counting:
    """The evidence within one cut.

    What a steward retracted counts until the retraction was recorded.
    """

    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self.as_of = cut.as_of or FOREVER
        self.recorded_at = cut.recorded_at or FOREVER
        self._facts = Facts()

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """What the conditions COUNTS and IS_WHOLE ask for."""
        bounds: dict[str, Any] = {
            "as_of": self.as_of,
            "recorded_at": self.recorded_at,
        }
        doubted = believed = runs = []
        if self.cut.recorded_at is not None:
            doubted = [i for (i,) in fetch(DOUBTED, bounds)]
            believed = [i for (i,) in fetch(BELIEVED, bounds)]
        if doubted or believed:
            runs = fetch(RUNS_OF_EVENTS, {"events": doubted + believed})
        return {
            **bounds,
            "doubted": doubted,
            "believed": believed,
            "unsure_runs": sorted(run for _, run in runs),
            "_unsure": runs,
        }

    @property
    def believed(self) -> list[int]:
        """Events that count by the recorded time, and are in no fold."""
        events: list[int] = self.parameters["believed"]
        return events

    def unsure_runs(self, jobs: Collection[int]) -> list[tuple[int, int]]:
        """The (job, run) that were told otherwise than they are now, of some jobs."""
        return [pair for pair in self.parameters["_unsure"] if pair[0] in jobs]

    def fetch(self, sql: LiteralString, **asked: Any) -> list[tuple[Any, ...]]:
        """Ask with the bounds."""
        bounds = self.parameters | asked
        return fetch(sql, {k: v for k, v in bounds.items() if f"%({k})b" in sql})

    def work(self) -> Work:
        """A frame for the projection's own functions; it writes nothing."""
        connection.ensure_connection()
        session = Session(connection.connection)
        registry = _KnownNames(session, Names(), timezone.now())
        return Work(session, registry, self._facts, [])

    def folded(self, runs: Collection[int]) -> tuple[Work, dict[int, RunFold]]:
        """Runs as their events within the cut make them; those without are left out."""
        work = self.work()
        if not runs:
            return work, {}
        events = [i for (i,) in self.fetch(EVENTS_OF_RUNS, runs=sorted(runs))]
        load(work, events)
        folds = {
            i: RunFold(i, job, run_id, is_new=True)
            for (job, run_id), i in work.registry.runs.items()
        }
        merge_runs(work, folds)
        return work, {i: f for i, f in folds.items() if f.evidence and i in set(runs)}


def load(work: Work, events: Iterable[int]) -> None:
    """Read the evidence of some events, with all that folds need of it."""
    work.evidence = load_evidence(work, events)
    work.need_facets(
        facet
        for e in work.evidence
        for facets in (e.run_facets, e.job_facets, *(io[2] for io in e.io))
        for facet in facets
    )
    work.moments.update((e.event, e.moment) for e in work.evidence)


def grouped[K, V](pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """The second of each pair, by the first."""
    found: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
