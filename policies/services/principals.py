"""Who is let in at all: making, stopping and resuming principals."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from policies import audit
from policies.models import Principal
from policies.services.grants import (
    grant_role,
    has_administrator,
    keeping_an_administrator,
)
from policies.services.sessions import drop_sessions

FIRST_ADMINISTRATOR = "admin"


@transaction.atomic
def create_principal(
    username: str,
    *,
    actor: Principal | None,
    kind: Principal.Kind = Principal.Kind.PERSON,
    name: str = "",
    email: str = "",
    password: str | None = None,
    is_staff: bool = False,
    must_change: bool = False,
) -> Principal:
    """Make a principal, who has no rights yet; without a password only tokens let in.

    With `must_change` the password lets in only to choose another.

    Raises ValidationError for no name and for a password that the rules refuse,
    IntegrityError for a name that is taken, whatever its case.
    """
    if not username.strip():
        raise ValidationError("A name is needed.")
    principal = Principal(
        username=username, kind=kind, name=name, email=email, is_staff=is_staff
    )
    if password is not None:
        validate_password(password, principal)
    principal.set_password(password)
    principal.must_change_password = must_change and password is not None
    principal.save(force_insert=True)
    audit.record(
        audit.Act.PRINCIPAL_CREATED,
        principal,
        actor=actor,
        changes={"kind": str(kind), "is_staff": is_staff},
    )
    return principal


@transaction.atomic
def set_active(
    principal: Principal, active: bool, *, actor: Principal | None, reason: str = ""
) -> None:
    """Let a principal in, or shut every door to it at once; repeating changes nothing.

    Raises LastAdministrator if nobody could grant anything any more.
    """
    changed = Principal.objects.filter(pk=principal.pk, is_active=not active)
    with keeping_an_administrator():
        count = changed.update(is_active=active, left_at=None)
    if not count:
        return
    principal.is_active, principal.left_at = active, None
    if not active:
        drop_sessions(principal)  # so that none comes back when they are resumed
    audit.record(
        audit.Act.PRINCIPAL_ACTIVATED if active else audit.Act.PRINCIPAL_DEACTIVATED,
        principal,
        actor=actor,
        reason=reason or None,
    )


@transaction.atomic
def change_principal(
    principal: Principal, *, name: str, email: str, actor: Principal | None
) -> None:
    """Call a principal otherwise, or write to another address.

    The journal has which of them changed: what they are is personal data.
    """
    before = Principal.objects.select_for_update().get(pk=principal.pk)
    wanted = {"name": name, "email": email}
    changed = [field for field, to in wanted.items() if getattr(before, field) != to]
    if not changed:
        return
    principal.name, principal.email = name, email
    principal.save(update_fields=changed)
    audit.record(
        audit.Act.PRINCIPAL_CHANGED, principal, actor=actor, changes={"fields": changed}
    )


@transaction.atomic
def change_password(
    principal: Principal,
    password: str,
    *,
    actor: Principal | None,
    must_change: bool = False,
    keep_session: str | None = None,
) -> None:
    """Give a principal another password, which ends its sessions, but one if asked.

    With `must_change` it lets in only to choose another: whoever gives it knows it.
    Raises ValidationError if the rules refuse it.
    """
    validate_password(password, principal)
    principal.set_password(password)
    principal.must_change_password = must_change
    principal.save(update_fields=["password", "must_change_password"])
    drop_sessions(principal, keep=keep_session)
    audit.record(
        audit.Act.PASSWORD_CHANGED,
        principal,
        actor=actor,
        changes={"must_change": must_change},
    )


@transaction.atomic
def create_administrator(
    username: str, password: str, *, actor: Principal | None
) -> Principal:
    """Make a person who may do everything. Raises as `create_principal` does."""
    principal = create_principal(
        username, password=password, is_staff=True, actor=actor
    )
    _appoint(principal, actor=actor, reason="made as an administrator")
    return principal


@transaction.atomic
def ensure_first_administrator(password: str) -> Principal | None:
    """Make somebody who may do everything, if there is nobody; None if there is.

    The password was chosen by whoever runs the server, and is taken as it is.
    """
    if has_administrator():
        return None
    name, number = FIRST_ADMINISTRATOR, 1
    while Principal.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{FIRST_ADMINISTRATOR}{number}"
    principal = create_principal(name, actor=None, is_staff=True)
    principal.set_password(password)
    principal.save(update_fields=["password"])
    _appoint(principal, actor=None, reason="the first administrator")
    return principal


def _appoint(principal: Principal, *, actor: Principal | None, reason: str) -> None:
    """Give the role admin by a grant, which can be seen and taken away like others."""
    grant_role(principal, "admin", actor=actor, reason=reason)
