"""Does the demo find the server that runs, and say what to do if none does?"""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from demo.__main__ import producer_environment
from demo.server import NoServer, Server, find_server


class Alive(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503)
        self.end_headers()

    def log_message(self, format, *args):
        pass


@pytest.fixture
def address():
    with HTTPServer(("127.0.0.1", 0), Alive) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def home(tmp_path, settings, monkeypatch):
    monkeypatch.delenv("OPENLINEAGE_URL", raising=False)
    settings.HEADWATER_HOME = tmp_path
    return tmp_path


def test_the_server_of_this_home_is_found_with_its_token(home, address):
    (home / "up.lock").write_text(json.dumps({"address": address, "process": 1}))
    (home / "producer_token").write_text("hw_token\n")

    assert find_server() == Server(address, "hw_token", is_here=True)


def test_without_a_server_it_says_how_to_start_one(home):
    with pytest.raises(NoServer, match="make run"):
        find_server()


def test_a_server_that_has_ended_counts_as_none(home, address):
    (home / "producer_token").write_text("hw_token\n")
    (home / "up.lock").write_text(json.dumps({"address": "http://127.0.0.1:9"}))

    with pytest.raises(NoServer, match="make run"):
        find_server()


def test_without_a_token_it_says_how_to_make_one(home, address):
    (home / "up.lock").write_text(json.dumps({"address": address}))

    with pytest.raises(NoServer, match="token create demo --role producer"):
        find_server()


def test_an_address_in_the_environment_comes_first(home, address, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_URL", f"{address}/")
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "hw_mine")

    assert find_server() == Server(address, "hw_mine")


def test_producers_know_the_address_and_the_token_alone(monkeypatch):
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "console")
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    environment = producer_environment(Server("http://here", "hw_token"))

    told = {key: value for key, value in environment.items() if "OPENLINEAGE" in key}
    assert told == {
        "OPENLINEAGE_URL": "http://here",
        "OPENLINEAGE_API_KEY": "hw_token",
    }
