"""The route that answers where data comes from and goes, and how sure that is."""

from collections.abc import Iterator
from typing import Any

import orjson
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from lineage.api import walk_questions
from lineage.api.base import ReadView
from lineage.api.graphs import TAGS
from lineage.api.walk_outputs import (
    WalkOutput,
    told_completeness,
    told_dependency,
    told_edge,
    told_node,
)
from lineage.graph.question import Level, Question
from lineage.nodeids import Node
from lineage.reader import Reader
from lineage.walks.answers import Answer, Wish, answer
from lineage.walks.starting import node_id_of, starts
from lineage.walks.streaming import Streaming
from policies import audit
from policies.actions import Action
from policies.rendering import OPTIONS, JSONRenderer

NDJSON = "application/x-ndjson"


class NDJSONRenderer(BaseRenderer):
    """The whole of a walk, line by line; the answer is a stream of its own."""

    media_type = NDJSON
    format = "ndjson"


class LineageWalkView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}
    renderer_classes = [JSONRenderer, NDJSONRenderer]

    @extend_schema(
        operation_id="walkLineage",
        summary="Tell what a node is made of and what is made of it.",
        description=(
            "Walks against the flow of data and with it, each by itself, nearest "
            "first, now or as of a past time. Each edge says on whose word it "
            "stands. `completeness` says where the walk broke off and why, what is "
            "withheld, and what else one should know. `assertedBy`, `status`, "
            "`transformations` and `unmasked` choose the edges that are walked along; "
            "`kind`, `namespace`, `domain`, `tag` and `jobType` what is shown of what "
            "was met: nodes between two shown ones are told as one edge `through` so "
            "many.\n\n"
            "As NDJSON (`format=ndjson`, or by Accept) it is the whole closure, told "
            "as it is met: lines of `type` `walk`, `node`, `edge`, "
            "`datasetDependency`, `controlFlow`, and at last `completeness`; without "
            "that one it broke off. It stands in the journal as an export."
        ),
        parameters=walk_questions.PARAMETERS,
        responses={
            (200, "application/json"): WalkOutput,
            (200, NDJSON): OpenApiTypes.STR,
        },
        tags=TAGS,
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        reader = self.reader(request)
        is_file = request.accepted_renderer.format == NDJSONRenderer.format
        node = walk_questions.start(request, reader)
        asked = walk_questions.question(request, node, is_file=is_file)
        wish = walk_questions.wish(request)
        if is_file:
            return _file(request, node, asked, wish, reader)
        found = answer(starts(node, asked, reader), asked, wish, reader)
        told = told_question(node, asked) | told_answer(found, asked)
        if wish.with_control_flow:
            told["controlFlow"] = [told_dependency(one) for one in found.control_flow]
        return Response(told)


def _file(
    request: Request, node: Node, asked: Question, wish: Wish, reader: Reader
) -> StreamingHttpResponse:
    """The whole closure, journaled first."""
    asset = node.job or node.dataset
    assert asset is not None
    told = told_question(node, asked)
    audit.record_alone(
        audit.Act.LINEAGE_EXPORTED,
        audit.Target.of(asset),
        actor=request.user,
        changes={"table": "walk"}
        | {
            k: v.isoformat() if k.endswith("At") or k == "asOf" else v
            for k, v in told.items()
            if v is not None
        },
    )
    stream = Streaming(starts(node, asked, reader), asked, wish, reader)
    return StreamingHttpResponse(
        _lines(told, stream),
        content_type=f"{NDJSON}; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="lineage.ndjson"'},
    )


def _lines(told: dict[str, Any], stream: Streaming) -> Iterator[bytes]:
    yield _line("walk", told)
    for part in stream.parts():
        names = part.names
        lines = [_line("node", told_node(one)) for one in part.places]
        lines += [_line("edge", told_edge(one, names)) for one in part.edges]
        lines += [
            _line("datasetDependency", told_edge(one, names)) for one in part.wholes
        ]
        lines += [
            _line("controlFlow", told_dependency(one)) for one in part.control_flow
        ]
        yield b"".join(lines)
    found = told_completeness(stream.completeness, part.names)
    yield _line("completeness", found)


def _line(kind: str, told: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": kind, **told}, default=str, option=OPTIONS) + b"\n"


def told_question(node: Node, asked: Question) -> dict[str, Any]:
    """What was asked, as an answer repeats it."""
    return {
        "nodeId": node_id_of(node),
        "direction": str(asked.direction),
        "level": str(asked.level),
        "asOf": asked.cut.as_of,
        "recordedAt": asked.cut.recorded_at,
    }


def told_answer(found: Answer, asked: Question) -> dict[str, Any]:
    """What was met, and what of it is not whole."""
    told: dict[str, Any] = {
        "nodes": [told_node(one) for one in found.places],
        "edges": [told_edge(one, found.names) for one in found.edges],
    }
    if asked.level is Level.COLUMN:
        told["datasetDependencies"] = [
            told_edge(one, found.names) for one in found.wholes
        ]
    told["completeness"] = told_completeness(found.completeness, found.names)
    return told
