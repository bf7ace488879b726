"""Which assertions were made of a dataset, and how did each come out over time?"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from lineage.checks import read_facet
from lineage.facets.quality import Assertion, DataQualityAssertions
from lineage.quality.evidence import Touch
from lineage.quality.past import Standing


class Key(NamedTuple):
    """By which assertions of one dataset are the same one."""

    column: str
    assertion: str
    name: str
    params: str  # canonical JSON, empty if there are none


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it came out once; `success` is None where the producer did not say."""

    at: datetime
    run: Standing | None
    success: bool | None
    severity: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class History:
    """An assertion with its outcomes, latest first."""

    key: Key
    description: str
    outcomes: list[Outcome]

    @property
    def last(self) -> Outcome:
        return self.outcomes[0]

    @property
    def failures(self) -> int:
        return sum(one.success is False for one in self.outcomes)

    @property
    def since(self) -> datetime:
        """Since when it has come out as it did last."""
        same = self.last
        for one in self.outcomes:
            if one.success != self.last.success:
                break
            same = one
        return same.at


def histories(touches: Iterable[Touch]) -> list[History]:
    """Each assertion once, failing ones first, then by column and name.

    Runs that failed count: many fail because an assertion did. Of one run that tells of
    an assertion twice, the worse outcome counts.
    """
    told: dict[Key, list[Outcome]] = defaultdict(list)
    described: dict[Key, str] = {}
    for touch in sorted(touches, key=lambda touch: touch.key, reverse=True):
        for key, (outcome, description) in _of_one(touch).items():
            told[key].append(outcome)
            described[key] = described.get(key) or description
    found = [History(key, described[key], some) for key, some in told.items()]
    return sorted(found, key=lambda one: (one.last.success is not False, one.key))


def _of_one(touch: Touch) -> dict[Key, tuple[Outcome, str]]:
    found: dict[Key, tuple[Outcome, str]] = {}
    for facet in touch.facets:
        read = read_facet(facet)
        if not isinstance(read, DataQualityAssertions):
            continue
        for one in read.assertions:
            key = key_of(one)
            rival = found.get(key)
            if rival is None or _badness(one.success) > _badness(rival[0].success):
                found[key] = _outcome(touch, one), one.description
    return found


def key_of(one: Assertion) -> Key:
    """What it is known by; params are compared by what they say, not how."""
    params = json.dumps(one.params, sort_keys=True) if one.params else ""
    return Key(one.column, one.assertion, one.name, params)


def _badness(success: bool | None) -> int:
    return {True: 0, None: 1, False: 2}[success]


def _outcome(touch: Touch, one: Assertion) -> Outcome:
    said = one.success, one.severity, one.expected, one.actual
    return Outcome(touch.at, touch.run, *said)
