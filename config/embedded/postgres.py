"""How does the embedded PostgreSQL start, stop, and come back after a crash?"""

import atexit
import fcntl
import os
import secrets
import signal
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from config import roles
from config.embedded.account import Account, database_account
from config.embedded.places import (
    SYSTEM_PLACE,
    EmbeddedServerError,
    is_open_to_all,
    locked,
    make_home,
    open_lock,
    private_directory,
    socket_directory,
)
from config.embedded.processes import has_proc, processes_in, wait_until, works_in
from config.embedded.programs import START_SECONDS, Programs
from config.embedded.runtime import choose_runtime, readable_runtime

SUPERUSER = "postgres"
DATABASE = "headwater"
SOCKET_NAME = ".s.PGSQL.5432"
STOP_SECONDS = 60
ORPHAN_SECONDS = 30  # the time a dead server's last processes get to notice

# What a catalog on one machine wants; HEADWATER_POSTGRES_OPTIONS adds and overrides.
DEFAULTS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}

_held: dict[Path, tuple[int, IO[str]]] = {}  # place → (process, its lock as a user)


@dataclass(frozen=True)
class Postgres:
    """The cluster of one HEADWATER_HOME.

    Under its `place`: `cluster` belongs to the database's user (data, log, socket), the
    rest to us. The server is a daemon of its own: it outlives whoever started it, and
    the next one who needs it finds it running.
    """

    home: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """Under the home; or, for root with a home nobody else can enter, in /var/lib.

        There its name is chosen once, at random, and kept as a link in the home: a new
        home at the same path must not find the data of an old one, whose keys are gone.
        """
        inside = self.home / "postgres"
        is_chosen = inside.is_symlink() or inside.exists()
        if not is_chosen and os.geteuid() == 0 and not is_open_to_all(self.home.parent):
            make_home(self.home)
            with suppress(FileExistsError):  # another process was faster
                inside.symlink_to(SYSTEM_PLACE / f"postgres-{secrets.token_hex(8)}")
        return inside.resolve()

    @property
    def cluster(self) -> Path:
        """What belongs to the user that runs the database."""
        return self.place / "cluster"

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.cluster / "data"

    @property
    def sockets(self) -> Path:
        """The directory of the unix socket, the only way in."""
        return socket_directory(self.cluster, SOCKET_NAME)

    def url(self, user: str = roles.APPLICATION, database: str = DATABASE) -> str:
        """Where a client finds it."""
        return f"postgresql://{user}@/{database}?host={quote(str(self.sockets))}"

    def attach(self) -> None:
        """Start the server unless it runs, and hold it while this process lives.

        Whoever exits as the last holder stops it. A holder that is killed leaves it
        running, for the next one.
        """
        if self._is_held() and self.process_id() is not None:
            return
        make_home(self.home)
        if not self._is_held():
            users = open_lock(self.home / "postgres.users")
            fcntl.flock(users, fcntl.LOCK_SH)  # waits while another one stops it
            _held[self.place] = (os.getpid(), users)
            atexit.register(self.detach)
        self.start()

    def detach(self) -> bool:
        """Let the server go; True if nobody else holds it, so that it was stopped."""
        if not self._is_held():
            return False
        _, users = _held.pop(self.place)
        with users, self._locked():
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._stop()
            return True

    def start(self) -> None:
        """Start the server unless it runs; make the cluster at the first time.

        Any number of processes may call this at once.
        """
        make_home(self.home)
        with self._locked():
            if not self.is_running():
                self._start()
            if not self._provisioned.exists():
                self._provision()

    def stop(self) -> None:
        """Stop the server: clients are cut off, what is committed is on disk."""
        if self.home.exists():
            with self._locked():
                self._stop()

    def is_running(self) -> bool:
        """Whether the server takes connections; waits while it starts or stops."""
        deadline = time.monotonic() + START_SECONDS
        while (state := self._state()) in ("starting", "stopping"):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL in {self.data} hangs: {state}.")
            time.sleep(0.02)
        return state != "stopped"

    def process_id(self) -> int | None:
        """The server's process, if one is alive; None after a stop or a crash."""
        lines = self._pid_file_lines()
        if not lines or not lines[0].isdigit():
            return None
        process = int(lines[0])
        return process if works_in(process, self.data) else None

    def _start(self) -> None:
        account = database_account()
        self._make_place(account)
        runtime = readable_runtime(choose_runtime(self.data), account, self.place)
        programs = Programs(runtime, account)
        if not (self.data / "PG_VERSION").exists():
            self._provisioned.unlink(missing_ok=True)
            programs.make_cluster(self.data, SUPERUSER)
        self._clear_traces_of_a_crash()
        where = {"listen_addresses": "", "unix_socket_directories": str(self.sockets)}
        programs.start(self.data, {**DEFAULTS, **self.options, **where})

    def _make_place(self, account: Account) -> None:
        place = self.place
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        place.mkdir(exist_ok=True)
        place.chmod(0o700 if account.uid is None else 0o711)
        if account.uid is not None and not is_open_to_all(place):
            raise EmbeddedServerError(
                f"{place} lies where only root can enter, and PostgreSQL does not run "
                "as root. Set HEADWATER_HOME to a directory under one that all may "
                "enter, /var/lib/headwater/home say."
            )
        private_directory(self.cluster, uid=account.uid)
        private_directory(self.cluster / "log", uid=account.uid)
        if self.sockets != self.cluster:
            private_directory(self.sockets, uid=account.uid)

    def _clear_traces_of_a_crash(self) -> None:
        """Remove the lock files of a server that was killed, once it is gone entirely.

        PostgreSQL believes such a file if any process has its number by now, which is
        common after a restart of a container.
        """
        if not wait_until(lambda: not processes_in(self.data), ORPHAN_SECONDS):
            raise EmbeddedServerError(
                f"Processes of a killed PostgreSQL still use {self.data}: "
                f"{processes_in(self.data)}. End them, and start again."
            )
        if has_proc():  # else nothing was seen, which proves nothing
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _provision(self) -> None:
        """Make the roles and the empty database that a first start has not made yet."""
        with psycopg.connect(
            self.url(SUPERUSER, "postgres"), autocommit=True
        ) as server:
            roles.create_roles(server)
            roles.let_application_log_in(server)
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not server.execute(query, [DATABASE]).fetchone():
                server.execute(f"CREATE DATABASE {DATABASE}")
        self._provisioned.touch(mode=0o600)

    def _stop(self) -> None:
        process = self.process_id()
        if process is None:
            return
        for how, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10)):
            with suppress(ProcessLookupError):
                os.kill(process, how)
            if wait_until(lambda: not works_in(process, self.data), seconds):
                return
        raise EmbeddedServerError(f"PostgreSQL (process {process}) does not stop.")

    def _state(self) -> str:
        if self.process_id() is None:
            return "stopped"
        lines = self._pid_file_lines()
        return lines[7].strip() if len(lines) > 7 else "starting"

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []
        except PermissionError as error:
            raise EmbeddedServerError(
                f"{self.data} belongs to another user. Run as the one who made it, or "
                "set HEADWATER_HOME to a directory of your own."
            ) from error

    def _is_held(self) -> bool:
        return _held.get(self.place, (None,))[0] == os.getpid()

    def _locked(self) -> AbstractContextManager[IO[str]]:
        return locked(self.home / "postgres.lock")

    @property
    def _provisioned(self) -> Path:
        return self.place / "provisioned"
