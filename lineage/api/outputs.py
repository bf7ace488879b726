"""In which shapes are catalog and history told? Marquez's, field by field."""

# ruff: noqa: N815 - the names are Marquez's.

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from lineage.reader import FacetBodies


@extend_schema_field({"type": "object", "additionalProperties": {"type": "object"}})
class FacetsField(serializers.Field[Any, Any, Any, Any]):
    """Facets by key, each as it was sent."""

    def to_representation(self, value: FacetBodies) -> dict[str, Any]:
        return value.as_json()


class TimeField(serializers.DateTimeField):
    """A time, which the renderer spells; an answer of many runs has thousands."""

    def to_representation(self, value: Any) -> Any:
        return value


def named(name: str) -> Any:
    """Call a serializer in the schema by the word for what it shows."""
    return extend_schema_serializer(component_name=name)


@named("Namespace")
class NamespaceOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    createdAt = TimeField(source="created_at")
    updatedAt = TimeField(source="updated_at")
    ownerName = serializers.CharField(source="owner_name")
    description = serializers.CharField(allow_null=True)
    isHidden = serializers.BooleanField(source="is_hidden")


@named("DatasetId")
class DatasetIdOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField(source="namespace.name")
    name = serializers.CharField()


@named("JobId")
class JobIdOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField(source="namespace.name")
    name = serializers.CharField()


@named("VersionId")
class VersionIdOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField()
    name = serializers.CharField()
    version = serializers.UUIDField()


@named("RunDatasetVersion")
class RunDatasetVersionOutput(serializers.Serializer[Any]):
    datasetVersionId = VersionIdOutput(source="version_id")
    facets = FacetsField()


@named("Run")
class RunOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    createdAt = TimeField(source="created_at")
    updatedAt = TimeField(source="updated_at")
    nominalStartTime = TimeField(source="nominal_start", allow_null=True)
    nominalEndTime = TimeField(source="nominal_end", allow_null=True)
    state = serializers.ChoiceField(
        ["NEW", "RUNNING", "COMPLETED", "ABORTED", "FAILED"]
    )
    startedAt = TimeField(source="started_at", allow_null=True)
    endedAt = TimeField(source="ended_at", allow_null=True)
    durationMs = serializers.IntegerField(source="duration_ms", allow_null=True)
    args = serializers.DictField(child=serializers.CharField())
    jobVersion = VersionIdOutput(source="job_version", allow_null=True)
    inputDatasetVersions = RunDatasetVersionOutput(source="inputs", many=True)
    outputDatasetVersions = RunDatasetVersionOutput(source="outputs", many=True)
    facets = FacetsField()


@named("RunFacets")
class RunFacetsOutput(serializers.Serializer[Any]):
    runId = serializers.UUIDField(source="run_id")
    facets = FacetsField()


@named("Field")
class FieldOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField(allow_null=True)


@named("Transformation")
class TransformationOutput(serializers.Serializer[Any]):
    type = serializers.CharField(allow_null=True)
    subtype = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    masking = serializers.BooleanField(allow_null=True)


@named("InputField")
class InputFieldOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField()
    dataset = serializers.CharField()
    field = serializers.CharField()
    transformationDescription = serializers.CharField(
        source="description", allow_null=True
    )
    transformationType = serializers.CharField(source="type", allow_null=True)
    transformations = TransformationOutput(many=True)


@named("ColumnLineage")
class ColumnLineageOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    inputFields = InputFieldOutput(source="inputs", many=True)
    transformationDescription = serializers.CharField(
        source="description", allow_null=True
    )
    transformationType = serializers.CharField(source="type", allow_null=True)


DATASET_TYPES = ["DB_TABLE", "STREAM"]
JOB_TYPES = ["BATCH", "STREAM", "SERVICE"]


@named("Dataset")
class DatasetOutput(serializers.Serializer[Any]):
    id = DatasetIdOutput()
    type = serializers.ChoiceField(DATASET_TYPES)
    name = serializers.CharField()
    physicalName = serializers.CharField(source="physical_name")
    createdAt = TimeField(source="created_at")
    updatedAt = TimeField(source="updated_at")
    namespace = serializers.CharField()
    sourceName = serializers.CharField(source="source_name")
    fields = FieldOutput(many=True)  # type: ignore[assignment]
    tags = serializers.ListField(child=serializers.CharField())
    lastModifiedAt = TimeField(source="last_modified_at", allow_null=True)
    lastLifecycleState = serializers.CharField(
        source="lifecycle_state", allow_null=True
    )
    description = serializers.CharField(allow_null=True)
    currentVersion = serializers.UUIDField(source="current_version", allow_null=True)
    columnLineage = ColumnLineageOutput(
        source="column_lineage", many=True, allow_null=True
    )
    facets = FacetsField()
    deleted = serializers.BooleanField(source="is_deleted")


