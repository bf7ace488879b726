"""Who belongs to which group, which group to which, and what does one hold?"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from policies import services
from policies.actions import Action
from policies.compiler import belonging
from policies.gates import holds, requires, requires_any
from policies.lists.grants import held_by_groups
from policies.models import Group, Membership
from policies.telling.meaning import Unclear, group_called, principal_called
from policies.telling.wording import tell_grants
from policies.views.base import REFUSALS, cut, demand, reader_of, see_other
from policies.views.forms import AccessForm, ReasonField, Suggested

SEEING = (Action.ACCESS_VIEW, Action.ACCESS_GRANT)


class GroupForm(AccessForm):
    name = forms.CharField(max_length=150)
    description = forms.CharField(max_length=300, required=False)


class MemberForm(AccessForm):
    principal = forms.CharField(
        label="Sign-in name", max_length=150, widget=Suggested("principal")
    )


class NestForm(AccessForm):
    group = forms.CharField(label="Group", max_length=150, widget=Suggested("group"))


class RetireForm(AccessForm):
    reason = ReasonField(required=False, help_text="It stands in the journal.")


@require_GET
@requires_any(*SEEING)
def group_list(request: HttpRequest) -> HttpResponse:
    """The groups that are in use, or those that are not."""
    text = request.GET.get("q", "").strip()[:200].replace("\0", "")
    is_retired = request.GET.get("state") == "retired"
    found = Group.objects.filter(retired_at__isnull=not is_retired).filter(
        Q(name__icontains=text) | Q(description__icontains=text)
    )
    page = cut(request, found.annotate(**_counts()).order_by("name"))
    counted = belonging.member_counts([group.pk for group in page.object_list])
    is_part = request.headers.get("HX-Request") == "true"
    context = {
        "page": page,
        "rows": [(group, counted[group.pk]) for group in page.object_list],
        "text": text,
        "is_retired": is_retired,
        "is_part": is_part,
    }
    template = "policies/_group_rows.html" if is_part else "policies/group_list.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.ACCESS_GRANT)
def group_new(request: HttpRequest) -> HttpResponse:
    """Make a group."""
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            group = services.create_group(actor=reader_of(request), **form.cleaned_data)
        except IntegrityError:
            form.refuse(_taken(form.cleaned_data["name"]), "name")
        except ValidationError as refusal:
            form.refuse(refusal, "name")
        else:
            messages.success(request, f"The group {group} is made. Who belongs to it?")
            return see_other("group-detail", group.public_id)
    status = 422 if form.errors else 200
    return render(request, "policies/group_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_any(*SEEING)
def group_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One group: members, nestings, what it holds; and what may be changed of it."""
    group = get_object_or_404(Group, public_id=public_id)
    shown: dict[str, Any] = {}
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        demand(request, Action.ACCESS_GRANT)
        done = act(request, group, shown)
        if done:
            messages.success(request, done)
            return see_other("group-detail", group.public_id)
    status = 422 if shown else 200
    context = {**_told(request, group), **shown}
    return render(request, "policies/group_detail.html", context, status=status)


