"""The routes of roles: told, made, changed, put out of use."""

from typing import Any

from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies import asked, services
from policies.actions import Action
from policies.api.told import ReasonInput, refusing
from policies.gates import SIGNED_IN
from policies.json_api import Input, View, asker, demand_any, sent
from policies.models import Role

TAGS = ["Access: roles"]
SEEING = (Action.ACCESS_VIEW, Action.ACCESS_GRANT, Action.ACCESS_SHARE)
ACTIONS = [str(action) for action in Action]


class RoleOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    actions = serializers.ListField(child=serializers.ChoiceField(ACTIONS))
    isBuiltIn = serializers.BooleanField()  # noqa: N815
    needsSecondFactor = serializers.BooleanField()  # noqa: N815
    retiredAt = serializers.DateTimeField(allow_null=True)  # noqa: N815


class RoleListOutput(serializers.Serializer[Any]):
    roles = RoleOutput(many=True)


class RoleInput(Input):
    description = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=300
    )
    actions = serializers.ListField(
        child=serializers.ChoiceField(ACTIONS), min_length=1, max_length=len(ACTIONS)
    )


class RoleListView(View):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="listRoles",
        summary="List all roles, those out of use last.",
        responses=RoleListOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        demand_any(request, *SEEING)
        rows = Role.objects.order_by(F("retired_at").asc(nulls_first=True), "name")
        return Response({"roles": [_told(role) for role in rows]})


class RoleDetailView(View):
    actions = {"GET": SIGNED_IN, "PUT": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="getRole",
        summary="Tell one role.",
        responses=RoleOutput,
        tags=TAGS,
    )
    def get(self, request: Request, name: str) -> Response:
        demand_any(request, *SEEING)
        return Response(_told(_find(name)))

    @extend_schema(
        operation_id="putRole",
        summary="Make a role, or let it hold other actions for all who have it.",
        description="409 for a shipped role, and where nobody could grant any more.",
        request=RoleInput,
        responses={200: RoleOutput, 201: RoleOutput},
        tags=TAGS,
    )
    def put(self, request: Request, name: str) -> Response:
        told = sent(request, RoleInput)
        role = Role.objects.filter(name=name).first()
        with refusing():
            if role is None:
                role = services.create_role(
                    name,
                    told["actions"],
                    description=told["description"],
                    actor=asker(request),
                )
                return Response(_told(role), status=201)
            services.change_role(
                role,
                told["actions"],
                description=told["description"],
                actor=asker(request),
            )
        return Response(_told(role))


class RoleRetireView(View):
    actions = {"POST": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="retireRole",
        summary="Put a role out of use that no grant stands on and no token carries.",
        request=ReasonInput,
        responses=RoleOutput,
        tags=TAGS,
    )
    def post(self, request: Request, name: str) -> Response:
        role = _find(name)
        reason = sent(request, ReasonInput)["reason"]
        with refusing():
            services.retire_role(role, actor=asker(request), reason=reason)
        return Response(_told(role))


class RoleReinstateView(View):
    actions = {"POST": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="reinstateRole",
        summary="Take a role into use again.",
        request=None,
        responses=RoleOutput,
        tags=TAGS,
    )
    def post(self, request: Request, name: str) -> Response:
        role = _find(name)
        services.reinstate_role(role, actor=asker(request))
        return Response(_told(role))


def _find(name: str) -> Role:
    found = Role.objects.filter(name=name).first()
    if found is None:
        raise asked.not_found("role")
    return found


def _told(role: Role) -> dict[str, Any]:
    return {
        "name": role.name,
        "description": role.description or None,
        "actions": role.actions,
        "isBuiltIn": role.is_built_in,
        "needsSecondFactor": role.needs_second_factor,
        "retiredAt": role.retired_at,
    }
