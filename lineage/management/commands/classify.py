"""`manage.py classify`: let tags follow the data, or do so from nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lineage.services.classification import classify_anew, follow_tags


class Command(BaseCommand):
    """Where tags have come along lineage, brought up to date."""

    help = (
        "Let tags follow what events and people say since. The worker does so by "
        "itself; this is for when it does not run, and for doubts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anew",
            action="store_true",
            help="work everything out from nothing, and say how much was otherwise",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["anew"]:
            changed = classify_anew()
            self.stdout.write(f"{changed} tags of columns were otherwise.")
            return
        done = 0
        while more := follow_tags(is_patient=True):
            done += more
        self.stdout.write(f"{done} notes of changes were followed.")
