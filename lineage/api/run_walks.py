"""The route that tells which run read which version that which run wrote."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lineage import nodeids, run_walks
from lineage.api.answers.runs import VersionId, job_versions
from lineage.api.base import ReadView, invalid, not_found, number, one_of
from lineage.api.graphs import TAGS
from lineage.api.outputs import TimeField
from lineage.api.runs import SELECT, find_run
from lineage.api.times import AS_OF, RECORDED_AT, cut
from lineage.models import Run
from lineage.run_io import RunDatasetVersion
from lineage.run_walks import RunWalk, Step
from lineage.runs import state_name
from policies.actions import Action

MAX_RUNS = 2_000
DEFAULT_HOPS = 20
MAX_HOPS = 1_000
DIRECTIONS = ("upstream", "downstream", "both")
SIDES = ("start", "upstream", "downstream")


class WalkedRunRef(serializers.Serializer[Any]):
    """A run of the answer. Several jobs may share one run id."""

    runId = serializers.UUIDField()  # noqa: N815
    jobId = serializers.CharField(help_text="The job's nodeId.")  # noqa: N815


class WalkedInput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    version = serializers.UUIDField()
    writtenBy = WalkedRunRef(  # noqa: N815
        allow_null=True, help_text="The run that had written it, if any is known."
    )


class WalkedOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    version = serializers.UUIDField()
    readBy = WalkedRunRef(many=True)  # noqa: N815


class WalkedRun(serializers.Serializer[Any]):
    runId = serializers.UUIDField()  # noqa: N815
    jobId = serializers.CharField()  # noqa: N815
    jobVersion = serializers.UUIDField(allow_null=True)  # noqa: N815
    state = serializers.CharField()
    startedAt = TimeField(allow_null=True)  # noqa: N815
    endedAt = TimeField(allow_null=True)  # noqa: N815
    side = serializers.ChoiceField(SIDES)
    hops = serializers.IntegerField()
    inputs = WalkedInput(many=True, allow_null=True)
    outputs = WalkedOutput(many=True, allow_null=True)


class RunWalkOutput(serializers.Serializer[Any]):
    runs = WalkedRun(many=True)
    withheld = serializers.IntegerField(
        help_text="How many of the runs have sources or readers that you may not know "
        "of."
    )
    truncated = serializers.BooleanField()
    complete = serializers.BooleanField()


class LineageRunsView(ReadView):
    actions = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="getLineageOfRuns",
        summary="Tell which run read which version that which run wrote.",
        description=(
            "From a run to those that had written what it read (`upstream`), to those "
            "that read what it wrote (`downstream`), or `both`; breadth first, each "
            "run once a side. A run read what had been written when it started, else "
            "what was written while it ran. `inputs` are told upstream of the start, "
            "`outputs` downstream of it, both of the start itself.\n\n"
            "The walk ends at runs that the reader may not see; how many of the runs "
            "are next to such is `withheld`."
        ),
        parameters=[
            OpenApiParameter("runId", OpenApiTypes.STR, required=True),
            SELECT,
            OpenApiParameter(
                "direction", OpenApiTypes.STR, enum=DIRECTIONS, default="both"
            ),
            OpenApiParameter(
                "maxHops",
                OpenApiTypes.INT,
                default=DEFAULT_HOPS,
                description=f"How many hops from run to run, up to {MAX_HOPS}.",
            ),
            OpenApiParameter(
                "maxRuns",
                OpenApiTypes.INT,
                default=MAX_RUNS,
                description=f"How many runs a side, up to {MAX_RUNS}.",
            ),
            AS_OF,
            RECORDED_AT,
        ],
        responses=RunWalkOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        run_id = request.query_params.get("runId")
        if not run_id:
            raise invalid("runId", "runId names the run to start at.")
        direction = one_of(request, "direction", DIRECTIONS, default="both")
        asked: dict[str, Any] = {
            "max_hops": number(request, "maxHops", DEFAULT_HOPS, most=MAX_HOPS),
            "max_runs": number(request, "maxRuns", MAX_RUNS, most=MAX_RUNS),
            "cut": cut(request),
        }
        reader = self.reader(request)
        run = find_run(request, reader, run_id)
        sides = (direction,) if direction != "both" else ("upstream", "downstream")
        try:
            walks = {side: _WALKS[side](run, reader, **asked) for side in sides}
        except LookupError:
            raise not_found("run") from None
        return Response(_answer(walks))


_WALKS = {"upstream": run_walks.upstream, "downstream": run_walks.downstream}


def _answer(walks: dict[str, RunWalk]) -> dict[str, Any]:
    told = {side: _runs(walk, side) for side, walk in walks.items()}
    start: dict[str, Any] = {}
    for first, *_ in told.values():
        start |= {key: value for key, value in first.items() if value is not None}
    withheld = sum(walk.withheld for walk in walks.values())
    is_truncated = any(walk.is_truncated for walk in walks.values())
    others = [run for runs in told.values() for run in runs[1:]]
    return {
        "runs": [_UNTOLD | start, *others],
        "withheld": withheld,
        "truncated": is_truncated,
        "complete": not (withheld or is_truncated),
    }


_UNTOLD = dict.fromkeys(WalkedRun().fields)


def _runs(walk: RunWalk, side: str) -> list[dict[str, Any]]:
    """The runs of one side, the start first; a fixed number of queries."""
    versions = job_versions([step.run for step in walk.steps], walk.known, None)
    return [_run(step, side, versions) for step in walk.steps]


def _run(
    step: Step, side: str, versions: dict[tuple[int, bytes], VersionId]
) -> dict[str, Any]:
    run = step.run
    version = versions.get((run.job_id, bytes(run.job_version or b"")))
    is_upstream = side == "upstream"
    return {
        **_ref(run),
        "jobVersion": version.version if version else None,
        "state": state_name(run),
        "startedAt": run.started_at,
        "endedAt": run.ended_at,
        "side": side if step.hops else "start",
        "hops": step.hops,
        "inputs": [
            {
                **_version(one.read),
                "writtenBy": _ref(one.producer) if one.producer else None,
            }
            for one in step.inputs
        ]
        if is_upstream
        else None,
        "outputs": None
        if is_upstream
        else [
            {**_version(one.written), "readBy": [_ref(run) for run in one.readers]}
            for one in step.outputs
        ],
    }


def _ref(run: Run) -> dict[str, Any]:
    return {
        "runId": run.run_id,
        "jobId": nodeids.of_job(run.job.namespace.name, run.job.name),
    }


def _version(found: RunDatasetVersion) -> dict[str, Any]:
    return {"nodeId": nodeids.of_dataset(*found.identity), "version": found.id}
