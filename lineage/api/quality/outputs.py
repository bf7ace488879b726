"""In which shapes is quality told?"""

# ruff: noqa: N815 - names of JSON members.

from typing import Any

from rest_framework import serializers

from lineage.models import ExpectationKind, Severity
from lineage.quality.volume import SOURCES, UNITS


class QualityJob(serializers.Serializer[Any]):
    namespace = serializers.CharField()
    name = serializers.CharField()


class QualityRun(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    job = QualityJob()


class QualityBeside(serializers.Serializer[Any]):
    """A value beside those before it."""

    count = serializers.IntegerField(help_text="How many values it is judged by.")
    median = serializers.FloatField()
    mad = serializers.FloatField(help_text="Median absolute deviation.")
    scale = serializers.FloatField(
        help_text="1.4826 MAD, or what stands in for it where that is 0."
    )
    low = serializers.FloatField()
    high = serializers.FloatField()
    score = serializers.FloatField()
    unusual = serializers.BooleanField()


class QualityWrite(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    run = QualityRun()
    runs = serializers.IntegerField(help_text="Runs under one parent are one write.")
    gapSeconds = serializers.FloatField(allow_null=True)
    beside = QualityBeside(allow_null=True)


class QualityPoint(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    value = serializers.IntegerField()
    run = QualityRun(allow_null=True)
    beside = QualityBeside(allow_null=True)


class QualitySeries(serializers.Serializer[Any]):
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    unit = serializers.ChoiceField(UNITS)
    points = QualityPoint(many=True)


class QualityRetyped(serializers.Serializer[Any]):
    column = serializers.CharField()
    was = serializers.CharField()
    now = serializers.CharField()


class QualitySchemaChange(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    run = QualityRun(allow_null=True)
    added = serializers.ListField(child=serializers.CharField())
    removed = serializers.ListField(child=serializers.CharField())
    retyped = QualityRetyped(many=True)


class QualityOutcome(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    run = QualityRun(allow_null=True)
    success = serializers.BooleanField(allow_null=True)
    severity = serializers.CharField(allow_null=True)
    expected = serializers.CharField(allow_null=True)
    actual = serializers.CharField(allow_null=True)


class QualityAssertion(serializers.Serializer[Any]):
    column = serializers.CharField(allow_null=True)
    assertion = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    params = serializers.JSONField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    since = serializers.DateTimeField(
        help_text="Since when it has come out as it did last."
    )
    failures = serializers.IntegerField()
    outcomes = QualityOutcome(many=True)


class DatasetQualityOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()
    lastWrite = serializers.DateTimeField(allow_null=True)
    usualIntervalSeconds = serializers.FloatField(
        allow_null=True, help_text="The median of the last 20 gaps between writes."
    )
    dueAt = serializers.DateTimeField(allow_null=True)
    lateAfter = serializers.DateTimeField(
        allow_null=True, help_text="From when on no write would be unusual."
    )
    isLate = serializers.BooleanField()
    writes = QualityWrite(many=True)
    series = QualitySeries(many=True)
    schemaChanges = QualitySchemaChange(many=True)
    assertions = QualityAssertion(many=True)


class QualityDuration(serializers.Serializer[Any]):
    run = QualityRun()
    at = serializers.DateTimeField()
    seconds = serializers.FloatField()
    beside = QualityBeside(allow_null=True)


class QualityTrend(serializers.Serializer[Any]):
    recentSeconds = serializers.FloatField()
    earlierSeconds = serializers.FloatField()
    change = serializers.FloatField(allow_null=True)


class QualityFailure(serializers.Serializer[Any]):
    run = QualityRun()
    at = serializers.DateTimeField()
    message = serializers.CharField(allow_null=True)


class JobQualityOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()
    runs = serializers.IntegerField(help_text="How many ended runs it is told by.")
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    aborted = serializers.IntegerField()
    successRate = serializers.FloatField(allow_null=True)
    medianSeconds = serializers.FloatField(allow_null=True)
    p95Seconds = serializers.FloatField(allow_null=True)
    trend = QualityTrend(allow_null=True)
    durations = QualityDuration(many=True)
    lastSuccess = serializers.DateTimeField(allow_null=True)
    lastFailure = QualityFailure(allow_null=True)


class ExpectationInput(serializers.Serializer[Any]):
    nodeId = serializers.CharField(help_text="`dataset:{namespace}:{name}`.")
    kind = serializers.ChoiceField(ExpectationKind.choices)
    hours = serializers.FloatField(
        required=False, allow_null=True, help_text="Of `fresh`: written within so many."
    )
    atLeast = serializers.IntegerField(
        required=False, allow_null=True, help_text="Of `rows` and `size` (bytes)."
    )
    column = serializers.CharField(required=False, default="", allow_blank=True)
    assertion = serializers.CharField(required=False, default="", allow_blank=True)
    name = serializers.CharField(required=False, default="", allow_blank=True)
    severity = serializers.ChoiceField(
        Severity.choices, required=False, default=Severity.WARNING
    )
    owner = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        help_text="The username of somebody who is told first.",
    )
    note = serializers.CharField(required=False, default="", allow_blank=True)
    reason = serializers.CharField(required=False, default="", allow_blank=True)


class RevisionInput(ExpectationInput):
    nodeId = None  # type: ignore[assignment]


class ExpectationOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    nodeId = serializers.CharField()
    kind = serializers.ChoiceField(ExpectationKind.choices)
    text = serializers.CharField()
    hours = serializers.FloatField(allow_null=True)
    atLeast = serializers.IntegerField(allow_null=True)
    column = serializers.CharField(allow_null=True)
    assertion = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    severity = serializers.ChoiceField(Severity.choices)
    owner = serializers.CharField(allow_null=True)
    note = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    setAt = serializers.DateTimeField()


class ExpectationsOutput(serializers.Serializer[Any]):
    expectations = ExpectationOutput(many=True)
    totalCount = serializers.IntegerField()


class IncidentOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    nodeId = serializers.CharField()
    expectation = ExpectationOutput()
    state = serializers.ChoiceField(
        ["open", "acknowledged", "resolved", "closed", "withdrawn"]
    )
    severity = serializers.ChoiceField(Severity.choices)
    openedAt = serializers.DateTimeField()
    since = serializers.DateTimeField(allow_null=True)
    facts = serializers.DictField(help_text="The numbers that were found last.")
    acknowledgedAt = serializers.DateTimeField(allow_null=True)
    acknowledgedBy = serializers.CharField(allow_null=True)
    acknowledgement = serializers.CharField()
    endedAt = serializers.DateTimeField(allow_null=True)
    endedBy = serializers.CharField(allow_null=True)
    reason = serializers.CharField()


class IncidentsOutput(serializers.Serializer[Any]):
    incidents = IncidentOutput(many=True)
    totalCount = serializers.IntegerField()


class DownstreamOwnerOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    curated = serializers.BooleanField()
    count = serializers.IntegerField()
    nodeIds = serializers.ListField(
        child=serializers.CharField(), help_text="The first of their assets."
    )


class DownstreamOutput(serializers.Serializer[Any]):
    owners = DownstreamOwnerOutput(many=True)
    unowned = serializers.IntegerField()
    withheld = serializers.IntegerField()
    truncated = serializers.BooleanField()


class IncidentDetailOutput(IncidentOutput):
    downstream = DownstreamOutput(
        allow_null=True, help_text="Null for whoever may not see the lineage."
    )


class AcknowledgementInput(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, default="", allow_blank=True)


class ClosingInput(serializers.Serializer[Any]):
    reason = serializers.CharField()
