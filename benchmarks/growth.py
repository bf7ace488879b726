"""Does it stay as fast when much is stored, and how much room does an event take?

`python -m benchmarks.growth` fills one installation by the import of files and puts the
same load on it at each size.
"""

import sys
from typing import Final

from benchmarks.ingest import import_events
from benchmarks.measuring import Clock, Shape, measure_visible
from benchmarks.options import Options, read_options
from benchmarks.report import Table, keep, machine
from benchmarks.server import Headwater, headwater

SHAPE: Final = Shape(connections=32)
PART: Final = 100_000  # events imported at once: their files lie beside the database
COLUMNS: Final = (
    *("stored events", "events/s", "of first", "p99 ms", "CPU ms"),
    "bytes an event",
)

STORED: Final = "SELECT count(*) FROM lineage_event"
# Every table of ours with its indexes and its large values.
BYTES: Final = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r'
"""
BIGGEST: Final = """
SELECT c.relname, pg_total_relation_size(c.oid), pg_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 2 DESC LIMIT 12
"""


def measure(options: Options) -> list[Table]:
    """Measure at each size; the room is that of the events since the size before."""
    speeds = Table("Growth: the same load as more is stored", COLUMNS)
    with headwater(options.place) as server:
        token, clock = server.token("producer"), Clock(options.seconds)
        first_rate = 0.0
        before = (0, room(server))
        for size in options.stored_events:
            fill(server, clock, size)
            stored, room_now = stored_events(server), room(server)
            per_event = (room_now - before[1]) / (stored - before[0])
            before = (stored, room_now)
            measured = measure_visible(server, token, SHAPE, clock)
            first_rate = first_rate or measured.rate
            speeds.add(
                stored,
                measured.rate,
                f"{measured.rate / first_rate:.0%}",
                measured.tally.p99_ms,
                measured.web_ms + measured.database_ms,
                per_event,
            )
        return [speeds, tables(server)]


def fill(server: Headwater, clock: Clock, size: int) -> None:
    """Import events until so many are stored."""
    while (missing := size - stored_events(server)) > 0:
        import_events(server, clock, min(missing, PART))


def stored_events(server: Headwater) -> int:
    """How many events there are."""
    [(count,)] = server.query(STORED)
    return int(count)


def room(server: Headwater) -> int:
    """The bytes of all tables and indexes, once what is dead is swept up."""
    server.execute("VACUUM ANALYZE", "CHECKPOINT")
    [(size,)] = server.query(BYTES)
    return int(size)


def tables(server: Headwater) -> Table:
    """What takes the room."""
    table = Table(
        "Growth: bytes an event, by table", ("table", "in all", "of that indexes")
    )
    count = stored_events(server)
    for name, whole, heap in server.query(BIGGEST):
        table.add(name, whole / count, (whole - heap) / count)
    return table


def main(options: Options) -> None:
    """Measure, print, and keep the numbers."""
    measured = measure(options)
    print(*(table.text() for table in measured), sep="\n")
    if options.keeps:
        keep("growth", measured, machine())


if __name__ == "__main__":
    main(read_options(__doc__, sys.argv[1:]))
