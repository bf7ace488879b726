"""How are the states of columns kept, and what of them changed?"""

from collections.abc import Collection, Iterable
from itertools import batched
from typing import Any

from django.db import connection

from lineage.classification.spreading import Mark, Marks, States
from lineage.graph.links import fetch
from lineage.graph.veil import Column

AT_ONCE = 10_000

# By the unique index column_tag_once, over its dataset.
LOAD = """
SELECT c.dataset_id, c."column", c.tag_id, c.is_suggested, c.hops
FROM (
  SELECT DISTINCT dataset, field
  FROM unnest(%(ids)b::bigint[], %(fields)b::text[]) AS w(dataset, field)
) AS w
JOIN catalog_columntag c ON c.dataset_id = w.dataset AND c."column" = w.field
"""
LOAD_ALL = """
SELECT dataset_id, "column", tag_id, is_suggested, hops FROM catalog_columntag
"""
KEPT_OF = """
SELECT DISTINCT dataset_id, "column" FROM catalog_columntag
WHERE dataset_id = ANY(%(ids)b::bigint[])
"""
# By the unique index.
SAVE = """
INSERT INTO catalog_columntag (dataset_id, "column", tag_id, is_suggested, hops, since)
SELECT w.*, statement_timestamp()
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::boolean[], %s::int[]) AS w
ON CONFLICT (dataset_id, tag_id, md5("column")) DO UPDATE
SET is_suggested = excluded.is_suggested, hops = excluded.hops,
  since = excluded.since
"""
FORGET = """
DELETE FROM catalog_columntag c
USING unnest(%s::bigint[], %s::text[], %s::bigint[]) AS w(dataset, field, tag)
WHERE c.dataset_id = w.dataset AND c.tag_id = w.tag AND md5(c."column") = md5(w.field)
  AND c."column" = w.field
"""

type Row = tuple[Column, int, Mark]


def load(columns: Collection[Column]) -> States:
    """What is kept of columns; those of which nothing is are left out."""
    ordered = sorted(columns)
    asked = {
        "ids": [one.dataset for one in ordered],
        "fields": [one.field for one in ordered],
    }
    return _states(fetch(LOAD, asked)) if ordered else {}


def load_all() -> States:
    """Everything that is kept."""
    return _states(fetch(LOAD_ALL, {}))


def kept_of(datasets: Collection[int]) -> set[Column]:
    """The columns of datasets of which something is kept; "" for the wholes."""
    return {Column(*row) for row in fetch(KEPT_OF, {"ids": list(datasets)})}


def save(before: States, after: States) -> int:
    """Keep what is so now, of the columns of either; how many rows changed."""
    new: list[Row] = []
    gone: list[Row] = []
    for column in sorted({*before, *after}):
        was: Marks = before.get(column, {})
        now: Marks = after.get(column, {})
        new += [(column, t, m) for t, m in now.items() if was.get(t) != m]
        gone += [(column, t, m) for t, m in was.items() if t not in now]
    _write(FORGET, gone, with_marks=False)
    _write(SAVE, new, with_marks=True)
    return len(new) + len(gone)


def _write(sql: str, rows: Iterable[Row], *, with_marks: bool) -> None:
    with connection.cursor() as cursor:
        for part in batched(rows, AT_ONCE):
            told: list[Any] = [
                [one.dataset for one, _, _ in part],
                [one.field for one, _, _ in part],
                [tag for _, tag, _ in part],
            ]
            if with_marks:
                told.append([mark.is_suggested for _, _, mark in part])
                told.append([mark.hops for _, _, mark in part])
            cursor.execute(sql, told)


def _states(rows: Iterable[tuple[int, str, int, bool, int]]) -> States:
    found: States = {}
    for dataset, field, tag, is_suggested, hops in rows:
        marks = found.setdefault(Column(dataset, field), {})
        marks[tag] = Mark(is_suggested, hops)
    return found
