"""What does the engine answer, in the words of `happenings`?"""

from collections import defaultdict

from lineage.column_sources import Transformation
from lineage.graph import columns, flow, layers
from lineage.graph.flow import Flow
from lineage.graph.layers import Bounds
from lineage.graph.question import Question
from lineage.graph.veil import Column
from lineage.models import Edge
from tests.lineage.projection.reference import UNKNOWN, How
from tests.lineage.then.names import Named, Names

FAR = 50  # hops; and more nodes than there are
MANY = 500

OUT_OF_FORCE = {
    int(Edge.Status.FORMER): "former",
    int(Edge.Status.ATTEMPTED): "attempted",
}

Hops = dict[Named, int]
Link = tuple[Named, Named]


def hops(
    names: Names, start: Named, question: Question, *, is_downstream: bool
) -> Hops:
    """How many hops it is to each node, one way."""
    far = _flow(names, start, question, is_downstream).hops()
    return {names.named(node): hops for node, hops in far.items()}


def edges(
    names: Names, start: Named, question: Question, *, is_downstream: bool
) -> dict[Link, set[str]]:
    """On whose word each link is that a walk went along, in the direction of data.

    Of what is not in force it is its state.
    """
    told = _flow(names, start, question, is_downstream).edges
    return {
        (names.named(near), names.named(far)): {
            OUT_OF_FORCE.get(one.status, str(one.kind)) for one in said
        }
        for (near, far), said in told.items()
    }


def _flow(names: Names, start: Named, question: Question, is_downstream: bool) -> Flow:
    walk = flow.downstream if is_downstream else flow.upstream
    found = walk(
        names.node(start, question.cut),
        max_hops=FAR,
        max_nodes=MANY,
        cut=question.cut,
        statuses=question.statuses,
    )
    assert not found.is_truncated
    return found


def column_edges(
    names: Names, start: Named, question: Question, *, is_downstream: bool
) -> dict[Link, set[How]]:
    """How each column comes from another along a walk; links are as data flows."""
    graph = columns.stream(
        is_downstream=is_downstream, cut=question.cut, passes=question.goes_along
    )
    begun = graph.starts([Column(names.dataset(start[0], question.cut), start[1])])
    found = layers.walk(begun, graph, Bounds(FAR, MANY))
    assert not found.is_truncated
    told: dict[Link, set[How]] = defaultdict(set)
    for step in found.links:
        ends = names.column(step.before), names.column(step.node)
        way, is_manual = step.what
        told[ends if is_downstream else ends[::-1]].add(
            UNKNOWN if is_manual else _how(way)
        )
    return told


def wholes(names: Names, dataset: str, question: Question) -> set[Named]:
    """The columns that a dataset depends on as a whole."""
    asked = [names.dataset(dataset, question.cut)]
    found = columns.of_whole(asked, max_columns=MANY, cut=question.cut)
    return {names.column(source) for _, source in found.links}


def _how(way: Transformation) -> How:
    return way.type, way.subtype, bool(way.masking)
