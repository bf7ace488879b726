"""What do the pages and files of lineage have in common?"""

from django.http import Http404, HttpRequest

from lineage import drawing, graph_asked, nodeids
from lineage.comparing import Compared, compare
from lineage.drawing import Drawing
from lineage.graph.question import Level
from lineage.graph_asked import Asked
from lineage.nodeids import Named, Node, UnknownNode
from lineage.reader import Reader
from lineage.rolled_up import draw_rolled_up
from lineage.walks.answers import answer
from lineage.walks.starting import node_id_of, starts
from policies.actions import Action
from policies.gates import requires

# What a browser lays out within a few seconds, and a person can still follow.
MAX_DRAWN = 300
MAX_EXPORTED = 10_000

reading = requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW)


def node_of(request: HttpRequest, reader: Reader, parameter: str = "nodeId") -> Node:
    """The job, dataset or column that a parameter names. Raises Http404."""
    node_id = request.GET.get(parameter, "")
    is_of_columns = (
        node_id.startswith("datasetField:")
        or request.GET.get("level", "") == Level.COLUMN
    )
    rows = reader.column_datasets if is_of_columns else reader.linked_datasets
    try:
        node = nodeids.resolve(
            node_id, reader.linked_jobs, Named(rows, reader.names, reader.veil)
        )
    except UnknownNode:
        raise Http404 from None
    if node.version is not None:
        raise Http404
    return node


def asked_of(request: HttpRequest, node: Node, max_nodes: int) -> Asked:
    """What an address asks about a node."""
    return graph_asked.read(
        request.GET,
        node_id_of(node),
        max_nodes=max_nodes,
        is_column=node.field is not None,
    )


def drawing_of(node: Node, asked: Asked, reader: Reader) -> Drawing:
    """The answer to what was asked, to be drawn."""
    question, opened = asked.question, asked.chosen["open"]
    begin = starts(node, question, reader)
    if asked.rolled_up:
        return draw_rolled_up(begin[0], question, asked.rolled_up, opened, reader)
    found = answer(begin, question, asked.wish, reader)
    return drawing.draw(found, reader, is_now=question.cut.is_now)


def compared_of(
    drawn: Drawing, node: Node, asked: Asked, reader: Reader
) -> Compared | None:
    """What differs from an earlier time, if that is asked, marked in the drawing."""
    if asked.against is None:
        return None
    return compare(drawn, node, asked.against, asked, reader)
