"""The route that tells what is downstream of an asset or a column."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Dataset, Job
from lineage import impact, nodeids
from lineage.api.base import ReadView, not_found, number
from lineage.api.graphs import NODE_ID, TAGS, resolve
from lineage.impact import Hit, Impact, Step
from lineage.runs import state_name
from policies.actions import Action

STEP_KINDS = ("dataset", "job", "column", "withheld", "deleted")


class ImpactOwner(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    curated = serializers.BooleanField()


class ImpactRun(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField()
    startedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815


class ImpactStep(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(STEP_KINDS)
    nodeId = serializers.CharField(allow_null=True)  # noqa: N815
    assertedBy = serializers.ChoiceField(  # noqa: N815
        ["events", "manual"], allow_null=True
    )
    jobs = serializers.ListField(child=serializers.CharField())
    transformations = serializers.ListField(child=serializers.DictField())


class ImpactHit(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    kind = serializers.ChoiceField(STEP_KINDS[:3])
    namespace = serializers.CharField()
    name = serializers.CharField()
    column = serializers.CharField(allow_null=True)
    hops = serializers.IntegerField()
    owners = ImpactOwner(many=True)
    tags = serializers.ListField(child=serializers.CharField())
    domain = serializers.CharField(allow_null=True)
    lastRun = ImpactRun(allow_null=True)  # noqa: N815
    path = ImpactStep(many=True)


class ImpactOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    hits = ImpactHit(many=True)
    withheld = serializers.IntegerField()
    truncated = serializers.BooleanField()
    complete = serializers.BooleanField()
    silentJobs = serializers.ListField(child=serializers.CharField())  # noqa: N815


class ImpactView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}

    @extend_schema(
        operation_id="getImpact",
        summary="Tell what is downstream of a dataset, a job or a column.",
        description=(
            "Each asset or column that is made of it, nearest first, with the way that "
            "leads there, whose it is, and how its job's last run went. `nodeId` is "
            "`dataset:…`, `job:…` or `datasetField:…`. What the reader may not know of "
            "is a step `withheld` on the way, one for a whole stretch; `withheld` "
            "counts such places. `complete` is false if anything is withheld, left out "
            "for its size, or, of a column, if a job reads its dataset and does not "
            "tell which columns it uses (`silentJobs`)."
        ),
        parameters=[
            NODE_ID,
            OpenApiParameter(
                "depth",
                OpenApiTypes.INT,
                default=impact.MAX_HOPS,
                description=f"How many hops, up to {impact.MAX_HOPS}.",
            ),
        ],
        responses=ImpactOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        depth = number(request, "depth", impact.MAX_HOPS, most=impact.MAX_HOPS)
        node = resolve(request, reader, reader.linked_datasets)
        if node.version is not None:
            raise not_found("node")
        start = node.job or node.dataset
        assert start is not None
        if node.field is not None and isinstance(start, Dataset):
            found = impact.of_column(start, node.field, reader, max_hops=depth)
        else:
            found = impact.of_asset(start, reader, max_hops=depth)
        return Response(_answer(found, _node_id(start, node.field or "")))


def _answer(found: Impact, node_id: str) -> dict[str, Any]:
    return {
        "nodeId": node_id,
        "hits": [_hit(hit) for hit in found.hits],
        "withheld": found.withheld,
        "truncated": found.is_truncated,
        "complete": found.is_complete,
        "silentJobs": [_node_id(job, "") for job in found.silent],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    run = hit.last_run
    return {
        "nodeId": _node_id(hit.asset, hit.column),
        "kind": hit.kind,
        "namespace": hit.asset.namespace.name,
        "name": hit.asset.name,
        "column": hit.column or None,
        "hops": hit.hops,
        "owners": [
            {"name": one.name, "kind": one.kind, "curated": one.is_curated}
            for one in hit.owners
        ],
        "tags": hit.tags,
        "domain": hit.domain or None,
        "lastRun": {
            "id": run.run_id,
            "state": state_name(run),
            "startedAt": run.started_at,
        }
        if run
        else None,
        "path": [_step(step) for step in hit.path],
    }


def _step(step: Step) -> dict[str, Any]:
    is_named = bool(step.name)
    node_id = None
    if step.kind == "column":
        node_id = nodeids.of_field(step.namespace, step.name, step.column)
    elif step.kind == "job":
        node_id = nodeids.of_job(step.namespace, step.name)
    elif is_named:
        node_id = nodeids.of_dataset(step.namespace, step.name)
    told_by = "manual" if step.is_manual else "events"
    return {
        "kind": step.kind,
        "nodeId": node_id,
        "assertedBy": told_by if is_named else None,
        "jobs": [_node_id(job, "") for job in step.jobs],
        "transformations": [
            {
                "type": way.type or None,
                "subtype": way.subtype or None,
                "description": way.description or None,
                "masking": way.masking,
            }
            for way in step.ways
            if way.says_anything
        ],
    }


def _node_id(asset: Dataset | Job, column: str) -> str:
    namespace = asset.namespace.name
    if isinstance(asset, Job):
        return nodeids.of_job(namespace, asset.name)
    if column:
        return nodeids.of_field(namespace, asset.name, column)
    return nodeids.of_dataset(namespace, asset.name)
