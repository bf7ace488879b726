"""Which actions go together under a name, and who has them?"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import validate_slug
from django.db import IntegrityError
from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from policies import services
from policies.actions import Action
from policies.gates import holds, requires, requires_any
from policies.models import Role
from policies.telling.meanings import MEANINGS
from policies.views.base import REFUSALS, demand, reader_of, see_other
from policies.views.forms import AccessForm, ReasonField

SEEING = (Action.ACCESS_VIEW, Action.ACCESS_GRANT, Action.ACCESS_SHARE)


class RoleForm(AccessForm):
    """A role's actions and what it is for."""

    description = forms.CharField(max_length=300, required=False)
    actions = forms.MultipleChoiceField(
        choices=[(str(action), MEANINGS[action]) for action in Action],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "A role needs at least one action."},
    )


class NewRoleForm(RoleForm):
    name = forms.CharField(
        max_length=64,
        validators=[validate_slug],
        help_text="Letters, digits, hyphens; it cannot be changed later.",
    )


class RetireForm(AccessForm):
    reason = ReasonField(required=False, help_text="It stands in the journal.")


@require_GET
@requires_any(*SEEING)
def role_list(request: HttpRequest) -> HttpResponse:
    """All roles: shipped ones first, those out of use last."""
    rows = _counted().order_by(
        F("retired_at").asc(nulls_first=True), "-is_built_in", "name"
    )
    return render(request, "policies/role_list.html", {"roles": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.ACCESS_GRANT)
def role_new(request: HttpRequest) -> HttpResponse:
    """Make a role."""
    form = NewRoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            role = services.create_role(
                told["name"],
                told["actions"],
                description=told["description"],
                actor=reader_of(request),
            )
        except IntegrityError:
            form.refuse("There is a role of this name already.", "name")
        except REFUSALS as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"The role {role} is made. Grant it to somebody.")
            return see_other("role-detail", role.name)
    context = {"form": form, "parts": _parts(form)}
    status = 422 if form.errors else 200
    return render(request, "policies/role_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_any(*SEEING)
def role_detail(request: HttpRequest, name: str) -> HttpResponse:
    """One role; an administrator changes those that were made here."""
    role = get_object_or_404(_counted(), name=name)
    form = RoleForm(
        initial={"description": role.description, "actions": role.actions},
        auto_id="role-%s",
    )
    retiring = RetireForm(auto_id="retire-%s")
    if request.method == "POST":
        demand(request, Action.ACCESS_GRANT)
        match request.POST.get("act"):
            case "change":
                form = RoleForm(request.POST, auto_id="role-%s")
                done = _change(request, role, form)
            case "retire":
                retiring = RetireForm(request.POST, auto_id="retire-%s")
                done = _retire(request, role, retiring)
            case "reinstate":
                services.reinstate_role(role, actor=reader_of(request))
                done = f"{role} can be granted again."
            case _:
                raise Http404
        if done:
            messages.success(request, done)
            return see_other("role-detail", role.name)
    context = {
        "role": role,
        "actions": [(a, MEANINGS[a]) for a in Action if a in role.actions],
        "form": form,
        "parts": _parts(form),
        "retiring": retiring,
        "may_change": holds(request.user, Action.ACCESS_GRANT),
    }
    status = 422 if form.errors or retiring.errors else 200
    return render(request, "policies/role_detail.html", context, status=status)


def _change(request: HttpRequest, role: Role, form: RoleForm) -> str:
    if form.is_valid():
        told = form.cleaned_data
        try:
            services.change_role(
                role,
                told["actions"],
                description=told["description"],
                actor=reader_of(request),
            )
        except REFUSALS as refusal:
            form.refuse(refusal)
        else:
            return "It is saved, and holds for all who have the role."
    role.refresh_from_db(fields=["actions", "description"])
    return ""


def _retire(request: HttpRequest, role: Role, form: RetireForm) -> str:
    if form.is_valid():
        try:
            services.retire_role(
                role, actor=reader_of(request), reason=form.cleaned_data["reason"]
            )
        except REFUSALS as refusal:
            form.refuse(refusal)
        else:
            return f"{role} is out of use. It can be taken into use again."
    return ""


def _counted() -> Any:
    standing = Q(grants__recorded_to=None)
    return Role.objects.annotate(grant_count=Count("grants", filter=standing))


def _parts(form: RoleForm) -> list[tuple[str, list[Any]]]:
    """The boxes of the actions, by what they are about: before the point."""
    parts: dict[str, list[Any]] = {}
    for box in form["actions"].subwidgets:
        parts.setdefault(str(box.data["value"]).partition(".")[0], []).append(box)
    return list(parts.items())
