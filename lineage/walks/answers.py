"""What is answered to a question about lineage, for one reader?

Places and edges with whose word they rest on, and what of all this is not whole.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lineage.graph.question import Level, Question
from lineage.graph.veil import Column, Node
from lineage.reader import Reader
from lineage.walks import choosing, completeness, naming, words
from lineage.walks.choosing import Filter
from lineage.walks.completeness import OLD_DAYS, Completeness
from lineage.walks.control_flow import Dependency, dependencies
from lineage.walks.last_runs import LastRun, last_runs
from lineage.walks.naming import Known, node_of
from lineage.walks.opening import add_opened
from lineage.walks.walking import (
    Broken,
    Edge,
    Place,
    Walked,
    Way,
    Why,
    add_wholes,
    walk,
)
from lineage.walks.words import Word


class Withheld(NamedTuple):
    """Something hidden, by a number below zero, so that it sorts beside places."""

    number: int
    field: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What of an answer is to be told, beside the question.

    `opened` are nodeIds of assets, around which the walk goes one hop further.
    """

    shown: Filter = field(default_factory=Filter)
    old_days: int = OLD_DAYS
    with_control_flow: bool = False
    opened: frozenset[str] = frozenset()


@dataclass(slots=True)
class Told:
    """A place of an answer; `hops` by whether it lies downstream, where it was met."""

    node_id: str
    known: Known | None
    column: str = ""
    hops: dict[bool, int] = field(default_factory=dict)
    is_start: bool = False
    more: set[bool] = field(default_factory=set)
    last_run: LastRun | None = None

    @property
    def kind(self) -> str:
        if self.known is None:
            return "withheld"
        if self.column:
            return "column"
        return "job" if self.known.node.is_job else "dataset"

    @property
    def nearest(self) -> int:
        return min(self.hops.values(), default=0)


@dataclass(frozen=True, slots=True)
class ToldEdge:
    """Data flows from one place to another, by nodeIds.

    `through` counts the places between that are left out; of those nobody is asked who
    says so.
    """

    source: str
    target: str
    way: Way
    words: list[Word] = field(default_factory=list)
    through: int = 0


@dataclass(slots=True)
class Answer:
    """All that is told; `names` has the nodeIds of the assets and jobs it speaks of.

    `assets` are what is known of these, by nodeId, and of jobs that assert edges.
    """

    places: list[Told] = field(default_factory=list)
    edges: list[ToldEdge] = field(default_factory=list)
    wholes: list[ToldEdge] = field(default_factory=list)
    control_flow: list[Dependency] = field(default_factory=list)
    completeness: Completeness = field(default_factory=Completeness)
    names: dict[Any, str] = field(default_factory=dict)
    assets: dict[str, Known] = field(default_factory=dict)


def answer(
    starts: Collection[Place], question: Question, wish: Wish, reader: Reader
) -> Answer:
    """Walk from told places and tell what was met; a number of queries for each hop,
    and beside the walk a fixed one."""
    walked = walk(starts, question, reader.veil)
    add_opened(walked, wish.opened, question, reader)
    if question.level is Level.COLUMN:
        add_wholes(walked, question, reader.veil)
    return _Telling(walked, question, wish, reader).answer()


