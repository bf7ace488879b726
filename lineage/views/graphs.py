"""What does the lineage of a dataset or job look like, drawn and as tables?"""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from catalog import csv_text, facets, versions
from catalog.about import about_dataset, about_job
from catalog.models import Dataset, Job
from lineage import drawing, manual, nodeids
from lineage.drawing import Drawing
from lineage.graph import columns, jobs
from lineage.graph.columns import Column, ColumnWalk
from lineage.graph.links import Walk
from lineage.nodeids import Named, Node, UnknownNode
from lineage.reader import Reader
from policies import audit
from policies.actions import Action
from policies.gates import requires

DEPTHS = (1, 2, 3, 5, 10, 20)
DEFAULT_DEPTH = 2
# What a browser lays out within a few seconds, and a person can still follow.
MAX_DRAWN = 300
MAX_EXPORTED = 10_000
MAX_COLUMNS = 2_000

reading = requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW)


@require_GET
@reading
def lineage_page(request: HttpRequest) -> HttpResponse:
    """The graph around any node; without one, where to find one."""
    if "nodeId" not in request.GET:
        return render(request, "lineage/lineage_none.html")
    reader = Reader(request.user)
    node = _node(request, reader)
    start = node.job or node.dataset
    assert start is not None
    context = _graph(request, reader, start)
    return render(request, "lineage/lineage.html", context)


