"""The routes that count what happened and what is known, by hours or days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lineage import sources, stats
from lineage.api.base import ReadView, invalid
from lineage.api.outputs import TimeField, named
from lineage.models import Event
from lineage.reader import Reader
from lineage.stats import Period
from policies.actions import Action

TAGS = ["Stats"]
PARAMETERS = [
    OpenApiParameter(
        "period",
        OpenApiTypes.STR,
        enum=list(Period),
        required=True,
        description="The 24 hours up to the end of this one, or the 7 days up to the "
        "end of today.",
    ),
    OpenApiParameter(
        "timezone",
        OpenApiTypes.STR,
        default="UTC",
        description="Whose days, by its name in the IANA database: Europe/Vienna.",
    ),
]


@named("LineageMetric")
class RunEventsOutput(serializers.Serializer[Any]):
    startInterval = TimeField(source="start_interval")  # noqa: N815 - Marquez's names
    endInterval = TimeField(source="end_interval")  # noqa: N815
    fail = serializers.IntegerField()  # type: ignore[assignment]
    start = serializers.IntegerField()
    complete = serializers.IntegerField()
    abort = serializers.IntegerField()


@named("IntervalMetric")
class KnownOutput(serializers.Serializer[Any]):
    startInterval = TimeField(source="start_interval")  # noqa: N815
    endInterval = TimeField(source="end_interval")  # noqa: N815
    count = serializers.IntegerField()


@dataclass(frozen=True, slots=True)
class RunEventsAnswer:
    start_interval: datetime
    end_interval: datetime
    fail: int
    start: int
    complete: int
    abort: int


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    start_interval: datetime
    end_interval: datetime
    count: int


class RunEventStatsView(ReadView):
    """How many runs started and ended, and how."""

    actions = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="getLineageEventStats",
        parameters=PARAMETERS,
        responses=RunEventsOutput(many=True),
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """Count run events by eventTime: those of jobs whose runs you may see."""
        bounds = asked_edges(request)
        counts = stats.run_events(request.user, bounds)
        answers = [
            RunEventsAnswer(
                start,
                end,
                fail=count[Event.Type.FAIL],
                start=count[Event.Type.START],
                complete=count[Event.Type.COMPLETE],
                abort=count[Event.Type.ABORT],
            )
            for (start, end), count in zip(pairwise(bounds), counts, strict=True)
        ]
        return Response(RunEventsOutput(answers, many=True).data)


class KnownStatsView(ReadView):
    """How many of a kind were known by the end of each hour or day."""

    actions = {"GET": Action.ASSET_VIEW}

    def get(self, request: Request) -> Response:
        bounds = asked_edges(request)
        counts = self.counts(self.reader(request), bounds)
        answers = [
            KnownAnswer(start, end, count)
            for (start, end), count in zip(pairwise(bounds), counts, strict=True)
        ]
        return Response(KnownOutput(answers, many=True).data)

    def counts(self, reader: Reader, bounds: Sequence[datetime]) -> list[int]:
        """One number for the end of each bucket."""
        raise NotImplementedError


def _described(kind: str) -> Any:
    return extend_schema_view(
        get=extend_schema(
            operation_id=f"get{kind.capitalize()}Stats",
            description=f"Count the {kind} that there were by the end of each hour or "
            "day, by the event time at which they were first heard of.",
            parameters=PARAMETERS,
            responses=KnownOutput(many=True),
            tags=TAGS,
        )
    )


@_described("jobs")
class JobStatsView(KnownStatsView):
    def counts(self, reader: Reader, bounds: Sequence[datetime]) -> list[int]:
        return stats.known(reader.jobs, bounds)


@_described("datasets")
class DatasetStatsView(KnownStatsView):
    def counts(self, reader: Reader, bounds: Sequence[datetime]) -> list[int]:
        return stats.known(reader.datasets, bounds)


@_described("sources")
class SourceStatsView(KnownStatsView):
    def counts(self, reader: Reader, bounds: Sequence[datetime]) -> list[int]:
        return sources.counts(reader, bounds)


def asked_edges(request: Request) -> list[datetime]:
    """Where the buckets that a request asks for begin and end. Raises Problem (400)."""
    word = request.query_params.get("period", "").upper()
    if word not in Period:
        raise invalid(
            "period", "period is DAY, for hours, or WEEK, for days: ?period=DAY."
        )
    # A plus sign in an address is a space to who reads it.
    name = request.query_params.get("timezone", "").replace(" ", "+") or "UTC"
    if name not in zone_names():
        raise invalid(
            "timezone",
            "timezone is a name of the IANA database, such as Europe/Vienna or UTC.",
        )
    return stats.edges(Period(word), ZoneInfo(name), timezone.now())


@cache
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones())
