"""Who curates the shop's data, and with which rights?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from demo.api import Catalog, RemoteCatalog
from demo.server import Server
from policies.actions import Action
from policies.models import Group, Role, Token
from policies.services import (
    create_group,
    create_role,
    create_service_token,
    revoke_token,
)

STEWARD, KEEPER, AUDITOR = "demo-steward", "demo-property-keeper", "demo-auditor"
KEEPERS_ROLE = "property-keeper"
GROUPS = {
    "Analytics engineering": "Builds the marts, and is called when they are late.",
    "Finance": "Closes the books.",
}
LASTS = timedelta(hours=1)
WHY_REVOKED = "The demo has said what it had to say."


@dataclass(frozen=True)
class Staff:
    """The catalog as each of those sees it who have something to say.

    `has_groups` says whether the groups and the steward's account are there, so that
    they can be owners; else they are plain names.
    """

    steward: Catalog
    keeper: Catalog
    auditor: Catalog
    has_accounts: bool = True

    def owner(self, how: str, name: str) -> str:
        """An owner as statements have it; `how` is person, group or name."""
        if how == "name" or not self.has_accounts:
            return f"name:{name}"
        return f"group:{name}" if how == "group" else name


def staff_with(server: Server, token: str) -> Staff:
    """Everybody by one token that somebody lent, of a server that runs elsewhere."""
    one = RemoteCatalog(server.url, token)
    return Staff(one, one, one, has_accounts=False)


@contextmanager
def staff_of(server: Server) -> Iterator[Staff]:
    """Service accounts of the server here, and tokens that end with the story.

    Whoever can read the server's home may do what `manage.py token create` does. Each
    account has what its part of the story takes and no more; the producer's token stays
    as it is.
    """
    for name, description in GROUPS.items():
        if not Group.objects.filter(name__iexact=name).exists():
            create_group(name, actor=None, description=description)
    if not Role.objects.filter(name=KEEPERS_ROLE).exists():
        create_role(
            KEEPERS_ROLE,
            {Action.ASSET_VIEW, Action.PROPERTY_DEFINE},
            actor=None,
            description="Defines properties of our own.",
        )
    revoke_all()  # what a demo that was killed left behind
    try:
        yield Staff(
            steward=RemoteCatalog(server.url, token_of(STEWARD, "steward")),
            keeper=RemoteCatalog(server.url, token_of(KEEPER, KEEPERS_ROLE)),
            auditor=RemoteCatalog(server.url, token_of(AUDITOR, "auditor")),
        )
    finally:
        revoke_all()


def token_of(account: str, role: str) -> str:
    """A new token of a service account, good for an hour."""
    ends = timezone.now() + LASTS
    return create_service_token(account, role=role, expires_at=ends, actor=None).raw


def revoke_all() -> None:
    """Shut out the tokens that the demo made."""
    accounts = (STEWARD, KEEPER, AUDITOR)
    for token in Token.objects.live().filter(principal__username__in=accounts):
        revoke_token(token, actor=None, reason=WHY_REVOKED)
