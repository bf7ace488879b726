"""How is the body of a request read, without trusting a word of what it says?"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import zstandard

from policies.problems import Problem

BLOCK_BYTES = 64 * 2**10
# Below this size no ratio of inflation is suspicious: JSON repeats itself a lot.
UNSUSPICIOUS_BYTES = 2**20
# How much of a refused body is read for the sake of whoever sends it.
DISCARDED_BYTES = 64 * 2**20
# What RFC 8878 wants decoders to support; more would be memory that the sender chooses.
MAX_WINDOW_BYTES = 8 * 2**20

ENCODINGS = ("gzip", "zstd")


class Stream(Protocol):
    """A body on its way in, such as `wsgi.input`."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a body may be: as sent, inflated, and inflated against as sent."""

    wire_bytes: int
    body_bytes: int
    inflate_ratio: int


def check_media_type(content_type: str) -> None:
    """Let JSON in, and bodies of which nothing is said.

    Raises Problem (415) for anything else, or for JSON that is not in UTF-8.
    """
    media_type, *parameters = (part.strip() for part in content_type.lower().split(";"))
    is_json = media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
    if media_type and not is_json:
        raise Problem(
            415,
            "media_type_unsupported",
            "Events are sent as application/json. Set that Content-Type.",
            headers={"Accept": "application/json"},
        )
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(" \"'") not in (
            "utf-8",
            "utf8",
            "us-ascii",
        ):
            raise Problem(
                415,
                "charset_unsupported",
                "JSON is UTF-8, whatever its length. Send it so.",
                headers={"Accept": "application/json"},
            )


def read_body(
    stream: Stream, *, content_length: int | None, encoding: str, limits: Limits
) -> bytes:
    """Read a body to its end, inflated, with no more in memory than `limits` allow.

    `encoding` is the Content-Encoding. Raises Problem: 413 if the body is too large,
    415 for an unknown encoding, 400 for a body that is not encoded so, or that broke
    off.
    """
    wire = _Wire(stream, limits.wire_bytes)
    try:
        if content_length is not None and content_length > limits.wire_bytes:
            raise _too_large(limits.wire_bytes, "as sent")
        body = _inflated(wire, _inflater(encoding), limits)
    except Problem:
        # A sender that is still sending would otherwise find the connection closed, and
        # never read why.
        wire.discard()
        raise
    if content_length is not None and wire.count < content_length:
        raise Problem(
            400,
            "body_incomplete",
            f"The body has {wire.count} bytes of the {content_length} that "
            "Content-Length promises. Send the request again.",
        )
    return body


def _inflated(
    wire: "_Wire", inflate: Callable[["_Wire"], Iterable[bytes]], limits: Limits
) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in inflate(wire):
        size += len(piece)
        if size > limits.body_bytes:
            raise _too_large(limits.body_bytes, "inflated")
        if size > max(UNSUSPICIOUS_BYTES, wire.count * limits.inflate_ratio):
            raise Problem(
                413,
                "inflates_too_much",
                f"The body inflates to over {limits.inflate_ratio} times its size. "
                "Send it without compression.",
            )
        pieces.append(piece)
    return b"".join(pieces)


class _Wire:
    """The bytes as they were sent, counted."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self.count = 0

    def read(self, size: int) -> bytes:
        block = self._stream.read(min(size, BLOCK_BYTES))
        self.count += len(block)
        if self.count > self._limit:
            raise _too_large(self._limit, "as sent")
        return block

    def discard(self) -> None:
        """Read on for a while, into nothing."""
        for _ in range(DISCARDED_BYTES // BLOCK_BYTES):
            if not self._stream.read(BLOCK_BYTES):
                break

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK_BYTES):
            yield block


def _inflater(encoding: str) -> Callable[[_Wire], Iterable[bytes]]:
    match encoding.strip().lower():
        case "" | "identity":
            return iter
        case "gzip" | "x-gzip":
            return _gunzip
        case "zstd":
            return _unzstd
    raise Problem(
        415,
        "encoding_unsupported",
        f"A body may be encoded with one of {', '.join(ENCODINGS)}, or not at all.",
        headers={"Accept-Encoding": ", ".join(ENCODINGS)},
    )


def _gunzip(wire: _Wire) -> Iterator[bytes]:
    """Inflate all members of a gzip stream (RFC 1952); zeros may follow them."""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for block in wire:
        while block:
            if member.eof:
                block = block.lstrip(b"\0")
                if not block:
                    break
                member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                piece = member.decompress(block, BLOCK_BYTES)
                # The rest of a full piece may wait inside, with nothing left to feed.
                while len(piece) == BLOCK_BYTES and not member.unconsumed_tail:
                    yield piece
                    piece = member.decompress(b"", BLOCK_BYTES)
            except zlib.error as error:
                raise _misencoded("gzip") from error
            yield piece
            block = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise _misencoded("gzip")


def _unzstd(wire: _Wire) -> Iterator[bytes]:
    """Inflate all frames of a Zstandard stream (RFC 8878)."""
    inflater = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
    reader = inflater.stream_reader(
        wire,  # type: ignore[arg-type]
        read_size=BLOCK_BYTES,
        read_across_frames=True,
    )
    try:
        while piece := reader.read(BLOCK_BYTES):
            yield piece
    except zstandard.ZstdError as error:
        raise _misencoded("zstd") from error
    if not wire.count:
        raise _misencoded("zstd")


def _misencoded(encoding: str) -> Problem:
    return Problem(
        400,
        "encoding_invalid",
        f"The body is not what its Content-Encoding says: {encoding}. It may have "
        "broken off on its way; send it again.",
    )


def _too_large(limit: int, how: str) -> Problem:
    return Problem(
        413,
        "body_too_large",
        f"The body has more than {limit} bytes {how}. Send fewer events at once, or "
        "have the limit raised (docs/operations.md).",
    )
