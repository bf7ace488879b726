"""How far is it from here to there, if what is hidden counts as one step, or is a wall?

Nodes that a reader may not be told of are *hidden*. A stretch of them that hang
together is one step on the way, however long it is, and costs no room; or the walk
stops at it. So distances, bounds and order follow from what the reader may know, and
from which of it hangs together by way of something hidden.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from lineage.graph.veil import Veil

LINKS_PER_NODE = 5
# Hidden stretches have to be walked to their ends, whatever a reader asked for. Beyond
# this the walk gives up, and says that there is more: the one thing that it tells of
# their size.
MAX_HIDDEN_LINKS = 100_000


class Link[N, L](NamedTuple):
    """One step of a walk, and what its caller knows of it."""

    before: N
    node: N
    what: L


class Graph[N, L](Protocol):
    """What a walk goes through."""

    @property
    def veil(self) -> Veil:
        """Whether walks go on behind what is hidden, and tell of it."""

    def links(self, frontier: list[N], limit: int) -> list[Link[N, L]]:
        """All steps from nodes of the frontier, ordered; `limit` of them at most."""

    def hidden(self, nodes: Collection[N]) -> set[N]:
        """Those of the nodes that the reader is not told of."""

    def is_long(self, link: Link[N, L]) -> bool:
        """Whether the step counts as two."""

    def is_last(self, node: N) -> bool:
        """Whether a node may be met by the last step of all."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a walk goes, and how much it takes in; `looks_on` whether it says of more
    beyond the last step."""

    max_steps: int
    max_nodes: int
    looks_on: bool = True


@dataclass(frozen=True, slots=True)
class Stretch[N]:
    """Hidden nodes that hang together: by what they are met, and where they lead.

    `hops` is how far they begin; stretches that are alike are one.
    """

    hops: int
    before: frozenset[N]
    behind: frozenset[N]


@dataclass(slots=True)
class Layers[N, L]:
    """The told nodes that a walk met, by distance, and the steps among them.

    `stretches` are steps on the way from told nodes to those two further; `edges` are
    the told nodes around everything hidden, as (node, whether the step led from it).
    `hidden` is for asking what else is next to it, and for nobody's eyes.
    """

    at: dict[N, int]
    links: list[Link[N, L]]
    stretches: list[Stretch[N]]
    edges: list[frozenset[tuple[N, Any]]]
    hidden: set[N]
    is_truncated: bool


def walk[N, L](
    start: Collection[N],
    graph: Graph[N, L],
    bounds: Bounds,
    *,
    side: Callable[[Link[N, L], bool], Any] = lambda link, is_entry: is_entry,
) -> Layers[N, L]:
    """Walk on from told nodes, layer by layer.

    `side` says on which side of something hidden a told node lies, for `edges`.
    """
    walker = _Walker(start, graph, bounds)
    walker.go()
    return walker.told(side)


@dataclass(slots=True)
class _Walker[N, L]:
    """A walk on its way."""

    start: Collection[N]
    graph: Graph[N, L]
    bounds: Bounds
    at: dict[N, int] = field(default_factory=dict)
    hidden: set[N] = field(default_factory=set)
    links: list[Link[N, L]] = field(default_factory=list)
    told_nodes: int = 0
    told_links: int = 0
    hidden_links: int = 0
    is_truncated: bool = False
    # Nodes that were asked for already, and all links from them.
    asked: frozenset[N] = frozenset()
    answered: list[Link[N, L]] = field(default_factory=list)

    def go(self) -> None:
        self.at = dict.fromkeys(self.start, 0)
        frontier = sorted(self.at)  # type: ignore[type-var]
        coming: set[N] = set()  # told nodes that a hidden one or a long step leads to
        for hops in range(1, self.bounds.max_steps + 1):
            if self.is_truncated or not (frontier or coming):
                return
            links = self.ask(frontier)
            hidden = self.graph.hidden({one.node for one in links} - self.at.keys())
            links = self.within_room(links, hidden)
            self.links += links
            near = [one.node for one in links if not self.graph.is_long(one)]
            far = {one.node for one in links} - {*near} - hidden
            frontier = self.admit({*near, *coming} - hidden, hops)
            if frontier and hidden and self.graph.veil.passes:
                self.ask_ahead(hidden.union(frontier))
            coming = self.pass_through(hidden, hops) | far
        if self.bounds.looks_on and not self.is_truncated:
            self.is_truncated = self.goes_on(frontier, coming)

    def ask(self, frontier: list[N]) -> list[Link[N, L]]:
        if not frontier:
            return []
        limit = self.most_links
        if self.asked.issuperset(frontier):
            wanted = set(frontier)
            links = [one for one in self.answered if one.before in wanted][:limit]
        else:
            links = self.graph.links(frontier, limit)
        self.is_truncated |= len(links) >= limit
        return links

    def ask_ahead(self, nodes: set[N]) -> None:
        """Ask once for what is behind hidden nodes and what comes next, if it fits."""
        limit = self.most_links
        links = self.graph.links(sorted(nodes), limit)  # type: ignore[type-var]
        if len(links) < limit:
            self.asked, self.answered = frozenset(nodes), links
            # The veil remembers what it was asked.
            self.graph.hidden({one.node for one in links} - self.at.keys())

    @property
    def most_links(self) -> int:
        """What is worth asking for: one more than there is room for."""
        return self.room_for_links + MAX_HIDDEN_LINKS - self.hidden_links + 1

    @property
    def room_for_links(self) -> int:
        return max(self.bounds.max_nodes * LINKS_PER_NODE - self.told_links, 0)

    def within_room(
        self, links: list[Link[N, L]], hidden: Collection[N]
    ) -> list[Link[N, L]]:
        """The links from told nodes, without those of told nodes that are too many."""
        kept = []
        for one in links:
            if one.node in hidden or one.node in self.hidden:
                self.hidden_links += 1
            elif self.room_for_links:
                self.told_links += 1
            else:
                self.is_truncated = True
                continue
            kept.append(one)
        return kept

    def admit(self, nodes: Iterable[N], hops: int) -> list[N]:
        """Take told nodes in, as far as there is room; answers those that are new."""
        new = sorted(node for node in nodes if node not in self.at)  # type: ignore[type-var]
        if hops == self.bounds.max_steps:
            new = [node for node in new if self.graph.is_last(node)]
        room = max(self.bounds.max_nodes - self.told_nodes, 0)
        self.is_truncated |= len(new) > room
        new = new[:room]
        self.told_nodes += len(new)
        self.at |= dict.fromkeys(new, hops)
        return new

    def pass_through(self, hidden: set[N], hops: int) -> set[N]:
        """Walk hidden nodes to their ends; answers the told ones next to them."""
        met: set[N] = set()
        for fresh, links in self.behind(hidden):
            self.at |= dict.fromkeys(fresh, hops)
            self.hidden |= fresh
            self.links += links
            met |= {one.node for one in links}
        return met - self.hidden - self.at.keys()

    def behind(self, hidden: set[N]) -> Iterator[tuple[set[N], list[Link[N, L]]]]:
        """Hidden nodes layer by layer, each with the links that lead on from it."""
        seen: set[N] = set()
        while hidden:
            seen |= hidden
            links = self.ask(sorted(hidden)) if self.graph.veil.passes else []  # type: ignore[type-var]
            self.hidden_links += len(links)
            if self.hidden_links > MAX_HIDDEN_LINKS:
                self.is_truncated, links = True, []
            yield hidden, links
            hidden = self.graph.hidden(
                {one.node for one in links} - self.at.keys() - seen
            )

    def goes_on(self, frontier: list[N], coming: set[N]) -> bool:
        """Whether there is more where the walk ended for want of hops.

        Something hidden that belongs to what was met before is nothing new.
        """
        if coming - self.at.keys():
            return True
        met = {one.node for one in self.ask(frontier)} - self.at.keys()
        hidden = self.graph.hidden(met)
        if met - hidden:
            return True
        if not self.graph.veil.passes:
            return False
        links: list[Link[N, L]] = []
        for fresh, some in self.behind(hidden):
            hidden |= fresh
            links += some
        if {one.node for one in links} - self.at.keys() - hidden:
            return True
        groups = Groups([*self.hidden, *hidden])
        groups.join_ends([*self.links, *links])
        known = {groups.of(node) for node in self.hidden}
        return any(groups.of(node) not in known for node in hidden)

    def told(self, side: Callable[[Link[N, L], bool], Any]) -> Layers[N, L]:
        """What of the walk is told."""
        links = [one for one in self.links if one.node in self.at]
        plain = [one for one in links if not self.touches_hidden(one)]
        veiled = [one for one in links if self.touches_hidden(one)]
        return Layers(
            {node: at for node, at in self.at.items() if node not in self.hidden},
            plain,
            self.stretches(veiled),
            self.edges(veiled, side) if self.graph.veil.tells else [],
            self.hidden,
            self.is_truncated,
        )

    def touches_hidden(self, link: Link[N, L]) -> bool:
        return link.before in self.hidden or link.node in self.hidden

    def stretches(self, links: list[Link[N, L]]) -> list[Stretch[N]]:
        groups, at = Groups(self.hidden), self.at
        groups.join_ends(one for one in links if at[one.before] == at[one.node])
        before: defaultdict[N, set[N]] = defaultdict(set)
        behind: defaultdict[N, set[N]] = defaultdict(set)
        for link in links:
            one, other = link.before, link.node
            if at[other] != at[one] + 1 or {one, other} <= self.hidden:
                continue
            if other in self.hidden:
                before[groups.of(other)].add(one)
            else:
                behind[groups.of(one)].add(other)
        told = {
            Stretch(at[one], frozenset(before[one]), frozenset(behind[one]))
            for one in {groups.of(node) for node in self.hidden}
        }
        return sorted(
            told,
            key=lambda one: (one.hops, sorted(one.before), sorted(one.behind)),  # type: ignore[type-var]
        )

    def edges(
        self, links: list[Link[N, L]], side: Callable[[Link[N, L], bool], Any]
    ) -> list[frozenset[tuple[N, Any]]]:
        """The told nodes around each part that hangs together, alike parts once."""
        groups = Groups(self.hidden)
        groups.join_ends(links)
        around: defaultdict[Any, set[tuple[N, Any]]] = defaultdict(set)
        for link in links:
            if {link.before, link.node} <= self.hidden:
                continue
            is_entry = link.node in self.hidden
            inner, outer = (
                (link.node, link.before) if is_entry else (link.before, link.node)
            )
            end = outer, side(link, is_entry)
            # Of a wall each told node knows its own side, and not who else stands by.
            around[groups.of(inner) if self.graph.veil.passes else end].add(end)
        return sorted({frozenset(ends) for ends in around.values()}, key=sorted)


class Groups[N]:
    """Which of some nodes hang together, directly or by others of them."""

    def __init__(self, nodes: Iterable[N]) -> None:
        self.leader = {node: node for node in nodes}

    def of(self, node: N) -> N:
        while self.leader[node] != node:
            self.leader[node] = self.leader[self.leader[node]]
            node = self.leader[node]
        return node

    def join(self, one: N, other: N) -> None:
        self.leader[self.of(one)] = self.of(other)

    def join_ends(self, links: Iterable[Link[N, Any]]) -> None:
        """Join what is linked, where both ends are among the nodes."""
        for link in links:
            if link.before in self.leader and link.node in self.leader:
                self.join(link.before, link.node)
