"""What is answered to a question whose answer is too large to be held?"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import batched
from typing import Any

from lineage.graph.question import Level, Question
from lineage.graph.veil import Node
from lineage.reader import Reader
from lineage.walks import choosing, completeness, naming, words
from lineage.walks.answers import Answer, Told, ToldEdge, Wish, name_of
from lineage.walks.closures import PORTION, Closure, Part
from lineage.walks.completeness import Completeness
from lineage.walks.control_flow import Dependency, dependencies
from lineage.walks.last_runs import last_runs
from lineage.walks.naming import Known, node_of
from lineage.walks.streams import whole
from lineage.walks.walking import Around, Broken, Edge, Way, Why, wholes_of


class Streaming:
    """An answer that is told part by part, the last of which says what is not whole.

    A place that lies both ways is told with each of them. Filters leave places out with
    their edges; nothing is told of what leads through them.
    """

    def __init__(
        self, starts: Collection[Any], question: Question, wish: Wish, reader: Reader
    ) -> None:
        self.starts = set(starts)
        self.question, self.wish, self.reader = question, wish, reader
        self.completeness = Completeness()
        self.broken: set[Broken] = set()
        # Datasets of whose making nothing was met yet, by id alone.
        self.unmade: set[Node] = set()
        # What was told already of places that are met again the other way.
        self.counted: set[Any] = set()
        self.waits: set[Dependency] = set()
        self.datasets: set[Node] = set()  # those of columns, which come many at a time

    def parts(self) -> Iterator[Answer]:
        """All of it, at a number of queries for each `PORTION` of places."""
        around: set[Around] = set()
        for is_downstream in self.question.direction.ways:
            closure = Closure(self.question, self.reader, is_downstream)
            for part in closure.parts(self.starts):
                if part.new or part.edges:
                    yield self._told(part)
                    self.completeness.trim()
            around |= closure.around()
            self.broken |= {*closure.broken, *closure.walls()}
            self.counted = {whole(place) for place in closure.seen}
        yield self._ending(around)

    def _told(self, part: Part) -> Answer:
        self.starts |= {place for place, hops in part.new.items() if not hops}
        wholes = self._wholes(part)
        ends = {end for edge in (*part.edges, *wholes) for end in edge}
        known = naming.known({*part.new, *ends}, self.reader, self.question.cut)
        shown = choosing.fitting(known, self.wish.shown, self.reader)
        shown |= {
            node_of(p): known[node_of(p)] for p in self.starts if node_of(p) in known
        }
        self._note_made(part)

        def is_shown(edge: Edge) -> bool:
            return all(node_of(end) in shown for end in edge)

        edges = {edge: way for edge, way in part.edges.items() if is_shown(edge)}
        wholes = {edge: way for edge, way in wholes.items() if is_shown(edge)}
        said = words.of_edges(edges | wholes, self.question, self.reader)
        self.completeness.add_edges(
            {edge: said[edge] for edge in edges if not self.counted.issuperset(edge)},
            self.question,
            self.wish.old_days,
        )
        new = {
            place: hops for place, hops in part.new.items() if node_of(place) in shown
        }
        left_out = part.new.keys() - new.keys() - self.counted
        self.completeness.left_out += len(left_out)
        told = Answer(names={node: one.node_id for node, one in known.items()})
        told.edges = _edges(edges, said, known)
        told.wholes = _edges(wholes, said, known)
        self._add_places(told, part, new, shown)
        self._name_jobs(told, said)
        return told

    def _add_places(
        self,
        told: Answer,
        part: Part,
        new: Mapping[Any, int],
        shown: Mapping[Node, Known],
    ) -> None:
        jobs = {p.id for p in new if isinstance(p, Node) and p.is_job}
        last = last_runs(jobs, self.reader, self.question.cut)
        nodes = {node_of(place) for place in new.keys() - self.counted} - self.datasets
        if self.question.level is Level.COLUMN:
            self.datasets |= nodes
        self.completeness.add_assets((shown[node] for node in sorted(nodes)), last)
        if self.wish.with_control_flow:
            waits = dependencies(jobs, self.question.cut, self.reader)
            told.control_flow = [one for one in waits if one not in self.waits]
            self.waits.update(waits)
        for place, hops in new.items():
            node = node_of(place)
            told.places.append(
                Told(
                    name_of(place, shown),
                    shown[node],
                    getattr(place, "field", ""),
                    {part.is_downstream: hops},
                    place in self.starts,
                    last_run=last.get(node.id) if node.is_job else None,
                )
            )
        told.places.sort(key=lambda one: (one.nearest, one.kind, one.node_id))

    def _wholes(self, part: Part) -> dict[Edge, Way]:
        """The datasets that depend on new columns as a whole, or what theirs need."""
        if self.question.level is not Level.COLUMN or not part.new:
            return {}
        found, is_cut = wholes_of(
            part.new, self.question, self.reader.veil, is_downstream=part.is_downstream
        )
        if is_cut:
            self.broken.add(Broken(None, part.is_downstream, Why.LINKS))
        return found

    def _note_made(self, part: Part) -> None:
        datasets = {node_of(place) for place in part.new}
        self.unmade |= {node for node in datasets if not node.is_job}
        self.unmade -= {node_of(target) for _, target in part.edges}

    def _name_jobs(self, told: Answer, said: Mapping[Edge, Collection[Any]]) -> None:
        jobs = {w.job for some in said.values() for w in some if w.job is not None}
        unknown = {Node(True, job) for job in jobs} - told.names.keys()
        for node, one in naming.known(unknown, self.reader).items():
            told.names[node] = one.node_id

    def _ending(self, around: set[Around]) -> Answer:
        """What is hidden, and what is not whole."""
        found = self.completeness
        found.broken, found.withheld = [*self.broken], len(around)
        made = {node_of(p) for ends in around for p, is_origin in ends if not is_origin}
        for some in batched(sorted(self.unmade - made), PORTION):
            nodes = completeness.without_producer(some, self.question, self.reader)
            found.without_producer += sorted(nodes)
            found.trim()
        spoken = {one.place for one in self.broken if one.place is not None}
        spoken |= {place for ends in around for place, _ in ends}
        known = naming.known([*spoken, *self._listed()], self.reader, self.question.cut)
        told = Answer(completeness=found)
        told.names = {node: one.node_id for node, one in known.items()}
        told.names |= {p: name_of(p, known) for p in spoken if node_of(p) in known}
        told.names |= {
            end: name_of(end, known)
            for edge, _ in found.old
            for end in edge
            if node_of(end) in known
        }
        _keep_named(found, told.names)
        _add_withheld(told, around)
        return told

    def _listed(self) -> Iterable[Any]:
        found = self.completeness
        yield from found.unresolved
        yield from found.without_producer
        yield from (node for node, _ in (*found.failed, *found.unread))
        yield from (end for edge, _ in found.old for end in edge)


def _keep_named(found: Completeness, names: Mapping[Any, str]) -> None:
    """Leave out what was deleted since it was met; the rest is told by names."""

    def kept(rows: Iterable[Any], key: Callable[[Any], Any]) -> list[Any]:
        named = [row for row in rows if key(row) in names]
        return sorted(named, key=lambda row: names[key(row)])

    found.unresolved = kept(found.unresolved, lambda node: node)
    found.without_producer = kept(found.without_producer, lambda node: node)
    found.failed = kept(found.failed, lambda row: row[0])
    found.unread = kept(found.unread, lambda row: row[0])
    found.old = [row for row in found.old if set(row[0]) <= names.keys()]


def _edges(
    edges: Mapping[Edge, Way],
    said: Mapping[Edge, list[Any]],
    known: Mapping[Node, Known],
) -> list[ToldEdge]:
    told = [
        ToldEdge(name_of(edge[0], known), name_of(edge[1], known), way, said[edge])
        for edge, way in edges.items()
    ]
    return sorted(told, key=lambda one: (one.source, one.target))


def _add_withheld(told: Answer, around: Iterable[Around]) -> None:
    """A place for each thing that is hidden, in the order of what is around it."""
    ordered = sorted(
        sorted((told.names[p], is_origin) for p, is_origin in ends if p in told.names)
        for ends in around
    )
    for number, ends in enumerate((ends for ends in ordered if ends), 1):
        here = f"withheld:{number}"
        told.places.append(Told(here, None))
        told.edges += [
            ToldEdge(name, here, Way()) if is_origin else ToldEdge(here, name, Way())
            for name, is_origin in ends
        ]
