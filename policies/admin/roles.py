"""What a role may do: the shipped ones to read, and those made here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from policies import services
from policies.actions import Action
from policies.admin_site import (
    Desk,
    ReasonForm,
    Section,
    ServiceForm,
    act,
    pill,
    site,
    who,
)
from policies.admin_site.cells import quiet
from policies.audit import Target
from policies.models import Role
from policies.services.roles import target_of
from policies.services.second_factor import demand_second_factor


class RoleForm(ServiceForm):
    actions = forms.MultipleChoiceField(
        choices=[(str(action), str(action)) for action in Action],
        widget=forms.CheckboxSelectMultiple,
        help_text="access.*, journal.*, operations.*, glossary.* and property.* count "
        "only where the role is granted on everything.",
    )

    class Meta:
        model = Role
        fields = ("name", "description", "actions")


@admin.register(Role, site=site)
class RoleDesk(Desk):
    section = Section.ACCESS
    purpose = "Which actions go together under a name."
    opens = (Action.ACCESS_VIEW,)
    adds = changes = Action.ACCESS_GRANT
    ordering = ("name",)
    list_display = (
        "name",
        "description",
        "what",
        "origin",
        "factors",
        "grant_count",
    )
    list_filter = ("is_built_in", "needs_second_factor")
    actions = ("demand", "relax", "retire", "reinstate")
    search_fields = ("name", "description")
    form = RoleForm
    readonly_fields = ("what", "origin", "factors", "grant_count")

    def rows(self, request: HttpRequest) -> Any:
        standing = Count("grants", filter=Q(grants__recorded_to=None))
        return Role.objects.annotate(standing=standing)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_shipped = obj is not None and obj.is_built_in
        return not is_shipped and super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("name", "description", "actions")
        known = ("origin", "factors", "grant_count")
        if self.has_change_permission(request, obj):
            return ("name", "description", "actions", *known)
        return ("name", "description", "what", *known)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "name") if obj else self.readonly_fields

    @admin.display(description="actions")
    def what(self, row: Role) -> SafeString:
        actions = format_html_join(
            " ", '<span class="tag">{}</span>', ((each,) for each in row.actions)
        )
        return actions or quiet("none")

    @admin.display(description="origin", ordering="is_built_in")
    def origin(self, row: Role) -> SafeString:
        if row.retired_at is not None:
            return pill("out of use", "warn")
        return pill("shipped") if row.is_built_in else pill("made here", "busy")

    @admin.display(description="sign-in", ordering="needs_second_factor")
    def factors(self, row: Role) -> SafeString:
        if row.needs_second_factor:
            return pill("with a second factor", "good")
        return quiet("as people like")

    @admin.display(description="grants", ordering="standing")
    def grant_count(self, row: Any) -> int:
        return int(row.standing)

    def journal_target(self, row: Role) -> Target:
        return target_of(row)

    @act(
        "Ask for a second factor of",
        needs=Action.ACCESS_GRANT,
        said="{count}: whoever holds it needs a second factor from now on.",
        warns="Who has none is led to set one up before anything else, from the next "
        "request on. Tokens go on.",
        for_row=lambda row: not row.needs_second_factor,
    )
    def demand(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            demand_second_factor(row, True, actor=who(request))

    @act(
        "Ask for no second factor of",
        needs=Action.ACCESS_GRANT,
        said="{count}: a second factor is for each to choose.",
        warns="Passwords alone let in again those who have no second factor.",
        for_row=lambda row: row.needs_second_factor,
    )
    def relax(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            demand_second_factor(row, False, actor=who(request))

    @act(
        "Put out of use",
        needs=Action.ACCESS_GRANT,
        said="{count} out of use.",
        form=ReasonForm,
        warns="It cannot be granted any more, until it is taken into use again.",
        for_row=lambda row: not row.is_built_in and row.retired_at is None,
    )
    def retire(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.retire_role(row, actor=who(request), reason=given["reason"])

    @act(
        "Take into use again",
        needs=Action.ACCESS_GRANT,
        said="{count} in use again.",
        for_row=lambda row: row.retired_at is not None,
    )
    def reinstate(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.reinstate_role(row, actor=who(request))

    def create(self, request: HttpRequest, form: Any) -> Role:
        given = form.cleaned_data
        return services.create_role(
            given["name"],
            given["actions"],
            description=given["description"],
            actor=who(request),
        )

    def change(self, request: HttpRequest, row: Role, form: Any) -> None:
        given = form.cleaned_data
        services.change_role(
            row, given["actions"], description=given["description"], actor=who(request)
        )
