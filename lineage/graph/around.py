"""What is connected with a job or dataset, for a reader who may not be told of all?"""

from collections.abc import Collection
from typing import LiteralString

from lineage.graph import layers
from lineage.graph.layers import Bounds
from lineage.graph.links import EFFECTIVE, FLOW, MANUAL, TOLD, Link, Walk, fetch
from lineage.graph.veil import Node, Veil
from lineage.models import Edge

OUTPUT = int(Edge.Direction.OUTPUT)
FLOW_BACK = 4  # FLOW, seen from its far end

# By the index of catalog_dataset.canonical_id, edge_reverse, and those of manual edges;
# LATERAL keeps the planner to these, for it takes any frontier for a long one.
NEXT_TO_DATASETS: LiteralString = f"""
WITH n AS (
  SELECT w.id AS canonical, n.id FROM unnest(%(ids)b::bigint[]) AS w(id)
  CROSS JOIN LATERAL (
    SELECT n.id FROM catalog_dataset n WHERE n.canonical_id = w.id OFFSET 0
  ) n
)
SELECT n.canonical, true, e.job_id, e.direction, e.status
FROM n
CROSS JOIN LATERAL (
  SELECT e.job_id, e.direction, e.status FROM lineage_edge e
  WHERE e.dataset_id = n.id AND e.status = ANY(%(effective)b)
  UNION ALL
  SELECT m.source_job_id, 2, {MANUAL} FROM lineage_manualedge m
  WHERE m.target_dataset_id = n.id AND m.source_job_id IS NOT NULL AND {TOLD}
  UNION ALL
  SELECT m.target_job_id, 1, {MANUAL} FROM lineage_manualedge m
  WHERE m.source_dataset_id = n.id AND m.target_job_id IS NOT NULL AND {TOLD}
  OFFSET 0
) e
UNION ALL
SELECT n.canonical, false, d.canonical_id, m.direction, {MANUAL}
FROM n
CROSS JOIN LATERAL (
  SELECT m.target_dataset_id AS far, {FLOW} AS direction FROM lineage_manualedge m
  WHERE m.source_dataset_id = n.id AND m.target_dataset_id IS NOT NULL AND {TOLD}
  UNION ALL
  SELECT m.source_dataset_id, {FLOW_BACK} FROM lineage_manualedge m
  WHERE m.target_dataset_id = n.id AND m.source_dataset_id IS NOT NULL AND {TOLD}
  OFFSET 0
) m
JOIN catalog_dataset d ON d.id = m.far
WHERE d.canonical_id <> n.canonical
ORDER BY 1, 2 DESC, 3, 4, 5 LIMIT %(limit)b
"""
# By the primary keys of edge and dataset, and the indexes of manual edges.
NEXT_TO_JOBS: LiteralString = f"""
SELECT e.job_id, false, d.canonical_id, e.direction, e.status
FROM (
  SELECT e.job_id, e.dataset_id, e.direction, e.status FROM lineage_edge e
  WHERE e.job_id = ANY(%(ids)b) AND e.status = ANY(%(effective)b)
  UNION ALL
  SELECT m.source_job_id, m.target_dataset_id, 2, {MANUAL} FROM lineage_manualedge m
  WHERE m.source_job_id = ANY(%(ids)b) AND {TOLD}
  UNION ALL
  SELECT m.target_job_id, m.source_dataset_id, 1, {MANUAL} FROM lineage_manualedge m
  WHERE m.target_job_id = ANY(%(ids)b) AND {TOLD}
) e
JOIN catalog_dataset d ON d.id = e.dataset_id
ORDER BY 1, 3, 4, 5 LIMIT %(limit)b
"""

type Said = tuple[int, int]  # direction, or FLOW or FLOW_BACK; status
type Step = layers.Link[Node, Said]


class _Net:
    """Jobs and datasets, both ways. Steps are from job to dataset and back.

    A flow that people declare from one dataset to another counts as one over a job.
    """

    def __init__(self, veil: Veil) -> None:
        self.veil = veil

    def links(self, frontier: list[Node], limit: int) -> list[Step]:
        found: list[Step] = []
        for is_job, sql in ((False, NEXT_TO_DATASETS), (True, NEXT_TO_JOBS)):
            ids = [node.id for node in frontier if node.is_job is is_job]
            if not ids:
                continue
            asked = {
                "ids": ids,
                "effective": list(EFFECTIVE),
                "limit": limit,
                "unsaid": self.veil.unsaid_edges(),
            }
            found += [
                layers.Link(Node(is_job, near), Node(is_far_job, far), (way, status))
                for near, is_far_job, far, way, status in fetch(sql, asked)
            ]
        return found

    def hidden(self, nodes: Collection[Node]) -> set[Node]:
        return self.veil.hidden_nodes(nodes)

    def is_long(self, link: Step) -> bool:
        return link.what[0] in (FLOW, FLOW_BACK)

    def is_last(self, node: Node) -> bool:
        # Jobs come with all of their datasets, for which there is no step left.
        return not node.is_job


def walk(start: Node, max_steps: int, max_nodes: int, veil: Veil) -> Walk:
    """Walk `max_steps` steps; what is hidden on the way counts as one."""
    net = _Net(veil)
    bounds = Bounds(max_steps, max_nodes, looks_on=False)
    found = layers.walk([start], net, bounds, side=_is_origin)
    answer = Walk(is_truncated=found.is_truncated, withheld=found.edges)
    answer.jobs = {node.id for node in found.at if node.is_job}
    answer.datasets = {node.id for node in found.at if not node.is_job}
    for step in found.links:
        _take(answer, step)
    return answer


def _is_origin(step: Step, is_entry: bool) -> bool:
    """Whether data flows from the told end of a step to the hidden one."""
    told = step.before if is_entry else step.node
    way = step.what[0]
    if way in (FLOW, FLOW_BACK):
        return is_entry is (way == FLOW)
    # Of what a job writes it is the origin; of what it reads, the dataset is.
    return told.is_job is (way == OUTPUT)


def _take(answer: Walk, step: Step) -> None:
    way, status = step.what
    near, far = step.before, step.node
    if way == FLOW:
        answer.flows.add((near.id, far.id))
    elif way == FLOW_BACK:
        answer.flows.add((far.id, near.id))
    else:
        job, dataset = (near.id, far.id) if near.is_job else (far.id, near.id)
        link = Link(job, dataset, way, status, status == MANUAL)
        if link.key in answer.links:
            answer.links[link.key].unite(status)
        else:
            answer.links[link.key] = link
