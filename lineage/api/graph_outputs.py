"""In which shapes are graphs told? Marquez's, field by field.

The answers are made without these, which would take longer than the walk; a test
holds them against each other.
"""

# ruff: noqa: N815 - the names are Marquez's.

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from lineage.api.outputs import (
    DATASET_TYPES,
    DatasetIdOutput,
    FieldOutput,
    JobIdOutput,
    TransformationOutput,
    named,
)


@named("Edge")
class EdgeOutput(serializers.Serializer[Any]):
    origin = serializers.CharField()
    destination = serializers.CharField()


@named("LastRun")
class LastRunOutput(serializers.Serializer[Any]):
    """A run as graphs tell of it; its own route tells what it read, wrote and said."""

    id = serializers.UUIDField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    nominalStartTime = serializers.DateTimeField(allow_null=True)
    nominalEndTime = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(
        ["NEW", "RUNNING", "COMPLETED", "ABORTED", "FAILED"]
    )
    startedAt = serializers.DateTimeField(allow_null=True)
    endedAt = serializers.DateTimeField(allow_null=True)
    durationMs = serializers.IntegerField(allow_null=True)
    args = serializers.DictField(child=serializers.CharField())


@named("JobNodeData")
class JobNodeDataOutput(serializers.Serializer[Any]):
    id = JobIdOutput()
    type = serializers.ChoiceField(["BATCH", "STREAM", "SERVICE"])
    name = serializers.CharField()
    simpleName = serializers.CharField()
    parentJobName = serializers.CharField(allow_null=True)
    parentJobUuid = serializers.UUIDField(allow_null=True)
    currentRunUuid = serializers.UUIDField(allow_null=True)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    namespace = serializers.CharField()
    inputs = DatasetIdOutput(many=True)
    outputs = DatasetIdOutput(many=True)
    location = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    latestRun = LastRunOutput(allow_null=True)


@named("DatasetNodeData")
class DatasetNodeDataOutput(serializers.Serializer[Any]):
    id = DatasetIdOutput()
    type = serializers.ChoiceField(DATASET_TYPES)
    name = serializers.CharField()
    physicalName = serializers.CharField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    namespace = serializers.CharField()
    sourceName = serializers.CharField()
    fields = FieldOutput(many=True)  # type: ignore[assignment]
    tags = serializers.ListField(child=serializers.CharField())
    lastModifiedAt = serializers.DateTimeField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    lastLifecycleState = serializers.CharField(allow_null=True)


@named("GraphNode")
class GraphNodeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.ChoiceField(["JOB", "DATASET"])
    data = PolymorphicProxySerializer(  # type: ignore[assignment]
        component_name="GraphNodeData",
        serializers=[JobNodeDataOutput, DatasetNodeDataOutput],
        resource_type_field_name=None,
    )
    inEdges = EdgeOutput(many=True)
    outEdges = EdgeOutput(many=True)


@named("Graph")
class GraphOutput(serializers.Serializer[Any]):
    graph = GraphNodeOutput(many=True)
    truncated = serializers.BooleanField(
        required=False, help_text="True where there is more; else absent."
    )


@named("GraphInputField")
class GraphInputFieldOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField()
    dataset = serializers.CharField()
    datasetVersion = serializers.UUIDField(allow_null=True)
    field = serializers.CharField()
    transformationDescription = serializers.CharField(allow_null=True)
    transformationType = serializers.CharField(allow_null=True)
    transformations = TransformationOutput(many=True)


@named("ColumnNodeData")
class ColumnNodeDataOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField()
    dataset = serializers.CharField()
    datasetVersion = serializers.UUIDField(allow_null=True)
    field = serializers.CharField()
    fieldType = serializers.CharField()
    transformationDescription = serializers.CharField(allow_null=True)
    transformationType = serializers.CharField(allow_null=True)
    inputFields = GraphInputFieldOutput(many=True)


@named("ColumnNode")
class ColumnNodeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.ChoiceField(["DATASET_FIELD"])
    data = ColumnNodeDataOutput()  # type: ignore[assignment]
    inEdges = EdgeOutput(
        many=True, help_text="Each from this column to one that it comes from."
    )
    outEdges = EdgeOutput(many=True)


@named("DatasetDependencies")
class DatasetDependenciesOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField()
    dataset = serializers.CharField()
    datasetVersion = serializers.UUIDField(allow_null=True)
    inputFields = GraphInputFieldOutput(many=True)


@named("ColumnGraph")
class ColumnGraphOutput(serializers.Serializer[Any]):
    graph = ColumnNodeOutput(many=True)
    datasetDependencies = DatasetDependenciesOutput(
        many=True,
        required=False,
        help_text="Columns that every column of a dataset depends on; if any.",
    )
    truncated = serializers.BooleanField(
        required=False, help_text="True where there is more; else absent."
    )
