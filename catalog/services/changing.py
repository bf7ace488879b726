"""How is something said of assets, or taken back, so that it can be undone?

One Change after another: a lock of its own makes recorded order commit order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from catalog.curation.kinds import Kind
from catalog.curation.subjects import Subject
from catalog.models import Change, Declared, OnAsset
from policies import audit
from policies.models import Principal

# Taken by every curated change; its own, since nothing projected is written under it.
CHANGING = 0x48_57_43
LOCK = "SELECT pg_advisory_xact_lock(%s)"
STAMP = """
SELECT greatest(clock_timestamp(), max(recorded_at) + interval '1 microsecond')
FROM catalog_change"""


@dataclass(frozen=True, slots=True)
class Saying:
    """A statement to make, with `fields` of its kind; None takes it back.

    Taking back without `identity` takes back all of the kind about the subject.
    """

    kind: Kind
    subject: Subject
    fields: dict[str, Any] | None
    identity: tuple[Any, ...] | None = None


@dataclass
class Changing:
    """A change while it is made. It exists from the first row on that it touches."""

    actor: Principal | None
    via: Change.Via
    reason: str
    at: datetime
    undoes: Change | None = None
    made: Change | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    entries: list[audit.Entry] = field(default_factory=list)

    @property
    def change(self) -> Change:
        if self.made is None:
            self.made = Change.objects.create(
                via=self.via,
                actor=self.actor,
                reason=self.reason,
                undoes=self.undoes,
                recorded_at=self.at,
                summary="",
                statement_count=0,
            )
        return self.made

    def say(self, sayings: Iterable[Saying]) -> int:
        """Make and take back statements; how many rows that touched.

        What is said already stays as it is. Of two sayings of one identity the last
        counts. The number of queries follows the number of kinds.
        """
        groups: dict[str, list[Saying]] = defaultdict(list)
        for saying in sayings:
            groups[saying.kind.name].append(saying)
        return sum(self._say_kind(group[0].kind, group) for group in groups.values())

    def open(self, rows: Sequence[Declared], what: str, done: str) -> None:
        """Put new dated rows in force."""
        for row in rows:
            row.recorded_from, row.opened_in = self.at, self.change
        if rows:
            type(rows[0])._default_manager.bulk_create(rows, batch_size=1000)
            self.counts[(what, done)] += len(rows)

    def close(self, rows: Sequence[Declared], what: str, done: str) -> None:
        """End the range of standing rows."""
        for row in rows:
            row.recorded_to, row.closed_in = self.at, self.change
        if rows:
            type(rows[0])._default_manager.filter(
                pk__among=[row.pk for row in rows], recorded_to=None
            ).update(recorded_to=self.at, closed_in=self.change)
            self.counts[(what, done)] += len(rows)

    def journal(self, act: audit.Act, target: Any, **changes: Any) -> None:
        """Note an act; all of them are recorded at the end, with the change's id."""
        facts = {"change": self.change.public_id, **changes}
        self.entries.append(audit.Entry(act, target, facts))

    def finish(self) -> None:
        """Say what was done, in the change and in the journal."""
        if self.made is None:
            return
        self.made.summary = summary_of(self.counts)
        self.made.statement_count = sum(self.counts.values())
        self.made.save(update_fields=["summary", "statement_count"])
        audit.record_many(self.entries, actor=self.actor, reason=self.reason or None)

    def _say_kind(self, kind: Kind, sayings: list[Saying]) -> int:
        subjects = {saying.subject.key: saying.subject for saying in sayings}
        standing = self._standing(kind, subjects)
        wanted: dict[tuple[Any, ...], dict[str, Any] | None] = {}
        for saying in sayings:
            key = saying.subject.key
            if saying.fields is not None:
                wanted[(key, kind.identity_of(saying.fields))] = saying.fields
            elif saying.identity is not None:
                wanted[(key, saying.identity)] = None
            else:
                wanted |= {each: None for each in standing if each[0] == key}
                wanted |= {each: None for each in wanted if each[0] == key}
        ending: list[OnAsset] = []
        replaced: list[OnAsset] = []
        opening: list[OnAsset] = []
        for (key, identity), fields in wanted.items():
            before = standing.get((key, identity), [])
            if fields is not None and any(_says(row, fields) for row in before):
                continue
            if fields is None and not before:
                continue
            after = None
            if fields is not None:
                after = kind.model(**subjects[key].keys, **fields)
                opening.append(after)
            (ending if after is None else replaced).extend(before)
            self._note(kind, subjects[key], before, after)
        self.close(ending, kind.label, "removed")
        self.close(replaced, kind.label, "replaced")
        self.open(opening, kind.label, "set")
        return len(ending) + len(replaced) + len(opening)

    def _standing(
        self, kind: Kind, subjects: dict[tuple[str, int, str], Subject]
    ) -> dict[tuple[Any, ...], list[OnAsset]]:
        """What stands about the subjects, by subject and identity."""
        found: dict[tuple[Any, ...], list[OnAsset]] = defaultdict(list)
        for subject_kind in {key[0] for key in subjects}:
            is_dataset = subject_kind == "dataset"
            lookup = "dataset__canonical" if is_dataset else subject_kind
            ids = list({key[1] for key in subjects if key[0] == subject_kind})
            rows = kind.model._default_manager.filter(
                recorded_to=None, **kind.fixed, **{f"{lookup}__among": ids}
            ).select_related(*_related(kind.model))
            for row in rows:
                pk = getattr(row, f"{subject_kind}_id")
                if row.dataset is not None:
                    pk = row.dataset.canonical_id
                key = (subject_kind, pk, row.column)
                if key in subjects:
                    found[(key, kind.identity_of(row))].append(row)
        return found

    def _note(
        self,
        kind: Kind,
        subject: Subject,
        before: list[OnAsset],
        after: OnAsset | None,
    ) -> None:
        was = kind.trace(before[0]) if before else None
        now = kind.trace(after) if after is not None else None
        where = {"column": subject.column} if subject.column else {}
        act = kind.ended if after is None else kind.made
        self.journal(act, subject.target, **where, **{kind.name: [was, now]})


@contextmanager
def changing(
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
    undoes: Change | None = None,
) -> Iterator[Changing]:
    """Make one change, in one transaction; nothing touched leaves no change."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [CHANGING])
            cursor.execute(STAMP)
            [at] = cursor.fetchone()
        making = Changing(actor, via, reason, at, undoes)
        yield making
        making.finish()


def say(
    sayings: Iterable[Saying],
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
) -> Change | None:
    """Make and take back statements as one change; None if all was so already."""
    with changing(actor=actor, via=via, reason=reason) as making:
        making.say(sayings)
    return making.made


def summary_of(counts: Counter[tuple[str, str]]) -> str:
    """What a change did, for people: `Tag: 3 set, 1 removed. Owner: 1 set.`"""
    done: dict[str, list[str]] = defaultdict(list)
    for (what, how), number in counts.items():
        done[what].append(f"{number} {how}")
    told = (f"{what}: {', '.join(parts)}." for what, parts in done.items())
    return " ".join(f"{each[0].upper()}{each[1:]}" for each in told)


def _says(row: OnAsset, fields: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in fields.items())


def _related(model: type[OnAsset]) -> list[str]:
    return [
        field.name
        for field in model._meta.fields
        if field.is_relation and field.name not in ("opened_in", "closed_in")
    ]
