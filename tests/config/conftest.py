"""Homes for embedded servers: short-lived, and where the database's user can enter."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey

# The environment that would lead a program of a test to another database than its own.
ELSEWHERE = ("DATABASE_URL", "DATABASE_OWNER_URL", "CELERY_BROKER_URL")

StartPython = Callable[..., subprocess.Popen[str]]


def make_home() -> Path:
    """A new directory that all may enter, unlike pytest's own for root."""
    home = Path(tempfile.mkdtemp(prefix="hw-", dir="/var/tmp"))
    home.chmod(0o755)
    return home / "home"


def remove_home(home: Path) -> None:
    """Stop what runs there, and leave nothing."""
    postgres = Postgres(home)
    postgres.stop()
    Valkey(home).stop()
    shutil.rmtree(postgres.place, ignore_errors=True)
    shutil.rmtree(postgres.sockets, ignore_errors=True)
    shutil.rmtree(home.parent)


@pytest.fixture
def home() -> Iterator[Path]:
    """A HEADWATER_HOME that does not exist yet."""
    path = make_home()
    yield path
    remove_home(path)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """An embedded server that runs; tests may stop and kill it, and start it again."""
    path = make_home()
    server = Postgres(path)
    server.start()
    yield server
    remove_home(path)


@pytest.fixture
def start_python() -> Iterator[StartPython]:
    """Start Python programs in processes of their own; none outlives the test."""
    started = []

    def start(*words: str, **environment: str) -> subprocess.Popen[str]:
        kept = {
            name: word for name, word in os.environ.items() if name not in ELSEWHERE
        }
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=settings.BASE_DIR,
            env={**kept, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
