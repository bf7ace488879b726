"""Which actions does a route need, and what becomes of those who lack them?"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from policies import access, audit
from policies.actions import Action
from policies.models import Principal
from policies.problems import Problem
from policies.signing_in import bearer

# What a route declares that is open to everybody: the sign-in page, health checks.
PUBLIC: Final[frozenset[Action]] = frozenset()


class Demand(StrEnum):
    """What a route may need beside actions."""

    SIGNED_IN = "somebody who is signed in"


# What a route declares that is about whoever asks: any account opens it, no right does.
SIGNED_IN: Final = Demand.SIGNED_IN

View = Callable[..., HttpResponseBase]


def requires(*actions: Action) -> Callable[[View], View]:
    """Let a page be seen by those alone who may do all of `actions` on something.

    What they see of it is for `permitted` to say. Strangers go to the sign-in page;
    whoever is signed in and lacks an action is told so, and it is journaled.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            bearer.refuse_credentials_in_query(request)
            lacking = [each for each in actions if not holds(request.user, each)]
            if not lacking:
                return view(request, *args, **kwargs)
            if request.user.is_anonymous:
                return _send_to_sign_in(request)
            raise denial(request, request.user, lacking[0])

        return _declare(guarded, frozenset(actions))

    return decorate


def requires_any(*actions: Action) -> Callable[[View], View]:
    """As `requires`, for a page that any one of `actions` opens."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            bearer.refuse_credentials_in_query(request)
            if any(holds(request.user, each) for each in actions):
                return view(request, *args, **kwargs)
            if request.user.is_anonymous:
                return _send_to_sign_in(request)
            raise denial(request, request.user, actions[0])

        return _declare(guarded, frozenset(actions))

    return decorate


def signed_in(view: View) -> View:
    """Let a page be seen by whoever is signed in: it is about themselves."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        bearer.refuse_credentials_in_query(request)
        if request.user.is_anonymous:
            return _send_to_sign_in(request)
        return view(request, *args, **kwargs)

    return _declare(guarded, frozenset({SIGNED_IN}))


def public(view: View) -> View:
    """Declare that a page is open to everybody, if credentials are kept out of it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        bearer.refuse_credentials_in_query(request)
        return view(request, *args, **kwargs)

    return _declare(guarded, PUBLIC)


def holds(user: Principal | AnonymousUser, action: Action) -> bool:
    """Whether someone may do `action` at all: somewhere, if it is bound to assets."""
    if action.is_bound_to_assets:
        return access.may_somewhere(user, action)
    return access.may(user, action)


def denial(request: HttpRequest, user: Principal, action: Action) -> Problem:
    """The refusal of someone known who lacks an action; journals it, by itself."""
    route = request.resolver_match.view_name if request.resolver_match else ""
    audit.record_alone(
        audit.Act.ACCESS_DENIED,
        audit.Target("route", (route,)),
        actor=user,
        changes={"action": action, "method": request.method},
    )
    return Problem(
        HTTPStatus.FORBIDDEN,
        "action_forbidden",
        f"This needs the right {action}, and no grant of yours gives it. Ask an "
        "administrator for a role that has it.",
        extra={"action": str(action)},
    )


def _send_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        # The fragment that was asked for cannot show a sign-in page: the browser goes.
        return HttpResponseClientRedirect(reverse("login"))
    return redirect_to_login(request.get_full_path())


def _declare(view: View, actions: frozenset[Action | Demand]) -> View:
    view.actions = actions  # type: ignore[attr-defined]
    return view
