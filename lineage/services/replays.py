"""How are events projected again, or taken out of the catalog and let in again?"""

from collections.abc import Sequence

from lineage.models import Event, Retraction
from lineage.projection import PROJECTOR_VERSION
from lineage.replaying import load_again, reapply, take_out
from lineage.writing import writing
from policies import audit
from policies.access import Someone


class AlreadyRetracted(Exception):
    """The event is retracted already."""


class NotRetracted(Exception):
    """The event is not retracted."""


def replay_events(events: Sequence[Event], *, actor: Someone | None) -> int:
    """Project events anew; returns how many the projection fails on."""
    with writing() as writer:
        failed = reapply(writer, [event.pk for event in events])
        for event in events:
            audit.record(audit.Act.EVENT_REPLAYED, _target(event), actor=actor)
    return failed


def replay_unapplied(*, only_older: bool = True) -> tuple[int, int]:
    """Try again what was not applied; returns how many events, and how many fail.

    With `only_older`, those alone on which an older projector failed.
    """
    below = PROJECTOR_VERSION if only_older else PROJECTOR_VERSION + 1
    return load_again(Event.Status.NOT_APPLIED, below=below)


def retract_event(event: Event, *, reason: str, actor: Someone | None) -> None:
    """Ignore what an event asserts, as if it had never been sent; it stays stored.

    Raises AlreadyRetracted.
    """
    with writing() as writer:
        locked = Event.objects.select_for_update().get(pk=event.pk)
        if locked.status == Event.Status.RETRACTED:
            raise AlreadyRetracted(str(event))
        Retraction.objects.create(
            event=event,
            reason=reason,
            actor=getattr(actor, "public_id", None),
            recorded_from=writer.recorded_at,
        )
        take_out(writer, [event.pk], Event.Status.RETRACTED)
        audit.record(
            audit.Act.EVENT_RETRACTED, _target(event), actor=actor, reason=reason
        )


def reinstate_event(event: Event, *, reason: str, actor: Someone | None) -> None:
    """Believe a retracted event again.

    Raises NotRetracted.
    """
    with writing() as writer:
        locked = Event.objects.select_for_update().get(pk=event.pk)
        if locked.status != Event.Status.RETRACTED:
            raise NotRetracted(str(event))
        Retraction.objects.filter(event=event, recorded_to=None).update(
            recorded_to=writer.recorded_at
        )
        reapply(writer, [event.pk])
        audit.record(
            audit.Act.EVENT_REINSTATED, _target(event), actor=actor, reason=reason
        )


def _target(event: Event) -> audit.Target:
    return audit.Target("lineage.event", (bytes(event.digest).hex(),))
