"""Along which edges does a walk go, if not along all of them?"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from lineage.graph import asserting, columns, flow
from lineage.graph.columns import Said, Step
from lineage.graph.layers import Graph, Link
from lineage.graph.question import ALL_KINDS, Kind, Level, Question
from lineage.graph.veil import Column, Node, Veil
from lineage.walks import kinds


@dataclass(slots=True)
class Stream[N, L]:
    """A graph of one direction, without the edges that a question leaves out.

    `was_cut` tells that there were more edges than were asked for, left out or not.
    """

    inner: Graph[N, L]
    question: Question
    is_downstream: bool
    was_cut: bool = False

    @property
    def veil(self) -> Veil:
        return self.inner.veil

    def links(self, frontier: list[N], limit: int) -> list[Link[N, L]]:
        found = self.inner.links(frontier, limit)
        self.was_cut |= len(found) >= limit
        return _kept(found, self)

    def starts(self, places: Collection[N]) -> list[N]:
        """Where a walk from some places begins: at all parts of a job."""
        inner: Any = self.inner
        if self.question.level is Level.COLUMN:
            return sorted(inner.starts(places))
        return sorted({part for place in places for part in inner.starts(place)})

    def hidden(self, nodes: Collection[N]) -> set[N]:
        return self.inner.hidden(nodes)

    def is_long(self, link: Link[N, L]) -> bool:
        return self.inner.is_long(link)

    def is_last(self, node: N) -> bool:
        return self.inner.is_last(node)


def stream(question: Question, veil: Veil, *, is_downstream: bool) -> Stream[Any, Any]:
    """The graph that a question is about, one way."""
    inner: Graph[Any, Any] = (
        _columns(question, veil, is_downstream)
        if question.level is Level.COLUMN
        else _flow(question, veil, is_downstream)
    )
    return Stream(inner, question, is_downstream)


def wholes(question: Question, veil: Veil, *, is_downstream: bool) -> Stream[Any, Any]:
    """The graph of columns on which datasets depend as a whole: columns of no name."""
    inner: Graph[Any, Any] = (
        _Wholes(veil, question)
        if is_downstream
        else _columns(question, veil, is_downstream)
    )
    return Stream(inner, question, is_downstream)


@dataclass(frozen=True, slots=True)
class _Wholes:
    """From columns to the datasets that depend on them."""

    veil: Veil
    question: Question

    def links(self, frontier: list[Column], limit: int) -> list[Step]:
        found = asserting.to_wholes(frontier, limit, self.question.cut)
        return [one for one in found if self.question.goes_along(one.what[0])]

    def hidden(self, nodes: Collection[Column]) -> set[Column]:
        return self.veil.hidden_columns(nodes)

    def is_long(self, link: Step) -> bool:
        return False

    def is_last(self, node: Column) -> bool:
        return True


def _flow(question: Question, veil: Veil, is_downstream: bool) -> Graph[Node, Any]:
    return flow.stream(
        is_downstream=is_downstream,
        veil=veil,
        cut=question.cut,
        statuses=question.statuses,
        with_manual=Kind.MANUAL in question.kinds,
    )


def _columns(
    question: Question, veil: Veil, is_downstream: bool
) -> Graph[Column, Said]:
    return columns.stream(
        is_downstream=is_downstream,
        veil=veil,
        cut=question.cut,
        with_manual=Kind.MANUAL in question.kinds,
        passes=question.goes_along,
    )


def _kept(found: list[Link[Any, Any]], graph: Stream[Any, Any]) -> list[Link[Any, Any]]:
    """The links that the question lets a walk go along."""
    question, is_of_columns = graph.question, graph.question.level is Level.COLUMN
    if question.kinds == ALL_KINDS or not found:
        return found

    def ends(link: Link[Any, Any]) -> tuple[Any, Any]:
        near, far = whole(link.before), whole(link.node)
        return (near, far) if graph.is_downstream else (far, near)

    def is_told(link: Link[Any, Any]) -> bool:
        if is_of_columns:
            return bool(link.what[1]) and Kind.MANUAL in question.kinds
        return link.what.kind in question.kinds

    unsure = {ends(one) for one in found if not is_told(one)}
    fitting = kinds.fitting(unsure, question, graph.veil)
    return [one for one in found if is_told(one) or ends(one) in fitting]


def whole(place: Node | Column) -> Node | Column:
    """The job, whichever part of it a place is."""
    return place.whole if isinstance(place, Node) else place
