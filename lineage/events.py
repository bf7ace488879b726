"""Which events may somebody read, and what was sent with them?"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q

from catalog.models import Dataset, Job
from lineage import bodies
from lineage.models import Event, IOEvidence, RawEvent
from lineage.models.events import EventQuerySet
from policies.access import Someone, permitted
from policies.actions import Action

# Bodies are opened in portions of about this size, so that memory stays flat.
PORTION_BYTES = 8 * 2**20

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def readable(principal: Someone, action: Action) -> EventQuerySet:
    """The events on which `principal` may do `action`.

    An event tells of its job, or its dataset, and of all that it reads and writes: it
    takes the right on each of them. What was not applied may have none of these yet,
    and takes the right on everything.
    """
    if not (permitted(principal, action, Job) or permitted(principal, action, Dataset)):
        return Event.objects.all()
    jobs: Any = Job.objects.permitted(principal, action).values("pk")
    datasets: Any = Dataset.objects.permitted(principal, action).values("pk")
    hidden = IOEvidence.objects.filter(event=OuterRef("pk")).exclude(
        dataset__in=datasets
    )
    return Event.objects.filter(
        Q(job__in=jobs) | Q(job=None, dataset__in=datasets), ~Exists(hidden)
    )


def open_bodies(events: Iterable[Event]) -> Iterator[bytes]:
    """The exact text of each event, without a byte order mark, in the same order.

    One query for each `PORTION_BYTES`. Raises bodies.BodyLost.
    """
    portion: list[Event] = []
    size = 0
    for event in events:
        if portion and size + event.size_bytes > PORTION_BYTES:
            yield from _open(portion)
            portion, size = [], 0
        portion.append(event)
        size += event.size_bytes
    yield from _open(portion)


def _open(events: list[Event]) -> Iterator[bytes]:
    if not events:
        return
    rows = RawEvent.objects.filter(
        recorded_at__in={event.recorded_at for event in events},
        event_id__in=[event.pk for event in events],
    )
    sealed = {row.event_id: bytes(row.body) for row in rows}
    for event in events:
        digest = bytes(event.digest)
        if event.pk not in sealed:
            raise bodies.BodyLost(f"Event {digest.hex()} has no body.")
        yield bodies.unseal(sealed[event.pk], digest).removeprefix(_BYTE_ORDER_MARK)
