"""How do assertions merge, whatever their order? Pure functions and small states.

Everything here is commutative, associative and idempotent: the latest (event time,
digest) wins per facet key, I/O is a union, times are least and greatest.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple, Self

from lineage.projection.facts import FacetFact, Moment

# Event.Type → rank: a terminal state beats START and RUNNING of whatever time, and the
# other types decide nothing.
RANKS = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 2, 6: 0}
# Event.Type → Run.State
STATES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4}

FacetKey = tuple[int, str]  # Facet.Scope, key


class Held(NamedTuple):
    """The facet that holds a key, and the event that put it there."""

    moment: Moment
    facet: int
    event: int


class FacetFold:
    """Which facet holds each key: the one of the latest (event time, digest)."""

    __slots__ = ("changed", "held")

    def __init__(self) -> None:
        self.held: dict[FacetKey, Held] = {}
        self.changed = False

    @classmethod
    def load(
        cls,
        facet_ids: Iterable[int] | None,
        event_ids: Iterable[int] | None,
        facts: dict[int, FacetFact],
        moments: dict[int, Moment],
    ) -> Self:
        fold = cls()
        for facet, event in zip(facet_ids or (), event_ids or (), strict=True):
            fact = facts[facet]
            fold.held[fact.scope, fact.key] = Held(moments[event], facet, event)
        return fold

    def merge(
        self,
        facet: int,
        fact: FacetFact,
        moment: Moment,
        event: int,
        *,
        wins_ties: bool = False,
    ) -> bool:
        """Offer a facet; says whether it now holds its key.

        An event ties with itself where it says two things under one key.
        """
        key = (fact.scope, fact.key)
        holder = self.held.get(key)
        if holder is not None and moment <= holder.moment:
            is_tie = moment == holder.moment and facet != holder.facet
            if not (is_tie and wins_ties):
                return False
        self.held[key] = Held(moment, facet, event)
        self.changed = True
        return True

    def facet(self, key: FacetKey, facts: dict[int, FacetFact]) -> FacetFact | None:
        """The facet that holds `key` now, unless a tombstone does."""
        holder = self.held.get(key)
        if holder is None or facts[holder.facet].is_deleted:
            return None
        return facts[holder.facet]

    def rows(self) -> tuple[list[int] | None, list[int] | None]:
        """The two parallel arrays that are stored."""
        held = [self.held[key] for key in sorted(self.held)]
        return [h.facet for h in held] or None, [h.event for h in held] or None


def least(a: datetime | None, b: datetime | None) -> datetime | None:
    return _either(min, a, b)


def greatest(a: datetime | None, b: datetime | None) -> datetime | None:
    return _either(max, a, b)


def _either(
    choose: Callable[[datetime, datetime], datetime],
    a: datetime | None,
    b: datetime | None,
) -> datetime | None:
    if a is None or b is None:
        return a or b
    return choose(a, b)
