"""What does data come through on its way to a dataset or job, and where does it go?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from lineage.graph import layers
from lineage.graph.cut import NOW, Cut
from lineage.graph.layers import Bounds, Graph, Layers, Stretch
from lineage.graph.links import EFFECTIVE, MANUAL, Said
from lineage.graph.now import StreamNow
from lineage.graph.then.past import Past
from lineage.graph.then.stream import StreamThen
from lineage.graph.veil import NO_VEIL, Node, Veil

type Place = Node | Stretch[Node]
# As data flows, of whole jobs.
type Edge = tuple[Node, Node]


class Stream(Graph[Node, Said], Protocol):
    """Jobs and datasets, one way."""

    is_downstream: bool

    def starts(self, node: Node) -> list[Node]:
        """Where a walk from a node begins: a job with all of its parts."""


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

    Of a job that tells what comes from what, each part is met by itself, for what leads
    on from one does not lead on from another. A stretch of hidden nodes is one place
    without a name. `withheld` counts what is hidden, as far as it can be told apart
    from outside, and `around` are the told nodes next to each, as (node, whether it is
    on the near side). `edges` are all steps between told nodes, whole jobs, the start
    among them. `is_truncated` says that there is more, which was left out to stay
    within bounds.
    """

    met: dict[Place, Met] = field(default_factory=dict)
    edges: dict[Edge, set[Said]] = field(default_factory=dict)
    around: list[frozenset[tuple[Node, bool]]] = field(default_factory=list)
    is_truncated: bool = False

    @property
    def withheld(self) -> int:
        return len(self.around)

    def hops(self) -> dict[Node, int]:
        """How far each job and dataset lies, by the nearest of its parts."""
        found: dict[Node, int] = {}
        for place, met in self.met.items():
            if isinstance(place, Node):
                found.setdefault(place.whole, met.hops)
        return found

    def ids(self, *, jobs: bool) -> set[int]:
        """The ids of its jobs, or of its datasets."""
        nodes = (place for place in self.met if isinstance(place, Node))
        return {node.id for node in nodes if node.is_job is jobs}


def stream(
    *,
    is_downstream: bool,
    veil: Veil = NO_VEIL,
    cut: Cut = NOW,
    statuses: Collection[int] = EFFECTIVE,
    with_manual: bool = True,
) -> Stream:
    """The graph of jobs and datasets one way, for `layers.walk`.

    `statuses` are the states of edges (Edge.Status) that it has.
    """
    if cut.is_now:
        return StreamNow(
            veil, is_downstream=is_downstream, statuses=statuses,
            with_manual=with_manual,
        )  # fmt: skip
    return StreamThen(
        Past(cut), veil, is_downstream=is_downstream, statuses=statuses,
        with_manual=with_manual,
    )  # fmt: skip


def upstream(
    start: Node | Collection[Node],
    *,
    max_hops: int,
    max_nodes: int,
    veil: Veil = NO_VEIL,
    cut: Cut = NOW,
    statuses: Collection[int] = EFFECTIVE,
    with_manual: bool = True,
) -> Flow:
    """Walk against the flow of data: to what the start is made of, and by which jobs.

    A hop is from dataset to job or from job to dataset, or from one dataset to another
    where people or a dataset event say so. A cycle ends where it meets itself; each
    node is met once, by its shortest ways.
    """
    graph = stream(
        is_downstream=False, veil=veil, cut=cut, statuses=statuses,
        with_manual=with_manual,
    )  # fmt: skip
    return walk(start, graph, max_hops=max_hops, max_nodes=max_nodes)


def downstream(
    start: Node | Collection[Node],
    *,
    max_hops: int,
    max_nodes: int,
    veil: Veil = NO_VEIL,
    cut: Cut = NOW,
    statuses: Collection[int] = EFFECTIVE,
    with_manual: bool = True,
) -> Flow:
    """Walk with the flow of data: to what is made of the start. As `upstream`."""
    graph = stream(
        is_downstream=True, veil=veil, cut=cut, statuses=statuses,
        with_manual=with_manual,
    )  # fmt: skip
    return walk(start, graph, max_hops=max_hops, max_nodes=max_nodes)


def walk(
    start: Node | Collection[Node], graph: Stream, *, max_hops: int, max_nodes: int
) -> Flow:
    """Walk along a stream from one node, or from several at once."""
    first = [start] if isinstance(start, Node) else list(start)
    begun = {part for node in first for part in graph.starts(node)}
    found = layers.walk(sorted(begun), graph, Bounds(max_hops, max_nodes))
    return Flow(
        _met(found),
        edges_of(found, is_downstream=graph.is_downstream),
        around_of(found),
        found.is_truncated,
    )


def edges_of(
    found: Layers[Node, Said], *, is_downstream: bool
) -> dict[Edge, set[Said]]:
    """The steps between told nodes, in the direction of data, of whole jobs."""
    edges: dict[Edge, set[Said]] = defaultdict(set)
    for link in found.links:
        ends = link.before.whole, link.node.whole
        edges[ends if is_downstream else ends[::-1]].add(link.what)
    return dict(edges)


def around_of(found: Layers[Node, Said]) -> list[frozenset[tuple[Node, bool]]]:
    """The told nodes around each part that is hidden, alike parts once."""
    around: Iterable[frozenset[tuple[Node, bool]]] = (
        frozenset((node.whole, side) for node, side in ends) for ends in found.edges
    )
    return sorted(set(around), key=sorted)


def _met(found: Layers[Node, Said]) -> dict[Place, Met]:
    met: dict[Place, Met] = {n: Met(hops) for n, hops in found.at.items() if hops}
    for link in found.links:
        if found.at[link.node] == found.at[link.before] + 1:
            met[link.node].meet(link.before, link.what.status)
    for stretch in found.stretches:
        met[stretch] = Met(stretch.hops, [*sorted(stretch.before)])
        for node in sorted(stretch.behind):
            met[node].by_way_of.append(stretch)
    return dict(sorted(met.items(), key=lambda one: one[1].hops))
