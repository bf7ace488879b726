"""What does data come through on its way to a dataset or job, and where does it go?"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import LiteralString

from lineage.graph import layers
from lineage.graph.layers import Bounds, Layers, Link, Stretch
from lineage.graph.links import EFFECTIVE, MANUAL, TOLD, fetch
from lineage.graph.veil import NO_VEIL, Node, Veil
from lineage.models import Edge

# The jobs next to datasets, and the datasets that people say are next to them. By the
# index of catalog_dataset.canonical_id, edge_reverse, and those of manual edges;
# LATERAL keeps the planner to these, for it takes any frontier for a long one.
NEXT_TO_DATASETS: LiteralString = f"""
WITH n AS (
  SELECT w.id AS canonical, n.id FROM unnest(%(ids)b::bigint[]) AS w(id)
  CROSS JOIN LATERAL (
    SELECT n.id FROM catalog_dataset n WHERE n.canonical_id = w.id OFFSET 0
  ) n
)
SELECT n.canonical, true, e.job_id, min(e.status)
FROM n
CROSS JOIN LATERAL (
  SELECT e.job_id, e.status FROM lineage_edge e
  WHERE e.dataset_id = n.id AND e.direction = %(direction)b
    AND e.status = ANY(%(effective)b) OFFSET 0
) e
GROUP BY n.canonical, e.job_id
UNION ALL
SELECT DISTINCT n.canonical, m.far_job_id IS NOT NULL,
  coalesce(m.far_job_id, d.canonical_id), {MANUAL}
