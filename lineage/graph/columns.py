"""Which columns does a column come from, hop by hop, and which come from it?

What several writers say is united, and with it what people declare. A `lineage` facet
in force is the whole truth about the dataset that it names, as far as its own job goes:
that job's columnLineage of it is passed over. Dependencies of a dataset as a whole are
no part of a walk; `of_whole` tells them, so that they are not multiplied out over its
columns.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from lineage.column_sources import Transformation
from lineage.graph import layers
from lineage.graph.columns_now import (
    ColumnsNow,
    More,
    Said,
    Step,
    frontier_of,
)
from lineage.graph.cut import NOW, Cut
from lineage.graph.layers import Bounds, Graph, Stretch
from lineage.graph.links import fetch
from lineage.graph.then.columns import ColumnsThen
from lineage.graph.then.past import Past
from lineage.graph.veil import NO_VEIL, Column, Veil

__all__ = ["Column", "Said", "Step"]

# Every column that a definition or a lineage facet ever gave a dataset; where a line of
# lineage alone tells of it, with the column at its other end, and whether that is where
# it comes from. By the unique index of columns and the indexes above.
COLUMNS_OF = """
WITH n AS (
  SELECT id, canonical_id FROM catalog_dataset
  WHERE canonical_id = ANY(%(ids)b::bigint[])
)
SELECT n.canonical_id, c.name, NULL::bigint, '', true
FROM n JOIN catalog_column c ON c.dataset_id = n.id
UNION
SELECT n.canonical_id, v.out_field, i.canonical_id, v.in_field, true
FROM n JOIN lineage_columnsource s ON s.dataset_id = n.id
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
JOIN catalog_dataset i ON i.id = v.dataset_id
WHERE v.out_field <> ''
UNION
SELECT n.canonical_id, v.in_field, o.canonical_id, v.out_field, false
FROM n JOIN lineage_columnderivation v ON v.dataset_id = n.id
JOIN lineage_columnsource s ON s.facet_id = v.facet_id
JOIN catalog_dataset o ON o.id = s.dataset_id
UNION
SELECT n.canonical_id, x.target_field, i.canonical_id, x.source_field, true
FROM n JOIN lineage_explicitedge x ON x.target_dataset_id = n.id
LEFT JOIN catalog_dataset i ON i.id = x.source_dataset_id
WHERE x.target_field <> ''
UNION
SELECT n.canonical_id, x.source_field, o.canonical_id, x.target_field, false
FROM n JOIN lineage_explicitedge x ON x.source_dataset_id = n.id
JOIN catalog_dataset o ON o.id = x.target_dataset_id
WHERE x.source_field <> ''
"""
# The same for single columns.
KNOWN_COLUMNS = """
SELECT w.id, w.field, NULL::bigint, '', true
FROM unnest(%(ids)b::bigint[], %(fields)b::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN catalog_column c ON c.dataset_id = n.id AND c.name = w.field
UNION
SELECT w.id, w.field, i.canonical_id, v.in_field, true
FROM unnest(%(ids)b::bigint[], %(fields)b::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN lineage_columnsource s ON s.dataset_id = n.id
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
  AND left(v.out_field, 64) = left(w.field, 64) AND v.out_field = w.field
JOIN catalog_dataset i ON i.id = v.dataset_id
UNION
SELECT w.id, w.field, i.canonical_id, x.source_field, true
FROM unnest(%(ids)b::bigint[], %(fields)b::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN lineage_explicitedge x ON x.target_dataset_id = n.id AND x.target_field = w.field
LEFT JOIN catalog_dataset i ON i.id = x.source_dataset_id
UNION
SELECT w.id, w.field, o.canonical_id, v.out_field, false
FROM unnest(%(ids)b::bigint[], %(fields)b::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN lineage_columnderivation v ON v.dataset_id = n.id
  AND left(v.in_field, 64) = left(w.field, 64) AND v.in_field = w.field
JOIN lineage_columnsource s ON s.facet_id = v.facet_id
JOIN catalog_dataset o ON o.id = s.dataset_id
UNION
SELECT w.id, w.field, o.canonical_id, x.target_field, false
FROM unnest(%(ids)b::bigint[], %(fields)b::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN lineage_explicitedge x ON x.source_dataset_id = n.id AND x.source_field = w.field
JOIN catalog_dataset o ON o.id = x.target_dataset_id
"""


@dataclass(slots=True)
class ColumnWalk:
    """The columns that a walk met by their edges, and how each comes from another.

    The keys of `links` are (column, what it comes from); `manual` are those that people
    declare, beside events or alone (without transformations). `is_truncated` says that
    there is more, which was left out to stay within bounds. `at` says how far the
    columns lie, `stretches` are what is hidden on the way, `withheld` the told columns
    around each part that is hidden, and `hidden` what nobody is told; of a walk both
    ways, those of the way downstream.
    """

    columns: set[Column] = field(default_factory=set)
    links: dict[tuple[Column, Column], list[Transformation]] = field(
        default_factory=dict
    )
    manual: set[tuple[Column, Column]] = field(default_factory=set)
    is_truncated: bool = False
    at: dict[Column, int] = field(default_factory=dict)
    stretches: list[Stretch[Column]] = field(default_factory=list)
    withheld: list[frozenset[tuple[Column, bool]]] = field(default_factory=list)
    hidden: set[Column] = field(default_factory=set)


class Stream(Graph[Column, Said], Protocol):
    """Columns, one way."""

    is_downstream: bool

    def starts(self, columns: Collection[Column]) -> list[Column]:
        """The columns under the names that their datasets have in this graph."""


def stream(
    *,
    is_downstream: bool,
    veil: Veil = NO_VEIL,
    cut: Cut = NOW,
    with_manual: bool = True,
    also: More | None = None,
    passes: Callable[[Transformation], bool] | None = None,
) -> Stream:
    """The graph of columns one way, for `layers.walk`.

    `also` gives more steps; what events say goes along only if it `passes`.
    """
    kind: Any = ColumnsNow if cut.is_now else ColumnsThen
    asked: tuple[Any, ...] = (veil,) if cut.is_now else (Past(cut), veil)
    made: Stream = kind(
        *asked, is_downstream=is_downstream, with_manual=with_manual, also=also,
        passes=passes,
    )  # fmt: skip
    return made


def walk(
    start: Collection[Column],
    *,
    max_hops: int,
    max_columns: int,
    is_upstream: bool = True,
    is_downstream: bool = False,
    cut: Cut = NOW,
    with_manual: bool = True,
    also: More | None = None,
    veil: Veil = NO_VEIL,
) -> ColumnWalk:
    """Walk from columns to what they come from, or to what comes from them, or both.

    A hop is one edge; each direction has `max_hops` of its own. `also` gives more
    steps downstream.
    """
    answer = ColumnWalk()
    ways: dict[str, Any] = {"veil": veil, "cut": cut, "with_manual": with_manual}
    if is_upstream:
        graph = stream(is_downstream=False, **ways)
        _go(answer, graph, start, max_hops, max_columns)
    if is_downstream:
        graph = stream(is_downstream=True, also=also, **ways)
        _go(answer, graph, start, max_hops, max_columns)
    return answer


def of_whole(
    datasets: Iterable[int],
    *,
    max_columns: int,
    cut: Cut = NOW,
    with_manual: bool = True,
    veil: Veil = NO_VEIL,
) -> ColumnWalk:
    """The columns that datasets depend on as a whole: links of columns with no name."""
    answer = ColumnWalk()
    graph = stream(is_downstream=False, veil=veil, cut=cut, with_manual=with_manual)
    start = {Column(dataset, "") for dataset in datasets}
    _go(answer, graph, start, 1, max_columns)
    return answer


def columns_of(datasets: Collection[int], *, veil: Veil = NO_VEIL) -> set[Column]:
    """Every column that canonical datasets are known to have, or to have had."""
    return _told(fetch(COLUMNS_OF, {"ids": list(datasets)}), veil)


def known(columns: Collection[Column], *, veil: Veil = NO_VEIL) -> set[Column]:
    """Those of the columns that there are, or ever were."""
    return _told(fetch(KNOWN_COLUMNS, frontier_of(columns)), veil)


def _told(rows: Collection[tuple[Any, ...]], veil: Veil) -> set[Column]:
    """The columns of (column, the other end, whether it comes from that) that are told.

    Where walks pass, one is told that comes from something hidden: they lead to it.
    """
    others = {Column(*other) for _, _, *other, _ in rows if other[0] is not None}
    hidden = veil.hidden_columns(others)
    found = {
        Column(dataset, name)
        for dataset, name, *other, comes_from_it in rows
        if Column(*other) not in hidden or (comes_from_it and veil.passes)
    }
    return found - veil.denied_columns(found)


def _go(
    answer: ColumnWalk,
    graph: Stream,
    start: Collection[Column],
    max_hops: int,
    max_columns: int,
) -> None:
    room = max(max_columns - len(answer.columns), 0)
    bounds = Bounds(max_hops, room, looks_on=False)
    found = layers.walk(graph.starts(start), graph, bounds)
    answer.is_truncated |= found.is_truncated
    answer.columns.update(column for column, hops in found.at.items() if hops)
    if graph.veil.passes:
        answer.columns.update(column for ends in found.edges for column, _ in ends)
    for step in found.links:
        near, far = step.before, step.node
        ends = (far, near) if graph.is_downstream else (near, far)
        answer.columns.update(ends)
        ways = answer.links.setdefault(ends, [])
        way, is_manual = step.what
        if graph.veil.is_unsaid(way.description):
            way = way._replace(description="")
        if is_manual:
            answer.manual.add(ends)
        elif way not in ways:
            ways.append(way)
    answer.at, answer.stretches = found.at, found.stretches
    answer.withheld, answer.hidden = found.edges, found.hidden
