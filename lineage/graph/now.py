"""Where does data flow next, by what is said now?

One query over a frontier, by index, whichever size the catalog has.
"""

from collections.abc import Collection
from functools import cache
from typing import Any, LiteralString

from lineage.graph.layers import Link
from lineage.graph.links import EFFECTIVE, MANUAL, TOLD, Kind, Said, fetch
from lineage.graph.veil import Node, Veil
from lineage.models import Edge

INPUT, OUTPUT = int(Edge.Direction.INPUT), int(Edge.Direction.OUTPUT)
ATTEMPT = int(Edge.Status.ATTEMPT)

# What a facet of a job states counts as much as the job's I/O. By primary key.
_STATUS: LiteralString = f"""
CASE WHEN EXISTS (SELECT FROM catalog_job j WHERE j.id = x.job_id
  AND j.effective_kind = 3) THEN {ATTEMPT} ELSE 1 END
"""
# Of a job `e` that tells by itself what it makes a dataset from, the part that makes
# it. By the index explicit_edge_effective.
_IS_NAMED: LiteralString = """
EXISTS (
  SELECT FROM lineage_explicitedge x
  JOIN catalog_dataset t ON t.id = x.target_dataset_id
  WHERE x.job_id = e.job_id AND x.is_effective AND t.canonical_id = {target}
)
"""
# … or that tells what it reads.
_TELLS_INPUTS: LiteralString = """
EXISTS (
  SELECT FROM lineage_explicitedge x
  WHERE x.job_id = e.job_id AND x.target_job_id = e.job_id AND x.is_effective
)
"""
# LATERAL keeps the planner to the index of catalog_dataset.canonical_id, for it takes
# any frontier for a long one.
_NAMES: LiteralString = """
WITH n AS (
  SELECT w.id AS canonical, n.id FROM unnest(%(ids)b::bigint[]) AS w(id)
  CROSS JOIN LATERAL (
    SELECT n.id FROM catalog_dataset n WHERE n.canonical_id = w.id OFFSET 0
  ) n
)
"""
_MANUAL_OF_DATASETS: LiteralString = f"""
SELECT DISTINCT n.canonical, m.far_job_id IS NOT NULL,
  coalesce(m.far_job_id, d.canonical_id), 0::bigint, {MANUAL}, 'manual'
FROM n
CROSS JOIN LATERAL (
  SELECT m.{{far}}_job_id AS far_job_id, m.{{far}}_dataset_id AS far_dataset_id
  FROM lineage_manualedge m WHERE m.{{near}}_dataset_id = n.id AND {TOLD}
) m
LEFT JOIN catalog_dataset d ON d.id = m.far_dataset_id
WHERE {{is_wanted}}
"""
_ORDERED: LiteralString = "ORDER BY 1, 2 DESC, 3, 4, 5 DESC, 6 LIMIT %(limit)b"

