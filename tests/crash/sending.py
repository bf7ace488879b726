"""Who sends events without pause, and remembers which were acknowledged?"""

import http.client
import itertools
import threading
import time
from hashlib import sha256
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from benchmarks.workload import Workload

PAUSE_SECONDS = 0.05
ANSWER_SECONDS = 10


class Senders:
    """Threads that send the workload's events, each again until it is acknowledged."""

    def __init__(self, url: str, token: str, count: int) -> None:
        self.port = urlsplit(url).port
        self.token = token
        self.workload = Workload()
        self.numbers = itertools.count()
        self.acknowledged: list[bytes] = []  # digests
        self.unexpected: list[str] = []  # answers that no producer may ever get
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self._send_events, daemon=True)
            for _ in range(count)
        ]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(ANSWER_SECONDS * 3)

    def _send_events(self) -> None:
        connection = self._connection()
        while not self.stopping.is_set():
            body = self.workload.event(next(self.numbers))
            while not self.stopping.is_set():
                try:
                    status = self._send(connection, body)
                except (OSError, http.client.HTTPException):
                    connection.close()
                    connection = self._connection()
                    status = 0
                if status == 201:
                    self.acknowledged.append(sha256(body).digest())
                    break
                if status not in (0, 503):
                    self.unexpected.append(f"{status} for {sha256(body).hexdigest()}")
                time.sleep(PAUSE_SECONDS)
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=ANSWER_SECONDS
        )

    def _send(self, connection: http.client.HTTPConnection, body: bytes) -> int:
        connection.request(
            "POST",
            "/api/v1/lineage",
            body,
            {
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
            },
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status
