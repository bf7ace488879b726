"""Did this person sign in from this browser before? A signed cookie says so.

It opens nothing: it only keeps tries from elsewhere from counting here. It names its
owners by their opaque ids.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from policies.models import Principal

COOKIE = f"{settings.COOKIE_PREFIX}headwater-device"
SALT = "policies.devices"
KEPT_SECONDS = 365 * 24 * 3600
OWNERS_MOST = 5  # of one browser


def device_of(request: HttpRequest, principal: Principal | None) -> str | None:
    """The name of this browser as one of `principal`'s; None if it is not known so."""
    return _known(request).get(str(principal.public_id)) if principal else None


def remember(
    request: HttpRequest, response: HttpResponse, principal: Principal
) -> None:
    """Let this browser be known as one of `principal`'s from now on."""
    known = _known(request)
    device = known.pop(str(principal.public_id), None) or secrets.token_urlsafe(12)
    latest = dict(list(known.items())[-(OWNERS_MOST - 1) :])
    response.set_cookie(
        COOKIE,
        signing.dumps({**latest, str(principal.public_id): device}, salt=SALT),
        max_age=KEPT_SECONDS,
        secure=settings.IS_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        told: dict[str, str] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT_SECONDS
        )
    except signing.BadSignature:
        return {}
    return told
