"""`manage.py token`: make, list and revoke the tokens of programs."""

from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from policies import services
from policies.models import Token
from policies.services.tokens import OVERLAP

NEVER = "never"
REFUSALS = (services.UnknownRole, services.TooManyTokens, services.NotAService)


class Command(BaseCommand):
    """Tokens, from the command line."""

    help = "Make, list and revoke the bearer tokens of programs."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser(
            "create", help="Make a token, and print it alone: it is shown only now."
        )
        create.add_argument("name", help="the service account, made if need be")
        create.add_argument("--role", required=True, help="what the token may do")
        create.add_argument(
            "--namespace",
            default="",
            metavar="GLOB",
            help="where, as postgres://prod*; everywhere if left out",
        )
        create.add_argument(
            "--expires",
            type=_moment,
            metavar="TIME",
            help="until when, as 2027-01-31T00:00Z; never; HEADWATER_TOKEN_DAYS from "
            "now if left out",
        )
        rotate = verbs.add_parser(
            "rotate", help="Make a token's successor, and print it; the old one ends."
        )
        rotate.add_argument("key", help="its id, as in the list, or the token itself")
        rotate.add_argument(
            "--overlap",
            type=int,
            default=OVERLAP.days,
            metavar="DAYS",
            help="how long the old one goes on; 7 if left out",
        )
        verbs.add_parser("list", help="Show the tokens, without their secrets.")
        revoke = verbs.add_parser("revoke", help="Shut a token out.")
        revoke.add_argument("key", help="its id, as in the list, or the token itself")

    def handle(self, *args: Any, **options: Any) -> None:
        {
            "create": self.create,
            "list": self.list,
            "rotate": self.rotate,
            "revoke": self.revoke,
        }[options["verb"]](options)

    def create(self, options: dict[str, Any]) -> None:
        expires = options["expires"]
        if expires is None:
            expires = timezone.now() + timedelta(days=settings.HEADWATER_TOKEN_DAYS)
        elif expires is not NEVER and expires <= timezone.now():
            raise CommandError("--expires is over already; nothing was made.")
        try:
            new = services.create_service_token(
                options["name"],
                role=options["role"],
                namespace=options["namespace"],
                expires_at=None if expires is NEVER else expires,
                actor=None,
            )
        except REFUSALS as refusal:
            raise CommandError(str(refusal)) from None
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        self.stdout.write(new.raw)

    def list(self, options: dict[str, Any]) -> None:
        columns = "{:<14}{:<24}{:<10}{:<32}{:<18}{:<18}"
        heads = ("ID", "NAME", "ROLE", "NAMESPACES", "LAST USED", "ENDS")
        self.stdout.write(columns.format(*heads).rstrip())
        tokens = Token.objects.select_related("role").order_by("name", "created_at")
        for token in tokens:
            cells = (
                token.key_id,
                token.name,
                token.role.name if token.role else "",
                token.namespace_glob or "everything",
                _shown(token.last_used_at) or "never",
                _end(token),
            )
            self.stdout.write(columns.format(*cells).rstrip())

    def rotate(self, options: dict[str, Any]) -> None:
        if options["overlap"] < 0:
            raise CommandError("--overlap is a number of days, 0 or more.")
        try:
            new = services.rotate_token(
                _named(options["key"]),
                actor=None,
                overlap=timedelta(days=options["overlap"]),
            )
        except (services.TooManyTokens, services.TokenIsOver) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(new.raw)

    def revoke(self, options: dict[str, Any]) -> None:
        token = _named(options["key"])
        services.revoke_token(token, actor=None, reason="manage.py token revoke")


def _named(key_id: str) -> Token:
    if key_id.startswith("hw_"):
        key_id = key_id.split("_")[1]
    token = Token.objects.filter(key_id=key_id).first()
    if token is None:
        raise CommandError(f"There is no token {key_id!r}; see manage.py token list.")
    return token


def _moment(text: str) -> datetime | str:
    if text.lower() == NEVER:
        return NEVER
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None  # well-formed, but no day of the calendar
    if moment is None:
        raise ArgumentTypeError(f"{text!r} is no time such as 2027-01-31T00:00Z")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _end(token: Token) -> str:
    if token.revoked_at:
        return "revoked"
    if token.expires_at and token.expires_at <= timezone.now():
        return "expired"
    return _shown(token.expires_at) or "never"
