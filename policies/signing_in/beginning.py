"""How does a session begin, once it is known who somebody is?

Who has a second factor shows it first: until then the browser has a note of who proved
what, and nothing else. The session itself begins with a new key.
"""

import time
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from policies.models import Principal
from policies.signing_in import second_factor
from policies.signing_in.session_store import SECOND_FACTOR

BACKEND = "django.contrib.auth.backends.ModelBackend"
HALF_WAY = "_half_way"
HALF_WAY_SECONDS = 600
BY = "_by"


class By(StrEnum):
    """What somebody proved who they are by."""

    PASSWORD = "password"  # noqa: S105
    SIGN_ON = "sign-on"


@dataclass(frozen=True, slots=True)
class HalfWay:
    """Somebody proved who they are, and has yet to show a second factor."""

    principal: Principal
    by: By
    onward: str


def begin(
    request: HttpRequest,
    principal: Principal,
    *,
    by: By,
    onward: str,
    has_second_factor: bool = False,
) -> bool:
    """Let somebody in, or half way if a second factor is to be shown; whether in.

    `has_second_factor` says that whoever vouches for them has seen one.
    """
    if has_second_factor or not second_factor.is_enrolled(principal):
        finish(request, principal, by=by, has_second_factor=has_second_factor)
        return True
    request.session.flush()  # nothing of whoever used this browser before
    request.session[HALF_WAY] = {
        "principal": principal.pk,
        "hash": principal.get_session_auth_hash(),
        "by": str(by),
        "onward": onward,
        "at": time.time(),
    }
    return False


def half_way(request: HttpRequest) -> HalfWay | None:
    """Who has yet to show a second factor here; nobody after ten minutes."""
    note = request.session.get(HALF_WAY)
    if not note or time.time() - note["at"] > HALF_WAY_SECONDS:
        return None
    principal = Principal.objects.active().filter(pk=note["principal"]).first()
    if principal is None or not constant_time_compare(
        note["hash"], principal.get_session_auth_hash()
    ):
        return None  # stopped, or given another password meanwhile
    return HalfWay(principal, By(note["by"]), note["onward"])


def finish(
    request: HttpRequest, principal: Principal, *, by: By, has_second_factor: bool
) -> None:
    """Begin the session, under a new key; nothing of an earlier one is left in it."""
    request.session.flush()
    request.session[BY] = str(by)
    request.session[SECOND_FACTOR] = has_second_factor
    login(request, principal, backend=BACKEND)
