"""What does the journal hold of who did what, to what, and when? Newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan

from policies.audit import Act, Target, canonical
from policies.models.journal import JournalEntry

BATCH = 1000

# The index of what strangers did is over this very text: no reason and no name can hold
# it, since quotes within them are escaped.
ANONYMOUS = b'"actor_kind":"anonymous"'


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries are asked for; what is left empty leaves all.

    `by` is "system" or "anonymous"; `actor` the public id of a principal. With
    `targets`, acts on one of these alone; with `kind`, on any of that kind. `act` is
    one act, or the noun of several. `since` is included, `before` is not.
    """

    act: str = ""
    by: str = ""
    actor: UUID | None = None
    kind: str = ""
    targets: frozenset[Target] | None = None
    since: datetime | None = None
    before: datetime | None = None
    request_id: str = ""
    acts: frozenset[str] | None = None

    @property
    def is_everything(self) -> bool:
        return self == Sought()


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the journal: what comes after it is older."""

    recorded_at: datetime
    id: UUID

    @classmethod
    def of(cls, entry: JournalEntry) -> "Cursor":
        return cls(entry.recorded_at, entry.id)

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read what `str` wrote. Raises ValueError."""
        when, _, which = text.partition("_")
        recorded_at = datetime.fromisoformat(when.replace(" ", "+"))
        if recorded_at.tzinfo is None:
            raise ValueError(f"{text} lacks its zone")
        return cls(recorded_at, UUID(which))

    def __str__(self) -> str:
        return f"{self.recorded_at.isoformat()}_{self.id}"


def nouns() -> dict[str, list[Act]]:
    """What can stand in the journal, by what it is about."""
    found: dict[str, list[Act]] = {}
    for act in Act:
        found.setdefault(act.partition(".")[0], []).append(act)
    return found


def entries(sought: Sought) -> QuerySet[JournalEntry]:
    """The entries that are asked for, the latest first."""
    found = JournalEntry.objects.order_by("-recorded_at", "-id")
    if sought.act:
        found = found.filter(act__in=nouns().get(sought.act, [sought.act]))
    if sought.acts is not None:
        found = found.filter(act__in=sought.acts)
    if sought.actor:
        found = found.filter(actor=sought.actor)
    if sought.by:
        strangers = _by_strangers() if sought.by == "anonymous" else ~_by_strangers()
        found = found.filter(strangers, actor=None)
    if sought.kind:
        found = found.filter(target_kind=sought.kind)
    if sought.targets is not None:
        found = found.filter(_on(sought.targets))
    if sought.since:
        found = found.filter(recorded_at__gte=sought.since)
    if sought.before:
        found = found.filter(recorded_at__lt=sought.before)
    if sought.request_id:
        found = found.filter(request_id=sought.request_id)
    return found


def part(sought: Sought, after: Cursor | None, size: int) -> list[JournalEntry]:
    """So many of the entries that are asked for, from the first one after a place.

    The cost does not grow with how far back that is.
    """
    found = entries(sought)
    if after is not None:
        # The first condition is implied: it bounds the index, and the months to read.
        found = found.filter(recorded_at__lte=after.recorded_at).filter(
            Q(recorded_at__lt=after.recorded_at) | Q(id__lt=after.id)
        )
    return list(found[:size])


def batches(sought: Sought, size: int = BATCH) -> Iterator[list[JournalEntry]]:
    """All entries that are asked for, some at a time: memory stays flat."""
    after = None
    while rows := part(sought, after, size):
        yield rows
        if len(rows) < size:
            return
        after = Cursor.of(rows[-1])


def _by_strangers() -> Q:
    found = Func(
        Value(ANONYMOUS),
        F("body"),
        template="position(%(expressions)s)",
        arg_joiner=" IN ",
        output_field=IntegerField(),
    )
    return Q(GreaterThan(found, Value(0)))


def _on(targets: frozenset[Target]) -> Q:
    keys: dict[str, list[str]] = {}
    for target in targets:
        keys.setdefault(target.kind, []).append(canonical(target.key).decode())
    parts = [Q(target_kind=k, target_key__in=sorted(v)) for k, v in keys.items()]
    return reduce(or_, parts, Q(pk__in=[]))
