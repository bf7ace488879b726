"""What is done to chosen rows of a list, with a page in between that says so?"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from policies.actions import Action
from policies.admin_site.fields import ActForm
from policies.services import (
    BuiltIn,
    FollowsDirectory,
    GroupInUse,
    GroupRetired,
    LastAdministrator,
    NestingCycle,
    NotAService,
    NotGrantable,
    NotShareable,
    RoleInUse,
    ScopeInvalid,
    TooManyTokens,
    UnknownRole,
)

MOST_ROWS = 1000
SHOWN_ROWS = 50


class Refusal(Exception):
    """A service would not do it, and the message says why."""


REFUSALS: tuple[type[Exception], ...] = (
    Refusal,
    BuiltIn,
    FollowsDirectory,
    ValidationError,
    IntegrityError,
    LastAdministrator,
    NotAService,
    NotShareable,
    TooManyTokens,
    UnknownRole,
    GroupInUse,
    GroupRetired,
    NestingCycle,
    NotGrantable,
    RoleInUse,
    ScopeInvalid,
)


class Doing(Protocol):
    """Does an act to all of the rows, or raises one of `REFUSALS`; may say what."""

    __name__: str

    def __call__(
        self, desk: Any, request: HttpRequest, rows: Sequence[Any], given: Any, /
    ) -> str | None: ...


def told(refusal: Exception) -> str:
    """What a service's refusal says to whoever filled in the form."""
    if isinstance(refusal, ValidationError):
        return " ".join(refusal.messages)
    if isinstance(refusal, IntegrityError):
        return "There is one of this name already."
    return str(refusal)


def act(
    label: str,
    *,
    needs: Action,
    said: str,
    form: type[ActForm] = ActForm,
    warns: str = "",
    for_row: Callable[[Any], bool] | None = None,
) -> Callable[[Doing], Any]:
    """An act of a list and of its rows' pages, for those who hold `needs`.

    `said` is the message afterwards, `{count}` in it; `warns` stands on the page in
    between. All rows or none: the first refusal undoes the others.
    """

    def decorate(do: Doing) -> Any:
        def run(desk: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
            rows = list(queryset[: MOST_ROWS + 1])
            if len(rows) > MOST_ROWS:
                messages.error(
                    request, f"At most {MOST_ROWS:,} at once: filter the list first."
                )
                return None
            is_sent = "apply" in request.POST
            asked = form(request.POST if is_sent else None, request=request)
            if is_sent and asked.is_valid():
                try:
                    with transaction.atomic():
                        words = do(desk, request, rows, asked.cleaned_data)
                except desk.refusals as refusal:
                    asked.add_error(None, told(refusal))
                else:
                    words = words or said.format(count=_counted(desk, rows))
                    messages.success(request, words)
                    return HttpResponseRedirect(_back(desk, request, rows))
            return _page(desk, request, rows, asked)

        def _page(
            desk: Any, request: HttpRequest, rows: Sequence[Any], asked: ActForm
        ) -> HttpResponse:
            context = {
                **desk.admin_site.each_context(request),
                "title": label,
                "opts": desk.opts,
                "form": asked,
                "warns": warns,
                "rows": rows[:SHOWN_ROWS],
                "more": max(0, len(rows) - SHOWN_ROWS),
                "keys": [row.pk for row in rows],
                "key_name": ACTION_CHECKBOX_NAME,
                "act_name": do.__name__,
                "back": _back(desk, request, rows),
                "button": f"{label} {_counted(desk, rows)}",
                "is_bad": bool(warns),
            }
            return TemplateResponse(request, "admin/act.html", context)

        run.__name__ = do.__name__
        run.__doc__ = do.__doc__
        run.short_description = label  # type: ignore[attr-defined]
        run.needs = needs  # type: ignore[attr-defined]
        run.for_row = for_row or (lambda row: True)  # type: ignore[attr-defined]
        run.is_bad = bool(warns)  # type: ignore[attr-defined]
        return run

    return decorate


def _counted(desk: Any, rows: Sequence[Any]) -> str:
    opts = desk.opts
    noun = opts.verbose_name if len(rows) == 1 else opts.verbose_name_plural
    return f"{len(rows):,} {noun}"


def _back(desk: Any, request: HttpRequest, rows: Iterable[Any]) -> str:
    """To where the act was asked for: the row's own page, or the list as it was."""
    if key := request.POST.get("from_row"):
        return str(desk.address("change", key))
    return request.get_full_path()
