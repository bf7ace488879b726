"""What does a graph of lineage look like as files?"""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from catalog import csv_text
from lineage.drawing import Drawing, DrawnEdge, DrawnNode
from lineage.reader import Reader
from lineage.views import graph_parts
from lineage.views.graph_parts import (
    asked_of,
    compared_of,
    drawing_of,
    node_of,
    reading,
)
from policies import audit
from policies.problems import Problem

NODE = (
    *("kind", "namespace", "name", "state", "last", "inputs", "outputs", "nodeId"),
    *("hops", "columns", "change"),
)
ENDS = ("kind", "namespace", "name")
SAID = (
    *("standing", "first_asserted", "last_asserted", "declared", "asserted_by"),
    *("producer", "first_event", "last_event", "run", "transformations", "masked"),
    *("from_column", "to_column", "through", "change"),
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


def _file(
    request: HttpRequest, table: str, rows: Callable[[Drawing], Iterator[list[Any]]]
) -> HttpResponse:
    """A table of the whole graph, journaled as an export."""
    reader = Reader(request.user)
    node = node_of(request, reader)
    start = node.job or node.dataset
    assert start is not None
    asked = asked_of(request, node, graph_parts.MAX_EXPORTED)
    for name, fault in asked.faults.items():
        raise Problem(400, "parameter_invalid", f"{name}: {fault}")
    drawn = drawing_of(node, asked, reader)
    compared_of(drawn, node, asked, reader)
    is_partial = drawn.lacks.is_too_much or bool(drawn.lacks.of_hops)
    kind = "catalog.job" if node.job else "catalog.dataset"
    question = asked.question
    said = {"asOf": question.cut.as_of, "recordedAt": question.cut.recorded_at}
    audit.record_alone(
        audit.Act.LINEAGE_EXPORTED,
        audit.Target(kind, (start.namespace.name, start.name)),
        actor=request.user,
        changes={
            "table": table,
            "depth": question.max_hops,
            "direction": str(question.direction),
            "level": str(question.level),
            "is_partial": is_partial,
            **{name: at.isoformat() for name, at in said.items() if at},
        },
    )
    part = "-part" if is_partial else ""
    return HttpResponse(
        csv_text.lines(rows(drawn)),
        content_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": f'attachment; filename="lineage-{table}{part}.csv"'
        },
    )


def _node_rows(drawn: Drawing) -> Iterator[list[Any]]:
    yield [*NODE]
    for node in drawn.nodes:
        words = " ".join(mark.word for mark in node.marks)
        named = [node.kind, node.namespace, node.name, words, node.at]
        yield [
            *(*named, node.inputs, node.outputs, node.id, node.hops),
            *(" ".join(node.columns), node.change or None),
        ]


def _edge_rows(drawn: Drawing) -> Iterator[list[Any]]:
    yield [*(f"from_{end}" for end in ENDS), *(f"to_{end}" for end in ENDS), *SAID]
    for edge in drawn.edges:
        yield [*_end(edge.origin), *_end(edge.destination), *_said(edge)]


def _end(node: DrawnNode) -> list[Any]:
    return [node.kind, node.namespace, node.name or node.id]


def _said(edge: DrawnEdge) -> list[Any]:
    standing = edge.status.name.lower() if edge.status is not None else None
    words = [one.word for one in edge.words]
    firsts = [word.first for word in words if word.first]
    lasts = [word.last for word in words if word.last]
    first = min(firsts, key=lambda one: one.at, default=None)
    last = max(lasts, key=lambda one: one.at, default=None)
    return [
        *(standing, edge.first_at, edge.last_at),
        "manual" if edge.is_manual else None,
        " ".join(sorted({str(word.kind) for word in words})),
        last.producer if last else None,
        first.digest if first else None,
        last.digest if last else None,
        str(last.run_id) if last and last.run_id else None,
        ", ".join(edge.how),
        "masked" if edge.masks else None,
        *(name or None for name in edge.columns),
        edge.through or None,
        edge.change or None,
    ]
