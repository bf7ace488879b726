"""Which columns does a column come from, hop by hop, and which come from it?

What several writers say is united, and with it what people declare. A `lineage` facet
in force is the whole truth about the dataset that it names, as far as its own job goes:
that job's columnLineage of it is passed over. Dependencies of a dataset as a whole are
no part of a walk; `of_whole` tells them, so that they are not multiplied out over its
columns.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString

from django.db import connection

from lineage.column_sources import Transformation
from lineage.graph import layers
from lineage.graph.layers import Bounds, Link, Stretch
from lineage.graph.links import IN_FORCE
from lineage.graph.veil import NO_VEIL, Column, Veil

__all__ = ["Column"]

# The frontier, and the raw names of its datasets; by the index of canonical_id.
FRONTIER = """
f AS (
  SELECT w.id, w.field, d.id AS name
  FROM unnest(%(ids)s::bigint[], %(fields)s::text[]) AS w(id, field)
  JOIN catalog_dataset d ON d.canonical_id = w.id
),
n AS (
  SELECT d.id FROM catalog_dataset d WHERE d.canonical_id = ANY(%(ids)s::bigint[])
)
"""
# What is said of these names now: `x` by lineage facets, `s` by columnLineage. By the
# indexes of the datasets that explicit edges lead to and that column sources are of.
SAID_NOW = """
x AS (
  SELECT x.* FROM n
  JOIN lineage_explicitedge x ON x.target_dataset_id = n.id AND x.is_effective
),
s AS (
  SELECT s.job_id, s.dataset_id, s.facet_id
  FROM n JOIN lineage_columnsource s ON s.dataset_id = n.id AND s.is_effective
)
"""
# What had been said of these names before an instant: of each job the facet that it had
# shown last, by a run that was to complete if there was one; with those of the run's
# siblings. By the same indexes, and the primary keys of event and run.
SAID_BEFORE = """
x AS (
  SELECT * FROM (
    SELECT x.*, r.parent_id, c.counts,
      rank() OVER latest AS place, first_value(r.parent_id) OVER latest AS parent
    FROM n JOIN lineage_explicitedge x ON x.target_dataset_id = n.id
    JOIN lineage_event e ON e.id = CASE
      WHEN x.last_at < %(before)s THEN x.last_event ELSE x.first_event END
    LEFT JOIN lineage_run r ON r.id = e.run_id
    CROSS JOIN LATERAL (
      SELECT r.id IS NULL OR r.state = 2 OR r.is_streaming AS counts
    ) AS c
    WHERE x.first_at < %(before)s
    WINDOW latest AS (
      PARTITION BY x.job_id, x.target_dataset_id
      ORDER BY c.counts DESC, e.event_time DESC, e.digest DESC
    )
  ) AS ranked WHERE place = 1 OR (counts AND parent_id = parent)
),
s AS (
  SELECT job_id, dataset_id, facet_id FROM (
    SELECT s.job_id, s.dataset_id, s.facet_id, r.parent_id, c.counts,
      row_number() OVER latest AS place, first_value(r.parent_id) OVER latest AS parent
    FROM n JOIN lineage_columnsource s ON s.dataset_id = n.id
    JOIN lineage_event e ON e.id = CASE
      WHEN s.last_at < %(before)s THEN s.last_event ELSE s.first_event END
    LEFT JOIN lineage_run r ON r.id = e.run_id
    CROSS JOIN LATERAL (
      SELECT r.id IS NULL OR r.state = 2 OR r.is_streaming AS counts
    ) AS c
    WHERE s.first_at < %(before)s
    WINDOW latest AS (
      PARTITION BY s.job_id, s.dataset_id
      ORDER BY c.counts DESC, e.event_time DESC, e.digest DESC
    )
  ) AS ranked WHERE place = 1 OR (counts AND parent_id = parent)
)
"""
# By the index of derivations over (facet, start of out_field).
UPSTREAM = """
SELECT f.id, f.field, i.canonical_id, v.in_field,
  v.type, v.subtype, v.description, v.masking, false
FROM f
JOIN s ON s.dataset_id = f.name
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
  AND left(v.out_field, 64) = left(f.field, 64) AND v.out_field = f.field
JOIN catalog_dataset i ON i.id = v.dataset_id
WHERE NOT EXISTS (
  SELECT FROM x
  WHERE x.target_dataset_id = s.dataset_id AND coalesce(x.job_id, 0) = s.job_id
)
UNION ALL
SELECT f.id, f.field, i.canonical_id, x.source_field,
  x.type, x.subtype, x.description, x.masking, false
FROM f
JOIN x ON x.target_dataset_id = f.name AND x.target_field = f.field
JOIN catalog_dataset i ON i.id = x.source_dataset_id
WHERE x.source_field <> ''
"""
# By the indexes of derivations over (dataset, start of in_field), of the column sources
# in force by facet, and of the datasets that explicit edges come from and lead to.
DOWNSTREAM = """
SELECT o.canonical_id, v.out_field, f.id, f.field,
  v.type, v.subtype, v.description, v.masking, false
