"""The routes of grants: found, given, renewed, revoked."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies import asked, services
from policies.actions import Action
from policies.api.scopes import ScopeInput, scope_in
from policies.api.told import GrantOutput, ReasonInput, grant_told, refusing
from policies.asked import PAGING
from policies.compiler.conditions import Condition
from policies.compiler.standing import scope_of_grant
from policies.gates import SIGNED_IN, denial
from policies.granting import why_not_given
from policies.json_api import View, asker, demand_any, sent
from policies.lists.grants import Sought, known_to
from policies.models import Grant, Principal, Reach
from policies.problems import Problem
from policies.services import GrantScope, role_named
from policies.telling.condition_text import document_in
from policies.telling.meaning import condition_in, group_called, principal_called
from policies.telling.wording import State, tell_grants

TAGS = ["Access: grants"]
SEEING = (Action.ACCESS_VIEW, Action.ACCESS_GRANT, Action.ACCESS_SHARE)
GIVING = (Action.ACCESS_GRANT, Action.ACCESS_SHARE)
EVERYTHING = {"reach": Reach.EVERYTHING.value}
FILTERS = {
    "effect": Grant.Effect.values,
    "reach": Reach.values,
    "state": [str(state) for state in State],
}


class GrantListOutput(serializers.Serializer[Any]):
    grants = GrantOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815


class RenewInput(ReasonInput):
    validTo = serializers.DateTimeField(  # noqa: N815
        allow_null=True, help_text="null is for good."
    )


class GrantInput(ReasonInput):
    principal = serializers.CharField(
        required=False, default="", max_length=150, help_text="A sign-in name."
    )
    group = serializers.CharField(
        required=False, default="", max_length=150, help_text="Instead: its name."
    )
    role = serializers.CharField(max_length=64)
    effect = serializers.ChoiceField(Grant.Effect.values, default="allow")
    scope = ScopeInput(required=False)
    condition = serializers.JSONField(
        required=False,
        default=None,
        allow_null=True,
        help_text="In words, as a text; or the grammar's object, tags by name.",
    )
    validFrom = serializers.DateTimeField(  # noqa: N815
        required=False, default=None, allow_null=True
    )
    validTo = serializers.DateTimeField(  # noqa: N815
        required=False, default=None, allow_null=True
    )

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        if bool(told["principal"]) == bool(told["group"]):
            raise serializers.ValidationError(
                {"principal": ["Name a principal or a group, and one of them."]}
            )
        start, end = told["validFrom"], told["validTo"]
        if start and end and end <= start:
            raise serializers.ValidationError(
                {"validTo": ["It must end after it begins."]}
            )
        return told


class GrantListView(View):
    actions = {"GET": SIGNED_IN, "POST": SIGNED_IN}

    @extend_schema(
        operation_id="listGrants",
        summary="List the grants that are looked for, the latest first.",
        description=(
            "Who has `access.view` sees all; who has `access.share`, those that they "
            "could give themselves."
        ),
        parameters=[
            OpenApiParameter(
                "holder", description="A part of a name; `group:` seeks groups alone."
            ),
            OpenApiParameter("role"),
            *(OpenApiParameter(name, enum=enum) for name, enum in FILTERS.items()),
            *PAGING,
        ],
        responses=GrantListOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        demand_any(request, *SEEING)
        part = asked.page(request)
        words = {name: _word(request, name) for name in Sought.__slots__}
        rows = known_to(asker(request)).filter(Sought(**words).as_q())
        some: list[Grant] = part.of(rows.order_by("-recorded_from", "-pk"))
        told = [grant_told(one) for one in tell_grants(some, asker(request))]
        return Response({"grants": told, "totalCount": rows.count()})

    @extend_schema(
        operation_id="giveGrant",
        summary="Allow or deny a principal or group a role, somewhere, for a while.",
        description=(
            "An equal grant that stands stays; of another validity, this one takes its "
            "place. With `access.share`, allows alone, within what the asker has. 202 "
            "where a second person has to approve it."
        ),
        request=GrantInput,
        responses={201: GrantOutput},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        demand_any(request, *GIVING)
        told = sent(request, GrantInput)
        reader = asker(request)
        with refusing(holder="principal"):
            holder = (
                principal_called(told["principal"], "principal")
                if told["principal"]
                else group_called(told["group"], "group")
            )
            scope = scope_in(told.get("scope", EVERYTHING), reader)
            condition = _condition(told["condition"])
            _demand_giving(request, told["role"], told["effect"], scope)
            grant = services.grant_role(
                holder,
                told["role"],
                scope=scope,
                effect=Grant.Effect(told["effect"]),
                condition=condition,
                valid_from=told["validFrom"],
                valid_to=told["validTo"],
                reason=told["reason"],
                actor=reader,
            )
        return Response(_told(grant, reader), status=201)


class GrantDetailView(View):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="getGrant",
        summary="Tell one grant.",
        responses=GrantOutput,
        tags=TAGS,
    )
    def get(self, request: Request, id: int) -> Response:
        demand_any(request, *SEEING)
        return Response(_told(_find(request, id), asker(request)))


class GrantRevokeView(View):
    actions = {"POST": SIGNED_IN}

    @extend_schema(
        operation_id="revokeGrant",
        summary="End a grant: it counts no more from the next request on.",
        request=ReasonInput,
        responses=GrantOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: int) -> Response:
        demand_any(request, *GIVING)
        grant = _find(request, id)
        _demand_changing(request, grant)
        reason = sent(request, ReasonInput)["reason"]
        with refusing():
            services.revoke_grant(grant, actor=asker(request), reason=reason)
        return Response(_told(grant, asker(request)))


class GrantRenewView(View):
    actions = {"POST": SIGNED_IN}

    @extend_schema(
        operation_id="renewGrant",
        summary="Let a grant count until another time; another one takes its place.",
        description="One that ran out, or was revoked, begins anew.",
        request=RenewInput,
        responses={201: GrantOutput},
        tags=TAGS,
    )
    def post(self, request: Request, id: int) -> Response:
        demand_any(request, *GIVING)
        grant = _find(request, id)
        _demand_changing(request, grant)
        told = sent(request, RenewInput)
        with refusing():
            renewed = services.renew_grant(
                grant, told["validTo"], actor=asker(request), reason=told["reason"]
            )
        return Response(_told(renewed, asker(request)), status=201)


def _word(request: Request, name: str) -> str:
    text = request.query_params.get(name, "").strip()
    if name in FILTERS and text and text not in FILTERS[name]:
        raise asked.invalid(name, f"{name} is one of {', '.join(FILTERS[name])}.")
    if "\0" in text:
        raise asked.invalid(name, f"{name} holds a NUL character.")
    return text


def _condition(told: Any) -> Condition | None:
    """Raises ConditionInvalid."""
    if told is None or told == "":
        return None
    return condition_in(document_in(told) if isinstance(told, str) else told)


def _find(request: Request, pk: int) -> Grant:
    found: Grant | None = None
    if pk < 2**63:
        found = known_to(asker(request)).filter(pk=pk).first()
    if found is None:
        raise asked.not_found("grant")
    return found


def _demand_giving(request: Request, role: str, effect: str, scope: GrantScope) -> None:
    """Refuse what the asker may not give: 403 with the reason. Journaled."""
    reach = scope_of_grant(Grant(**scope.as_fields()))
    why_not = why_not_given(asker(request), role_named(role), effect, reach)
    _refuse(request, why_not)


def _demand_changing(request: Request, grant: Grant) -> None:
    scope = scope_of_grant(grant)
    _refuse(request, why_not_given(asker(request), grant.role, grant.effect, scope))


def _refuse(request: Request, why_not: str) -> None:
    if why_not:
        denial(request._request, asker(request), Action.ACCESS_GRANT)  # journaled
        raise Problem(403, "action_forbidden", why_not)


def _told(grant: Grant, reader: Principal) -> dict[str, Any]:
    [told] = tell_grants([grant], reader)
    return grant_told(told)
