"""`manage.py reindex`: make what search goes by anew."""

import sys
from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from catalog.models import Namespace
from catalog.search.indexing import WHY, rebuild


class Command(BaseCommand):
    """All that can be found, written once more."""

    help = (
        "Make the search index anew from the catalog. Searches go on meanwhile. Search "
        "follows by itself; this is for after a restore without it, or for doubts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--namespace", metavar="NAME", help="only the datasets and jobs of this one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        home = None
        if name := options["namespace"]:
            home = Namespace.objects.unrestricted(WHY).filter(name=name).first()
            if home is None:
                raise CommandError(f"There is no namespace {name!r}.")
        written = 0
        with Progress(console=Console(file=cast(Any, sys.stderr))) as progress:
            bar = progress.add_task("Indexing", total=None)
            for done, total in rebuild(home):
                progress.update(bar, completed=done, total=total)
                written = done
        self.stdout.write(f"{written} things were indexed anew.")
