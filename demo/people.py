"""Who works with the shop's data, and who speaks of access in the story?"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from demo.api import Catalog, RemoteCatalog
from demo.server import Server
from demo.staff import LASTS, WHY_REVOKED
from policies.actions import Action
from policies.models import Grant, Principal, Role, Token
from policies.services import (
    create_principal,
    create_role,
    create_token,
    grant_role,
    revoke_token,
)

GRETA, MIRA = "greta.holm", "mira.okafor"
PAUL, ROSA, LENA = "paul.mercer", "rosa.dietz", "lena.brandt"
HANNA, JONAS, TOMAS, INES = "hanna.vogt", "jonas.lind", "tomas.rey", "ines.albrecht"
NAMES = {
    GRETA: "Greta Holm, head of data",
    MIRA: "Mira Okafor, analytics engineering",
    HANNA: "Hanna Vogt, web analytics",
    JONAS: "Jonas Lind, web analytics until summer",
    LENA: "Lena Brandt, finance",
    TOMAS: "Tomás Rey, head of customer care",
    INES: "Ines Albrecht, head of storefront",
    PAUL: "Paul Mercer, contractor",
    ROSA: "Rosa Dietz, of the marketing agency",
}
SPEAKERS = (GRETA, MIRA, PAUL, ROSA)
TOKEN_NAME = "demo"  # noqa: S105 - what it is called, and no secret

ADMINISTRATORS_ROLE = "access-administrator"
TERM = timedelta(days=180)


@contextmanager
def people_of(
    server: Server, now: datetime | None = None
) -> Iterator[dict[str, Catalog]]:
    """Accounts of people, whom no password lets in, and tokens of those who speak.

    One of them administers access for half a year, so that there is a second person
    beside the server's own administrator.
    """
    make_people()
    appoint(GRETA, (now or timezone.now()) + TERM)
    revoke_tokens()  # what a demo that was killed left behind
    try:
        yield {name: RemoteCatalog(server.url, _token_of(name)) for name in SPEAKERS}
    finally:
        revoke_tokens()


def make_people() -> None:
    """An account for each, unless it is there."""
    for username, name in NAMES.items():
        if not Principal.objects.filter(username__iexact=username).exists():
            create_principal(username, name=name, actor=None)


def appoint(username: str, until: datetime) -> None:
    """Let somebody administer access until then, unless they do."""
    if not Role.objects.filter(name=ADMINISTRATORS_ROLE).exists():
        create_role(
            ADMINISTRATORS_ROLE,
            {
                Action.ASSET_VIEW,
                Action.LINEAGE_VIEW,
                Action.ACCESS_VIEW,
                Action.ACCESS_GRANT,
            },
            actor=None,
            description="Says who may do what, and changes nothing else.",
        )
    who = Principal.objects.get(username=username)
    held = Grant.objects.valid().filter(principal=who, role__name=ADMINISTRATORS_ROLE)
    if not held.exists():
        grant_role(
            who,
            ADMINISTRATORS_ROLE,
            valid_to=until,
            reason="The second one who administers access, for half a year",
            actor=None,
        )


def revoke_tokens(names: Mapping[str, str] = NAMES) -> None:
    """Shut out the tokens by which the demo spoke for people."""
    live = Token.objects.live().filter(name=TOKEN_NAME)
    for token in live.filter(principal__username__in=names):
        revoke_token(token, actor=None, reason=WHY_REVOKED)


def _token_of(username: str) -> str:
    who = Principal.objects.get(username=username)
    ends = timezone.now() + LASTS
    return create_token(who, TOKEN_NAME, expires_at=ends, actor=None).raw
