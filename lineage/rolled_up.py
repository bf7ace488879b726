"""What does a picture show of jobs that are told as the job that contains them?"""

from collections.abc import Iterable

from lineage import nodeids
from lineage.drawing import Drawing, DrawnEdge, DrawnNode, Mark
from lineage.graph.question import Question
from lineage.graph.veil import Node
from lineage.lacks import Break, Lacks
from lineage.models import Edge
from lineage.nodeids import Named, UnknownNode
from lineage.reader import Reader
from lineage.walks.hierarchy import Hierarchy, RollUp, Told, hierarchy

MAX_OPENED = 20


def draw_rolled_up(
    start: Node, question: Question, to: str, opened: Iterable[str], reader: Reader
) -> Drawing:
    """Draw a walk by the parents or roots of its jobs, but for opened groups."""
    ids = frozenset(_jobs(opened, reader))
    found = hierarchy(start, question, RollUp(to, ids), reader)
    nodes = {one.node_id: _node(one) for one in found.nodes}
    edges = []
    for told in found.edges:
        status = told.way.status
        edge = DrawnEdge(nodes[told.source], nodes[told.target], count=told.count)
        edge.status = Edge.Status(status) if status is not None else None
        edges.append(edge)
    drawing = Drawing([*nodes.values()], edges, _lacks(found))
    drawing.order()
    return drawing


def _jobs(opened: Iterable[str], reader: Reader) -> Iterable[int]:
    """The ids of the jobs that nodeIds name, as far as the reader may know."""
    datasets = Named(reader.linked_datasets, reader.names, reader.veil)
    for node_id in [one for one in opened if one.startswith("job:")][:MAX_OPENED]:
        try:
            job = nodeids.resolve(node_id, reader.linked_jobs, datasets).job
        except UnknownNode:
            continue
        if job is not None:
            yield job.pk


def _node(one: Told) -> DrawnNode:
    node = DrawnNode(one.node_id, one.kind, one.known, hops=one.hops)
    node.is_start = one.is_start
    if one.kind == "group":
        jobs = f"{one.members} job{'' if one.members == 1 else 's'}"
        node.marks.append(Mark("hollow", jobs))
        node.inner = one.inner
    return node


def _lacks(found: Hierarchy) -> Lacks:
    known = {one.node_id: one.known for one in found.nodes}
    breaks = {
        (one.why, one.is_downstream, known.get(found.names.get(one.place, "")))
        for one in found.broken
    }
    ordered = sorted(
        breaks, key=lambda one: (one[0], one[1], one[2].node_id if one[2] else "")
    )
    return Lacks(
        [Break(*one) for one in ordered], found.withheld, left_out=found.deleted
    )
