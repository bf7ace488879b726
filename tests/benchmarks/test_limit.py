"""Does the server that only stores bytes store them, once each and readable?"""

from hashlib import sha256

import pytest
from django.db import connection

from benchmarks import limit
from benchmarks.raw import STORED, TABLES
from lineage import bodies


@pytest.fixture
def tables(db):
    with connection.cursor() as cursor:
        for statement in TABLES:
            cursor.execute(statement)


def by_digest(*texts):
    return {sha256(text).digest(): text for text in texts}


def test_what_is_committed_can_be_read_again(tables):
    limit.commit(by_digest(b"one", b"two"))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.digest, r.body FROM benchmark.event e"
            " JOIN benchmark.rawevent r ON r.event_id = e.id"
        )
        stored = {bytes(digest): bytes(body) for digest, body in cursor.fetchall()}
    opened = {digest: bodies.unseal(body, digest) for digest, body in stored.items()}
    assert opened == by_digest(b"one", b"two")


def test_what_is_sent_twice_is_stored_once(tables):
    limit.commit(by_digest(b"one"))
    limit.commit(by_digest(b"one", b"two"))

    with connection.cursor() as cursor:
        cursor.execute(STORED)
        assert cursor.fetchone() == (2,)
