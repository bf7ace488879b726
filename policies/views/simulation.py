"""What would some changes of access do, all together, before any of them is made?"""

import json
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from policies.actions import Action
from policies.compiler.conditions import ConditionInvalid
from policies.gates import requires
from policies.models import Principal, Role
from policies.simulation import simulate
from policies.simulation.proposing import MOST_CHANGES, Proposed, change_meant
from policies.simulation.telling import tell
from policies.telling.meaning import Unclear
from policies.views.base import reader_of
from policies.views.forms import Suggested
from policies.views.scope_form import ScopeForm

KINDS = [
    ("give", "Give or deny a role"),
    ("revoke", "Revoke a grant"),
    ("join", "Put somebody into a group"),
    ("leave", "Take somebody out of a group"),
    ("nest", "Put a group into another"),
    ("unnest", "Take a group out of another"),
    ("stop", "Stop somebody"),
    ("resume", "Let somebody in again"),
]
TEXTS = ("group", "outer", "grant", "condition", "role", "effect")
GROUP = "group:"


class ChangeForm(ScopeForm):
    """One change to be added to those that are looked at."""

    kind_of_change = forms.ChoiceField(label="Change", choices=KINDS)
    holder = forms.CharField(
        label="Who",
        required=False,
        max_length=200,
        widget=Suggested("holder"),
        help_text="A sign-in name; a role can go to group:NAME, too.",
    )
    effect = forms.ChoiceField(
        label="What it does", choices=[("allow", "Allows"), ("deny", "Denies")]
    )
    role = forms.ChoiceField(label="Role", required=False, initial="viewer")
    condition = forms.CharField(
        label="When, in words",
        required=False,
        max_length=4000,
        help_text="Such as: environment is production and not tag is PII.",
    )
    group = forms.CharField(label="Group", required=False, max_length=200)
    outer = forms.CharField(
        label="Into, or out of, the group", required=False, max_length=200
    )
    grant = forms.CharField(
        label="Number of the grant",
        required=False,
        max_length=20,
        help_text="As its page says: 12 of no. 12.",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        names = Role.objects.in_use().order_by("-is_built_in", "name")
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (name, name) for name in names.values_list("name", flat=True)
        ]
        self.fields["effect"].required = self.fields["reach"].required = False
        self.document: dict[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        document = self._document(told)
        try:
            change_meant(document, self.reader)
        except Unclear as unclear:
            field = "holder" if unclear.field == "principal" else unclear.field
            self.refuse(unclear, field)
        except ConditionInvalid as invalid:
            self.refuse(invalid, "condition")
        else:
            self.document = document
        return told

    def _document(self, told: dict[str, Any]) -> dict[str, Any]:
        document: dict[str, Any] = {"change": told.get("kind_of_change", "")}
        document |= {name: told[name] for name in TEXTS if told.get(name)}
        holder = told.get("holder", "").strip()
        if holder.lower().startswith(GROUP) and document["change"] == "give":
            document["group"] = holder[len(GROUP) :].strip()
        elif holder:
            document["principal"] = holder
        if document["change"] == "give":
            if "principal" in document:
                document.pop("group", None)
            scope = {
                "reach": told.get("reach"),
                "domain": told.get("domain"),
                "namespace": told.get("namespace"),
                "tag": told.get("tag"),
                "kind": told.get("kind"),
                "assetNamespace": told.get("asset_namespace"),
                "assetName": told.get("asset_name"),
            }
            document["scope"] = {name: text for name, text in scope.items() if text}
        wanted = NEEDED.get(document["change"], ())
        return {name: text for name, text in document.items() if name in wanted}


NEEDED = {
    "give": (
        *("change", "principal", "group", "role", "effect", "scope"),
        "condition",
    ),
    "revoke": ("change", "grant"),
    "join": ("change", "principal", "group"),
    "leave": ("change", "principal", "group"),
    "nest": ("change", "group", "outer"),
    "unnest": ("change", "group", "outer"),
    "stop": ("change", "principal"),
    "resume": ("change", "principal"),
}


@require_GET
@requires(Action.ACCESS_VIEW)
def access_simulation(request: HttpRequest) -> HttpResponse:
    """The changes that are looked at, what they would do, and a form for another."""
    reader = reader_of(request)
    texts = request.GET.getlist("change")[:MOST_CHANGES]
    form = ChangeForm(reader=reader)
    if "kind_of_change" in request.GET:
        form = ChangeForm(request.GET, reader=reader)
        if form.is_valid() and len(texts) < MOST_CHANGES:
            return _look_at([*texts, json.dumps(form.document, ensure_ascii=False)])
    proposed, faults = _meant(texts, reader)
    told = None
    if proposed and not faults:
        told = tell(simulate([one.change for one, _ in proposed]), reader)
    context = {
        "form": form,
        "texts": texts,
        "changes": [(one.words, without) for one, without in proposed],
        "faults": faults,
        "told": told,
        "is_full": len(texts) >= MOST_CHANGES,
    }
    status = 422 if form.errors or faults else 200
    return render(request, "policies/simulation.html", context, status=status)


def _meant(
    texts: list[str], reader: Principal
) -> tuple[list[tuple[Proposed, str]], list[str]]:
    """Each change with the address of the page without it; what is unclear of them."""
    proposed, faults = [], []
    for number, text in enumerate(texts):
        try:
            document = json.loads(text)
            if not isinstance(document, dict):
                raise Unclear("change", "A change is an object.")
            meant = change_meant(document, reader)
        except (ValueError, RecursionError) as fault:
            # Unclear and ConditionInvalid are ValueErrors, as what is no JSON is.
            faults.append(f"Change {number + 1}: {fault}")
        else:
            rest = [*texts[:number], *texts[number + 1 :]]
            proposed.append((meant, _address(rest)))
    return proposed, faults


def _look_at(texts: list[str]) -> HttpResponse:
    return HttpResponseRedirect(_address(texts))


def _address(texts: list[str]) -> str:
    query = QueryDict(mutable=True)
    query.setlist("change", texts)
    asked = f"?{query.urlencode()}" if texts else ""
    return f"{reverse('access-simulation')}{asked}"
