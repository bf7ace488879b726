"""What does a walk meet that is too large to be held, part by part?

Of what was told only ids are kept. Places come by their distance, each part of a hop
with the edges that lead to it; what is hidden, and what is not whole, comes at the end.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from lineage.graph.layers import MAX_HIDDEN_LINKS, Groups, Link
from lineage.graph.question import Question
from lineage.graph.veil import Node
from lineage.reader import Reader
from lineage.walks.streams import Stream, stream, whole
from lineage.walks.walking import Around, Broken, Edge, Way, Why, as_data_flows, unite

# So many places are walked on from, described and told at once.
PORTION = 500
MAX_LINKS = 50_000


@dataclass(slots=True)
class Part:
    """Told places that are new, with their distance, and edges among told ones."""

    is_downstream: bool
    new: dict[Any, int] = field(default_factory=dict)
    edges: dict[Edge, Way] = field(default_factory=dict)


@dataclass(slots=True)
class Closure:
    """One walk, one way, as far as it has come.

    `seen` are the places that were met, hidden ones among them.
    """

    question: Question
    reader: Reader
    is_downstream: bool
    seen: set[Any] = field(default_factory=set)
    hidden: set[Any] = field(default_factory=set)
    veiled: list[Link[Any, Any]] = field(default_factory=list)
    broken: set[Broken] = field(default_factory=set)
    told_count: int = 0
    _told_jobs: set[Any] = field(default_factory=set)

    @property
    def graph(self) -> Stream[Any, Any]:
        return stream(self.question, self.reader.veil, is_downstream=self.is_downstream)

    def parts(self, starts: Collection[Any]) -> Iterator[Part]:
        """Walk from told places, nearest first; places are told before their edges."""
        graph = self.graph
        frontier = graph.starts(starts)
        self.seen = set(frontier)
        yield Part(self.is_downstream, self._wholes(frontier, 0))
        coming: set[Any] = set()  # told places behind hidden ones of the last hop
        for hops in range(1, self.question.max_hops + 1):
            if not frontier and not coming:
                return
            following = self._admit(coming)
            yield from self._told(following, hops)
            veiled: set[Any] = set()
            for portion in batched(frontier, PORTION):
                part = Part(self.is_downstream)
                new, hidden = self._step(graph, [*portion], part)
                veiled |= hidden
                following += new
                part.new = self._wholes(new, hops)
                yield part
            coming = self._pass_through(graph, veiled)
            frontier = sorted(following)
        self._look_on(graph, frontier, coming)

    def _told(self, places: Collection[Any], hops: int) -> Iterator[Part]:
        for some in batched(places, PORTION):
            yield Part(self.is_downstream, self._wholes(some, hops))

    def _wholes(self, places: Iterable[Any], hops: int) -> dict[Any, int]:
        """Places that were not told yet; of a job all parts are one."""
        found = {}
        for place in map(whole, places):
            if isinstance(place, Node) and place.is_job:
                if place in self._told_jobs:
                    continue
                self._told_jobs.add(place)
            found[place] = hops
        return found

    def _step(
        self, graph: Stream[Any, Any], portion: list[Any], part: Part
    ) -> tuple[list[Any], set[Any]]:
        """Ask for the steps from a portion; answers told places and hidden ones."""
        links = self._links(graph, portion)
        fresh = {link.node for link in links} - self.seen
        hidden = graph.hidden(fresh)
        new = self._admit(fresh - hidden)
        for link in links:
            if link.node in hidden or link.node in self.hidden:
                self.veiled.append(link)
            elif link.node in self.seen:
                way = part.edges.setdefault(as_data_flows(link, graph), Way())
                unite(way, link.what, graph)
        return new, hidden

    def _links(
        self, graph: Stream[Any, Any], portion: list[Any]
    ) -> list[Link[Any, Any]]:
        """All steps from a portion; where there are too many, it is asked in halves."""
        graph.was_cut = False
        links = graph.links(portion, MAX_LINKS)
        if not graph.was_cut:
            return links
        if len(portion) == 1:
            self._break(portion[0], Why.LINKS)
            return links
        middle = len(portion) // 2
        return self._links(graph, portion[:middle]) + self._links(
            graph, portion[middle:]
        )

    def _admit(self, places: Iterable[Any]) -> list[Any]:
        """Take told places in, as far as there is room; answers those that are new."""
        new = sorted(place for place in places if place not in self.seen)
        room = max(self.question.max_nodes - self.told_count, 0)
        if len(new) > room:
            self._break(None, Why.NODES)
            new = new[:room]
        self.told_count += len(new)
        self.seen.update(new)
        return new

    def _break(self, place: Any, why: Why) -> None:
        told = None if place is None else whole(place)
        self.broken.add(Broken(told, self.is_downstream, why))

    def _pass_through(self, graph: Stream[Any, Any], hidden: set[Any]) -> set[Any]:
        """Walk hidden places to their ends, where walks pass; answers told ones."""
        met: set[Any] = set()
        while hidden:
            self.seen |= hidden
            self.hidden |= hidden
            if not graph.veil.passes:
                return set()
            if len(self.veiled) > MAX_HIDDEN_LINKS:
                self._break(None, Why.LINKS)
                return met
            following: set[Any] = set()
            for portion in batched(sorted(hidden), PORTION):
                links = self._links(graph, [*portion])
                self.veiled += links
                following |= {link.node for link in links}
            fresh = following - self.seen
            hidden = graph.hidden(fresh)
            met |= fresh - hidden
        return met

    def _look_on(
        self, graph: Stream[Any, Any], frontier: list[Any], coming: set[Any]
    ) -> None:
        """Say where there is more, beyond the last hop."""
        if coming - self.seen:
            self._break(None, Why.HOPS)
        for portion in batched(frontier, PORTION):
            links = self._links(graph, [*portion])
            fresh = {link.node for link in links} - self.seen
            told = fresh - graph.hidden(fresh)
            for place in {link.before for link in links if link.node in told}:
                self._break(place, Why.HOPS)

    def around(self) -> set[Around]:
        """The told places around each part that is hidden, as `Walked.around`."""
        veil = self.reader.veil
        if not veil.tells:
            return set()
        groups = Groups(self.hidden)
        groups.join_ends(self.veiled)
        found: defaultdict[Any, set[tuple[Any, bool]]] = defaultdict(set)
        for link in self.veiled:
            is_entry = link.node in self.hidden
            inner, outer = (
                (link.node, link.before) if is_entry else (link.before, link.node)
            )
            if outer in self.hidden or outer not in self.seen:
                continue
            end = whole(outer), is_entry is self.is_downstream
            found[groups.of(inner) if veil.passes else end].add(end)
        return {frozenset(ends) for ends in found.values()}

    def walls(self) -> list[Broken]:
        """Where a walk that stops at what is hidden stopped."""
        if not self.reader.veil.tells or self.reader.veil.passes:
            return []
        places = {whole(link.before) for link in self.veiled}
        return [Broken(place, self.is_downstream, Why.HIDDEN) for place in places]
