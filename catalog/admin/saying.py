"""How is one thing said of many assets at once?"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest

from catalog.curation.faults import Refused
from catalog.curation.kinds import OWNER_KINDS, Written, kind_named
from catalog.curation.subjects import Subject
from catalog.models import Change, Dataset, Domain, Lifecycle, Tag
from catalog.services import Saying, say
from policies.admin_site import REFUSALS, ActForm, Desk, NameInput, Refusal, act, who


def reason_field() -> forms.CharField:
    return forms.CharField(
        max_length=500, required=False, help_text="Stands in the journal."
    )


class CuratedDesk(Desk):
    """A desk of the catalog's: what curation refuses, its forms tell."""

    refusals = (*REFUSALS, Refused)


class TagForm(ActForm):
    value = forms.CharField(label="Tag", widget=NameInput(Tag._meta.label_lower))
    reason = reason_field()


class DomainForm(ActForm):
    value = forms.CharField(label="Domain", widget=NameInput(Domain._meta.label_lower))
    reason = reason_field()


class OwnerForm(ActForm):
    value = forms.CharField(
        label="Owner",
        widget=NameInput("policies.principal"),
        help_text="A sign-in name, group:NAME, or name:NAME for somebody unknown here.",
    )
    detail = forms.ChoiceField(
        label="Kind", choices=[(kind, kind) for kind in OWNER_KINDS]
    )
    reason = reason_field()


class TierForm(ActForm):
    value = forms.ChoiceField(
        label="Tier",
        choices=[(str(n), str(n)) for n in range(1, 6)],
        help_text="1 is what matters most.",
    )
    reason = reason_field()


class EnvironmentForm(ActForm):
    value = forms.CharField(label="Environment", help_text="A word, production say.")
    reason = reason_field()


class LifecycleForm(ActForm):
    value = forms.ChoiceField(label="Lifecycle", choices=Lifecycle.choices)
    detail = forms.CharField(
        label="Successor",
        required=False,
        help_text="Of what is deprecated: namespace:name of what takes its place.",
    )
    reason = reason_field()


def saying(kind_name: str, label: str, form: type[ActForm], said: str) -> Any:
    """An act that says one thing of all chosen assets, as one change."""
    kind = kind_named(kind_name)

    def do(desk: Any, request: HttpRequest, rows: Sequence[Any], given: Any) -> str:
        written = Written(given["value"], given.get("detail", ""), request.user)
        subjects = subjects_of(desk, request, rows, kind.action)
        sayings = [
            Saying(kind, each, kind.fields_of(each, written)) for each in subjects
        ]
        return _said(request, sayings, given["reason"])

    do.__name__ = f"say_{kind_name}"
    return act(label, needs=kind.action, said=said, form=form)(do)


def unsaying(kind_name: str, label: str, form: type[ActForm]) -> Any:
    """An act that takes one thing back of all chosen assets, as one change."""
    kind = kind_named(kind_name)

    def do(desk: Any, request: HttpRequest, rows: Sequence[Any], given: Any) -> str:
        written = Written(given["value"], given.get("detail", ""), request.user)
        subjects = subjects_of(desk, request, rows, kind.action)
        sayings = [
            Saying(kind, each, None, kind.identity_of(kind.fields_of(each, written)))
            for each in subjects
        ]
        return _said(request, sayings, given["reason"])

    do.__name__ = f"unsay_{kind_name}"
    return act(label, needs=kind.action, said="", form=form)(do)


def subjects_of(
    desk: Any, request: HttpRequest, rows: Sequence[Any], action: Any
) -> list[Subject]:
    """The rows as subjects; raises Refusal if the reader may not act on all of them."""
    keys = [row.pk for row in rows]
    allowed = desk.model._default_manager.permitted(request.user, action)
    found = set(allowed.filter(pk__in=keys).values_list("pk", flat=True))
    if lacking := [row for row in rows if row.pk not in found]:
        raise Refusal(
            f"{len(lacking)} of these are not yours to do that to, "
            f"{lacking[0]} for one."
        )
    kind = desk.opts.model_name
    if desk.model is Dataset:
        # A raw name stands for the dataset that it is a name of.
        named = Dataset.objects.permitted(request.user, action).filter(names__in=keys)
        return [
            Subject(kind, row) for row in named.select_related("namespace").distinct()
        ]
    return [Subject(kind, row) for row in rows]


def _said(request: HttpRequest, sayings: Sequence[Saying], reason: str) -> str:
    change = say(sayings, actor=who(request), via=Change.Via.ADMIN, reason=reason)
    if change is None:
        return "All of that was so already."
    return f"{change.summary} It can be undone on the page of the change."
