"""Where does a walk lead, along which edges, and where does it break off?

Nodes are jobs and canonical datasets, or columns; edges are as data flows.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from lineage.column_sources import Transformation
from lineage.graph import layers
from lineage.graph.layers import Bounds, Layers, Link
from lineage.graph.links import MANUAL
from lineage.graph.question import Level, Question
from lineage.graph.veil import Column, Node, Veil
from lineage.walks.streams import Stream, stream, whole, wholes

type Place = Node | Column
type Edge = tuple[Any, Any]
# The told places around something hidden, each with whether data flows from it.
type Around = frozenset[tuple[Any, bool]]

# So many edges are looked through for where a walk broke off.
MAX_BROKEN = 50_000


class Why(StrEnum):
    """Why a walk ends at a place, though data goes on."""

    HOPS = "hops"
    NODES = "nodes"
    LINKS = "links"
    HIDDEN = "hidden"


class Broken(NamedTuple):
    """Beyond a place there is more; of None, somewhere that may not be told."""

    place: Any
    is_downstream: bool
    why: Why


@dataclass(slots=True)
class Way:
    """What is known of one edge, by whoever tells of it.

    `status` is Edge.Status, the best of all names', or None where no event tells.
    """

    status: int | None = None
    is_manual: bool = False
    transformations: list[Transformation] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)  # of jobs and datasets: io, explicit

    @property
    def is_asserted(self) -> bool:
        """Whether events tell of it."""
        return self.status is not None or bool(self.transformations)


@dataclass(slots=True)
class Walked:
    """What the walks of a question met.

    `at` has the distance of each place, by whether it lies downstream; the `starts` are
    in both, at 0, under the names that they had then. `parts` are the same places, of
    jobs those parts that were met. `wholes` are edges from columns to datasets that
    depend on them as a whole (columns of no name), which no walk goes along.
    """

    at: dict[bool, dict[Any, int]] = field(default_factory=dict)
    parts: dict[bool, set[Any]] = field(default_factory=dict)
    starts: set[Any] = field(default_factory=set)
    edges: dict[Edge, Way] = field(default_factory=dict)
    wholes: dict[Edge, Way] = field(default_factory=dict)
    around: set[Around] = field(default_factory=set)
    broken: list[Broken] = field(default_factory=list)

    @property
    def places(self) -> set[Any]:
        return {place for some in self.at.values() for place in some}


def walk(starts: Collection[Any], question: Question, veil: Veil) -> Walked:
    """Walk from told places, each way that the question asks for, nearest first."""
    walked = Walked()
    for is_downstream in question.direction.ways:
        graph = stream(question, veil, is_downstream=is_downstream)
        bounds = Bounds(question.max_hops, question.max_nodes)
        begun = graph.starts(starts)
        walked.starts |= {whole(place) for place in begun}
        found = layers.walk(begun, graph, bounds)
        take(walked, found, graph)
        walked.broken += broken(found, graph, bounds)
    return walked


def take(walked: Walked, found: Layers[Any, Any], graph: Stream[Any, Any]) -> None:
    """Take in one walk, and what is hidden around it; parts of jobs are united."""
    at = walked.at.setdefault(graph.is_downstream, {})
    walked.parts.setdefault(graph.is_downstream, set()).update(found.at)
    for place, hops in found.at.items():
        at[whole(place)] = min(at.get(whole(place), hops), hops)
    for link in found.links:
        ends = as_data_flows(link, graph)
        unite(walked.edges.setdefault(ends, Way()), link.what, graph)
    walked.around |= around(found, graph)


def around(found: Layers[Any, Any], graph: Stream[Any, Any]) -> set[Around]:
    """What is hidden next to a walk, as data flows."""
    return {
        frozenset(
            (whole(place), is_entry is graph.is_downstream) for place, is_entry in ends
        )
        for ends in found.edges
    }


def unite(way: Way, what: Any, graph: Stream[Any, Any]) -> None:
    """Add to what is known of an edge what one step says of it."""
    if graph.question.level is Level.DATASET:
        if what.status == MANUAL:
            way.is_manual = True
            return
        way.kinds.add(what.kind)
        if way.status is None or what.status < way.status:
            way.status = what.status
        return
    how, is_manual = what
    if is_manual:
        way.is_manual = True
        return
    if graph.veil.is_unsaid(how.description):
        how = how._replace(description="")
    if how not in way.transformations:
        way.transformations.append(how)


def broken(
    found: Layers[Any, Any], graph: Stream[Any, Any], bounds: Bounds
) -> list[Broken]:
    """The places of a walk beyond which there is more, those at walls first."""
    veil, one_way = graph.veil, graph.is_downstream
    ends: list[Broken] = []
    if veil.tells and not veil.passes:
        walls = {whole(p) for some in found.edges for p, is_entry in some if is_entry}
        ends = [Broken(place, one_way, Why.HIDDEN) for place in sorted(walls)]
    if not (found.is_truncated or graph.was_cut):
        return ends
    is_full = sum(hops > 0 for hops in found.at.values()) >= bounds.max_nodes
    more = {whole(p): found.at[p] for p in _with_more(found, graph)}
    shown = [
        Broken(place, one_way, _why(hops, is_full, bounds))
        for place, hops in sorted(more.items())
    ]
    return ends + (shown or [Broken(None, one_way, _why(-1, is_full, bounds))])


def _why(hops: int, is_full: bool, bounds: Bounds) -> Why:
    if hops >= bounds.max_steps:
        return Why.HOPS
    return Why.NODES if is_full else Why.LINKS


def _with_more(found: Layers[Any, Any], graph: Stream[Any, Any]) -> set[Any]:
    """The told places of the last layers from which told ones follow that were not met.

    What only hidden places follow is left out: that would tell of these.
    """
    last = max(found.at.values(), default=0)
    edge = sorted(place for place, hops in found.at.items() if hops >= last - 1)
    more = [o for o in graph.links(edge, MAX_BROKEN) if o.node not in found.at]
    hidden = graph.hidden({one.node for one in more})
    return {one.before for one in more if one.node not in hidden}


def add_wholes(walked: Walked, question: Question, veil: Veil) -> None:
    """Add what depends on the columns that were met as a whole, and what their datasets
    depend on so."""
    for is_downstream in question.direction.ways:
        found, is_cut = wholes_of(
            walked.places, question, veil, is_downstream=is_downstream
        )
        walked.wholes |= found
        if is_cut:
            walked.broken.append(Broken(None, is_downstream, Why.LINKS))


def wholes_of(
    places: Collection[Any], question: Question, veil: Veil, *, is_downstream: bool
) -> tuple[dict[Edge, Way], bool]:
    """The datasets that depend on columns as a whole, or the columns that their own
    datasets depend on; and whether there are more."""
    columns = {place for place in places if place.field}
    graph = wholes(question, veil, is_downstream=is_downstream)
    starts = columns if is_downstream else {Column(one.dataset, "") for one in columns}
    found = layers.walk(sorted(starts), graph, Bounds(1, question.max_nodes, False))
    edges: dict[Edge, Way] = {}
    for link in found.links:
        unite(edges.setdefault(as_data_flows(link, graph), Way()), link.what, graph)
    return edges, found.is_truncated


def as_data_flows(link: Link[Any, Any], graph: Stream[Any, Any]) -> Edge:
    """The ends of a step, whichever way the walk goes."""
    near, far = whole(link.before), whole(link.node)
    return (near, far) if graph.is_downstream else (far, near)
