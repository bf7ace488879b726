"""What does the lineage of a dataset or job look like, drawn and as tables?"""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog import facets, versions
from catalog.about import about_dataset, about_job
from catalog.models import Dataset
from lineage import graph_asked, manual, nodeids
from lineage.graph import columns
from lineage.graph.columns import Column, ColumnWalk
from lineage.graph.question import Direction, Kind, Level
from lineage.nodeids import Node
from lineage.reader import Reader
from lineage.views import graph_parts
from lineage.views.graph_parts import (
    asked_of,
    compared_of,
    drawing_of,
    node_of,
    reading,
)

MAX_COLUMNS = 2_000
DIRECTIONS = (
    (Direction.BOTH, "Both ways"),
    (Direction.UPSTREAM, "Upstream: what it is made of"),
    (Direction.DOWNSTREAM, "Downstream: what is made of it"),
)
LEVELS = (
    (Level.DATASET, "Datasets and jobs"),
    (Level.COLUMN, "Columns"),
    ("parent", "Jobs by their parents"),
    ("root", "Jobs by their roots"),
)
KINDS = (
    (Kind.IO, "Inputs and outputs of runs"),
    (Kind.EXPLICIT, "Lineage facets"),
    (Kind.COLUMN, "Column lineage facets"),
    (Kind.MANUAL, "Declared by people"),
)
STATUSES = (
    ("effective", "In effect"),
    ("attempt", "Attempts of jobs that never completed"),
    ("former", "Former"),
    ("attempted", "Failed attempts of other jobs"),
)


@require_GET
@reading
def lineage_page(request: HttpRequest) -> HttpResponse:
    """The graph around any node; without one, where to find one."""
    if "nodeId" not in request.GET:
        return render(request, "lineage/lineage_none.html")
    reader = Reader(request.user)
    node = node_of(request, reader)
    return render(request, "lineage/lineage.html", _graph(request, reader, node))


@require_GET
@reading
def dataset_lineage(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The graph around a dataset, as the tab of its page."""
    about = about_dataset(request.user, namespace, name)
    reader = Reader(request.user)
    if not reader.linked_datasets.filter(pk=about.dataset.pk).exists():
        raise Http404
    context = _graph(request, reader, Node(dataset=about.dataset))
    return render(request, "lineage/dataset_lineage.html", {"about": about, **context})


@require_GET
@reading
def job_lineage(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The graph around a job, as the tab of its page."""
    about = about_job(request.user, namespace, name)
    reader = Reader(request.user)
    if not reader.linked_jobs.filter(pk=about.job.pk).exists():
        raise Http404
    context = _graph(request, reader, Node(job=about.job))
    return render(request, "lineage/job_lineage.html", {"about": about, **context})


@require_GET
@reading
def lineage_columns(request: HttpRequest) -> JsonResponse:
    """A dataset's columns, with the columns next to them up and down."""
    reader = Reader(request.user)
    node = node_of(request, reader)
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


def _graph(request: HttpRequest, reader: Reader, node: Node) -> dict[str, Any]:
    """What lineage/_graph.html needs."""
    asset = node.job or node.dataset
    assert asset is not None
    asked = asked_of(request, node, graph_parts.MAX_DRAWN)
    drawn = None if asked.faults else drawing_of(node, asked, reader)
    compared = compared_of(drawn, node, asked, reader) if drawn else None
    return {
        "tab": "lineage",
        "panel": "lineage/_graph.html",
        "around": manual.around(asset, reader),
        "asset": asset,
        "kind": "job" if node.job else "dataset",
        "column": node.field or "",
        "asked": asked,
        "drawing": drawn,
        "compared": compared,
        "max_drawn": graph_parts.MAX_DRAWN,
        "hops": graph_asked.HOPS,
        "days": graph_asked.DAYS,
        "directions": DIRECTIONS,
        "levels": LEVELS[1:2] if node.field else LEVELS,
        "kinds": KINDS,
        "statuses": STATUSES,
        "nodes_csv": f"{reverse('lineage-nodes-csv')}?{asked.query()}",
        "edges_csv": f"{reverse('lineage-edges-csv')}?{asked.query()}",
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
