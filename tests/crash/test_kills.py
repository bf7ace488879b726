"""Is every acknowledged event there, once, however its servers are killed?"""

import os
import random
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from benchmarks.server import Headwater, headwater
from config.embedded.postgres import Postgres
from config.embedded.processes import processes_in, processes_with, wait_until
from config.supervisor import MARK
from tests.crash.sending import Senders

SENDERS = 6
# In one installation. After more of them the supervisor takes its time: a program that
# keeps dying is not started again at once.
KILLS = 5
BACK_SECONDS = 60
DEADLOCKS = "SELECT sum(deadlocks) FROM pg_stat_database"
# With less, PostgreSQL itself would lose what it has acknowledged.
DURABLE = """
SELECT current_setting('fsync'), current_setting('synchronous_commit'),
       current_setting('full_page_writes')
"""
UNAPPLIED = "SELECT status, error FROM lineage_event WHERE status <> 0 LIMIT 9"
STORED = """
SELECT e.digest FROM lineage_event e
JOIN lineage_rawevent r ON r.event_id = e.id AND r.recorded_at = e.recorded_at
WHERE e.status = 0
"""


def test_no_acknowledged_event_is_lost_by_kills() -> None:
    _survive(KILLS, seed=0)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(200 // KILLS))
def test_no_acknowledged_event_is_lost_by_two_hundred_kills(seed: int) -> None:
    _survive(KILLS, seed=seed)


@pytest.mark.prove
def test_two_processes_and_sixty_four_connections_get_along_for_ten_minutes() -> None:
    with _installation() as server:
        with Senders(server.url, server.token("producer"), 64) as senders:
            time.sleep(600)
        _check(server, senders)
        assert server.query(DEADLOCKS) == [(0,)]


@contextmanager
def _installation() -> Iterator[Headwater]:
    with headwater(HEADWATER_WEB_PROCESSES="2") as server:
        assert server.query(DURABLE) == [("on", "on", "on")]
        yield server


def _survive(kills: int, seed: int) -> None:
    chance = random.Random(seed)
    with _installation() as server:
        with Senders(server.url, server.token("producer"), SENDERS) as senders:
            for _ in range(kills):
                time.sleep(chance.uniform(0.3, 1.5))
                _kill(chance.choice(VICTIMS)(server))
                assert wait_until(lambda: _answers(server), BACK_SECONDS)
            time.sleep(1)
        _check(server, senders)


def _check(server: Headwater, senders: Senders) -> None:
    """All that was acknowledged is stored and projected once; a rebuild agrees."""
    assert not senders.unexpected
    assert senders.acknowledged
    assert server.query(UNAPPLIED) == []
    stored = [bytes(digest) for (digest,) in server.query(STORED)]
    assert set(senders.acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    assert server.query("SELECT count(*) FROM lineage_event WHERE status <> 0") == [
        (0,)
    ]
    digest = server.manage("digest")
    server.manage("rebuild")
    assert server.manage("digest") == digest


def _kill(processes: set[int]) -> None:
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _answers(server: Headwater) -> bool:
    try:
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=5):
            return True
    except (urllib.error.HTTPError, OSError):
        return False


def _web(server: Headwater) -> set[int]:
    return _named(server, "granian")


def _one_web_process(server: Headwater) -> set[int]:
    return {max(_named(server, "granian"))}


def _worker(server: Headwater) -> set[int]:
    return _named(server, "celery")


def _postmaster(server: Headwater) -> set[int]:
    process = Postgres(server.home).process_id()
    return {process} if process else set()


def _postgres(server: Headwater) -> set[int]:
    return set(processes_in(Postgres(server.home).data))


def _named(server: Headwater, word: str) -> set[int]:
    """The processes of a program; one that was killed just now is waited for."""
    found: set[int] = set()

    def is_found() -> bool:
        found.update(_found(server, word))
        return bool(found)

    assert wait_until(is_found, BACK_SECONDS), f"{word} does not run"
    return found


def _found(server: Headwater, word: str) -> set[int]:
    found = set()
    for process in processes_with(MARK, str(server.home)):
        try:
            with open(f"/proc/{process}/cmdline") as command:
                if word in command.read():
                    found.add(process)
        except OSError:
            continue
    return found


VICTIMS: list[Callable[[Headwater], set[int]]] = [
    _web,
    _one_web_process,
    _worker,
    _postmaster,
    _postgres,
]
