"""The route that tells from which runs the data of a run came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lineage.api.answers.runs import job_versions
from lineage.api.base import ReadView, invalid, number
from lineage.api.graphs import DEFAULT_DEPTH, DEPTH, MAX_DEPTH
from lineage.api.outputs import TimeField, named
from lineage.api.runs import SELECT, find_run
from lineage.reader import Reader
from lineage.run_walks import RunWalk, Step, upstream
from lineage.runs import state_name
from policies.actions import Action

# An answer of this size has some megabytes; what is left out, it says.
MAX_RUNS = 2_000


@dataclass(frozen=True, slots=True)
class JobOfRun:
    namespace: str
    name: str
    version: UUID | None


@dataclass(frozen=True, slots=True)
class InputOfRun:
    namespace: str
    name: str
    version: UUID
    produced_by: UUID | None


@dataclass(frozen=True, slots=True)
class RunOfWalk:
    id: UUID
    start: datetime | None
    end: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class StepAnswer:
    job: JobOfRun
    run: RunOfWalk
    inputs: list[InputOfRun]


@named("UpstreamJob")
class JobOfRunOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField()
    name = serializers.CharField()
    version = serializers.UUIDField(allow_null=True)


@named("UpstreamRunState")
class RunOfWalkOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    start = TimeField(allow_null=True)
    end = TimeField(allow_null=True)
    status = serializers.CharField()


@named("UpstreamInput")
class InputOfRunOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField()
    name = serializers.CharField()
    version = serializers.UUIDField()
    producedByRunId = serializers.UUIDField(  # noqa: N815 - Marquez's name
        source="produced_by", allow_null=True
    )


@named("UpstreamRun")
class StepOutput(serializers.Serializer[Any]):
    job = JobOfRunOutput()
    run = RunOfWalkOutput()
    inputs = InputOfRunOutput(many=True)


@named("Upstream")
class UpstreamOutput(serializers.Serializer[Any]):
    runs = StepOutput(many=True)
    withheld = serializers.IntegerField(
        required=False,
        help_text="How many of the runs have sources that you may not know of.",
    )
    truncated = serializers.BooleanField(required=False)


class RunUpstreamView(ReadView):
    """The runs that a run's data came from."""

    actions = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="getRunUpstream",
        parameters=[
            OpenApiParameter("runId", OpenApiTypes.STR, required=True),
            SELECT,
            DEPTH,
        ],
        responses=UpstreamOutput,
        tags=["Lineage"],
    )
    def get(self, request: Request) -> Response:
        """Tell which runs wrote what a run read, and so on, breadth first."""
        run_id = request.query_params.get("runId")
        if not run_id:
            raise invalid("runId", "runId names the run to start at.")
        depth = number(request, "depth", DEFAULT_DEPTH, most=MAX_DEPTH)
        reader = self.reader(request)
        run = find_run(request, reader, run_id)
        walk = upstream(run, reader, max_hops=depth, max_runs=MAX_RUNS)
        answer: dict[str, Any] = {
            "runs": StepOutput(answer_steps(walk, reader), many=True).data
        }
        if walk.withheld:
            answer["withheld"] = walk.withheld
        if walk.is_truncated:
            answer["truncated"] = True
        return Response(answer)


def answer_steps(walk: RunWalk, reader: Reader) -> list[StepAnswer]:
    """Tell of the runs of a walk; a fixed number of queries."""
    versions = job_versions([step.run for step in walk.steps], walk.known, None)
    return [
        StepAnswer(
            JobOfRun(
                step.run.job.namespace.name,
                step.run.job.name,
                version.version if (version := versions.get(_key(step))) else None,
            ),
            RunOfWalk(
                step.run.run_id,
                step.run.started_at,
                step.run.ended_at,
                state_name(step.run),
            ),
            [
                InputOfRun(
                    *one.read.identity,
                    one.read.id,
                    one.producer.run_id if one.producer else None,
                )
                for one in step.inputs
            ],
        )
        for step in walk.steps
    ]


def _key(step: Step) -> tuple[int, bytes]:
    return step.run.job_id, bytes(step.run.job_version or b"")
