"""What tests of all apps share: a role, a real web server, a real browser."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connection, transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Page, sync_playwright

from config import roles
from policies.services import sync_built_in_roles
from tests.browser import find_browser, launch_flags

SERVER_START_SECONDS = 60

# How long an example takes says more about the machine than about the code.
hypothesis_settings.register_profile(
    "headwater", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("headwater")


@pytest.fixture(autouse=True)
def _rows_of_migrations(request: pytest.FixtureRequest) -> None:
    """After a test that commits all tables are emptied; the next finds roles again."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    if commits or "transactional_db" in request.fixturenames:
        request.getfixturevalue("transactional_db")
        sync_built_in_roles()


@pytest.fixture
def as_application(db: None) -> Callable[[], AbstractContextManager[None]]:
    """`with as_application(): …` acts with the rights that the application has."""

    @contextmanager
    def acting() -> Iterator[None]:
        # Within a transaction a savepoint takes the role back, also after an error.
        within = transaction.atomic() if connection.in_atomic_block else nullcontext()
        with within, connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {roles.APPLICATION}")
            try:
                yield
            finally:
                if not connection.in_atomic_block:
                    cursor.execute("RESET ROLE")
            if connection.in_atomic_block:
                cursor.execute("RESET ROLE")

    return acting


@dataclass(frozen=True)
class WebServer:
    """A web server in processes of its own, on the test database."""

    url: str
    process: subprocess.Popen[bytes]


def url_of_test_database() -> str:
    """Where other processes find this test's database."""
    login = connection.settings_dict
    where = {"host": login["HOST"], "port": login["PORT"], "user": login["USER"]}
    if login["PASSWORD"]:
        where["password"] = login["PASSWORD"]
    told = urlencode({name: word for name, word in where.items() if word})
    return f"postgresql:///{quote(login['NAME'])}?{told}"


def free_port() -> int:
    """A port of the loopback that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_web_server(log: Path, **environment: str) -> Iterator[WebServer]:
    """Run granian as `make run` does, but on a free port; stop it at the end."""
    port = free_port()
    words = ["--interface", "wsgi", "--blocking-threads", "16", "--port", str(port)]
    command = [sys.executable, "-m", "granian", *words, "config.wsgi:application"]
    overlay = {
        "DATABASE_URL": url_of_test_database(),
        "CELERY_BROKER_URL": "memory://",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HEADWATER_HOME": str(settings.HEADWATER_HOME),
        **environment,
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env={**os.environ, **overlay},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            server = WebServer(f"http://127.0.0.1:{port}", process)
            wait_for_web(server, log)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for_web(server: WebServer, log: Path) -> None:
    """Return once the server answers, whatever it says."""
    deadline = time.monotonic() + SERVER_START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            urllib.request.urlopen(server.url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"The web server does not answer:\n{log.read_text()}")


@pytest.fixture(scope="session")
def _web_server(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    with running_web_server(tmp_path_factory.mktemp("web") / "log") as server:
        yield server


@pytest.fixture
def web_server(_web_server: WebServer, transactional_db: None) -> WebServer:
    """A real web server that sees what this test commits."""
    return _web_server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    # Playwright's event loop runs in this thread, and Django would see it and refuse.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        path, flags = find_browser(), launch_flags()
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about: broken scripts, hurts of the CSP."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """An empty tab; at the end the test fails if there are complaints left."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if "Content Security Policy" in message.text
            else None
        ),
    )
    yield page
    context.close()
    assert complaints == []