class _Telling:
    """An answer in the making."""

    def __init__(
        self,
        walked: Walked,
        question: Question,
        wish: Wish,
        reader: Reader,
    ) -> None:
        self.walked, self.question = walked, question
        self.wish, self.reader = wish, reader
        ends = (end for edge in walked.wholes for end in edge)
        self.met = walked.places
        self.known = naming.known([*self.met, *ends], reader, question.cut)
        self.fitting = choosing.fitting(self.known, wish.shown, reader)
        for start in walked.starts:
            if node_of(start) in self.known:
                self.fitting[node_of(start)] = self.known[node_of(start)]
        self.shown = {place for place in self.met if node_of(place) in self.fitting}
        self.names: dict[Any, str] = {
            place: self._name(place)
            for place in self.met
            if node_of(place) in self.known
        }
        self.more: defaultdict[Any, set[bool]] = defaultdict(set)
        for one in walked.broken:
            self.more[one.place].add(one.is_downstream)
        self.places: dict[Any, Told] = {p: self._told(p) for p in self.shown}
        self.hidden_edges = self._place_hidden()

    def answer(self) -> Answer:
        edges = {
            edge: way
            for edge, way in self.walked.edges.items()
            if self.shown.issuperset(edge)
        }
        wholes = {
            edge: way
            for edge, way in self.walked.wholes.items()
            if all(node_of(end) in self.fitting for end in edge)
        }
        said = words.of_edges(edges | wholes, self.question, self.reader)
        found = Answer(names=self.names, completeness=self._completeness(edges, said))
        found.edges = self._edges(edges, said, found.completeness)
        found.wholes = _in_order(
            ToldEdge(self._name(source), self._name(target), way, said[source, target])
            for (source, target), way in wholes.items()
        )
        jobs = {place.id for place in self.shown if _is_job(place)}
        if self.wish.with_control_flow and self.question.level is Level.DATASET:
            found.control_flow = dependencies(jobs, self.question.cut, self.reader)
        self._add_runs(found, jobs)
        self._name_words(said)
        found.assets = {one.node_id: one for one in self.known.values()}
        found.places = sorted(self.places.values(), key=_order)
        return found

    def _name(self, place: Place) -> str:
        return name_of(place, self.known)

    def _told(self, place: Place) -> Told:
        return Told(
            self.names[place],
            self.known[node_of(place)],
            place.field if isinstance(place, Column) else "",
            {way: at[place] for way, at in self.walked.at.items() if place in at},
            place in self.walked.starts,
            self.more[place],
        )

    def _place_hidden(self) -> list[Edge]:
        """Make a place of each thing that is hidden; answers the edges at these.

        Their order follows from what the reader sees anyhow.
        """
        around = sorted(
            sorted(
                (self.names[p], is_origin, p)
                for p, is_origin in ends
                if p in self.names
            )
            for ends in self.walked.around
        )
        edges: list[Edge] = []
        told = [ends for ends in around if ends]
        for number, ends in enumerate(told, 1):
            place = Withheld(-number)
            here = Told(f"withheld:{number}", None)
            for _, is_origin, neighbour in ends:
                edges.append((neighbour, place) if is_origin else (place, neighbour))
                at = self.walked.at.get(is_origin, {})
                if neighbour in at:
                    hops = at[neighbour] + 1
                    here.hops[is_origin] = min(here.hops.get(is_origin, hops), hops)
            self.places[place], self.names[place] = here, here.node_id
        return edges

    def _edges(
        self,
        edges: Mapping[Edge, Way],
        said: Mapping[Edge, list[Word]],
        to: Completeness,
    ) -> list[ToldEdge]:
        told = [
            ToldEdge(self.names[source], self.names[target], way, said[source, target])
            for (source, target), way in edges.items()
        ]
        every = {*self.walked.edges, *self.hidden_edges}
        left_out = self.met - self.shown
        between, are_all = choosing.through(every, left_out)
        if not are_all:
            ways = self.question.direction.ways
            to.broken += [Broken(None, way, Why.LINKS) for way in ways]
        told += [
            ToldEdge(self.names[source], self.names[target], Way(), through=count)
            for (source, target), count in between.items()
            if (source, target) not in edges
        ]
        told += [
            ToldEdge(self.names[source], self.names[target], Way())
            for source, target in self.hidden_edges
            if {source, target} <= self.places.keys()
        ]
        return _in_order(told)

    def _completeness(
        self, edges: Mapping[Edge, Way], said: Mapping[Edge, list[Word]]
    ) -> Completeness:
        found = Completeness(
            broken=self.walked.broken,
            withheld=len(self.walked.around),
            left_out=len(self.met - self.shown),
        )
        found.add_edges(
            {edge: said[edge] for edge in edges}, self.question, self.wish.old_days
        )
        unmade = completeness.not_made_here(
            self.shown, self.walked.edges, self.walked.around
        )
        nodes = completeness.without_producer(unmade, self.question, self.reader)
        found.without_producer = sorted(nodes, key=self._asset)
        return found

    def _add_runs(self, found: Answer, jobs: set[int]) -> None:
        last = last_runs(jobs, self.reader, self.question.cut)
        for place, told in self.places.items():
            if _is_job(place):
                told.last_run = last.get(place.id)
        nodes = {node_of(place) for place in self.shown}
        assets = sorted((self.known[node] for node in nodes), key=lambda k: k.node_id)
        found.completeness.add_assets(assets, last)
        found.names |= {node: self._asset(node) for node in nodes}

    def _asset(self, node: Node) -> str:
        return self.known[node].node_id

    def _name_words(self, said: Mapping[Edge, list[Word]]) -> None:
        """Add the nodeIds of the jobs that assert edges of columns."""
        named = {w.job for some in said.values() for w in some if w.job is not None}
        unknown = {Node(True, job) for job in named} - self.names.keys()
        for node, known in naming.known(unknown, self.reader).items():
            self.names[node] = known.node_id
            self.known[node] = known


def name_of(place: Place, known: Mapping[Node, Known]) -> str:
    """The nodeId of a place; of a column of no name that of its dataset."""
    asset = known[node_of(place)]
    return asset.column_id(place.field) if isinstance(place, Column) else asset.node_id


def _is_job(place: Any) -> bool:
    return isinstance(place, Node) and place.is_job


def _in_order(edges: Iterable[ToldEdge]) -> list[ToldEdge]:
    return sorted(edges, key=lambda edge: (edge.source, edge.target))


def _order(told: Told) -> tuple[bool, int, str, str]:
    return not told.is_start, told.nearest, told.kind, told.node_id
