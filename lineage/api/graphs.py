"""The routes that answer with graphs: of jobs and datasets, and of columns."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import facets, versions
from catalog.models import Job
from catalog.models.datasets import DatasetQuerySet
from catalog.versions import Version
from lineage import job_io, nodeids
from lineage.api.answers.columns import NOW, AsOf, answer_columns, until
from lineage.api.answers.graphs import answer_walk
from lineage.api.base import ReadView, invalid, not_found, number
from lineage.api.graph_outputs import ColumnGraphOutput, GraphOutput
from lineage.graph import columns, jobs
from lineage.graph.columns import Column
from lineage.graph.links import Walk
from lineage.nodeids import Named, Node, UnknownNode
from lineage.reader import Reader
from policies.actions import Action

DEFAULT_DEPTH = 20
MAX_DEPTH = 2**31 - 1
# An answer of this size has some ten megabytes; what is left out, it says.
MAX_NODES = 10_000
TAGS = ["Lineage"]

NODE_ID = OpenApiParameter("nodeId", OpenApiTypes.STR, required=True)
DEPTH = OpenApiParameter(
    "depth", OpenApiTypes.INT, default=DEFAULT_DEPTH, description="How many hops."
)


class LineageView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}

    @extend_schema(
        operation_id="getLineage",
        summary="Tell which jobs and datasets hang together.",
        description=(
            "The jobs that share a dataset with the job in question by what they read "
            "and write now, those that share one with these, and so on, `depth` times; "
            "each with all of its datasets. From a dataset it starts at the job that "
            "wrote it last, or else read it last.\n\n"
            "`nodeId` is `job:{namespace}:{name}` or `dataset:{namespace}:{name}`. "
            "What the reader may not know of is left out, and so are deleted nodes."
        ),
        parameters=[NODE_ID, DEPTH],
        responses=GraphOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        depth = number(request, "depth", DEFAULT_DEPTH, most=MAX_DEPTH)
        node = resolve(request, reader, reader.linked_datasets)
        if node.field is not None or node.version is not None:
            raise not_found("node")
        walk = _walk(node, depth, reader)
        answer: dict[str, Any] = {"graph": answer_walk(walk, reader)}
        if walk.is_truncated:
            answer["truncated"] = True
        return Response(answer)


class ColumnLineageView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}

    @extend_schema(
        operation_id="getColumnLineage",
        summary="Tell which columns come from which.",
        description=(
            "What a column comes from, `depth` hops up, and with `withDownstream` also "
            "what comes from it. `nodeId` is `datasetField:{namespace}:{dataset}:"
            "{field}`, `dataset:{namespace}:{name}` for all of its columns, or `job:"
            "{namespace}:{name}` for those of all that it writes. With `#{version}` "
            "after it, the answer is as of the time of that version."
        ),
        parameters=[
            NODE_ID,
            DEPTH,
            OpenApiParameter("withDownstream", OpenApiTypes.BOOL, default=False),
        ],
        responses=ColumnGraphOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        depth = number(request, "depth", DEFAULT_DEPTH, most=MAX_DEPTH)
        is_downstream = _flag(request, "withDownstream")
        node = resolve(request, reader, reader.column_datasets)
        if node.version is not None and is_downstream:
            raise invalid(
                "withDownstream", "What comes from a version of the past is not told."
            )
        start, datasets, as_of = _start(node, reader)
        walk = columns.walk(
            start,
            max_hops=depth,
            max_columns=MAX_NODES,
            is_downstream=is_downstream,
            cut=as_of.cut,
            with_manual=as_of.before is None,
            veil=reader.veil,
        )
        answer: dict[str, Any] = answer_columns(walk, datasets, as_of, reader)
        if walk.is_truncated:
            answer["truncated"] = True
        return Response(answer)


def resolve(request: Request, reader: Reader, datasets: DatasetQuerySet) -> Node:
    """The node that the query names. Raises Problem (400, 404)."""
    node_id = request.query_params.get("nodeId")
    if not node_id:
        raise invalid("nodeId", "nodeId names the job, dataset or column to start at.")
    try:
        named = Named(datasets, reader.names, reader.veil)
        return nodeids.resolve(node_id, reader.linked_jobs, named)
    except UnknownNode:
        raise not_found("node") from None


def _walk(node: Node, depth: int, reader: Reader) -> Walk:
    bounds: Any = {"max_hops": depth, "max_nodes": MAX_NODES, "veil": reader.veil}
    if node.job is not None:
        return jobs.around_job(node.job.pk, **bounds)
    assert node.dataset is not None
    first = jobs.newest_job(node.dataset.pk, reader.veil)
    if first is None:
        # What no job touches may still come from somewhere, as people say.
        return jobs.around_dataset(node.dataset.pk, **bounds)
    return jobs.around_job(first, **bounds)


def _flag(request: Request, name: str) -> bool:
    word = request.query_params.get(name, "").lower()
    if word not in ("", "true", "false"):
        raise invalid(name, f"{name} is true or false.")
    return word == "true"


def _start(node: Node, reader: Reader) -> tuple[set[Column], set[int], AsOf]:
    """The columns to walk from, their datasets, and when. Raises Problem (404)."""
    if node.job is not None:
        return _start_at_job(node.job, node, reader)
    assert node.dataset is not None
    dataset = node.dataset.pk
    if node.version is None:
        as_of = NOW
    else:
        known = versions.of_datasets([node.dataset])[dataset]
        own = next((one for one in known if one.id == node.version), None)
        if own is None or not _has(own, node.field):
            raise not_found("version")
        as_of = AsOf(until(own, known), is_told=True, chosen={dataset: own})
    if node.field is None:
        return columns.columns_of([dataset], veil=reader.veil), {dataset}, as_of
    return {Column(dataset, node.field)}, {dataset}, as_of


def _has(version: Version, field: str | None) -> bool:
    """Whether the field is one of the version, as far as anybody said."""
    if field is None or version.facet_id is None:
        return True
    schema = facets.load([version.facet_id])[version.facet_id]
    return any(one.path == field for one in facets.fields(schema))


def _start_at_job(
    job: Job, node: Node, reader: Reader
) -> tuple[set[Column], set[int], AsOf]:
    if node.version is None:
        io = job_io.of_jobs([job.pk], reader.column_datasets)[job.pk]
        outputs, as_of = {dataset.pk for dataset in io.outputs}, NOW
    else:
        known = versions.of_jobs([job])[job.pk]
        own = next((one.row for one in known if one.id == node.version), None)
        if own is None:
            raise not_found("version")
        named = job_io.canonical(reader.column_datasets, own.outputs)
        outputs = {dataset.pk for dataset in named.values()}
        as_of = AsOf(until(own, [one.row for one in known]), is_told=True)
    return columns.columns_of(outputs, veil=reader.veil), outputs, as_of
