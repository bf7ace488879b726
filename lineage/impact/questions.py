"""What is asked about an impact, when, and how is the same asked again?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from lineage.graph.cut import Cut
from lineage.impact.answers import Impact
from lineage.impact.asking import spelt
from lineage.impact.changes import Change
from lineage.impact.consequences import MAX_HOPS, of_changes
from lineage.impact.severities import Severity, is_at_least
from lineage.reader import Reader

# What browsers, proxies and servers take as an address.
MOST_OF_A_LINK = 6_000


@dataclass(frozen=True, slots=True)
class Question:
    """Changes, and the times by which they are judged.

    `recorded_at` is what the answer rests on: the moment of asking where `cut` sets no
    bound. `fail_on` is the severity from which on a release should not go out; None
    never fails. `unresolved` is what a proposal has that could not be compared.
    """

    changes: Sequence[Change]
    cut: Cut
    recorded_at: datetime
    max_hops: int = MAX_HOPS
    fail_on: Severity | None = None
    unresolved: Sequence[str] = field(default_factory=list)

    def answer(self, reader: Reader) -> Impact:
        impact = of_changes(self.changes, reader, max_hops=self.max_hops, cut=self.cut)
        impact.unresolved = list(self.unresolved)
        return impact

    @property
    def link(self) -> str | None:
        """The query that asks the same again; None if it is too long for an address.

        Or if there is nothing to ask, for nothing would be changed.
        """
        asked: list[tuple[str, str]] = []
        told = [spelt(change) for change in self.changes]
        if not told:
            return None
        if len(told) == 1 and "name" not in told[0]:
            asked += _plain(told[0])
        else:
            asked.append(("changes", json.dumps(told, separators=(",", ":"))))
        if self.max_hops != MAX_HOPS:
            asked.append(("depth", str(self.max_hops)))
        if self.cut.as_of is not None:
            asked.append(("asOf", stamp(self.cut.as_of)))
        asked.append(("recordedAt", stamp(self.recorded_at)))
        query = urlencode(asked)
        return query if len(query) <= MOST_OF_A_LINK else None


def fails(impact: Impact, fail_on: Severity | None) -> bool:
    """Whether anything is hit as hard as a threshold says, or harder."""
    worst = impact.worst
    return bool(fail_on and worst and is_at_least(worst, fail_on))


def stamp(at: datetime) -> str:
    """A time as addresses have it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(told: dict[str, Any]) -> list[tuple[str, str]]:
    """One change as query parameters."""
    asked = [("change", told["kind"])]
    nodes = told.get("nodeIds") or [told["nodeId"]] if "namespace" not in told else []
    asked += [("nodeId", node) for node in nodes]
    asked += [
        (name, told[name]) for name in ("namespace", "was", "to", "by") if name in told
    ]
    return asked
