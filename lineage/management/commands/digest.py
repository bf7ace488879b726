"""`manage.py digest`: say in 64 characters what the catalog holds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from lineage.digesting import FOLDS, digest, fold_rows
from lineage.writing import raw_cursor


class Command(BaseCommand):
    """The digest of all folds."""

    help = (
        "Print the SHA-256 of the canonical rows of all folds. It depends on the set "
        "of events, their authorisations, alias rules, retractions and the projector's "
        "version, and on nothing else: two catalogs are the same if it is the same."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rows", choices=sorted(FOLDS), help="print the canonical rows of one fold"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # One snapshot, whatever is written meanwhile.
        with transaction.atomic():
            cursor = raw_cursor()
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if options["rows"]:
                for row in fold_rows(cursor, options["rows"]):
                    self.stdout.write(row)
            else:
                self.stdout.write(digest(cursor))
