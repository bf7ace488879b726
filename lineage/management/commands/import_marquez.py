"""`manage.py import_marquez`: take over what a Marquez database holds."""

import sys
from pathlib import Path
from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from lineage.event_time import NoInstant, read_time
from lineage.marquez import queries
from lineage.marquez.curated import take_declarations
from lineage.marquez.database import Marquez, Unreadable, opened
from lineage.marquez.hiding import hide_what_is_hidden
from lineage.marquez.importing import Import
from lineage.marquez.namespaces import declare_empty_namespaces
from lineage.marquez.report import SUFFIXES, Report

SHOWN_REASONS = 20
SHOWN_CHARACTERS = 120  # of a place; the report has all of it
WIDTH = 100


class Command(BaseCommand):
    """Events and all that goes with them, from a Marquez database."""

    help = (
        "Take over a Marquez 0.51 database: its events through the same door as those "
        "of producers, then what only its tables hold. It is only read. What is known "
        "already is passed over, so that it can be run again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "url",
            metavar="URL",
            help="postgresql://USER@HOST:PORT/DATABASE; the password may come from "
            "PGPASSWORD or ~/.pgpass instead",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would be taken over"
        )
        parser.add_argument(
            "--since",
            metavar="TIME",
            help="only events and runs from this time on",
        )
        parser.add_argument(
            "--report",
            metavar="PATH",
            type=Path,
            help="a .csv or .jsonl file for each thing that was not carried, and why",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path, since = options["report"], None
        if path is not None and path.suffix not in SUFFIXES:
            raise CommandError(f"--report {path}: the name ends with .csv or .jsonl.")
        if options["since"]:
            try:
                since, _ = read_time(options["since"])
            except NoInstant:
                raise CommandError(
                    f"--since {options['since']}: that is no time; "
                    "2026-05-04T00:00:00Z is one."
                ) from None
        try:
            with opened(options["url"]) as marquez, Report(path) as report:
                self._import(marquez, report, since, options["dry_run"])
        except (Unreadable, OSError) as error:
            raise CommandError(str(error)) from error
        self._tell(report, options["dry_run"])

    def _import(
        self, marquez: Marquez, report: Report, since: Any, is_trial: bool
    ) -> None:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(file=cast(Any, sys.stderr)),
        ) as progress:
            total = marquez.number(queries.COUNT_EVENTS, since=since)
            bars = {"lineage_events": progress.add_task("lineage_events", total=total)}

            def advance(what: str, count: int) -> None:
                if what not in bars:
                    bars[what] = progress.add_task(what, total=None)
                progress.advance(bars[what], count)

            job = Import(marquez, report, since, is_trial, advance)
            job.take_events()
            job.take_rows()
            declare_empty_namespaces(job)
            take_declarations(job)
            hide_what_is_hidden(job)
            job.tell_of_what_stays()
            job.record()

    def _tell(self, report: Report, is_trial: bool) -> None:
        console = Console(file=cast(Any, self.stdout), width=WIDTH)
        table = Table("in Marquez", box=None, header_style="")
        new = "would be new" if is_trial else "new"
        for name in ("rows", new, "known", "refused"):
            table.add_column(name, justify="right")
        for what, tally in report.tallies.items():
            if not tally.read:
                continue
            counts = (tally.read, tally.new, tally.known, tally.refused)
            table.add_row(what, *(f"{count:,}" for count in counts))
        console.print(table)
        gravest_first = sorted(
            report.reasons.items(), key=lambda row: (row[0][0] != "refused", -row[1])
        )
        for alike, count in gravest_first[:SHOWN_REASONS]:
            finding = report.examples[alike]
            word = "refused" if finding.outcome == "refused" else "not whole"
            self.stdout.write(
                f"{word}: {count:,} of {finding.what} ({finding.code}), "
                f"such as {_short(finding.place)}: {finding.reason}"
            )
        if report.path is not None:
            self.stdout.write(f"{report.path} has them all, one by one.")
        if report.refused:
            rest = "would be" if is_trial else "was"
            raise CommandError(
                f"{report.refused:,} refused; all the rest {rest} carried."
            )


def _short(place: str) -> str:
    end = SHOWN_CHARACTERS
    return place if len(place) <= end else f"{place[: end - 1]}…"
