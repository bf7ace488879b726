"""What tests of the door share: a server to send events to, and small events."""

import http.client
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import factories
from tests.conftest import WebServer, running_web_server

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
RUN_ID = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
CHUNK = 50_000


@dataclass(frozen=True)
class Answer:
    """What the server said, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Door:
    """A client that sends events over HTTP, as exactly as a test wants."""

    url: str
    token: str | None = None

    def send(
        self,
        body: object,
        path: str = "/api/v1/lineage",
        *,
        method: str = "POST",
        is_chunked: bool = False,
        **headers: str | None,
    ) -> Answer:
        """Send JSON, or bytes as they are; `content_encoding="gzip"` sets a header."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        wanted = {"content_type": "application/json", **headers}
        if self.token is not None:
            wanted.setdefault("authorization", f"Bearer {self.token}")
        sent = {
            name.replace("_", "-"): value
            for name, value in wanted.items()
            if value is not None
        }
        parts: bytes | Iterable[bytes] = data
        if is_chunked:
            sent["Transfer-Encoding"] = "chunked"
            parts = (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))
        # The server closes the connection where it did not read the body.
        address = urlsplit(self.url).netloc
        connection = http.client.HTTPConnection(address, timeout=30)
        connection.request(method, path, parts, sent, encode_chunked=is_chunked)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, told, response.read())
        connection.close()
        return answer

    def get(self, path: str) -> Answer:
        return self.send(b"", path, method="GET", content_type=None)


@pytest.fixture
def door_of(web_server: WebServer) -> Callable[[str | None], Door]:
    """`door_of(token)`: a client with that token, or without any."""
    return lambda token: Door(web_server.url, token)


@pytest.fixture
def door(door_of: Callable[[str | None], Door]) -> Door:
    """A client that may send events for every namespace."""
    return door_of(factories.make_token("loader", "producer"))


@pytest.fixture(scope="session")
def _open_server(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    everybody = {"HEADWATER_ANONYMOUS_ROLE": "viewer"}
    log = tmp_path_factory.mktemp("open") / "log"
    with running_web_server(log, **everybody) as server:
        yield server


@pytest.fixture
def open_server(_open_server: WebServer, transactional_db: None) -> WebServer:
    """A web server where everybody is a viewer; it sees what this test commits."""
    return _open_server


def run_event(**changes: Any) -> dict[str, Any]:
    """A RunEvent without anything that it could do without, and with `changes`."""
    return {
        "eventTime": "2026-05-04T03:02:01Z",
        "eventType": "START",
        "producer": "https://example.org/producer",
        "schemaURL": f"{SCHEMA}/RunEvent",
        "run": {"runId": RUN_ID},
        "job": {"namespace": "shop", "name": "load"},
        **changes,
    }
