"""`manage.py sync_directory`: bring people and groups in step with the directory."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from policies.services import LastAdministrator
from policies.services.directory import (
    NotSynchronised,
    Steps,
    TooManyLeavers,
    synchronise,
)
from policies.signing_in.directory import DirectoryUnreadable, read_people

REFUSALS = (LastAdministrator, NotSynchronised, TooManyLeavers)


class Command(BaseCommand):
    """A file of people, in; what would change, out; with --apply it does."""

    help = (
        "Make, change, stop and resume people, and their places in groups that follow "
        "the directory, as a file says: CSV (subject, username, name, email, groups "
        "separated by ;, active) or JSON (the provider's claims, in an array or one "
        "object a line). Without --apply only the plan is told, and nothing is changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=".csv, .json or .ndjson")
        parser.add_argument(
            "--apply", action="store_true", help="do it; else the plan is told"
        )
        parser.add_argument(
            "--partial",
            action="store_true",
            help="the file is not everybody: who is not in it has not left",
        )
        parser.add_argument(
            "--adopt",
            action="store_true",
            help="people of the same name who were made by hand become the directory's",
        )
        parser.add_argument(
            "--leavers",
            type=int,
            metavar="N",
            help="how many may be stopped at once; a fifth, or five, if left out",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            people = read_people(
                path.read_text(encoding="utf-8-sig"),
                is_json=path.suffix.lower() != ".csv",
                groups_claim=settings.HEADWATER_OIDC_GROUPS_CLAIM,
            )
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from None
        except DirectoryUnreadable as refusal:
            raise CommandError(str(refusal)) from None
        if any(person.subject for person in people) and not _issuer():
            raise CommandError(
                "Subjects are an issuer's: set HEADWATER_OIDC_ISSUER, or leave that "
                "column out."
            )
        steps = self._done_or_planned(people, options)
        for words in steps.said:
            self.stdout.write(words)
        self.stdout.write(_ending(steps, is_done=options["apply"]))

    def _done_or_planned(self, people: Any, options: dict[str, Any]) -> Steps:
        """What is done; a plan is the same, taken back."""
        try:
            with transaction.atomic():
                steps = synchronise(
                    people,
                    issuer=_issuer(),
                    is_complete=not options["partial"],
                    adopts=options["adopt"],
                    leavers_most=options["leavers"],
                    actor=None,
                )
                if not options["apply"]:
                    transaction.set_rollback(True)
        except REFUSALS as refusal:
            raise CommandError(f"{refusal} Nothing is changed.") from None
        except IntegrityError as refusal:
            raise CommandError(
                f"Two things would have one name; nothing is changed. {refusal}"
            ) from None
        return steps


def _issuer() -> str:
    issuer: str = settings.HEADWATER_OIDC_ISSUER
    return issuer


def _ending(steps: Steps, *, is_done: bool) -> str:
    count = len(steps.said)
    if not count:
        return "Everything is in step already."
    if is_done:
        return f"Changes made: {count}."
    return f"Changes to be made: {count}. Nothing is changed yet; --apply does it."
