"""How much could this server take in if it only stored the bytes?

The same granian, the same check of the token, the same compression and encryption, the
same raw table and unique digests, by group commit; no parsing, no projection. In the
environment of a running installation `python -m benchmarks.limit` serves it at PORT.
"""

import os
import queue
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

import psycopg
from django.conf import settings
from django.db import connection

from config import programs
from config.wsgi import application as headwater
from lineage import bodies
from policies.signing_in import tokens

# By the unique index on digest.
ADD_EVENTS: Final = """
INSERT INTO benchmark.event (digest, recorded_at)
SELECT digest, clock_timestamp() FROM unnest(%b::bytea[]) AS digest
ON CONFLICT (digest) DO NOTHING RETURNING digest, id, recorded_at
"""
ADD_RAW: Final = (
    "COPY benchmark.rawevent (event_id, recorded_at, body) FROM STDIN (FORMAT BINARY)"
)


@dataclass
class Committer:
    """A queue and one thread, as the ingester's: what has gathered shares a commit."""

    waiting: queue.SimpleQueue[tuple[bytes, Future[None]]] = field(
        default_factory=queue.SimpleQueue
    )
    lock: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None

    def store(self, body: bytes) -> None:
        """Return when the body is durable."""
        if self.thread is None:
            with self.lock:
                if self.thread is None:
                    self.thread = threading.Thread(target=self.run, daemon=True)
                    self.thread.start()
        done: Future[None] = Future()
        self.waiting.put((body, done))
        done.result()

    def run(self) -> None:
        while True:
            batch = [self.waiting.get()]
            while len(batch) < settings.HEADWATER_INGEST_BATCH:
                try:
                    batch.append(self.waiting.get_nowait())
                except queue.Empty:
                    break
            try:
                commit({sha256(body).digest(): body for body, _ in batch})
            except Exception as error:
                for _, done in batch:
                    done.set_exception(error)
            else:
                for _, done in batch:
                    done.set_result(None)


def commit(bodies_by_digest: dict[bytes, bytes]) -> None:
    """Store the bodies that are not stored yet, in one transaction."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    with raw.transaction(), psycopg.Cursor(raw) as cursor:
        cursor.execute(ADD_EVENTS, [sorted(bodies_by_digest)])
        added: list[tuple[bytes, int, datetime]] = cursor.fetchall()
        with cursor.copy(ADD_RAW) as copy:
            copy.set_types(["int8", "timestamptz", "bytea"])
            for digest, event, recorded_at in added:
                sealed = bodies.seal(bodies_by_digest[digest], digest)
                copy.write_row((event, recorded_at, sealed))


committer = Committer()


def application(
    environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Store what is posted to the event door; let Headwater answer everything else."""
    if environ["PATH_INFO"] != "/api/v1/lineage":
        return headwater(environ, start_response)
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    try:
        tokens.authenticate(environ["HTTP_AUTHORIZATION"].partition(" ")[2])
    except tokens.TokenRefused:
        start_response("401 Unauthorized", [("Content-Length", "0")])
        return [b""]
    committer.store(body)
    start_response("201 Created", [("Content-Length", "0")])
    return [b""]


def nothing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer at once: what the HTTP server and the load itself could do."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("201 Created", [("Content-Length", "0")])
    return [b""]


def main(target: str = "application") -> None:
    """Become granian, started as Headwater starts it, with our application."""
    program = programs.web()
    command = [*program.command[:-1], f"benchmarks.limit:{target}"]
    os.execve(command[0], command, dict(program.environment))  # noqa: S606 - granian


if __name__ == "__main__":
    main(*sys.argv[1:])
