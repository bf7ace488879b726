"""What does the engine answer, in the words of `happenings`?"""

from collections import defaultdict
from collections.abc import Callable

from lineage.column_sources import Transformation
from lineage.graph import columns, flow, layers
from lineage.graph.cut import NOW, Cut
from lineage.graph.flow import Flow
from lineage.graph.layers import Bounds
from lineage.graph.links import Said
from lineage.graph.veil import Column
from tests.lineage.projection.reference import UNKNOWN, How
from tests.lineage.then.names import Named, Names
from tests.lineage.then.reference import is_any

FAR = 50  # hops; and more nodes than there are
MANY = 500

Hops = dict[Named, int]
Link = tuple[Named, Named]


def hops(names: Names, start: Named, *, is_downstream: bool, cut: Cut = NOW) -> Hops:
    """How many hops it is to each node, one way."""
    far = _flow(names, start, is_downstream, cut).hops()
    return {names.named(node): hops for node, hops in far.items()}


def edges(
    names: Names, start: Named, *, is_downstream: bool, cut: Cut = NOW
) -> dict[Link, set[Said]]:
    """What is said of each link that a walk went along, in the direction of data."""
    told = _flow(names, start, is_downstream, cut).edges
    return {
        (names.named(near), names.named(far)): said
        for (near, far), said in told.items()
    }


def _flow(names: Names, start: Named, is_downstream: bool, cut: Cut) -> Flow:
    walk = flow.downstream if is_downstream else flow.upstream
    found = walk(names.node(start), max_hops=FAR, max_nodes=MANY, cut=cut)
    assert not found.is_truncated
    return found


def column_edges(
    names: Names,
    start: Named,
    *,
    is_downstream: bool,
    cut: Cut = NOW,
    keep: Callable[[How], bool] = is_any,
) -> dict[Link, set[How]]:
    """How each column comes from another along a walk; links are as data flows."""
    graph = columns.stream(
        is_downstream=is_downstream, cut=cut, passes=lambda way: keep(_how(way))
    )
    begun = graph.starts([Column(names.datasets[start[0]], start[1])])
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


def wholes(names: Names, dataset: str, cut: Cut = NOW) -> set[Named]:
    """The columns that a dataset depends on as a whole."""
    found = columns.of_whole([names.datasets[dataset]], max_columns=MANY, cut=cut)
    return {names.column(source) for _, source in found.links}


def _how(way: Transformation) -> How:
    return way.type, way.subtype, bool(way.masking)
