"""How do the programs of one installation start, come back after a crash, and stop?"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from config.embedded.processes import processes_with, wait_until

# Marks our programs in their environment, so that those of a supervisor that was killed
# are found by the next one, whatever their numbers.
MARK = "HEADWATER_SUPERVISED_FOR"
LOOK_SECONDS = 0.5
BACKOFF_SECONDS = (0, 1, 2, 5, 10, 30)
CALM_SECONDS = 60  # having run so long, a program's earlier crashes are forgotten
PR_SET_PDEATHSIG = 1
# Loaded here: between fork and exec a process with threads may load nothing.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Server(Protocol):
    """A server that is a daemon of its own: started if it does not run."""

    def start(self) -> None: ...

    def is_running(self) -> bool: ...


@dataclass
class Program:
    """A program that is our child, with a process group of its own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: IO[bytes] | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is told to end when we die."""
        self.end_group()
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
            umask=0o077,
            preexec_fn=end_with_parent,
        )

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float) -> None:
        """Ask it to end, and end it with all its processes if it does not in time."""
        if self.process and self.is_running():
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.end_group()

    def end_group(self) -> None:
        """End at once what is left of it: workers may outlive where they came from."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Watch:
    """One program or server, and when it may be started again."""

    name: str
    watched: Program | Server
    crashes: int = 0
    started_at: float = field(default_factory=time.monotonic)
    not_before: float | None = None

    def look(self, now: float, report: Callable[[str], None]) -> None:
        """Start it again if it has ended, later each time that it soon ends again."""
        if self.not_before is None:
            if self.watched.is_running():
                return
            if now - self.started_at > CALM_SECONDS:
                self.crashes = 0
            pause = BACKOFF_SECONDS[min(self.crashes, len(BACKOFF_SECONDS) - 1)]
            self.crashes += 1
            self.not_before = now + pause
            report(f"{self.name} has ended; it starts again in {pause} s.")
        if now >= self.not_before:
            self.not_before = None
            self.started_at = now
            try:
                self.watched.start()
            except Exception as error:  # a full disk, say: report it and try again
                report(f"{self.name} does not start: {error}")


def supervise(
    watches: Sequence[Watch], stopping: threading.Event, report: Callable[[str], None]
) -> None:
    """Keep everything running until `stopping` is set."""
    while not stopping.wait(LOOK_SECONDS):
        for watch in watches:
            watch.look(time.monotonic(), report)


def stop_on_signals(stopping: threading.Event) -> None:
    """Set `stopping` at Ctrl-C, at a request to end, and when the terminal closes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())


def end_strays(home: Path, seconds: float) -> int:
    """End the programs that a killed supervisor of `home` left; return how many."""
    strays = processes_with(MARK, str(home))
    for how, wait_seconds in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        for process in processes_with(MARK, str(home)):
            with suppress(ProcessLookupError):
                os.kill(process, how)
        if wait_until(lambda: not processes_with(MARK, str(home)), wait_seconds):
            break
    return len(strays)


def end_with_parent() -> None:
    """Have this process told to end (SIGTERM) when its parent dies, on Linux."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
