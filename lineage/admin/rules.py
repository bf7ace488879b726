"""By which rules are datasets of several names one?"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from lineage.models import AliasRule
from lineage.services.alias_rules import (
    RuleEnded,
    RuleSaysNothing,
    end_alias_rule,
    make_alias_rule,
)
from policies import access
from policies.actions import Action
from policies.admin_site import (
    REFUSALS,
    Answer,
    Desk,
    NeededReasonForm,
    Section,
    ServiceForm,
    act,
    moment,
    pill,
    site,
    who,
)

NAMES = {
    "namespace": "Where it holds; empty is everywhere.",
    "name": "Of two datasets that are one, and of one that stands alone.",
    "other_namespace": "The one that it becomes.",
    "other_name": "The name that it becomes.",
}


class RuleForm(ServiceForm):
    namespace = forms.CharField(required=False, help_text=NAMES["namespace"])
    name = forms.CharField(required=False, help_text=NAMES["name"])
    other_namespace = forms.CharField(
        required=False, help_text=NAMES["other_namespace"]
    )
    other_name = forms.CharField(required=False, help_text=NAMES["other_name"])
    reason = forms.CharField(max_length=500)

    class Meta:
        model = AliasRule
        fields = (
            "kind",
            "namespace",
            "name",
            "other_namespace",
            "other_name",
            "reason",
        )


@admin.register(AliasRule, site=site)
class AliasRuleDesk(Desk):
    """For those who may edit everything: a rule reaches the names of all.

    Who is kept from anything is kept from rules, which could name it.
    """

    section = Section.CURATION
    purpose = "Which names are one dataset, and which stands alone."
    opens = (Action.LINEAGE_EDIT,)
    adds = Action.LINEAGE_EDIT
    refusals = (*REFUSALS, RuleEnded, RuleSaysNothing)
    ordering = ("-recorded_from", "-pk")
    list_display = (
        "kind",
        "namespace",
        "name",
        "other_namespace",
        "other_name",
        "reason",
        "state",
        moment("recorded_from", "since"),
    )
    list_filter = (
        "kind",
        Answer(
            "state",
            "state",
            {
                "force": ("in force", lambda: Q(recorded_to=None)),
                "ended": ("ended", lambda: Q(recorded_to__isnull=False)),
            },
        ),
    )
    search_fields = ("namespace", "name", "other_namespace", "other_name", "reason")
    actions = ("end",)
    form = RuleForm
    given = ("kind", "namespace", "name", "other_namespace", "other_name", "reason")
    fields = given
    readonly_fields = ("state", "since", "until")
    since = staticmethod(moment("recorded_from", "since"))
    until = staticmethod(moment("recorded_to", "until", "now"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        needed = (Action.LINEAGE_EDIT, Action.ASSET_VIEW)
        return all(access.may_everywhere(request.user, action) for action in needed)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.given, *self.readonly_fields) if obj else self.given

    @admin.display(description="state")
    def state(self, row: AliasRule) -> SafeString:
        return pill("ended") if row.recorded_to else pill("in force", "good")

    def create(self, request: HttpRequest, form: Any) -> AliasRule:
        told = {name: form.cleaned_data[name] for name in self.given}
        return make_alias_rule(AliasRule(**told), actor=who(request))

    @act(
        "End",
        needs=Action.LINEAGE_EDIT,
        said="{count} ended.",
        form=NeededReasonForm,
        warns="What it alone held together comes apart again.",
        for_row=lambda row: row.recorded_to is None,
    )
    def end(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            end_alias_rule(row, reason=given["reason"], actor=who(request))
