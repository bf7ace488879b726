"""How long does something take within this process, and how long its database?"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import benchmarks.with_django  # noqa: F401 - before what needs it

# isort: split
from django.db import connection

from benchmarks.load import percentile_ms


@dataclass
class Times:
    """What each of several repetitions took, in seconds.

    `sql` is the time that the database took and `whole` all of it, on the clock; the
    other two are processor time alone, which hardly depends on what else goes on.
    """

    sql: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    sql_processor: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def add(self, ask: Callable[[], object]) -> object:
        backend = Path(f"/proc/{backend_id()}/schedstat")
        begins, own, spent = time.perf_counter(), time.thread_time(), 0.0
        before = processor_seconds(backend)

        def timed(execute: Any, *args: Any) -> Any:
            nonlocal spent
            starts = time.perf_counter()
            try:
                return execute(*args)
            finally:
                spent += time.perf_counter() - starts

        with connection.execute_wrapper(timed):
            answer = ask()
        own = time.thread_time() - own
        used = processor_seconds(backend) - before
        self.whole.append(time.perf_counter() - begins)
        self.sql.append(spent)
        self.sql_processor.append(used)
        self.processor.append(used + own)
        return answer

    def sql_cells(self) -> tuple[float, float, float]:
        """p50 and p95 on the clock and p95 of the processor, in milliseconds."""
        return (
            milliseconds(self.sql, 0.5),
            milliseconds(self.sql, 0.95),
            milliseconds(self.sql_processor, 0.95),
        )

    def cells(self) -> tuple[float, float, float]:
        """The same with what Python takes."""
        return (
            milliseconds(self.whole, 0.5),
            milliseconds(self.whole, 0.95),
            milliseconds(self.processor, 0.95),
        )

    def ratio(self, other: "Times") -> str:
        """How much more processor time it takes the database than something else."""
        one, two = sum(self.sql_processor), sum(other.sql_processor)
        return f"{one / len(self.sql) / (two / len(other.sql)):.2f}"


def milliseconds(seconds: list[float], share: float) -> float:
    return percentile_ms(sorted(seconds), share)


def backend_id() -> int:
    """The process of the database that serves this connection."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def processor_seconds(backend: Path) -> float:
    """The time for which a process of this machine has had a processor."""
    return int(backend.read_text().split()[0]) / 1e9
