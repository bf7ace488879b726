"""The route that tells how lineage differs between two times."""

# ruff: noqa: N815 - members of JSON.

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lineage.api import walk_questions
from lineage.api.base import ReadView, invalid
from lineage.api.graphs import TAGS
from lineage.api.outputs import TransformationOutput, named
from lineage.api.paths import (
    EDGE,
    STEP_KINDS,
    find_node,
    node_id,
    question_of,
    told_place,
)
from lineage.api.walk_outputs import STATUSES, WAYS, WordOutput, told_edge
from lineage.graph.cut import Cut
from lineage.graph.question import DEFAULT_HOPS, DEFAULT_NODES, Direction, Level
from lineage.graph.veil import Node as Place
from lineage.walks.answers import ToldEdge
from lineage.walks.changes import Changes, EdgeChange, Side, Standing, changes
from lineage.walks.starting import node_id_of, starts
from lineage.walks.walking import Broken, Why
from lineage.walks.words import Word
from policies.actions import Action
from policies.asked import moment

KINDS = ("added", "removed", "changed")
MAX_LISTED = 100
_CHOSEN = ("direction", "level", "maxHops", "maxNodes", "assertedBy", "status",
           "transformations", "unmasked")  # fmt: skip


@named("ChangedNode")
class ChangedNodeOutput(serializers.Serializer[Any]):
    change = serializers.ChoiceField(KINDS[:2])
    kind = serializers.ChoiceField(STEP_KINDS[:3])
    nodeId = serializers.CharField()
    namespace = serializers.CharField()
    name = serializers.CharField()
    column = serializers.CharField(allow_null=True)


@named("EdgeStanding")
class StandingOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField([*STATUSES], allow_null=True)
    assertedBy = WordOutput(many=True)
    transformations = TransformationOutput(many=True)


