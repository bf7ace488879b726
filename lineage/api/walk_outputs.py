"""In which shape is a walk told: its places, its edges, and what of it is not whole?"""

# ruff: noqa: N815 - members of JSON.

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from lineage.api.outputs import TransformationOutput, named
from lineage.column_sources import Transformation
from lineage.graph.question import Direction, Kind, Level
from lineage.graph.veil import Node
from lineage.models import Edge
from lineage.runs import STATE_NAMES
from lineage.walks.answers import Told, ToldEdge
from lineage.walks.completeness import MAX_LISTED, Completeness
from lineage.walks.control_flow import Dependency
from lineage.walks.last_runs import LastRun
from lineage.walks.naming import JobType
from lineage.walks.walking import Why
from lineage.walks.words import Said, Word

STATUSES = {status.name.lower(): status for status in Edge.Status}
KINDS = ("dataset", "job", "column", "withheld")
WAYS = {False: Direction.UPSTREAM, True: Direction.DOWNSTREAM}


@named("WalkJobType")
class JobTypeOutput(serializers.Serializer[Any]):
    processingType = serializers.CharField(allow_null=True)
    integration = serializers.CharField(allow_null=True)
    jobType = serializers.CharField(allow_null=True)


@named("WalkRun")
class LastRunOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField()


@named("WalkNode")
class NodeOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField(help_text="`withheld:1` … of what is hidden.")
    kind = serializers.ChoiceField(KINDS)
    namespace = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    column = serializers.CharField(allow_null=True)
    hops = serializers.IntegerField(help_text="From the start, the shortest way.")
    upstreamHops = serializers.IntegerField(allow_null=True)
    downstreamHops = serializers.IntegerField(allow_null=True)
    start = serializers.BooleanField()
    more = serializers.ListField(
        child=serializers.ChoiceField([str(way) for way in WAYS.values()]),
        help_text="Where there is more next to it: ask with `open`.",
    )
    dropped = serializers.BooleanField(allow_null=True)
    unresolved = serializers.BooleanField(allow_null=True)
    jobType = JobTypeOutput(allow_null=True)
    lastRun = LastRunOutput(allow_null=True)


@named("WalkWord")
class WordOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField([str(kind) for kind in Kind])
    job = serializers.CharField(allow_null=True)
    firstEvent = serializers.CharField(allow_null=True)
    firstAt = serializers.DateTimeField(allow_null=True)
    lastEvent = serializers.CharField(allow_null=True)
    lastAt = serializers.DateTimeField(allow_null=True)
    producer = serializers.CharField(allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    author = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    expiresAt = serializers.DateTimeField(allow_null=True)


@named("WalkEdge")
class WalkEdgeOutput(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]
    target = serializers.CharField()
    status = serializers.ChoiceField([*STATUSES], allow_null=True)
    assertedBy = WordOutput(many=True)
    through = serializers.IntegerField(
        help_text="How many nodes lie between that the filters leave out."
    )
    transformations = TransformationOutput(many=True)


@named("WalkBreak")
class BreakOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField(allow_null=True)
    direction = serializers.ChoiceField([str(way) for way in WAYS.values()])
    why = serializers.ChoiceField([str(why) for why in Why])


@named("WalkRunOf")
class RunOfOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()
    run = serializers.UUIDField()


@named("WalkExtraction")
class ExtractionOutput(RunOfOutput):
    totalTasks = serializers.IntegerField()
    failedTasks = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]


@named("WalkOldEdge")
class OldEdgeOutput(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]
    target = serializers.CharField()
    lastAt = serializers.DateTimeField()


@named("WalkCounts")
class CountsOutput(serializers.Serializer[Any]):
    truncated = serializers.IntegerField()
    unresolved = serializers.IntegerField()
    withoutProducer = serializers.IntegerField()
    failedJobs = serializers.IntegerField()
    oldEdges = serializers.IntegerField()
    extractionErrors = serializers.IntegerField()


@named("WalkCompleteness")
class CompletenessOutput(serializers.Serializer[Any]):
    complete = serializers.BooleanField()
    truncated = BreakOutput(many=True)
    withheld = serializers.IntegerField()
    leftOut = serializers.IntegerField(
        help_text="Nodes that were met and are deleted, or that the filters leave out."
    )
    unresolved = serializers.ListField(child=serializers.CharField())
    withoutProducer = serializers.ListField(child=serializers.CharField())
    failedJobs = RunOfOutput(many=True)
    oldEdges = OldEdgeOutput(many=True)
    extractionErrors = ExtractionOutput(many=True)
    counts = CountsOutput()


@named("WalkDependency")
class DependencyOutput(serializers.Serializer[Any]):
    upstream = serializers.CharField()
    downstream = serializers.CharField()
    kind = serializers.CharField()
    firstAt = serializers.DateTimeField()
    lastAt = serializers.DateTimeField()


@named("Walk")
class WalkOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()
    direction = serializers.ChoiceField([str(one) for one in Direction])
    level = serializers.ChoiceField([str(one) for one in Level])
    asOf = serializers.DateTimeField(allow_null=True)
    recordedAt = serializers.DateTimeField(allow_null=True)
    nodes = NodeOutput(many=True)
    edges = WalkEdgeOutput(many=True)
    datasetDependencies = WalkEdgeOutput(
        many=True,
        required=False,
        help_text="Of columns: datasets that depend on a column as a whole.",
    )
    controlFlow = DependencyOutput(many=True, required=False)
    completeness = CompletenessOutput()


