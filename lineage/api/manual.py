"""The routes of flows that people declare because no producer reports them."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.curation.faults import Refused
from catalog.models import Change
from lineage import manual
from lineage.api.base import PAGING, ReadView, invalid, not_found, page
from lineage.api.graphs import resolve
from lineage.json_text import pointer
from lineage.manual import KINDS, Drawn, NotAllowed
from lineage.models import ManualEdge
from lineage.reader import Reader
from lineage.services.manual import (
    Declared,
    EdgeEnded,
    declare_edges,
    end_edges,
    extend_edge,
    foresee_edges,
)
from policies.actions import Action
from policies.gates import denial
from policies.models import Principal
from policies.problems import Problem
from policies.row_keys import key_of, number_of

MAX_EDGES = 10_000
TAGS = ["Declared lineage"]
STATES = ("in-force", "expired", "ended")
NODE = OpenApiParameter("nodeId", description="Edges that begin or end here.")
STATE = OpenApiParameter("state", enum=STATES, default="in-force")


class EndInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(KINDS)
    namespace = serializers.CharField(trim_whitespace=False)
    name = serializers.CharField(trim_whitespace=False)
    column = serializers.CharField(required=False, default="", allow_blank=True)


class ManualEdgeInput(serializers.Serializer[Any]):
    source = EndInput()  # type: ignore[assignment]
    target = EndInput()
    reason = serializers.CharField(max_length=manual.REASON_MAX)
    expiresAt = serializers.CharField(  # noqa: N815
        required=False, default=None, allow_null=True, help_text="A time, or a day."
    )


class ManualEdgesInput(serializers.Serializer[Any]):
    edges = serializers.ListField(
        child=ManualEdgeInput(), min_length=1, max_length=MAX_EDGES
    )
    reason = serializers.CharField(required=False, default="", allow_blank=True)
    dryRun = serializers.BooleanField(required=False, default=False)  # noqa: N815


class ExtensionInput(serializers.Serializer[Any]):
    expiresAt = serializers.CharField(allow_null=True)  # noqa: N815
    reason = serializers.CharField(required=False, default="", allow_blank=True)


class EndOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(KINDS)
    namespace = serializers.CharField()
    name = serializers.CharField()
    column = serializers.CharField(allow_null=True)


class ManualEdgeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    source = EndOutput()  # type: ignore[assignment]
    target = EndOutput()
    reason = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    author = serializers.CharField(allow_null=True)
    declaredAt = serializers.DateTimeField()  # noqa: N815
    expiresAt = serializers.DateTimeField(allow_null=True)  # noqa: N815
    endedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815


class ManualEdgesOutput(serializers.Serializer[Any]):
    edges = ManualEdgeOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815


class DeclaredOutput(serializers.Serializer[Any]):
    declared = serializers.IntegerField()
    replaced = serializers.IntegerField()
    change = serializers.UUIDField(allow_null=True)


class ManualLineageView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW, "POST": Action.LINEAGE_EDIT}

    @extend_schema(
        operation_id="listManualLineage",
        summary="List the flows that people declare.",
        parameters=[NODE, STATE, *PAGING],
        responses=ManualEdgesOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        asked = page(request)
        edges = _in_state(request)
        if request.query_params.get("nodeId"):
            node = resolve(request, reader, reader.linked_datasets)
            asset = node.job or node.dataset
            assert asset is not None
            edges = edges.filter(manual.at(asset))
        shown = manual.shown_to(reader, edges)
        rows: list[ManualEdge] = asked.of(
            shown.with_ends().order_by("-recorded_from", "-pk")
        )
        told = [_answer(edge) for edge in rows]
        return Response({"edges": told, "totalCount": shown.count()})

    @extend_schema(
        operation_id="declareManualLineage",
        summary="Declare flows that no producer reports, all or none.",
        description=(
            "It takes `lineage.edit` on each target, and `asset.view` and "
            "`lineage.view` on both ends. A job reads or writes a dataset, or a "
            "dataset comes from another one; then `column` of both ends can be named. "
            "What is declared so already stays as it is. With `dryRun` nothing is "
            "changed."
        ),
        request=ManualEdgesInput,
        responses={200: DeclaredOutput, 201: DeclaredOutput},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        asked = ManualEdgesInput(data=request.data)
        asked.is_valid(raise_exception=True)
        told = asked.validated_data
        drawn = _drawn(request, [_row(edge) for edge in told["edges"]])
        if told["dryRun"]:
            return _declared(200, foresee_edges(drawn))
        reason = told["reason"] or (drawn[0].reason if len(drawn) == 1 else "")
        done = declare_edges(
            drawn, actor=_actor(request), via=Change.Via.API, reason=reason
        )
        return _declared(201 if done.change else 200, done)


class ManualEdgeView(ReadView):
    actions = {
        "GET": Action.LINEAGE_VIEW,
        "PATCH": Action.LINEAGE_EDIT,
        "DELETE": Action.LINEAGE_EDIT,
    }

    @extend_schema(
        operation_id="getManualLineage", responses=ManualEdgeOutput, tags=TAGS
    )
    def get(self, request: Request, id: str) -> Response:
        """Tell one declared edge, also when it is ended."""
        return Response(_answer(_find(request, id)))

    @extend_schema(
        operation_id="extendManualLineage",
        summary="Let an edge hold until another time, or for good.",
        request=ExtensionInput,
        responses=ManualEdgeOutput,
        tags=TAGS,
    )
    def patch(self, request: Request, id: str) -> Response:
        asked = ExtensionInput(data=request.data)
        asked.is_valid(raise_exception=True)
        edge = _find_editable(request, id)
        try:
            again = extend_edge(
                edge,
                expires_at=manual.expiry_of(asked.validated_data["expiresAt"] or ""),
                reason=asked.validated_data["reason"],
                actor=_actor(request),
                via=Change.Via.API,
            )
        except EdgeEnded as refusal:
            raise Problem(409, "edge_ended", str(refusal)) from None
        except Refused as refusal:
            at = pointer("expiresAt")
            raise Problem(422, "value_invalid", str(refusal), pointer=at) from None
        return Response(_answer(_find(request, key_of(again))))

    @extend_schema(
        operation_id="endManualLineage",
        summary="Take an edge back; it stays to be read.",
        parameters=[OpenApiParameter("reason", OpenApiTypes.STR)],
        responses={204: None},
        tags=TAGS,
    )
    def delete(self, request: Request, id: str) -> Response:
        edge = _find_editable(request, id)
        try:
            end_edges(
                [edge],
                reason=request.query_params.get("reason", ""),
                actor=_actor(request),
                via=Change.Via.API,
            )
        except EdgeEnded as refusal:
            raise Problem(409, "edge_ended", str(refusal)) from None
        return Response(status=204)


def _in_state(request: Request) -> Any:
    edges = ManualEdge.objects
    match request.query_params.get("state") or STATES[0]:
        case "in-force":
            return edges.in_force()
        case "expired":
            return edges.expired()
        case "ended":
            return edges.ended()
    raise invalid("state", f"state is one of {', '.join(STATES)}.")


def _row(told: Mapping[str, Any]) -> dict[str, str]:
    """An edge of a body as a line of a file says it."""
    row = {"reason": told["reason"], "expires_at": told["expiresAt"] or ""}
    for end in ("source", "target"):
        row |= {f"{end}_{word}": value for word, value in told[end].items()}
    return row


def _drawn(request: Request, rows: list[dict[str, str]]) -> list[Drawn]:
    """The edges of a body. Raises Problem (403, 422) for the first that cannot be."""
    read = manual.read(rows, Reader(request.user))
    faults = [(n, one) for n, one in enumerate(read) if isinstance(one, Refused)]
    if faults:
        if all(isinstance(one, NotAllowed) for _, one in faults):
            raise denial(_plain(request), _actor(request), Action.LINEAGE_EDIT)
        told = [{"pointer": _pointer(n, o.field), "detail": str(o)} for n, o in faults]
        raise Problem(
            422,
            "edge_refused",
            told[0]["detail"],
            pointer=told[0]["pointer"],
            extra={"errors": told},
        )
    return [one for one in read if isinstance(one, Drawn)]


def _pointer(number: int, name: str) -> str:
    """Where a field of a row stands in the body."""
    end, _, word = name.partition("_")
    if name == "expires_at":
        path: list[str | int] = ["edges", number, "expiresAt"]
    elif end in ("source", "target"):
        path = ["edges", number, end, word]
    else:
        path = ["edges", number, name]
    return pointer(*path)


def _declared(status: int, done: Declared) -> Response:
    change = done.change.public_id if done.change else None
    answer = {"declared": done.new, "replaced": done.replaced, "change": change}
    return Response(answer, status=status)


def _find(request: Request, key: str) -> ManualEdge:
    rows = ManualEdge.objects.filter(pk=number_of(ManualEdge, key) or 0)
    edge = manual.shown_to(Reader(request.user), rows).with_ends().first()
    if edge is None:
        raise not_found("edge")
    return edge


def _find_editable(request: Request, key: str) -> ManualEdge:
    edge = _find(request, key)
    if not manual.editable_by(Reader(request.user), [edge]):
        raise denial(_plain(request), _actor(request), Action.LINEAGE_EDIT)
    return edge


def _actor(request: Request) -> Principal:
    if not isinstance(request.user, Principal):
        raise Problem(403, "action_forbidden", "A declaration has an author: sign in.")
    return request.user


def _plain(request: Request) -> HttpRequest:
    return request._request


def _answer(edge: ManualEdge) -> dict[str, Any]:
    def end(which: str, asset: Any) -> dict[str, Any]:
        return {
            "kind": "job" if getattr(edge, f"{which}_job_id") else "dataset",
            "namespace": asset.namespace.name,
            "name": asset.name,
            "column": getattr(edge, f"{which}_field") or None,
        }

    in_force = "expired" if edge.is_expired else "in-force"
    author = edge.opened_in.actor
    return {
        "id": key_of(edge),
        "source": end("source", edge.source),
        "target": end("target", edge.target),
        "reason": edge.reason,
        "state": "ended" if edge.recorded_to else in_force,
        "author": str(author) if author else None,
        "declaredAt": edge.recorded_from,
        "expiresAt": edge.expires_at,
        "endedAt": edge.recorded_to,
    }
