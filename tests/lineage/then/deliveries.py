"""How do a history's events and a steward's acts come in, and what counted after each?

A delivery is made of steps. Each is recorded at a time of its own, so that one may ask
what was known after any of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from catalog.models import Change, Dataset, Job
from lineage.graph.cut import Cut
from lineage.ingest import ingest
from lineage.manual import Drawn, End
from lineage.models import AliasRule, ManualEdge
from lineage.services.alias_rules import end_alias_rule, make_alias_rule
from lineage.services.manual import declare_edges, end_edges
from lineage.services.replays import reinstate_event, retract_event
from tests.lineage.projection.happenings import BEGINNING, DATA, JOBS, identity
from tests.lineage.projection.observed import WHY, name
from tests.lineage.projection.reference import Sent
from tests.lineage.projection.test_alias_rules import merge, split
from tests.lineage.projection.test_retraction import event_of
from tests.lineage.then.reference import Walks

CLOCK = """
SELECT greatest(clock_timestamp(), (
  SELECT recorded_at FROM lineage_event ORDER BY id DESC LIMIT 1
))
"""


class Act(NamedTuple):
    """What a steward does: the name of a function below, and what to."""

    verb: str
    what: tuple[bytes | str, ...]


Step = Sequence[bytes] | Act


def retract(event: bytes) -> Act:
    return Act("retract", (event,))


def reinstate(event: bytes) -> Act:
    return Act("reinstate", (event,))


def merged(one: str, other: str) -> Act:
    return Act("merge", (one, other))


def apart(one: str) -> Act:
    return Act("split", (one,))


def unruled() -> Act:
    """The oldest rule ends."""
    return Act("unrule", ())


def says(source: str, target: str) -> Act:
    """Somebody declares that data flows; ends are `d`, `d.x` or `job j`."""
    return Act("declare", (source, target))


def unsays(source: str, target: str) -> Act:
    return Act("end", (source, target))


@dataclass(frozen=True)
class Known:
    """What counts at a time: by what had been recorded until `until`."""

    until: datetime
    events: frozenset[bytes] = frozenset()
    merged: tuple[tuple[str, str], ...] = ()
    alone: frozenset[str] = frozenset()
    manual: frozenset[tuple[str, str]] = frozenset()

    def walks(self, as_of: float | None = None, also: Sequence[str] = ()) -> Walks:
        return Walks(
            [e for e in self.events if as_of is None or Sent(e).at <= as_of],
            self.merged,
            self.alone,
            self.manual,
            also,
        )


@dataclass
class Delivery:
    """What was known after each step."""

    known: list[Known] = field(default_factory=list)

    def cut(self, as_of: float | None, step: int | None) -> Cut:
        """Events of until a minute, and what was recorded until after a step."""
        at = None if as_of is None else BEGINNING + timedelta(minutes=as_of)
        return Cut(at, None if step is None else self.known[step].until)

    def walks(
        self, as_of: float | None, step: int | None, also: Sequence[str] = ()
    ) -> Walks:
        """What the rules say at the same cut."""
        return self.known[-1 if step is None else step].walks(as_of, also)


@contextmanager
def delivered(
    steps: Iterable[Step], after: Callable[[], None] = lambda: None
) -> Iterator[Delivery]:
    """Take steps into an empty catalog, for as long as the block lasts.

    `after` is called after each.
    """
    with transaction.atomic():
        told = Delivery()
        for step in steps:
            known = told.known[-1] if told.known else Known(clock())
            told.known.append(_take(known, step))
            after()
        yield told
        transaction.set_rollback(True)


def clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(CLOCK)
        now: datetime = cursor.fetchone()[0]
    return now


def _take(known: Known, step: Step) -> Known:
    if isinstance(step, Act):
        known = _do(known, step)
    else:
        assert {outcome.status for outcome in ingest(list(step))} == {201}
        known = replace(known, events=known.events | frozenset(step))
    return replace(known, until=clock())


def _do(known: Known, act: Act) -> Known:
    match act:
        case Act("retract", (bytes() as event,)):
            if event in known.events:
                retract_event(event_of(event), reason="test", actor=None)
            return replace(known, events=known.events - {event})
        case Act("reinstate", (bytes() as event,)):
            reinstate_event(event_of(event), reason="test", actor=None)
            return replace(known, events=known.events | {event})
        case Act("merge", (str() as one, str() as other)):
            make_alias_rule(merge(one, other), actor=None)
            return replace(known, merged=(*known.merged, (one, other)))
        case Act("split", (str() as one,)):
            make_alias_rule(split(one), actor=None)
            return replace(known, alone=known.alone | {one})
        case Act("unrule", ()):
            return _unrule(known)
        case Act("declare", (str() as source, str() as target)):
            _declare(_end(source), _end(target))
        case Act("end", (str() as source, str() as target)):
            rows = [row for row in _standing() if _spelled(row) == (source, target)]
            if rows:
                end_edges(rows, reason="test", actor=None, via=Change.Via.PAGE)
    return replace(known, manual=frozenset(map(_spelled, _standing())))


def _declare(source: End | None, target: End | None) -> None:
    """Declare what can be declared: of two different things that there are."""
    if source and target and _canonical(source) != _canonical(target):
        drawn = Drawn(source, target, "test")
        declare_edges([drawn], actor=None, via=Change.Via.PAGE)


def _unrule(known: Known) -> Known:
    rule = AliasRule.objects.current().order_by("pk").first()
    assert rule is not None
    end_alias_rule(rule, reason="test", actor=None)
    if rule.kind == AliasRule.Kind.MERGE:
        return replace(known, merged=known.merged[1:])
    alike = {"kind": rule.kind, "namespace": rule.namespace, "name": rule.name}
    if AliasRule.objects.current().filter(**alike).exists():
        return known
    home = "" if rule.namespace == DATA else f"{rule.namespace}|"
    return replace(known, alone=known.alone - {f"{home}{rule.name}"})


def _end(text: str) -> End | None:
    asset, _, column = text.partition(".")
    is_job = asset.startswith("job ")
    told = identity(asset.removeprefix("job "), JOBS if is_job else DATA)
    rows = (Job if is_job else Dataset).objects.unrestricted(WHY)
    row = rows.filter(namespace__name=told["namespace"], name=told["name"]).first()
    return None if row is None else End(row, column)


def _canonical(end: End) -> tuple[str, int]:
    row = end.row
    return end.kind, row.canonical_id if isinstance(row, Dataset) else row.pk


def _standing() -> list[ManualEdge]:
    return list(ManualEdge.objects.in_force().with_ends())


def _spelled(row: ManualEdge) -> tuple[str, str]:
    ends = []
    for dataset, job, column in (
        (row.source_dataset, row.source_job, row.source_field),
        (row.target_dataset, row.target_job, row.target_field),
    ):
        asset = name(dataset) if dataset else f"job {name(job)}" if job else ""
        ends.append(f"{asset}.{column}" if column else asset)
    return ends[0], ends[1]
