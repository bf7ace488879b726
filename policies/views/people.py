"""Who is there, what do they hold, and what may they do with what?"""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from policies.actions import Action
from policies.compiler.belonging import Way, groups_of
from policies.explaining import what_may
from policies.explaining.things import examples
from policies.gates import holds, requires_any, signed_in
from policies.lists.grants import held_by, shares_held_by
from policies.models import Principal
from policies.telling.meanings import MEANINGS
from policies.telling.wording import ToldGrant, tell_grants
from policies.views.base import cut, reader_of

SEEING = (Action.ACCESS_VIEW, Action.ACCESS_GRANT)
EXAMPLES = 5
PLACES_SHOWN = 8
# What can be counted on assets.
ON_ASSETS = [action for action in Action if action.is_bound_to_assets]


@require_GET
@requires_any(*SEEING)
def person_list(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account, people and programs."""
    text = request.GET.get("q", "").strip()[:200].replace("\0", "")
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "active")
    found = Principal.objects.filter(
        Q(username__icontains=text) | Q(name__icontains=text)
    )
    if kind in Principal.Kind.values:
        found = found.filter(kind=kind)
    if state in ("active", "stopped"):
        found = found.filter(is_active=state == "active")
    page = cut(request, found.annotate(**_counts()).order_by("username"))
    is_part = request.headers.get("HX-Request") == "true"
    context = {
        "page": page,
        "text": text,
        "kind": kind,
        "state": state,
        "kinds": Principal.Kind.choices,
        "is_part": is_part,
    }
    template = "policies/_person_rows.html" if is_part else "policies/person_list.html"
    return render(request, template, context)


@require_GET
@requires_any(*SEEING)
def person_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One principal: groups, grants, and what they may do with what."""
    person = get_object_or_404(Principal, public_id=public_id)
    context = holdings(request, person) | {"person": person}
    return render(request, "policies/person_detail.html", context)


@require_GET
@signed_in
def own_access(request: HttpRequest) -> HttpResponse:
    """The reader's own groups and grants, and what they open."""
    reader = reader_of(request)
    context = holdings(request, reader) | {"person": reader, "is_own": True}
    return render(request, "policies/own_access.html", context)


def holdings(request: HttpRequest, person: Principal) -> dict[str, Any]:
    """What somebody holds and may, as far as the reader may know it."""
    reader = reader_of(request)
    ways = groups_of(person.pk)
    held = held_by(person, [way.group.pk for way in ways])
    told = tell_grants(held.order_by("-effect", "role__name", "pk"), reader)
    action = _action(request)
    return {
        "groups": ways,
        "grants": _with_ways(told, ways),
        "shared": shares_held_by(person, reader),
        "action": action,
        "actions": [(str(one), MEANINGS[one]) for one in ON_ASSETS],
        "meaning": MEANINGS[action],
        "within": _within(person, action, reader),
        "sees_access": any(holds(reader, one) for one in SEEING),
        "may_grant": holds(reader, Action.ACCESS_GRANT),
    }


def _with_ways(
    told: list[ToldGrant], ways: list[Way]
) -> list[tuple[ToldGrant, tuple[Any, ...]]]:
    steps = {way.group.pk: way.steps for way in ways}
    return [(one, steps.get(one.grant.group_id or 0, ())) for one in told]


def _within(person: Principal, action: Action, reader: Principal) -> list[Any]:
    """How much of each kind, where it lies, and a few of them."""
    asker = None if person == reader else reader
    found = []
    for within in what_may(person, action, asker=asker or reader):
        some = examples(within.kind, person, action, asker=asker or reader)
        space = some.model.Policy.namespace
        rows = some.select_related(space) if space else some
        order = [f"{space}__name", "name"] if space else ["name"]
        found.append(
            {
                "kind": within.kind,
                "count": within.count,
                "namespaces": within.namespaces[:PLACES_SHOWN],
                "more": max(0, len(within.namespaces) - PLACES_SHOWN),
                "domains": within.domains[:PLACES_SHOWN],
                "examples": list(rows.order_by(*order)[:EXAMPLES]),
            }
        )
    return found


def _action(request: HttpRequest) -> Action:
    asked = request.GET.get("action", "")
    return next((one for one in ON_ASSETS if one == asked), Action.ASSET_VIEW)


def _counts() -> dict[str, Any]:
    return {
        "grant_count": Count(
            "grants", filter=Q(grants__recorded_to=None), distinct=True
        ),
        "group_count": Count(
            "memberships", filter=Q(memberships__recorded_to=None), distinct=True
        ),
    }
