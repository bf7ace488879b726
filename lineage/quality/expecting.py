"""What can be expected of a dataset, and does it hold?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextChoices
from django.db.models.functions import Lower

from catalog.curation.faults import Refused
from catalog.models import Dataset
from lineage.models import Expectation, Severity
from lineage.models import ExpectationKind as Kind
from lineage.quality import assertions, freshness, schemas, volume
from lineage.quality.assertions import History
from lineage.quality.evidence import Touch
from lineage.quality.schemas import Shown
from lineage.quality.volume import Unit
from policies.models import Principal

NOTE_MAX, TEXT_MAX = 1000, 1000
MOST = 2**62
MOST_HOURS = 24 * 366 * 10
NAMED = 50  # columns or assertions that an incident names
# What a form or a body says of an expectation.
FIELDS = (
    *("kind", "hours", "at_least", "column", "assertion", "name"),
    *("severity", "owner", "note"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody expects, read from words."""

    kind: Kind
    bound: int | None = None
    column: str = ""
    assertion: str = ""
    name: str = ""
    definition: bytes | None = None
    severity: Severity = Severity.WARNING
    owner: Principal | None = None
    note: str = ""

    def row(self, dataset: Dataset) -> Expectation:
        return Expectation(
            dataset=dataset,
            kind=self.kind,
            bound=self.bound,
            column=self.column,
            assertion=self.assertion,
            name=self.name,
            definition=self.definition,
            severity=self.severity,
            owner=self.owner,
            note=self.note,
        )


def read(words: Mapping[str, str], shown: Sequence[Shown]) -> Wanted:
    """Read an expectation; `shown` are the schemas that its dataset had.

    Raises Refused, which names the field at fault.
    """
    kind = _one_of(Kind, words.get("kind", ""), "kind")
    said = {name: _text(words.get(name, ""), name) for name in FIELDS[3:6]}
    if kind is Kind.ASSERTION and not (said["assertion"] or said["name"]):
        raise Refused("Say which assertion: its kind or its name.", field="assertion")
    if kind is not Kind.ASSERTION:
        said = {}
    return Wanted(
        kind,
        _bound(kind, words),
        **said,
        definition=_definition(shown) if kind is Kind.COLUMNS else None,
        severity=_one_of(Severity, words.get("severity") or "warning", "severity"),
        owner=_owner(words.get("owner", "")),
        note=_text(words.get("note", ""), "note", most=NOTE_MAX),
    )


def _one_of[E: TextChoices](kinds: type[E], word: str, name: str) -> E:
    if word not in kinds.values:
        raise Refused(f"The {name} is one of {', '.join(kinds.values)}.", field=name)
    return kinds(word)


def _bound(kind: Kind, words: Mapping[str, str]) -> int | None:
    if kind is Kind.FRESH:
        return _seconds(words.get("hours", ""))
    if kind not in (Kind.ROWS, Kind.SIZE):
        return None
    text = words.get("at_least", "").strip().replace(",", "").replace("_", "")
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST:
        what = "rows" if kind is Kind.ROWS else "bytes"
        raise Refused(f"At least how many {what}? A whole number.", field="at_least")
    return int(text)


def _seconds(text: str) -> int:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 1 / 60 <= hours <= MOST_HOURS:
        raise Refused(
            "Within how many hours is it to be written? At least a minute (0.02), at "
            "most ten years.",
            field="hours",
        )
    return max(60, round(hours * 60) * 60)


def _text(text: str, name: str, *, most: int = TEXT_MAX) -> str:
    text = text.strip()
    if len(text) > most or "\0" in text:
        raise Refused(f"The {name} has up to {most} characters.", field=name)
    return text


def _definition(shown: Sequence[Shown]) -> bytes:
    if not shown:
        raise Refused("Nothing has shown its columns yet.", field="kind")
    return shown[-1].definition


def _owner(username: str) -> Principal | None:
    if not username.strip():
        return None
    people = Principal.objects.active().annotate(folded=Lower("username"))
    found = people.filter(folded=username.strip().lower()[:300]).first()
    if found is None:
        raise Refused(f"There is nobody called {username.strip()!r}.", field="owner")
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an expectation holds; None where nothing tells.

    `since` is the event time from which on it does not; `facts` are the numbers.
    """

    holds: bool | None
    since: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)


UNKNOWN = Verdict(None)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a dataset when it is judged, whole.

    `base` are the columns by DatasetVersion.definition that expectations rest on.
    """

    touches: Sequence[Touch]
    at: datetime
    base: Mapping[bytes, Sequence[str]] = field(default_factory=dict)


def judge(expected: Expectation, known: Known) -> Verdict:
    """Whether an expectation holds by what is known."""
    return JUDGES[Kind(expected.kind)](expected, known)


def _judge_fresh(expected: Expectation, known: Known) -> Verdict:
    """Of what was never written: since it was expected."""
    writes = freshness.writes_of(known.touches)
    last = writes[0].at if writes else None
    assert expected.bound is not None
    begun = last or expected.recorded_from
    due = begun + timedelta(seconds=expected.bound)
    facts = {"lastWrite": _iso(last), "withinSeconds": expected.bound}
    return Verdict(known.at <= due, due, facts)


def _judge_least(expected: Expectation, known: Known, unit: Unit) -> Verdict:
    count = volume.latest(volume.counts(known.touches), unit)
    if count is None:
        return UNKNOWN
    number = count.of(unit)
    assert number is not None
    assert expected.bound is not None
    facts = {unit: number, "atLeast": expected.bound, "countedAt": _iso(count.at)}
    return Verdict(number >= expected.bound, count.at, facts)


def _judge_rows(expected: Expectation, known: Known) -> Verdict:
    return _judge_least(expected, known, "rows")


def _judge_size(expected: Expectation, known: Known) -> Verdict:
    return _judge_least(expected, known, "bytes")


def fits(expected: Expectation, history: History) -> bool:
    """Whether an assertion is among those that are expected to hold."""
    key = history.key
    pairs = (
        (expected.column, key.column),
        (expected.assertion, key.assertion),
        (expected.name, key.name),
    )
    return all(not wanted or wanted == said for wanted, said in pairs)


def _judge_assertion(expected: Expectation, known: Known) -> Verdict:
    made = [h for h in assertions.histories(known.touches) if fits(expected, h)]
    told = [h for h in made if h.last.success is not None]
    failing = [h for h in told if h.last.success is False]
    if not told:
        return UNKNOWN
    facts = {
        "failing": [
            {
                "column": h.key.column,
                "assertion": h.key.assertion,
                "name": h.key.name,
                "expected": h.last.expected[:200],
                "actual": h.last.actual[:200],
            }
            for h in failing[:NAMED]
        ]
    }
    since = min((h.since for h in failing), default=None)
    return Verdict(not failing, since, facts)


def _judge_columns(expected: Expectation, known: Known) -> Verdict:
    shown = schemas.shown(known.touches)
    base = known.base.get(bytes(expected.definition or b""))
    if not shown or base is None:
        return UNKNOWN
    now = {one.path for one in shown[-1].fields}
    lost = [path for path in base if path not in now]
    since = shown[-1].at
    for one in reversed(shown):
        if {path.path for path in one.fields}.issuperset(base):
            break
        since = one.at
    return Verdict(not lost, since, {"lost": lost[:NAMED]})


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


JUDGES: dict[Kind, Callable[[Expectation, Known], Verdict]] = {
    Kind.FRESH: _judge_fresh,
    Kind.ROWS: _judge_rows,
    Kind.SIZE: _judge_size,
    Kind.ASSERTION: _judge_assertion,
    Kind.COLUMNS: _judge_columns,
}