@require_GET
@reading
def dataset_lineage(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The graph around a dataset, as the tab of its page."""
    about = about_dataset(request.user, namespace, name)
    reader = Reader(request.user)
    if not reader.linked_datasets.filter(pk=about.dataset.pk).exists():
        raise Http404
    context = _graph(request, reader, about.dataset)
    return render(request, "lineage/dataset_lineage.html", {"about": about, **context})


@require_GET
@reading
def job_lineage(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The graph around a job, as the tab of its page."""
    about = about_job(request.user, namespace, name)
    reader = Reader(request.user)
    if not reader.linked_jobs.filter(pk=about.job.pk).exists():
        raise Http404
    context = _graph(request, reader, about.job)
    return render(request, "lineage/job_lineage.html", {"about": about, **context})


@require_GET
@reading
def lineage_columns(request: HttpRequest) -> JsonResponse:
    """A dataset's columns, with the columns next to them up and down."""
    reader = Reader(request.user)
    node = _node(request, reader)
    if node.dataset is None:
        raise Http404
    dataset = node.dataset
    walk = columns.walk(
        columns.columns_of([dataset.pk], veil=reader.veil),
        max_hops=1,
        max_columns=MAX_COLUMNS,
        is_downstream=True,
        veil=reader.veil,
    )
    return JsonResponse(
        {
            "columns": _columns(dataset, walk, reader),
            "links": list(_column_links(walk, reader)),
            "isTruncated": walk.is_truncated,
        }
    )


@require_GET
@reading
def lineage_nodes_csv(request: HttpRequest) -> HttpResponse:
    """The nodes of a graph, as a file."""
    return _file(request, "nodes", _node_rows)


@require_GET
@reading
def lineage_edges_csv(request: HttpRequest) -> HttpResponse:
    """The edges of a graph, as a file."""
    return _file(request, "edges", _edge_rows)


def _node(request: HttpRequest, reader: Reader) -> Node:
    try:
        node_id = request.GET.get("nodeId", "")
        node = nodeids.resolve(
            node_id,
            reader.linked_jobs,
            Named(reader.linked_datasets, reader.names, reader.veil),
        )
    except UnknownNode:
        raise Http404 from None
    if node.version is not None:
        raise Http404
    return node


def _depth(request: HttpRequest) -> int:
    word = request.GET.get("depth", "")
    return int(word) if word in map(str, DEPTHS) else DEFAULT_DEPTH


def _walk(start: Job | Dataset, depth: int, max_nodes: int, reader: Reader) -> Walk:
    go = jobs.around_job if isinstance(start, Job) else jobs.around_dataset
    return go(start.pk, max_hops=depth, max_nodes=max_nodes, veil=reader.veil)


def _graph(
    request: HttpRequest, reader: Reader, start: Job | Dataset
) -> dict[str, Any]:
    """What lineage/_graph.html needs."""
    depth = _depth(request)
    drawn = drawing.draw(_walk(start, depth, MAX_DRAWN, reader), reader)
    spell = nodeids.of_job if isinstance(start, Job) else nodeids.of_dataset
    node_id = spell(start.namespace.name, start.name)
    asked = urlencode([("nodeId", node_id), ("depth", str(depth))])
    return {
        "tab": "lineage",
        "panel": "lineage/_graph.html",
        "around": manual.around(start, reader),
        "asset": start,
        "drawing": drawn,
        "start": next(node for node in drawn.nodes if node.id == node_id),
        "depth": depth,
        "depths": DEPTHS,
        "max_drawn": MAX_DRAWN,
        "nodes_csv": f"{reverse('lineage-nodes-csv')}?{asked}",
        "edges_csv": f"{reverse('lineage-edges-csv')}?{asked}",
    }


def _columns(
    dataset: Dataset, walk: ColumnWalk, reader: Reader
) -> list[dict[str, str]]:
    """In the order of the schema; then those that only lineage facets name."""
    version = versions.current(versions.of_datasets([dataset])[dataset.pk])
    schemas = facets.load([version.facet_id] if version and version.facet_id else [])
    known = {
        field.path: field.type or ""
        for schema in schemas.values()
        for field in facets.fields(schema)
    }
    hidden = reader.hidden_columns([dataset.pk], lineage=True)
    linked = {column.field for column in walk.columns if column.dataset == dataset.pk}
    unlisted = sorted(linked - known.keys())
    return [
        {"name": name, "type": known.get(name, "")}
        for name in [*known, *unlisted]
        if not hidden.hides(dataset.pk, name)
    ][:MAX_COLUMNS]


def _column_links(walk: ColumnWalk, reader: Reader) -> Iterator[dict[str, Any]]:
    met = {column.dataset for column in walk.columns}
    shown = reader.linked_datasets.filter(pk__in=met).select_related("namespace")
    ids = {
        dataset.pk: nodeids.of_dataset(dataset.namespace.name, dataset.name)
        for dataset in shown
    }

    def end(column: Column) -> dict[str, str]:
        return {"id": ids[column.dataset], "column": column.field}

    for (output, source), ways in sorted(walk.links.items()):
        if output.dataset in ids and source.dataset in ids:
            words = [" ".join(filter(None, (how.type, how.subtype))) for how in ways]
            words += ["declared"] * ((output, source) in walk.manual)
            yield {
                "from": end(source),
                "to": end(output),
                "how": sorted(
                    {word.replace("_", " ").lower() for word in words if word}
                ),
                "masks": any(how.masking for how in ways),
            }


def _file(
    request: HttpRequest, table: str, rows: Callable[[Drawing], Iterator[list[Any]]]
) -> HttpResponse:
    """A table of the whole graph, journaled as an export."""
    reader = Reader(request.user)
    node = _node(request, reader)
    start = node.job or node.dataset
    assert start is not None
    depth = _depth(request)
    drawn = drawing.draw(_walk(start, depth, MAX_EXPORTED, reader), reader)
    kind = "catalog.job" if node.job else "catalog.dataset"
    audit.record_alone(
        audit.Act.LINEAGE_EXPORTED,
        audit.Target(kind, (start.namespace.name, start.name)),
        actor=request.user,
        changes={"table": table, "depth": depth, "is_partial": drawn.is_truncated},
    )
    part = "-part" if drawn.is_truncated else ""
    return HttpResponse(
        csv_text.lines(rows(drawn)),
        content_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": f'attachment; filename="lineage-{table}{part}.csv"'
        },
    )


def _node_rows(drawn: Drawing) -> Iterator[list[Any]]:
    yield ["kind", "namespace", "name", "state", "last", "inputs", "outputs", "nodeId"]
    for node in drawn.nodes:
        words = " ".join(mark.word for mark in node.marks)
        named = [node.kind, node.namespace, node.name, words, node.at]
        yield [*named, node.inputs, node.outputs, node.id]


def _edge_rows(drawn: Drawing) -> Iterator[list[Any]]:
    ends = ("kind", "namespace", "name")
    yield [
        *(f"from_{end}" for end in ends),
        *(f"to_{end}" for end in ends),
        *("standing", "first_asserted", "last_asserted", "declared"),
    ]
    for edge in drawn.edges:
        row: list[Any] = []
        for node in (edge.origin, edge.destination):
            row += [node.kind, node.namespace, node.name or node.id]
        standing = edge.status.name.lower() if edge.status is not None else None
        row += [standing, edge.first_at, edge.last_at]
        yield [*row, "manual" if edge.is_manual else None]
