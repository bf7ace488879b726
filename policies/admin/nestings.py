"""Which group belongs to which other, and did."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from policies import services
from policies.actions import Action
from policies.admin_site import (
    Answer,
    Desk,
    NameField,
    Section,
    ServiceForm,
    act,
    moment,
    site,
    who,
)
from policies.models import Group, Nesting


class NestingForm(ServiceForm):
    inner = NameField(Group, label="The group")
    outer = NameField(Group, label="belongs to")

    class Meta:
        model = Nesting
        fields = ("inner", "outer")


@admin.register(Nesting, site=site)
class NestingDesk(Desk):
    section = Section.ACCESS
    purpose = "Which group belongs to which other: its people have what that one has."
    opens = (Action.ACCESS_VIEW,)
    adds = Action.ACCESS_GRANT
    ordering = ("outer__name", "inner__name", "pk")
    list_display = (
        "inner",
        "outer",
        moment("recorded_from", "since"),
        moment("recorded_to", "until", "now"),
    )
    list_select_related = ("inner", "outer")
    list_filter = (
        Answer(
            "state",
            "state",
            {
                "standing": ("now", lambda: Q(recorded_to=None)),
                "ended": ("ended", lambda: Q(recorded_to__isnull=False)),
            },
        ),
    )
    search_fields = ("inner__name", "outer__name")
    actions = ("end",)
    form = NestingForm
    shown = ("inner", "outer", "since", "until")
    readonly_fields = ("since", "until")
    since = staticmethod(moment("recorded_from", "since"))
    until = staticmethod(moment("recorded_to", "until", "now"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else ("inner", "outer")

    def journal_target(self, row: Nesting) -> Any:
        return super().journal_target(row.outer)

    def create(self, request: HttpRequest, form: Any) -> Nesting:
        inner, outer = form.cleaned_data["inner"], form.cleaned_data["outer"]
        services.nest_group(outer, inner, actor=who(request))
        return Nesting.objects.standing().get(outer=outer, inner=inner)

    @act(
        "End",
        needs=Action.ACCESS_GRANT,
        said="{count} ended.",
        warns="The group no longer belongs to the other. That it did stays recorded.",
        for_row=lambda row: row.recorded_to is None,
    )
    def end(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.unnest_group(row.outer, row.inner, actor=who(request))
