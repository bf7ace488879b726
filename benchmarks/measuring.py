"""How is a load put on a server, and what it acknowledged looked for afterwards?"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice

from benchmarks.load import Tally
from benchmarks.processor import usage
from benchmarks.server import ROOT, Headwater
from benchmarks.workload import SCHEDULER, Workload, job_name, position, run_name

VISIBLE_SECONDS = 30.0
LOOKED_UP_AT_ONCE = 10_000

# By the unique index on digest.
STORED = """
SELECT count(*) FROM lineage_event e
WHERE e.digest = ANY(%s::bytea[]) AND e.status = 0 AND EXISTS (
  SELECT FROM lineage_rawevent r
  WHERE r.event_id = e.id AND r.recorded_at = e.recorded_at)
"""
# By the unique indexes of jobs' names and of (run, job).
COMPLETED = """
SELECT count(*) FROM unnest(%s::text[], %s::uuid[]) AS w(name, run_id)
JOIN catalog_namespace n ON n.name = %s
JOIN catalog_job j ON j.namespace_id = n.id AND j.name = w.name
JOIN lineage_run r ON r.job_id = j.id AND r.run_id = w.run_id AND r.state = 2
"""


class Lost(Exception):
    """An acknowledged event is not there, or not visible."""


@dataclass(frozen=True)
class Shape:
    """How the load comes: so many connections, so many events a request."""

    connections: int
    batch: int = 0
    has_new_schemas: bool = False


@dataclass
class Clock:
    """Where the next load begins in the stream of events, and how long each lasts."""

    seconds: float
    warm_up: float = 2.0
    next_event: int = 0


@dataclass(frozen=True)
class Measured:
    """What came of a load, and what it cost."""

    tally: Tally
    web_ms: float  # processor time of the web server per event
    database_ms: float  # and of PostgreSQL
    visible_ms: float | None = None  # from the last answer until all was seen

    @property
    def rate(self) -> float:
        """Acknowledged events a second."""
        return self.tally.events_per_second


def measure(
    server: Headwater, token: str, shape: Shape, clock: Clock, url: str = ""
) -> Measured:
    """Put a load on the installation's web server, or on the one at `url` beside it.

    The load is a process of its own, and begins where the last one ended.
    """
    size = shape.batch or 1
    first = -(-clock.next_event // size)
    command = [sys.executable, "-m", "benchmarks.load", url or server.url]
    command += ["--connections", str(shape.connections), "--batch", str(shape.batch)]
    command += ["--first", str(first), "--warm-up", str(clock.warm_up)]
    command += ["--seconds", str(clock.seconds)]
    if shape.has_new_schemas:
        command.append("--new-schemas")
    before = usage(server)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"OPENLINEAGE_API_KEY": token},
        stdout=subprocess.PIPE,
        check=True,
    )
    used = usage(server).since(before)
    answered = json.loads(done.stdout)
    answered["statuses"] = {int(k): n for k, n in answered["statuses"].items()}
    tally = Tally(**answered)
    clock.next_event = tally.next_number * size
    events = max(tally.acknowledged_events, 1)
    return Measured(tally, used.web / events * 1000, used.database / events * 1000)


def measure_visible(
    server: Headwater, token: str, shape: Shape, clock: Clock
) -> Measured:
    """Put a load on Headwater, and look up everything that it acknowledged.

    Raises Lost if something is not there, or not visible.
    """
    size = shape.batch or 1
    first = -(-clock.next_event // size)
    measured = measure(server, token, shape, clock)
    ended = time.perf_counter()
    skipped = set(measured.tally.unacknowledged)
    numbers = [
        number
        for request in range(first, measured.tally.next_number)
        if request not in skipped
        for number in range(request * size, (request + 1) * size)
    ]
    expect_visible(server, Workload(has_new_schemas=shape.has_new_schemas), numbers)
    return replace(measured, visible_ms=(time.perf_counter() - ended) * 1000)


def expect_visible(server: Headwater, workload: Workload, numbers: list[int]) -> None:
    """Return once all these events are stored, applied and folded into their runs.

    Raises Lost.
    """
    deadline = time.monotonic() + VISIBLE_SECONDS
    rest = iter(numbers)
    while part := list(islice(rest, LOOKED_UP_AT_ONCE)):
        digests = [sha256(workload.event(number)).digest() for number in part]
        runs = {position(number)[:2] for number in part if position(number)[2]}
        names = [job_name(job) for job, _ in runs]
        ids = [run_name(job, turn) for job, turn in runs]
        while True:
            [(stored,)] = server.query(STORED, digests)
            [(completed,)] = server.query(COMPLETED, names, ids, SCHEDULER)
            if (stored, completed) == (len(digests), len(runs)):
                break
            if time.monotonic() > deadline:
                raise Lost(
                    f"Of {len(digests)} acknowledged events {stored} are stored and "
                    f"applied; of {len(runs)} runs that ended {completed} have."
                )
            time.sleep(0.05)
