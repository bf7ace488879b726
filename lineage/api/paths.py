"""The routes that tell by which ways data comes, and where it begins and ends."""

# ruff: noqa: N815 - members of JSON.

from dataclasses import replace
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lineage.api import walk_questions
from lineage.api.base import ReadView, invalid, not_found, number
from lineage.api.graphs import TAGS
from lineage.api.outputs import TransformationOutput, named
from lineage.api.times import cut
from lineage.api.walk_outputs import STATUSES, WordOutput, told_edge
from lineage.graph.cut import NOW, Cut
from lineage.graph.question import MAX_HOPS, MAX_NODES, Level, Question
from lineage.graph.ways import Bound
from lineage.nodeids import Node, UnknownNode
from lineage.reader import Reader
from lineage.walks.answers import ToldEdge
from lineage.walks.ends import Ends, ends
from lineage.walks.paths import MAX_PATHS, Paths, Step, paths
from lineage.walks.places import Named as NamedPlace
from lineage.walks.starting import node_id_of, resolve, starts
from policies.actions import Action

DEFAULT_PATHS = 100
PATH_HOPS = 100
MAX_LISTED = 100
EDGE = ("status", "assertedBy", "transformations")
STEP_KINDS = ("dataset", "job", "column", "withheld", "deleted")
_CHOSEN = ("asOf", "recordedAt", "assertedBy", "status", "transformations", "unmasked")
# Along which edges, and as of when: as walks are asked.
ALONG = [
    *(one for one in walk_questions.PARAMETERS if one.name in _CHOSEN),
    OpenApiParameter(
        "maxNodes",
        OpenApiTypes.INT,
        default=MAX_NODES,
        description=f"How much is looked through, up to {MAX_NODES}.",
    ),
]


@named("PathEdge")
class PathEdgeOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField([*STATUSES], allow_null=True)
    assertedBy = WordOutput(many=True)
    transformations = TransformationOutput(many=True)


@named("PathStep")
class PathStepOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(STEP_KINDS)
    nodeId = serializers.CharField(allow_null=True)
    namespace = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    column = serializers.CharField(allow_null=True)
    edge = PathEdgeOutput(
        allow_null=True,
        help_text="The edge that leads here; null at the start and at what is hidden.",
    )


@named("Path")
class PathOutput(serializers.Serializer[Any]):
    hops = serializers.IntegerField()
    steps = PathStepOutput(many=True)


@named("PathsCompleteness")
class PathsCompletenessOutput(serializers.Serializer[Any]):
    complete = serializers.BooleanField()
    truncated = serializers.ListField(
        child=serializers.ChoiceField([*Bound]),
        help_text="What other paths may be missing for: `hops` are longer ones, "
        "`paths` more than `maxPaths`, `nodes` those that lead through too large a "
        "part of the graph, `effort` those that were not found in reasonable time.",
    )
    withheld = serializers.IntegerField()


@named("Paths")
class PathsOutput(serializers.Serializer[Any]):
    to = serializers.CharField()
    level = serializers.ChoiceField([*Level])
    asOf = serializers.DateTimeField(allow_null=True)
    recordedAt = serializers.DateTimeField(allow_null=True)
    shortest = PathOutput(allow_null=True)
    paths = PathOutput(many=True)
    completeness = PathsCompletenessOutput()

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.CharField(), **super().get_fields()}


