"""What does the same server do that only stores bytes, and one that does nothing?"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.measuring import Clock, Lost, Measured, Shape, measure
from benchmarks.server import Headwater, free_port, running

# What benchmarks.limit writes: as the tables of events, and indexed like them.
TABLES: Final = (
    "CREATE SCHEMA benchmark",
    "CREATE TABLE benchmark.event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " digest bytea NOT NULL UNIQUE, recorded_at timestamptz NOT NULL)",
    "CREATE TABLE benchmark.rawevent (LIKE lineage_rawevent_default INCLUDING ALL)",
    "GRANT USAGE ON SCHEMA benchmark TO PUBLIC",
    "GRANT ALL ON ALL TABLES IN SCHEMA benchmark TO PUBLIC",
)
DROP: Final = "DROP SCHEMA benchmark CASCADE"
STORED: Final = """
SELECT count(*) FROM benchmark.event e JOIN benchmark.rawevent r ON r.event_id = e.id
"""


def measure_nothing(server: Headwater, token: str, seconds: float) -> Measured:
    """The load at 32 connections on a server that answers 201 to everything."""
    with limit(server, "nothing") as url:
        return measure(server, token, Shape(32), Clock(seconds), url)


def measure_raw(
    server: Headwater, token: str, seconds: float, connections: tuple[int, ...]
) -> dict[int, Measured]:
    """The loads on a server that only stores, by the number of connections.

    Raises Lost if it acknowledged what it did not store.
    """
    server.execute(*TABLES)
    clock = Clock(seconds)
    with limit(server, "application") as url:
        raw = {
            count: measure(server, token, Shape(count), clock, url)
            for count in connections
        }
    acknowledged = sum(each.tally.acknowledged_events for each in raw.values())
    [(stored,)] = server.query(STORED)
    server.execute(DROP)
    if stored < acknowledged:
        raise Lost(f"Of {acknowledged} acknowledged bodies {stored} are stored.")
    return raw


@contextmanager
def limit(server: Headwater, target: str) -> Iterator[str]:
    """Serve benchmarks.limit beside the installation, on the same database."""
    port = free_port()
    environment = server.environment | {
        "PORT": str(port),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    command = [sys.executable, "-m", "benchmarks.limit", target]
    url = f"http://127.0.0.1:{port}"
    with running(command, environment, url, server.home.parent / "limit.log"):
        yield url
