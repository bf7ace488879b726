"""What does all this come from, and where does it end up, for one reader?"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from lineage.graph import ends as graph_ends
from lineage.graph.closure import closure
from lineage.graph.layers import Bounds
from lineage.graph.question import Question
from lineage.reader import Reader
from lineage.walks.places import Named, named
from lineage.walks.streams import stream, whole
from lineage.walks.walking import Place


@dataclass(frozen=True, slots=True)
class End:
    """A place that nothing leads to (or from) but what is in the same `cycle`, if any.

    Cycles have numbers, by their nearest places.
    """

    place: Named
    hops: int
    cycle: int | None


@dataclass(slots=True)
class Ends:
    """The ends of one direction, the nearest first.

    `withheld` counts ends that are hidden, `deleted` those that were deleted. The walk
    broke off at `frontier`, of which there may be some without a name.
    """

    found: list[End] = field(default_factory=list)
    withheld: int = 0
    deleted: int = 0
    frontier: list[Named] = field(default_factory=list)
    is_truncated: bool = False

    @property
    def is_complete(self) -> bool:
        return not (self.withheld or self.deleted or self.is_truncated)


def ends(
    starts: Collection[Place],
    question: Question,
    reader: Reader,
    *,
    is_downstream: bool,
) -> Ends:
    """Walk one way to where nothing follows. What has nothing before it is its own."""
    graph = stream(question, reader.veil, is_downstream=is_downstream)
    walked = closure(
        graph.starts(starts), graph, Bounds(question.max_hops, question.max_nodes)
    )
    found = graph_ends.ends(walked, passes=reader.veil.passes)
    places: set[Any] = {node for end in found.found for node in end.nodes}
    told = named([*places, *found.frontier], reader, question.cut)
    answer = Ends(
        withheld=found.withheld,
        is_truncated=walked.found.is_truncated or bool(found.frontier),
    )
    nearest: dict[Place, End] = {}
    for number, end in enumerate(found.found):
        for node in end.nodes:
            hops = walked.found.at[node]
            one = End(told[whole(node)], hops, number if end.is_cycle else None)
            kept = nearest.setdefault(whole(node), one)
            if hops < kept.hops:
                nearest[whole(node)] = one
    shown = [end for end in nearest.values() if end.place.known]
    answer.deleted = len(nearest) - len(shown)
    shown.sort(key=lambda end: (end.hops, end.place.order))
    answer.found = _numbered(shown)
    frontier = {whole(node) for node in found.frontier}
    answer.frontier = sorted((told[p] for p in frontier), key=lambda one: one.order)
    return answer


def _numbered(found: Iterable[End]) -> list[End]:
    """The ends with the numbers of their cycles as they come."""
    numbers: dict[int, int] = {}
    return [
        replace(end, cycle=numbers.setdefault(end.cycle, len(numbers) + 1))
        if end.cycle is not None
        else end
        for end in found
    ]
