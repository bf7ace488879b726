"""How does an event that was let in at the door become durable, and then visible?

`offer` is for requests: a bounded queue and one thread a process, which commits what
has gathered in one transaction and answers everyone who waits. `ingest` is for files,
replays and tests: in the caller's own thread.
"""

import logging
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection

from lineage import openlineage
from lineage.applying import is_passing
from lineage.batches import STORED, Offer, Outcome, commit, refusal
from lineage.conformance import Refused
from lineage.writing import chunks
from policies.signing_in.credentials import Credential

logger = logging.getLogger(__name__)

# Clients give up after five seconds; they shall hear a 503 before. What is committed
# after all is known when they send it again.
WAIT_SECONDS = 2.5
HANGING_WAIT_SECONDS = 0.3
RETRY_SECONDS = 0.05
# Who was answered sends again almost at once, one after another as the interpreter gets
# to them. A batch waits for as many as were answered or waiting before it, while they
# keep coming: most of what a commit costs is the same for one event and for many. A
# lone producer is never kept waiting.
PAUSE_SECONDS = 0.003  # between two of them; after a longer one nobody is expected
GATHER_SECONDS = 0.03  # in all
BATCH_BYTES = 8 * 2**20


class Overloaded(Exception):
    """Nothing was promised: the queue is full, or the database is away or too slow."""


def ingest(
    events: Iterable[bytes], *, credential: Credential | None = None
) -> list[Outcome]:
    """Take events in, in this thread and on its connection; one outcome for each."""
    outcomes: list[Outcome] = []
    offers: list[Offer] = []
    places: list[int] = []
    for body in events:
        try:
            offers.append(Offer(body, openlineage.parse(body), credential))
            places.append(len(outcomes))
            outcomes.append(STORED)
        except Refused as refused:
            outcomes.append(refusal(refused))
    for start, part in enumerate(chunks(offers, settings.HEADWATER_INGEST_BATCH)):
        for index, outcome in enumerate(commit(part)):
            outcomes[places[start * settings.HEADWATER_INGEST_BATCH + index]] = outcome
    return outcomes


def offer(offers: Sequence[Offer]) -> list[Outcome]:
    """Have events committed together with whatever else is waiting; one outcome each.

    Returns when they are durable. Raises Overloaded if that could not be had in time:
    then they may be durable all the same, and sending them again does no harm.
    """
    tickets = [_Ticket(part) for part in _parts(offers)]
    for ticket in tickets:
        _committer.take(ticket)
    return [
        outcome
        for ticket in tickets
        for outcome in ticket.wait(_committer.patience_seconds())
    ]


def _parts(offers: Sequence[Offer]) -> Iterator[list[Offer]]:
    """Cut one request's events into what one transaction may hold."""
    part: list[Offer] = []
    size = 0
    for one in offers:
        if part and (
            len(part) >= settings.HEADWATER_INGEST_BATCH
            or size + len(one.body) > BATCH_BYTES
        ):
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one.body)
    if part:
        yield part


@dataclass(eq=False, slots=True)
class _Ticket:
    """Some events of one request, waiting for their commit."""

    offers: Sequence[Offer]
    arrived: float = field(default_factory=time.monotonic)
    future: Future[list[Outcome]] = field(default_factory=Future)

    @property
    def size_bytes(self) -> int:
        return sum(len(one.body) for one in self.offers)

    def wait(self, patience_seconds: float) -> list[Outcome]:
        try:
            return self.future.result(timeout=patience_seconds)
        except Late as late:
            self.future.cancel()  # if the committer has not begun with it, it will not
            raise Overloaded from late


class _Committer:
    """The one thread of this process that commits what requests offer.

    It starts with the first offer: a server that forks has one in each process.
    """

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[_Ticket] = queue.SimpleQueue()
        self.events = 0  # waiting or being committed
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.expected = 1  # tickets of the next batch
        self.begun: float | None = None  # monotonic time, while a batch is committed

    def take(self, ticket: _Ticket) -> None:
        with self.lock:
            if self.events and (
                self.events + len(ticket.offers) > settings.HEADWATER_INGEST_QUEUE
            ):
                raise Overloaded
            self.events += len(ticket.offers)
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(
                    target=self._run, name="committer", daemon=True
                )
                self.thread.start()
        self.waiting.put(ticket)

    def patience_seconds(self) -> float:
        """How long to wait for a commit: little where others have waited in vain.

        Whoever waits keeps a thread from the next, who would wait in turn.
        """
        begun = self.begun
        if begun is not None and time.monotonic() - begun > WAIT_SECONDS:
            return HANGING_WAIT_SECONDS
        return WAIT_SECONDS

    def _run(self) -> None:
        held: _Ticket | None = None
        while True:
            batch, held = self._gather(held or self.waiting.get())
            started = [t for t in batch if t.future.set_running_or_notify_cancel()]
            self.begun = time.monotonic()
            try:
                if started:
                    self._commit(started)
            finally:
                self.begun = None
                self.expected = len(batch) + self.waiting.qsize()
                with self.lock:
                    self.events -= sum(len(ticket.offers) for ticket in batch)

    def _gather(self, first: _Ticket) -> tuple[list[_Ticket], _Ticket | None]:
        """All that gathers, up to a batch; and the one that was too much."""
        batch, events, size = [first], len(first.offers), first.size_bytes
        deadline = time.monotonic() + GATHER_SECONDS
        while True:
            try:
                ticket = self._next(len(batch), deadline)
            except queue.Empty:
                return batch, None
            events += len(ticket.offers)
            size += ticket.size_bytes
            if events > settings.HEADWATER_INGEST_BATCH or size > BATCH_BYTES:
                return batch, ticket
            batch.append(ticket)

    def _next(self, gathered: int, deadline: float) -> _Ticket:
        patience = min(PAUSE_SECONDS, deadline - time.monotonic())
        if gathered >= self.expected or patience <= 0:
            return self.waiting.get_nowait()
        return self.waiting.get(timeout=patience)

    def _commit(self, tickets: list[_Ticket]) -> None:
        deadline = min(ticket.arrived for ticket in tickets) + WAIT_SECONDS
        while True:
            try:
                outcomes = iter(commit([o for t in tickets for o in t.offers]))
            except Exception as error:
                # Nothing of a transaction that broke off may reach into the next one.
                connection.close()
                if is_passing(error) and time.monotonic() < deadline:
                    logger.warning("A batch is committed again: %s", error)
                    time.sleep(RETRY_SECONDS)
                    continue
                self._give_up(tickets, error)
            else:
                for ticket in tickets:
                    ticket.future.set_result([next(outcomes) for _ in ticket.offers])
            return

    def _give_up(self, tickets: list[_Ticket], error: Exception) -> None:
        """Promise nothing; but nobody's events shall suffer from another's fault."""
        if not is_passing(error):
            logger.error("A batch could not be written", exc_info=error)
            if len(tickets) > 1:
                for ticket in tickets:
                    self._commit([ticket])
                return
        connection.close()
        for ticket in tickets:
            ticket.future.set_exception(Overloaded())


_committer = _Committer()


__all__ = ["STORED", "Offer", "Outcome", "Overloaded", "ingest", "offer"]
