"""By which events is an edge asserted: the first, the last, and whose are they?

An edge is known by its ends, as data flows; both are canonical. Of a past instant only
those events count that lie before it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from lineage.graph.cut import Cut
from lineage.graph.links import EFFECTIVE, fetch
from lineage.graph.question import Kind
from lineage.graph.veil import Column, Node

type Edge = tuple[Node, Node]
type ColumnEdge = tuple[Column, Column]

# So many edges are asked about at once.
PORTION = 2_000

# An event counts at a cut. By its columns alone; retractions are few.
COUNTS: LiteralString = """
  (%(as_of)b::timestamptz IS NULL OR e.event_time <= %(as_of)b)
  AND (%(recorded_at)b::timestamptz IS NULL OR e.recorded_at <= %(recorded_at)b)
  AND CASE WHEN %(recorded_at)b::timestamptz IS NULL THEN e.status = 0
    ELSE e.status IN (0, 2) AND NOT EXISTS (
      SELECT FROM lineage_retraction t WHERE t.event_id = e.id
        AND t.recorded_from <= %(recorded_at)b
        AND (t.recorded_to IS NULL OR t.recorded_to > %(recorded_at)b)
    ) END
"""
# Edges of jobs with their datasets, under each of their names.
OF_JOBS: LiteralString = """
WITH n AS (
  SELECT w.number, w.job, w.direction, d.id
  FROM unnest(%(jobs)b::bigint[], %(datasets)b::bigint[], %(directions)b::int[])
    WITH ORDINALITY AS w(job, dataset, direction, number)
  CROSS JOIN LATERAL (
    SELECT d.id FROM catalog_dataset d WHERE d.canonical_id = w.dataset OFFSET 0
  ) d
)"""
# By the primary keys of edge and column source, and the indexes of explicit edges by
# their datasets and of derivations by facet.
IO_NOW: LiteralString = """
SELECT n.number, 'io', n.job, e.first_event, e.last_event
FROM n CROSS JOIN LATERAL (
  SELECT e.first_event, e.last_event FROM lineage_edge e
  WHERE e.job_id = n.job AND e.dataset_id = n.id AND e.direction = n.direction
    AND e.status = ANY(%(statuses)b) OFFSET 0
) e
"""
# The facets by which jobs assert their edges; of former edges also former ones.
FACETS: LiteralString = """
SELECT n.number, 'explicit' AS kind, x.job_id, x.facet_id, x.first_event, x.last_event
FROM n JOIN lineage_explicitedge x ON x.target_dataset_id = n.id
WHERE n.direction = 2 AND (x.job_id = n.job OR x.source_job_id = n.job)
  AND num_nonnulls(x.source_dataset_id, x.source_job_id) = 1
  AND (x.is_effective OR %(also_former)b)
UNION
SELECT n.number, 'explicit', x.job_id, x.facet_id, x.first_event, x.last_event
FROM n JOIN lineage_explicitedge x ON x.source_dataset_id = n.id
WHERE n.direction = 1 AND (x.job_id = n.job OR x.target_job_id = n.job)
  AND (x.is_effective OR %(also_former)b)
