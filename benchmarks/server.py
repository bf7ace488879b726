"""How does a benchmark get a server of its own, and rid of it?"""

import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from config.embedded.postgres import SUPERUSER, Postgres

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180
STOP_SECONDS = 60
# What would lead to another database or broker, or to the tests' own settings.
OWN_SETTINGS = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "CELERY_BROKER_URL"),
    *("DJANGO_SETTINGS_MODULE", "HOST", "SECRET_KEY", "DEBUG"),
)
MANAGE = [sys.executable, str(ROOT / "manage.py")]


class NotStarted(Exception):
    """The server did not come up; the message is what it said."""


class CommandFailed(Exception):
    """A command of the installation failed; the message is what it said."""


@dataclass(frozen=True)
class Headwater:
    """A running installation: web server, worker and PostgreSQL, fsync on."""

    home: Path
    url: str
    environment: dict[str, str]

    def manage(self, *words: str) -> str:
        """Run one of its commands and return what that printed.

        Raises CommandFailed.
        """
        done = subprocess.run(
            [*MANAGE, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandFailed(f"{' '.join(words)}: {done.stderr}")
        return done.stdout.strip()

    def token(self, role: str) -> str:
        """A new token of a service account of its own."""
        # An account has two tokens at the most, and an installation may be kept.
        name = f"benchmark-{role}-{secrets.token_hex(4)}"
        return self.manage("token", "create", name, "--role", role)

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database answers to somebody who may see everything."""
        with psycopg.connect(Postgres(self.home).url(SUPERUSER)) as connection:
            return connection.execute(sql.encode(), values).fetchall()

    def execute(self, *statements: str) -> None:
        """Run statements as one who may do everything, outside a transaction."""
        url = Postgres(self.home).url(SUPERUSER)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def headwater(
    place: Path | None = None, *, kept: Path | None = None, **settings: str
) -> Iterator[Headwater]:
    """Start an installation with an empty catalog; stop and remove it at the end.

    Whatever the caller's own settings are: it is as `make run` makes it, but for
    `settings`. `kept` is a home that may have a catalog already, and stays.
    """
    folder = Path(tempfile.mkdtemp(prefix="headwater-bench-", dir=place))
    home = kept.resolve() if kept else folder / "home"
    folder.chmod(0o711)  # as root, the user that runs PostgreSQL must pass
    refuse_memory(home.parent)
    port = free_port()
    environment = {
        name: word
        for name, word in os.environ.items()
        if name not in OWN_SETTINGS and not name.startswith("HEADWATER_")
    }
    environment |= settings | {
        "HEADWATER_HOME": str(home),
        "PORT": str(port),
        "HEADWATER_ADMIN_PASSWORD": secrets.token_urlsafe(18),
        "PYTHONPATH": str(ROOT),
    }
    try:
        url = f"http://127.0.0.1:{port}"
        with running([*MANAGE, "up"], environment, url, folder / "log"):
            yield Headwater(home, url, environment)
    finally:
        if not kept:
            shutil.rmtree(Postgres(home).place, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: list[str], environment: dict[str, str], url: str, log: Path
) -> Iterator[None]:
    """Run a server until the block ends; the block begins once it answers."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            wait_until_it_answers(process, url, log)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_until_it_answers(
    process: subprocess.Popen[bytes], url: str, log: Path
) -> None:
    """Return once the server says anything. Raises NotStarted."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            asking = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
            asking.request("GET", "/livez")
            asking.getresponse().close()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return
    raise NotStarted(log.read_text(errors="replace"))


def free_port() -> int:
    """A port of the loopback that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def refuse_memory(folder: Path) -> None:
    """Raise NotStarted where files lie in memory: there fsync would cost nothing."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    under = [
        (mount[1], mount[2]) for mount in mounts if folder.is_relative_to(mount[1])
    ]
    if max(under, key=lambda mount: len(mount[0]))[1] in ("tmpfs", "ramfs"):
        raise NotStarted(
            f"{folder} lies in memory; name a place on a disk: --place DIR"
        )


def fdatasync_seconds(folder: Path, times: int = 200) -> float:
    """What making one small write durable takes on this disk, on average."""
    descriptor = os.open(folder / "fdatasync", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        begins = time.perf_counter()
        for _ in range(times):
            os.pwrite(descriptor, b"x" * 8192, 0)
            os.fdatasync(descriptor)
        return (time.perf_counter() - begins) / times
    finally:
        os.close(descriptor)
        (folder / "fdatasync").unlink()
