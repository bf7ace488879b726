"""How many requests does a server answer on so many keep-alive connections, how fast?

A process of its own that costs little beside the server it measures: one thread, plain
sockets, one epoll loop, the next request sent as soon as an answer is complete.
"""

import argparse
import gc
import json
import os
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Final
from urllib.parse import urlsplit

from benchmarks.workload import Workload

SINGLE_PATH: Final = "/api/v1/lineage"
BATCH_PATH: Final = "/api/v1/lineage/batch"
RETRY_SECONDS: Final = 1.0  # what the server's Retry-After says
PATIENCE_SECONDS: Final = 30.0  # for answers that are still on the way at the end


@dataclass
class Tally:
    """What came of a run of requests; times are of those inside the measured window."""

    requests: int = 0
    seconds: float = 0.0
    events_per_request: int = 1
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    next_number: int = 0  # the first request number that was not sent
    unacknowledged: list[int] = field(default_factory=list)

    @property
    def acknowledged_events(self) -> int:
        """All of them, also outside the window."""
        answered = sum(self.statuses.get(status, 0) for status in (200, 201))
        return answered * self.events_per_request

    @property
    def events_per_second(self) -> float:
        """Acknowledged in the window."""
        return self.requests * self.events_per_request / self.seconds


class Connection:
    """A keep-alive connection with at most one request on the way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = 0
        self.sent_at = 0.0
        self.received = b""

    def send(self, number: int, request: bytes) -> None:
        """Send the request of this number."""
        self.number, self.received = number, b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int:
        """Take what has come; return the status once the answer is complete, else 0."""
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self.received += piece
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end or len(body) < content_length(head):
            return 0
        return int(head[9:12])


def content_length(head: bytes) -> int:
    """How long the body is that these header lines announce."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


def requests_of(
    url: str, token: str, workload: Workload, batch: int
) -> tuple[tuple[str, int], Callable[[int], bytes]]:
    """Where to connect, and what makes the bytes of request number n.

    With `batch`, request n carries the events from n * batch on.
    """
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    head = (
        f"POST {BATCH_PATH if batch else SINGLE_PATH} HTTP/1.1\r\n"
        f"Host: {parts.netloc}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: "
    ).encode()

    def request(number: int) -> bytes:
        if batch:
            numbers = range(number * batch, (number + 1) * batch)
            body = b"[" + b",".join(workload.event(each) for each in numbers) + b"]"
        else:
            body = workload.event(number)
        return head + b"%d\r\n\r\n" % len(body) + body

    return address, request


class Load:
    """Requests of ascending numbers on all connections, until the time is over."""

    def __init__(
        self,
        address: tuple[str, int],
        request: Callable[[int], bytes],
        connections: int,
        first: int,
    ) -> None:
        self.request = request
        self.next_number = first
        self.selector = selectors.DefaultSelector()
        self.waiting: list[tuple[float, Connection]] = []
        self.busy = connections
        self.answers: list[tuple[float, float]] = []  # when, after how long
        self.statuses: Counter[int] = Counter()
        self.unacknowledged: list[int] = []
        self.connections = [Connection(address) for _ in range(connections)]
        for connection in self.connections:
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)

    def run(self, warm_up: float, seconds: float) -> Tally:
        """Send for `warm_up` and then `seconds` seconds; measure the latter."""
        begins = time.perf_counter() + warm_up
        ends = begins + seconds
        for connection in self.connections:
            self.send_next(connection)
        while self.busy:
            now = time.perf_counter()
            if now > ends + PATIENCE_SECONDS:
                self.give_up()
                break
            self.resend(now)
            for key, _ in self.selector.select(timeout=0.05):
                self.take(key.data, ends)
        return self.tally(begins, seconds)

    def send_next(self, connection: Connection) -> None:
        connection.send(self.next_number, self.request(self.next_number))
        self.next_number += 1

    def take(self, connection: Connection, ends: float) -> None:
        """Take what one connection has received, and send its next request."""
        try:
            status = connection.receive()
        except OSError:
            self.drop(connection)
            return
        if not status:
            return
        now = time.perf_counter()
        self.statuses[status] += 1
        if status == 503 and now < ends:
            self.waiting.append((now + RETRY_SECONDS, connection))
            return
        if status in (200, 201):
            self.answers.append((now, now - connection.sent_at))
        else:
            self.unacknowledged.append(connection.number)
        if now < ends:
            self.send_next(connection)
        else:
            self.busy -= 1

    def resend(self, now: float) -> None:
        """Send again what was answered 503, once it has waited as told."""
        due = [connection for at, connection in self.waiting if at <= now]
        self.waiting = [(at, waits) for at, waits in self.waiting if at > now]
        for connection in due:
            connection.send(connection.number, self.request(connection.number))

    def drop(self, connection: Connection) -> None:
        self.selector.unregister(connection.socket)
        self.unacknowledged.append(connection.number)
        self.statuses[0] += 1
        self.busy -= 1

    def give_up(self) -> None:
        """Count what was never answered."""
        for key in list(self.selector.get_map().values()):
            self.drop(key.data)

    def tally(self, begins: float, seconds: float) -> Tally:
        window = (begins, begins + seconds)
        times = [took for at, took in self.answers if window[0] <= at < window[1]]
        times.sort()
        return Tally(
            requests=len(times),
            seconds=seconds,
            p50_ms=percentile_ms(times, 0.50),
            p95_ms=percentile_ms(times, 0.95),
            p99_ms=percentile_ms(times, 0.99),
            max_ms=percentile_ms(times, 1.0),
            statuses=dict(self.statuses),
            next_number=self.next_number,
            unacknowledged=sorted(set(self.unacknowledged)),
        )


def percentile_ms(ascending: list[float], share: float) -> float:
    """The time that `share` of the requests stayed within, in milliseconds."""
    if not ascending:
        return 0.0
    index = min(len(ascending) - 1, round(share * (len(ascending) - 1)))
    return ascending[index] * 1000


def main() -> None:
    """Run the load that the arguments describe; print the tally as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--batch", type=int, default=0, help="events per request")
    parser.add_argument("--first", type=int, default=0, help="first request's number")
    parser.add_argument("--warm-up", type=float, default=1.0, help="seconds")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--new-schemas", action="store_true")
    given = parser.parse_args()
    workload = Workload(has_new_schemas=given.new_schemas)
    token = os.environ.get("OPENLINEAGE_API_KEY", "")
    address, request = requests_of(given.url, token, workload, given.batch)
    gc.disable()
    load = Load(address, request, given.connections, given.first)
    tally = load.run(given.warm_up, given.seconds)
    tally.events_per_request = given.batch or 1
    json.dump(asdict(tally), sys.stdout)


if __name__ == "__main__":
    main()
