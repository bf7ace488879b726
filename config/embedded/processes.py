"""Which processes are alive, and whose are they?"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROC = Path("/proc")


def has_proc() -> bool:
    """Whether this system shows its processes as files."""
    return (PROC / "self").exists()


def works_in(process: int, directory: Path) -> bool:
    """Whether `process` is alive with `directory` as its working directory.

    A number alone proves nothing: it may be another program's by now. Without /proc it
    has to do.
    """
    if not has_proc():
        return is_alive(process)
    try:
        return Path(os.readlink(PROC / str(process) / "cwd")) == directory
    except OSError:
        return False


def processes_in(directory: Path) -> list[int]:
    """The processes whose working directory is `directory`; none without /proc."""
    return [process for process in _processes() if works_in(process, directory)]


def processes_with(variable: str, value: str) -> list[int]:
    """Other processes that were started with this in their environment."""
    wanted = f"{variable}={value}".encode()
    return [process for process in _processes() if wanted in _environment(process)]


def is_alive(process: int) -> bool:
    """Whether there is a process of this number, a zombie included."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` came true within this time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _processes() -> Iterator[int]:
    if not has_proc():
        return
    for entry in PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            yield int(entry.name)


def _environment(process: int) -> list[bytes]:
    try:
        return (PROC / str(process) / "environ").read_bytes().split(b"\0")
    except OSError:  # gone by now, or another user's
        return []
