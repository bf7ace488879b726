"""Which event is the first that shows that an edge came, went, or changed?

The engine is asked again as of the events between, by halves: after the one that is
told the edge is as it is at the end, and before it it was not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from lineage.graph.assertions import Assertion
from lineage.graph.cut import Cut
from lineage.graph.new_events import NewEvent, new_events
from lineage.graph.question import Kind, Level, Question
from lineage.graph.veil import Node
from lineage.reader import Reader
from lineage.walks import words
from lineage.walks.streams import Stream, stream, wholes
from lineage.walks.walking import Edge, Way, as_data_flows, unite
from lineage.walks.words import Word

# So often the engine is asked as of another time for one answer; for edges beyond that
# no event is told.
MAX_LOOKS = 400
# So many edges around one place are looked at.
MAX_LINKS = 10_000


class Sought(NamedTuple):
    """An edge that is not what it was: how it is now, and the jobs that have to do
    with it."""

    way: Way | None
    jobs: frozenset[int]


class Dating:
    """Looks for the events that show differences between two questions."""

    def __init__(self, old: Question, new: Question, reader: Reader) -> None:
        self.old, self.new, self.reader = old, new, reader
        self.looks = 0
        self._hops: dict[tuple[Any, bool, Cut], dict[Edge, Way]] = {}
        self._events: dict[tuple[Any, ...], list[NewEvent]] = {}

    def of(self, edges: Mapping[Edge, Sought]) -> dict[Edge, Word]:
        """The first event that shows each, as far as the reader may know of it."""
        found: dict[Edge, NewEvent] = {}
        for edge in sorted(edges):
            event = self.first(edge, edges[edge])
            if event is not None:
                found[edge] = event
        told = {e: Assertion(Kind.IO, v.job, v.id, v.id) for e, v in found.items()}
        return words.of_single(told, self.reader)

    def first(self, edge: Edge, sought: Sought) -> NewEvent | None:
        """Look among what was known at the end; else among what became known."""
        old, new = self.old.cut, self.new.cut
        known = Cut(old.as_of, new.recorded_at)

        def is_there(cut: Cut) -> bool:
            return _same(self.way_at(edge, cut), sought.way)

        if old.as_of != new.as_of and not is_there(known):
            events = self.events(edge, sought, known, new)
            return _first(
                events, lambda e: is_there(Cut(e.at, new.recorded_at)), self.may_look
            )
        events = self.events(edge, sought, old, known)
        events = sorted(events, key=lambda event: event.recorded_at)
        return _first(
            events, lambda e: is_there(Cut(old.as_of, e.recorded_at)), self.may_look
        )

    def may_look(self) -> bool:
        return self.looks < MAX_LOOKS

    def events(self, edge: Edge, sought: Sought, old: Cut, new: Cut) -> list[NewEvent]:
        """What was said between by whom the edge is of."""
        jobs = sorted(sought.jobs | {p.id for p in edge if _is_job(p)})
        datasets = [] if any(map(_is_job, edge)) else [_dataset(edge[1])]
        key = (*jobs, 0, *datasets, old, new)
        if key not in self._events:
            self._events[key] = new_events(jobs, datasets, old, new)
        return self._events[key]

    def way_at(self, edge: Edge, cut: Cut) -> Way | None:
        """What the edge was at a time; None if there was none."""
        source, target = edge
        with_flow = _is_job(source) or not _is_job(target)
        anchor = source if with_flow else target
        key = anchor, with_flow, cut
        if key not in self._hops:
            self.looks += 1
            self._hops[key] = self.hop(anchor, with_flow=with_flow, cut=cut)
        return self._hops[key].get(edge)

    def hop(self, anchor: Any, *, with_flow: bool, cut: Cut) -> dict[Edge, Way]:
        """The edges next to a place on one side, as of a time."""
        asked = replace(self.new, cut=cut)
        found: dict[Edge, Way] = {}
        graphs = self.graphs(asked, with_flow=with_flow)
        starts = graphs[0].starts([anchor])
        for graph in graphs:
            for link in graph.links(starts, MAX_LINKS):
                way = found.setdefault(as_data_flows(link, graph), Way())
                unite(way, link.what, graph)
        return found

    def graphs(self, asked: Question, *, with_flow: bool) -> list[Stream[Any, Any]]:
        veil = self.reader.veil
        found = [stream(asked, veil, is_downstream=with_flow)]
        if asked.level is Level.COLUMN:
            found.append(wholes(asked, veil, is_downstream=with_flow))
        return found


def _first(
    events: Sequence[NewEvent],
    is_there: Callable[[NewEvent], bool],
    may_look: Callable[[], bool],
) -> NewEvent | None:
    """The event from which on it is so, found by halves; None if it is not at last."""
    if not events or not may_look() or not is_there(events[-1]):
        return None
    low, high = 0, len(events) - 1
    while low < high:
        if not may_look():
            return None
        middle = (low + high) // 2
        if is_there(events[middle]):
            high = middle
        else:
            low = middle + 1
    return events[high]


def signature(way: Way | None) -> tuple[Any, ...] | None:
    """What has to differ for an edge to be another, whoever says so."""
    if way is None:
        return None
    return way.status, way.is_manual, frozenset(way.transformations)


def _same(one: Way | None, other: Way | None) -> bool:
    return signature(one) == signature(other)


def _is_job(place: Any) -> bool:
    return isinstance(place, Node) and place.is_job


def _dataset(place: Any) -> int:
    found: int = place.id if isinstance(place, Node) else place.dataset
    return found