# By edge_reverse, and the indexes of the datasets that explicit edges come from and of
# those that manual edges do.
FROM_DATASETS: LiteralString = f"""
{_NAMES}
SELECT n.canonical, true, e.job_id, 0::bigint, e.status, 'io'
FROM n
CROSS JOIN LATERAL (
  SELECT e.job_id, e.status FROM lineage_edge e
  WHERE e.dataset_id = n.id AND e.direction = 1 AND e.status = ANY(%(statuses)b)
  OFFSET 0
) e
WHERE NOT {_TELLS_INPUTS}
GROUP BY n.canonical, e.job_id, e.status
UNION ALL
SELECT DISTINCT n.canonical, coalesce(x.target_job_id, x.job_id) IS NOT NULL,
  coalesce(x.target_job_id, x.job_id, t.canonical_id),
  CASE WHEN x.target_job_id IS NULL AND x.job_id IS NOT NULL THEN t.canonical_id
    ELSE 0 END, {_STATUS}, 'explicit'
FROM n
CROSS JOIN LATERAL (
  SELECT x.job_id, x.target_dataset_id, x.target_job_id FROM lineage_explicitedge x
  WHERE x.source_dataset_id = n.id AND x.is_effective OFFSET 0
) x
LEFT JOIN catalog_dataset t ON t.id = x.target_dataset_id
WHERE x.job_id IS NOT NULL OR t.canonical_id <> n.canonical
UNION ALL
{
    _MANUAL_OF_DATASETS.format(
        near="source",
        far="target",
        is_wanted="%(with_manual)b AND d.canonical_id IS DISTINCT FROM n.canonical",
    )
}
{_ORDERED}
"""
TO_DATASETS: LiteralString = f"""
{_NAMES}
SELECT n.canonical, true, e.job_id,
  CASE WHEN {_IS_NAMED.format(target="n.canonical")} THEN n.canonical ELSE 0 END,
  e.status, 'io'
FROM n
CROSS JOIN LATERAL (
  SELECT e.job_id, e.status FROM lineage_edge e
  WHERE e.dataset_id = n.id AND e.direction = 2 AND e.status = ANY(%(statuses)b)
  OFFSET 0
) e
GROUP BY n.canonical, e.job_id, e.status
UNION ALL
SELECT DISTINCT n.canonical, coalesce(x.source_job_id, x.job_id) IS NOT NULL,
  coalesce(x.source_job_id, x.job_id, s.canonical_id),
  CASE WHEN x.source_job_id IS NULL AND x.job_id IS NOT NULL THEN n.canonical
    ELSE 0 END, {_STATUS}, 'explicit'
FROM n
CROSS JOIN LATERAL (
  SELECT x.job_id, x.source_dataset_id, x.source_job_id FROM lineage_explicitedge x
  WHERE x.target_dataset_id = n.id AND x.is_effective
    AND coalesce(x.source_dataset_id, x.source_job_id) IS NOT NULL OFFSET 0
) x
LEFT JOIN catalog_dataset s ON s.id = x.source_dataset_id
WHERE coalesce(x.source_job_id, x.job_id) IS NOT NULL OR s.canonical_id <> n.canonical
UNION ALL
{
    _MANUAL_OF_DATASETS.format(
        near="target",
        far="source",
        is_wanted="%(with_manual)b AND d.canonical_id IS DISTINCT FROM n.canonical",
    )
}
{_ORDERED}
"""
# By the primary keys of edge and dataset, the index of the jobs that explicit edges
# come from, and those of manual edges.
FROM_JOBS: LiteralString = f"""
SELECT e.job_id, false, d.canonical_id, 0::bigint, e.status, 'io'
FROM lineage_edge e JOIN catalog_dataset d ON d.id = e.dataset_id
WHERE e.job_id = ANY(%(ids)b) AND e.direction = 2 AND e.status = ANY(%(statuses)b)
  AND NOT {_IS_NAMED.format(target="d.canonical_id")}
GROUP BY e.job_id, d.canonical_id, e.status
UNION ALL
SELECT DISTINCT x.source_job_id, x.target_job_id IS NOT NULL,
  coalesce(x.target_job_id, t.canonical_id), 0::bigint, {_STATUS}, 'explicit'
FROM lineage_explicitedge x LEFT JOIN catalog_dataset t ON t.id = x.target_dataset_id
WHERE x.source_job_id = ANY(%(ids)b) AND x.is_effective
  AND x.target_job_id IS DISTINCT FROM x.source_job_id
UNION ALL
SELECT DISTINCT m.source_job_id, false, d.canonical_id, 0::bigint, {MANUAL}, 'manual'
FROM lineage_manualedge m JOIN catalog_dataset d ON d.id = m.target_dataset_id
WHERE %(with_manual)b AND m.source_job_id = ANY(%(ids)b) AND {TOLD}
{_ORDERED}
"""
TO_JOBS: LiteralString = f"""
SELECT e.job_id, false, d.canonical_id, 0::bigint, e.status, 'io'
FROM lineage_edge e JOIN catalog_dataset d ON d.id = e.dataset_id
WHERE e.job_id = ANY(%(ids)b) AND e.direction = 1 AND e.status = ANY(%(statuses)b)
  AND NOT {_TELLS_INPUTS}
GROUP BY e.job_id, d.canonical_id, e.status
UNION ALL
SELECT DISTINCT x.target_job_id, x.source_job_id IS NOT NULL,
  coalesce(x.source_job_id, s.canonical_id), 0::bigint, {_STATUS}, 'explicit'
FROM lineage_explicitedge x LEFT JOIN catalog_dataset s ON s.id = x.source_dataset_id
WHERE x.target_job_id = ANY(%(ids)b) AND x.is_effective
  AND coalesce(x.source_dataset_id, x.source_job_id) IS NOT NULL
  AND x.target_job_id IS DISTINCT FROM x.source_job_id
UNION ALL
SELECT DISTINCT m.target_job_id, false, d.canonical_id, 0::bigint, {MANUAL}, 'manual'
FROM lineage_manualedge m JOIN catalog_dataset d ON d.id = m.source_dataset_id
WHERE %(with_manual)b AND m.target_job_id = ANY(%(ids)b) AND {TOLD}
{_ORDERED}
"""
# Parts of jobs, each by the canonical dataset that it makes. By the same indexes.
FROM_PARTS: LiteralString = f"""
WITH w AS (
  SELECT w.job_id, w.part, n.id AS name
  FROM unnest(%(ids)b::bigint[], %(parts)b::bigint[]) AS w(job_id, part)
  JOIN catalog_dataset n ON n.canonical_id = w.part
)
SELECT w.job_id, w.part, false, w.part, 0::bigint, e.status, 'io'
FROM w JOIN lineage_edge e ON e.job_id = w.job_id AND e.dataset_id = w.name
  AND e.direction = 2 AND e.status = ANY(%(statuses)b)
GROUP BY w.job_id, w.part, e.status
UNION ALL
SELECT DISTINCT w.job_id, w.part, false, w.part, 0::bigint, {_STATUS}, 'explicit'
FROM w JOIN lineage_explicitedge x ON x.job_id = w.job_id AND x.is_effective
  AND x.target_dataset_id = w.name AND x.source_dataset_id IS NOT NULL
ORDER BY 1, 2, 4, 6 DESC, 7 LIMIT %(limit)b
"""
TO_PARTS: LiteralString = f"""
SELECT DISTINCT w.job_id, w.part, false, s.canonical_id, 0::bigint, {_STATUS},
  'explicit'
FROM unnest(%(ids)b::bigint[], %(parts)b::bigint[]) AS w(job_id, part)
JOIN catalog_dataset n ON n.canonical_id = w.part
JOIN lineage_explicitedge x ON x.job_id = w.job_id AND x.is_effective
  AND x.target_dataset_id = n.id
JOIN catalog_dataset s ON s.id = x.source_dataset_id
ORDER BY 1, 2, 4, 6 DESC, 7 LIMIT %(limit)b
"""
# By the index explicit_edge_effective.
PARTS = """
SELECT DISTINCT t.canonical_id FROM lineage_explicitedge x
JOIN catalog_dataset t ON t.id = x.target_dataset_id
WHERE x.job_id = %(job)b AND x.is_effective ORDER BY 1
"""

