"""How many events a second are acknowledged and visible, and how soon?

`python -m benchmarks.ingest` measures the HTTP door, batches, schemas that were never
seen and the import of files, beside the same server that only stores the bytes.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.measuring import (
    Clock,
    Measured,
    Shape,
    expect_visible,
    measure_visible,
)
from benchmarks.options import Options, read_options
from benchmarks.raw import measure_nothing, measure_raw
from benchmarks.report import Table, keep, machine
from benchmarks.server import Headwater, fdatasync_seconds, headwater
from benchmarks.workload import Workload

CONNECTIONS: Final = (1, 8, 32, 64)
BATCHES: Final = Shape(connections=4, batch=100)
NEW_SCHEMAS: Final = Shape(connections=32, has_new_schemas=True)
FILE_EVENTS: Final = 10_000
COLUMNS: Final = (
    *("", "events/s", "of raw", "p50 ms", "p95 ms", "p99 ms", "visible ms"),
    *("web CPU ms", "database CPU ms"),
)


def measure(options: Options) -> Table:
    """Measure everything, on one installation that begins empty."""
    table = Table("Ingestion: acknowledged and visible", COLUMNS)
    with headwater(options.place) as server:
        token = server.token("producer")
        nothing = measure_nothing(server, token, options.seconds)
        table.add("a server that does nothing, 32 connections", *cells(nothing))
        raw = measure_raw(server, token, options.seconds, CONNECTIONS)
        for connections, measured in raw.items():
            table.add(f"only the raw bytes, {named(connections)}", *cells(measured))
        clock = Clock(options.seconds)
        for connections in CONNECTIONS:
            measured = measure_visible(server, token, Shape(connections), clock)
            share = measured.rate / raw[connections].rate
            table.add(f"HTTP, {named(connections)}", *cells(measured, share))
        measured = measure_visible(server, token, BATCHES, clock)
        table.add("HTTP, batches of 100, 4 connections", *cells(measured))
        measured = measure_visible(server, token, NEW_SCHEMAS, clock)
        table.add("HTTP, never-seen schemas, 32 connections", *cells(measured))
        events = options.imported_events
        rate = events / import_events(server, clock, events)
        table.add(f"import of files, {events:,} events", rate, *[""] * 7)
        sync = fdatasync_seconds(server.home.parent) * 1000
        table.add("for comparison: one fdatasync", "", "", sync, *[""] * 5)
    return table


def named(connections: int) -> str:
    """How many connections, in words."""
    return "1 connection" if connections == 1 else f"{connections} connections"


def cells(measured: Measured, share: float | None = None) -> tuple[object, ...]:
    """A load as cells of the table; processor times are per event."""
    tally, visible = measured.tally, measured.visible_ms
    return (
        measured.rate,
        "" if share is None else f"{share:.0%}",
        *(tally.p50_ms, tally.p95_ms, tally.p99_ms),
        "" if visible is None else visible,
        *(measured.web_ms, measured.database_ms),
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