FROM n
CROSS JOIN LATERAL (
  SELECT m.target_job_id AS far_job_id, m.target_dataset_id AS far_dataset_id
  FROM lineage_manualedge m
  WHERE %(is_downstream)b AND m.source_dataset_id = n.id AND {TOLD}
  UNION ALL
  SELECT m.source_job_id, m.source_dataset_id FROM lineage_manualedge m
  WHERE NOT %(is_downstream)b AND m.target_dataset_id = n.id AND {TOLD}
) m
LEFT JOIN catalog_dataset d ON d.id = m.far_dataset_id
ORDER BY 1, 2 DESC, 3, 4 DESC LIMIT %(limit)b
"""
# By the primary keys of edge and dataset, and the indexes of manual edges.
NEXT_TO_JOBS: LiteralString = f"""
SELECT e.job_id, false, d.canonical_id, e.status
FROM (
  SELECT e.job_id, e.dataset_id, e.status FROM lineage_edge e
  WHERE e.job_id = ANY(%(ids)b) AND e.direction = %(direction)b
    AND e.status = ANY(%(effective)b)
  UNION ALL
  SELECT m.source_job_id, m.target_dataset_id, {MANUAL} FROM lineage_manualedge m
  WHERE %(is_downstream)b AND m.source_job_id = ANY(%(ids)b) AND {TOLD}
  UNION ALL
  SELECT m.target_job_id, m.source_dataset_id, {MANUAL} FROM lineage_manualedge m
  WHERE NOT %(is_downstream)b AND m.target_job_id = ANY(%(ids)b) AND {TOLD}
) e
JOIN catalog_dataset d ON d.id = e.dataset_id
ORDER BY 1, 3, 4 DESC LIMIT %(limit)b
"""


type Place = Node | Stretch[Node]


@dataclass(slots=True)
class Met:
    """How far a node lies from the start, and next to which nodes of one hop less.

    `manual` are those of them from which people alone say that data flows.
    """

    hops: int
    by_way_of: list[Place] = field(default_factory=list)
    manual: set[Place] = field(default_factory=set)

    def meet(self, before: Place, status: int) -> None:
        """Take in one link from a node of one hop less."""
        is_new = before not in self.by_way_of
        if is_new:
            self.by_way_of.append(before)
        if status != MANUAL:
            self.manual.discard(before)
        elif is_new:
            self.manual.add(before)


@dataclass(slots=True)
class Flow:
    """What a walk met, nearest first; the start is not among it.

    A stretch of hidden nodes is one place without a name. `withheld` counts what is
    hidden, as far as it can be told apart from outside; `is_truncated` says that there
    is more, which was left out to stay within bounds.
    """

    met: dict[Place, Met] = field(default_factory=dict)
    withheld: int = 0
    is_truncated: bool = False

    def ids(self, *, jobs: bool) -> set[int]:
        """The ids of its jobs, or of its datasets."""
        nodes = (place for place in self.met if isinstance(place, Node))
        return {node.id for node in nodes if node.is_job is jobs}


def upstream(
    start: Node, *, max_hops: int, max_nodes: int, veil: Veil = NO_VEIL
) -> Flow:
    """Walk against the flow of data: to what the start is made of, and by which jobs.

    A hop is from dataset to job or from job to dataset, or from one dataset to another
    where people say so. A cycle ends where it meets itself; each node is met once, by
    its shortest ways.
    """
    return _walk(start, _Stream(veil, is_downstream=False), max_hops, max_nodes)


def downstream(
    start: Node, *, max_hops: int, max_nodes: int, veil: Veil = NO_VEIL
) -> Flow:
    """Walk with the flow of data: to what is made of the start. As `upstream`."""
    return _walk(start, _Stream(veil, is_downstream=True), max_hops, max_nodes)


@dataclass(frozen=True, slots=True)
class _Stream:
    """Jobs and datasets, one way."""

    veil: Veil
    is_downstream: bool

    def links(self, frontier: list[Node], limit: int) -> list[Link[Node, int]]:
        unsaid = self.veil.unsaid_edges()
        found = _next(frontier, self.is_downstream, limit, unsaid)
        return [Link(*row) for row in found]

    def hidden(self, nodes: Collection[Node]) -> set[Node]:
        return self.veil.hidden_nodes(nodes)

    def is_long(self, link: Link[Node, int]) -> bool:
        return False

    def is_last(self, node: Node) -> bool:
        return True


def _walk(start: Node, stream: _Stream, max_hops: int, max_nodes: int) -> Flow:
    found = layers.walk([start], stream, Bounds(max_hops, max_nodes))
    return Flow(_met(found), len(found.edges), found.is_truncated)


def _met(found: Layers[Node, int]) -> dict[Place, Met]:
    met: dict[Place, Met] = {n: Met(hops) for n, hops in found.at.items() if hops}
    for link in found.links:
        if found.at[link.node] == found.at[link.before] + 1:
            met[link.node].meet(link.before, link.what)
    for stretch in found.stretches:
        met[stretch] = Met(stretch.hops, [*sorted(stretch.before)])
        for node in sorted(stretch.behind):
            met[node].by_way_of.append(stretch)
    return dict(sorted(met.items(), key=lambda one: one[1].hops))


def _next(
    frontier: Collection[Node], is_downstream: bool, limit: int, unsaid: list[int]
) -> list[tuple[Node, Node, int]]:
    """The links one hop on: each from a node of the frontier to the next one."""
    links: list[tuple[Node, Node, int]] = []
    for from_jobs, sql in ((False, NEXT_TO_DATASETS), (True, NEXT_TO_JOBS)):
        ids = [node.id for node in frontier if node.is_job is from_jobs]
        if not ids:
            continue
        # With the flow: what reads a dataset, and what a job writes.
        is_output = from_jobs is is_downstream
        direction = Edge.Direction.OUTPUT if is_output else Edge.Direction.INPUT
        asked = {
            "ids": ids,
            "direction": int(direction),
            "effective": list(EFFECTIVE),
            "is_downstream": is_downstream,
            "limit": limit,
            "unsaid": unsaid,
        }
        links += [
            (Node(from_jobs, origin), Node(is_job, other), status)
            for origin, is_job, other, status in fetch(sql, asked)
        ]
    return links
