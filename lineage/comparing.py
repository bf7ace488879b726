"""How does a picture show what came, went and changed since another time?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from lineage.drawing import Drawing, DrawnEdge, DrawnNode, DrawnWord, Mark
from lineage.graph.cut import Cut
from lineage.graph.veil import Node
from lineage.graph_asked import Asked
from lineage.models import Edge
from lineage.nodeids import Node as Meant
from lineage.reader import Reader
from lineage.walks import choosing
from lineage.walks.changes import Changes, EdgeChange, Standing, changes
from lineage.walks.choosing import Filter
from lineage.walks.naming import Known
from lineage.walks.places import Named
from lineage.walks.starting import starts
from lineage.walks.words import Word

MARKS = {"added": "good", "removed": "bad", "changed": "warn"}
KINDS = {
    "explicit": "a lineage facet",
    "column": "a column lineage facet",
    "io": "inputs and outputs",
    "manual": "people",
}
STATUSES = {
    Edge.Status.EFFECTIVE: "in effect",
    Edge.Status.ATTEMPT: "an attempt",
    Edge.Status.FORMER: "former",
    Edge.Status.ATTEMPTED: "attempted",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One node (no `target`) or edge that came, went or changed.

    `was` and `becomes` are words for how an edge stood and stands, `shown` the first
    event that shows it.
    """

    change: str
    source: Named
    target: Named | None = None
    was: str = ""
    becomes: str = ""
    shown: Word | None = None


@dataclass(slots=True)
class Compared:
    """What differs, nodes before edges, and whether these are all differences."""

    against: Cut
    rows: list[Difference] = field(default_factory=list)
    deleted: int = 0
    is_complete: bool = True


def compare(
    drawing: Drawing, node: Meant, against: Cut, asked: Asked, reader: Reader
) -> Compared:
    """Mark in a drawing what differs from an earlier time, and list it."""
    new, shown = asked.question, asked.wish.shown
    old = replace(new, cut=against)
    begin = starts(node, old, reader), starts(node, new, reader)
    found = changes(begin, old, new, reader)
    fitting = _fitting(found, shown, reader)
    edges = [one for one in found.edges if _fit((one.source, one.target), fitting)]
    rows = [_of_edge(one) for one in edges]
    came = [one for one in found.added if _fit([one], fitting)]
    went = [one for one in found.removed if _fit([one], fitting)]
    first = _first_shown(rows)
    nodes = [
        Difference(change, one, shown=first.get((change, one.node_id)))
        for change, some in (("added", came), ("removed", went))
        for one in some
    ]
    _Marking(drawing, found).mark(came, went, edges)
    return Compared(against, nodes + rows, found.deleted, found.is_complete)


def _fitting(found: Changes, shown: Filter, reader: Reader) -> Collection[Node]:
    named = [*found.added, *found.removed]
    named += [end for edge in found.edges for end in (edge.source, edge.target)]
    known = {one.known.node: one.known for one in named if one.known}
    return choosing.fitting(known, shown, reader).keys()


def _fit(places: Iterable[Named], fitting: Collection[Node]) -> bool:
    return all(one.known and one.known.node in fitting for one in places)


def _of_edge(one: EdgeChange) -> Difference:
    return Difference(
        _change(one),
        one.source,
        one.target,
        _standing(one.before),
        _standing(one.after),
        one.shown,
    )


def _change(one: EdgeChange) -> str:
    if one.before is None:
        return "added"
    return "removed" if one.after is None else "changed"


def _standing(one: Standing | None) -> str:
    """How an edge stands, in words."""
    if one is None:
        return ""
    said = sorted({KINDS[word.kind] for word in one.words})
    how = sorted(
        {
            " ".join(filter(None, (t.type, t.subtype))).lower().replace("_", " ")
            + (", masked" if t.masking else "")
            for t in one.way.transformations
        }
        - {""}
    )
    status = one.way.status
    words = [STATUSES[Edge.Status(status)]] if status is not None else []
    words += how
    if said:
        words.append(f"by {' and '.join(said)}")
    return ", ".join(words)


def _first_shown(rows: Iterable[Difference]) -> dict[tuple[str, str | None], Word]:
    """The first event that shows an edge of each node that came or went with it."""
    found: dict[tuple[str, str | None], Word] = {}
    for row in rows:
        if row.shown is None or row.target is None:
            continue
        for end in (row.source, row.target):
            key = row.change, end.node_id
            if key not in found or _moment(row.shown) < _moment(found[key]):
                found[key] = row.shown
    return found


def _moment(word: Word) -> tuple[bool, datetime | None]:
    return word.first is None, word.first.at if word.first else None


class _Marking:
    """A drawing that takes in what differs."""

    def __init__(self, drawing: Drawing, found: Changes) -> None:
        self.drawing, self.names = drawing, found.names
        self.nodes = {node.id: node for node in drawing.nodes}
        self.edges = {
            (edge.origin.id, edge.destination.id, edge.columns): edge
            for edge in drawing.edges
        }
        self.assets: dict[str, Known] = {
            node.id: node.known for node in drawing.nodes if node.known
        }

    def mark(
        self,
        came: Iterable[Named],
        went: Iterable[Named],
        edges: Iterable[EdgeChange],
    ) -> None:
        of: defaultdict[str, list[str]] = defaultdict(list)
        for change, some in (("added", came), ("removed", went)):
            for one in some:
                node = self.node(one)
                of[node.id].append(change)
                if one.column and one.column not in node.columns:
                    node.columns.append(one.column)
        for node_id, said in of.items():
            self.mark_node(self.nodes[node_id], said)
        for edge in edges:
            self.mark_edge(edge)
        self.drawing.order()

    def node(self, one: Named) -> DrawnNode:
        known = one.known
        assert known is not None
        if known.node_id not in self.nodes:
            kind = "job" if known.node.is_job else "dataset"
            node = DrawnNode(known.node_id, kind, known, is_of_past=True)
            self.nodes[known.node_id] = node
            self.drawing.nodes.append(node)
        return self.nodes[known.node_id]

    def mark_node(self, node: DrawnNode, said: list[str]) -> None:
        """As a whole, if that is said of all columns of it."""
        is_whole = len({*said}) == 1 and len(said) >= len(node.columns)
        node.change = said[0] if is_whole else "changed"
        word = node.change.capitalize()
        node.marks.insert(0, Mark(MARKS[node.change], word))

    def mark_edge(self, one: EdgeChange) -> None:
        origin, destination = self.node(one.source), self.node(one.target)
        columns = one.source.column, one.target.column
        key = origin.id, destination.id, columns
        if key not in self.edges:
            edge = DrawnEdge(origin, destination, columns)
            standing = one.after or one.before
            assert standing is not None
            if standing.way.status is not None:
                edge.status = Edge.Status(standing.way.status)
            edge.transformations = standing.way.transformations
            ends = {origin.id, destination.id}
            edge.words = [DrawnWord(w, self.job(w, ends)) for w in standing.words]
            self.edges[key] = edge
            self.drawing.edges.append(edge)
        self.edges[key].change = _change(one)

    def job(self, word: Word, ends: Collection[str]) -> Known | None:
        if word.job is None:
            return None
        node_id = self.names.get(Node(True, word.job), "")
        return None if node_id in ends else self.assets.get(node_id)
