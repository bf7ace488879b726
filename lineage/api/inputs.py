"""Which bodies do Marquez's clients send? Its members, checked."""

# ruff: noqa: N815 - the names are Marquez's.

import json
from typing import Any

from rest_framework import serializers

from lineage.api.outputs import named
from lineage.composing import DATASET_TYPES, PROCESSING_TYPES

NAME = 300
IDENTITY = 1024
TEXT = 20_000


class Word(serializers.ChoiceField):
    """One of a list of words, in whatever case."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(
            data.upper() if isinstance(data, str) else data
        )


class Argument(serializers.CharField):
    """A text; a number or a truth value is taken by its spelling in JSON."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(
            json.dumps(data) if isinstance(data, bool) else data
        )


def text(most: int = TEXT, **more: Any) -> Any:
    """A text that may be left out, be null or be empty."""
    return serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=most, **more
    )


@named("NamespaceInput")
class NamespaceInput(serializers.Serializer[Any]):
    ownerName = serializers.CharField(max_length=NAME)
    description = text()


@named("SourceInput")
class SourceInput(serializers.Serializer[Any]):
    type = serializers.CharField(max_length=NAME)
    connectionUrl = serializers.CharField(max_length=2000)
    description = text()


@named("FieldInput")
class FieldInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=IDENTITY, trim_whitespace=False)
    type = text(IDENTITY)
    description = text()
    tags = serializers.ListField(
        child=serializers.CharField(max_length=NAME), required=False, allow_null=True
    )


@named("DatasetInput")
class DatasetInput(serializers.Serializer[Any]):
    type = Word(list(DATASET_TYPES), default="DB_TABLE")
    physicalName = serializers.CharField(max_length=IDENTITY)
    sourceName = serializers.CharField(max_length=NAME)
    fields = FieldInput(many=True, required=False, allow_null=True)  # type: ignore[assignment]
    tags = serializers.ListField(
        child=serializers.CharField(max_length=NAME), required=False, allow_null=True
    )
    description = text()
    schemaLocation = text(2000)
    runId = serializers.UUIDField(required=False, allow_null=True)


@named("DatasetIdInput")
class DatasetIdInput(serializers.Serializer[Any]):
    namespace = serializers.CharField(max_length=IDENTITY, trim_whitespace=False)
    name = serializers.CharField(max_length=IDENTITY, trim_whitespace=False)


@named("JobInput")
class JobInput(serializers.Serializer[Any]):
    type = Word(list(PROCESSING_TYPES), default="BATCH")
    inputs = DatasetIdInput(many=True, required=False, allow_null=True)
    outputs = DatasetIdInput(many=True, required=False, allow_null=True)
    location = text(2000)
    description = text()
    context = serializers.DictField(  # type: ignore[assignment]
        child=text(),
        required=False,
        allow_null=True,
        help_text="Deprecated: of it, `sql` is taken, as the job's SQL.",
    )
    runId = serializers.UUIDField(required=False, allow_null=True)


@named("RunInput")
class RunInput(serializers.Serializer[Any]):
    id = serializers.UUIDField(required=False, allow_null=True)
    nominalStartTime = serializers.DateTimeField(required=False, allow_null=True)
    nominalEndTime = serializers.DateTimeField(required=False, allow_null=True)
    args = serializers.DictField(
        child=Argument(allow_blank=True, trim_whitespace=False),
        required=False,
        allow_null=True,
    )

    def validate(self, attrs: Any) -> Any:
        if attrs.get("nominalEndTime") and not attrs.get("nominalStartTime"):
            raise serializers.ValidationError(
                {"nominalStartTime": "An end needs a start: send both, or neither."}
            )
        return attrs


@named("TagInput")
class TagInput(serializers.Serializer[Any]):
    description = text()
