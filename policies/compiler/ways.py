"""By which ways is something allowed or denied, and how are these written in SQL?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BigIntegerField, ExpressionWrapper, F, Q

from policies.compiler.scopes import NOWHERE

# So many assets are looked up one by one more quickly than they are met in a list.
FEW = 3_000
NOTHING = NOWHERE.as_q("pk")
# An empty Q would vanish from an OR.
EVERY = ~NOTHING


@dataclass(frozen=True, slots=True)
class Way:
    """One way to what a right is about: `q` lets these rows through, if `holds` does.

    Where it stands on few rows, these tell it by themselves, read once and not row by
    row: `keys` are a query for the keys of assets, and `of_names` a filter that says it
    of those names of assets that are not the canonical ones.
    """

    q: Q
    keys: Any = None
    of_names: Q | None = None
    holds: Q | None = None

    @property
    def is_told(self) -> bool:
        return self.keys is not None or self.of_names is not None

    @property
    def is_listed(self) -> bool:
        """Whether `keys` and `of_names` are all there is to it."""
        return self.is_told and self.holds is None

    def under(self, holds: Q) -> "Way":
        """What is led to, as far as a condition holds, too."""
        both = holds if self.holds is None else self.holds & holds
        return replace(self, holds=both)

    @property
    def is_everything(self) -> bool:
        return self.holds is None and self.q == EVERY


def any_of(ways: Iterable[Way]) -> Q:
    """The rows that one of several ways leads to; each condition is written once."""
    by_holds: dict[Q | None, list[Q]] = {}
    for way in ways:
        by_holds.setdefault(way.holds, []).append(way.q)
    found = []
    for holds, some in by_holds.items():
        q = EVERY if EVERY in some else reduce(or_, some)
        if holds is not None:
            q = holds if q == EVERY else q & holds
        if q == EVERY:
            return EVERY
        found.append(q)
    return reduce(or_, found) if found else NOTHING


def apart(key: str, prefix: str = "") -> Any:
    """How far a row is from the one that stands for all its names: that one is at 0.

    It is a number since PostgreSQL can know how often that is 0, but not how often two
    columns are equal (the statistics `dataset_apart`).
    """
    ends = F(f"{prefix}{key}") - F(f"{prefix}pk")
    return ExpressionWrapper(ends, BigIntegerField())


def united(rows: Iterable[Any]) -> Any:
    first, *rest = rows
    return first.union(*rest, all=True).order_by() if rest else first.order_by()


def are_few(rows: Any) -> bool:
    return len(rows[: FEW + 1]) <= FEW
