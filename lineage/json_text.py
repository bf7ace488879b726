"""How is JSON taken apart without losing a byte of it, or the server?"""

import re
from collections.abc import Iterator
from itertools import accumulate, islice

import msgspec

# Real events stay below 20. orjson writes 254 levels at most, and PostgreSQL and Python
# recurse on deep values; a bound well below all of them makes depth one kind of
# refusal.
MAX_DEPTH = 128
_MANY_COMMAS = 100_000

_ONE_KIND_OF_BRACKET = bytes.maketrans(b"{}", b"[]")
_ALL_BUT_STRUCTURE = bytes(sorted(set(range(256)) - set(b'"[]{}')))

_STEP = [{ord("["): 1, ord("]"): -1}.get(byte, 0) for byte in range(256)]

_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",
    re.DOTALL,
)
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)

_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


def pointer(*parts: str | int) -> str:
    """Write an RFC 6901 pointer; NUL, which no database keeps, becomes U+FFFD."""
    return "".join(
        "/" + str(part).replace("~", "~0").replace("/", "~1").replace("\0", "\ufffd")
        for part in parts
    )


def is_deeper(body: bytes, levels: int = MAX_DEPTH) -> bool:
    """Is the JSON in `body` nested deeper than `levels`? Linear, and at C speed.

    Text that is no JSON gets an answer too, right or wrong.
    """
    if body.count(b"[") + body.count(b"{") <= levels:
        return False
    if b"\\" in body:
        body = body.replace(rb"\\", b"").replace(rb"\"", b"")
    body = body.translate(None, _ALL_BUT_STRUCTURE).replace(b'""', b"")
    if b'"' in body:
        body = b"".join(body.split(b'"')[::2])
    body = body.translate(_ONE_KIND_OF_BRACKET)
    if b"[" * (levels + 1) in body:
        return True
    # Each pass takes the innermost level away; few levels are left of a real event.
    for removed in range(1, 5):
        body = body.replace(b"[]", b"")
        if body.count(b"[") <= levels - removed:
            return False
    return max(accumulate(map(_STEP.__getitem__, body))) > levels - removed


def mend_surrogates(body: bytes) -> bytes:
    r"""Write `\u0000` for each lone surrogate escape, which no UTF-8 text can hold.

    NUL is refused or replaced in the same places, and the length does not change.
    """
    return _ESCAPE.sub(
        lambda found: rb"\u0000" if found["lone"] else found[0],
        body,
    )


class TooMany(ValueError):
    """An array with more elements than anyone wants."""


def elements(array: bytes, limit: int) -> list[bytes]:
    """Cut the exact text of each element out of a JSON array.

    Raises msgspec.DecodeError if it is none, TooMany if it has more than `limit`. The
    elements' own strings are not checked.
    """
    if array.count(b",") > _MANY_COMMAS:
        # Each element costs more memory than its text, if it is a number.
        counted = sum(1 for _ in islice(_cut(array), limit + 1))
        if counted > limit:
            raise TooMany
    cut = _elements(array)
    if len(cut) > limit:
        raise TooMany
    return cut


def _elements(array: bytes) -> list[bytes]:
    try:
        return [bytes(element) for element in _ELEMENTS.decode(array)]
    except RecursionError:
        return list(_cut(array))
    except msgspec.DecodeError:
        mended = mend_surrogates(array)
        if mended == array:
            raise
    cut: list[bytes] = []
    position = 0
    for element in _ELEMENTS.decode(mended):
        position = mended.index(bytes(element), position)
        end = position + len(memoryview(element))
        cut.append(array[position:end])
        position = end
    return cut


def _cut(array: bytes) -> Iterator[bytes]:
    """Cut an array at the commas of its first level, however deep it is.

    Raises msgspec.DecodeError where it does not end as it should: what broke off on its
    way must not be taken for the whole.
    """
    depth = 0
    start = 0
    for token in _TOKEN.finditer(array):
        match token[0]:
            case b"[" | b"{":
                depth += 1
                if depth == 1:
                    start = token.end()
            case b"]" | b"}":
                depth -= 1
                if depth == 0:
                    if token[0] == b"}" or array[token.end() :].strip():
                        raise msgspec.DecodeError("no array ends so")
                    yield array[start : token.start()].strip()
                    return
            case b",":
                if depth == 1:
                    yield array[start : token.start()].strip()
                    start = token.end()
    raise msgspec.DecodeError("input data was truncated")