UNION
SELECT n.number, 'column', s.job_id, s.facet_id, s.first_event, s.last_event
FROM n JOIN lineage_columnsource s ON s.job_id = n.job AND s.dataset_id = n.id
WHERE n.direction = 2 AND (s.is_effective OR %(also_former)b)
UNION
SELECT n.number, 'column', s.job_id, s.facet_id, s.first_event, s.last_event
FROM n JOIN lineage_columnsource s ON s.job_id = n.job
WHERE n.direction = 1 AND (s.is_effective OR %(also_former)b) AND EXISTS (
  SELECT FROM lineage_columnderivation v
  WHERE v.facet_id = s.facet_id AND v.dataset_id = n.id
)
"""
NOW: LiteralString = f"""{OF_JOBS}, f AS ({FACETS})
{IO_NOW}
UNION ALL
SELECT f.number, f.kind, f.job_id, f.first_event, f.last_event FROM f
"""
# By the index run_of_job, the primary keys of run datasets and evidence, the index of
# events by run, and event_declarations: at a cost that follows the history of the jobs.
SAID: LiteralString = f"""
said AS (
  SELECT n.number, n.job, e.id, e.event_time, e.digest
  FROM n
  JOIN lineage_run r ON r.job_id = n.job
  JOIN lineage_rundataset o
    ON o.run_id = r.id AND o.dataset_id = n.id AND o.direction = n.direction
  JOIN lineage_event e ON e.run_id = r.id AND {COUNTS}
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = n.id AND i.direction = n.direction
  UNION ALL
  SELECT n.number, n.job, e.id, e.event_time, e.digest
  FROM n
  JOIN lineage_event e ON e.job_id = n.job AND e.kind = 2 AND {COUNTS}
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = n.id AND i.direction = n.direction
)"""
# The events that carry a facet, of those that count. What a dataset event said (no job)
# it said in one event.
CARRYING: LiteralString = f"""
carrying AS (
  SELECT p.job_id, p.facet_id, e.id, e.event_time, e.digest
  FROM (SELECT DISTINCT job_id, facet_id FROM f) AS p
  JOIN lineage_run r ON r.job_id = p.job_id
  JOIN lineage_event e ON e.run_id = r.id AND {COUNTS}
  WHERE p.facet_id = ANY(e.job_facets) OR EXISTS (
    SELECT FROM lineage_ioevidence i
    WHERE i.event_id = e.id AND p.facet_id = ANY(i.facets)
  )
  UNION ALL
  SELECT p.job_id, p.facet_id, e.id, e.event_time, e.digest
  FROM (SELECT DISTINCT job_id, facet_id FROM f) AS p
  JOIN lineage_event e ON e.job_id = p.job_id AND e.kind = 2 AND {COUNTS}
  WHERE p.facet_id = ANY(e.job_facets) OR EXISTS (
    SELECT FROM lineage_ioevidence i
    WHERE i.event_id = e.id AND p.facet_id = ANY(i.facets)
  )
  UNION ALL
  SELECT p.job_id, p.facet_id, e.id, e.event_time, e.digest
  FROM (SELECT DISTINCT job_id, facet_id, first_event, last_event FROM f) AS p
  JOIN lineage_event e ON e.id IN (p.first_event, p.last_event) AND {COUNTS}
  WHERE p.job_id IS NULL OR p.job_id = 0
)"""
ENDS: LiteralString = """
(array_agg(c.id ORDER BY c.event_time, c.digest))[1],
(array_agg(c.id ORDER BY c.event_time DESC, c.digest DESC))[1]
"""
OF_FACETS: LiteralString = f"""
SELECT f.number, f.kind, f.job_id, {ENDS}
FROM f JOIN carrying c
  ON c.facet_id = f.facet_id AND coalesce(c.job_id, 0) = coalesce(f.job_id, 0)
