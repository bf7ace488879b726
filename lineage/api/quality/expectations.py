"""The routes of what people expect of datasets."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.curation.faults import Refused
from catalog.models import Change, Dataset
from lineage import nodeids
from lineage.api.base import PAGING, ReadView, not_found, page
from lineage.api.quality.facts import TAGS, dataset_of
from lineage.api.quality.outputs import (
    ExpectationInput,
    ExpectationOutput,
    ExpectationsOutput,
    RevisionInput,
)
from lineage.api.times import RECORDED_AT
from lineage.json_text import pointer
from lineage.models import Expectation
from lineage.quality import incidents, schemas
from lineage.quality.expecting import Wanted, read
from lineage.quality.of_dataset import of_dataset
from lineage.reader import Reader
from lineage.services.expectations import (
    AlreadyExpected,
    ExpectationEnded,
    end_expectation,
    revise_expectation,
    set_expectation,
)
from policies.actions import Action
from policies.asked import moment
from policies.gates import denial
from policies.models import Principal
from policies.problems import Problem

NODE = OpenApiParameter("nodeId", description="Those of this dataset.")
MEMBERS = {"at_least": "atLeast"}


class ExpectationListView(ReadView):
    actions = {"GET": Action.RUN_VIEW, "POST": Action.ASSET_EDIT}

    @extend_schema(
        operation_id="listExpectations",
        summary="List what people expect of datasets.",
        parameters=[NODE, RECORDED_AT, *PAGING],
        responses=ExpectationsOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader, asked = self.reader(request), page(request)
        at = moment(request, "recordedAt")
        rows = Expectation.objects
        standing = rows.as_recorded_at(at) if at else rows.standing()
        if node_id := request.query_params.get("nodeId"):
            standing = standing.of(dataset_of(node_id, reader))
        shown = incidents.expectations_of(reader, standing)
        found: list[Expectation] = asked.of(
            shown.told().order_by("-recorded_from", "-pk")
        )
        told = [answer(one) for one in found]
        return Response({"expectations": told, "totalCount": shown.count()})

    @extend_schema(
        operation_id="setExpectation",
        summary="Expect something of a dataset.",
        description=(
            "It takes `asset.edit` and `run.view` on the dataset. `fresh`: it is "
            "written within `hours`. `rows`, `size`: the last count is at least "
            "`atLeast`. `assertion`: the last outcome of each that has this `column`, "
            "`assertion` and `name`, of those that are given, is a success. `columns`: "
            "none of the columns that it shows now is lost. While it is not so, there "
            "is an incident."
        ),
        request=ExpectationInput,
        responses={201: ExpectationOutput},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        asked = ExpectationInput(data=request.data)
        asked.is_valid(raise_exception=True)
        told = asked.validated_data
        reader = self.reader(request)
        dataset = dataset_of(told["nodeId"], reader)
        _demand(request, reader, dataset)
        wanted = _read(told, dataset, reader)
        try:
            row = set_expectation(
                dataset, wanted, actor=actor_of(request), via=Change.Via.API,
                reason=told["reason"],
            )  # fmt: skip
        except AlreadyExpected as refusal:
            raise Problem(409, "expected_already", str(refusal)) from None
        return Response(answer(_read_again(row)), status=201)


class ExpectationView(ReadView):
    actions = {
        "GET": Action.RUN_VIEW,
        "PUT": Action.ASSET_EDIT,
        "DELETE": Action.ASSET_EDIT,
    }

    @extend_schema(
        operation_id="getExpectation", responses=ExpectationOutput, tags=TAGS
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Tell what is expected."""
        return Response(answer(_find(self.reader(request), id)))

    @extend_schema(
        operation_id="reviseExpectation",
        summary="Say an expectation anew; an open incident goes on.",
        request=RevisionInput,
        responses=ExpectationOutput,
        tags=TAGS,
    )
    def put(self, request: Request, id: UUID) -> Response:
        asked = RevisionInput(data=request.data)
        asked.is_valid(raise_exception=True)
        told, reader = asked.validated_data, self.reader(request)
        row = _find(reader, id)
        _demand(request, reader, row.dataset.canonical)
        wanted = _read(told, row.dataset.canonical, reader)
        try:
            again = revise_expectation(
                row, wanted, actor=actor_of(request), via=Change.Via.API,
                reason=told["reason"],
            )  # fmt: skip
        except AlreadyExpected as refusal:
            raise Problem(409, "expected_already", str(refusal)) from None
        except ExpectationEnded as refusal:
            raise Problem(409, "expectation_ended", str(refusal)) from None
        return Response(answer(_read_again(again)))

    @extend_schema(
        operation_id="endExpectation",
        summary="Expect it no more; it stays to be read, and can be undone.",
        parameters=[OpenApiParameter("reason", OpenApiTypes.STR)],
        responses={204: None},
        tags=TAGS,
    )
    def delete(self, request: Request, id: UUID) -> Response:
        reader = self.reader(request)
        row = _find(reader, id)
        _demand(request, reader, row.dataset.canonical)
        try:
            end_expectation(
                row, actor=actor_of(request), via=Change.Via.API,
                reason=request.query_params.get("reason", "").replace("\0", ""),
            )  # fmt: skip
        except ExpectationEnded as refusal:
            raise Problem(409, "expectation_ended", str(refusal)) from None
        return Response(status=204)


