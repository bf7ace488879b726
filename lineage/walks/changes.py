"""What is another answer to the same question at another time: what came, what went?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lineage.graph.cut import Cut
from lineage.graph.question import Level, Question
from lineage.graph.veil import Node
from lineage.reader import Reader
from lineage.walks import words
from lineage.walks.dating import Dating, Sought, signature
from lineage.walks.places import Named, named
from lineage.walks.walking import Broken, Edge, Place, Walked, Way, add_wholes, walk
from lineage.walks.words import Word


@dataclass(frozen=True, slots=True)
class Standing:
    """How an edge stood at one of the two times, and on whose word."""

    way: Way
    words: list[Word]

    @property
    def signature(self) -> tuple[Any, ...]:
        """What has to differ for the edge to have changed.

        Which events say so differs from day to day, and is no change.
        """
        said = frozenset((word.kind, word.job) for word in self.words)
        return signature(self.way), said


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """An edge that came (no `before`), went (no `after`), or is not what it was.

    `shown` is the first event that shows it, where one does and was found.
    """

    source: Named
    target: Named
    before: Standing | None
    after: Standing | None
    shown: Word | None = None


@dataclass(slots=True)
class Side:
    """How whole the answer at one of the two times is."""

    withheld: int = 0
    broken: list[Broken] = field(default_factory=list)


@dataclass(slots=True)
class Changes:
    """The difference of two answers. `undated` edges have no event that shows them.

    `names` has the nodeIds of the jobs and places that are spoken of, `deleted` counts
    what differs and was deleted since.
    """

    added: list[Named] = field(default_factory=list)
    removed: list[Named] = field(default_factory=list)
    edges: list[EdgeChange] = field(default_factory=list)
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    deleted: int = 0
    names: dict[Any, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        sides = (self.before, self.after)
        return not (self.deleted or any(one.withheld or one.broken for one in sides))


def changes(
    starts: tuple[Collection[Place], Collection[Place]],
    old: Question,
    new: Question,
    reader: Reader,
) -> Changes:
    """Compare what is answered to two questions that differ in their times.

    The cost is that of the two walks, and of the edges that differ: `Dating`.
    """
    before, after = (
        _walked(start, one, reader)
        for start, one in zip(starts, (old, new), strict=True)
    )
    found = Changes(before=_side(before), after=_side(after))
    came, went = after.places - before.places, before.places - after.places
    was, becomes = _edges(before), _edges(after)
    told = _differing(was, becomes, old, new, reader)
    ends = {end for edge in told for end in edge}
    past = new.cut if old.cut.is_now else old.cut  # names of then are names of now, too
    known = named([*came, *went, *ends], reader, past)
    found.added = _in_order(known[place] for place in came)
    found.removed = _in_order(known[place] for place in went)
    shown = {e: both for e, both in told.items() if all(known[x].known for x in e)}
    found.deleted = sum(not known[place].known for place in came | went)
    found.deleted += len(told) - len(shown)
    dates = Dating(old, new, reader).of({e: _sought(*b) for e, b in shown.items()})
    found.edges = sorted(
        (
            EdgeChange(known[edge[0]], known[edge[1]], *both, dates.get(edge))
            for edge, both in shown.items()
        ),
        key=lambda one: (one.source.order, one.target.order),
    )
    found.names = _names(found, dates.values(), past, reader)
    return found


def _walked(starts: Collection[Place], asked: Question, reader: Reader) -> Walked:
    walked = walk(starts, asked, reader.veil)
    if asked.level is Level.COLUMN:
        add_wholes(walked, asked, reader.veil)
    return walked


def _side(walked: Walked) -> Side:
    return Side(len(walked.around), walked.broken)


def _edges(walked: Walked) -> dict[Edge, Way]:
    return walked.edges | walked.wholes


def _sought(before: Standing | None, after: Standing | None) -> Sought:
    said = [word for one in (before, after) if one for word in one.words]
    jobs = frozenset(word.job for word in said if word.job is not None)
    return Sought(after.way if after else None, jobs)


type Both = tuple[Standing | None, Standing | None]


def _differing(
    was: Mapping[Edge, Way],
    becomes: Mapping[Edge, Way],
    old: Question,
    new: Question,
    reader: Reader,
) -> dict[Edge, Both]:
    """The edges that are not what they were, with how they stood and stand."""
    before = words.of_edges(was, old, reader)
    after = words.of_edges(becomes, new, reader)
    found: dict[Edge, Both] = {}
    for edge in was.keys() | becomes.keys():
        one = Standing(was[edge], before[edge]) if edge in was else None
        other = Standing(becomes[edge], after[edge]) if edge in becomes else None
        if one is None or other is None or one.signature != other.signature:
            found[edge] = one, other
    return found


def _in_order(places: Iterable[Named]) -> list[Named]:
    return sorted((one for one in places if one.known), key=lambda one: one.order)


def _names(
    found: Changes, dates: Iterable[Word], cut: Cut, reader: Reader
) -> dict[Any, str]:
    jobs = {one.job for one in dates if one.job is not None}
    for edge in found.edges:
        for standing in (edge.before, edge.after):
            said = standing.words if standing else ()
            jobs |= {word.job for word in said if word.job is not None}
    sides = [*found.before.broken, *found.after.broken]
    places = {one.place for one in sides if one.place is not None}
    known = named([*places, *(Node(True, job) for job in jobs)], reader, cut)
    return {place: one.node_id for place, one in known.items() if one.node_id}
