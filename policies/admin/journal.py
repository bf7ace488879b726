"""What was done, by whom, to what and why; and who tried in vain."""

import json
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from policies import access
from policies.actions import Action
from policies.admin_site import Answer, Desk, Section, Since, moment, site
from policies.admin_site.cells import identifier, quiet
from policies.audit import Act
from policies.models import FailedAttempt, JournalEntry, Principal


def nouns() -> dict[str, Any]:
    """What acts are about, each with the condition that finds them."""
    found: dict[str, list[str]] = {}
    for each in Act:
        found.setdefault(each.partition(".")[0], []).append(str(each))

    def about(acts: list[str]) -> Any:
        return lambda: Q(act__in=acts)

    return {noun: (noun.replace("_", " "), about(acts)) for noun, acts in found.items()}


class ByActor(admin.SimpleListFilter):
    """Whose acts: set by links from people, and said while it is set."""

    title = "who"
    parameter_name = "actor"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        asked = self.uuid()
        found = Principal.objects.filter(public_id=asked) if asked else ()
        return [(str(one.public_id), one.username) for one in found]

    def uuid(self) -> UUID | None:
        try:
            return UUID(self.used_parameters.get(self.parameter_name, ""))
        except ValueError:
            return None

    def queryset(self, request: Any, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        return queryset.filter(actor=self.uuid()) if self.uuid() else queryset.none()


@admin.register(JournalEntry, site=site)
class JournalDesk(Desk):
    """For those who see all assets, which acts name; /journal is for others, too."""

    title = "Journal"
    section = Section.HAPPENED
    purpose = "Every act: who, what, on what, when and why. Nobody can change it."
    opens = (Action.JOURNAL_VIEW,)
    keeps_history = False
    is_long = True
    ordering = ("-recorded_at", "-id")
    list_display = (
        moment("recorded_at", "when"),
        "act",
        "who",
        "on",
        "why",
        "request_id",
    )
    sortable_by = ()
    list_filter = (
        Since("recorded_at", "when"),
        ByActor,
        Answer("noun", "about", nouns()),
    )
    search_fields = ("act",)
    search_help_text = (
        "An act as it is written, somebody's sign-in name, a request's id, or the "
        "whole name of what was acted on."
    )
    fields = readonly_fields = (
        "when",
        "act",
        "who",
        "on",
        "why",
        "what_changed",
        "request_id",
        "id",
        "as_recorded",
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        reads = super().has_view_permission(request, obj)
        return reads and access.may_everywhere(request.user, Action.ASSET_VIEW)

    def rows(self, request: HttpRequest) -> Any:
        names = Principal.objects.filter(public_id=OuterRef("actor"))
        return JournalEntry.objects.annotate(
            actor_name=Subquery(names.values("username")[:1])
        )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """By whole words, each of which has an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        named = Principal.objects.filter(username__iexact=term)
        # Known beforehand, each part of the question goes by its own index.
        people = list(named.values_list("public_id", flat=True))
        found = Q(act=term) | Q(actor__in=people) | Q(request_id=term)
        parts = [
            part for part in (term.rpartition(":")[0], term.rpartition(":")[2]) if part
        ]
        keys = {json.dumps([term], ensure_ascii=False, separators=(",", ":"))}
        if len(parts) == 2:
            keys.add(json.dumps(parts, ensure_ascii=False, separators=(",", ":")))
        return queryset.filter(found | Q(target_key__in=keys)), False

    when = staticmethod(moment("recorded_at", "when"))

    @admin.display(description="who")
    def who(self, row: Any) -> SafeString:
        if row.actor is None:
            return quiet("the system")
        return format_html("{}", row.actor_name or identifier(str(row.actor)))

    @admin.display(description="on")
    def on(self, row: JournalEntry) -> SafeString:
        key = json.loads(row.target_key)
        kind = row.target_kind.rpartition(".")[2]
        return format_html('{} <span class="id">{}</span>', kind, ":".join(key))

    @admin.display(description="why")
    def why(self, row: JournalEntry) -> str:
        return str(row.record["reason"] or "")

    @admin.display(description="changes")
    def what_changed(self, row: JournalEntry) -> SafeString:
        text = json.dumps(row.changes, indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)

    @admin.display(description="as recorded")
    def as_recorded(self, row: JournalEntry) -> SafeString:
        return format_html("<pre>{}</pre>", bytes(row.body).decode())


@admin.register(FailedAttempt, site=site)
class FailedAttemptDesk(Desk):
    section = Section.HAPPENED
    purpose = "Who tried in vain within the last minutes; then the journal has it."
    opens = (Action.JOURNAL_VIEW,)
    keeps_history = False
    ordering = ("-minute", "-pk")
    list_display = (moment("minute", "minute"), "kind", "source", "whose", "count")
    list_filter = (Since("minute", "when"), "kind")
    search_fields = ("source",)
    fields = readonly_fields = ("in_minute", "kind", "source", "whose", "count")
    in_minute = staticmethod(moment("minute", "minute"))

    def rows(self, request: HttpRequest) -> Any:
        names = Principal.objects.filter(public_id=OuterRef("principal"))
        return FailedAttempt.objects.annotate(
            principal_name=Subquery(names.values("username")[:1])
        )

    @admin.display(description="whose name or token")
    def whose(self, row: Any) -> SafeString:
        return format_html("{}", row.principal_name or quiet("nobody's"))
