"""How are many statements or words taken in at once, and what would that change?

A file and a request go the same way, and so do the trial and the deed: a trial does
what the deed does, and is rolled back.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from catalog.curation.csv_import import Row
from catalog.curation.subjects import Asker
from catalog.models import Change
from catalog.services.changing import Changing, changing, rehearsing
from policies.access import Someone

REFUSED = "refused"
REASON_MAX = 2000


@dataclass(frozen=True, slots=True)
class Result:
    """What became, or would become, of one line.

    `outcome` is one of `catalog.curation.effects.Outcome`, or REFUSED; then `message`
    says why and what to do about it, and `field` is the column at fault.
    """

    number: int
    what: str
    outcome: str
    message: str = ""
    field: str = ""
    before: str = ""
    after: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its columns, how its lines are carried out, and what stands.

    `prepare` reads what the lines mean, before others are made to wait; `carry_out`
    does it, with a Result for each line in order, and leaves out those it refuses.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    needed: frozenset[str]
    examples: tuple[tuple[str, ...], ...]
    prepare: Callable[[Sequence[Row], Asker], Any]
    carry_out: Callable[[Changing, Any], list[Result]]
    standing: Callable[[Asker], Iterator[Sequence[object]]]


@dataclass(frozen=True)
class Report:
    """What became of lines. `change` is None where nothing was changed."""

    results: list[Result]
    is_trial: bool
    change: Change | None = None
    counts: Counter[str] = field(default_factory=Counter)
    is_stale: bool = False  # what it would do is not what was expected

    @property
    def traces(self) -> list[str]:
        """What each line does, to compare with another trial."""
        return [each.trace or each.outcome for each in self.results]

    @property
    def refused(self) -> list[Result]:
        return [each for each in self.results if each.outcome == REFUSED]

    @property
    def changing(self) -> int:
        """How many lines change something."""
        same = (REFUSED, "unchanged", "overridden")
        return sum(n for outcome, n in self.counts.items() if outcome not in same)


class _Held(Exception):
    """Some lines are refused, or do something else than was expected."""


@cache
def formats() -> tuple[Format, ...]:
    """The formats that are known; apps above this one add theirs in CSV_FORMATS."""
    return tuple(import_string(path) for path in settings.CSV_FORMATS)


def format_named(name: str) -> Format | None:
    """The format of this name."""
    return next((each for each in formats() if each.name == name), None)


def try_rows(
    format: Format, rows: Sequence[Row], *, asker: Asker, via: Change.Via
) -> Report:
    """Find out what taking in these lines would change, and change nothing."""
    prepared = format.prepare(rows, asker)
    with rehearsing(actor=None, via=via) as making:
        results = format.carry_out(making, prepared)
    return _report(results, is_trial=True)


def take_in_rows(
    format: Format,
    rows: Sequence[Row],
    *,
    asker: Asker,
    actor: Someone | None,
    via: Change.Via,
    reason: str = "",
    is_partial: bool = False,
    expected: Sequence[str] | None = None,
) -> Report:
    """Do what these lines say, as one change: all of it, or with `is_partial` what can
    be done. Repeating it changes nothing.

    `asker` is whose rights count, `actor` whom the journal names. Without a `reason`
    those of the lines are taken together. With `expected`, the traces of a trial,
    nothing is done but just that.
    """
    prepared = format.prepare(rows, asker)
    told = reason or reason_of(rows)
    report = _report([], is_trial=False)
    try:
        with changing(actor=actor, via=via, reason=told) as making:
            report = _report(format.carry_out(making, prepared), is_trial=False)
            if expected is not None and report.traces != list(expected):
                report = replace(report, is_stale=True)
                raise _Held
            if not is_partial and report.refused:
                raise _Held
    except _Held:
        return report
    return replace(report, change=making.made)


def reason_of(rows: Sequence[Row]) -> str:
    """The reasons that lines give, each once."""
    told = (row.cells.get("reason", "").strip() for row in rows)
    joined = "; ".join(dict.fromkeys(reason for reason in told if reason))
    return joined[:REASON_MAX].replace("\0", "")


def trace_of(*parts: object) -> str:
    """A short text that stands for these; of others it is another."""
    text = "\0".join(map(str, parts))
    return blake2b(text.encode(), digest_size=6).hexdigest()


def _report(results: list[Result], *, is_trial: bool) -> Report:
    counts = Counter(str(each.outcome) for each in results)
    return Report(results, is_trial, counts=counts)