def told_node(told: Told) -> dict[str, Any]:
    known = told.known
    is_dataset = told.kind == "dataset" or told.kind == "column"
    return {
        "nodeId": told.node_id,
        "kind": told.kind,
        "namespace": known.namespace if known else None,
        "name": known.name if known else None,
        "column": told.column or None,
        "hops": told.nearest,
        "upstreamHops": told.hops.get(False),
        "downstreamHops": told.hops.get(True),
        "start": told.is_start,
        "more": [str(WAYS[way]) for way in sorted(told.more)],
        "dropped": known.is_dropped if known and is_dataset else None,
        "unresolved": known.is_unresolved if known else None,
        "jobType": _job_type(known.job_type) if known and told.kind == "job" else None,
        "lastRun": _last_run(told.last_run),
    }


def _job_type(known: JobType) -> dict[str, str | None] | None:
    if not known.words:
        return None
    return {
        "processingType": known.processing or None,
        "integration": known.integration or None,
        "jobType": known.type or None,
    }


def _last_run(run: LastRun | None) -> dict[str, Any] | None:
    return {"id": run.run_id, "state": STATE_NAMES[run.state]} if run else None


def told_edge(edge: ToldEdge, names: Mapping[Any, str]) -> dict[str, Any]:
    """An edge; `names` has the nodeIds of jobs that assert it."""
    status = edge.way.status
    return {
        "source": edge.source,
        "target": edge.target,
        "status": Edge.Status(status).name.lower() if status is not None else None,
        "assertedBy": sorted(
            (told_word(word, names) for word in edge.words), key=_word_order
        ),
        "through": edge.through,
        "transformations": [
            told_way(how) for how in sorted(edge.way.transformations, key=_how_order)
        ],
    }


def _word_order(word: Mapping[str, Any]) -> tuple[int, str]:
    return [*Kind].index(word["kind"]), word["job"] or ""


def _how_order(how: Transformation) -> tuple[str, str, str, str]:
    return how.type, how.subtype, how.description, str(how.masking)


def told_way(how: Transformation) -> dict[str, Any]:
    return {
        "type": how.type or None,
        "subtype": how.subtype or None,
        "description": how.description or None,
        "masking": how.masking,
    }


def told_word(word: Word, names: Mapping[Any, str]) -> dict[str, Any]:
    """Who asserts an edge; what people declare has the time when they did."""
    first, last = word.first, word.last
    said: Said | None = last or first
    return {
        "kind": str(word.kind),
        "job": names.get(Node(True, word.job)) if word.job is not None else None,
        "firstEvent": first.digest if first else None,
        "firstAt": first.at if first else word.declared_at,
        "lastEvent": last.digest if last else None,
        "lastAt": last.at if last else None,
        "producer": said.producer if said else None,
        "run": said.run_id if said else None,
        "author": word.author,
        "reason": word.reason or None,
        "expiresAt": word.expires_at,
    }


def told_dependency(one: Dependency) -> dict[str, Any]:
    return {
        "upstream": one.upstream,
        "downstream": one.downstream,
        "kind": one.kind,
        "firstAt": one.first_at,
        "lastAt": one.last_at,
    }


def told_completeness(found: Completeness, names: Mapping[Any, str]) -> dict[str, Any]:
    """What an answer lacks, in lists of `MAX_LISTED` at the most, and counted whole."""
    most = MAX_LISTED
    broken = {
        (names.get(one.place) or "", str(WAYS[one.is_downstream]), str(one.why))
        for one in found.broken
    }
    old = sorted(
        (names[source], names[target], at) for (source, target), at in found.old
    )
    return {
        "complete": found.is_complete,
        "truncated": [
            {"nodeId": node_id or None, "direction": way, "why": why}
            for node_id, way, why in sorted(broken)[:most]
        ],
        "withheld": found.withheld,
        "leftOut": found.left_out,
        "unresolved": [names[node] for node in found.unresolved[:most]],
        "withoutProducer": [names[node] for node in found.without_producer[:most]],
        "failedJobs": [
            {"nodeId": names[node], "run": run.run_id}
            for node, run in found.failed[:most]
        ],
        "oldEdges": [
            {"source": source, "target": target, "lastAt": at}
            for source, target, at in old[:most]
        ],
        "extractionErrors": [
            {"nodeId": names[node], "run": run.run_id, **_extraction(run)}
            for node, run in found.unread[:most]
        ],
        "counts": {
            "truncated": len(broken),
            "unresolved": found.count("unresolved"),
            "withoutProducer": found.count("without_producer"),
            "failedJobs": found.count("failed"),
            "oldEdges": found.count("old"),
            "extractionErrors": found.count("unread"),
        },
    }


def _extraction(run: LastRun) -> dict[str, int]:
    said = run.extraction
    assert said is not None
    return {
        "totalTasks": said.total,
        "failedTasks": said.failed,
        "errors": said.errors,
    }
