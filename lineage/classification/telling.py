"""Why does a column have a tag, and where does a tag reach, as a reader may know?

Only what the reader may be told of is walked: what is hidden is as if it were not
there. A tag whose way leads there is told without it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from lineage.classification import lines, rules, seeds
from lineage.classification.lines import Line
from lineage.classification.rules import Rules
from lineage.classification.seeds import Put, Seeds
from lineage.classification.spreading import (
    PUT,
    Arrival,
    Law,
    Mark,
    Spreading,
    States,
    put,
)
from lineage.graph.cut import NOW, Cut
from lineage.graph.veil import Column, Veil

MAX_COLUMNS = 10_000
MAX_HOPS = 200
MAX_WAYS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """A tag at a column, and the line by which it came there; none where it is put."""

    column: Column
    tag: int
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How a tag comes to a column, from where it is put on; `put` says by whom.

    A rejected one is told, and does not count.
    """

    steps: tuple[Step, ...]
    put: frozenset[Put]
    is_suggested: bool
    is_rejected: bool

    @property
    def last(self) -> Line:
        line = self.steps[-1].line
        assert line is not None
        return line


@dataclass
class Why:
    """All the ways by which a column has a tag, the shortest first.

    `put` says who puts it there itself; `mark` is what follows from what is told.
    """

    put: frozenset[Put]
    mark: Mark | None
    ways: list[Way] = field(default_factory=list)
    is_truncated: bool = False


@dataclass
class Reach:
    """Where tags are that begin at some columns: the states, and whether it is all.

    `begun` says by whom they are put where they begin, if they are.
    """

    states: States
    begun: Seeds
    is_truncated: bool = False


def why(at: Column, tag: int, veil: Veil, cut: Cut = NOW) -> Why:
    """Explain a tag of a column, or why it has not got it any more."""
    law = Law(rules.read(cut.recorded_at), seeds.rejected(cut))
    [at] = lines.named({at}, cut).values()
    above, is_truncated = _above({at}, veil, cut)
    own = _seeds({at, *(line.source for line in above)}, law.rules, cut)
    known = _Known(law, above, own)
    by = frozenset(own.get(at, {}).get(tag, ()))
    mark = known.states.get(at, {}).get(tag)
    ways = sorted(known.ways(at, tag), key=_order)[:MAX_WAYS]
    return Why(by, mark, ways, is_truncated)


def states_of(some: set[Column], veil: Veil, cut: Cut) -> States:
    """The tags of columns, as they follow from what the reader may know of then."""
    law = Law(rules.read(cut.recorded_at), seeds.rejected(cut))
    then = lines.named(some, cut)
    above, _ = _above(set(then.values()), veil, cut)
    around = {*then.values(), *(line.source for line in above)}
    states = _Known(law, above, _seeds(around, law.rules, cut)).states
    return {now: states[then[now]] for now in some if then[now] in states}


def reach(begin: Seeds, veil: Veil, cut: Cut = NOW) -> Reach:
    """Follow tags from columns on, to wherever the reader may know of."""
    law = Law(rules.read(cut.recorded_at), seeds.rejected(cut))
    then = lines.named(begin.keys(), cut)
    begin = {then[column]: tags for column, tags in begin.items()}
    answer = Reach({}, begin)

    def out_of(some: Collection[Column]) -> list[Line]:
        if len(answer.states) > MAX_COLUMNS:
            answer.is_truncated = True
            return []
        return _told(lines.out_of(some, cut), veil)

    Spreading(law, out_of, answer.states).spread(put(begin))
    return answer


def beginnings(tags: Collection[int], veil: Veil, cut: Cut) -> Seeds:
    """The columns on which tags are put, as far as the reader may know."""
    own = seeds.seeds(None, rules.read(cut.recorded_at), cut)
    found = {
        column: {tag: by for tag, by in told.items() if tag in tags}
        for column, told in own.items()
        if column.field and not told.keys().isdisjoint(tags)
    }
    hidden = veil.hidden_columns(found.keys())
    return {column: told for column, told in found.items() if column not in hidden}


def _above(some: set[Column], veil: Veil, cut: Cut) -> tuple[list[Line], bool]:
    """The lines that lead to columns, hop by hop, and whether some are left out."""
    found: list[Line] = []
    seen, frontier = set(some), some
    for _ in range(MAX_HOPS):
        more = _told(lines.into(frontier, cut), veil)
        found += more
        frontier = {line.source for line in more} - seen
        if not frontier:
            return found, False
        if len(seen) + len(frontier) > MAX_COLUMNS:
            break
        seen |= frontier
    return found, True


def _told(some: list[Line], veil: Veil) -> list[Line]:
    hidden = veil.hidden_columns({end for one in some for end in (one[0], one[1])})
    return [
        _without_words(one, veil)
        for one in some
        if one.source not in hidden and one.target not in hidden
    ]


def _without_words(line: Line, veil: Veil) -> Line:
    """A line without a description that names hidden columns."""
    if veil.is_unsaid(line.way.description):
        return line._replace(way=line.way._replace(description=""))
    return line


def _seeds(columns: Collection[Column], law: Rules, cut: Cut) -> Seeds:
    own = seeds.seeds({one.dataset for one in columns}, law, cut)
    return {one: by for one, by in own.items() if one in columns}


class _Known:
    """The states around a column by lines that are told, and the ways back."""

    def __init__(self, law: Law, above: list[Line], own: Seeds) -> None:
        self.law, self.own = law, own
        self.free = Law(law.rules, frozenset())
        self.by_source: dict[Column, list[Line]] = defaultdict(list)
        self.by_target: dict[Column, list[Line]] = defaultdict(list)
        for line in above:
            self.by_source[line.source].append(line)
            self.by_target[line.target].append(line)
        spreading = Spreading(law, self.out_of)
        spreading.spread(put(own))
        self.states = spreading.states

    def out_of(self, some: Collection[Column]) -> list[Line]:
        return [line for one in some for line in self.by_source.get(one, ())]

    def ways(self, at: Column, tag: int) -> Iterator[Way]:
        """One way by each line that brings the tag, by what is before it the best."""
        for line in self.by_target.get(at, ()):
            for before, mark in self.states.get(line.source, {}).items():
                arrival = self.free.arrival(line, before, mark)
                if arrival is None or arrival.tag != tag:
                    continue
                steps = (*self.back(line.source, before), Step(at, tag, line))
                first = steps[0]
                key = (at, tag, line.source, line.how)
                yield Way(
                    steps,
                    frozenset(self.own.get(first.column, {}).get(first.tag, ())),
                    arrival.mark.is_suggested,
                    key in self.law.rejected,
                )

    def back(self, column: Column, tag: int) -> list[Step]:
        """The steps by which a tag came to a column, from where it is put."""
        steps: list[Step] = []
        while (mark := self.states[column][tag]) != PUT:
            line, before = self.bringer(Arrival(column, tag, mark))
            steps.append(Step(column, tag, line))
            column, tag = line.source, before
        return [Step(column, tag), *reversed(steps)]

    def bringer(self, wanted: Arrival) -> tuple[Line, int]:
        """The line by which a state came, and the tag at its other end."""
        for line in self.by_target[wanted.target]:
            for tag, mark in self.states.get(line.source, {}).items():
                if self.law.arrival(line, tag, mark) == wanted:
                    return line, tag
        raise AssertionError("a tag that is not put somewhere came by a line")


def _order(way: Way) -> tuple[object, ...]:
    source = way.last.source
    return (
        *(way.is_rejected, way.is_suggested, len(way.steps)),
        *(source.dataset, source.field, way.last.how),
    )
