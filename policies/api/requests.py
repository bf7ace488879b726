"""The routes by which access is asked for, and answered."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies import asked
from policies.asked import PAGING
from policies.gates import SIGNED_IN
from policies.json_api import Input, View, asker, sent
from policies.lists.requests import (
    RELATED,
    Told,
    known_request,
    own_requests,
    to_answer,
)
from policies.models import AccessRequest
from policies.problems import Problem
from policies.services import requests
from policies.views.base import REFUSALS

TAGS = ["Access: requests"]


class RequestOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    requester = serializers.CharField()
    about = serializers.ChoiceField(AccessRequest.About.values)
    namespace = serializers.CharField(help_text="As it was asked for.")
    name = serializers.CharField(help_text="As it was asked for.")
    role = serializers.CharField()
    days = serializers.IntegerField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(AccessRequest.State.values)
    askedAt = serializers.DateTimeField()  # noqa: N815
    expiresAt = serializers.DateTimeField()  # noqa: N815
    decidedBy = serializers.CharField(allow_null=True)  # noqa: N815
    decidedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815
    answer = serializers.CharField(allow_null=True)
    grantedUntil = serializers.DateTimeField(allow_null=True)  # noqa: N815


class RequestListOutput(serializers.Serializer[Any]):
    requests = RequestOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815


class RequestInput(Input):
    about = serializers.ChoiceField(AccessRequest.About.values)
    namespace = serializers.CharField(
        required=False, default="", max_length=requests.NAME_MAX, trim_whitespace=False
    )
    name = serializers.CharField(
        required=False, default="", max_length=requests.NAME_MAX
    )
    role = serializers.CharField(required=False, default="viewer", max_length=64)
    days = serializers.IntegerField(
        required=False, min_value=1, max_value=requests.MOST_DAYS, default=None
    )
    reason = serializers.CharField(max_length=requests.REASON_MAX)


class ApproveInput(Input):
    role = serializers.CharField(
        required=False, default="", max_length=64,
        help_text="One that gives no more than what was asked for.",
    )  # fmt: skip
    days = serializers.IntegerField(
        required=False, min_value=1, max_value=requests.MOST_DAYS, default=None
    )
    answer = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=requests.REASON_MAX
    )


class DeclineInput(Input):
    answer = serializers.CharField(max_length=requests.REASON_MAX)


class NothingInput(Input):
    """An empty object."""


class RequestListView(View):
    actions = {"GET": SIGNED_IN, "POST": SIGNED_IN}

    @extend_schema(
        operation_id="listAccessRequests",
        summary="List what one asked for, or what waits for one's answer.",
        parameters=[
            OpenApiParameter(
                "whose", enum=["mine", "answerable"], description="`mine` unless told."
            ),
            *PAGING,
        ],
        responses=RequestListOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader, part = asker(request), asked.page(request)
        whose = request.query_params.get("whose", "mine")
        if whose == "answerable":
            waiting = to_answer(reader)
            some: list[Told] = part.of(waiting)
            told = [_told(each) for each in some]
            return Response({"requests": told, "totalCount": len(waiting)})
        if whose != "mine":
            raise asked.invalid("whose", "whose is mine or answerable.")
        rows = own_requests(reader).select_related("requester", "grant")
        mine: list[AccessRequest] = part.of(rows)
        told = [_told(Told(each, is_mine=True)) for each in mine]
        return Response({"requests": told, "totalCount": rows.count()})

    @extend_schema(
        operation_id="askForAccess",
        summary="Ask for a role on what one names, whether or not one sees it.",
        description=(
            "The answer is the same whatever there is. Owners decide, else those of "
            "the namespace or domain, else administrators of access. One that is open "
            "for the same is taken up again, with the newer reason and span."
        ),
        request=RequestInput,
        responses={201: RequestOutput},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        told = sent(request, RequestInput)
        reason = told.pop("reason")
        try:
            made = requests.ask_for_access(
                requests.Wish(**told), reason=reason, actor=asker(request)
            )
        except ValidationError as faults:
            field, said = next(iter(faults.message_dict.items()))
            raise Problem(
                400, "value_invalid", " ".join(said), pointer=f"/{field}"
            ) from None
        except requests.AlreadyHeld as refusal:
            raise Problem(409, "access_held", str(refusal)) from None
        except requests.TooManyOpen as refusal:
            raise Problem(429, "requests_open", str(refusal)) from None
        where = reverse("access:request-detail", args=[made.public_id])
        answer = _told(_find(request, made.public_id))
        return Response(answer, status=201, headers={"Location": where})


class RequestDetailView(View):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="getAccessRequest",
        summary="Tell an access request, and what was answered.",
        responses=RequestOutput,
        tags=TAGS,
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(_told(_find(request, id)))


class _AnswerView(View):
    actions = {"POST": SIGNED_IN}

    def done(
        self, request: Request, id: UUID, do: Callable[[AccessRequest], object]
    ) -> Response:
        try:
            do(_find(request, id).request)
        except requests.NotDecidable as refusal:
            raise Problem(409, "request_not_answerable", str(refusal)) from None
        except REFUSALS as refusal:
            raise Problem(409, "change_refused", str(refusal)) from None
        return Response(_told(_find(request, id)))


class RequestApproveView(_AnswerView):
    @extend_schema(
        operation_id="approveAccessRequest",
        summary="Give what was asked for, or a narrower role, for so many days.",
        description="The state is `held` where a second person has to approve it, too.",
        request=ApproveInput,
        responses=RequestOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        told = sent(request, ApproveInput)
        return self.done(
            request,
            id,
            lambda found: requests.approve_request(found, **told, actor=asker(request)),
        )


class RequestDeclineView(_AnswerView):
    @extend_schema(
        operation_id="declineAccessRequest",
        summary="Say no, and why.",
        request=DeclineInput,
        responses=RequestOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        told = sent(request, DeclineInput)
        return self.done(
            request,
            id,
            lambda found: requests.decline_request(found, **told, actor=asker(request)),
        )


class RequestWithdrawView(_AnswerView):
    @extend_schema(
        operation_id="withdrawAccessRequest",
        summary="Ask no longer.",
        request=NothingInput,
        responses=RequestOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        return self.done(
            request,
            id,
            lambda found: requests.withdraw_request(found, actor=asker(request)),
        )


def _told(told: Told) -> dict[str, Any]:
    found = told.request
    # Who said no would tell whoever asked whether there is an owner.
    tells_who = not told.is_mine or found.state == AccessRequest.State.GRANTED
    return {
        "id": str(found.public_id),
        "requester": found.requester.username,
        "about": found.about,
        "namespace": found.namespace,
        "name": found.name,
        "role": found.role.name,
        "days": found.days,
        "reason": found.reason,
        "state": found.state,
        "askedAt": found.asked_at,
        "expiresAt": found.expires_at,
        "decidedBy": (
            found.decided_by.username if tells_who and found.decided_by else None
        ),
        "decidedAt": found.decided_at,
        "answer": found.answer or None,
        "grantedUntil": found.grant.valid_to if found.grant else None,
    }


def _find(request: Request, id: UUID) -> Told:
    rows = AccessRequest.objects.select_related(*RELATED)
    found = rows.filter(public_id=id).first()
    told = found and known_request(asker(request), found)
    if not told:
        raise asked.not_found("access request")
    return told
