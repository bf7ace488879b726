"""How much processor time does the server take, and how much its database?

Unlike rates, it hardly depends on what else the machine is doing.
"""

import os
from dataclasses import dataclass

from benchmarks.server import Headwater
from config.embedded.postgres import Postgres
from config.embedded.processes import PROC, processes_in, processes_with
from config.supervisor import MARK

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Seconds of processor time since the processes began."""

    web: float
    database: float

    def since(self, before: "Usage") -> "Usage":
        """What was used since then."""
        return Usage(self.web - before.web, self.database - before.database)


def usage(server: Headwater) -> Usage:
    """What the web servers and the database of an installation have used so far."""
    web = sum(
        seconds(process)
        for process in processes_with(MARK, str(server.home))
        if b"granian" in command_line(process)
    )
    postgres = Postgres(server.home)
    database = sum(
        # The postmaster's children that have ended count for it.
        seconds(process, with_ended=process == postgres.process_id())
        for process in processes_in(postgres.data)
    )
    return Usage(web, database)


def command_line(process: int) -> bytes:
    """The words that the process was started with."""
    return contents(process, "cmdline")


def seconds(process: int, *, with_ended: bool = False) -> float:
    """The processor time of a process, and of its ended children if asked for."""
    # The name, in parentheses, may hold anything; utime is the twelfth after it.
    fields = contents(process, "stat").rpartition(b")")[2].split()
    times = fields[11 : 15 if with_ended else 13]
    return sum(int(ticks) for ticks in times) / TICKS


def contents(process: int, name: str) -> bytes:
    """A file of /proc; empty if the process has ended."""
    try:
        return (PROC / str(process) / name).read_bytes()
    except OSError:
        return b""
