"""Who has which role, where, until when; how is one given, renewed, revoked?"""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from policies import services, simulation
from policies.actions import Action
from policies.compiler.standing import scope_of_grant
from policies.gates import denial, requires_any
from policies.granting import may_grant_anything, why_not_given
from policies.lists.grants import Sought, how_ended, known_to, sees_all
from policies.models import Grant, Reach, Role
from policies.simulation.telling import Told, tell
from policies.telling.wording import State, ToldGrant, state_of, tell_grants
from policies.views.base import REFUSALS, cut, reader_of, see_other
from policies.views.forms import AccessForm, InstantField, ReasonField
from policies.views.grant_form import GrantForm, Wanted

GRANTING = (Action.ACCESS_VIEW, Action.ACCESS_GRANT, Action.ACCESS_SHARE)
REVOKE, RENEW = "revoke-%s", "renew-%s"  # ids of the fields of two forms on a page
STATES = [(str(state), str(state).capitalize()) for state in State]


class RevokeForm(AccessForm):
    reason = ReasonField(required=False)


class RenewForm(AccessForm):
    valid_to = InstantField(label="Until", help_text="UTC. Empty is for good.")
    reason = ReasonField(required=False)

    def clean_valid_to(self) -> datetime | None:
        end: datetime | None = self.cleaned_data["valid_to"]
        if end and end <= timezone.now():
            raise forms.ValidationError("This is past. To end it now, revoke it.")
        return end


@require_GET
@requires_any(*GRANTING)
def grant_list(request: HttpRequest) -> HttpResponse:
    """The grants that are looked for; only the rows when htmx asks."""
    asked = {name: request.GET.get(name, "")[:200] for name in Sought.__slots__}
    sought = Sought(**asked if request.GET else {**asked, "state": State.IN_FORCE})
    reader = reader_of(request)
    rows = known_to(reader).filter(sought.as_q()).order_by("-recorded_from", "-pk")
    page = cut(request, rows)
    is_part = request.headers.get("HX-Request") == "true"
    context = {
        "page": page,
        "grants": tell_grants(page.object_list, reader),
        "sought": sought,
        "roles": Role.objects.order_by("name").values_list("name", flat=True),
        "reaches": Reach.choices,
        "states": STATES,
        "sees_all": sees_all(reader),
        "is_part": is_part,
    }
    template = "policies/_grant_rows.html" if is_part else "policies/grant_list.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_any(Action.ACCESS_GRANT, Action.ACCESS_SHARE)
def grant_new(request: HttpRequest) -> HttpResponse:
    """A grant to be given: first what it would change, then to be given."""
    reader = reader_of(request)
    if request.method != "POST":
        given = {name: request.GET[name] for name in request.GET}
        form = GrantForm(initial=given, giver=reader)
        return render(request, "policies/grant_form.html", {"form": form})
    form = GrantForm(request.POST, giver=reader)
    told: Told | None = None
    if form.is_valid() and form.wanted is not None:
        if request.POST.get("step") == "give":
            try:
                grant = _give(form.wanted, request)
            except REFUSALS as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _given(grant))
                return see_other("grant-detail", grant.pk)
        elif sees_all(reader):
            told = would_change(form.wanted.as_grant(), request)
    summary = _summary(form.wanted, request) if form.wanted else None
    context = {"form": form, "summary": summary, "told": told}
    status = 422 if form.errors else 200
    return render(request, "policies/grant_form.html", context, status=status)


@require_GET
@requires_any(*GRANTING)
def grant_detail(request: HttpRequest, grant: int) -> HttpResponse:
    """One grant, with what can be done to it."""
    return _detail(
        request,
        _find(request, grant),
        RevokeForm(auto_id=REVOKE),
        RenewForm(auto_id=RENEW),
    )


@require_POST
@requires_any(Action.ACCESS_GRANT, Action.ACCESS_SHARE)
def grant_revoke(request: HttpRequest, grant: int) -> HttpResponse:
    """End a grant: it counts no more from the next request on."""
    found = _find(request, grant)
    _demand_giving(request, found)
    form = RevokeForm(request.POST, auto_id=REVOKE)
    if form.is_valid():
        try:
            services.revoke_grant(
                found, actor=reader_of(request), reason=form.cleaned_data["reason"]
            )
        except REFUSALS as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "It is revoked, and counts no more.")
            return see_other("grant-detail", found.pk)
    return _detail(request, found, form, RenewForm(auto_id=RENEW))


@require_POST
@requires_any(Action.ACCESS_GRANT, Action.ACCESS_SHARE)
def grant_renew(request: HttpRequest, grant: int) -> HttpResponse:
    """Let a grant count until another time: another one takes its place."""
    found = _find(request, grant)
    _demand_giving(request, found)
    form = RenewForm(request.POST, auto_id=RENEW)
    if form.is_valid():
        try:
            renewed = services.renew_grant(
                found,
                form.cleaned_data["valid_to"],
                actor=reader_of(request),
                reason=form.cleaned_data["reason"],
            )
        except REFUSALS as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "It is renewed.")
            return see_other("grant-detail", renewed.pk)
    return _detail(request, found, RevokeForm(auto_id=REVOKE), form)


def would_change(grant: Grant, request: HttpRequest) -> Told:
    """Who would gain and lose what by a grant that is not given yet."""
    found = simulation.simulate(
        [simulation.GrantGiven(grant)], at=grant.valid_from or None
    )
    return tell(found, reader_of(request), most=10)


def _give(wanted: Wanted, request: HttpRequest) -> Grant:
    return services.grant_role(
        wanted.holder,
        wanted.role.name,
        scope=wanted.scope,
        effect=wanted.effect,
        condition=wanted.condition,
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        reason=wanted.reason,
        actor=reader_of(request),
    )


def _given(grant: Grant) -> str:
    verb = "denied" if grant.effect == Grant.Effect.DENY else "granted"
    if state_of(grant, timezone.now()) is State.TO_COME:
        return f"It is {verb}, and will hold from the time that you set."
    return f"It is {verb}, and holds from now on."


def _summary(wanted: Wanted, request: HttpRequest) -> ToldGrant:
    [told] = tell_grants([wanted.as_grant()], reader_of(request))
    return told


def _find(request: HttpRequest, pk: int) -> Grant:
    rows: QuerySet[Grant] = known_to(reader_of(request))
    found = rows.filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404
    return found


def _demand_giving(request: HttpRequest, grant: Grant) -> None:
    """Refuse whoever could not give such a grant. Raises Problem (403)."""
    reader = reader_of(request)
    if why_not_given(reader, grant.role, grant.effect, scope_of_grant(grant)):
        raise denial(request, reader, Action.ACCESS_GRANT)


def _detail(
    request: HttpRequest, grant: Grant, revoke: RevokeForm, renew: RenewForm
) -> HttpResponse:
    reader = reader_of(request)
    [told] = tell_grants([grant], reader)
    why_not = why_not_given(reader, grant.role, grant.effect, scope_of_grant(grant))
    context: dict[str, Any] = {
        "told": told,
        "grant": grant,
        "ended": how_ended(grant) if grant.recorded_to else None,
        "may_end": not why_not and grant.recorded_to is None,
        "may_renew": not why_not,
        "revoke": revoke,
        "renew": renew,
        "is_admin": may_grant_anything(reader),
    }
    status = 422 if revoke.errors or renew.errors else 200
    return render(request, "policies/grant_detail.html", context, status=status)