@named("ShownBy")
class ShownByOutput(serializers.Serializer[Any]):
    event = serializers.CharField(
        allow_null=True, help_text="Its digest, for those who may read it."
    )
    at = serializers.DateTimeField(help_text="Its eventTime.")
    job = serializers.CharField(allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    producer = serializers.CharField(allow_null=True)


@named("ChangedEdge")
class ChangedEdgeOutput(serializers.Serializer[Any]):
    change = serializers.ChoiceField(KINDS)
    source = serializers.CharField()  # type: ignore[assignment]
    target = serializers.CharField()
    before = StandingOutput(allow_null=True)
    after = StandingOutput(allow_null=True)
    shownBy = ShownByOutput(
        allow_null=True, help_text="The first event that shows it, if one does."
    )


@named("ChangesBreak")
class ChangesBreakOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField(allow_null=True)
    direction = serializers.ChoiceField([str(way) for way in WAYS.values()])
    why = serializers.ChoiceField([str(why) for why in Why])


@named("ChangesSide")
class SideOutput(serializers.Serializer[Any]):
    asOf = serializers.DateTimeField(allow_null=True)
    recordedAt = serializers.DateTimeField(allow_null=True)
    withheld = serializers.IntegerField()
    truncated = ChangesBreakOutput(many=True)


@named("LineageChanges")
class ChangesOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()
    direction = serializers.ChoiceField([str(one) for one in Direction])
    level = serializers.ChoiceField([str(one) for one in Level])
    before = SideOutput()
    after = SideOutput()
    nodes = ChangedNodeOutput(many=True)
    edges = ChangedEdgeOutput(many=True)
    deleted = serializers.IntegerField(
        help_text="Differences at what was deleted since; they are not told."
    )
    complete = serializers.BooleanField()


def _time(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.DATETIME, description=description)


class LineageChangesView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}

    @extend_schema(
        operation_id="getLineageChanges",
        summary="Tell how the lineage of a node differs between two times.",
        description=(
            "The difference of two walks: which nodes are in one of them alone, and "
            "which edges came, went, or are not what they were (status, who asserts "
            "them, transformations). `shownBy` is the first event that shows it: after "
            "it the edge is as it is at the later time, and before it it was not.\n\n"
            "`from` and `to` are event time, `recordedFrom` and `recordedTo` recorded "
            "time: what became known between. Left out, `to` and `recordedTo` are now, "
            "`from` is `to` and `recordedFrom` is `recordedTo`; one of them has to be "
            "earlier."
        ),
        parameters=[
            OpenApiParameter("nodeId", required=True, description="Where to start."),
            _time("from", "What events say of until then, compared with …"),
            _time("to", "… what they say of until then."),
            _time("recordedFrom", "What was known then, compared with …"),
            _time("recordedTo", "… what was known then."),
            *(one for one in walk_questions.PARAMETERS if one.name in _CHOSEN),
        ],
        responses=ChangesOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        before, after = _cuts(request)
        node = find_node(node_id(request, "nodeId"), reader)
        asked = question_of(request, node, DEFAULT_HOPS, DEFAULT_NODES)
        old, new = replace(asked, cut=before), replace(asked, cut=after)
        begin = starts(node, old, reader), starts(node, new, reader)
        found = changes(begin, old, new, reader)
        return Response(
            {
                "nodeId": node_id_of(node),
                "direction": str(asked.direction),
                "level": str(asked.level),
                "before": _side(before, found.before, found),
                "after": _side(after, found.after, found),
                "nodes": [
                    {"change": change, **told_place(one)}
                    for change, some in (
                        ("added", found.added),
                        ("removed", found.removed),
                    )
                    for one in some
                ],
                "edges": [_edge(one, found) for one in found.edges],
                "deleted": found.deleted,
                "complete": found.is_complete,
            }
        )


def _cuts(request: Request) -> tuple[Cut, Cut]:
    """The two times to compare. Raises Problem (400)."""
    ends: list[tuple[datetime | None, datetime | None]] = []
    for first, last in (("from", "to"), ("recordedFrom", "recordedTo")):
        one, other = moment(request, first), moment(request, last)
        if one is not None and other is not None and one > other:
            raise invalid(first, f"{first} lies before {last}.")
        ends.append((other if one is None else one, other))
    (as_of, later), (recorded_at, recorded_later) = ends
    before, after = Cut(as_of, recorded_at), Cut(later, recorded_later)
    if before == after:
        raise invalid("from", "from, or recordedFrom, is the time to compare with.")
    return before, after


def _side(cut: Cut, side: Side, found: Changes) -> dict[str, Any]:
    return {
        "asOf": cut.as_of,
        "recordedAt": cut.recorded_at,
        "withheld": side.withheld,
        "truncated": told_breaks(side.broken, found.names),
    }


def told_breaks(
    found: Iterable[Broken], names: Mapping[Any, str]
) -> list[dict[str, Any]]:
    """Where a walk broke off, and why; `MAX_LISTED` places at the most."""
    broken = {
        (names.get(one.place, ""), str(WAYS[one.is_downstream]), str(one.why))
        for one in found
    }
    return [
        {"nodeId": place or None, "direction": way, "why": why}
        for place, way, why in sorted(broken)[:MAX_LISTED]
    ]


def _edge(change: EdgeChange, found: Changes) -> dict[str, Any]:
    kind = "changed"
    if change.before is None or change.after is None:
        kind = "removed" if change.after is None else "added"
    return {
        "change": kind,
        "source": change.source.node_id,
        "target": change.target.node_id,
        "before": _standing(change.before, found),
        "after": _standing(change.after, found),
        "shownBy": _shown(change.shown, found),
    }


def _standing(standing: Standing | None, found: Changes) -> dict[str, Any] | None:
    if standing is None:
        return None
    told = told_edge(ToldEdge("", "", standing.way, standing.words), found.names)
    return {key: told[key] for key in EDGE}


def _shown(word: Word | None, found: Changes) -> dict[str, Any] | None:
    """The event, unless it is of a job that may not be named."""
    if word is None or word.first is None:
        return None
    return {
        "event": word.first.digest,
        "at": word.first.at,
        "job": found.names.get(Place(True, word.job)) if word.job else None,
        "run": word.first.run_id,
        "producer": word.first.producer,
    }
