"""How did the last run of each job go, and what could its producer not extract?"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from catalog import facets
from catalog.models import Facet
from lineage import runs
from lineage.graph.cut import Cut
from lineage.graph.then.evidence import COUNTS, Counting
from lineage.models import Event, Run
from lineage.reader import Reader

EXTRACTION = "extractionError"

# Of each job the latest run to begin of which anything counts at a cut, with its latest
# terminal event, and the run facets of its events in their order. By the indexes
# run_of_job and of events by run.
THEN: LiteralString = f"""
SELECT r.id, t.type, s.facets
FROM unnest(%(jobs)b::bigint[]) AS w(job)
CROSS JOIN LATERAL (
  SELECT r.id FROM lineage_run r
  WHERE r.job_id = w.job AND r.started_at IS NOT NULL
    AND r.started_at <= %(as_of)b
    AND EXISTS (SELECT FROM lineage_event e WHERE e.run_id = r.id AND {COUNTS})
  ORDER BY r.started_at DESC, r.run_id DESC LIMIT 1
) r
LEFT JOIN LATERAL (
  SELECT e.type FROM lineage_event e
  WHERE e.run_id = r.id AND e.type IN (3, 4, 5) AND {COUNTS}
  ORDER BY e.event_time DESC, e.digest DESC LIMIT 1
) t ON true
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(f.facet ORDER BY e.event_time, e.digest), '{{}}') AS facets
  FROM lineage_event e CROSS JOIN LATERAL unnest(e.run_facets) AS f(facet)
  WHERE e.run_id = r.id AND {COUNTS}
) s
"""
ENDED = {
    Event.Type.COMPLETE: Run.State.COMPLETED,
    Event.Type.ABORT: Run.State.ABORTED,
    Event.Type.FAIL: Run.State.FAILED,
}


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a producer says of its own reading: of how many tasks it failed at which
    number, and how many errors it names."""

    total: int
    failed: int
    errors: int


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a job; `state` is None where it has not ended or not begun."""

    run_id: UUID
    state: Run.State
    extraction: Extraction | None = None

    @property
    def has_failed(self) -> bool:
        return self.state == Run.State.FAILED


def last_runs(jobs: Collection[int], reader: Reader, cut: Cut) -> dict[int, LastRun]:
    """The last run of each job (by id) that the reader may see; three queries."""
    if not jobs:
        return {}
    found = _now(jobs, reader) if cut.is_now else _then(jobs, reader, cut)
    held = facets.load((f for _, _, ids in found.values() for f in ids), [EXTRACTION])
    return {
        job: LastRun(run_id, state, _extraction([held[f] for f in ids if f in held]))
        for job, (run_id, state, ids) in found.items()
    }


type _Found = tuple[UUID, Run.State, list[int]]


def _now(jobs: Collection[int], reader: Reader) -> dict[int, _Found]:
    last = runs.last(jobs, reader.runs)
    return {
        job: (run.run_id, Run.State(run.state), run.facets or [])
        for job, run in last.items()
    }


def _then(jobs: Collection[int], reader: Reader, cut: Cut) -> dict[int, _Found]:
    found = Counting(cut).fetch(THEN, jobs=sorted(jobs))
    rows = {run: (ended, ids) for run, ended, ids in found}
    shown = reader.runs.filter(pk__among=list(rows)).values_list("pk", "job", "run_id")
    return {
        job: (
            run_id,
            ENDED.get(Event.Type(rows[pk][0] or 0), Run.State.RUNNING),
            rows[pk][1],
        )
        for pk, job, run_id in shown
    }


def _extraction(said: list[Facet]) -> Extraction | None:
    """What the last of the facets says, if it says that anything failed."""
    if not said or said[-1].is_deleted:
        return None
    members = facets.document(said[-1])
    listed = members.get("errors")
    errors = len(listed) if isinstance(listed, list) else 0
    failed = _count(members.get("failedTasks"))
    if not (errors or failed):
        return None
    return Extraction(_count(members.get("totalTasks")), failed, errors)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
