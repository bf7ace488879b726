"""How are kept tags brought up to what changed?"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from lineage.classification import following
from lineage.classification.following import Noted
from lineage.models import Classification, ManualEdge, Unclassified

AT_ONCE = 500  # notes of one pass
# One pass at a time, whoever makes it.
LOCK, FOLLOWING = 0x48_57_00_4C, 1
TAKE_TURN = "SELECT pg_try_advisory_xact_lock(%s, %s)"
WAIT_FOR_TURN = "SELECT pg_advisory_xact_lock(%s, %s)"


@transaction.atomic
def follow_tags(*, limit: int = AT_ONCE, is_patient: bool = False) -> int:
    """Work off notes of what changed; how many, and 0 where nothing is left to do.

    Who is not patient leaves it to whoever is at it. A note is deleted in the
    transaction that does what it asks for: nothing is lost with the process, and what
    changes meanwhile has a note of its own.
    """
    if not _has_turn(is_patient=is_patient):
        return 0
    _note_expired()
    notes = list(Unclassified.objects.order_by("pk")[:limit])
    everything = Unclassified.objects.filter(dataset=None, tag=None)
    if everything.exists():
        notes = list(Unclassified.objects.all())
        following.rebuild()
    elif notes:
        following.follow(_noted(notes))
    Unclassified.objects.filter(pk__among=[note.pk for note in notes]).delete()
    return len(notes)


@transaction.atomic
def classify_anew() -> int:
    """Make all kept tags from nothing; how many rows were other than they had been."""
    _has_turn(is_patient=True)
    known = list(Unclassified.objects.values_list("pk", flat=True))
    changed = following.rebuild()
    Unclassified.objects.filter(pk__among=known).delete()
    return changed


def _has_turn(*, is_patient: bool) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAIT_FOR_TURN if is_patient else TAKE_TURN, [LOCK, FOLLOWING])
        [held] = cursor.fetchone()
    return is_patient or bool(held)


def _note_expired() -> None:
    """Note where declared edges have expired since that was last looked at."""
    now = timezone.now()
    row, is_new = Classification.objects.get_or_create(defaults={"looked_at": now})
    if is_new:
        return
    for pk in _expired(row.looked_at, now):
        Unclassified.objects.create(dataset_id=pk)
    row.looked_at = now
    row.save(update_fields=["looked_at"])


def _expired(since: datetime, now: datetime) -> set[int]:
    edges = ManualEdge.objects.standing().exclude(target_field="")
    expired = edges.filter(expires_at__gt=since, expires_at__lte=now)
    return set(expired.values_list("target_dataset", flat=True))


def _noted(notes: list[Unclassified]) -> Noted:
    noted = Noted()
    for note in notes:
        if note.tag_id is not None:
            noted.tags.add(note.tag_id)
        elif note.dataset_id is not None:
            (noted.with_targets if note.with_targets else noted.datasets).add(
                note.dataset_id
            )
    return noted


@transaction.atomic
def follow_tags_of(datasets: Iterable[int]) -> int:
    """Follow at once what was said of a few datasets; the notes of it stay.

    For whoever waits for the answer: they see what came of it.
    """
    _has_turn(is_patient=True)
    return following.follow(Noted(datasets=set(datasets)))
