"""What do the demo's producers send?

`python -m demo.recorder DIRECTORY`, in the demo's environment, writes it down; so were
the recordings of tests/events/recorded made.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from openlineage.client import OpenLineageClient

from demo import releases
from demo.history import history

# The history of some fixed day; of it the first day and the one with the failed night.
RECORDED_AT = datetime(2026, 11, 15, tzinfo=UTC)
RECORDED_DAYS = ("2026-11-02", "2026-11-05T00", "2026-11-06T02")


class Recorder(ThreadingHTTPServer):
    """An endpoint that keeps each event as it came, in order of arrival."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Keep)
        self.events: list[bytes] = []

    def take(self) -> list[bytes]:
        """Hand over what has come so far."""
        taken, self.events = self.events, []
        return taken


class Keep(BaseHTTPRequestHandler):
    """Answers every POST with 201."""

    server: Recorder
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.events.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder that OPENLINEAGE_URL points at."""
    with Recorder() as recorder:
        threading.Thread(target=recorder.serve_forever, daemon=True).start()
        os.environ["OPENLINEAGE_URL"] = f"http://127.0.0.1:{recorder.server_port}"
        os.environ.pop("OPENLINEAGE_API_KEY", None)
        yield recorder
        recorder.shutdown()


def record(directory: Path) -> None:
    """Write three recordings: the client's, and those of the project's two releases."""
    with recording() as recorder, tempfile.TemporaryDirectory() as place:
        client, project = OpenLineageClient(), Path(place) / "shop"
        for event in history(RECORDED_AT):
            if event.eventTime.startswith(RECORDED_DAYS):
                client.emit(event)
        write(directory / "client.ndjson", recorder.take())
        releases.check_out(project)
        releases.run_pipeline(project, client.emit)
        write(directory / "dbt-first-release.ndjson", recorder.take())
        releases.upgrade(project)
        releases.run_pipeline(project, client.emit)
        write(directory / "dbt-second-release.ndjson", recorder.take())


def write(path: Path, events: list[bytes]) -> None:
    """One event a line. Refuses to keep a path of this machine."""
    for event in events:
        for place in (tempfile.gettempdir(), str(Path.home()), str(Path.cwd())):
            if place != "/" and place.encode() in event:
                raise ValueError(f"{place} occurs in an event")
    path.write_bytes(b"".join(event + b"\n" for event in events))
    print(f"{path}: {len(events)} events")


if __name__ == "__main__":
    record(Path(sys.argv[1]))
