"""How does one transaction write events: alone, whole, and in commit order?"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import OperationalError, connection, transaction
from psycopg.pq import TransactionStatus

from lineage.projection import PROJECTOR_VERSION
from lineage.projection.admission import Admitted, admit
from lineage.projection.facts import Facts
from lineage.projection.fold import Scope, fold
from lineage.projection.refolding import refold, settle_namespaces
from lineage.projection.registry import Names, Registry
from lineage.projection.rows import Session
from lineage.projection.work import Work

# Every process that writes evidence or folds holds it, whatever it writes.
WRITERS_LOCK = 0x4845_4144_5741_5452
LOCK_TIMEOUT_MILLISECONDS = 2000

# A server that was set to answer a COMMIT before it is on disk is asked to wait for it.
# Every statement goes by index, however many rows it is given, so none is planned
# twice: planning takes half of what the database does for a single event.
LOCK = """
SELECT set_config('lock_timeout', %s, true),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit')
         WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       pg_advisory_xact_lock(%s)
"""
# A statement of its own, so that its snapshot is from after the lock. By primary key.
STATE = """
SELECT greatest(clock_timestamp(), (
         SELECT recorded_at + interval '1 microsecond'
         FROM lineage_event ORDER BY id DESC LIMIT 1)),
       s.generation, s.mode
FROM (SELECT 1) AS one LEFT JOIN lineage_projectionstate s ON s.id = 1
"""
ADD_STATE = """
INSERT INTO lineage_projectionstate (id, generation, mode, projector)
VALUES (1, %s, 0, %s)
"""


class NotCommitted(OperationalError):
    """Whatever was written is not there; nothing may be promised."""


@dataclass(slots=True)
class Known:
    """What is remembered of committed identities and facts.

    It belongs to one connection and one `generation` of the database, and is forgotten
    with either: a server that comes back, or another one that takes over, may have lost
    commits, and then gives their ids to others.
    """

    generation: uuid.UUID | None = None
    names: Names = field(default_factory=Names)
    facts: Facts = field(default_factory=Facts)

    def of(self, generation: uuid.UUID) -> "Known":
        if self.generation != generation:
            self.generation = generation
            self.names, self.facts = Names(), Facts()
        return self


_known: WeakKeyDictionary[psycopg.Connection[Any], Known] = WeakKeyDictionary()


class Writer:
    """One transaction that holds the writer's lock."""

    def __init__(self, cursor: Session, recorded_at: datetime, known: Known, mode: int):
        self.cursor = cursor
        self.recorded_at = recorded_at  # of the next event; later than all before it
        self.known = known
        self.mode = mode
        self.learnt_names: list[Names] = []
        self.learnt_facts: list[Facts] = []

    def stamps(self, count: int) -> Iterator[datetime]:
        """Recorded times for `count` events, one microsecond apart."""
        first = self.recorded_at
        self.recorded_at = first + timedelta(microseconds=count)
        return (first + timedelta(microseconds=i) for i in range(count))

    def registry(self) -> Registry:
        """Names as this transaction sees them so far."""
        registry = Registry(self.cursor, self.known.names, self.recorded_at)
        for names in self.learnt_names:
            registry.own.absorb(names)
        return registry

    def project(self, admitted: list[Admitted]) -> None:
        """Write what events assert and merge it into the folds, all or nothing."""
        with self.cursor.savepoint():
            registry = self.registry()
            evidence, facts = admit(registry, admitted)
            work = Work(self.cursor, registry, self.known.facts, evidence)
            work.facts.update(facts)
            fold(work)
        self._learn(work)

    def refold(self, scope: Scope) -> None:
        """Make the folds of some entities anew from all of their evidence."""
        with self.cursor.savepoint():
            registry = self.registry()
            work = Work(self.cursor, registry, self.known.facts, [])
            refold(work, scope)
            settle_namespaces(work, scope)
        self._learn(work)

    def _learn(self, work: Work) -> None:
        self.learnt_names.append(work.registry.own)
        work.own.facets.update(work.facts)
        work.own.moments.update(work.moments)
        self.learnt_facts.append(work.own)

    def remember(self) -> None:
        """Keep what was learnt, for the next who writes with the same memory."""
        for names in self.learnt_names:
            self.known.names.absorb(names)
        for facts in self.learnt_facts:
            self.known.facts.absorb(facts)
        self.learnt_names, self.learnt_facts = [], []


def raw_cursor() -> psycopg.Cursor[Any]:
    """A cursor of this thread's connection that binds on the server."""
    return psycopg.Cursor(session().connection)


def session() -> Session:
    """This thread's connection; it prepares what is repeated."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    raw.prepare_threshold = 2
    return Session(raw)


@contextmanager
def writing() -> Iterator[Writer]:
    """Hold the writer's lock for one transaction.

    Raises django.db.OperationalError (55P03) if another holds it for two seconds, and
    NotCommitted if the transaction ended in any other way than it should.
    """
    if not connection.in_atomic_block and not connection.get_autocommit():
        # What broke off an earlier transaction left this one half closed: Django would
        # take it for one that somebody else commits.
        connection.close()
    with transaction.atomic():
        cursor = session()
        with connection.wrap_database_errors:
            _, [(now, generation, mode)] = cursor.fetch_all(
                (LOCK, (str(LOCK_TIMEOUT_MILLISECONDS), WRITERS_LOCK)), (STATE, ())
            )
            if generation is None:
                generation, mode = uuid.uuid4(), 0
                cursor.write(ADD_STATE, generation, PROJECTOR_VERSION)
            known = _known.setdefault(cursor.connection, Known())
            writer = Writer(cursor, now, known.of(generation), mode)
            yield writer
            cursor.flush()
            # PostgreSQL answers the COMMIT of a failed transaction with a rollback, and
            # calls that a success.
            _demand(cursor, TransactionStatus.INTRANS)
        transaction.on_commit(writer.remember)
    if not connection.in_atomic_block:
        _demand(cursor, TransactionStatus.IDLE)


def _demand(cursor: Session, status: TransactionStatus) -> None:
    found = cursor.connection.info.transaction_status
    if found != status:
        connection.close()
        raise NotCommitted(f"The transaction is {found.name}, not {status.name}.")


def chunks[T](items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """Cut a sequence into pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
