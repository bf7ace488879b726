"""From where does a request come?"""

from django.conf import settings
from django.http import HttpRequest


def source_of(request: HttpRequest) -> str:
    """The address of whoever asks: as the proxies tell it that are known to.

    `HEADWATER_PROXIES` in front append what they saw to X-Forwarded-For; what stands
    before that anybody can have written.
    """
    own = str(request.META.get("REMOTE_ADDR", ""))
    known: int = settings.HEADWATER_PROXIES
    if not known:
        return own
    told = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    seen = [each.strip() for each in told.split(",") if each.strip()]
    return seen[-known] if len(seen) >= known else own


def is_told_apart() -> bool:
    """Whether sources are those of people, and not all of them one proxy's."""
    return bool(settings.HEADWATER_PROXIES) or not settings.HEADWATER_BEHIND_TLS
