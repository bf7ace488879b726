"""The routes that tell how fresh, big and good a dataset is, and how reliable a job."""

import json
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Dataset, Job
from lineage import nodeids
from lineage.api.base import ReadView, invalid, not_found
from lineage.api.graphs import NODE_ID
from lineage.api.quality.outputs import DatasetQualityOutput, JobQualityOutput
from lineage.api.times import AS_OF, RECORDED_AT, cut
from lineage.models import Run
from lineage.nodeids import Named, Node, UnknownNode
from lineage.quality.assertions import History, Outcome
from lineage.quality.of_dataset import DatasetQuality, of_dataset
from lineage.quality.of_job import JobQuality, of_job
from lineage.quality.past import Standing
from lineage.quality.robust import Judged
from lineage.quality.schemas import Change
from lineage.reader import Reader
from policies.actions import Action

TAGS = ["Quality"]


class DatasetQualityView(ReadView):
    actions = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="getDatasetQuality",
        summary="Tell how fresh, big and good a dataset is.",
        description=(
            "By the last 100 runs that wrote it, and as many others that told of it, "
            "of the jobs whose runs you may see; and by what dataset events say. What "
            "failed is no write. `nodeId` is `dataset:{namespace}:{name}`."
        ),
        parameters=[NODE_ID, AS_OF, RECORDED_AT],
        responses=DatasetQualityOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        dataset = find_dataset(request, reader)
        found = of_dataset(dataset, reader, cut(request))
        return Response(_answer_dataset(found))


class JobQualityView(ReadView):
    actions = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="getJobQuality",
        summary="Tell how reliable a job is.",
        description=(
            "By its last 100 runs that ended. `nodeId` is `job:{namespace}:{name}`."
        ),
        parameters=[NODE_ID, AS_OF, RECORDED_AT],
        responses=JobQualityOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        job = _resolve(request, reader).job
        shown: Any = reader.jobs.permitted(request.user, Action.RUN_VIEW)
        if job is None or not shown.filter(pk=job.pk).exists():
            raise not_found("node")
        return Response(_answer_job(of_job(job, reader, cut(request))))


def find_dataset(request: Request, reader: Reader) -> Dataset:
    """The dataset that the query names. Raises Problem (400, 404)."""
    return dataset_of(request.query_params.get("nodeId") or "", reader)


def dataset_of(node_id: str, reader: Reader) -> Dataset:
    """The dataset of a nodeId. Raises Problem (400, 404)."""
    node = node_of(node_id, reader)
    if node.dataset is None or node.field is not None or node.version is not None:
        raise not_found("node")
    return node.dataset


def node_of(node_id: str, reader: Reader) -> Node:
    """The job or dataset of a nodeId. Raises Problem (400, 404)."""
    if not node_id:
        raise invalid("nodeId", "nodeId names the dataset or job.")
    try:
        named = Named(reader.datasets, reader.names, reader.veil)
        return nodeids.resolve(node_id, reader.jobs, named)
    except UnknownNode:
        raise not_found("node") from None


def _resolve(request: Request, reader: Reader) -> Node:
    return node_of(request.query_params.get("nodeId") or "", reader)


def _answer_dataset(found: DatasetQuality) -> dict[str, Any]:
    rhythm = found.rhythm
    gaps = [*rhythm.gaps, None]
    return {
        "nodeId": nodeids.of_dataset(found.dataset.namespace.name, found.dataset.name),
        "lastWrite": rhythm.last,
        "usualIntervalSeconds": rhythm.usual.total_seconds() if rhythm.usual else None,
        "dueAt": rhythm.due_at,
        "lateAfter": rhythm.late_after,
        "isLate": found.is_late,
        "writes": [
            {
                "at": write.at,
                "run": _run(found.jobs, write.run),
                "runs": write.runs,
                "gapSeconds": gap.value if gap else None,
                "beside": _beside(gap) if gap else None,
            }
            for write, gap in zip(rhythm.writes, gaps, strict=False)
        ],
        "series": [
            {
                "source": series.source,
                "unit": series.unit,
                "points": [
                    {
                        "at": point.count.at,
                        "value": point.count.of(series.unit),
                        "run": _run(found.jobs, point.count.run),
                        "beside": _beside(point.judged),
                    }
                    for point in series.points
                ],
            }
            for series in found.series
        ],
        "schemaChanges": [_change(found, one) for one in found.schema_changes],
        "assertions": [_assertion(found, one) for one in found.assertions],
    }


def _change(found: DatasetQuality, change: Change) -> dict[str, Any]:
    return {
        "at": change.at,
        "run": _run(found.jobs, change.run),
        "added": [field.path for field in change.diff.added],
        "removed": [field.path for field in change.diff.removed],
        "retyped": [
            {"column": one.path, "was": one.was, "now": one.now}
            for one in change.diff.retyped
        ],
    }


def _assertion(found: DatasetQuality, history: History) -> dict[str, Any]:
    key = history.key
    return {
        "column": key.column or None,
        "assertion": key.assertion,
        "name": key.name or None,
        "params": json.loads(key.params) if key.params else None,
        "description": history.description or None,
        "since": history.since,
        "failures": history.failures,
        "outcomes": [_outcome(found, one) for one in history.outcomes],
    }


def _outcome(found: DatasetQuality, outcome: Outcome) -> dict[str, Any]:
    return {
        "at": outcome.at,
        "run": _run(found.jobs, outcome.run),
        "success": outcome.success,
        "severity": outcome.severity or None,
        "expected": outcome.expected or None,
        "actual": outcome.actual or None,
    }


def _answer_job(found: JobQuality) -> dict[str, Any]:
    jobs = {found.job.pk: found.job}
    failure, success, trend = found.last_failure, found.last_success, found.trend
    return {
        "nodeId": nodeids.of_job(found.job.namespace.name, found.job.name),
        "runs": len(found.runs),
        "completed": found.count[Run.State.COMPLETED],
        "failed": found.count[Run.State.FAILED],
        "aborted": found.count[Run.State.ABORTED],
        "successRate": found.success_rate,
        "medianSeconds": found.median_seconds,
        "p95Seconds": found.p95_seconds,
        "trend": {
            "recentSeconds": trend.recent,
            "earlierSeconds": trend.earlier,
            "change": trend.change,
        }
        if trend
        else None,
        "durations": [
            {
                "run": _run(jobs, run),
                "at": run.at,
                "seconds": judged.value,
                "beside": _beside(judged),
            }
            for run, judged in found.durations
        ],
        "lastSuccess": success.at if success else None,
        "lastFailure": {
            "run": _run(jobs, failure),
            "at": failure.at,
            "message": found.error or None,
        }
        if failure
        else None,
    }


def _run(jobs: dict[int, Job], run: Standing | None) -> dict[str, Any] | None:
    if run is None:
        return None
    job = jobs[run.job]
    named = {"namespace": job.namespace.name, "name": job.name}
    return {"id": run.run_id, "job": named}


def _beside(judged: Judged) -> dict[str, Any] | None:
    past = judged.past
    if past is None:
        return None
    return {
        "count": past.count,
        "median": past.median,
        "mad": past.mad,
        "scale": past.scale,
        "low": past.low,
        "high": past.high,
        "score": judged.score,
        "unusual": judged.is_unusual,
    }
