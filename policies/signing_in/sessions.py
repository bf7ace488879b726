"""Who signed in and out: Django's three signals, turned into the journal."""

from typing import Any

from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from policies import audit
from policies.models import Principal
from policies.signing_in.attempts import Kind, count_failure, network_of
from policies.signing_in.beginning import BY, By
from policies.signing_in.session_store import DEVICE, SECOND_FACTOR, SOURCE, STARTED
from policies.signing_in.sources import source_of

DEVICE_MOST = 200


def connect() -> None:
    """Listen; repeating it changes nothing."""
    user_logged_in.connect(_opened, dispatch_uid="policies.session.opened")
    user_logged_out.connect(_closed, dispatch_uid="policies.session.closed")
    user_login_failed.connect(_failed, dispatch_uid="policies.session.failed")


def _opened(*, user: Principal, request: HttpRequest, **_: Any) -> None:
    session = request.session
    session[STARTED] = timezone.now().isoformat()
    session[DEVICE] = request.META.get("HTTP_USER_AGENT", "")[:DEVICE_MOST]
    session[SOURCE] = network_of(source_of(request))
    with transaction.atomic():
        audit.record(
            audit.Act.SESSION_OPENED,
            user,
            actor=user,
            changes={
                "by": session.get(BY, By.PASSWORD),
                "second_factor": bool(session.get(SECOND_FACTOR)),
            },
        )


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
    source = source_of(request) if request else ""
    count_failure(Kind.SIGN_IN, source, known.public_id if known else None)
