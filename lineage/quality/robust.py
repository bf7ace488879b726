"""Is a number unusual beside those before it, whatever outliers are among them?

The modified z-score of B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers"
(1993): distance from the median in units of the median absolute deviation (MAD).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, median

WINDOW = 20  # values before one that it is judged by
LEAST = 5  # with fewer of them nothing is judged
LIMIT = 3.5  # the score from which on they call a value an outlier
# What makes them standard deviations where values are normally distributed.
OF_MAD, OF_MEAN = 1.4826, 1.2533
# However little the values differ: a smaller share of the median is no news.
LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Spread:
    """Around what values lie, and how far; within `low` and `high` they are usual."""

    count: int
    median: float
    mad: float
    scale: float

    @property
    def low(self) -> float:
        return self.median - LIMIT * self.scale

    @property
    def high(self) -> float:
        return self.median + LIMIT * self.scale

    def score(self, value: float) -> float:
        """How many scales a value lies above the median; below it if negative."""
        return (value - self.median) / self.scale


def spread(values: Sequence[float], *, least: float) -> Spread | None:
    """How values spread; None if there are too few to tell.

    Where more than half of them are alike, MAD is 0 and the mean deviation stands in.
    Of a constant history that is 0, too: the scale is never smaller than 1 % of the
    median, nor than `least`, which is in the unit of the values and not 0.
    """
    if len(values) < LEAST:
        return None
    middle = median(values)
    far = [abs(value - middle) for value in values]
    mad = median(far)
    scale = OF_MAD * mad if mad else OF_MEAN * fmean(far)
    return Spread(
        len(values), middle, mad, max(scale, LEAST_SHARE * abs(middle), least)
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """A value beside those before it; `past` is None where these are too few."""

    value: float
    past: Spread | None

    @property
    def score(self) -> float | None:
        return None if self.past is None else self.past.score(self.value)

    @property
    def is_unusual(self) -> bool:
        return self.score is not None and abs(self.score) > LIMIT

    @property
    def is_low(self) -> bool:
        return self.past is not None and self.value < self.past.median


def judge_all(values: Sequence[float], *, least: float) -> list[Judged]:
    """Judge each of some values, oldest first, by those just before it."""
    return [
        Judged(value, spread(values[max(0, at - WINDOW) : at], least=least))
        for at, value in enumerate(values)
    ]


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of all do not exceed (nearest rank)."""
    if not values:
        return None
    ordered = sorted(values)
    rank = max(1, -int(-share * len(ordered) // 1))
    return ordered[rank - 1]


def usual_interval(moments: Iterable[datetime]) -> timedelta | None:
    """The median of the last WINDOW gaps between moments; None if there is no gap."""
    latest = sorted(set(moments))[-(WINDOW + 1) :]
    gaps = [after - before for before, after in pairwise(latest)]
    if not gaps:
        return None
    return timedelta(seconds=median(gap.total_seconds() for gap in gaps))
