"""Which tags does every column have, if these are put there and these lines lead on?

The state of a column is, for each tag, whether it is only suggested, and how many hops
it came at least: 0 is where it is put. A tag that comes by several lines comes by the
best of them; what is suggested goes no further. So there is one answer, whatever the
order, and cycles end.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lineage.classification.lines import Line
from lineage.classification.rules import Rules
from lineage.classification.seeds import Rejected
from lineage.graph.veil import Column


class Mark(NamedTuple):
    """How a tag is at a column; of two the lesser one holds."""

    is_suggested: bool
    hops: int


PUT = Mark(False, 0)

type Marks = dict[int, Mark]  # by tag
type States = dict[Column, Marks]
type OutOf = Callable[[Collection[Column]], Iterable[Line]]
type Need = Callable[[set[Column]], None]


class Arrival(NamedTuple):
    """A tag comes to a column by a line."""

    target: Column
    tag: int
    mark: Mark


@dataclass(frozen=True)
class Law:
    """What lines carry: by the rules of tags, and but for what stewards reject."""

    rules: Rules
    rejected: Rejected

    def arrival(self, line: Line, tag: int, mark: Mark) -> Arrival | None:
        """What arrives at the end of a line of a tag at its beginning."""
        if mark.is_suggested:
            return None
        carried = self.rules.carried(tag, line.way)
        if carried is None:
            return None
        key = (line.target, carried.tag, line.source, line.how)
        if self.rejected and key in self.rejected:
            return None
        # What a dataset depends on as a whole says nothing of what it holds.
        is_suggested = carried.is_suggested or not line.target.field
        return Arrival(line.target, carried.tag, Mark(is_suggested, mark.hops + 1))

    def arrivals(
        self, lines: Iterable[Line], states: Mapping[Column, Marks]
    ) -> Iterable[Arrival]:
        """All that arrives by lines from what their beginnings have."""
        for line in lines:
            for tag, mark in states.get(line.source, {}).items():
                if found := self.arrival(line, tag, mark):
                    yield found


@dataclass
class Spreading:
    """States on their way to what follows from seeds and lines.

    `need` is told of columns before something arrives there, if some have states.
    """

    law: Law
    out_of: OutOf
    states: States = field(default_factory=dict)
    need: Need = lambda some: None

    def spread(self, arrivals: Iterable[Arrival]) -> None:
        """Let tags arrive, and all that comes of it, hop by hop."""
        waiting: dict[int, list[Arrival]] = defaultdict(list)
        suggested: list[Arrival] = []

        def wait(some: Iterable[Arrival]) -> None:
            for one in some:
                here = suggested if one.mark.is_suggested else waiting[one.mark.hops]
                here.append(one)

        wait(arrivals)
        while waiting:
            fresh = self.take_all(waiting.pop(min(waiting)))
            if fresh:
                wait(self.law.arrivals(self.out_of(fresh.keys()), fresh))
        self.take_all(suggested)

    def take_all(self, arrivals: list[Arrival]) -> States:
        """What of all that arrives is better than what is there."""
        self.need({one.target for one in arrivals})
        fresh: States = defaultdict(dict)
        for one in arrivals:
            if self.take(one):
                fresh[one.target][one.tag] = one.mark
        return fresh

    def take(self, one: Arrival) -> bool:
        """Whether what arrives is better than what is there; then it is."""
        marks = self.states.setdefault(one.target, {})
        before = marks.get(one.tag)
        if before is not None and before <= one.mark:
            return False
        marks[one.tag] = one.mark
        return True


def put(columns: Mapping[Column, Iterable[int]]) -> Iterable[Arrival]:
    """The arrivals of tags where they are put."""
    for column, tags in columns.items():
        for tag in tags:
            yield Arrival(column, tag, PUT)
