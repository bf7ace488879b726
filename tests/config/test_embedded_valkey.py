"""The embedded Valkey keeps its queue over stops and crashes."""

import os
import signal

import pytest
import redis

from config.embedded.processes import processes_in, wait_until
from config.embedded.valkey import Valkey


@pytest.fixture
def valkey(home):
    """A running broker with one word in it."""
    server = Valkey(home)
    server.start()
    with client(server) as connection:
        connection.set("kept", "word")
        connection.execute_command("WAITAOF", 1, 0, 5000)
    return server


def client(server):
    return redis.Redis(unix_socket_path=str(server.address))


def test_a_second_start_keeps_what_was_queued(valkey):
    valkey.stop()
    assert not valkey.is_running()

    valkey.start()

    with client(valkey) as connection:
        assert connection.get("kept") == b"word"


def test_a_killed_broker_comes_back_with_what_was_queued(valkey):
    with client(valkey) as connection:
        process = connection.info("server")["process_id"]
    assert process in processes_in(valkey.place)
    os.kill(process, signal.SIGKILL)
    assert wait_until(lambda: not valkey.is_running(), 10)

    valkey.start()

    with client(valkey) as connection:
        assert connection.get("kept") == b"word"


def test_only_we_can_reach_it(valkey):
    with client(valkey) as connection:
        assert connection.config_get("port") == {"port": "0"}
    assert valkey.place.stat().st_mode & 0o077 == 0
