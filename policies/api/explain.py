"""The routes that tell why: one decision, everybody who may, all that somebody may."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies import asked
from policies.actions import Action
from policies.api.told import (
    GrantOutput,
    GroupRefOutput,
    PrincipalOutput,
    grant_told,
    group_told,
    principal_told,
)
from policies.asked import PAGING
from policies.compiler.trees import asset_models
from policies.explaining import By, Means, explain, what_may, who_may
from policies.gates import SIGNED_IN, denial, holds
from policies.json_api import View, asker
from policies.models import Governed, Principal
from policies.telling.explained import (
    ToldExplanation,
    ToldGround,
    ToldNear,
    ToldStep,
    tell,
    tell_all,
)
from policies.telling.meaning import Unclear, asset_called, principal_called

TAGS = ["Access: why"]
PLACES = 100
ABOUT = [
    OpenApiParameter("kind", enum=["dataset", "job", "namespace"]),
    OpenApiParameter("namespace", description="Of a dataset or job."),
    OpenApiParameter("name"),
]
ACTION = OpenApiParameter("action", enum=[str(action) for action in Action])
PRINCIPAL = OpenApiParameter(
    "principal",
    description="A sign-in name; without one, whoever asks. Others take `access.view`.",
)


class StepOutput(serializers.Serializer[Any]):
    place = serializers.ChoiceField(["name", "namespace", "domain", "tag"])
    name = serializers.CharField(allow_null=True)
    confirmed = serializers.BooleanField()


class GroundOutput(serializers.Serializer[Any]):
    by = serializers.ChoiceField([str(by) for by in By])
    grant = GrantOutput(allow_null=True)
    owner = serializers.CharField(allow_null=True)
    groups = GroupRefOutput(many=True, help_text="From whoever asks, nearest first.")
    reach = StepOutput(many=True, help_text="From the asset, nearest first.")


class NearOutput(serializers.Serializer[Any]):
    grant = GrantOutput()
    reasons = serializers.ListField(child=serializers.CharField())
    missing = serializers.CharField(allow_null=True)


class PartOutput(serializers.Serializer[Any]):
    means = serializers.ChoiceField([str(means) for means in Means])
    text = serializers.CharField()
    grant = serializers.IntegerField(allow_null=True)


class ExplanationOutput(serializers.Serializer[Any]):
    principal = PrincipalOutput()
    action = serializers.CharField()
    allowed = serializers.BooleanField()
    by = serializers.ChoiceField([str(by) for by in By])
    deciding = GroundOutput(many=True)
    outweighed = GroundOutput(many=True)
    near = NearOutput(many=True)
    nearCount = serializers.IntegerField()  # noqa: N815
    wouldChange = serializers.ListField(  # noqa: N815
        child=PartOutput(many=True), help_text="Ways; all acts of one together."
    )
    until = serializers.DateTimeField(allow_null=True)


class WhomOutput(serializers.Serializer[Any]):
    principals = ExplanationOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815
    counts = serializers.DictField(child=serializers.IntegerField())
    denied = serializers.IntegerField(help_text="Who may not, for a deny alone.")


class PlaceOutput(serializers.Serializer[Any]):
    name = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()


class WithinOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    count = serializers.IntegerField()
    namespaces = PlaceOutput(many=True, help_text="The largest 100.")
    domains = PlaceOutput(many=True)


class WhatOutput(serializers.Serializer[Any]):
    principal = PrincipalOutput()
    action = serializers.CharField()
    assets = WithinOutput(many=True)


class ExplainView(View):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="explainAccess",
        summary="Tell why somebody may do something with an asset, or why not.",
        description=(
            "Agrees with what every surface shows. Without `kind` and `name`, of an "
            "action that is bound to no asset. What the asker may not see is not there."
        ),
        parameters=[PRINCIPAL, ACTION, *ABOUT],
        responses=ExplanationOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        action, who = _action(request), _who(request)
        is_about = any(request.query_params.get(one.name) for one in ABOUT)
        asset = _asset(request) if is_about and action.is_bound_to_assets else None
        if asset is None and action.is_bound_to_assets:
            raise asked.invalid("kind", f"{action} is about an asset: which one?")
        told = tell(explain(who, action, asset), asker(request))
        return Response(_told(told, with_why=_sees_access(request)))


class WhoView(View):
    actions = {"GET": Action.ACCESS_VIEW}

    @extend_schema(
        operation_id="whoMay",
        summary="Tell everybody who may do something with an asset, and by which ways.",
        parameters=[ACTION, *ABOUT, *PAGING],
        responses=WhomOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        part = asked.page(request, most=500)
        action = _action(request)
        if not action.is_bound_to_assets:
            raise asked.invalid("action", f"{action} is bound to no asset.")
        found = who_may(action, _asset(request))
        some: list[Principal] = part.of(found.principals)
        told = tell_all(found.explained(some), asker(request))
        return Response(
            {
                "principals": [_told(one, with_why=True) for one in told],
                "totalCount": found.count,
                "counts": {str(by): n for by, n in found.counts().items()},
                "denied": len(found.denied),
            }
        )


class WhatView(View):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="whatMay",
        summary="Count what somebody may do something with: by kind and place.",
        description="Of what the asker may see alone: a number tells, too.",
        parameters=[PRINCIPAL, ACTION],
        responses=WhatOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        action, who = _action(request), _who(request)
        if not action.is_bound_to_assets:
            raise asked.invalid("action", f"{action} is bound to no asset.")
        found = what_may(who, action, asker=asker(request))
        return Response(
            {
                "principal": principal_told(who),
                "action": str(action),
                "assets": [
                    {
                        "kind": one.kind,
                        "count": one.count,
                        "namespaces": _places(one.namespaces[:PLACES]),
                        "domains": _places(one.domains),
                    }
                    for one in found
                ],
            }
        )


def _sees_access(request: Request) -> bool:
    return holds(request.user, Action.ACCESS_VIEW)


def _action(request: Request) -> Action:
    text = request.query_params.get("action", str(Action.ASSET_VIEW))
    if text not in list(Action):
        raise asked.invalid("action", f"action is one of {', '.join(Action)}.")
    return Action(text)


def _who(request: Request) -> Principal:
    """Whoever is asked about: oneself, or with the right anybody. Raises Problem."""
    reader = asker(request)
    name = request.query_params.get("principal", "").strip()
    if not name or name.lower() == reader.username.lower():
        return reader
    if not _sees_access(request):
        raise denial(request._request, reader, Action.ACCESS_VIEW)
    try:
        return principal_called(name, "principal")
    except Unclear:
        raise asked.not_found("principal") from None


def _asset(request: Request) -> Governed:
    """The asset of the address, if the asker sees it. Raises Problem (400, 404)."""
    kind, namespace, name = (request.query_params.get(one.name, "") for one in ABOUT)
    if kind not in asset_models():
        kinds = ", ".join(sorted(asset_models()))
        raise asked.invalid("kind", f"kind is one of {kinds}.")
    try:
        return asset_called(kind, namespace, name, asker(request))
    except Unclear:
        raise asked.not_found(kind) from None


def _told(told: ToldExplanation, *, with_why: bool) -> dict[str, Any]:
    assert isinstance(told.principal, Principal)
    return {
        "principal": principal_told(told.principal),
        "action": str(told.action),
        "allowed": told.is_allowed,
        "by": str(told.by),
        "deciding": [_ground(one, with_why) for one in told.deciding],
        "outweighed": [_ground(one, with_why) for one in told.outweighed],
        "near": [_near(one, with_why) for one in told.near],
        "nearCount": told.near_count,
        "wouldChange": [
            [
                {
                    "means": str(part.means),
                    "text": part.text,
                    "grant": part.grant.pk if part.grant else None,
                }
                for part in way
            ]
            for way in told.ways
        ],
        "until": told.until,
    }


def _ground(ground: ToldGround, with_why: bool) -> dict[str, Any]:
    grant = ground.grant
    return {
        "by": str(ground.by),
        "grant": None if grant is None else grant_told(grant, with_why=with_why),
        "owner": ground.owner or None,
        "groups": [group_told(group) for group in ground.groups],
        "reach": [_step(step) for step in ground.steps],
    }


def _step(step: ToldStep) -> dict[str, Any]:
    return {
        "place": step.place,
        "name": step.name or None,
        "confirmed": step.is_confirmed,
    }


def _near(near: ToldNear, with_why: bool) -> dict[str, Any]:
    return {
        "grant": grant_told(near.grant, with_why=with_why),
        "reasons": list(near.reasons),
        "missing": near.missing or None,
    }


def _places(places: Any) -> list[dict[str, Any]]:
    return [
        {"name": str(row) if row is not None else None, "count": count}
        for row, count in places
    ]
