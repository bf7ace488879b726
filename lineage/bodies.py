"""How are the exact bytes of an event kept, unreadable to whoever copies the database?

Compressed with zstd, then sealed with AES-256-GCM under a key that lies outside the
database. A sealed body is one version byte, twelve bytes of nonce, ciphertext and tag;
the event's digest is bound to it, so that bodies cannot be exchanged.
"""

import os
import threading
from datetime import datetime
from functools import cache
from hashlib import sha256

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection

from lineage.models import RawEvent

VERSION = b"\x01"
NONCE_BYTES = 12
# Zstandard's contexts hold no state between calls but must not be shared by threads.
_own = threading.local()


class BodyLost(Exception):
    """The stored bytes cannot be opened: the key is another, or they were altered."""


@cache
def _cipher(key: str) -> AESGCM:
    return AESGCM(sha256(key.encode()).digest())


def _contexts() -> tuple[zstandard.ZstdCompressor, zstandard.ZstdDecompressor]:
    if not hasattr(_own, "contexts"):
        _own.contexts = (
            zstandard.ZstdCompressor(level=3, write_checksum=False),
            zstandard.ZstdDecompressor(),
        )
    contexts: tuple[zstandard.ZstdCompressor, zstandard.ZstdDecompressor] = (
        _own.contexts
    )
    return contexts


def seal(body: bytes, digest: bytes) -> bytes:
    """Compress and encrypt the bytes of one event."""
    nonce = os.urandom(NONCE_BYTES)
    compressed = _contexts()[0].compress(body)
    cipher = _cipher(settings.HEADWATER_BODY_KEY)
    return VERSION + nonce + cipher.encrypt(nonce, compressed, digest)


def unseal(sealed: bytes, digest: bytes) -> bytes:
    """Undo `seal`. Raises BodyLost."""
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if sealed[:1] != VERSION:
        raise BodyLost(f"Unknown body version {sealed[:1].hex()}.")
    try:
        compressed = _cipher(settings.HEADWATER_BODY_KEY).decrypt(
            nonce, ciphertext, digest
        )
        return _contexts()[1].decompress(compressed)
    except (InvalidTag, zstandard.ZstdError) as error:
        raise BodyLost("The body does not open with this key and digest.") from error


def open_body(event_id: int, recorded_at: datetime, digest: bytes) -> bytes:
    """Read the exact bytes of one event as it was sent. Raises BodyLost."""
    raw = RawEvent.objects.filter(event_id=event_id, recorded_at=recorded_at).first()
    if raw is None:
        raise BodyLost(f"Event {digest.hex()} has no body.")
    return unseal(bytes(raw.body), digest)


def make_months(ahead: int = 2) -> int:
    """Make the partitions of this month and the next ones; returns how many are new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT lineage_make_event_months(%s)", [ahead])
        made: int = cursor.fetchone()[0]
    return made
