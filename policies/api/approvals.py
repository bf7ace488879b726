"""The routes of changes that wait for a second person, and of where one is asked."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies import asked
from policies.actions import Action
from policies.api.scopes import ScopeInput, scope_in
from policies.asked import PAGING
from policies.gates import SIGNED_IN
from policies.json_api import Input, View, asker, demand_any, sent
from policies.lists.approvals import known_changes, to_approve
from policies.models import ApprovalRule, HeldChange
from policies.problems import Problem
from policies.services import ScopeInvalid, approvals
from policies.telling import places
from policies.telling.held_wording import ToldChange, tell_changes
from policies.views.base import REFUSALS

TAGS = ["Access: approvals"]
RELATED = ("maker", "gainer", "gaining_group", "rule", "decided_by", "grant")
ANSWER_MAX = 500


class HeldOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(HeldChange.Kind.values)
    text = serializers.CharField(help_text="What would be done, in words.")
    state = serializers.ChoiceField(HeldChange.State.values)
    maker = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    madeAt = serializers.DateTimeField()  # noqa: N815
    expiresAt = serializers.DateTimeField()  # noqa: N815
    decidedBy = serializers.CharField(allow_null=True)  # noqa: N815
    decidedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815
    answer = serializers.CharField(allow_null=True)
    grant = serializers.IntegerField(allow_null=True)


class HeldListOutput(serializers.Serializer[Any]):
    approvals = HeldOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815


class RuleOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    where = serializers.CharField()
    coversEmergencies = serializers.BooleanField()  # noqa: N815
    reason = serializers.CharField(allow_null=True)
    setBy = serializers.CharField(allow_null=True)  # noqa: N815
    since = serializers.DateTimeField()


class RuleListOutput(serializers.Serializer[Any]):
    rules = RuleOutput(many=True)


class AnswerInput(Input):
    answer = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=ANSWER_MAX
    )


class RuleInput(Input):
    scope = ScopeInput()
    coversEmergencies = serializers.BooleanField(default=False)  # noqa: N815
    reason = serializers.CharField(max_length=ANSWER_MAX)


class ApprovalListView(View):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="listApprovals",
        summary="List changes of access that wait, or waited, for a second person.",
        description=(
            "Administrators and auditors see all of them; others, their own and those "
            "that they can answer."
        ),
        parameters=[
            OpenApiParameter("state", enum=HeldChange.State.values),
            OpenApiParameter(
                "mine", description="`true`: those that the asker can answer."
            ),
            *PAGING,
        ],
        responses=HeldListOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader, part = asker(request), asked.page(request)
        rows: QuerySet[HeldChange] = known_changes(reader)
        if asked.is_asked(request, "mine"):
            rows = rows.filter(pk__in=[each.pk for each in to_approve(reader)])
        if state := request.query_params.get("state"):
            if state not in HeldChange.State.values:
                known = ", ".join(HeldChange.State.values)
                raise asked.invalid("state", f"state is one of {known}.")
            rows = rows.filter(state=state)
        some: list[HeldChange] = part.of(
            rows.select_related(*RELATED).order_by("-made_at", "-pk")
        )
        told = [held_told(each) for each in tell_changes(some, reader)]
        return Response({"approvals": told, "totalCount": rows.count()})


class ApprovalDetailView(View):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="getApproval",
        summary="Tell a held change, and what became of it.",
        responses=HeldOutput,
        tags=TAGS,
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(held_told(_find(request, id)))


class _AnswerView(View):
    actions = {"POST": SIGNED_IN}

    def done(
        self, request: Request, id: UUID, do: Callable[[HeldChange, str], object]
    ) -> Response:
        told = _find(request, id)
        answer = sent(request, AnswerInput)["answer"].strip()
        try:
            do(told.change, answer)
        except approvals.NotApprovable as refusal:
            raise Problem(409, "change_not_answerable", str(refusal)) from None
        except REFUSALS as refusal:
            raise Problem(409, "change_refused", str(refusal)) from None
        return Response(held_told(_find(request, id)))


class ApprovalApproveView(_AnswerView):
    @extend_schema(
        operation_id="approveChange",
        summary="Be the second person: the change is made now.",
        description="409 for who asked, who gains, who could not make it themselves, "
        "and for what is answered already or refused as it stands now.",
        request=AnswerInput,
        responses=HeldOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        return self.done(
            request,
            id,
            lambda change, answer: approvals.approve_change(
                change, answer=answer, actor=asker(request)
            ),
        )


class ApprovalDeclineView(_AnswerView):
    @extend_schema(
        operation_id="declineChange",
        summary="Say no to a change that somebody else wants.",
        request=AnswerInput,
        responses=HeldOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        return self.done(
            request,
            id,
            lambda change, answer: approvals.decline_change(
                change, answer=answer, actor=asker(request)
            ),
        )


class ApprovalWithdrawView(_AnswerView):
    @extend_schema(
        operation_id="withdrawChange",
        summary="Give up a change that one asked for oneself.",
        request=AnswerInput,
        responses=HeldOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        return self.done(
            request,
            id,
            lambda change, _: approvals.withdraw_change(change, actor=asker(request)),
        )


class RuleListView(View):
    actions = {"GET": SIGNED_IN, "POST": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="listApprovalRules",
        summary="List where changes of access need a second person.",
        responses=RuleListOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        demand_any(request, Action.ACCESS_VIEW, Action.ACCESS_GRANT)
        rules = list(ApprovalRule.objects.standing().select_related("set_by"))
        where = places.places(rules, asker(request))
        told = [_rule_told(*each) for each in zip(rules, where, strict=True)]
        return Response({"rules": told})

    @extend_schema(
        operation_id="setApprovalRule",
        summary="Have a second person approve what widens access within a scope.",
        description="202 where a rule stands on the same things: then this change "
        "waits for a second person itself.",
        request=RuleInput,
        responses={201: RuleOutput},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        told, actor = sent(request, RuleInput), asker(request)
        try:
            rule = approvals.set_rule(
                scope_in(told["scope"], actor),
                covers_emergencies=told["coversEmergencies"],
                reason=told["reason"],
                actor=actor,
            )
        except (approvals.NobodySecond, ScopeInvalid) as refusal:
            raise Problem(409, "change_refused", str(refusal)) from None
        return Response(_rule_told(rule, places.place(rule, actor)), status=201)


class RuleDetailView(View):
    actions = {"DELETE": Action.ACCESS_GRANT}

    @extend_schema(
        operation_id="liftApprovalRule",
        summary="No longer ask for a second person there; that waits for one, too.",
        request=None,
        responses={202: HeldOutput, 204: None},
        tags=TAGS,
    )
    def delete(self, request: Request, id: UUID) -> Response:
        rule = ApprovalRule.objects.standing().filter(public_id=id).first()
        if rule is None:
            raise asked.not_found("rule")
        approvals.lift_rule(rule, actor=asker(request))
        return Response(status=204)


def held_told(told: ToldChange) -> dict[str, Any]:
    """A held change as the API writes it."""
    change = told.change
    return {
        "id": str(change.public_id),
        "kind": change.kind,
        "text": told.text,
        "state": change.state,
        "maker": change.maker.username,
        "reason": change.reason or None,
        "madeAt": change.made_at,
        "expiresAt": change.expires_at,
        "decidedBy": change.decided_by and change.decided_by.username,
        "decidedAt": change.decided_at,
        "answer": change.answer or None,
        "grant": change.grant_id,
    }


def _rule_told(rule: ApprovalRule, where: str) -> dict[str, Any]:
    rule.refresh_from_db(fields=["recorded_from"])
    return {
        "id": str(rule.public_id),
        "where": where,
        "coversEmergencies": rule.covers_emergencies,
        "reason": rule.reason or None,
        "setBy": rule.set_by and rule.set_by.username,
        "since": rule.recorded_from,
    }


def _find(request: Request, id: UUID) -> ToldChange:
    rows = known_changes(asker(request)).select_related(*RELATED)
    change = rows.filter(public_id=id).first()
    if change is None:
        raise asked.not_found("held change")
    [told] = tell_changes([change], asker(request))
    return told