class LineagePathsView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}

    @extend_schema(
        operation_id="getLineagePaths",
        summary="Tell by which ways data comes from one node to another.",
        description=(
            "Every path that meets no node twice, the shortest first; names decide "
            "between equals. `from` and `to` are two columns, or each a dataset or a "
            "job; from a node to itself are the ways that lead back to it. What the "
            "reader may not know of is one step `withheld`, however much it is, and "
            "what was deleted a step without a name."
        ),
        parameters=[
            OpenApiParameter("from", required=True, description="A nodeId."),
            OpenApiParameter("to", required=True, description="A nodeId."),
            OpenApiParameter(
                "maxHops",
                OpenApiTypes.INT,
                default=PATH_HOPS,
                description=f"How long a path may be, up to {MAX_HOPS}.",
            ),
            OpenApiParameter(
                "maxPaths",
                OpenApiTypes.INT,
                default=DEFAULT_PATHS,
                description=f"How many are told, up to {MAX_PATHS}.",
            ),
            *ALONG,
        ],
        responses=PathsOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        asked_for = [node_id(request, name) for name in ("from", "to")]
        start, goal = (find_node(one, reader, cut(request)) for one in asked_for)
        if (start.field is None) is not (goal.field is None):
            raise invalid("to", "from and to are two columns, or neither is one.")
        asked = question_of(request, start, PATH_HOPS)
        if (asked.level is Level.COLUMN) is (start.field is None):
            raise invalid("level", "At level=column from and to are two columns.")
        most = number(request, "maxPaths", DEFAULT_PATHS, most=MAX_PATHS)
        [first], [last] = (starts(node, asked, reader) for node in (start, goal))
        found = paths(first, last, asked, reader, max_paths=max(most, 1))
        told = [_path(path, found) for path in found.found]
        return Response(
            {
                "from": node_id_of(start),
                "to": node_id_of(goal),
                **told_question(asked),
                "shortest": told[0] if told else None,
                "paths": told[:most],
                "completeness": {
                    "complete": found.is_complete,
                    "truncated": sorted(map(str, found.bounds)),
                    "withheld": found.withheld,
                },
            }
        )


def node_id(request: Request, name: str) -> str:
    """What a parameter says. Raises Problem (400)."""
    found = request.query_params.get(name)
    if not found:
        raise invalid(name, f"{name} names a job, a dataset or a column.")
    return found


def find_node(told: str, reader: Reader, when: Cut = NOW) -> Node:
    """The node that a nodeId means, or meant then. Raises Problem (404)."""
    is_column = told.startswith("datasetField:")
    try:
        node = resolve(told, reader, when, of_columns=is_column)
    except UnknownNode:
        raise not_found("node") from None
    if node.version is not None:
        raise not_found("node")
    return node


def question_of(
    request: Request, node: Node, hops: int, nodes: int = MAX_NODES
) -> Question:
    """What a walk is to go along, and unless told how far. Raises Problem (400)."""
    return replace(
        walk_questions.question(request, node),
        max_hops=number(request, "maxHops", hops, most=MAX_HOPS),
        max_nodes=number(request, "maxNodes", nodes, most=MAX_NODES),
    )


def told_question(asked: Question) -> dict[str, Any]:
    """At which level and as of when was asked."""
    return {
        "level": str(asked.level),
        "asOf": asked.cut.as_of,
        "recordedAt": asked.cut.recorded_at,
    }


def _path(path: list[Step], found: Paths) -> dict[str, Any]:
    return {"hops": len(path) - 1, "steps": [_step(step, found) for step in path]}


def _step(step: Step, found: Paths) -> dict[str, Any]:
    edge = None
    if step.way is not None:
        told = told_edge(ToldEdge("", "", step.way, step.words), found.names)
        edge = {key: told[key] for key in EDGE}
    if step.place is None:
        return {**_NAMELESS, "kind": "withheld", "edge": edge}
    return {**told_place(step.place), "edge": edge}


_NAMELESS = dict.fromkeys(("nodeId", "namespace", "name", "column"))


def told_place(place: NamedPlace) -> dict[str, Any]:
    """A place, as an answer tells of it."""
    known = place.known
    return {
        "kind": place.kind,
        "nodeId": place.node_id,
        "namespace": known.namespace if known else None,
        "name": known.name if known else None,
        "column": place.column or None if known else None,
    }


@named("LineageEnd")
class EndOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(STEP_KINDS[:3])
    nodeId = serializers.CharField()
    namespace = serializers.CharField()
    name = serializers.CharField()
    column = serializers.CharField(allow_null=True)
    hops = serializers.IntegerField()
    cycle = serializers.IntegerField(
        allow_null=True,
        help_text="The same number stands at all nodes of one cycle.",
    )


@named("LineageEndsCompleteness")
class EndsCompletenessOutput(serializers.Serializer[Any]):
    complete = serializers.BooleanField()
    truncated = serializers.BooleanField()
    frontier = serializers.ListField(
        child=serializers.CharField(),
        help_text=f"Where the walk broke off: up to {MAX_LISTED} nodeIds.",
    )
    withheld = serializers.IntegerField(
        help_text="Ends that are hidden, or hang together with what is hidden."
    )
    deleted = serializers.IntegerField()


@named("LineageEnds")
class EndsOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()
    level = serializers.ChoiceField([*Level])
    asOf = serializers.DateTimeField(allow_null=True)
    recordedAt = serializers.DateTimeField(allow_null=True)
    ends = EndOutput(many=True)
    completeness = EndsCompletenessOutput()


PARAMETERS = [
    OpenApiParameter("nodeId", required=True, description="Where to start."),
    OpenApiParameter(
        "maxHops", OpenApiTypes.INT, default=MAX_HOPS, description=f"Up to {MAX_HOPS}."
    ),
    *ALONG,
]
RULES = (
    " A node that nothing is known {before} is its own. All nodes of a cycle that "
    "nothing else leads {into} are told, with the same number as `cycle`. What stops "
    "at something that the reader may not know of is not told: `withheld` counts it."
)


class _EndsView(ReadView):
    actions: ClassVar[dict[str, Action]] = {"GET": Action.LINEAGE_VIEW}
    is_downstream: ClassVar[bool]

    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        node = find_node(node_id(request, "nodeId"), reader, cut(request))
        asked = question_of(request, node, MAX_HOPS)
        first = starts(node, asked, reader)
        found = ends(first, asked, reader, is_downstream=self.is_downstream)
        return Response(
            {
                "nodeId": node_id_of(node),
                **told_question(asked),
                "ends": [
                    {**told_place(end.place), "hops": end.hops, "cycle": end.cycle}
                    for end in found.found
                ],
                "completeness": _completeness(found),
            }
        )


class LineageRootsView(_EndsView):
    is_downstream = False

    @extend_schema(
        operation_id="getLineageRoots",
        summary="Tell where data comes from at the last: what nothing is upstream of.",
        description="The ultimate sources of a node, nearest first."
        + RULES.format(before="upstream of", into="into"),
        parameters=PARAMETERS,
        responses=EndsOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        return super().get(request)


class LineageLeavesView(_EndsView):
    is_downstream = True

    @extend_schema(
        operation_id="getLineageLeaves",
        summary="Tell where data ends up: what nothing is downstream of.",
        description="The ultimate consumers of a node, nearest first."
        + RULES.format(before="downstream of", into="out of"),
        parameters=PARAMETERS,
        responses=EndsOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        return super().get(request)


def _completeness(found: Ends) -> dict[str, Any]:
    named = [one.node_id for one in found.frontier if one.node_id]
    return {
        "complete": found.is_complete,
        "truncated": found.is_truncated,
        "frontier": named[:MAX_LISTED],
        "withheld": found.withheld,
        "deleted": found.deleted,
    }
