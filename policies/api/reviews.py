"""The routes of reviews of access: begun, worked through, closed."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies import asked
from policies.actions import Action
from policies.api.scopes import ScopeInput, scope_in
from policies.asked import PAGING
from policies.gates import SIGNED_IN
from policies.json_api import Input, View, asker, sent
from policies.lists.reviews import (
    ToldItem,
    item_counts,
    known_items,
    known_reviews,
    tell_items,
    tell_where,
)
from policies.models import Principal, ReviewCampaign, ReviewItem
from policies.problems import Problem
from policies.services import ScopeInvalid, reviews
from policies.telling.meaning import Unclear, principal_called

TAGS = ["Access: reviews"]
MOST_CHOSEN = 500


class ReviewOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    where = serializers.CharField()
    frozenAt = serializers.DateTimeField()  # noqa: N815
    dueAt = serializers.DateTimeField()  # noqa: N815
    onUndecided = serializers.ChoiceField(  # noqa: N815
        ReviewCampaign.Undecided.values
    )
    startedBy = serializers.CharField(allow_null=True)  # noqa: N815
    closedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815
    closedBy = serializers.CharField(allow_null=True)  # noqa: N815
    items = serializers.IntegerField(help_text="That the asker may know of.")
    decided = serializers.IntegerField()
    revoked = serializers.IntegerField()


class ReviewListOutput(serializers.Serializer[Any]):
    reviews = ReviewOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815


class ItemOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(ReviewItem.Kind.values)
    holder = serializers.CharField(allow_null=True)
    group = serializers.CharField(allow_null=True)
    path = serializers.ListField(child=serializers.CharField())
    what = serializers.CharField()
    where = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    givenBy = serializers.CharField(allow_null=True)  # noqa: N815
    denies = serializers.IntegerField()
    isGone = serializers.BooleanField(help_text="Since it was frozen.")  # noqa: N815
    reviewer = serializers.CharField(allow_null=True)
    decision = serializers.ChoiceField(ReviewItem.Decision.values, allow_null=True)
    outcome = serializers.ChoiceField(ReviewItem.Outcome.values, allow_null=True)
    decidedBy = serializers.CharField(allow_null=True)  # noqa: N815
    decidedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815
    reason = serializers.CharField(allow_null=True)


class ItemListOutput(serializers.Serializer[Any]):
    items = ItemOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815


class RefusedItemOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    why = serializers.CharField()


class DecidedOutput(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    refused = RefusedItemOutput(many=True)


class ReviewInput(Input):
    name = serializers.CharField(max_length=reviews.NAME_MAX)
    description = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=reviews.REASON_MAX
    )
    scope = ScopeInput()
    dueAt = serializers.DateTimeField()  # noqa: N815
    onUndecided = serializers.ChoiceField(  # noqa: N815
        ReviewCampaign.Undecided.values, default="keep"
    )
    reviewers = serializers.ListField(
        child=serializers.CharField(max_length=150), required=False, default=list,
        help_text="Sign-in names. None: the owners of the scope, else administrators.",
    )  # fmt: skip


class ChosenInput(Input):
    items = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_CHOSEN
    )


class DecideInput(ChosenInput):
    decision = serializers.ChoiceField(ReviewItem.Decision.values)
    reason = serializers.CharField(max_length=reviews.REASON_MAX)


class AssignInput(ChosenInput):
    reviewer = serializers.CharField(max_length=150)


class ReviewListView(View):
    actions = {"GET": SIGNED_IN, "POST": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="listAccessReviews",
        summary="List reviews of access: all, or those that one takes part in.",
        parameters=PAGING,
        responses=ReviewListOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader, part = asker(request), asked.page(request)
        rows = known_reviews(reader)
        some: list[ReviewCampaign] = part.of(
            rows.select_related("made_by", "closed_by").order_by("-frozen_at", "-pk")
        )
        counts = item_counts(reader, some)
        where = tell_where(some, reader)
        told = [{**_facts(each, where[each.pk]), **counts[each.pk]} for each in some]
        return Response({"reviews": told, "totalCount": rows.count()})

    @extend_schema(
        operation_id="startAccessReview",
        summary="Freeze the access within a scope, and put it before reviewers.",
        request=ReviewInput,
        responses={201: ReviewOutput},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        told, actor = sent(request, ReviewInput), asker(request)
        try:
            plan = reviews.Plan(
                name=told["name"],
                scope=scope_in(told["scope"], actor),
                due_at=told["dueAt"],
                on_undecided=told["onUndecided"],
                description=told["description"],
                reviewers=[_person(one, "reviewers") for one in told["reviewers"]],
            )
            campaign = reviews.start_review(plan, actor=actor)
        except ValidationError as faults:
            field, said = next(iter(faults.message_dict.items()))
            member = {"due": "dueAt", "on_undecided": "onUndecided"}.get(field, field)
            raise Problem(
                400, "value_invalid", " ".join(said), pointer=f"/{member}"
            ) from None
        except (reviews.NothingToReview, ScopeInvalid) as refusal:
            raise Problem(409, "nothing_to_review", str(refusal)) from None
        where = reverse("access:review-detail", args=[campaign.public_id])
        answer = _told(_find(request, campaign.public_id), actor)
        return Response(answer, status=201, headers={"Location": where})


class ReviewDetailView(View):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="getAccessReview",
        summary="Tell a review, and how far it is.",
        responses=ReviewOutput,
        tags=TAGS,
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(_told(_find(request, id), asker(request)))


class ReviewItemListView(View):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="listAccessReviewItems",
        summary="List the grounds of access that a review has frozen.",
        parameters=[
            OpenApiParameter(
                "mine", description="`true`: those to be reviewed by one."
            ),
            OpenApiParameter("undecided", description="`true`: those still undecided."),
            *PAGING,
        ],
        responses=ItemListOutput,
        tags=TAGS,
    )
    def get(self, request: Request, id: UUID) -> Response:
        reader, part = asker(request), asked.page(request)
        rows = known_items(reader, _find(request, id))
        if asked.is_asked(request, "mine"):
            rows = rows.filter(reviewer=reader)
        if asked.is_asked(request, "undecided"):
            rows = rows.filter(decision="")
        told = [_item_told(each) for each in tell_items(part.of(rows), reader)]
        return Response({"items": told, "totalCount": rows.count()})


class ReviewDecideView(View):
    actions = {"POST": SIGNED_IN}

    @extend_schema(
        operation_id="decideAccessReviewItems",
        summary="Keep or revoke items; what is revoked is so at once.",
        description="Each item stands for itself: what cannot be done is told.",
        request=DecideInput,
        responses=DecidedOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        told, campaign = sent(request, DecideInput), _find(request, id)
        items = _chosen(request, campaign, told["items"])
        try:
            done = reviews.decide_items(
                campaign,
                items,
                told["decision"],
                reason=told["reason"],
                actor=asker(request),
            )
        except reviews.ReviewClosed as refusal:
            raise Problem(409, "review_closed", str(refusal)) from None
        return Response(_decided(done))


class ReviewAssignView(View):
    actions = {"POST": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="assignAccessReviewItems",
        summary="Give undecided items to another reviewer.",
        request=AssignInput,
        responses=DecidedOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        told, campaign = sent(request, AssignInput), _find(request, id)
        try:
            done = reviews.assign_items(
                campaign,
                _chosen(request, campaign, told["items"]),
                _person(told["reviewer"], "reviewer"),
                actor=asker(request),
            )
        except reviews.ReviewClosed as refusal:
            raise Problem(409, "review_closed", str(refusal)) from None
        return Response(_decided(done))


class ReviewCloseView(View):
    actions = {"POST": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="closeAccessReview",
        summary="End a review before its day.",
        request=None,
        responses=ReviewOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        try:
            reviews.close_review(_find(request, id), actor=asker(request))
        except reviews.ReviewClosed as refusal:
            raise Problem(409, "review_closed", str(refusal)) from None
        return Response(_told(_find(request, id), asker(request)))


def _told(campaign: ReviewCampaign, reader: Principal) -> dict[str, Any]:
    where = tell_where([campaign], reader)[campaign.pk]
    counts = item_counts(reader, [campaign])[campaign.pk]
    return {**_facts(campaign, where), **counts}


def _facts(campaign: ReviewCampaign, where: str) -> dict[str, Any]:
    return {
        "id": str(campaign.public_id),
        "name": campaign.name,
        "description": campaign.description or None,
        "where": where,
        "frozenAt": campaign.frozen_at,
        "dueAt": campaign.due_at,
        "onUndecided": campaign.on_undecided,
        "startedBy": campaign.made_by and campaign.made_by.username,
        "closedAt": campaign.closed_at,
        "closedBy": campaign.closed_by and campaign.closed_by.username,
    }


def _item_told(told: ToldItem) -> dict[str, Any]:
    item = told.item
    return {
        "id": str(item.public_id),
        "kind": item.kind,
        "holder": item.holder and item.holder.username,
        "group": item.group and item.group.name,
        "path": item.path,
        "what": item.what,
        "where": told.where,
        "since": item.since,
        "until": item.until,
        "givenBy": item.given_by and item.given_by.username,
        "denies": item.denies,
        "isGone": told.is_gone,
        "reviewer": item.reviewer and item.reviewer.username,
        "decision": item.decision or None,
        "outcome": item.outcome or None,
        "decidedBy": item.decided_by and item.decided_by.username,
        "decidedAt": item.decided_at,
        "reason": item.reason or None,
    }


def _decided(done: reviews.Decided) -> dict[str, Any]:
    refused = [{"id": str(item.public_id), "why": why} for item, why in done.refused]
    return {"done": done.done, "refused": refused}


def _chosen(
    request: Request, campaign: ReviewCampaign, ids: list[UUID]
) -> list[ReviewItem]:
    found = list(known_items(asker(request), campaign).filter(public_id__in=ids))
    if len(found) != len(set(ids)):
        raise Problem(404, "not_found", "There is no such item.", pointer="/items")
    return found


def _person(text: str, member: str) -> Principal:
    try:
        return principal_called(text, member)
    except Unclear as unclear:
        raise Problem(
            400, "value_invalid", str(unclear), pointer=f"/{member}"
        ) from None


def _find(request: Request, id: UUID) -> ReviewCampaign:
    rows = known_reviews(asker(request)).select_related("made_by", "closed_by")
    found = rows.filter(public_id=id).first()
    if found is None:
        raise asked.not_found("review")
    return found
