"""Which edges do facets assert that a question is about?"""

from collections.abc import Collection
from typing import Any

from lineage.graph import assertions
from lineage.graph.question import Kind, Level, Question
from lineage.graph.veil import Veil


def fitting(edges: Collection[Any], question: Question, veil: Veil) -> set[Any]:
    """Those of edges that a facet asserts of a kind that the question is about.

    They are as data flows: (source, target).
    """
    if not question.kinds & {Kind.EXPLICIT, Kind.COLUMN} or not edges:
        return set()
    if question.level is Level.COLUMN:
        found: Any = assertions.of_columns(edges, question.cut)
    else:
        found = assertions.of_flow(edges, question.cut, question.statuses, veil)
    return {
        edge
        for edge, said in found.items()
        if any(one.kind in question.kinds for one in said)
    }