type Step = Link[Node, Said]


class StreamNow:
    """Jobs and datasets, one way, as they stand now.

    `statuses` are the states of edges (Edge.Status) to walk along.
    """

    def __init__(
        self,
        veil: Veil,
        *,
        is_downstream: bool,
        statuses: Collection[int] = EFFECTIVE,
        with_manual: bool = True,
    ) -> None:
        self.veil = veil
        self.is_downstream = is_downstream
        self.statuses = sorted(statuses)
        self.with_manual = with_manual

    def starts(self, node: Node) -> list[Node]:
        """Where a walk from a node begins: a job with all of its parts."""
        if not node.is_job:
            return [node]
        parts = fetch(PARTS, {"job": node.id})
        return [node, *(node._replace(part=part) for (part,) in parts)]

    def links(self, frontier: list[Node], limit: int) -> list[Step]:
        asked = {
            "statuses": self.statuses,
            "with_manual": self.with_manual,
            "limit": limit,
            "unsaid": self.veil.unsaid_edges(),
        }
        found: list[Step] = []
        datasets = [node.id for node in frontier if not node.is_job]
        if datasets:
            sql = FROM_DATASETS if self.is_downstream else TO_DATASETS
            rows = fetch(sql, {**asked, "ids": datasets})
            found += [_step(Node(False, near), *row) for near, *row in rows]
        jobs = [node.id for node in frontier if node.is_job and not node.part]
        if jobs:
            sql = FROM_JOBS if self.is_downstream else TO_JOBS
            rows = fetch(sql, {**asked, "ids": jobs})
            found += [_step(Node(True, near), *row) for near, *row in rows]
        parts = [node for node in frontier if node.part]
        if parts:
            sql = FROM_PARTS if self.is_downstream else TO_PARTS
            ends = {"ids": [n.id for n in parts], "parts": [n.part for n in parts]}
            rows = fetch(sql, {**asked, **ends})
            found += [_step(Node(True, *near), *row) for *near, row in _split(rows)]
        return found

    def hidden(self, nodes: Collection[Node]) -> set[Node]:
        return hidden_parts(self.veil, nodes)

    def is_long(self, link: Step) -> bool:
        return False

    def is_last(self, node: Node) -> bool:
        return True


def hidden_parts(veil: Veil, nodes: Collection[Node]) -> set[Node]:
    """Those of the nodes that are hidden; a job is with all of its parts.

    Where walks stop, the part of a job that makes something hidden is nobody's.
    """
    if veil.hides_nothing:
        return set()
    if not any(node.part for node in nodes):
        return veil.hidden_nodes(nodes)
    parts = () if veil.passes else [node for node in nodes if node.part]
    made = {node: Node(False, node.part) for node in parts}
    hidden = veil.hidden_nodes({node.whole for node in nodes} | {*made.values()})
    if not hidden:
        return set()
    return {n for n in nodes if n.whole in hidden or made.get(n) in hidden}


def _split(rows: list[tuple[Any, ...]]) -> list[tuple[int, int, tuple[Any, ...]]]:
    return [(row[0], row[1], row[2:]) for row in rows]


def _step(
    near: Node, is_job: bool, far: int, part: int, status: int, kind: str
) -> Step:
    return Link(near, Node(is_job, far, part), _said(status, kind))


@cache
def _said(status: int, kind: str) -> Said:
    return Said(status, Kind(kind))
