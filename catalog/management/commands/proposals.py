"""`manage.py proposals`: bring what producers propose up to what events say."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.models import Proposal
from catalog.services import fold_proposals, harvest_anew


class Command(BaseCommand):
    """Fold proposals now, or all of them anew."""

    help = (
        "Bring the proposals for curation up to what events say, without waiting for "
        "the worker. With --anew, look at every dataset and job again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anew", action="store_true", help="look at every dataset and job again"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["anew"]:
            harvest_anew()
        done = 0
        while more := fold_proposals():
            done += more
        rows = Proposal.objects.unrestricted("a number for the administrator")
        self.stdout.write(
            f"Looked at {done} assets; {rows.pending().count()} proposals wait."
        )
