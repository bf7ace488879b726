"""By which ways does data come from here to there, and where does it begin and end?"""

from dataclasses import dataclass, field, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lineage.drawing import DrawnNode
from lineage.graph.question import MAX_HOPS, MAX_NODES, Direction, Level
from lineage.graph_asked import Asked
from lineage.nodeids import Node
from lineage.reader import Reader
from lineage.views import graph_parts
from lineage.views.graph_parts import asked_of, drawing_of, node_of, reading
from lineage.walks.ends import ends
from lineage.walks.paths import Paths, paths
from lineage.walks.starting import node_id_of, starts

PATH_HOPS = 100
PATHS_A_PAGE = 50
PICK_HOPS = 8
MAX_LISTED = 1_000
UNKNOWN = "There is nothing of this name that you may see."


@dataclass(slots=True)
class Between:
    """What a page of paths was asked: two nodes, and what is amiss with them."""

    start: Node | None = None
    goal: Node | None = None
    told: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


@require_GET
@reading
def lineage_paths(request: HttpRequest) -> HttpResponse:
    """The ways from one node to another; without another, which there are."""
    reader = Reader(request.user)
    between = _between(request, reader)
    context: dict[str, Any] = {"between": between, "most": PATHS_A_PAGE}
    if between.start is not None:
        asked = asked_of(request, between.start, graph_parts.MAX_DRAWN)
        between.faults |= asked.faults
        context["asked"] = asked
        if between.goal is not None and not between.faults:
            context["found"] = _found(between, asked, reader)
        elif not between.told["to"] and not asked.faults:
            context["others"] = _others(between.start, asked, reader)
    return render(request, "lineage/lineage_paths.html", context)


@require_GET
@reading
def lineage_ends(request: HttpRequest) -> HttpResponse:
    """What a node comes from at the last, or what it ends up in."""
    if "nodeId" not in request.GET:
        return render(request, "lineage/lineage_none.html")
    reader = Reader(request.user)
    node = node_of(request, reader)
    asked = asked_of(request, node, MAX_NODES)
    is_downstream = asked.question.direction is Direction.DOWNSTREAM
    context: dict[str, Any] = {
        "asked": asked,
        "asset": node.job or node.dataset,
        "kind": "job" if node.job else "dataset",
        "column": node.field or "",
        "is_downstream": is_downstream,
        "most": MAX_LISTED,
    }
    if not asked.faults:
        question = replace(asked.question, max_hops=MAX_HOPS)
        begin = starts(node, question, reader)
        found = ends(begin, question, reader, is_downstream=is_downstream)
        context["found"] = found
        context["listed"] = found.found[:MAX_LISTED]
    return render(request, "lineage/lineage_ends.html", context)


def _between(request: HttpRequest, reader: Reader) -> Between:
    names = ("from", "to", "asOf", "recordedAt")
    between = Between(told={name: request.GET.get(name, "").strip() for name in names})
    nodes: dict[str, Node | None] = {"from": None, "to": None}
    for name in nodes:
        if between.told[name]:
            try:
                nodes[name] = node_of(request, reader, name)
            except Http404:
                between.faults[name] = UNKNOWN
    between.start, between.goal = nodes["from"], nodes["to"]
    if between.start and between.goal:
        is_column = between.start.field is not None
        if is_column is not (between.goal.field is not None):
            between.faults["to"] = "From column to column, or neither is one."
    return between


def _found(between: Between, asked: Asked, reader: Reader) -> Paths:
    assert between.start is not None
    assert between.goal is not None
    level = Level.DATASET if between.start.field is None else Level.COLUMN
    question = replace(
        asked.question, level=level, max_hops=PATH_HOPS, max_nodes=MAX_NODES
    )
    [first] = starts(between.start, question, reader)
    [last] = starts(between.goal, question, reader)
    return paths(first, last, question, reader, max_paths=PATHS_A_PAGE)


def _others(start: Node, asked: Asked, reader: Reader) -> list[tuple[str, DrawnNode]]:
    """What data flows to or from, nearest first, with the name to ask for."""
    near = replace(asked, question=replace(asked.question, max_hops=PICK_HOPS))
    drawn = drawing_of(start, near, reader)
    own = node_id_of(start)
    nodes = [n for n in drawn.nodes if n.kind != "withheld" and n.id != own]
    nodes.sort(key=lambda node: (node.hops, node.number))
    return [(node.id, node) for node in nodes]
