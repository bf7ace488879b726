"""`manage.py curate`: take in a CSV file of what people say of assets, or of words."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.curation.csv_import import Row, Unreadable, read_csv
from catalog.curation.subjects import THE_SYSTEM, Asker
from catalog.models import Change
from catalog.services.importing import (
    REFUSED,
    Format,
    Report,
    formats,
    take_in_rows,
    try_rows,
)
from policies.models import Principal

SHOWN = 50


class Command(BaseCommand):
    """A CSV file as one change, which can be undone."""

    help = (
        "Take in a CSV file of statements about assets, or of domains, tags, terms, "
        "products or properties; its first line says which. It is one change, which "
        "can be undone. What is so already stays, so that it can be run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="FILE.csv", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="Tell what would change."
        )
        parser.add_argument(
            "--partial",
            action="store_true",
            help="Do what can be done, though some lines are refused.",
        )
        parser.add_argument("--reason", default="", help="Why; for the journal.")
        parser.add_argument(
            "--as",
            dest="username",
            default="",
            metavar="USERNAME",
            help="With whose rights, and under whose name; else the system's.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        actor = _principal(options["username"])
        asker: Asker = actor or THE_SYSTEM
        format, rows = _read(options["path"])
        if options["dry_run"]:
            report = try_rows(format, rows, asker=asker, via=Change.Via.CSV)
        else:
            report = take_in_rows(
                format,
                rows,
                asker=asker,
                actor=actor,
                via=Change.Via.CSV,
                reason=options["reason"],
                is_partial=options["partial"],
            )
        self._tell(report, is_verbose=options["verbosity"] > 1)

    def _tell(self, report: Report, *, is_verbose: bool) -> None:
        for each in report.refused[:SHOWN]:
            at = f" ({each.field})" if each.field else ""
            self.stderr.write(f"line {each.number}{at}: {each.message}")
        if len(report.refused) > SHOWN:
            self.stderr.write(f"… and {len(report.refused) - SHOWN} more.")
        if report.is_trial or is_verbose:
            for each in report.results:
                if each.outcome not in (REFUSED, "unchanged"):
                    self.stdout.write(
                        f"line {each.number}: {each.outcome}: {each.what}: "
                        f"{each.before or '-'} -> {each.after or '-'}"
                    )
        counts = ", ".join(f"{n} {what}" for what, n in sorted(report.counts.items()))
        self.stdout.write(counts or "The file has no lines.")
        if report.change:
            self.stdout.write(f"Change {report.change.public_id}: {report.change}")
        elif report.is_trial:
            self.stdout.write("Nothing was changed: this was a trial.")
        elif report.refused and report.changing:
            raise CommandError(
                "Nothing was changed. Mend these lines, or take in the others by "
                "--partial."
            )
        elif report.refused:
            raise CommandError("No line could be taken in.")


def _principal(username: str) -> Principal | None:
    if not username:
        return None
    try:
        found: Principal = Principal.objects.active().get_by_natural_key(username)
    except Principal.DoesNotExist:
        raise CommandError(f"There is no active principal {username!r}.") from None
    return found


def _read(path: Path) -> tuple[Format, list[Row]]:
    try:
        with path.open("rb") as file:
            read = read_csv(file, formats())
            return read.format, list(read.rows)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    except Unreadable as fault:
        raise CommandError(f"{path}: {fault}") from None
