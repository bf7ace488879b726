"""The routes of emergencies: who passes denies, since when, and why."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies import asked, emergencies, services
from policies.actions import Action
from policies.api.told import PrincipalOutput, principal_told, refusing
from policies.gates import SIGNED_IN, denial, holds
from policies.json_api import Input, View, asker, sent
from policies.models import BreakGlass
from policies.services.glass import DEFAULT_MINUTES

TAGS = ["Access: emergencies"]
REASON_MAX = 2000


class EmergencyOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    principal = PrincipalOutput()
    reason = serializers.CharField()
    openedAt = serializers.DateTimeField()  # noqa: N815
    expiresAt = serializers.DateTimeField()  # noqa: N815
    closedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815
    closedBy = serializers.CharField(allow_null=True)  # noqa: N815


class EmergencyListOutput(serializers.Serializer[Any]):
    emergencies = EmergencyOutput(many=True)


class GlassInput(Input):
    reason = serializers.CharField(
        max_length=REASON_MAX, help_text="Everybody who is signed in reads it."
    )
    minutes = serializers.IntegerField(default=DEFAULT_MINUTES, min_value=1)


class CloseInput(Input):
    reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=REASON_MAX
    )


class GlassView(View):
    actions = {"GET": SIGNED_IN, "POST": Action.ACCESS_BREAK_GLASS}

    @extend_schema(
        operation_id="listEmergencies",
        summary="List who passes all denies just now.",
        responses=EmergencyListOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        told = [_told(one) for one in emergencies.open_now()]
        return Response({"emergencies": told})

    @extend_schema(
        operation_id="breakGlass",
        summary="Pass all denies for a while, in an emergency.",
        description=(
            "For the asker alone; it gives no new rights. Everybody sees it, and each "
            "request meanwhile is journaled. One that is open goes on as it is."
        ),
        request=GlassInput,
        responses={201: EmergencyOutput},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        told = sent(request, GlassInput)
        with refusing():
            emergency = services.break_glass(
                asker(request),
                reason=told["reason"],
                minutes=told["minutes"],
                most_minutes=settings.HEADWATER_BREAK_GLASS_MINUTES,
            )
        return Response(_told(emergency), status=201)


class GlassCloseView(View):
    actions = {"POST": SIGNED_IN}

    @extend_schema(
        operation_id="closeGlass",
        summary="Let denies hold again at once: one's own, or as an administrator.",
        request=CloseInput,
        responses=EmergencyOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: int) -> Response:
        reader = asker(request)
        rows = BreakGlass.objects.select_related("principal", "closed_by")
        found = rows.filter(pk=id).first() if id < 2**63 else None
        if found is None:
            raise asked.not_found("emergency")
        if found.principal != reader and not holds(reader, Action.ACCESS_GRANT):
            raise denial(request._request, reader, Action.ACCESS_GRANT)
        reason = sent(request, CloseInput)["reason"]
        services.close_glass(found, actor=reader, reason=reason)
        return Response(_told(found))


def _told(one: BreakGlass) -> dict[str, Any]:
    return {
        "id": one.pk,
        "principal": principal_told(one.principal),
        "reason": one.reason,
        "openedAt": one.opened_at,
        "expiresAt": one.expires_at,
        "closedAt": one.closed_at,
        "closedBy": one.closed_by.username if one.closed_by else None,
    }
