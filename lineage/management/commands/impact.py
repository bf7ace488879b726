"""`manage.py impact`: what a pull request, or any change, would do downstream."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog import csv_text
from lineage.graph.cut import Cut
from lineage.impact import MAX_HOPS, Severity
from lineage.impact.asking import ASKED, ChangeRefused, read_change
from lineage.impact.markdown import text
from lineage.impact.proposals import (
    DIALECTS,
    NamespaceUnclear,
    NotAManifest,
    NotReadable,
    Proposal,
    of_manifest,
    of_sql,
)
from lineage.impact.questions import Question, fails
from lineage.impact.tables import rows
from lineage.reader import Reader
from policies.models import Principal

FAILED, UNUSABLE = 1, 2
NEVER = "never"
EXAMPLES = """examples:
  manage.py impact --as ada --manifest target/manifest.json --fail-on breaks
  manage.py impact --as ada --sql migration.sql --namespace postgres://shop-db:5432
  manage.py impact --as ada --change drop-column \\
    --node datasetField:postgres://shop-db:5432:shop.public.orders:status

It ends with 0, with 1 if something is hit as hard as --fail-on says or harder, and
with 2 if the question cannot be answered. Nothing is changed by asking.
"""


class Command(BaseCommand):
    """What a change would do, for people and for CI."""

    help = (
        "Tell what a change would do to all that is downstream: a dbt manifest, SQL "
        "(CREATE, ALTER, DROP of tables), or a change by its name."
    )

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        parser = super().create_parser(*args, **options)
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLES
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as",
            dest="username",
            required=True,
            metavar="USERNAME",
            help="whose rights decide what is told",
        )
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--manifest", metavar="PATH", help="a manifest.json of dbt")
        what.add_argument(
            "--sql", metavar="PATH", help="statements; - is what is piped in"
        )
        what.add_argument("--change", choices=[str(kind) for kind in ASKED])
        parser.add_argument(
            "--node",
            action="append",
            metavar="NODEID",
            help="of --change: dataset:…, job:…, datasetField:…; several to erase",
        )
        parser.add_argument(
            "--namespace",
            default="",
            help="where the tables of --manifest or --sql lie; what --change revokes",
        )
        parser.add_argument(
            "--to", default="", help="of --change: the new name or type"
        )
        parser.add_argument(
            "--by", default="", help="of --change: how late, such as 3h"
        )
        parser.add_argument(
            "--dialect", default="", choices=["", *DIALECTS], metavar="SQL"
        )
        _add_bounds(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        principal = Principal.objects.filter(
            username=options["username"], is_active=True
        ).first()
        if principal is None:
            raise _unusable(f"There is no active account {options['username']}.")
        reader = Reader(principal)
        question = _question(options, reader)
        found = question.answer(reader)
        if options["format"] == "csv":
            self.stdout.write("".join(csv_text.lines(rows(found))), ending="")
        else:
            self.stdout.write(text(question, found), ending="")
        if fails(found, question.fail_on):
            sys.exit(FAILED)


def _add_bounds(parser: CommandParser) -> None:
    parser.add_argument(
        "--fail-on",
        default=NEVER,
        choices=[*(str(one) for one in Severity), NEVER],
        help="from which severity on to end with 1 (never, unless told)",
    )
    parser.add_argument("--as-of", default="", metavar="TIME", help="event time")
    parser.add_argument(
        "--recorded-at", default="", metavar="TIME", help="recorded time"
    )
    parser.add_argument("--depth", type=int, default=MAX_HOPS, metavar="HOPS")
    parser.add_argument("--format", default="markdown", choices=["markdown", "csv"])


def _question(options: Mapping[str, Any], reader: Reader) -> Question:
    cut = Cut(_moment(options["as_of"]), _moment(options["recorded_at"]))
    if not 0 <= options["depth"] <= MAX_HOPS:
        raise _unusable(f"--depth is from 0 to {MAX_HOPS}.")
    proposal = _proposal(options, reader, cut)
    word = options["fail_on"]
    return Question(
        proposal.changes,
        cut,
        cut.recorded_at or timezone.now(),
        max_hops=options["depth"],
        fail_on=None if word == NEVER else Severity(word),
        unresolved=proposal.unresolved,
    )


def _proposal(options: Mapping[str, Any], reader: Reader, cut: Cut) -> Proposal:
    """What is to be changed. Raises CommandError."""
    namespace = options["namespace"]
    try:
        if options["manifest"]:
            told = json.loads(_read(options["manifest"]))
            return of_manifest(told, reader, cut, namespace=namespace)
        if options["sql"]:
            told = _read(options["sql"])
            dialect = options["dialect"]
            return of_sql(told, reader, cut, namespace=namespace, dialect=dialect)
        return Proposal([read_change(_change(options), reader, cut)])
    except ChangeRefused as refusal:
        raise _unusable(str(refusal)) from None
    except NotReadable as fault:
        raise _unusable(str(fault)) from None
    except (NotAManifest, ValueError) as fault:
        raise _unusable(f"This is no manifest.json of dbt. {fault}") from None
    except NamespaceUnclear as fault:
        choices = f" It may be {' or '.join(fault.choices)}." if fault.choices else ""
        detail = "Say by --namespace where the tables lie."
        raise _unusable(detail + choices) from None


def _change(options: Mapping[str, Any]) -> dict[str, Any]:
    nodes = options["node"] or []
    told = {"kind": options["change"]}
    told |= {name: options[name] for name in ("namespace", "to", "by")}
    return told | ({"nodeIds": nodes} if len(nodes) > 1 else {"nodeId": "".join(nodes)})


def _read(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text()
    except OSError as fault:
        raise _unusable(f"{path} cannot be read: {fault.strerror}.") from None
    except UnicodeDecodeError:
        raise _unusable(f"{path} is no UTF-8 text.") from None


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _unusable(f"{text} is no time such as 2026-05-04T03:02Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _unusable(detail: str) -> CommandError:
    return CommandError(detail, returncode=UNUSABLE)
