"""Which fields say how far something reaches, and what do they mean?"""

from typing import Any

from django import forms

from policies.compiler.trees import asset_models
from policies.models import Principal
from policies.services import GrantScope
from policies.telling.meaning import ScopeWords, Unclear, scope_meant
from policies.views.forms import AccessForm, Suggested
from policies.views.grant_form import REACHES, values_field


class ScopeForm(AccessForm):
    """A scope of the tree, as its reader may name it; `scope` once it is valid."""

    reach = forms.ChoiceField(label="On", choices=REACHES)
    domain = values_field("domain", "Domain")
    namespace = forms.CharField(
        label="Namespaces",
        required=False,
        max_length=1024,
        widget=Suggested("namespace"),
        help_text="A name, or a pattern: * stands for anything.",
    )
    tag = values_field("tag", "Tag")
    kind = forms.ChoiceField(label="Kind", required=False)
    asset_namespace = values_field("namespace", "Its namespace")
    asset_name = values_field("asset", "Its name")

    def __init__(self, *args: Any, reader: Principal, **more: Any) -> None:
        super().__init__(*args, **more)
        self.reader = reader
        self.scope = GrantScope()
        kinds = [(kind, kind) for kind in sorted(asset_models())]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        words = {name: told.get(name) or "" for name in ScopeWords.__slots__}
        try:
            meant = scope_meant(ScopeWords(**words), self.reader)
        except Unclear as unclear:
            self.refuse(unclear, unclear.field)
        else:
            self.scope = GrantScope(**meant.arguments)
        return told