FROM f
JOIN lineage_columnderivation v ON v.dataset_id = f.name
  AND left(v.in_field, 64) = left(f.field, 64) AND v.in_field = f.field
JOIN lineage_columnsource s ON s.facet_id = v.facet_id AND s.is_effective
JOIN catalog_dataset o ON o.id = s.dataset_id
WHERE v.out_field <> '' AND NOT EXISTS (
  SELECT FROM lineage_explicitedge x
  WHERE x.target_dataset_id = s.dataset_id AND coalesce(x.job_id, 0) = s.job_id
    AND x.is_effective
)
UNION ALL
SELECT o.canonical_id, x.target_field, f.id, f.field,
  x.type, x.subtype, x.description, x.masking, false
FROM f
JOIN lineage_explicitedge x ON x.source_dataset_id = f.name AND x.source_field = f.field
JOIN catalog_dataset o ON o.id = x.target_dataset_id
WHERE x.target_field <> '' AND x.is_effective
"""
# What people declare now; they say nothing of event time. By the partial indexes of
# manual edges.
UPSTREAM_MANUAL: LiteralString = f"""
UNION ALL
SELECT f.id, f.field, i.canonical_id, m.source_field, '', '', '', NULL, true
FROM f
JOIN lineage_manualedge m
  ON m.target_dataset_id = f.name AND m.target_field = f.field AND {IN_FORCE}
JOIN catalog_dataset i ON i.id = m.source_dataset_id
WHERE m.source_field <> ''
"""
DOWNSTREAM_MANUAL: LiteralString = f"""
UNION ALL
SELECT o.canonical_id, m.target_field, f.id, f.field, '', '', '', NULL, true
FROM f
JOIN lineage_manualedge m
  ON m.source_dataset_id = f.name AND m.source_field = f.field AND {IN_FORCE}
