"""`manage.py up` starts everything, survives its parts being killed, leaves nothing."""

import os
import re
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.embedded.postgres import Postgres
from config.embedded.processes import processes_in, processes_with, wait_until
from config.embedded.valkey import Valkey
from config.supervisor import MARK
from tests.config.conftest import make_home, remove_home
from tests.conftest import free_port

START_SECONDS = 120
RESTART_SECONDS = 60
READY = "Ctrl-C stops everything."


class Running:
    """One `manage.py up`, and what it printed."""

    def __init__(self, process, port):
        self.process = process
        self.url = f"http://127.0.0.1:{port}/"
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def said(self):
        return "".join(self.lines)

    def wait_until_ready(self):
        done = wait_until(lambda: READY in self.said or self.has_ended(), START_SECONDS)
        assert done, self.said
        assert not self.has_ended(), self.said

    def has_ended(self):
        return self.process.poll() is not None

    def wait_for_end(self):
        code = self.process.wait(60)
        self.reader.join(10)
        return code

    def answers(self):
        try:
            urllib.request.urlopen(self.url, timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def kept_home():
    """A home that the tests of this file take over from each other."""
    path = make_home()
    yield path
    remove_home(path)


@pytest.fixture
def up(kept_home, start_python):
    """Start `manage.py up`; at the end stop it in order."""
    started = []

    def start(*, wait=True, **environment):
        port = int(environment.get("PORT", free_port()))
        process = start_python(
            "manage.py",
            "up",
            HEADWATER_HOME=str(kept_home),
            **{"PORT": str(port), "HEADWATER_STOP_SECONDS": "5", **environment},
        )
        running = Running(process, port)
        started.append(running)
        if wait:
            running.wait_until_ready()
        return running

    yield start
    for running in started:
        if not running.has_ended():
            running.process.terminate()
            running.wait_for_end()


def ours(home):
    """All processes of this home but the supervisor."""
    postgres, valkey = Postgres(home), Valkey(home)
    return {
        *processes_with(MARK, str(home)),
        *processes_in(postgres.data),
        *processes_in(valkey.place),
    }


def named(home, word):
    """The oldest process of this home whose command has `word` in it."""
    for process in sorted(processes_with(MARK, str(home))):
        with open(f"/proc/{process}/cmdline") as command:
            if word in command.read():
                return process
    raise AssertionError(f"{word} does not run")


def test_the_first_start_prints_all_that_is_needed_and_the_second_keeps_it(
    up, kept_home
):
    first = up()
    assert first.answers()
    password = re.search(r"admin / (\S+)", first.said)
    token = re.search(r"export OPENLINEAGE_API_KEY=(hw_\w+)", first.said)
    assert password
    assert token
    assert f"export OPENLINEAGE_URL={first.url.rstrip('/')}" in first.said

    first.process.send_signal(signal.SIGINT)
    assert first.wait_for_end() == 0
    assert ours(kept_home) == set()

    began = time.monotonic()
    second = up()
    assert time.monotonic() - began < 60
    assert token[1] in second.said
    assert password[1] not in second.said


def test_a_database_that_may_lose_what_it_committed_is_told_of(up):
    reckless = up(HEADWATER_POSTGRES_OPTIONS="fsync=off")
    assert "WARNING: PostgreSQL runs with fsync=off" in reckless.said
    reckless.process.terminate()
    reckless.wait_for_end()

    assert "fsync" not in up(HEADWATER_POSTGRES_OPTIONS="fsync=on").said


def test_a_second_one_says_where_the_first_is(up):
    first = up()

    second = up(wait=False)

    assert second.wait_for_end() == 0
    assert f"running already: {first.url.rstrip('/')}" in second.said
    assert first.answers()


def test_what_is_killed_comes_back(up, kept_home):
    running = up()
    postgres = Postgres(kept_home)
    postmaster = postgres.process_id()
    before = set(processes_with(MARK, str(kept_home)))

    for process in (
        named(kept_home, "granian"),
        named(kept_home, "celery"),
        postmaster,
    ):
        os.kill(process, signal.SIGKILL)

    def is_whole():
        # What a killed program leaves behind still answers for a while.
        return (
            postgres.process_id() not in (None, postmaster)
            and not before & set(processes_with(MARK, str(kept_home)))
            and named(kept_home, "granian")
            and named(kept_home, "celery")
            and running.answers()
        )

    def is_whole_by_now():
        try:
            return is_whole()
        except (AssertionError, OSError):
            return False

    assert wait_until(is_whole_by_now, RESTART_SECONDS), running.said
    assert "The web server has ended; it starts again" in running.said


def test_after_everything_is_killed_it_starts_cleanly(up, kept_home):
    first = up()
    first.process.kill()
    for process in ours(kept_home):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue
    first.wait_for_end()

    assert up().answers()


def test_when_the_supervisor_is_killed_its_programs_end(up, kept_home):
    first = up()
    first.process.kill()
    first.wait_for_end()

    assert wait_until(lambda: not processes_with(MARK, str(kept_home)), 30)
    assert up().answers()


def test_what_a_worker_forked_ends_though_the_worker_is_killed_too(up, kept_home):
    first = up()

    def workers():
        """The workers by id that have forked their pool and their beat."""
        parents = {pid: parent_of(pid) for pid in processes_with(MARK, str(kept_home))}
        ours = [pid for pid, parent in parents.items() if parent == first.process.pid]
        return [
            pid
            for pid in ours
            if "--beat" in command_of(pid) and list(parents.values()).count(pid) > 1
        ]

    assert wait_until(workers, 30)
    [worker] = workers()
    first.process.kill()
    os.kill(worker, signal.SIGKILL)
    first.wait_for_end()

    assert wait_until(lambda: not processes_with(MARK, str(kept_home)), 30)


def parent_of(process):
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:  # it has ended meanwhile
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def command_of(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


def test_programs_that_a_killed_supervisor_left_are_ended(up, kept_home, start_python):
    stray = start_python(
        "-c",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(600)",
        **{MARK: str(kept_home)},
    )
    assert stray.stdout.readline() == "deaf\n"

    up(HEADWATER_STOP_SECONDS="1")

    assert stray.wait(10) == -signal.SIGKILL


def test_a_taken_port_is_refused_with_a_remedy(up):
    with listening() as port:
        running = up(wait=False, PORT=str(port))

        assert running.wait_for_end() != 0
        assert f"PORT={port + 1} make run" in running.said


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"HEADWATER_ANONYMOUS_ROLE": "emperor"}, "there are admin, auditor"),
        (
            {"HEADWATER_TLS_CERTIFICATE": "README.md", "HEADWATER_TLS_KEY": "no.pem"},
            "HEADWATER_TLS_KEY are no certificate and its unencrypted key",
        ),
        ({"DATABASE_URL": "postgresql://me@localhost/x?colour=red"}, "colour"),
    ],
)
def test_what_cannot_serve_is_refused_in_a_sentence(up, wrong, told):
    running = up(wait=False, **wrong)

    assert running.wait_for_end() != 0
    assert told in running.said
    assert "Traceback" not in running.said


def test_a_database_that_is_away_is_told_of_in_a_sentence(start_python):
    url = f"postgresql://me:secret@127.0.0.1:{free_port()}/catalog"
    process = start_python("manage.py", "digest", DATABASE_URL=url)

    said = process.communicate()[0]

    assert process.returncode == 1
    assert said.startswith("The database does not answer: ")
    assert "Traceback" not in said
    assert "secret" not in said


@contextmanager
def listening():
    """Another program's port."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_it_does_not_serve_strangers_without_tls(up):
    running = up(wait=False, HOST="0.0.0.0")

    assert running.wait_for_end() != 0
    assert "HEADWATER_BEHIND_TLS=1" in running.said
