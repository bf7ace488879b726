"""`manage.py retract`: stop believing an event, or believe it again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lineage.management.events import find_events
from lineage.services.replays import (
    AlreadyRetracted,
    NotRetracted,
    reinstate_event,
    retract_event,
)


class Command(BaseCommand):
    """Events out of the catalog, and back."""

    help = (
        "Ignore what an event asserts, as if it had never been sent. It stays stored, "
        "the act is journaled, and --undo lets the event count again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "digest", help="the event's digest, or its first characters"
        )
        parser.add_argument("--reason", required=True, help="why, for the journal")
        parser.add_argument("--undo", action="store_true", help="believe it again")

    def handle(self, *args: Any, **options: Any) -> None:
        [event] = find_events([options["digest"]])
        change = reinstate_event if options["undo"] else retract_event
        try:
            change(event, reason=options["reason"], actor=None)
        except (AlreadyRetracted, NotRetracted) as refusal:
            state = "already" if isinstance(refusal, AlreadyRetracted) else "not"
            raise CommandError(f"The event is {state} retracted.") from None
        word = "believed again" if options["undo"] else "retracted"
        self.stdout.write(f"Event {event} is {word}.")
