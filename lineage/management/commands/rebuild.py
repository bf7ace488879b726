"""`manage.py rebuild`: make the catalog anew from the events."""

import sys
from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from lineage.services.rebuilds import RebuildRunning, rebuild_catalog


class Command(BaseCommand):
    """The whole catalog, from what was sent."""

    help = (
        "Make evidence and folds anew from the stored events. Meanwhile events are "
        "stored and acknowledged, and show when it ends; readers see the old catalog "
        "until then. Nothing changes if it is interrupted."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with Progress(console=Console(file=cast(Any, sys.stderr))) as progress:
            bar = progress.add_task("Rebuilding", total=None)

            def show(done: int, total: int) -> None:
                progress.update(bar, completed=done, total=total)

            try:
                applied = rebuild_catalog(progress=show, actor=None)
            except RebuildRunning:
                raise CommandError("Another rebuild is running; wait for it.") from None
        self.stdout.write(f"{applied} events are in the catalog.")
