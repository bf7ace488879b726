"""The routes of groups: made, filled, nested, put out of use."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies import asked, services
from policies.actions import Action
from policies.api.told import (
    GroupRefOutput,
    PrincipalOutput,
    ReasonInput,
    group_told,
    principal_told,
    refusing,
)
from policies.asked import PAGING
from policies.compiler import belonging
from policies.gates import SIGNED_IN
from policies.json_api import Input, View, asker, demand_any, sent
from policies.models import Group
from policies.telling.meaning import principal_called

TAGS = ["Access: groups"]
SEEING = (Action.ACCESS_VIEW, Action.ACCESS_GRANT)


class WayOutput(serializers.Serializer[Any]):
    group = GroupRefOutput()
    through = GroupRefOutput(many=True)


class GroupOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    retiredAt = serializers.DateTimeField(allow_null=True)  # noqa: N815
    directoryName = serializers.CharField(allow_null=True)  # noqa: N815
    memberCount = serializers.IntegerField(  # noqa: N815
        help_text="With those of the groups in it."
    )


class GroupDetailOutput(GroupOutput):
    members = PrincipalOutput(many=True, help_text="By name; the first 10,000.")
    groupsInIt = WayOutput(many=True)  # noqa: N815
    belongsTo = WayOutput(many=True)  # noqa: N815


class GroupListOutput(serializers.Serializer[Any]):
    groups = GroupOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815


class GroupInput(Input):
    name = serializers.CharField(max_length=150)
    description = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=300
    )


class GroupListView(View):
    actions = {"GET": SIGNED_IN, "POST": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="listGroups",
        summary="List groups, by name.",
        parameters=[
            OpenApiParameter("q", description="A part of the name or description."),
            OpenApiParameter("retired", description="`true`: those out of use."),
            *PAGING,
        ],
        responses=GroupListOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        demand_any(request, *SEEING)
        part = asked.page(request)
        text = request.query_params.get("q", "").strip()
        if "\0" in text:
            raise asked.invalid("q", "q holds a NUL character.")
        rows = Group.objects.filter(
            Q(name__icontains=text) | Q(description__icontains=text),
            retired_at__isnull=not asked.is_asked(request, "retired"),
        )
        some: list[Group] = part.of(rows.order_by("name"))
        return Response({"groups": _listed(some), "totalCount": rows.count()})

    @extend_schema(
        operation_id="createGroup",
        summary="Make a group.",
        request=GroupInput,
        responses={201: GroupDetailOutput},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        told = sent(request, GroupInput)
        with refusing():
            group = services.create_group(actor=asker(request), **told)
        return Response(_told(group), status=201)


class GroupDetailView(View):
    actions = {"GET": SIGNED_IN, "PUT": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="getGroup",
        summary="Tell a group, its members, and its ways in and out.",
        responses=GroupDetailOutput,
        tags=TAGS,
    )
    def get(self, request: Request, id: UUID) -> Response:
        demand_any(request, *SEEING)
        return Response(_told(_find(id)))

    @extend_schema(
        operation_id="describeGroup",
        summary="Rename and describe a group.",
        request=GroupInput,
        responses=GroupDetailOutput,
        tags=TAGS,
    )
    def put(self, request: Request, id: UUID) -> Response:
        group = _find(id)
        told = sent(request, GroupInput)
        with refusing():
            services.describe_group(group, actor=asker(request), **told)
        return Response(_told(group))


class MemberView(View):
    actions = {"PUT": Action.ACCESS_GRANT, "DELETE": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="addMember",
        summary="Let a principal belong to a group; repeating it changes nothing.",
        request=None,
        responses=GroupDetailOutput,
        tags=TAGS,
    )
    def put(self, request: Request, id: UUID, username: str) -> Response:
        group = _find(id)
        with refusing():
            who = principal_called(username, "username")
            services.add_member(group, who, actor=asker(request))
        return Response(_told(group))

    @extend_schema(
        operation_id="removeMember",
        summary="Let a principal belong to a group no longer.",
        responses=GroupDetailOutput,
        tags=TAGS,
    )
    def delete(self, request: Request, id: UUID, username: str) -> Response:
        group = _find(id)
        with refusing():
            who = principal_called(username, "username")
            services.remove_member(group, who, actor=asker(request))
        return Response(_told(group))


class NestingView(View):
    actions = {"PUT": Action.ACCESS_GRANT, "DELETE": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="nestGroup",
        summary="Let all who belong to the inner group belong to this one, too.",
        description="409 where a group would come to belong to itself.",
        request=None,
        responses=GroupDetailOutput,
        tags=TAGS,
    )
    def put(self, request: Request, id: UUID, inner: UUID) -> Response:
        group = _find(id)
        with refusing():
            services.nest_group(group, _find(inner), actor=asker(request))
        return Response(_told(group))

    @extend_schema(
        operation_id="unnestGroup",
        summary="End that.",
        responses=GroupDetailOutput,
        tags=TAGS,
    )
    def delete(self, request: Request, id: UUID, inner: UUID) -> Response:
        group = _find(id)
        with refusing():
            services.unnest_group(group, _find(inner), actor=asker(request))
        return Response(_told(group))


class GroupRetireView(View):
    actions = {"POST": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="retireGroup",
        summary="Put a group out of use that holds nothing and is nested nowhere.",
        request=ReasonInput,
        responses=GroupDetailOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        group = _find(id)
        reason = sent(request, ReasonInput)["reason"]
        with refusing():
            services.retire_group(group, actor=asker(request), reason=reason)
        return Response(_told(group))


class GroupReinstateView(View):
    actions = {"POST": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="reinstateGroup",
        summary="Take a group into use again, as it was.",
        request=None,
        responses=GroupDetailOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        group = _find(id)
        services.reinstate_group(group, actor=asker(request))
        return Response(_told(group))


def _find(public_id: UUID) -> Group:
    found = Group.objects.filter(public_id=public_id).first()
    if found is None:
        raise asked.not_found("group")
    return found


def _listed(groups: list[Group]) -> list[dict[str, Any]]:
    counted = belonging.member_counts([group.pk for group in groups])
    return [
        {
            **group_told(group),
            "description": group.description or None,
            "retiredAt": group.retired_at,
            "directoryName": group.directory_name or None,
            "memberCount": counted[group.pk],
        }
        for group in groups
    ]


def _told(group: Group) -> dict[str, Any]:
    members = group.memberships.filter(recorded_to=None).select_related("principal")
    some = members.order_by("principal__username")[: asked.MAX_LIMIT]
    out = [w for w in belonging.ways_out([group.pk]) if w.group.pk != group.pk]
    return {
        **_listed([group])[0],
        "members": [principal_told(one.principal) for one in some],
        "groupsInIt": [_way(way) for way in belonging.ways_in(group.pk)],
        "belongsTo": [_way(way) for way in out],
    }


def _way(way: belonging.Way) -> dict[str, Any]:
    return {
        "group": group_told(way.group),
        "through": [group_told(step) for step in way.steps[1:-1]],
    }
