"""The routes by which stewards judge tags that came along lineage, and set rules."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.curation.faults import Refused
from catalog.models import Change, ColumnTag, Tag
from lineage import nodeids
from lineage.api.base import ReadView
from lineage.api.classification import TAGS, named_tag
from lineage.api.classification_outputs import (
    TagRuleInput,
    TagRuleOutput,
    VerdictsInput,
    VerdictsOutput,
)
from lineage.classification import rules, shown
from lineage.json_text import pointer
from lineage.models import TagRule
from lineage.nodeids import Named, UnknownNode
from lineage.reader import Reader
from lineage.services.classification import follow_tags_of
from lineage.services.tag_verdicts import (
    Found,
    confirm_tags,
    reject_tags,
    replace_tags,
    set_rule,
)
from policies.actions import Action
from policies.models import Principal
from policies.problems import Problem


class VerdictsView(ReadView):
    actions = {"POST": Action.ASSET_TAG}

    @extend_schema(
        operation_id="judgeClassification",
        summary="Confirm, reject or replace tags that came along lineage.",
        description=(
            "Confirmed, a tag is said by people from then on, and gives rights as any "
            "of theirs. Rejected, with a reason, it does not come by the same lines "
            "any more: by others it may. Replaced, it is rejected, and `replacement` "
            "is put in its place. All of it is one change, which can be undone."
        ),
        request=VerdictsInput,
        responses=VerdictsOutput,
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        asked = VerdictsInput(data=request.data)
        asked.is_valid(raise_exception=True)
        body = asked.validated_data
        found = _found(request, body["items"])
        with _refusals({"other": "replacement"}):
            change = _judge(request, found, body)
        follow_tags_of({one.dataset.pk for one in found})
        made = change.public_id if change else None
        return Response({"change": made, "judged": len(found)})


class RuleView(ReadView):
    actions = {"GET": Action.ASSET_VIEW, "PUT": Action.GLOSSARY_EDIT}

    @extend_schema(
        operation_id="getTagRule",
        summary="Tell how a tag follows the data.",
        description=(
            "What is said of the tag itself, empty where it is as the tag above has "
            "it; `effective` is what holds."
        ),
        responses=TagRuleOutput,
        tags=TAGS,
    )
    def get(self, request: Request, tag: str) -> Response:
        return Response(_rule(named_tag(tag)))

    @extend_schema(
        operation_id="setTagRule",
        summary="Say how a tag follows the data.",
        description="All empty takes the tag's own rule back.",
        request=TagRuleInput,
        responses=TagRuleOutput,
        tags=TAGS,
    )
    def put(self, request: Request, tag: str) -> Response:
        asked = TagRuleInput(data=request.data)
        asked.is_valid(raise_exception=True)
        body = asked.validated_data
        about = named_tag(tag)
        with _refusals({"other": "maskedAs", "masked_as": "maskedAs"}):
            masked_as = _other(body["maskedAs"]) if body["maskedAs"] else None
            set_rule(
                about,
                {**body, "masked_as": masked_as},
                actor=_actor(request),
                via=Change.Via.API,
                reason=body["reason"],
            )
        return Response(_rule(about))


@contextmanager
def _refusals(spelt: Mapping[str, str]) -> Iterator[None]:
    """Answer what a service refuses. Raises Problem (422)."""
    try:
        yield
    except Refused as refusal:
        at = pointer(spelt.get(refusal.field, refusal.field))
        raise Problem(422, "value_invalid", str(refusal), pointer=at) from None


def _found(request: Request, items: list[dict[str, Any]]) -> list[Found]:
    """What the items name, if the sender may judge it. Raises Problem (422)."""
    reader = Reader(request.user)
    found = []
    for number, item in enumerate(items):
        row = _row(request, reader, item)
        if row is None:
            raise Problem(
                422,
                "value_invalid",
                "No such tag came along lineage, or none that you may judge.",
                pointer=pointer("items", number),
            )
        found.append(Found.of(row))
    return found


def _row(request: Request, reader: Reader, item: dict[str, Any]) -> ColumnTag | None:
    named = Named(reader.column_datasets, reader.names, reader.veil)
    try:
        node = nodeids.resolve(item["nodeId"], reader.linked_jobs, named)
    except UnknownNode:
        return None
    rows = shown.judged_by(request.user).filter(
        dataset=node.dataset, column=node.field or "", tag__name=item["tag"]
    )
    return shown.in_order(rows).first()


def _other(name: str) -> Tag:
    """The tag of a body. Raises Refused."""
    found = Tag.objects.current().filter(name=name).first()
    if found is None:
        raise Refused(
            f"There is no tag {name!r}. Define it first." if name else "Name a tag.",
            field="other",
        )
    return found


def _judge(request: Request, found: list[Found], body: dict[str, Any]) -> Change | None:
    told: dict[str, Any] = {
        "actor": _actor(request),
        "via": Change.Via.API,
        "reason": body["reason"],
    }
    match body["verdict"]:
        case "confirm":
            return confirm_tags(found, **told)
        case "reject":
            return reject_tags(found, **told)
    return replace_tags(found, _other(body["replacement"]), **told)


def _rule(tag: Tag) -> dict[str, Any]:
    own = TagRule.objects.standing().filter(tag=tag).select_related("masked_as").first()
    every = rules.read()
    holds = every.rulings[tag.pk]
    masked_as = holds.masked_as
    return {
        "tag": tag.name,
        "propagation": own.propagation if own else "",
        "aggregation": own.aggregation if own else "",
        "masking": own.masking if own else "",
        "maskedAs": own.masked_as.name if own and own.masked_as else None,
        "effective": {
            "follows": holds.follows,
            "aggregation": holds.aggregation,
            "maskedAs": every.names.get(masked_as) if masked_as else None,
        },
    }


def _actor(request: Request) -> Principal:
    if not isinstance(request.user, Principal):
        raise Problem(403, "action_forbidden", "A verdict has an author: sign in.")
    return request.user