def answer(row: Expectation) -> dict[str, Any]:
    """An expectation as the API tells it; the row comes with all that tells it."""
    dataset, author = row.dataset.canonical, row.opened_in.actor
    is_fresh = row.kind == "fresh"
    return {
        "id": row.identity,
        "nodeId": nodeids.of_dataset(dataset.namespace.name, dataset.name),
        "kind": row.kind,
        "text": str(row),
        "hours": row.bound / 3600 if is_fresh and row.bound else None,
        "atLeast": None if is_fresh else row.bound,
        "column": row.column or None,
        "assertion": row.assertion or None,
        "name": row.name or None,
        "severity": row.severity,
        "owner": row.owner.username if row.owner else None,
        "note": row.note,
        "author": str(author) if author else None,
        "setAt": row.recorded_from,
    }


def actor_of(request: Request) -> Principal:
    """Whoever says something has a name. Raises Problem (403)."""
    if not isinstance(request.user, Principal):
        raise Problem(403, "action_forbidden", "Sign in: what is said has an author.")
    return request.user


def _read(told: Mapping[str, Any], dataset: Dataset, reader: Reader) -> Wanted:
    """What a body expects. Raises Problem (422)."""
    words = {
        "hours": _word(told.get("hours")),
        "at_least": _word(told.get("atLeast")),
        **{
            name: str(told.get(name) or "")
            for name in ("kind", "column", "assertion", "name", "severity")
        },
        "owner": told["owner"],
        "note": told["note"],
    }
    shown = schemas.shown(of_dataset(dataset, reader).touches)
    try:
        return read(words, shown)
    except Refused as refusal:
        at = pointer(MEMBERS.get(refusal.field, refusal.field))
        raise Problem(422, "value_invalid", str(refusal), pointer=at) from None


def _word(number: float | None) -> str:
    return "" if number is None else str(number)


def _find(reader: Reader, identity: UUID) -> Expectation:
    standing = Expectation.objects.standing().filter(identity=identity)
    found = incidents.expectations_of(reader, standing).told().first()
    if found is None:
        raise not_found("expectation")
    return found


def _read_again(row: Expectation) -> Expectation:
    """What somebody just said, whatever they are told of what others say."""
    return Expectation.objects.told().get(pk=row.pk)


def _demand(request: Request, reader: Reader, dataset: Dataset) -> None:
    if not incidents.may_expect(reader, dataset):
        raise denial(request._request, actor_of(request), Action.ASSET_EDIT)
