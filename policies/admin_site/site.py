"""Which administration pages are there, under which addresses, and who gets in?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from policies.access import Someone
from policies.actions import Action
from policies.gates import holds, requires_any
from policies.models import Principal

SUGGESTIONS = 20
TERM_MAX = 200


class Section(StrEnum):
    """What people come for; the order is the index's."""

    ACCESS = "Access"
    CATALOG = "Catalog"
    CURATION = "Curation"
    HAPPENED = "What happened"
    OPERATIONS = "Operations"


@dataclass(frozen=True)
class Page:
    """An administration page that is about no one model."""

    name: str
    title: str
    purpose: str
    section: Section
    opens: tuple[Action, ...]  # any of them lets it be seen
    view: Callable[..., HttpResponse]
    route: str
    is_listed: bool = True  # on the index


@dataclass(frozen=True)
class Entry:
    """One line of the index."""

    title: str
    purpose: str
    address: str
    add_address: str = ""


def who(request: HttpRequest) -> Principal:
    """Whoever is signed in: nobody else comes past the gates of these pages.

    (An anonymous role may read here, where it has the actions; it does nothing.)
    """
    if not isinstance(request.user, Principal):
        raise PermissionDenied
    return request.user


class Site(AdminSite):
    """The administration pages; apps register what they have in their `admin`."""

    site_header = site_title = index_title = "Administration"
    empty_value_display = '<span class="quiet">\N{EN DASH}</span>'
    final_catch_all_view = False

    def __init__(self) -> None:
        super().__init__("admin")
        self._actions: dict[str, Any] = {}  # nothing is deleted here
        self.pages: list[Page] = []

    def add_page(self, page: Page) -> None:
        """Have a page of its own beside those of the models."""
        self.pages.append(page)

    def opening(self) -> frozenset[Action]:
        """The actions of which any one opens some page."""
        opens = [desk.opens for desk in self.desks.values()]
        return frozenset().union(*opens, *(page.opens for page in self.pages))

    @property
    def desks(self) -> dict[type[Any], Any]:
        """What apps registered, by model."""
        return self._registry

    def lets_in(self, user: Someone) -> bool:
        """Whether there is any page here for `user`."""
        return any(holds(user, action) for action in sorted(self.opening()))

    def has_permission(self, request: HttpRequest) -> bool:
        return self.lets_in(request.user)

    def gate(
        self, view: Callable[..., HttpResponse], opens: Iterable[Action]
    ) -> Callable[..., HttpResponseBase]:
        """The view for those alone who hold one of `opens`; it declares them."""
        return requires_any(*sorted(opens))(never_cache(view))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        opening = self.opening()
        addresses: list[URLPattern | URLResolver] = [
            path("", self.gate(require_GET(self.index), opening), name="index"),
            path(
                "suggest",
                self.gate(require_GET(self.suggest), opening),
                name="suggest",
            ),
        ]
        addresses += [
            path(page.route, self.gate(page.view, page.opens), name=page.name)
            for page in self.pages
        ]
        addresses += [
            path(
                f"{model._meta.app_label}/{model._meta.model_name}/",
                include(desk.get_urls()),
            )
            for model, desk in self.desks.items()
        ]
        return addresses

    def index(
        self, request: HttpRequest, extra_context: Any = None
    ) -> TemplateResponse:
        """What there is for this reader, by what people come for."""
        context = {**self.each_context(request), "sections": self.sections(request)}
        return TemplateResponse(request, "admin/index.html", context)

    def sections(self, request: HttpRequest) -> dict[str, list[Entry]]:
        """The index: what this reader may open, by section; no table is counted."""
        found: dict[str, list[Entry]] = {str(section): [] for section in Section}
        for page in self.pages:
            opens = any(holds(request.user, action) for action in page.opens)
            if opens and page.is_listed:
                address = reverse(f"{self.name}:{page.name}")
                found[page.section].append(Entry(page.title, page.purpose, address))
        for desk in sorted(self.desks.values(), key=lambda desk: desk.rank):
            if desk.has_view_permission(request):
                found[desk.section].append(desk.as_entry(request))
        return {title: entries for title, entries in found.items() if entries}

    def suggest(self, request: HttpRequest) -> HttpResponse:
        """Names of rows that the reader may see, for a box that is being typed in."""
        label = request.GET.get("of", "")
        desk = next(
            (d for m, d in self.desks.items() if m._meta.label_lower == label), None
        )
        term = request.GET.get("q", "")[:TERM_MAX]
        if (
            desk is None
            or not desk.suggested_by
            or not desk.has_view_permission(request)
        ):
            raise Http404
        rows = desk.get_queryset(request).filter(
            **{f"{desk.suggested_by}__icontains": term}
        )
        names = rows.order_by(desk.suggested_by).values_list(
            desk.suggested_by, flat=True
        )
        return JsonResponse({"names": list(names[:SUGGESTIONS])})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"site_title": self.site_title, "is_popup": False}


site = Site()
