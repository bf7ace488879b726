"""How does a file that was tried come back to be taken in, with what it would do?

A draft travels in the page itself, so that nothing of it stays on the server. Who
sends another one than they were given has their own rights, and no more.
"""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import orjson

MAX_BYTES = 8 * 2**20  # written out
MAX_PACKED = 2 * 2**20  # as a form sends it: Django takes two and a half


class NoDraft(ValueError):
    """A text that no page made."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file's text, and what each of its lines would do when it was tried."""

    text: str
    traces: Sequence[str]

    def pack(self) -> str:
        """As one line of text; "" where it is too long to come back."""
        told = orjson.dumps({"text": self.text, "traces": self.traces})
        packed = b64encode(zlib.compress(told)).decode()
        fits = len(told) <= MAX_BYTES and len(packed) <= MAX_PACKED
        return packed if fits else ""

    @classmethod
    def unpack(cls, packed: str) -> Self:
        """Raises NoDraft."""
        try:
            reader = zlib.decompressobj()
            content = reader.decompress(b64decode(packed, validate=True), MAX_BYTES + 1)
            told: Any = orjson.loads(content)
            text, traces = told["text"], told["traces"]
            if isinstance(text, str) and all(isinstance(t, str) for t in traces):
                return cls(text, list(traces))
        except (ValueError, KeyError, TypeError, zlib.error):
            pass
        raise NoDraft(packed[:40])
