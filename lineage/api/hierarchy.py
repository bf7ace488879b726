"""The route that walks at the level of the jobs that contain other jobs."""

# ruff: noqa: N815 - members of JSON.

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lineage.api import walk_questions
from lineage.api.base import ReadView, invalid
from lineage.api.changes import ChangesBreakOutput, told_breaks
from lineage.api.graphs import TAGS
from lineage.api.outputs import named
from lineage.api.paths import find_node, node_id, question_of, told_question
from lineage.api.times import cut
from lineage.api.walk_outputs import STATUSES
from lineage.graph.question import DEFAULT_HOPS, DEFAULT_NODES, Direction, Level
from lineage.models import Edge
from lineage.nodeids import Named, UnknownNode, resolve
from lineage.reader import Reader
from lineage.walks.hierarchy import (
    PARENT,
    ROOT,
    Hierarchy,
    RollUp,
    Told,
    ToldEdge,
    hierarchy,
)
from lineage.walks.starting import node_id_of, starts
from policies.actions import Action

KINDS = ("dataset", "job", "group", "withheld")
MAX_OPEN = 50
_CHOSEN = ("direction", "asOf", "recordedAt", "maxHops", "maxNodes", "assertedBy",
           "status")  # fmt: skip


@named("HierarchyNode")
class HierarchyNodeOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField(help_text="`withheld:1` … of what is hidden.")
    kind = serializers.ChoiceField(KINDS)
    namespace = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    hops = serializers.IntegerField(help_text="Of the nearest in it, from the start.")
    start = serializers.BooleanField()
    jobs = serializers.IntegerField(help_text="How many jobs of the walk are in it.")
    innerDatasets = serializers.IntegerField(
        help_text="How many datasets of the walk are written and read only in it."
    )
    group = serializers.CharField(
        allow_null=True, help_text="In which opened group the job is."
    )


@named("HierarchyEdge")
class HierarchyEdgeOutput(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]
    target = serializers.CharField()
    status = serializers.ChoiceField([*STATUSES], allow_null=True)
    declared = serializers.BooleanField(help_text="Whether people declare one of them.")
    edges = serializers.IntegerField(help_text="How many edges are one here.")


@named("HierarchyCompleteness")
class HierarchyCompletenessOutput(serializers.Serializer[Any]):
    complete = serializers.BooleanField()
    truncated = ChangesBreakOutput(many=True)
    withheld = serializers.IntegerField()
    deleted = serializers.IntegerField()


@named("Hierarchy")
class HierarchyOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()
    direction = serializers.ChoiceField([str(one) for one in Direction])
    level = serializers.ChoiceField([str(one) for one in Level])
    asOf = serializers.DateTimeField(allow_null=True)
    recordedAt = serializers.DateTimeField(allow_null=True)
    rollUp = serializers.CharField()
    nodes = HierarchyNodeOutput(many=True)
    edges = HierarchyEdgeOutput(many=True)
    completeness = HierarchyCompletenessOutput()


class LineageHierarchyView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}

    @extend_schema(
        operation_id="getLineageHierarchy",
        summary="Walk with each run of many jobs, such as a dbt run, as one node.",
        description=(
            "A walk in which jobs are told as the job that they ran in: the parent of "
            "their last run that has one, the root of it, or a named ancestor. A group "
            "has the number of its `jobs`, and of the datasets that in this walk are "
            "written and read only inside of it. `open` tells the jobs and datasets of "
            "a group one by one. A job whose ancestor the reader may not know of stays "
            "as it is."
        ),
        parameters=[
            OpenApiParameter("nodeId", required=True, description="Where to start."),
            OpenApiParameter(
                "rollUp",
                default=PARENT,
                description="`parent`, `root`, or the nodeId of a job.",
            ),
            OpenApiParameter(
                "open", many=True, description="NodeIds of groups to tell job by job."
            ),
            *(one for one in walk_questions.PARAMETERS if one.name in _CHOSEN),
        ],
        responses=HierarchyOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        rolling = _rolling(request, reader)
        node = find_node(node_id(request, "nodeId"), reader, cut(request))
        asked = question_of(request, node, DEFAULT_HOPS, DEFAULT_NODES)
        if asked.level is not Level.DATASET:
            raise invalid("level", "Columns are in no job: ask at level=dataset.")
        [first] = starts(node, asked, reader)
        found = hierarchy(first, asked, rolling, reader)
        return Response(
            {
                "nodeId": node_id_of(node),
                "direction": str(asked.direction),
                **told_question(asked),
                "rollUp": request.query_params.get("rollUp") or PARENT,
                "nodes": [_node(one) for one in found.nodes],
                "edges": [_edge(one) for one in found.edges],
                "completeness": _completeness(found),
            }
        )


def _rolling(request: Request, reader: Reader) -> RollUp:
    """What jobs are told as. Raises Problem (400, 404)."""
    word = request.query_params.get("rollUp") or PARENT
    to: str | int = word
    if word not in (PARENT, ROOT):
        to = _job(word, "rollUp", reader)
    opened = request.query_params.getlist("open")
    if len(opened) > MAX_OPEN:
        raise invalid("open", f"Up to {MAX_OPEN} groups can be open.")
    return RollUp(to, frozenset(_job(one, "open", reader) for one in opened))


def _job(word: str, name: str, reader: Reader) -> int:
    if not word.startswith("job:"):
        raise invalid(name, f"{name} takes the nodeId of a job, job:….")
    try:
        node = resolve(
            word,
            reader.linked_jobs,
            Named(reader.linked_datasets, reader.names, reader.veil),
        )
    except UnknownNode:
        raise invalid(name, f"{name} names no job.") from None
    assert node.job is not None
    return node.job.pk


def _node(told: Told) -> dict[str, Any]:
    known = told.known
    return {
        "nodeId": told.node_id,
        "kind": told.kind,
        "namespace": known.namespace if known else None,
        "name": known.name if known else None,
        "hops": told.hops,
        "start": told.is_start,
        "jobs": told.members,
        "innerDatasets": told.inner,
        "group": told.group,
    }


def _edge(told: ToldEdge) -> dict[str, Any]:
    status = told.way.status
    return {
        "source": told.source,
        "target": told.target,
        "status": Edge.Status(status).name.lower() if status is not None else None,
        "declared": told.way.is_manual,
        "edges": told.count,
    }


def _completeness(found: Hierarchy) -> dict[str, Any]:
    return {
        "complete": found.is_complete,
        "truncated": told_breaks(found.broken, found.names),
        "withheld": found.withheld,
        "deleted": found.deleted,
    }
