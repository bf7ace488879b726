"""What does somebody want to grant, as a form says it?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from policies.compiler.conditions import Condition, ConditionInvalid, document_of
from policies.compiler.standing import scope_of_grant
from policies.compiler.trees import asset_models
from policies.granting import demand_grantable, may_grant_anything, why_not_given
from policies.models import Grant, Group, Principal, Reach, Role
from policies.services import GrantScope, NotGrantable
from policies.telling.condition_text import document_in
from policies.telling.meaning import (
    ScopeWords,
    Unclear,
    condition_in,
    holder_called,
    scope_meant,
)
from policies.views.forms import AccessForm, InstantField, ReasonField, Suggested

ANY = [("", "any"), ("is", "is"), ("not", "is not")]
REACHES = [
    (Reach.EVERYTHING, "Everything"),
    (Reach.DOMAIN, "A domain, and those below it"),
    (Reach.NAMESPACE, "Namespaces, by name or pattern"),
    (Reach.TAG, "What has a tag, or one below it"),
    (Reach.ASSET, "One asset"),
]
# Of a condition: the word in the grammar, and the fields with its values.
PARTS = (
    ("tag_how", "tag_in", "tags"),
    ("environment_how", "env_in", "environments"),
    ("lifecycle_how", "lifecycle_in", "lifecycles"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A grant before it is given."""

    holder: Principal | Group
    role: Role
    effect: Grant.Effect
    scope: GrantScope
    condition: Condition | None
    valid_from: datetime | None
    valid_to: datetime | None
    reason: str

    def as_grant(self) -> Grant:
        """The row that it would be."""
        return Grant(
            principal=self.holder if isinstance(self.holder, Principal) else None,
            group=self.holder if isinstance(self.holder, Group) else None,
            role=self.role,
            effect=self.effect,
            condition=None if self.condition is None else document_of(self.condition),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            reason=self.reason,
            **self.scope.as_fields(),
        )


def how_field(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=ANY, required=False)


def values_field(of: str, label: str) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=2000, widget=Suggested(of)
    )


class GrantForm(AccessForm):
    """Whom, what, where, on which condition, how long, and why."""

    holder = forms.CharField(
        label="To",
        max_length=200,
        widget=Suggested("holder"),
        help_text="A sign-in name, or group:NAME.",
    )
    effect = forms.ChoiceField(
        label="What it does",
        choices=[("allow", "Allows"), ("deny", "Denies")],
        help_text="A deny beats every allow, and ownership, too.",
    )
    role = forms.ChoiceField(label="Role", initial="viewer")
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
    match = forms.ChoiceField(
        label="When",
        choices=[("all", "all of these hold"), ("any", "any of these holds")],
        required=False,
    )
    tag_how = how_field("Its tag")
    tags = values_field("tag", "Tags, parted by commas")
    environment_how = how_field("Its environment")
    environments = forms.CharField(
        label="Environments, parted by commas", required=False, max_length=2000
    )
    lifecycle_how = how_field("Its lifecycle")
    lifecycles = forms.CharField(
        label="Lifecycles, parted by commas", required=False, max_length=2000
    )
    owner_how = forms.ChoiceField(
        label="Its owner",
        choices=[("", "anybody"), ("is", "is whoever asks"), ("not", "is another one")],
        required=False,
    )
    condition = forms.CharField(
        label="Or in words",
        required=False,
        max_length=4000,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text="Such as: environment is production and not (tag is PII or owner is "
        "me). What stands here counts instead of the choices above.",
    )
    valid_from = InstantField(label="From", help_text="UTC. Empty is at once.")
    valid_to = InstantField(label="Until", help_text="UTC. Empty is for good.")
    reason = ReasonField()

    def __init__(self, *args: Any, giver: Principal, **more: Any) -> None:
        super().__init__(*args, **more)
        self.giver = giver
        self.wanted: Wanted | None = None
        roles = Role.objects.in_use().order_by("-is_built_in", "name")
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.name, f"{role.name}: {role.description}".rstrip(": ")[:120])
            for role in roles
        ]
        kinds = [(kind, kind) for kind in sorted(asset_models())]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if not may_grant_anything(giver):
            self.fields["effect"].choices = [  # type: ignore[attr-defined]
                ("allow", "Allows")
            ]
            self.fields["effect"].help_text = ""
            self.fields["reach"].initial = Reach.ASSET

    @property
    def has_condition(self) -> bool:
        """Whether any part of a condition is filled in."""
        names = [*(how for how, _, _ in PARTS), "owner_how", "condition"]
        return any(self[name].value() for name in names)

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        start, end = told.get("valid_from"), told.get("valid_to")
        if start and end and end <= start:
            self.add_error("valid_to", "It must end after it begins.")
        elif end and end <= timezone.now():
            self.add_error("valid_to", "This is past: it would never hold.")
        try:
            wanted = self._read(told)
        except Unclear as unclear:
            self.refuse(unclear, unclear.field)
        except ConditionInvalid as invalid:
            self.refuse(invalid, "condition")
        except NotGrantable as refusal:
            self.refuse(refusal)
        else:
            self.wanted = None if self.errors else wanted
        return told

    def _read(self, told: dict[str, Any]) -> Wanted | None:
        """Raises Unclear, ConditionInvalid, NotGrantable."""
        words = {name: told.get(name) or "" for name in ScopeWords.__slots__}
        meant = scope_meant(ScopeWords(**words), self.giver)
        condition = self._condition(told)
        if not {"holder", "role", "effect"} <= told.keys():
            return None  # a field of these has its fault told already
        wanted = Wanted(
            holder_called(told["holder"]),
            Role.objects.get(name=told["role"]),
            Grant.Effect(told["effect"]),
            GrantScope(**meant.arguments),
            condition,
            told.get("valid_from"),
            told.get("valid_to"),
            told.get("reason", ""),
        )
        scope = scope_of_grant(wanted.as_grant())
        demand_grantable(wanted.holder, wanted.role, wanted.effect, scope, condition)
        if why_not := why_not_given(self.giver, wanted.role, wanted.effect, scope):
            raise NotGrantable(why_not)
        return wanted

    def _condition(self, told: dict[str, Any]) -> Condition | None:
        if text := told.get("condition", "").strip():
            return condition_in(document_in(text))
        members: list[dict[str, Any]] = []
        for how, word, values in PARTS:
            if told.get(how):
                listed = [one.strip() for one in told.get(values, "").split(",")]
                if not any(listed):
                    raise Unclear(values, "Which?")
                members.append(_perhaps_not(told[how], {word: [*filter(None, listed)]}))
        if told.get("owner_how"):
            members.append(_perhaps_not(told["owner_how"], {"owner_is_me": True}))
        if not members:
            return None
        return condition_in(
            members[0] if len(members) == 1 else {told.get("match") or "all": members}
        )


def _perhaps_not(how: str, said: dict[str, Any]) -> dict[str, Any]:
    return {"not": said} if how == "not" else said
