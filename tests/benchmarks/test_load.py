"""Does the load generator count what a server acknowledged, and nothing else?"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.load import Load, percentile_ms, requests_of
from benchmarks.workload import Workload


class Door(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Answer)
        self.answer = answer
        self.requests = []


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        place = len(self.server.requests)
        self.server.requests.append((self.path, self.headers["Authorization"], body))
        status = self.server.answer(place)
        if not status:
            self.close_connection = True
            return
        answer = b'{"a": "body"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format, *args):
        pass


@pytest.fixture
def load():
    """`load(answer, …)` puts a short load on a server that answers so."""
    doors = []

    def putting(answer, *, connections=2, batch=0, first=0, seconds=0.3):
        door = Door(answer)
        doors.append(door)
        threading.Thread(target=door.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{door.server_port}"
        address, request = requests_of(url, "hw_token", Workload(), batch)
        tally = Load(address, request, connections, first).run(0.0, seconds)
        return door, tally

    yield putting
    for door in doors:
        door.shutdown()
        door.server_close()


def test_every_event_is_sent_once_with_the_token(load):
    door, tally = load(lambda place: 201, first=10)

    workload = Workload()
    bodies = [body for _, _, body in door.requests]
    assert sorted(bodies) == sorted(
        workload.event(number) for number in range(10, tally.next_number)
    )
    assert {(path, token) for path, token, _ in door.requests} == {
        ("/api/v1/lineage", "Bearer hw_token")
    }
    assert tally.statuses == {201: len(bodies)}
    assert tally.unacknowledged == []
    assert 0 < tally.requests <= len(bodies)


def test_a_batch_carries_as_many_events_as_asked_for(load):
    door, _ = load(lambda place: 200, connections=1, batch=3, first=2)

    path, _, body = door.requests[0]
    assert path == "/api/v1/lineage/batch"
    workload = Workload()
    assert json.loads(body) == [json.loads(workload.event(n)) for n in (6, 7, 8)]


def test_what_was_refused_is_not_counted(load):
    _, tally = load(lambda place: 422 if place == 0 else 201, connections=1)

    assert tally.unacknowledged == [0]
    assert tally.statuses[422] == 1


def test_what_was_answered_503_is_sent_again_a_second_later(load):
    door, tally = load(
        lambda place: 503 if place == 0 else 201, connections=1, seconds=1.5
    )

    assert door.requests[0] == door.requests[1]
    assert tally.statuses[503] == 1
    assert tally.unacknowledged == []


def test_a_connection_that_breaks_acknowledges_nothing(load):
    _, tally = load(lambda place: None if place == 1 else 201, connections=1)

    assert tally.unacknowledged == [1]
    assert tally.next_number == 2


def test_percentiles_are_of_the_measured_times():
    times = [number / 1000 for number in range(101)]

    assert percentile_ms(times, 0.5) == pytest.approx(50)
    assert percentile_ms(times, 0.99) == pytest.approx(99)
    assert percentile_ms([], 0.5) == 0
