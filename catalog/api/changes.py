"""The routes of what was changed: listed, told, undone."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.base import told_change
from catalog.api.outputs import ChangeDetailOutput, ChangesOutput, UndoneOutput
from catalog.api.statements import OF_ASSET
from catalog.curation import changes
from catalog.curation.faults import Refused, Superseded
from catalog.curation.subjects import ASSETS, Named, find_subject
from catalog.models import Change
from catalog.services import AlreadyUndone, undo_change
from policies import asked
from policies.actions import Action
from policies.gates import denial
from policies.json_api import Input, ReasonField, View, asker, sent
from policies.problems import Problem
from policies.row_keys import key_of_number, number_of

TAGS = ["Changes"]
ABOUT_AT_MOST = 200
FILTERS = [
    OpenApiParameter("actor", description="A sign-in name."),
    OpenApiParameter("via", enum=Change.Via.values),
    OpenApiParameter("since", OpenApiTypes.DATETIME, description="Included."),
    OpenApiParameter("until", OpenApiTypes.DATETIME, description="Excluded."),
    OpenApiParameter("after", description="Where to go on: the last answer's `next`."),
    *(
        OpenApiParameter(each.name, enum=each.enum, description="Of one asset alone.")
        for each in OF_ASSET
    ),
]


class UndoInput(Input):
    reason = ReasonField()


class ChangeListView(View):
    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="listChanges",
        summary="List who changed what people say, the latest first.",
        description=(
            "Those of which the reader may see some part. `next` of an answer is "
            "`after` of the one that goes on from there, and null at the end. With "
            f"`kind`, `namespace` and `name`, the latest {ABOUT_AT_MOST} of one asset."
        ),
        parameters=FILTERS,
        responses=ChangesOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        sought = _sought(request)
        told = request.query_params.get("after", "")
        after = number_of(Change, told)
        if told and after is None:
            raise asked.invalid("after", "after is the `next` of another answer.")
        if request.query_params.get("kind"):
            found, go_on = _about(request, sought), None
        else:
            found, go_on = changes.latest(asker(request), after=after, **sought)
        return Response(
            {
                "changes": [_told(each) for each in found],
                "next": key_of_number(Change, go_on) if go_on else None,
            }
        )


class ChangeDetailView(View):
    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="getChange",
        summary="Tell what a change said and took back.",
        description=(
            "What the reader may not see is left out and not counted. `whyNotUndone` "
            "says why they cannot undo it."
        ),
        responses=ChangeDetailOutput,
        tags=TAGS,
    )
    def get(self, request: Request, id: UUID) -> Response:
        change = _find(request, id)
        told = changes.tell(change, asker(request))
        why_not = changes.why_not_undone_by(change, asker(request))
        return Response(
            {
                **_told(change),
                "lines": [_line(each) for each in told.lines],
                "linesLeftOut": told.more,
                "whyNotUndone": why_not or None,
            }
        )


class ChangeUndoView(View):
    actions = {"POST": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="undoChange",
        summary="Take back what a change said, and say again what it took back.",
        description=(
            "The whole change or none of it: 409 where later changes stand on it, 403 "
            "without the right on each thing that it touched. An undo is a change, and "
            "can be undone."
        ),
        request=UndoInput,
        responses=UndoneOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        change = _find(request, id)
        reason = sent(request, UndoInput)["reason"].strip()
        if why_not := changes.why_not_undone_by(change, asker(request)):
            denial(request._request, asker(request), Action.ASSET_EDIT)  # journaled
            raise Problem(403, "action_forbidden", why_not)
        try:
            undo = undo_change(
                change, actor=asker(request), via=Change.Via.API, reason=reason
            )
        except AlreadyUndone as refused:
            raise Problem(409, "change_undone", str(refused)) from None
        except Superseded as refused:
            raise Problem(409, "change_superseded", str(refused)) from None
        return Response({"change": str(undo.public_id)})


def _sought(request: Request) -> dict[str, Any]:
    """Lookups of Change. Raises Problem (400)."""
    told: dict[str, Any] = {}
    if actor := request.query_params.get("actor"):
        if "\0" in actor:
            raise asked.invalid("actor", "actor holds a NUL character.")
        told["actor__username__iexact"] = actor
    if via := request.query_params.get("via"):
        if via not in Change.Via.values:
            raise asked.invalid("via", f"via is one of {', '.join(Change.Via.values)}.")
        told["via"] = via
    for name, lookup in (("since", "gte"), ("until", "lt")):
        if at := asked.moment(request, name):
            told[f"recorded_at__{lookup}"] = at
    return told


def _about(request: Request, sought: dict[str, Any]) -> list[Change]:
    named = {n: request.query_params.get(n, "") for n in ("kind", "namespace", "name")}
    if named["kind"] not in ASSETS:
        raise asked.invalid("kind", f"kind is one of {', '.join(ASSETS)}.")
    if any("\0" in word for word in named.values()):
        raise asked.invalid("name", "A name holds no NUL character.")
    space = named["namespace"] if named["kind"] != "namespace" else ""
    try:
        subject = find_subject(
            Named(named["kind"], space, named["name"]), asker(request), []
        )
    except Refused:
        raise asked.not_found(named["kind"]) from None
    latest = changes.about(subject.row, ABOUT_AT_MOST, asker(request))
    ids = [change.pk for change in latest]
    kept = set(
        Change.objects.filter(pk__among=ids, **sought).values_list("pk", flat=True)
    )
    return [change for change in latest if change.pk in kept]


def _find(request: Request, public_id: UUID) -> Change:
    found = (
        Change.objects.filter(public_id=public_id)
        .select_related("actor", "undoes", "undone_by")
        .first()
    )
    if found is None or not changes.is_told_to(found, asker(request)):
        raise asked.not_found("change")
    return found


def _told(change: Change) -> dict[str, Any]:
    undone = getattr(change, "undone_by", None)
    return {
        **(told_change(change) or {}),
        "summary": change.told_summary,
        "undoes": str(change.undoes.public_id) if change.undoes else None,
        "undoneBy": str(undone.public_id) if undone else None,
    }


def _line(line: changes.Line) -> dict[str, Any]:
    return {
        "what": line.what,
        "level": line.level,
        "about": str(line.row),
        "column": line.column,
        "before": line.before,
        "after": line.after,
        "detail": line.detail,
    }
