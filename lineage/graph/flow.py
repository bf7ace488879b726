"""What does data come through on its way to a dataset or job, and where does it go?"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import LiteralString, NamedTuple

from lineage.graph.jobs import EFFECTIVE, LINKS_PER_NODE, _fetch
from lineage.models import Edge

# By the index of catalog_dataset.canonical_id and edge_reverse; LATERAL keeps the
# planner to these, for it takes any frontier for a long one.
JOBS_OF_DATASETS: LiteralString = """
SELECT DISTINCT w.id, e.job_id
FROM unnest(%b::bigint[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT n.id FROM catalog_dataset n WHERE n.canonical_id = w.id OFFSET 0
) n
CROSS JOIN LATERAL (
  SELECT e.job_id FROM lineage_edge e
  WHERE e.dataset_id = n.id AND e.direction = %b AND e.status = ANY(%b) OFFSET 0
) e
ORDER BY w.id, e.job_id LIMIT %b
"""
# By the primary keys of edge and dataset.
DATASETS_OF_JOBS: LiteralString = """
SELECT DISTINCT e.job_id, d.canonical_id
FROM lineage_edge e JOIN catalog_dataset d ON d.id = e.dataset_id
WHERE e.job_id = ANY(%b) AND e.direction = %b AND e.status = ANY(%b)
ORDER BY e.job_id, d.canonical_id LIMIT %b
"""


class Node(NamedTuple):
    """A job or a canonical dataset, by its id."""

    is_job: bool
    id: int


@dataclass(slots=True)
class Met:
    """How far a node lies from the start, and next to which nodes of one hop less."""

    hops: int
    by_way_of: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Flow:
    """The nodes that a walk met, nearest first; the start is not among them.

    `is_truncated` says that there is more, which was left out to stay within bounds.
    """

    met: dict[Node, Met] = field(default_factory=dict)
    is_truncated: bool = False

    def ids(self, *, jobs: bool) -> set[int]:
        """The ids of its jobs, or of its datasets."""
        return {node.id for node in self.met if node.is_job is jobs}


def upstream(start: Node, *, max_hops: int, max_nodes: int) -> Flow:
    """Walk against the flow of data: to what the start is made of, and by which jobs.

    A hop is from dataset to job or from job to dataset. A cycle ends where it meets
    itself; each node is met once, by a shortest way.
    """
    return _walk(start, False, max_hops, max_nodes)


def downstream(start: Node, *, max_hops: int, max_nodes: int) -> Flow:
    """Walk with the flow of data: to what is made of the start. As `upstream`."""
    return _walk(start, True, max_hops, max_nodes)


def _walk(start: Node, is_downstream: bool, max_hops: int, max_nodes: int) -> Flow:
    flow = Flow()
    seen, frontier = {start}, [start]
    links_left = max_nodes * LINKS_PER_NODE
    for hops in range(1, max_hops + 1):
        if not frontier or flow.is_truncated:
            break
        links = _next(frontier, is_downstream, links_left + 1)
        flow.is_truncated = len(links) > links_left
        links_left -= len(links)
        found: dict[Node, Met] = {}
        for before, node in links:
            if node in seen:
                continue
            if node not in found and len(flow.met) + len(found) >= max_nodes:
                flow.is_truncated = True
                continue
            ways = found.setdefault(node, Met(hops)).by_way_of
            if before not in ways:
                ways.append(before)
        flow.met |= found
        seen |= found.keys()
        frontier = list(found)
    flow.is_truncated |= bool(frontier) and _goes_on(frontier, seen, is_downstream)
    return flow


def _goes_on(
    frontier: Collection[Node], seen: Collection[Node], is_downstream: bool
) -> bool:
    """Whether there is more where the walk ended for want of hops."""
    return any(
        node not in seen
        for _, node in _next(frontier, is_downstream, len(seen) * LINKS_PER_NODE)
    )


def _next(
    frontier: Collection[Node], is_downstream: bool, limit: int
) -> list[tuple[Node, Node]]:
    """The links one hop on: each from a node of the frontier to the next one."""
    links: list[tuple[Node, Node]] = []
    for from_jobs, sql in ((False, JOBS_OF_DATASETS), (True, DATASETS_OF_JOBS)):
        ids = [node.id for node in frontier if node.is_job is from_jobs]
        if not ids:
            continue
        # With the flow: what reads a dataset, and what a job writes.
        is_output = from_jobs is is_downstream
        direction = Edge.Direction.OUTPUT if is_output else Edge.Direction.INPUT
        rows = _fetch(sql, [ids, int(direction), list(EFFECTIVE), limit])
        links += [
            (Node(from_jobs, origin), Node(not from_jobs, other))
            for origin, other in rows
        ]
    return links
