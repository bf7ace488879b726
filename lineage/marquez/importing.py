"""How does everything of a Marquez database go through the door?

Twice is as good as once: what is known already is passed over, and so an import that
broke off is simply begun again.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, LiteralString, TypeVar

import msgspec
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from lineage import openlineage
from lineage.applying import is_passing
from lineage.batches import STORED, Outcome, refusal
from lineage.conformance import Refused
from lineage.ingest import ingest
from lineage.marquez import known, queries
from lineage.marquez.database import Marquez
from lineage.marquez.report import Finding, Report
from lineage.marquez.rows import DatasetRow, JobRow, RunRow
from lineage.marquez.synthesis import Synthesis
from lineage.models import Event
from policies import audit

BATCH_BYTES = 8 * 2**20
TRIES = 5
PAUSE_SECONDS = 1.0
LOOKED_UP = 200  # rows at once

Row = TypeVar("Row")
Sent = tuple[str, bytes]  # place, event
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows become events; `known` says of which one has told already."""

    name: str
    query: LiteralString
    shape: type[Any]
    make: Callable[[Synthesis, Any], list[bytes]]
    known: Callable[[Sequence[Any]], list[bool]] = known.none


# What says most comes first: of what it names nothing has to be made up.
TABLES = (
    Table("runs", queries.RUNS, RunRow, Synthesis.of_run),
    Table(
        "dataset_versions", queries.DATASET_VERSIONS, DatasetRow, Synthesis.of_dataset
    ),
    Table("job_versions", queries.JOB_VERSIONS, JobRow, Synthesis.of_job),
    Table(
        "datasets",
        queries.DATASETS_WITHOUT_VERSION,
        DatasetRow,
        Synthesis.of_dataset,
        known.datasets,
    ),
    Table("jobs", queries.JOBS_WITHOUT_VERSION, JobRow, Synthesis.of_job, known.jobs),
    Table(
        "dataset_symlinks",
        queries.SYMLINKS,
        DatasetRow,
        Synthesis.of_dataset,
        known.aliases,
    ),
)


