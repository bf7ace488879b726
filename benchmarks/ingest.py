"""How many events a second are acknowledged and visible, and how soon?

`python -m benchmarks.ingest` measures the HTTP door, batches, schemas that were never
seen and the import of files, beside the same server that only stores the bytes.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.load import Tally
from benchmarks.measuring import Clock, Shape, expect_visible, measure_headwater
from benchmarks.options import Options, read_options
from benchmarks.raw import measure_nothing, measure_raw
from benchmarks.report import Table, keep, machine
from benchmarks.server import Headwater, fdatasync_seconds, headwater
from benchmarks.workload import Workload

CONNECTIONS: Final = (1, 8, 32, 64)
BATCHES: Final = Shape(connections=4, batch=100)
NEW_SCHEMAS: Final = Shape(connections=32, has_new_schemas=True)
FILE_EVENTS: Final = 10_000
COLUMNS: Final = ("", "events/s", "of raw", "p50 ms", "p95 ms", "p99 ms", "visible ms")


def measure(options: Options) -> Table:
    """Measure everything, on one installation that begins empty."""
    table = Table("Ingestion: acknowledged and visible", COLUMNS)
    with headwater(options.place) as server:
        token = server.token("producer")
        nothing = measure_nothing(server, token, options.seconds)
        table.add("a server that does nothing, 32 connections", *cells(nothing))
        raw = measure_raw(server, token, options.seconds, CONNECTIONS)
        for connections, tally in raw.items():
            table.add(f"only the raw bytes, {named(connections)}", *cells(tally))
        clock = Clock(options.seconds)
        for connections in CONNECTIONS:
            tally, visible = measure_headwater(server, token, Shape(connections), clock)
            share = tally.events_per_second / raw[connections].events_per_second
            table.add(f"HTTP, {named(connections)}", *cells(tally, share, visible))
        for name, shape in (
            ("HTTP, batches of 100, 4 connections", BATCHES),
            ("HTTP, never-seen schemas, 32 connections", NEW_SCHEMAS),
        ):
            tally, visible = measure_headwater(server, token, shape, clock)
            table.add(name, *cells(tally, None, visible))
        events = options.imported_events
        rate = events / import_events(server, clock, events)
        table.add(f"import of files, {events:,} events", rate, *[""] * 5)
        sync = fdatasync_seconds(server.home.parent) * 1000
        table.add("for comparison: one fdatasync", "", "", sync, *[""] * 3)
    return table


def named(connections: int) -> str:
    """How many connections, in words."""
    return "1 connection" if connections == 1 else f"{connections} connections"


def cells(
    tally: Tally, share: float | None = None, visible_seconds: float | None = None
) -> tuple[object, ...]:
    """A tally as cells of the table."""
    return (
        tally.events_per_second,
        "" if share is None else f"{share:.0%}",
        tally.p50_ms,
        tally.p95_ms,
        tally.p99_ms,
        "" if visible_seconds is None else visible_seconds * 1000,
    )


def import_events(server: Headwater, clock: Clock, events: int) -> float:
    """Import the next events from files by `manage.py ingest`; return the seconds.

    Raises Lost if one of them is not there afterwards.
    """
    workload, first = Workload(), clock.next_event
    with tempfile.TemporaryDirectory(dir=server.home.parent) as folder:
        for start in range(0, events, FILE_EVENTS):
            numbers = range(first + start, first + min(start + FILE_EVENTS, events))
            with (Path(folder) / f"{start:09}.ndjson").open("wb") as file:
                file.writelines(workload.event(number) + b"\n" for number in numbers)
        begins = time.perf_counter()
        server.manage("ingest", folder)
        seconds = time.perf_counter() - begins
    clock.next_event = first + events
    expect_visible(server, workload, list(range(first, first + events)))
    return seconds


def main(options: Options) -> None:
    """Measure, print, and keep the numbers."""
    table = measure(options)
    print(table.text())
    if options.keeps:
        keep("ingest", [table], machine())


if __name__ == "__main__":
    main(read_options(__doc__, sys.argv[1:]))
