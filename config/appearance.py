"""What does every page show beside its own content, and in which light?"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from policies.gates import public
from policies.onward import onward

COOKIE = f"{settings.COOKIE_PREFIX}headwater-theme"
THEMES = {"light", "dark"}
YEAR_SECONDS = 365 * 24 * 3600


def shell(request: HttpRequest) -> dict[str, str]:
    """The chosen theme ("" follows the system), and the role of strangers if any."""
    theme = request.COOKIES.get(COOKIE, "")
    return {
        "theme": theme if theme in THEMES else "",
        "anonymous_role": settings.HEADWATER_ANONYMOUS_ROLE,
    }


@public
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the reader's theme in this browser, and go back to where they were."""
    target = onward(request, request.POST.get("next", ""), "/")
    response: HttpResponse = HttpResponseRedirect(target)
    if "HX-Request" in request.headers:
        response = HttpResponse(status=204)  # the page has changed already
    theme = request.POST.get("theme")
    if theme in THEMES:
        response.set_cookie(
            COOKIE,
            theme,
            max_age=YEAR_SECONDS,
            secure=settings.IS_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
