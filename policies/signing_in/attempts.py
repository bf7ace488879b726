"""How many attempts to get in failed, from where? Counted by source and minute."""

import ipaddress
import logging
import time
from collections import Counter
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Sum
from django.utils import timezone

from policies import audit
from policies.models.attempts import FailedAttempt

MAX_SOURCES = 256  # counted apart in one minute; the rest is counted as one
FLUSH_SECONDS = 1.0
ELSEWHERE = "elsewhere"

logger = logging.getLogger(__name__)


class Kind(StrEnum):
    """What was tried in vain."""

    TOKEN = "token"  # noqa: S105
    SIGN_IN = "sign_in"
    SIGN_ON = "sign_on"  # the identity provider vouched for nobody
    SECOND_FACTOR = "second_factor"
    INGEST = "ingest"  # a known sender, in a namespace that is not his


class Key(NamedTuple):
    minute: datetime
    kind: str
    source: str
    principal: UUID | None


_lock = Lock()
_pending: Counter[Key] = Counter()
_written: Counter[Key] = Counter()  # of the running minute
_flushed_at = -FLUSH_SECONDS


def count_failure(kind: Kind, source: str, principal: UUID | None = None) -> None:
    """Count one failed attempt; cheap under a flood, and never an error by itself.

    The first of a kind is written at once, later ones once a second or when they have
    doubled: so a count is no less than half of the truth, whatever stops the process.
    """
    minute = timezone.now().replace(second=0, microsecond=0)
    key = Key(minute, str(kind), network_of(source), principal)
    with _lock:
        if key not in _written and len(_written) + len(_pending) >= MAX_SOURCES:
            key = Key(minute, str(kind), ELSEWHERE, None)
        _pending[key] += 1
        due = time.monotonic() - _flushed_at >= FLUSH_SECONDS
        taken = _take() if due or _pending[key] > _written[key] else None
    if taken:
        _write(taken)


def journal_finished_minutes() -> int:
    """Move the counts of minutes that are over into the journal; how many entries.

    Whoever comes second takes what the first one left.
    """
    over = timezone.now().replace(second=0, microsecond=0)
    with transaction.atomic():
        rows = FailedAttempt.objects.filter(minute__lt=over)
        locked = rows.select_for_update(skip_locked=True).values_list("pk", flat=True)
        taken = FailedAttempt.objects.filter(pk__in=list(locked))
        counts = taken.values_list(*Key._fields).annotate(total=Sum("count"))
        entries = list(counts.order_by("minute", "kind", "source"))
        for minute, kind, source, principal, total in entries:
            audit.record(
                audit.Act.AUTHENTICATION_FAILED,
                audit.Target("policies.attempt", (kind,)),
                actor=None,
                changes={
                    "count": total,
                    "minute": minute,
                    "principal": principal,
                    "source": source,
                },
            )
        taken.delete()
    return len(entries)


def network_of(address: str) -> str:
    """The source to count by: an IPv4 address, or the /64 that one IPv6 host has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ELSEWHERE
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _take() -> Counter[Key]:
    global _flushed_at, _pending
    taken, _pending = _pending, Counter()
    _flushed_at = time.monotonic()
    newest = max(key.minute for key in taken)
    for key in [key for key in _written if key.minute < newest - timedelta(minutes=1)]:
        del _written[key]
    _written.update(taken)
    return taken


def _write(taken: Counter[Key]) -> None:
    try:
        FailedAttempt.objects.bulk_create(
            FailedAttempt(count=count, **key._asdict()) for key, count in taken.items()
        )
    except (DatabaseError, InterfaceError):
        logger.warning("failed attempts could not be written down", exc_info=True)
        with _lock:
            _pending.update(taken)