@dataclass(frozen=True, slots=True)
class Import:
    """One import from one database, or with `is_trial` a look at what it would do."""

    marquez: Marquez
    report: Report
    since: datetime | None
    is_trial: bool
    progress: Progress

    def take_events(self) -> None:
        """What producers sent, as Marquez kept it."""
        self._take("lineage_events", self._stored_events())

    def take_rows(self) -> None:
        """What only the other tables hold: never sent as events, or purged since."""
        for table in TABLES:
            self._take(table.name, self._made(table))

    def record(self) -> None:
        """Note in the journal that it was done, from where, and how much was new."""
        if self.is_trial:
            return
        counts = {what: tally.new for what, tally in self.report.tallies.items()}
        target = audit.Target("lineage.marquez", (self.marquez.place,))
        with transaction.atomic():
            audit.record(
                audit.Act.MARQUEZ_IMPORTED,
                target,
                actor=None,
                changes={**counts, "refused": self.report.refused},
            )

    def tell_of_what_stays(self) -> None:
        """What Headwater has no place for."""
        for place, what, code, reason in self.marquez.stream(queries.LEFT_BEHIND):
            self.part(what, place, code, reason)

    def read(
        self, what: str, query: LiteralString, shape: type[Row]
    ) -> Iterator[tuple[str, Row]]:
        """The rows of a query that have the shape they should; others are reported."""
        tally = self.report.tally(what)
        for place, text in self.marquez.stream(query, since=self.since):
            tally.read += 1
            self.progress(what, 1)
            try:
                yield place, msgspec.json.decode(text or "null", type=shape)
            except (ValueError, RecursionError) as error:
                self.refuse(
                    what, place, "row_shape", f"The row cannot be read: {error}"
                )

    def refuse(self, what: str, place: str, code: str, reason: str) -> None:
        self.report.add(Finding("refused", what, place, code, reason))

    def part(self, what: str, place: str, code: str, reason: str) -> None:
        self.report.add(Finding("partial", what, place, code, reason))

    def _stored_events(self) -> Iterator[Sent]:
        tally = self.report.tally("lineage_events")
        for place, text in self.marquez.stream(queries.EVENTS, since=self.since):
            tally.read += 1
            self.progress("lineage_events", 1)
            yield place, (text or "null").encode()

    def _made(self, table: Table) -> Iterator[Sent]:
        """The events that say what the rows of a table say."""
        rows = self.read(table.name, table.query, table.shape)
        for chunk in _chunks(rows, LOOKED_UP):
            told = table.known([row for _, row in chunk])
            for (place, row), is_known in zip(chunk, told, strict=True):
                if is_known:
                    self.report.tally(table.name).known += 1
                else:
                    yield from self._events_of(table, place, row)

    def _events_of(self, table: Table, place: str, row: Any) -> Iterator[Sent]:
        synthesis = Synthesis()
        try:
            events = table.make(synthesis, row)
        except (ValueError, TypeError, RecursionError) as error:
            self.refuse(table.name, place, "no_event", f"No event can say it: {error}")
            return
        for lost in synthesis.lost:
            self.part(table.name, place, lost.code, lost.reason)
        for event in events:
            yield place, event

    def _take(self, what: str, events: Iterable[Sent]) -> None:
        """Send events through the door, a transaction's worth at a time."""
        for chunk in _chunks(events, settings.HEADWATER_INGEST_BATCH, _size_bytes):
            self._take_batch(what, chunk)

    def _take_batch(self, what: str, batch: list[Sent]) -> None:
        tally = self.report.tally(what)
        bodies = [body for _, body in batch]
        digests = [sha256(body).digest() for body in bodies]
        stored = _stored(digests)
        outcomes = _judged(bodies) if self.is_trial else _ingested(bodies)
        for (place, _), digest, outcome in zip(batch, digests, outcomes, strict=True):
            if outcome.status != STORED.status:
                finding = Finding(
                    "refused",
                    what,
                    place,
                    outcome.code,
                    outcome.reason,
                    outcome.pointer,
                )
                self.report.add(finding)
            elif digest in stored:
                tally.known += 1
            else:
                tally.new += 1
                stored.add(digest)
        if not self.is_trial:
            self._tell_of_unapplied(what, batch, digests)

    def _tell_of_unapplied(
        self, what: str, batch: list[Sent], digests: list[bytes]
    ) -> None:
        failed = dict(
            Event.objects.not_applied()
            .filter(digest__in=digests)
            .values_list("digest", "error")
        )
        errors = {bytes(digest): error for digest, error in failed.items()}
        for (place, _), digest in zip(batch, digests, strict=True):
            if digest in errors:
                reason = f"Stored, but not applied: {errors[digest]}"
                self.part(what, place, "not_applied", reason)


def _size_bytes(sent: Sent) -> int:
    return len(sent[1])


def _chunks[T](
    items: Iterable[T], most: int, size_bytes: Callable[[T], int] = lambda _: 0
) -> Iterator[list[T]]:
    """Lists of at most `most` items, and of little more than BATCH_BYTES."""
    chunk: list[T] = []
    size = 0
    for item in items:
        chunk.append(item)
        size += size_bytes(item)
        if len(chunk) >= most or size >= BATCH_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _stored(digests: Iterable[bytes]) -> set[bytes]:
    found = Event.objects.filter(digest__in=list(digests))
    return {bytes(digest) for digest in found.values_list("digest", flat=True)}


def _judged(bodies: Iterable[bytes]) -> list[Outcome]:
    """What the door would say."""
    outcomes = []
    for body in bodies:
        try:
            openlineage.parse(body)
            outcomes.append(STORED)
        except Refused as refused:
            outcomes.append(refusal(refused))
    return outcomes


def _ingested(bodies: list[bytes]) -> list[Outcome]:
    """Take events in; a database that is busy with other writers is asked again."""
    for attempt in range(1, TRIES + 1):
        try:
            return ingest(bodies)
        except DatabaseError as error:
            if attempt == TRIES or not is_passing(error):
                raise
            connection.close()
            time.sleep(PAUSE_SECONDS * attempt)
    raise AssertionError("the last attempt answers or raises")
