"""Which lineage does the address of a page ask for, and what is amiss in it?"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode

from catalog.curation.filtering import TEXT_MAX
from lineage.event_time import NoInstant, read_time
from lineage.graph.cut import NOW, Cut
from lineage.graph.question import Direction, Kind, Level, Question
from lineage.models import Edge
from lineage.walks.answers import Wish
from lineage.walks.choosing import Filter
from lineage.walks.completeness import OLD_DAYS

HOPS = (1, 2, 3, 4, 6, 8, 12, 20, 100)
DEFAULT_HOPS = 4
DAYS = (7, OLD_DAYS, 90, 365)
STATUSES = {status.name.lower(): status for status in Edge.Status}
USUAL = frozenset({"effective", "attempt"})
NODE_KINDS = ("dataset", "job")
MAX_OPENED = 100
ROLLED_UP = ("parent", "root")
TEXTS = ("namespace", "domain", "tag", "jobType")
TIMES = ("asOf", "recordedAt", "against", "againstRecorded")
LISTS = ("assertedBy", "status", "open")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NOT_ROLLED_UP = "Show datasets and jobs, or columns, to compare two times."
REMEDY = "Say a day, or a time such as 2026-05-04 03:02."


@dataclass(slots=True)
class Asked:
    """A question as it was asked, to be asked again with a part of it changed.

    `told` are the parameters as they were typed, `faults` say by parameter what cannot
    be understood. `against` is the earlier time that the answer is compared with.
    """

    question: Question
    wish: Wish
    against: Cut | None = None
    told: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def rolled_up(self) -> str:
        """What jobs are told as: their "parent" or "root", or themselves."""
        return self.told["level"] if self.told["level"] in ROLLED_UP else ""

    @property
    def level(self) -> str:
        """What is chosen to be shown."""
        return self.rolled_up or str(self.question.level)

    @property
    def is_narrowed(self) -> bool:
        """Whether something is left out that one might have expected to see."""
        return bool(self.wish.shown) or bool(self.narrowed_by)

    @property
    def has_choices(self) -> bool:
        """Whether something is chosen beyond direction, level, hops and time."""
        extra = self.against or self.told["controlFlow"] or self.told["oldDays"]
        return self.is_narrowed or bool(extra)

    @property
    def narrowed_by(self) -> list[str]:
        """The parameters beyond direction, level, hops and time that are set."""
        lists = [n for n in LISTS[:2] if self.chosen[n]]
        more = ("kind", "transformations", "unmasked")
        return [name for name in (*TEXTS, *more) if self.told[name]] + lists

    def query(self, **changes: Any) -> str:
        """The query string that asks the same, with some parameters changed.

        None takes a parameter away.
        """
        told: dict[str, Any] = {k: v for k, v in self.told.items() if v}
        told |= {k: v for k, v in self.chosen.items() if v}
        told |= changes
        return urlencode({k: v for k, v in told.items() if v is not None}, doseq=True)

    def opening(self, node_id: str) -> str:
        """As `query`, with one more node opened."""
        opened = [one for one in self.chosen["open"] if one != node_id]
        return self.query(open=[*opened, node_id])

    @property
    def fixed(self) -> str:
        """As `query`, with both times fixed: the same answer later."""
        cut, now = self.question.cut, timezone.now().isoformat()
        return self.query(
            asOf=_written(cut.as_of) or now, recordedAt=_written(cut.recorded_at) or now
        )


def read(
    query: QueryDict, node_id: str, *, max_nodes: int, is_column: bool = False
) -> Asked:
    """Read what a page is asked about a node; what cannot be is the usual thing.

    Words of lists to choose from are taken as they are; `faults` are of what is typed.
    Of both ways each has half of `max_nodes`.
    """
    told = {name: query.get(name, "").strip() for name in (*TEXTS, *TIMES)}
    faults = {
        name: f"Up to {TEXT_MAX} letters, please."
        for name in TEXTS
        if "\0" in told[name] or len(told[name]) > TEXT_MAX
    }
    times = {name: _instant(name, told[name], faults) for name in TIMES}
    told |= {"nodeId": node_id, **_words_told(query, is_column)}
    if told["level"] in ROLLED_UP and (told["against"] or told["againstRecorded"]):
        faults.setdefault("against", NOT_ROLLED_UP)
    chosen = {
        "assertedBy": _words(query, "assertedBy", [*Kind], [*Kind]),
        "status": _words(query, "status", [*STATUSES], USUAL),
        "open": [one for one in query.getlist("open") if "\0" not in one][:MAX_OPENED],
    }
    cut = Cut(times["asOf"], times["recordedAt"])
    asked = _question(told, chosen, cut, max_nodes)
    against = Cut(times["against"], times["againstRecorded"])
    compared = None if against == NOW else against
    return Asked(asked, _wish(told, chosen), compared, told, chosen, faults)


def _words_told(query: QueryDict, is_column: bool) -> dict[str, str]:
    """The words that are chosen, each out of a list; a column is walked as such."""
    levels = [] if is_column else [*Level, *ROLLED_UP]
    lists: dict[str, Sequence[str]] = {
        "direction": [*Direction],
        "level": levels,
        "maxHops": [str(one) for one in HOPS],
        "oldDays": [str(one) for one in DAYS if one != OLD_DAYS],
        "kind": NODE_KINDS,
        "transformations": ["direct"],
        "unmasked": ["1"],
        "controlFlow": ["1"],
    }
    told = {name: _word(query, name, words) for name, words in lists.items()}
    return told | ({"level": Level.COLUMN.value} if is_column else {})


def _question(
    told: dict[str, str], chosen: dict[str, list[str]], cut: Cut, max_nodes: int
) -> Question:
    direction = Direction(told["direction"] or Direction.BOTH)
    is_of_columns = told["level"] == Level.COLUMN
    return Question(
        direction=direction,
        level=Level.COLUMN if is_of_columns else Level.DATASET,
        cut=cut,
        max_hops=int(told["maxHops"] or DEFAULT_HOPS),
        max_nodes=max_nodes // len(direction.ways),
        statuses=frozenset(int(STATUSES[w]) for w in chosen["status"] or USUAL),
        kinds=frozenset(map(Kind, chosen["assertedBy"] or [*Kind])),
        is_direct=told["transformations"] == "direct",
        is_unmasked=bool(told["unmasked"]),
    )


def _wish(told: dict[str, str], chosen: dict[str, list[str]]) -> Wish:
    job_types = told["jobType"].lower().replace(",", " ").split()
    shown = Filter(
        namespaces=(told["namespace"],) if told["namespace"] else (),
        domain=told["domain"],
        tag=told["tag"],
        kinds=frozenset({told["kind"]} - {""}),
        job_types=frozenset(job_types),
    )
    days = int(told["oldDays"] or OLD_DAYS)
    return Wish(shown, days, bool(told["controlFlow"]), frozenset(chosen["open"]))


def _word(query: QueryDict, name: str, words: Sequence[str]) -> str:
    """One of the words, or nothing."""
    word = query.get(name, "")
    return word if word in words else ""


def _words(
    query: QueryDict, name: str, words: Sequence[str], usual: Collection[str]
) -> list[str]:
    """Some of the words, or nothing if these are the usual ones."""
    found = [word for word in words if word in query.getlist(name)]
    return [] if set(found) == set(usual) else found


def _instant(name: str, text: str, faults: dict[str, str]) -> datetime | None:
    """A time; a day alone is its end, so that it counts as a whole."""
    if not text:
        return None
    try:
        if DAY.fullmatch(text):
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            return day + timedelta(days=1) - timedelta(microseconds=1)
        return read_time(text)[0]
    except (NoInstant, ValueError, OverflowError):
        faults[name] = REMEDY
        return None


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
