"""How do a model's administration pages ask for rights, read rows, and change them?"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import ActionLocation, ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import Media
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from policies import access, audit
from policies.actions import Action
from policies.admin_site.acts import REFUSALS, told
from policies.admin_site.inlines import ServiceInline, plain
from policies.admin_site.paging import CappedPaginator
from policies.admin_site.site import Entry, Section, who
from policies.gates import denial, holds
from policies.models import Governed, JournalEntry, Principal
from policies.problems import Problem

LOOKUPS = ("", "__exact", "__in", "__isnull", "__id__exact")
TRAIL_LENGTH = 200


class Desk(ModelAdmin):  # type: ignore[type-arg]
    """The administration pages of one model.

    `opens`, `adds` and `changes` are the actions that they need. Rows come through the
    policy filter; a service makes and changes them, in `create` and `change`, and
    what it refuses stands in the form. Nothing is deleted: what is to end is ended by
    acts (`policies.admin_site.acts`).
    """

    section: Section
    purpose: str  # one line for the index
    opens: tuple[Action, ...]  # any of them lets its list be seen
    adds: Action | None = None
    changes: Action | None = None
    suggested_by = ""  # the field whose values boxes offer, if any
    refusals = REFUSALS  # what its services raise, and forms tell
    title = ""  # of the list, where it is not the plural of the model's name
    rank = 0  # within its section of the index, the lowest first
    keeps_history = True  # whether somebody can act on its rows
    is_long = False  # a table of millions, that is not counted
    list_per_page = 50
    list_max_show_all = 0
    show_facets = ModelAdmin.show_facets.NEVER
    show_full_result_count = False
    actions_selection_counter = True

    # --- Who may ---------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(holds(request.user, action) for action in self.opens)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.adds)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.changes)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def _may(self, request: HttpRequest, action: Action | None) -> bool:
        seen = self.has_view_permission(request)
        return action is not None and seen and holds(request.user, action)

    # --- What is read ----------------------------------------------------------

    def rows(self, request: HttpRequest) -> Any:
        """The rows that the reader may see."""
        if issubclass(self.model, Governed):
            manager: Any = self.model._default_manager
            return manager.permitted(request.user, Action.ASSET_VIEW)
        return self.model._default_manager.all()

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = self.rows(request)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        related = db_field.remote_field.model
        if issubclass(related, Governed):
            return related._default_manager.permitted(request.user, Action.ASSET_VIEW)
        return super().get_field_queryset(db, db_field, request)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **more: Any) -> Any:
        return plain(super().formfield_for_dbfield(db_field, request, **more))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the filters offer: a hash could be asked for letter by letter."""
        for each in self.get_list_filter(request):
            name = each[0] if isinstance(each, tuple) else each
            name = getattr(name, "parameter_name", name)
            if isinstance(name, str) and lookup in [name + more for more in LOOKUPS]:
                return True
        return False

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: Any,
        per_page: int,
        *args: Any,
        **more: Any,
    ) -> "Paginator[Any]":
        kind = CappedPaginator if self.is_long else Paginator
        return kind(queryset, per_page, *args, **more)

    # --- What is changed -------------------------------------------------------

    def create(self, request: HttpRequest, form: Any) -> Any:
        """Have a service make the row that the form asks for; answers it."""
        raise NotImplementedError

    def change(self, request: HttpRequest, row: Any, form: Any) -> None:
        """Have a service change the row as the form asks."""
        raise NotImplementedError

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        if change:
            self.change(request, obj, form)
        else:
            made = self.create(request, form)
            obj.__dict__.update(made.__dict__)

    def save_formset(
        self, request: HttpRequest, form: Any, formset: Any, change: bool
    ) -> None:
        inline = formset.inline
        for each in formset.extra_forms:
            if each.has_changed() and isinstance(inline, ServiceInline):
                inline.save_new(request, form.instance, each.cleaned_data)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        if request.method == "POST":
            needed = self.changes if object_id else self.adds
            if needed is None:
                return HttpResponseNotAllowed(["GET"])
            if not holds(request.user, needed):
                raise denial(request, who(request), needed)
        extra = {
            **(extra_context or {}),
            "acts": self._acts_on(request, object_id),
            "links": self.links(request, object_id),
            "keeps_history": self.keeps_history,
        }
        try:
            return super().changeform_view(request, object_id, form_url, extra)
        except self.refusals as refusal:
            request.refusal = told(refusal)  # type: ignore[attr-defined]
        # Once more, to show the form as it was filled in, and what was said to it.
        return super().changeform_view(request, object_id, form_url, extra)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **more: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **more)
        # The class was made for this request alone.
        form.request, form.refusal = request, getattr(request, "refusal", "")
        return form

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the journal has it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the journal has it."""

    def construct_change_message(self, *args: Any, **more: Any) -> Any:
        return []

    def links(self, request: HttpRequest, object_id: str | None) -> list[Any]:
        """Further buttons of a row's page: `label` and `address` of each."""
        return []

    # --- Acts ------------------------------------------------------------------

    def get_actions(
        self,
        request: HttpRequest,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> Any:
        """Acts are of lists; a row's page offers those of the list, too."""
        offered: Any = super().get_actions(request, action_location)
        return {
            name: each
            for name, each in offered.items()
            if holds(request.user, each.func.needs)
        }

    def _acts_on(self, request: HttpRequest, object_id: str | None) -> list[Any]:
        row = object_id and self.get_object(request, unquote(object_id))
        if not row:
            return []
        found = self.get_actions(request).values()
        return [
            {"name": a.name, "label": a.description, "is_bad": a.func.is_bad}
            for a in found
            if a.func.for_row(row)
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST":
            asked: Any = getattr(type(self), request.POST.get("action", ""), None)
            needs = getattr(asked, "needs", None)
            if needs is not None and not holds(request.user, needs):
                raise denial(request, who(request), needs)
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self._demand_key(key)
        extra = {
            "title": self.heading,
            "purpose": self.purpose,
            "key_name": ACTION_CHECKBOX_NAME,
            **(extra_context or {}),
        }
        return super().changelist_view(request, extra)

    def _demand_key(self, key: str) -> None:
        """Raise Problem (400) for what no row of this model can be chosen by."""
        try:
            self.opts.pk.to_python(key)
        except ValidationError:
            raise Problem(
                400, "key_invalid", "Choose rows by their boxes: a key is none of them."
            ) from None

    # --- Addresses -------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        stem = f"{self.opts.app_label}_{self.opts.model_name}"

        def at(route: str, view: Callable[..., HttpResponse], kind: str) -> URLPattern:
            gate: Any = self.admin_site.gate  # type: ignore[attr-defined]
            guarded: Callable[..., HttpResponse] = gate(view, self.opens)
            return path(route, guarded, name=f"{stem}_{kind}")

        found = [at("", self.changelist_view, "changelist")]
        if self.adds:
            found.append(at("add/", self.add_view, "add"))
        return [
            *found,
            *self.more_urls(at),
            *self._history_urls(at),
            at("<path:object_id>/change/", self.change_view, "change"),
        ]

    def _history_urls(self, at: Callable[..., URLPattern]) -> list[URLPattern]:
        route = "<path:object_id>/history/"
        return [at(route, self.history_view, "history")] if self.keeps_history else []

    def more_urls(self, at: Callable[..., URLPattern]) -> list[URLPattern]:
        """Pages beside those that every model has."""
        return []

    def address(self, kind: str, *keys: Any) -> str:
        """Where this model's page of a kind is."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{kind}"
        return reverse(name, args=[quote(key) for key in keys])

    def as_entry(self, request: HttpRequest) -> Entry:
        """Its line of the index."""
        add = self.address("add") if self.has_add_permission(request) else ""
        return Entry(self.heading, self.purpose, self.address("changelist"), add)

    @property
    def heading(self) -> str:
        return self.title or capfirst(str(self.opts.verbose_name_plural))

    def _get_obj_does_not_exist_redirect(self, *args: Any) -> HttpResponse:
        raise Http404

    # --- History ---------------------------------------------------------------

    def journal_target(self, row: Any) -> audit.Target:
        """By what name the journal knows the row."""
        return audit.Target.of(row)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """What the journal says of one row, the last act first.

        To those who see all assets: an act can name any. For others there is /journal.
        """
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        if not access.may(request.user, Action.JOURNAL_VIEW):
            raise denial(request, who(request), Action.JOURNAL_VIEW)
        if not access.may_everywhere(request.user, Action.ASSET_VIEW):
            raise denial(request, who(request), Action.ASSET_VIEW)
        entries = trail_of(self.journal_target(row))
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "opts": self.opts,
            "original": row,
            "entries": entries,
            "is_cut": len(entries) == TRAIL_LENGTH,
        }
        return TemplateResponse(request, "admin/object_history.html", context)

    # --- Looks -----------------------------------------------------------------

    @property
    def media(self) -> Media:
        return Media()

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        messages.success(
            request, f"{capfirst(str(self.opts.verbose_name))} {obj} is made."
        )
        if "_addanother" in request.POST:
            return HttpResponseRedirect(request.get_full_path())
        return HttpResponseRedirect(self.address("change", obj.pk))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(
            request, f"{capfirst(str(self.opts.verbose_name))} {obj} is changed."
        )
        return HttpResponseRedirect(self.address("change", obj.pk))


def trail_of(target: audit.Target) -> Sequence[JournalEntry]:
    """The last entries about a thing, each with `who`."""
    found = JournalEntry.objects.filter(
        target_kind=target.kind, target_key=audit.canonical(target.key).decode()
    )
    entries = list(found.order_by("-recorded_at", "-pk")[:TRAIL_LENGTH])
    return with_actors(entries)


def with_actors(entries: Sequence[JournalEntry]) -> Sequence[JournalEntry]:
    """The same, each with `who` did it in words, and `details` to read."""
    ids = {entry.actor for entry in entries if entry.actor}
    people = {p.public_id: p for p in Principal.objects.filter(public_id__in=ids)}
    for entry in entries:
        told: Any = entry
        told.who = people.get(entry.actor, entry.actor) if entry.actor else "the system"
        told.details = json.dumps(entry.changes, indent=2, ensure_ascii=False)
    return entries
