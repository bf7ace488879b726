"""What have the pages of access in common: who reads, and what follows a form?"""

from collections.abc import Mapping
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from policies import services
from policies.actions import Action
from policies.compiler.conditions import ConditionInvalid
from policies.gates import denial, holds
from policies.models import Principal

PAGE_SIZE = 50
# What services refuse, and forms tell in the message's own words.
REFUSALS: tuple[type[Exception], ...] = (
    ConditionInvalid,
    ValidationError,
    services.BuiltIn,
    services.FollowsDirectory,
    services.GroupInUse,
    services.GroupRetired,
    services.LastAdministrator,
    services.NestingCycle,
    services.NotGrantable,
    services.RoleInUse,
    services.ScopeInvalid,
    services.UnknownRole,
)


def reader_of(request: HttpRequest) -> Principal:
    """Who reads, where the page demands somebody."""
    return cast(Principal, request.user)


def demand(request: HttpRequest, action: Action) -> None:
    """Refuse whoever may not do an action at all. Raises Problem (403)."""
    if not holds(request.user, action):
        raise denial(request, reader_of(request), action)


def see_other(
    route: str, *args: Any, query: Mapping[str, str] | None = None
) -> HttpResponse:
    """Send the browser on to a page, which it gets (303)."""
    response = HttpResponseRedirect(reverse(route, args=args, query=query))
    response.status_code = 303
    return response


def cut(request: HttpRequest, rows: Any, size: int = PAGE_SIZE) -> Page[Any]:
    """The page of a list that was asked for; the nearest one that there is."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
