"""What lies around places at which a walk ended, if it goes one hop further there?"""

from collections.abc import Collection
from typing import Any

from lineage.graph import layers
from lineage.graph.layers import Bounds
from lineage.graph.question import Question
from lineage.reader import Reader
from lineage.walks import naming
from lineage.walks.naming import node_of
from lineage.walks.streams import Stream, stream, whole
from lineage.walks.walking import (
    MAX_BROKEN,
    Broken,
    Walked,
    Way,
    Why,
    around,
    as_data_flows,
    unite,
)

# One that was opened may show another that is to be opened: so often it is looked.
MAX_ROUNDS = 50


def add_opened(
    walked: Walked, opened: Collection[str], question: Question, reader: Reader
) -> None:
    """Go one hop further at the places of opened assets (nodeIds), each way by which
    they were met. What was met before is kept."""
    looked: set[Any] = set()
    for _ in range(MAX_ROUNDS if opened else 0):
        fresh = walked.places - looked
        looked |= fresh
        known = naming.known(fresh, reader)
        assets = {node for node, one in known.items() if one.node_id in opened}
        chosen = {place for place in fresh if node_of(place) in assets}
        if not chosen:
            return
        for is_downstream, at in walked.at.items():
            if here := chosen & at.keys():
                graph = stream(question, reader.veil, is_downstream=is_downstream)
                _open(walked, here, graph)


def _open(walked: Walked, here: Collection[Any], graph: Stream[Any, Any]) -> None:
    at, parts = walked.at[graph.is_downstream], walked.parts[graph.is_downstream]
    starts = sorted(part for part in parts if whole(part) in here)
    bounds = Bounds(1, graph.question.max_nodes, looks_on=False)
    found = layers.walk(starts, graph, bounds)
    for link in found.links:
        near, far = whole(link.before), whole(link.node)
        at[far] = min(at.get(far, at[near] + 1), at[near] + 1)
        way = walked.edges.setdefault(as_data_flows(link, graph), Way())
        unite(way, link.what, graph)
    walked.around = _joined(walked.around | around(found, graph))
    ends = {one for one in walked.broken if _may_have_ended(one, graph)}
    walked.broken = [one for one in walked.broken if one not in ends]
    closed = {one.place for one in ends} - set(here)
    new = found.at.keys() - parts
    frontier = new | {part for part in parts if whole(part) in closed}
    parts |= new
    one_way = graph.is_downstream
    ended = _ends(frontier, graph, at)
    walked.broken += [Broken(place, one_way, Why.HOPS) for place in ended]
    if found.is_truncated or graph.was_cut:
        walked.broken += [Broken(place, one_way, Why.NODES) for place in sorted(here)]


def _may_have_ended(one: Broken, graph: Stream[Any, Any]) -> bool:
    is_here = one.is_downstream is graph.is_downstream and one.place is not None
    return is_here and one.why is not Why.HIDDEN


def _ends(
    frontier: Collection[Any], graph: Stream[Any, Any], at: dict[Any, int]
) -> list[Any]:
    """The told places from which told ones follow that were not met."""
    if not frontier:
        return []
    links = graph.links(sorted(frontier), MAX_BROKEN)
    more = [one for one in links if whole(one.node) not in at]
    hidden = graph.hidden({one.node for one in more})
    return sorted({whole(one.before) for one in more if one.node not in hidden})


def _joined(found: set[Any]) -> set[Any]:
    """What is hidden, without what may be a part of something told of anyhow."""
    return {one for one in found if not any(one < other for other in found)}