GROUP BY 1, 2, 3
"""
THEN: LiteralString = f"""{OF_JOBS}, f AS ({FACETS}), {SAID}, {CARRYING}
SELECT c.number, 'io', c.job, {ENDS} FROM said c GROUP BY 1, 2, 3
UNION ALL {OF_FACETS}
"""
# A dataset comes from another, by a dataset event's word. By the indexes of explicit
# edges by their datasets.
BETWEEN: LiteralString = """
WITH n AS (
  SELECT w.number, s.id AS source, t.id AS target
  FROM unnest(%(sources)b::bigint[], %(targets)b::bigint[])
    WITH ORDINALITY AS w(source, target, number)
  JOIN catalog_dataset s ON s.canonical_id = w.source
  JOIN catalog_dataset t ON t.canonical_id = w.target
), f AS (
  SELECT DISTINCT n.number, 'explicit' AS kind, x.job_id, x.facet_id,
    x.first_event, x.last_event
  FROM n JOIN lineage_explicitedge x
    ON x.target_dataset_id = n.target AND x.source_dataset_id = n.source
  WHERE x.job_id IS NULL AND (x.is_effective OR %(also_former)b)
)"""
BETWEEN_NOW: LiteralString = f"""{BETWEEN}
SELECT f.number, f.kind, f.job_id, f.first_event, f.last_event FROM f
"""
BETWEEN_THEN: LiteralString = f"{BETWEEN}, {CARRYING} {OF_FACETS}"
# A column comes from another. By the indexes of the datasets that column sources and
# explicit edges are of, and of derivations over (facet, start of out_field).
OF_COLUMNS: LiteralString = """
WITH w AS (
  SELECT * FROM unnest(
    %(ids)b::bigint[], %(fields)b::text[],
    %(source_ids)b::bigint[], %(source_fields)b::text[]
  ) WITH ORDINALITY AS w(id, field, source, source_field, number)
), f AS (
  SELECT w.number, 'column' AS kind, s.job_id, s.facet_id, s.first_event, s.last_event
  FROM w
  JOIN catalog_dataset o ON o.canonical_id = w.id
  JOIN lineage_columnsource s ON s.dataset_id = o.id
    AND (s.is_effective OR %(also_former)b)
  JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
    AND left(v.out_field, 64) = left(w.field, 64) AND v.out_field = w.field
    AND v.in_field = w.source_field
  JOIN catalog_dataset i ON i.id = v.dataset_id AND i.canonical_id = w.source
  UNION
  SELECT w.number, 'explicit', x.job_id, x.facet_id, x.first_event, x.last_event
  FROM w
  JOIN catalog_dataset o ON o.canonical_id = w.id
  JOIN lineage_explicitedge x ON x.target_dataset_id = o.id
    AND (x.is_effective OR %(also_former)b)
    AND x.target_field = w.field AND x.source_field = w.source_field
  JOIN catalog_dataset i ON i.id = x.source_dataset_id AND i.canonical_id = w.source
)"""
COLUMNS_NOW: LiteralString = f"""{OF_COLUMNS}
SELECT f.number, f.kind, f.job_id, f.first_event, f.last_event FROM f
"""
COLUMNS_THEN: LiteralString = f"{OF_COLUMNS}, {CARRYING} {OF_FACETS}"


class Assertion(NamedTuple):
    """One kind of word for an edge: by which job, in which events (Event ids)."""

    kind: Kind
    job: int | None
    first_event: int
    last_event: int


def of_flow(
    edges: Collection[Edge], cut: Cut, statuses: Collection[int] = EFFECTIVE
) -> dict[Edge, list[Assertion]]:
    """What events say of edges between jobs and datasets."""
    found: dict[Edge, list[Assertion]] = defaultdict(list)
    for some in _portions(edges):
        of_jobs = [edge for edge in some if edge[0].is_job or edge[1].is_job]
        between = [edge for edge in some if not (edge[0].is_job or edge[1].is_job)]
        asked = _asked(cut, statuses)
        if of_jobs:
            asked |= _of_jobs(of_jobs)
            _take(found, of_jobs, NOW if cut.is_now else THEN, asked)
        if between:
            asked["sources"] = [source.id for source, _ in between]
            asked["targets"] = [target.id for _, target in between]
            _take(found, between, BETWEEN_NOW if cut.is_now else BETWEEN_THEN, asked)
    return found


def of_columns(
    edges: Collection[ColumnEdge], cut: Cut
) -> dict[ColumnEdge, list[Assertion]]:
    """What events say of edges between columns."""
    found: dict[ColumnEdge, list[Assertion]] = defaultdict(list)
    for some in _portions(edges):
        asked = _asked(cut, EFFECTIVE) | {
            "ids": [target.dataset for _, target in some],
            "fields": [target.field for _, target in some],
            "source_ids": [source.dataset for source, _ in some],
            "source_fields": [source.field for source, _ in some],
        }
        _take(found, some, COLUMNS_NOW if cut.is_now else COLUMNS_THEN, asked)
    return found


def _of_jobs(edges: Sequence[Edge]) -> dict[str, Any]:
    jobs = [source.id if source.is_job else target.id for source, target in edges]
    datasets = [target.id if source.is_job else source.id for source, target in edges]
    directions = [2 if source.is_job else 1 for source, _ in edges]
    return {"jobs": jobs, "datasets": datasets, "directions": directions}


def _asked(cut: Cut, statuses: Collection[int]) -> dict[str, Any]:
    is_wider = not set(statuses) <= set(EFFECTIVE)
    as_of: datetime | None = cut.as_of
    return {
        "as_of": as_of,
        "recorded_at": cut.recorded_at,
        "statuses": sorted(statuses),
        "also_former": is_wider or not cut.is_now,
    }


def _portions[E](edges: Collection[E]) -> Iterable[list[E]]:
    ordered = sorted(edges)  # type: ignore[type-var]
    for start in range(0, len(ordered), PORTION):
        yield ordered[start : start + PORTION]


def _take[E](
    found: dict[E, list[Assertion]],
    edges: Sequence[E],
    sql: LiteralString,
    asked: dict[str, Any],
) -> None:
    for number, kind, job, first, last in fetch(sql, asked):
        found[edges[number - 1]].append(Assertion(Kind(kind), job or None, first, last))
