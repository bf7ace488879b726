"""Who signed in and out: Django's three signals, turned into the journal."""

from typing import Any

from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.db import transaction
from django.http import HttpRequest

from policies import audit
from policies.attempts import Kind, count_failure
from policies.models import Principal


def connect() -> None:
    """Listen; repeating it changes nothing."""
    user_logged_in.connect(_opened, dispatch_uid="policies.session.opened")
    user_logged_out.connect(_closed, dispatch_uid="policies.session.closed")
    user_login_failed.connect(_failed, dispatch_uid="policies.session.failed")


def _opened(*, user: Principal, **_: Any) -> None:
    with transaction.atomic():
        audit.record(audit.Act.SESSION_OPENED, user, actor=user)


def _closed(*, user: Principal | None, **_: Any) -> None:
    if isinstance(user, Principal):
        with transaction.atomic():
            audit.record(audit.Act.SESSION_CLOSED, user, actor=user)


def _failed(
    *, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    # A name that belongs to nobody is not kept: it may be a password, typed too early.
    tried = str(credentials.get(Principal.USERNAME_FIELD) or "")
    known = Principal.objects.filter(username__iexact=tried).first() if tried else None
    source = request.META.get("REMOTE_ADDR", "") if request else ""
    count_failure(Kind.SIGN_IN, source, known.public_id if known else None)
