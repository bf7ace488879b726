"""In which shape does the API tell of reports?"""

# ruff: noqa: N815 - the names are those of the API.

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from catalog.models import Job
from reports.models import Report


def named(name: str) -> Any:
    """Call a serializer in the schema by the word for what it shows."""
    return extend_schema_serializer(component_name=name)


@named("ReportAsset")
class AssetInput(serializers.Serializer[Any]):
    type = serializers.ChoiceField(["dataset", "job"])
    namespace = serializers.CharField(max_length=2048, trim_whitespace=False)
    name = serializers.CharField(max_length=4096, trim_whitespace=False)


@named("NewReport")
class ReportInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["asset"], default="asset")
    asset = AssetInput()
    # `from` is a word of Python's.
    to = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        help_text="A day or a time, the end of the period; by default now.",
    )
    recordedAt = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        help_text="A time: tell what had been recorded by then; by default now.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        since = serializers.CharField(
            required=False,
            default="",
            allow_blank=True,
            help_text="A day or a time; by default 30 days before the end.",
        )
        return {**super().get_fields(), "from": since}


@named("ReportFile")
class FileOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    mediaType = serializers.CharField(source="media_type")
    sizeBytes = serializers.IntegerField(source="size_bytes")
    sha256 = serializers.CharField()


@named("Report")
class ReportOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    kind = serializers.CharField()
    asset = serializers.SerializerMethodField()
    requester = serializers.CharField(source="requester.username")
    to = serializers.DateTimeField(source="period_to")
    recordedAt = serializers.DateTimeField(source="recorded_at", allow_null=True)
    status = serializers.ChoiceField(Report.Status.values)
    progress = serializers.IntegerField(help_text="Percent.")
    step = serializers.CharField(help_text="What is being made just now.")
    error = serializers.CharField(help_text="Why it failed, and the way out.")
    createdAt = serializers.DateTimeField(source="created_at")
    startedAt = serializers.DateTimeField(source="started_at", allow_null=True)
    finishedAt = serializers.DateTimeField(source="finished_at", allow_null=True)
    dataSha256 = serializers.CharField(source="data_sha256")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        since = serializers.DateTimeField(source="period_from")
        return {**super().get_fields(), "from": since}

    @extend_schema_field(AssetInput)
    def get_asset(self, report: Report) -> dict[str, str]:
        asset = report.asset
        return {
            "type": "job" if isinstance(asset, Job) else "dataset",
            "namespace": asset.namespace.name,
            "name": asset.name,
        }


@named("ReportDetail")
class ReportDetailOutput(ReportOutput):
    files = FileOutput(many=True, source="files.all")
    manifest = serializers.JSONField(allow_null=True)


@named("Reports")
class ReportListOutput(serializers.Serializer[Any]):
    reports = ReportOutput(many=True)
    totalCount = serializers.IntegerField(source="total_count")
