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

from catalog.curation.effects import Effect, Foreseen, Outcome, foresee
from catalog.curation.effects import Saying as Saying
from catalog.models import (
    Change,
    Declared,
    Description,
    Ownership,
    Proposal,
    ProposalVerdict,
    TagAssignment,
)
from policies import audit
from policies.access import Someone
from policies.models import Principal

# Taken by every curated change; its own, since nothing projected is written under it.
CHANGING = 0x48_57_43
LOCK = "SELECT pg_advisory_xact_lock(%s)"
STAMP = """
SELECT greatest(clock_timestamp(), max(recorded_at) + interval '1 microsecond')
FROM catalog_change"""
# What settles a proposal, or opens it again.
SETTLING = (Ownership, TagAssignment, Description, ProposalVerdict)


@dataclass
class Changing:
    """A change while it is made. It exists from the first row on that it touches."""

    actor: Someone | None
    via: Change.Via
    reason: str
    at: datetime
    undoes: Change | None = None
    is_rehearsal: bool = False
    made: Change | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    entries: list[audit.Entry] = field(default_factory=list)
    # Raw datasets and jobs about which proposals may be pending no more, or again.
    datasets: set[int] = field(default_factory=set)
    jobs: set[int] = field(default_factory=set)

    @property
    def change(self) -> Change:
        if self.made is None:
            self.made = Change.objects.create(
                via=self.via,
                # Whoever has no account stands in the journal as such.
                actor=self.actor if isinstance(self.actor, Principal) else None,
                reason=self.reason,
                undoes=self.undoes,
                recorded_at=self.at,
                summary="",
                statement_count=0,
            )
        return self.made

    def say(self, sayings: Iterable[Saying]) -> Foreseen:
        """Make and take back statements; tell what became of each.

        What is said already stays as it is. Of two sayings about one place the last
        counts. The number of queries follows the number of kinds.
        """
        found = foresee(list(sayings))
        if not self.is_rehearsal:
            for kind in {effect.kind.name: effect.kind for effect in found.effects}:
                self._do([each for each in found.effects if each.kind.name == kind])
        return found

    def open(self, rows: Sequence[Declared], what: str, done: str) -> None:
        """Put new dated rows in force."""
        for row in rows:
            row.recorded_from, row.opened_in = self.at, self.change
        if rows:
            type(rows[0])._default_manager.bulk_create(rows, batch_size=1000)
            self._count(rows, what, done)

    def close(self, rows: Sequence[Declared], what: str, done: str) -> None:
        """End the range of standing rows."""
        for row in rows:
            row.recorded_to, row.closed_in = self.at, self.change
        if rows:
            type(rows[0])._default_manager.filter(
                pk__among=[row.pk for row in rows], recorded_to=None
            ).update(recorded_to=self.at, closed_in=self.change)
            self._count(rows, what, done)

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
        Proposal.objects.settle(self.datasets, self.jobs)
        audit.record_many(self.entries, actor=self.actor, reason=self.reason or None)

    def _count(self, rows: Sequence[Declared], what: str, done: str) -> None:
        self.counts[(what, done)] += len(rows)
        for row in rows:
            if isinstance(row, SETTLING):
                self.datasets |= {row.dataset_id} if row.dataset_id else set()
                self.jobs |= {row.job_id} if row.job_id else set()

    def _do(self, effects: list[Effect]) -> None:
        """Bring about what was foreseen of one kind."""
        label = effects[0].kind.label
        for outcome, done in (
            (Outcome.REMOVED, "removed"),
            (Outcome.REPLACED, "replaced"),
        ):
            ending = [e.ending for e in effects if e.outcome is outcome]
            self.close([row for rows in ending for row in rows], label, done)
        opening = [each.after for each in effects if each.after is not None]
        self.open(opening, label, "set")
        for each in effects:
            if each.outcome is not Outcome.UNCHANGED:
                self._note(each)

    def _note(self, effect: Effect) -> None:
        kind, subject = effect.kind, effect.subject
        was = kind.trace(effect.ending[0]) if effect.ending else None
        said = effect.after or effect.staying
        now = kind.trace(said) if said is not None else None
        where = {"column": subject.column} if subject.column else {}
        act = kind.ended if said is None else kind.made
        self.journal(act, subject.target, **where, **{kind.name: [was, now]})


@contextmanager
def changing(
    *,
    actor: Someone | None,
    via: Change.Via,
    reason: str = "",
    undoes: Change | None = None,
) -> Iterator[Changing]:
    """Make one change, in one transaction; nothing touched leaves no change."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [CHANGING])
        making = Changing(actor, via, reason, _next_moment(), undoes)
        yield making
        making.finish()


@contextmanager
def rehearsing(*, actor: Someone | None, via: Change.Via) -> Iterator[Changing]:
    """Find out what a change would do: whatever it does is rolled back at the end.

    Statements are only reckoned, so that nobody waits for it; they are not there to be
    read within.
    """
    with transaction.atomic():
        yield Changing(actor, via, "", _next_moment(), is_rehearsal=True)
        transaction.set_rollback(True)


def _next_moment() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(STAMP)
        at: datetime
        [at] = cursor.fetchone()
    return at


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