@require_POST
@requires(Action.ACCESS_GRANT)
def member_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let somebody belong to a group no longer."""
    group = get_object_or_404(Group, public_id=public_id)
    member = get_object_or_404(
        Membership.objects.standing().select_related("principal"),
        group=group,
        principal__username=request.POST.get("principal", "").replace("\0", ""),
    )
    try:
        services.remove_member(group, member.principal, actor=reader_of(request))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{member.principal} belongs to {group} no longer.")
    return see_other("group-detail", group.public_id)


def _add_member(request: HttpRequest, group: Group, shown: dict[str, Any]) -> str:
    form = MemberForm(request.POST, auto_id="member-%s")
    shown["member_form"] = form
    if form.is_valid():
        try:
            who = principal_called(form.cleaned_data["principal"], "principal")
            services.add_member(group, who, actor=reader_of(request))
        except Unclear as unclear:
            form.refuse(unclear, "principal")
        except REFUSALS as refusal:
            form.refuse(refusal)
        else:
            return f"{who} belongs to {group} now."
    return ""


def _nest(request: HttpRequest, group: Group, shown: dict[str, Any]) -> str:
    """Put the named group into this one, or this one into it."""
    outwards = request.POST.get("act") == "belong"
    auto_id = "outer-%s" if outwards else "inner-%s"
    form = NestForm(request.POST, auto_id=auto_id)
    shown["outer_form" if outwards else "inner_form"] = form
    if form.is_valid():
        try:
            other = group_called(form.cleaned_data["group"], "group")
            outer, inner = (other, group) if outwards else (group, other)
            services.nest_group(outer, inner, actor=reader_of(request))
        except Unclear as unclear:
            form.refuse(unclear, "group")
        except REFUSALS as refusal:
            form.refuse(refusal)
        else:
            return f"Who belongs to {inner} belongs to {outer} now, too."
    return ""


def _unnest(request: HttpRequest, group: Group, shown: dict[str, Any]) -> str:
    form = NestForm(request.POST)
    if form.is_valid():
        try:
            other = group_called(form.cleaned_data["group"], "group", is_new=False)
            outwards = request.POST.get("act") == "leave"
            outer, inner = (other, group) if outwards else (group, other)
            services.unnest_group(outer, inner, actor=reader_of(request))
        except Unclear as unclear:
            form.refuse(unclear)
        except REFUSALS as refusal:
            form.refuse(refusal)
        else:
            return f"{inner} belongs to {outer} no longer."
    shown["fault_form"] = form
    return ""


def _taken(name: str) -> str:
    said = "There is a group of this name already."
    if Group.objects.filter(name__iexact=name, retired_at__isnull=False).exists():
        said += " It is out of use; on its page it can be taken into use again."
    return said


def _describe(request: HttpRequest, group: Group, shown: dict[str, Any]) -> str:
    form = GroupForm(request.POST, auto_id="group-%s")
    shown["group_form"] = form
    if form.is_valid():
        try:
            services.describe_group(
                group, actor=reader_of(request), **form.cleaned_data
            )
        except IntegrityError:
            form.refuse(_taken(form.cleaned_data["name"]), "name")
        except ValidationError as refusal:
            form.refuse(refusal, "name")
        else:
            return "It is saved."
    group.refresh_from_db()
    return ""


def _retire(request: HttpRequest, group: Group, shown: dict[str, Any]) -> str:
    form = RetireForm(request.POST, auto_id="retire-%s")
    shown["retire_form"] = form
    if form.is_valid():
        try:
            services.retire_group(
                group, actor=reader_of(request), reason=form.cleaned_data["reason"]
            )
        except REFUSALS as refusal:
            form.refuse(refusal)
        else:
            return f"{group} is out of use. It can be taken into use again."
    return ""


def _reinstate(request: HttpRequest, group: Group, shown: dict[str, Any]) -> str:
    services.reinstate_group(group, actor=reader_of(request))
    return f"{group} is in use again."


ACTS = {
    "add-member": _add_member,
    "nest": _nest,
    "belong": _nest,
    "unnest": _unnest,
    "leave": _unnest,
    "describe": _describe,
    "retire": _retire,
    "reinstate": _reinstate,
}


def _told(request: HttpRequest, group: Group) -> dict[str, Any]:
    reader = reader_of(request)
    members = group.memberships.filter(recorded_to=None).select_related("principal")
    out = belonging.ways_out([group.pk])
    inside = belonging.ways_in(group.pk)
    held = held_by_groups([way.group.pk for way in out])
    ways = {way.group.pk: way.steps[1:] for way in out}
    told = tell_grants(held.order_by("effect", "role__name", "pk"), reader)
    own = {"name": group.name, "description": group.description}
    return {
        "group": group,
        "members": cut(request, members.order_by("principal__username")),
        "all_members": belonging.member_counts([group.pk])[group.pk],
        "outer": [way for way in out if way.group.pk != group.pk],
        "inner": inside,
        "grants": [(one, ways[one.grant.group_id or 0]) for one in told],
        "may_change": holds(reader, Action.ACCESS_GRANT),
        "member_form": MemberForm(auto_id="member-%s"),
        "inner_form": NestForm(auto_id="inner-%s"),
        "outer_form": NestForm(auto_id="outer-%s"),
        "group_form": GroupForm(initial=own, auto_id="group-%s"),
        "retire_form": RetireForm(auto_id="retire-%s"),
    }


def _counts() -> dict[str, Any]:
    return {
        "grant_count": Count(
            "grants", filter=Q(grants__recorded_to=None), distinct=True
        ),
        "inner_count": Count(
            "inner_nestings",
            filter=Q(inner_nestings__recorded_to=None),
            distinct=True,
        ),
        "outer_count": Count(
            "outer_nestings",
            filter=Q(outer_nestings__recorded_to=None),
            distinct=True,
        ),
    }
