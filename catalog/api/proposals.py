"""The routes of what producers propose: listed, and judged."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.outputs import JudgedOutput, ProposalsOutput
from catalog.api.statements import subject_output
from catalog.curation import proposals
from catalog.models import Change, Proposal, ProposalVerdict
from catalog.models.proposals import ProposalQuerySet
from catalog.services.proposals import (
    ACCEPTED_AT_ONCE,
    accept_proposals,
    reject_proposals,
)
from policies import access, asked
from policies.actions import Action
from policies.asked import PAGING
from policies.gates import denial
from policies.json_api import Input, ReasonField, View, asker, demand_any, sent
from policies.row_keys import KEY_CHARACTERS, key_of, numbers_of

TAGS = ["Proposals"]
JUDGING = (Action.ASSET_EDIT, Action.ASSET_TAG)
FILTERS = ("aspect", "producer", "namespace", "kind")
SOUGHT = [
    OpenApiParameter("aspect", enum=ProposalVerdict.Aspect.values),
    OpenApiParameter("producer", description="Its URI, without a version."),
    OpenApiParameter("namespace", description="The namespace of the asset."),
    OpenApiParameter("kind", enum=["dataset", "job"]),
]


class FilterInput(Input):
    aspect = serializers.ChoiceField(ProposalVerdict.Aspect.values, required=False)
    producer = serializers.CharField(required=False, max_length=2000)
    namespace = serializers.CharField(required=False, max_length=2000)
    kind = serializers.ChoiceField(["dataset", "job"], required=False)


class DecisionsInput(Input):
    verdict = serializers.ChoiceField(["accept", "reject"])
    ids = serializers.ListField(
        child=serializers.CharField(max_length=KEY_CHARACTERS),
        required=False, max_length=ACCEPTED_AT_ONCE,
    )  # fmt: skip
    filter = FilterInput(required=False)
    definesTags = serializers.BooleanField(  # noqa: N815
        required=False, default=False, help_text="Define tags that nobody has defined."
    )
    reason = ReasonField()

    def validate(self, attrs: Any) -> Any:
        if bool(attrs.get("ids")) == bool(attrs.get("filter")):
            raise serializers.ValidationError(
                "Say which: either ids, or a filter with a member at least."
            )
        return attrs


class ProposalListView(View):
    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="listProposals",
        summary="List what producers say that waits for the reader's verdict.",
        parameters=[*SOUGHT, *PAGING],
        responses=ProposalsOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        part = asked.page(request)
        told = {name: request.query_params.get(name, "") for name in FILTERS}
        if told["aspect"] not in ("", *ProposalVerdict.Aspect.values):
            raise asked.invalid("aspect", "aspect is owner, tag or description.")
        if told["kind"] not in ("", "dataset", "job"):
            raise asked.invalid("kind", "kind is dataset or job.")
        found = proposals.pending(asker(request), **told)
        rows = _ordered(found).select_related("dataset__namespace", "job__namespace")
        some: list[Proposal] = part.of(rows)
        return Response(
            {
                "proposals": [_pending(row) for row in some],
                "totalCount": found.count(),
            }
        )


class DecisionsView(View):
    actions = {"POST": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="judgeProposals",
        summary="Accept or reject proposals, by id or all that a filter leaves.",
        description=(
            "What is accepted is said from then on, by whoever accepted it. At most "
            f"{ACCEPTED_AT_ONCE} are judged at once, as one change; `left` says how "
            "many the filter still leaves."
        ),
        request=DecisionsInput,
        responses=JudgedOutput,
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        demand_any(request, *JUDGING)
        body = sent(request, DecisionsInput)
        who = asker(request)
        if body["definesTags"] and not access.may(who, Action.GLOSSARY_EDIT):
            raise denial(request._request, who, Action.GLOSSARY_EDIT)
        found = proposals.pending(who, **body.get("filter", {}))
        if body.get("ids"):
            found = found.filter(pk__among=numbers_of(Proposal, body["ids"]))
        rows = list(_ordered(found)[:ACCEPTED_AT_ONCE])
        told = proposals.told_by(rows)
        shared: dict[str, Any] = {
            "actor": who,
            "via": Change.Via.API,
            "reason": body["reason"].strip(),
        }
        if body["verdict"] == "accept":
            judged = accept_proposals(told, defines_tags=body["definesTags"], **shared)
        else:
            judged = reject_proposals(told, **shared)
        change = judged.change
        return Response(
            {
                "change": str(change.public_id) if change else None,
                "judged": len(judged.done),
                "problems": [
                    {
                        "asset": subject_output(each.asset),
                        "column": each.claim.column,
                        "aspect": each.claim.aspect,
                        "value": each.claim.value[:300],
                        "detail": why,
                    }
                    for each, why in judged.problems
                ],
                "left": found.count(),
            }
        )


def _ordered(found: ProposalQuerySet) -> Any:
    return found.order_by("namespace__name", "dataset__name", "job__name", "pk")


def _pending(row: Proposal) -> dict[str, Any]:
    return {
        "id": key_of(row),
        "asset": subject_output(row.dataset or row.job),
        "column": row.column,
        "aspect": row.aspect,
        "value": row.excerpt,
        "producer": row.producer,
    }
