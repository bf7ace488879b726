"""How are many rows sent to PostgreSQL in one statement?"""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg

Cursor = psycopg.Cursor[tuple[Any, ...]]


def fetch(
    cursor: Cursor, sql: LiteralString, *parameters: object
) -> list[tuple[Any, ...]]:
    """Run one query and return all of its rows."""
    cursor.execute(sql, parameters)
    return cursor.fetchall()


def transpose(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Turn rows into columns, for `unnest` of one array a column."""
    return [list(column) for column in zip(*rows, strict=True)] or [
        [] for _ in range(width)
    ]


def array(ids: Iterable[int] | None) -> str | None:
    """Spell a bigint[] as text: arrays of arrays of unequal length have no other way."""
    return None if ids is None else "{" + ",".join(map(str, ids)) + "}"


def copy(
    cursor: Cursor,
    statement: LiteralString,
    types: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Stream rows into a table with binary COPY."""
    with cursor.copy(statement) as sink:
        sink.set_types(types)
        for row in rows:
            sink.write_row(row)
