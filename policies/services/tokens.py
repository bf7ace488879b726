"""Which programs are let in: making and revoking bearer tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from policies import audit
from policies.models import Principal, Reach, Role, Token
from policies.models.tokens import LIVE_TOKENS_PER_NAME
from policies.services.grants import grant_role, role_named
from policies.services.principals import create_principal
from policies.signing_in import tokens

FIRST_PRODUCER = "producer"
OVERLAP = timedelta(days=7)  # while both the old and the new token count


class TooManyTokens(RuntimeError):
    """Both places of this name are taken by live tokens."""


class TokenIsOver(ValueError):
    """A token that lets nobody in any more cannot get a successor."""


class NotAService(ValueError):
    """A person's account was named where a service account was to get a token."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: `raw` is shown to its bearer now, and never again."""

    raw: str
    token: Token


@transaction.atomic
def create_token(
    principal: Principal,
    name: str,
    *,
    actor: Principal | None,
    role: str | None = None,
    namespace: str = "",
    expires_at: datetime | None = None,
) -> NewToken:
    """Make a token of a principal, which may do what both it and its owner may.

    `role` and `namespace` (a glob) narrow it. Of one name two can live at a time: the
    old one goes on while the new one is brought to where it is used.

    Raises TooManyTokens, UnknownRole.
    """
    slot = _free_slot(principal, name)
    raw, presented = tokens.mint()
    token = Token.objects.create(
        key_id=presented.key_id,
        secret_sha256=presented.secret_sha256,
        principal=principal,
        name=name,
        slot=slot,
        role=role_named(role) if role else None,
        reach=Reach.NAMESPACE if namespace else Reach.EVERYTHING,
        namespace_glob=namespace,
        expires_at=expires_at,
        created_by=actor,
    )
    audit.record(
        audit.Act.TOKEN_CREATED,
        _target(token),
        actor=actor,
        changes={
            "principal": principal.public_id,
            "role": role,
            "namespace": namespace or None,
            "expires_at": expires_at,
        },
    )
    return NewToken(raw, token)


@transaction.atomic
def rotate_token(
    token: Token, *, actor: Principal | None, overlap: timedelta = OVERLAP
) -> NewToken:
    """Make a successor that may do the same for as long; the old one ends soon.

    Raises TokenIsOver, and TooManyTokens while the old one has a successor already.
    """
    old = Token.objects.select_for_update().get(pk=token.pk)
    now = timezone.now()
    if old.revoked_at or (old.expires_at and old.expires_at <= now):
        raise TokenIsOver(f"{old.name} is over already: make another token instead.")
    lifetime = old.expires_at - old.created_at if old.expires_at else None
    new = create_token(
        old.principal,
        old.name,
        role=old.role.name if old.role else None,
        namespace=old.namespace_glob,
        expires_at=now + lifetime if lifetime else None,
        actor=actor,
    )
    old.expires_at = min(old.expires_at or now + overlap, now + overlap)
    old.save(update_fields=["expires_at"])
    audit.record(
        audit.Act.TOKEN_ROTATED,
        _target(old),
        actor=actor,
        changes={"successor": new.token.key_id, "expires_at": old.expires_at},
    )
    return new


@transaction.atomic
def revoke_token(token: Token, *, actor: Principal | None, reason: str = "") -> None:
    """Shut a token out, from the next request on; repeating it changes nothing."""
    live = Token.objects.filter(pk=token.pk, revoked_at=None)
    if not live.update(revoked_at=Now()):
        return
    token.refresh_from_db(fields=["revoked_at"])
    audit.record(
        audit.Act.TOKEN_REVOKED,
        _target(token),
        actor=actor,
        reason=reason or None,
        changes={"principal": token.principal.public_id},
    )


@transaction.atomic
def create_service_token(
    name: str,
    *,
    role: str,
    namespace: str = "",
    expires_at: datetime | None = None,
    actor: Principal | None,
) -> NewToken:
    """Make a token that has one role, in the name of a service account made for it.

    An account of this name gets the role beside those it has; the token has this alone.
    Raises TooManyTokens, UnknownRole, and NotAService if a person is called so.
    """
    role_named(role)
    principal = Principal.objects.filter(username__iexact=name).first()
    if principal is None:
        kind = Principal.Kind.SERVICE
        principal = create_principal(name, kind=kind, actor=actor)
    elif principal.kind != Principal.Kind.SERVICE:
        raise NotAService(f"{name} is a person; name the token's account otherwise.")
    grant_role(principal, role, namespace=namespace, actor=actor)
    return create_token(
        principal,
        name,
        role=role,
        namespace=namespace,
        expires_at=expires_at,
        actor=actor,
    )


@transaction.atomic
def ensure_producer_token(known: str | None) -> str:
    """A token that may send events: `known` if it still counts, else a new one.

    Of the two that may live, the older one makes room.
    """
    if known and _may_ingest(known):
        return known
    role = Role.objects.get(name="producer")
    mine = Token.objects.live().filter(name=FIRST_PRODUCER, role=role)
    own = mine.filter(principal__username=FIRST_PRODUCER).order_by("-created_at")
    for old in own[LIVE_TOKENS_PER_NAME - 1 :]:
        revoke_token(
            old, actor=None, reason="its text was lost; another takes its place"
        )
    return create_service_token(FIRST_PRODUCER, role="producer", actor=None).raw


def _may_ingest(raw: str) -> bool:
    try:
        return not tokens.authenticate_now(raw).ingest.is_nothing
    except tokens.TokenRefused:
        return False


def _free_slot(principal: Principal, name: str) -> int:
    Principal.objects.select_for_update().get(pk=principal.pk)  # one at a time
    holding = Token.objects.filter(principal=principal, name=name, revoked_at=None)
    for expired in holding.filter(expires_at__lte=timezone.now()):
        revoke_token(expired, actor=None, reason="expired, and its place is needed")
    taken = set(holding.values_list("slot", flat=True))
    for slot in range(1, LIVE_TOKENS_PER_NAME + 1):
        if slot not in taken:
            return slot
    raise TooManyTokens(
        f"{name} has {LIVE_TOKENS_PER_NAME} live tokens already; revoke one first."
    )


def _target(token: Token) -> audit.Target:
    return audit.Target("policies.token", (token.key_id,))
