"""`manage.py replay`: project events again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lineage.management.events import find_events
from lineage.services.replays import replay_events, replay_unapplied


class Command(BaseCommand):
    """Events that the projection failed on, or any others, once more."""

    help = "Project stored events again: those that were not applied, or those named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "digests",
            nargs="*",
            metavar="DIGEST",
            help="events by digest, or its first characters; all not applied if none",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["digests"]:
            events = find_events(options["digests"])
            failed = replay_events(events, actor=None)
            tried = len(events)
        else:
            tried, failed = replay_unapplied(only_older=False)
        self.stdout.write(f"{tried - failed} of {tried} events were applied.")
        if failed:
            raise CommandError(
                f"{failed} events are still not applied: the ingestion page says why."
            )