JOIN catalog_dataset o ON o.id = m.target_dataset_id
WHERE m.target_field <> ''
"""
ORDERED: LiteralString = "ORDER BY 1, 2, 3, 4 LIMIT %(limit)s"
UPSTREAM_NOW: LiteralString = (
    f"WITH {FRONTIER}, {SAID_NOW} {UPSTREAM} {UPSTREAM_MANUAL} {ORDERED}"
)
UPSTREAM_BEFORE: LiteralString = f"WITH {FRONTIER}, {SAID_BEFORE} {UPSTREAM} {ORDERED}"
DOWNSTREAM_NOW: LiteralString = (
    f"WITH {FRONTIER} {DOWNSTREAM} {DOWNSTREAM_MANUAL} {ORDERED}"
)

# Every column that a definition or a lineage facet ever gave a dataset; where a line of
# lineage alone tells of it, with the column at its other end, and whether that is where
# it comes from. By the unique index of columns and the indexes above.
COLUMNS_OF = """
WITH n AS (
  SELECT id, canonical_id FROM catalog_dataset
  WHERE canonical_id = ANY(%(ids)s::bigint[])
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
FROM unnest(%(ids)s::bigint[], %(fields)s::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN catalog_column c ON c.dataset_id = n.id AND c.name = w.field
UNION
SELECT w.id, w.field, i.canonical_id, v.in_field, true
FROM unnest(%(ids)s::bigint[], %(fields)s::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN lineage_columnsource s ON s.dataset_id = n.id
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
  AND left(v.out_field, 64) = left(w.field, 64) AND v.out_field = w.field
JOIN catalog_dataset i ON i.id = v.dataset_id
UNION
SELECT w.id, w.field, i.canonical_id, x.source_field, true
FROM unnest(%(ids)s::bigint[], %(fields)s::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN lineage_explicitedge x ON x.target_dataset_id = n.id AND x.target_field = w.field
LEFT JOIN catalog_dataset i ON i.id = x.source_dataset_id
UNION
SELECT w.id, w.field, o.canonical_id, v.out_field, false
FROM unnest(%(ids)s::bigint[], %(fields)s::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN lineage_columnderivation v ON v.dataset_id = n.id
  AND left(v.in_field, 64) = left(w.field, 64) AND v.in_field = w.field
JOIN lineage_columnsource s ON s.facet_id = v.facet_id
JOIN catalog_dataset o ON o.id = s.dataset_id
UNION
SELECT w.id, w.field, o.canonical_id, x.target_field, false
FROM unnest(%(ids)s::bigint[], %(fields)s::text[]) AS w(id, field)
JOIN catalog_dataset n ON n.canonical_id = w.id
JOIN lineage_explicitedge x ON x.source_dataset_id = n.id AND x.source_field = w.field
JOIN catalog_dataset o ON o.id = x.target_dataset_id
"""


type Said = tuple[Transformation, bool]  # how, and whether people alone say so
type Step = Link[Column, Said]
type More = Callable[[Collection[Column], int], list[Step]]


@dataclass(slots=True)
class ColumnWalk:
    """The columns that a walk met by their edges, and how each comes from another.

    The keys of `links` are (column, what it comes from); `manual` are those that people
    declare, beside events or alone (without transformations). `is_truncated` says that
    there is more, which was left out to stay within bounds. Of a walk downstream, `at`
    says how far the columns lie, `stretches` are what is hidden on the way, `withheld`
    the told columns around each part that is hidden, and `hidden` what nobody is told.
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


@dataclass(frozen=True, slots=True)
class _Stream:
    """Columns, one way."""

    sql: LiteralString
    is_downstream: bool
    veil: Veil
    before: datetime | None = None
    also: More | None = None

    def links(self, frontier: list[Column], limit: int) -> list[Step]:
        asked = _frontier(frontier) | {"before": self.before, "limit": limit}
        found = []
        for output, out_field, source, in_field, *how, is_manual in fetch(
            self.sql, asked
        ):
            ends = Column(source, in_field), Column(output, out_field)
            near, far = ends if self.is_downstream else reversed(ends)
            found.append(Link(near, far, (Transformation(*how), is_manual)))
        return found + (self.also(frontier, limit) if self.also else [])

    def hidden(self, nodes: Collection[Column]) -> set[Column]:
        return self.veil.hidden_columns(nodes)

    def is_long(self, link: Step) -> bool:
        return False

    def is_last(self, node: Column) -> bool:
        return True


def walk(
    start: Collection[Column],
    *,
    max_hops: int,
    max_columns: int,
    is_upstream: bool = True,
    is_downstream: bool = False,
    before: datetime | None = None,
    also: More | None = None,
    veil: Veil = NO_VEIL,
) -> ColumnWalk:
    """Walk from columns to what they come from, or to what comes from them, or both.

    A hop is one edge; each direction has `max_hops` of its own. With `before`, by what
    had been said until then (exclusive, event time): upstream only. `also` gives more
    steps downstream.
    """
    answer = ColumnWalk()
    sql = UPSTREAM_NOW if before is None else UPSTREAM_BEFORE
    if is_upstream:
        stream = _Stream(sql, False, veil, before)
        _go(answer, stream, start, max_hops, max_columns)
    if is_downstream:
        assert before is None
        stream = _Stream(DOWNSTREAM_NOW, True, veil, also=also)
        _go(answer, stream, start, max_hops, max_columns)
    return answer


def of_whole(
    datasets: Iterable[int],
    *,
    max_columns: int,
    before: datetime | None = None,
    veil: Veil = NO_VEIL,
) -> ColumnWalk:
    """The columns that datasets depend on as a whole: links of columns with no name."""
    answer = ColumnWalk()
    sql = UPSTREAM_NOW if before is None else UPSTREAM_BEFORE
    start = {Column(dataset, "") for dataset in datasets}
    _go(answer, _Stream(sql, False, veil, before), start, 1, max_columns)
    return answer


def columns_of(datasets: Collection[int], *, veil: Veil = NO_VEIL) -> set[Column]:
    """Every column that canonical datasets are known to have, or to have had."""
    return _told(fetch(COLUMNS_OF, {"ids": list(datasets)}), veil)


def known(columns: Collection[Column], *, veil: Veil = NO_VEIL) -> set[Column]:
    """Those of the columns that there are, or ever were."""
    return _told(fetch(KNOWN_COLUMNS, _frontier(columns)), veil)


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
    stream: _Stream,
    start: Collection[Column],
    max_hops: int,
    max_columns: int,
) -> None:
    room = max(max_columns - len(answer.columns), 0)
    bounds = Bounds(max_hops, room, looks_on=False)
    found = layers.walk(start, stream, bounds)
    answer.is_truncated |= found.is_truncated
    answer.columns.update(column for column, hops in found.at.items() if hops)
    if stream.veil.passes:
        answer.columns.update(column for ends in found.edges for column, _ in ends)
    for step in found.links:
        near, far = step.before, step.node
        ends = (far, near) if stream.is_downstream else (near, far)
        answer.columns.update(ends)
        ways = answer.links.setdefault(ends, [])
        way, is_manual = step.what
        if stream.veil.is_unsaid(way.description):
            way = way._replace(description="")
        if is_manual:
            answer.manual.add(ends)
        elif way not in ways:
            ways.append(way)
    if stream.is_downstream:
        answer.at, answer.stretches = found.at, found.stretches
        answer.withheld, answer.hidden = found.edges, found.hidden


def _frontier(columns: Collection[Column]) -> dict[str, Any]:
    ordered = sorted(columns)
    return {
        "ids": [column.dataset for column in ordered],
        "fields": [column.field for column in ordered],
    }


def fetch(sql: LiteralString, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Ask about columns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
