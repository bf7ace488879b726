"""How often may one try to sign in? Counted before a password is looked at, in the
database that all processes share.

A try is counted by its name and source together, by its source, and by its name. Each
count runs for a while and then begins anew, so that nobody is shut out for good. A
browser in which somebody signed in before has a count of its own (OWASP's device
cookie): strangers who try the name elsewhere cannot shut its owner out there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.utils import timezone

from policies import audit
from policies.models import Principal, Tries
from policies.signing_in import sealing

PURPOSE = "tries"
FORGOTTEN = timedelta(days=1)


class Brake(Enum):
    """By what tries are counted, how many are let through, and within which time."""

    PAIR = ("pair", 10, timedelta(minutes=15))
    SOURCE = ("source", 100, timedelta(minutes=15))
    NAME = ("name", 50, timedelta(hours=1))
    DEVICE = ("device", 10, timedelta(minutes=15))
    CODE = ("code", 10, timedelta(minutes=15))  # second factors, by principal

    def __init__(self, word: str, most: int, window: timedelta) -> None:
        self.word = word
        self.most = most
        self.window = window


@dataclass(frozen=True, slots=True)
class Count:
    """One count that a try belongs to."""

    brake: Brake
    key: str
    principal: Principal | None = None

    @classmethod
    def by(
        cls, brake: Brake, *words: str, principal: Principal | None = None
    ) -> "Count":
        return cls(
            brake,
            sealing.fingerprint("\0".join((brake.word, *words)), PURPOSE),
            principal,
        )


def counts_for(
    name: str, source: str, device: str | None, principal: Principal | None
) -> list[Count]:
    """What a try with this name is counted by. An empty source tells nothing."""
    if device:
        return [Count.by(Brake.DEVICE, device, principal=principal)]
    folded = name.casefold()
    counts = [Count.by(Brake.SOURCE, source)] if source else []
    if source:
        counts.append(Count.by(Brake.PAIR, folded, source, principal=principal))
    return [*counts, Count.by(Brake.NAME, folded, principal=principal)]


def count_for_code(principal: Principal) -> list[Count]:
    """What second factors are counted by."""
    return [Count.by(Brake.CODE, str(principal.public_id), principal=principal)]


@transaction.atomic
def hold(counts: Sequence[Count], source: str = "") -> timedelta | None:
    """Count a try; or, if it is one too many, count nothing and say how long to wait.

    Exact under any number of tries at once: the rows are locked until all is counted.
    """
    now = timezone.now()
    Tries.objects.bulk_create(
        [Tries(key=c.key, principal=c.principal, since=now) for c in counts],
        ignore_conflicts=True,
    )
    keys = [count.key for count in counts]
    locked = Tries.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    rows = {row.pk: row for row in locked}
    waits = [
        rows[count.key].since + count.brake.window - now
        for count in counts
        if _is_over(count, rows[count.key], now)
    ]
    if waits:
        return max(waits)
    for count in counts:
        row = rows[count.key]
        if row.since + count.brake.window <= now:
            row.since, row.count = now, 0
        row.count += 1
        row.save(update_fields=["since", "count"])
        if row.count == count.brake.most:
            _tell(count, source, row.since + count.brake.window)
    return None


@transaction.atomic
def forgive(counts: Sequence[Count]) -> None:
    """Take back what a good try was counted for; what is somebody's own begins anew."""
    for count in counts:
        row = Tries.objects.select_for_update().filter(pk=count.key).first()
        if row is None:
            continue
        shared = count.brake in (Brake.SOURCE, Brake.NAME)
        row.count = max(0, row.count - 1) if shared else 0
        row.save(update_fields=["count"])


@transaction.atomic
def unblock(principal: Principal, *, actor: Principal | None, reason: str = "") -> bool:
    """Let somebody try again at once; whether anything was counted."""
    forgotten, _ = Tries.objects.filter(principal=principal, count__gt=0).delete()
    if forgotten:
        audit.record(
            audit.Act.SIGN_IN_UNBLOCKED, principal, actor=actor, reason=reason or None
        )
    return bool(forgotten)


def forget_old_tries() -> int:
    """Delete the counts of yesterday; how many."""
    forgotten, _ = Tries.objects.filter(since__lt=timezone.now() - FORGOTTEN).delete()
    return forgotten


def _is_over(count: Count, row: Tries, now: datetime) -> bool:
    return row.since + count.brake.window > now and row.count >= count.brake.most


def _tell(count: Count, source: str, until: datetime) -> None:
    """Journal that no more tries are let through; never a name that is nobody's."""
    about = count.principal or audit.Target("policies.tries", (count.brake.word,))
    if count.principal is None and count.brake is not Brake.SOURCE:
        return
    audit.record(
        audit.Act.SIGN_IN_BLOCKED,
        about,
        actor=None,
        changes={"by": count.brake.word, "source": source or None, "until": until},
    )
