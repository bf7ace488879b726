"""Which job reads and writes which dataset, by which events, and is it so now?"""

from collections.abc import Callable
from dataclasses import dataclass

from lineage.models import Edge
from lineage.projection.effective import EffectiveIO
from lineage.projection.evidence import JOB
from lineage.projection.facts import Moment
from lineage.projection.jobs import Jobs
from lineage.projection.recounting import EdgeKey, still_counted
from lineage.projection.rows import fetch, transpose
from lineage.projection.runs import Runs
from lineage.projection.work import Work

EFFECTIVE, ATTEMPT = int(Edge.Status.EFFECTIVE), int(Edge.Status.ATTEMPT)
FORMER, ATTEMPTED = int(Edge.Status.FORMER), int(Edge.Status.ATTEMPTED)

# By primary key.
LOAD_EDGES = """
SELECT job_id, dataset_id, direction, status, counted, first_event, last_event
FROM lineage_edge WHERE job_id = ANY(%s)
"""
ADD_EDGES = """
INSERT INTO lineage_edge (job_id, dataset_id, direction, status, counted, first_event,
                          last_event, first_at, last_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::smallint[],
  %s::boolean[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
"""
# By primary key.
SAVE_EDGES = """
UPDATE lineage_edge AS e SET status = w.status, counted = w.counted,
  first_event = w.first_event, last_event = w.last_event, first_at = w.first_at,
  last_at = w.last_at
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::smallint[], %s::boolean[],
            %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
  AS w(job_id, dataset_id, direction, status, counted, first_event, last_event,
       first_at, last_at)
WHERE e.job_id = w.job_id AND e.dataset_id = w.dataset_id AND e.direction = w.direction
"""


@dataclass(slots=True)
class Span:
    """The first and the last event that assert something."""

    first: Moment
    first_event: int
    last: Moment
    last_event: int

    def stretch(self, moment: Moment, event: int) -> bool:
        """Take one more event in; says whether it made a difference."""
        changed = False
        if moment < self.first:
            self.first, self.first_event, changed = moment, event, True
        if moment > self.last:
            self.last, self.last_event, changed = moment, event, True
        return changed


@dataclass(slots=True)
class EdgeFold:
    span: Span
    status: int
    counted: bool
    is_new: bool
    changed: bool = False


def fold_edges(
    work: Work, runs: Runs, jobs: Jobs, effective: dict[int, EffectiveIO]
) -> None:
    """Merge the evidence into the jobs' edges."""
    if not jobs:
        return
    edges = _load(work, sorted(jobs))
    for evidence in work.evidence:
        if evidence.job is None:
            continue
        for dataset, direction, _ in evidence.io:
            key = (evidence.job, dataset, direction)
            edge = edges.get(key)
            if edge is None:
                span = Span(
                    evidence.moment, evidence.event, evidence.moment, evidence.event
                )
                edge = edges[key] = EdgeFold(span, 0, counted=False, is_new=True)
            else:
                edge.changed |= edge.span.stretch(evidence.moment, evidence.event)
            if evidence.kind == JOB:
                _count(edge)
    doubtful: set[EdgeKey] = set()
    for run in runs.values():
        keys = {(run.job, *way) for way in run.datasets}
        if run.changed and run.writes:
            # While a job is refolded in parts, some of its edges are yet to come.
            for key in keys & edges.keys():
                _count(edges[key])
        elif run.was_writing and not run.writes:
            doubtful |= keys & edges.keys()
    for key in doubtful - still_counted(work, doubtful):
        edges[key].counted, edges[key].changed = False, True
    for key, edge in edges.items():
        _judge(edge, key, effective.get(key[0]))
    _save(work, edges)


def _load(work: Work, jobs: list[int]) -> dict[EdgeKey, EdgeFold]:
    rows = fetch(work.cursor, LOAD_EDGES, jobs)
    work.need_moments(event for row in rows for event in row[5:7])
    return {
        (job, dataset, direction): EdgeFold(
            Span(work.moments[first], first, work.moments[last], last),
            status, counted, is_new=False,
        )
        for job, dataset, direction, status, counted, first, last in rows
    }  # fmt: skip


def _count(edge: EdgeFold) -> None:
    edge.changed |= not edge.counted
    edge.counted = True


def _judge(edge: EdgeFold, key: EdgeKey, effective: EffectiveIO | None) -> None:
    apart = FORMER if edge.counted else ATTEMPTED
    if effective is not None and key[1:] in effective.io:
        status = ATTEMPT if effective.is_attempt else EFFECTIVE
    elif effective is not None and effective.replaces:
        status = apart
    elif edge.status in (EFFECTIVE, ATTEMPT):
        status = edge.status
    else:
        status = apart
    edge.changed |= status != edge.status
    edge.status = status


def _save(work: Work, edges: dict[EdgeKey, EdgeFold]) -> None:
    def rows(wanted: Callable[[EdgeFold], bool]) -> list[tuple[object, ...]]:
        return [
            (
                *key, e.status, e.counted, e.span.first_event, e.span.last_event,
                e.span.first.at, e.span.last.at,
            )
            for key, e in sorted(edges.items(), key=lambda item: item[0])
            if wanted(e)
        ]  # fmt: skip

    if new := rows(lambda e: e.is_new):
        work.cursor.write(ADD_EDGES, *transpose(new, 9))
    if old := rows(lambda e: e.changed and not e.is_new):
        work.cursor.write(SAVE_EDGES, *transpose(old, 9))
