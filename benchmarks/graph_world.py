"""How does a large graph with its history come into a catalog within minutes?

By COPY into the very tables that the projection writes, with what it would have written
had it been sent the same events: a small world of both kinds has one digest, as a test
shows. The bodies of the events are not stored, for no question of lineage reads them.
"""

import sys
import time
from collections.abc import Iterable
from itertools import batched

import psycopg

from benchmarks.graph_events import Story
from benchmarks.graph_folds import Folds
from benchmarks.graph_shape import Shape

LINES_AT_ONCE = 5_000
# Whatever of these is not unique is made after the rows.
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique
"""
# The next id of each table that counts them.
SEQUENCES = """
SELECT c.relname, a.attname, pg_get_serial_sequence(c.relname, a.attname)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.oid = ANY(%s::regclass[]) AND a.attname = 'id'
  AND pg_get_serial_sequence(c.relname, a.attname) IS NOT NULL
"""


def fill(connection: psycopg.Connection, shape: Shape) -> None:
    """Write a world into an empty catalog, as a superuser; what is there is kept."""
    told = Folds(Story(shape)).tables
    tables = [into.split(" ")[0] for into in told]
    # No triggers, and no checks of what is written just now.
    connection.execute("SET session_replication_role = replica")
    indexes = connection.execute(INDEXES, [tables]).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    for into, rows in told.items():
        begins = time.perf_counter()
        copy(connection, into, rows())
        took = time.perf_counter() - begins
        print(f"{into.split(' ')[0]}: {took:,.1f} s", file=sys.stderr)
    connection.execute("SET session_replication_role = DEFAULT")
    connection.execute("SET maintenance_work_mem = '1GB'")
    for _, definition in indexes:
        connection.execute(definition.encode())
    for table, column, sequence in connection.execute(SEQUENCES, [tables]).fetchall():
        connection.execute(
            f"SELECT setval('{sequence}', coalesce(max({column}), 1)) "
            f"FROM {table}".encode()
        )


def copy(connection: psycopg.Connection, into: str, lines: Iterable[str]) -> None:
    """Write lines of COPY's text format."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {into} FROM STDIN".encode()) as out,
    ):
        for some in batched(lines, LINES_AT_ONCE):
            out.write("\n".join(some) + "\n")
