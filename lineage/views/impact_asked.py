"""What does the form of an impact ask?"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from catalog.models import Dataset, Job
from lineage.graph import columns
from lineage.graph.columns import Column
from lineage.graph.cut import Cut
from lineage.impact import MAX_HOPS, Change, Impact, Kind, of_asset, of_column
from lineage.impact.answers import Start
from lineage.impact.asking import NothingSuch, revocation
from lineage.impact.durations import duration
from lineage.impact.questions import Question
from lineage.reader import Reader
from policies.asked import LOST_PLUS

DEPTHS = (1, 2, 4, 6, 10, 20, MAX_HOPS)
OF_DATASET = (
    ("", "Anything at all"),
    ("drop", "Drop it"),
    ("rename", "Rename it"),
    ("retype", "Change a column's type"),
    ("null", "Let nulls into a column"),
    ("redefine", "Change what a column means"),
    ("erase", "Erase a person's columns"),
    ("revoke", "Revoke the whole source"),
)
OF_JOB = (("", "Anything at all"), ("stop", "Stop it"), ("delay", "Run it late"))
# What is done to a dataset, and to a column of it.
KINDS: dict[str, tuple[Kind | None, Kind | None]] = {
    "drop": (Kind.DROP_DATASET, Kind.DROP_COLUMN),
    "rename": (Kind.RENAME_DATASET, Kind.RENAME_COLUMN),
    "retype": (None, Kind.RETYPE_COLUMN),
    "null": (None, Kind.NULL_COLUMN),
    "redefine": (None, Kind.REDEFINE_COLUMN),
    "erase": (None, Kind.ERASE_SUBJECT),
    "revoke": (Kind.REVOKE_SOURCE, Kind.REVOKE_SOURCE),
}
TIMES = (("asOf", "As of"), ("recordedAt", "As was known on"))


class FormFault(Exception):
    """What of the form cannot be answered, in a sentence for whoever filled it in."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is filled in: a verb, columns, and the times."""

    verb: str
    columns: list[str]
    by: str
    depth: int
    times: dict[str, str]

    @property
    def column(self) -> str:
        return self.columns[0] if self.columns else ""


def read(request: HttpRequest) -> Form:
    """The form as it was sent; what no select offers counts as not chosen."""
    get = request.GET
    # The API's words for kinds will do, too.
    verb = get.get("change", "").partition("-")[0]
    known = dict((*OF_DATASET, *OF_JOB))
    word = get.get("depth", "")
    return Form(
        verb if verb in known else "",
        [one for one in dict.fromkeys(get.getlist("column")) if one],
        get.get("by", ""),
        int(word) if word in map(str, DEPTHS) else MAX_HOPS,
        {name: get[name] for name, _ in TIMES if get.get(name)},
    )


def demand_columns(form: Form, dataset: Dataset, reader: Reader) -> None:
    """Raises Http404 for a column that there is not, as far as the reader knows."""
    asked = {Column(dataset.pk, one) for one in form.columns}
    if any("\0" in one for one in form.columns):
        raise Http404
    if asked and asked != columns.known(asked, veil=reader.veil):
        raise Http404


def answer(
    form: Form, start: Dataset | Job, reader: Reader
) -> tuple[Impact, Question | None]:
    """What the form asks, and the question if it names a change. Raises FormFault."""
    cut = _cut(form)
    if form.verb:
        changes = [_change(form, start, reader, cut)]
        recorded_at = cut.recorded_at or timezone.now()
        question = Question(changes, cut, recorded_at, max_hops=form.depth)
        return question.answer(reader), question
    if form.column and isinstance(start, Dataset):
        found = of_column(start, form.column, reader, max_hops=form.depth, cut=cut)
    else:
        found = of_asset(start, reader, max_hops=form.depth, cut=cut)
    return found, None


def _change(form: Form, start: Dataset | Job, reader: Reader, cut: Cut) -> Change:
    if isinstance(start, Job):
        if form.verb == "stop":
            return Change(Kind.STOP_JOB, (Start(start),))
        if form.verb == "delay":
            return Change(Kind.DELAY_JOB, (Start(start),), by=_delay(form))
        raise FormFault("A job can be stopped, or run late.")
    kind = KINDS.get(form.verb, (None, None))[bool(form.columns)]
    if kind is Kind.REVOKE_SOURCE:
        try:
            return revocation(start.namespace.name, reader, cut)
        except NothingSuch:
            raise FormFault("Nothing of this source was known by then.") from None
    if kind is None:
        raise FormFault("Choose a column that this is done to.")
    if kind is Kind.ERASE_SUBJECT:
        return Change(kind, tuple(Start(start, one) for one in form.columns))
    return Change(kind, (Start(start, form.column),))


def _delay(form: Form) -> timedelta:
    by = duration(form.by)
    if not by:
        raise FormFault("Say how late, such as 3 h, 45 min or 2 d.")
    return by


def _cut(form: Form) -> Cut:
    return Cut(_moment(form, "asOf"), _moment(form, "recordedAt"))


def _moment(form: Form, name: str) -> datetime | None:
    text = form.times.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(LOST_PLUS.sub("+", text))
        zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FormFault("A time reads 2026-05-04 03:02, in UTC.") from None


def context(form: Form, start: Dataset | Job) -> dict[str, Any]:
    """What the form shows of itself."""
    return {
        "form": form,
        "column": form.column,
        "verbs": OF_JOB if isinstance(start, Job) else OF_DATASET,
        "times": [(name, label, form.times.get(name, "")) for name, label in TIMES],
        "depth": form.depth,
        "depths": DEPTHS,
        "max_depth": MAX_HOPS,
    }
