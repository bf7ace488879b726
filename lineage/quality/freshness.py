"""When was a dataset written, how often usually, and when is it due again?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from lineage.quality.evidence import Touch
from lineage.quality.past import Standing
from lineage.quality.robust import (
    WINDOW,
    Judged,
    Spread,
    judge_all,
    spread,
    usual_interval,
)

# Gaps that differ by less than a minute do not differ.
LEAST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Write:
    """A dataset was written: by one run, or by several under one parent."""

    at: datetime
    run: Standing
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The writes of a dataset, latest first, and how far they lie apart usually.

    `usual` is the median of the last WINDOW gaps. Without five of these nothing is said
    of being late.
    """

    writes: list[Write] = field(default_factory=list)
    gaps: list[Judged] = field(default_factory=list)  # beside writes, without the last
    usual: timedelta | None = None
    spread: Spread | None = None

    @property
    def last(self) -> datetime | None:
        return self.writes[0].at if self.writes else None

    @property
    def due_at(self) -> datetime | None:
        """When the next write is due, by the usual gap."""
        if self.usual is None:
            return None
        return _later(self.writes[0].at, self.usual.total_seconds())

    @property
    def late_after(self) -> datetime | None:
        """From when on no write would be unusual."""
        if self.spread is None:
            return None
        return _later(self.writes[0].at, self.spread.high)

    def is_late(self, now: datetime) -> bool:
        return self.late_after is not None and now > self.late_after


def rhythm(touches: Sequence[Touch]) -> Rhythm:
    """The rhythm of what was written, out of touches in any order."""
    writes = writes_of(touches)
    gaps = [
        (later.at - earlier.at).total_seconds() for later, earlier in pairwise(writes)
    ]
    last = gaps[:WINDOW]
    judged = judge_all(gaps[::-1], least=LEAST_SECONDS)[::-1]
    usual = usual_interval(write.at for write in writes)
    return Rhythm(writes, judged, usual, spread(last, least=LEAST_SECONDS))


def writes_of(touches: Sequence[Touch]) -> list[Write]:
    """The writes, latest first. Runs under one parent are one, at the end of the last.

    So are mapped tasks, and jobs of one statement each. What streams writes whenever it
    is heard of.
    """
    found: dict[tuple[object, ...], Write] = {}
    for touch in touches:
        for at in touch.writes:
            assert touch.run is not None
            key = _key(touch.run, at)
            same = found.get(key)
            one = Write(at, touch.run)
            if same is not None:
                latest = max(same, one, key=_order)
                one = Write(latest.at, latest.run, same.runs + 1)
            found[key] = one
    return sorted(found.values(), key=_order, reverse=True)


def _key(run: Standing, at: datetime) -> tuple[object, ...]:
    if run.parent is not None and not run.is_streaming:
        return (run.parent,)
    return run.pk, at


def _order(write: Write) -> tuple[datetime, str]:
    return write.at, str(write.run.run_id)


def _later(at: datetime, seconds: float) -> datetime | None:
    try:
        return at + timedelta(seconds=seconds)
    except OverflowError:  # of clocks that are wrong by ages
        return None