@named("DatasetVersion")
class DatasetVersionOutput(serializers.Serializer[Any]):
    id = VersionIdOutput()
    type = serializers.ChoiceField(DATASET_TYPES)
    name = serializers.CharField()
    physicalName = serializers.CharField(source="physical_name")
    createdAt = TimeField(source="created_at")
    version = serializers.UUIDField()
    namespace = serializers.CharField()
    sourceName = serializers.CharField(source="source_name")
    fields = FieldOutput(many=True)  # type: ignore[assignment]
    tags = serializers.ListField(child=serializers.CharField())
    lifecycleState = serializers.CharField(source="lifecycle_state", allow_null=True)
    description = serializers.CharField(allow_null=True)
    currentSchemaVersion = serializers.UUIDField(
        source="schema_version", allow_null=True
    )
    createdByRun = RunOutput(source="created_by", allow_null=True)
    facets = FacetsField()


@named("Job")
class JobOutput(serializers.Serializer[Any]):
    id = JobIdOutput()
    type = serializers.ChoiceField(JOB_TYPES)
    name = serializers.CharField()
    simpleName = serializers.CharField(source="simple_name")
    parentJobName = serializers.CharField(source="parent_name", allow_null=True)
    parentJobUuid = serializers.UUIDField(source="parent_id", allow_null=True)
    createdAt = TimeField(source="created_at")
    updatedAt = TimeField(source="updated_at")
    namespace = serializers.CharField()
    inputs = DatasetIdOutput(many=True)
    outputs = DatasetIdOutput(many=True)
    location = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    latestRun = RunOutput(source="latest_run", allow_null=True)
    latestRuns = RunOutput(source="latest_runs", many=True)
    facets = FacetsField()
    currentVersion = serializers.UUIDField(source="current_version", allow_null=True)
    labels = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())


@named("JobVersion")
class JobVersionOutput(serializers.Serializer[Any]):
    id = VersionIdOutput()
    type = serializers.ChoiceField(JOB_TYPES)
    name = serializers.CharField()
    createdAt = TimeField(source="created_at")
    version = serializers.UUIDField()
    namespace = serializers.CharField()
    location = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    inputs = DatasetIdOutput(many=True)
    outputs = DatasetIdOutput(many=True)
    latestRun = RunOutput(source="latest_run", allow_null=True)
    facets = FacetsField()


@named("Warning")
class ConformanceOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


@named("Acceptance")
class AcceptanceOutput(serializers.Serializer[Any]):
    principal = serializers.CharField(source="username", allow_null=True)
    recordedAt = TimeField(source="recorded_at")
    inert = serializers.ListField(child=serializers.CharField())


@named("Event")
class EventOutput(serializers.Serializer[Any]):
    digest = serializers.CharField()
    kind = serializers.ChoiceField(["RUN", "JOB", "DATASET"])
    eventType = serializers.CharField(source="type", allow_null=True)
    eventTime = TimeField(source="event_time")
    recordedAt = TimeField(source="recorded_at")
    sizeBytes = serializers.IntegerField(
        source="size_bytes", allow_null=True, help_text="Null where `body` is."
    )
    producer = serializers.CharField()
    status = serializers.ChoiceField(["APPLIED", "NOT_APPLIED", "RETRACTED", "PENDING"])
    error = serializers.CharField(allow_null=True)
    job = JobIdOutput(allow_null=True)
    runId = serializers.UUIDField(source="run_id", allow_null=True)
    dataset = DatasetIdOutput(allow_null=True)
    warnings = ConformanceOutput(many=True)
    acceptances = AcceptanceOutput(many=True)
    body = serializers.CharField(
        allow_null=True,
        help_text="The exact text that was sent; null without event.view_raw.",
    )


def listing(name: str, member: str, output: type[serializers.Serializer[Any]]) -> Any:
    """The schema of a list with its count."""
    members = {
        member: output(many=True),
        "totalCount": serializers.IntegerField(),
        "__doc__": None,
    }
    return named(name)(type(f"{name}Output", (serializers.Serializer,), members))


NamespacesOutput = listing("Namespaces", "namespaces", NamespaceOutput)
DatasetsOutput = listing("Datasets", "datasets", DatasetOutput)
DatasetVersionsOutput = listing("DatasetVersions", "versions", DatasetVersionOutput)
JobsOutput = listing("Jobs", "jobs", JobOutput)
JobVersionsOutput = listing("JobVersions", "versions", JobVersionOutput)
RunsOutput = listing("Runs", "runs", RunOutput)
EVENTS_SCHEMA = {
    "type": "object",
    "properties": {
        "events": {"type": "array", "items": {"type": "object"}},
        "totalCount": {"type": "integer"},
    },
    "required": ["events", "totalCount"],
}
