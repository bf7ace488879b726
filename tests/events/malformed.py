"""Events and requests that have to be refused, and how: two hundred and more.

`CASES` is a table of what is sent and what is answered. Most of it is a good event with
one place spoilt: every identity in every way that an identity can be bad.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import zstandard

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
RUN_ID = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


@dataclass(frozen=True)
class Malformed:
    """One request. `pointer` is None where the body is not at fault."""

    name: str
    body: bytes
    status: int
    code: str
    pointer: str | None = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Can it stand in an array beside good events?"""
        return self.status == 422 and self.body[:1] == b"{"


def good_event(kind: str = "run") -> dict[str, Any]:
    """An event with an identity of every sort, and nothing wrong."""
    dataset = {"namespace": "pg://db", "name": "shop.public.orders"}
    event: dict[str, Any] = {
        "eventTime": "2026-05-04T03:02:01Z",
        "producer": "https://example.org/producer",
        "schemaURL": f"{SCHEMA}/{kind.capitalize()}Event",
    }
    if kind == "dataset":
        return {**event, "dataset": dataset}
    event["job"] = {"namespace": "shop", "name": "load"}
    event["inputs"] = [dict(dataset), dict(dataset)]
    event["outputs"] = [dict(dataset)]
    if kind == "run":
        event |= {"eventType": "COMPLETE", "run": {"runId": RUN_ID}}
    return event


ABSENT = object()


def spoilt(at: str, value: object, kind: str = "run") -> bytes:
    """A good event in which `value`, or JSON text in bytes, stands at a pointer."""
    event = good_event(kind)
    *path, last = at.removeprefix("/").split("/")
    place: Any = event
    for step in path:
        place = place[int(step) if isinstance(place, list) else step]
    key: Any = int(last) if isinstance(place, list) else last
    if value is ABSENT:
        del place[key]
    else:
        place[key] = "@" if isinstance(value, bytes) else value
    text = json.dumps(event).encode()
    return text.replace(b'"@"', value, 1) if isinstance(value, bytes) else text


IDENTITIES = [
    ("run", "/run/runId"),
    ("run", "/job/namespace"),
    ("run", "/job/name"),
    ("run", "/inputs/0/namespace"),
    ("run", "/inputs/1/name"),
    ("run", "/outputs/0/namespace"),
    ("run", "/outputs/0/name"),
    ("job", "/job/namespace"),
    ("job", "/job/name"),
    ("dataset", "/dataset/namespace"),
    ("dataset", "/dataset/name"),
]
BAD_IDENTITIES: list[tuple[str, object, str]] = [
    ("absent", ABSENT, "member_missing"),
    ("null", None, "member_missing"),
    ("empty", "", "member_missing"),
    ("blank", " \t\n ", "member_missing"),
    ("a number", 5, "wrong_type"),
    ("a flag", True, "wrong_type"),
    ("an array", ["x"], "wrong_type"),
    ("an object", {"x": "y"}, "wrong_type"),
    ("NUL", "a\0b", "identity_unstorable"),
    ("a lone high surrogate", b'"a\\ud800b"', "identity_unstorable"),
    ("a lone low surrogate", b'"a\\uDC00b"', "identity_unstorable"),
    ("two high surrogates", b'"\\ud800\\ud800"', "identity_unstorable"),
    ("1,025 characters", "x" * 1025, "identity_too_long"),
]


def _identities() -> Iterator[Malformed]:
    for kind, at in IDENTITIES:
        for what, value, code in BAD_IDENTITIES:
            name = f"{kind} event: {at} is {what}"
            yield Malformed(name, spoilt(at, value, kind), 422, code, at)
    for at in ("/job/name", "/inputs/0/name", "/outputs/0/name"):
        body = spoilt(at, "\N{CJK UNIFIED IDEOGRAPH-4E2D}" * 1000)
        yield Malformed(f"{at} has 3,000 bytes", body, 422, "identity_too_long", at)


HOLDERS = ["/run", "/job", "/inputs/0", "/outputs/0"]


def _holders() -> Iterator[Malformed]:
    for at in HOLDERS:
        for what, value in [("a text", "x"), ("a number", 5), ("an array", [])]:
            body = spoilt(at, value)
            yield Malformed(f"{at} is {what}", body, 422, "wrong_type", at)
    for at in ("/inputs", "/outputs"):
        for what, value in [("a text", "x"), ("an object", {}), ("a flag", False)]:
            body = spoilt(at, value)
            yield Malformed(f"{at} is {what}", body, 422, "wrong_type", at)
        body = spoilt(f"{at}/0", None)
        yield Malformed(f"{at}/0 is null", body, 422, "wrong_type", f"{at}/0")
    for at, missing in [("/run", "/run/runId"), ("/job", "/job/namespace")]:
        for what, value in [("absent", ABSENT), ("null", None), ("empty", {})]:
            body = spoilt(at, value)
            yield Malformed(f"{at} is {what}", body, 422, "member_missing", missing)
    for what, value in [("absent", ABSENT), ("null", None), ("empty", {})]:
        body = spoilt("/dataset", value, "dataset")
        yield Malformed(
            f"/dataset is {what}", body, 422, "member_missing", "/dataset/namespace"
        )
    body = spoilt("/dataset", [], "dataset")
    yield Malformed("/dataset is an array", body, 422, "wrong_type", "/dataset")


NO_TIMES = [
    "yesterday",
    "2026-05-04",
    "03:02:01Z",
    "20260504T030201Z",
    "2026-5-4T3:2:1Z",
    "2026-05-04T03Z",
    "1777863721",
    "1777863721000",
    "2026-13-04T03:02:01Z",
    "2026-02-30T03:02:01Z",
    "2026-05-04T24:00:00Z",
    "2026-05-04T03:61:01Z",
    "2026-05-04T03:02:61Z",
    "2026-05-04T03:02:01+25:00",
    "2026-05-04T03:02:01 Europe/Paris",
    "2026-05-04T03:02:01[Europe/Paris]",
    "2026-W19-1T03:02:01Z",
    "2026-124T03:02:01Z",
    "0000-05-04T03:02:01Z",
    "10000-05-04T03:02:01Z",
    "-2026-05-04T03:02:01Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "2026-05-04T03:02:01.Z",
    "2026-05-04T03:02:01Z ",
    "2026-05-04T03:02:01Z\0",
    "\N{ARABIC-INDIC DIGIT TWO}026-05-04T03:02:01Z",
    "Mon, 04 May 2026 03:02:01 GMT",
    "now",
    "9" * 5000,
]


def _times() -> Iterator[Malformed]:
    at = "/eventTime"
    for text in NO_TIMES:
        body = spoilt(at, text)
        yield Malformed(f"eventTime {text[:40]!r}", body, 422, "event_time_invalid", at)
    for what, value in [("absent", ABSENT), ("null", None), ("empty", "")]:
        body = spoilt(at, value)
        yield Malformed(f"eventTime {what}", body, 422, "event_time_missing", at)
    for what, value in [("number", 1777863721), ("array", []), ("flag", True)]:
        body = spoilt(at, value)
        yield Malformed(f"eventTime {what}", body, 422, "wrong_type", at)


_GOOD = json.dumps(good_event()).encode()
_OPEN = _GOOD[:-1]

NO_JSON = {
    "nothing": b"",
    "blanks": b" \r\n\t",
    "a word": b"event",
    "single quotes": b"{'eventTime': '2026-05-04T03:02:01Z'}",
    "no quotes": b'{eventTime: "2026-05-04T03:02:01Z"}',
    "broken off": _GOOD[: len(_GOOD) // 2],
    "broken off in an escape": _OPEN + b',"x":"\\',
    "broken off in a code": _OPEN + b',"x":"\\u00',
    "without its end": _OPEN,
    "one end too many": _GOOD + b"}",
    "the wrong end": _OPEN + b"]",
    "two events": _GOOD + _GOOD,
    "two lines": _GOOD + b"\n" + _GOOD,
    "text behind": _GOOD + b" and more",
    "a comma behind": _GOOD + b",",
    "a comma at the end": _OPEN + b",}",
    "two commas": _OPEN + b",,}",
    "a comment": _OPEN + b"/* why */}",
    "a line comment": _GOOD + b"// why",
    "NaN": _OPEN + b',"x":NaN}',
    "NaN in a facet": _OPEN + b',"run":{"runId":"x","facets":{"a":{"b":NaN}}}}',
    "Infinity": _OPEN + b',"x":Infinity}',
    "-Infinity": _OPEN + b',"x":-Infinity}',
    "Infinity in a list": _OPEN + b',"x":[1,{"y":Infinity}]}',
    "a leading zero": _OPEN + b',"x":012}',
    "a leading plus": _OPEN + b',"x":+1}',
    "a leading point": _OPEN + b',"x":.5}',
    "a trailing point": _OPEN + b',"x":5.}',
    "an empty exponent": _OPEN + b',"x":5e}',
    "hexadecimal": _OPEN + b',"x":0x10}',
    "True": _OPEN + b',"x":True}',
    "None": _OPEN + b',"x":None}',
    "undefined": _OPEN + b',"x":undefined}',
    "a line break in a text": _OPEN + b',"x":"a\nb"}',
    "a tab in a text": _OPEN + b',"x":"a\tb"}',
    "a raw NUL in a text": _OPEN + b',"x":"a\0b"}',
    "a raw NUL behind": _GOOD + b"\0",
    "an unknown escape": _OPEN + b',"x":"\\q"}',
    "an octal escape": _OPEN + b',"x":"\\012"}',
    "a bad code": _OPEN + b',"x":"\\uZZZZ"}',
    "no value": _OPEN + b',"x":}',
    "no colon": _OPEN + b',"x" 1}',
    "a number as a name": _OPEN + b",1:2}",
    "XML": b"<event/>",
    "YAML": b"eventTime: 2026-05-04T03:02:01Z\n",
    "a form": b"event=%7B%7D",
}
NO_UTF8 = {
    "a lone byte": _OPEN + b',"x":"\xff"}',
    "a lone byte in a facet": _OPEN + b',"job":{"facets":{"sql":{"query":"\xe9"}}}}',
    "a lone byte in a name": spoilt("/job/name", b'"caf\xe9"'),
    "an overlong slash": _OPEN + b',"x":"\xc0\xaf"}',
    "an encoded surrogate": _OPEN + b',"x":"\xed\xa0\x80"}',
    "beyond the last character": _OPEN + b',"x":"\xf4\x90\x80\x80"}',
    "a character broken off": _OPEN + b',"x":"\xe4\xb8"}',
    "UTF-16": json.dumps(good_event()).encode("utf-16"),
    "UTF-16 with a high byte": _GOOD.decode().encode("utf-16-be") + b"\xd8\x00",
    "Latin 1": json.dumps({"x": "é"}, ensure_ascii=False).encode("latin-1"),
}
# These are ASCII by their bytes, and no JSON.
NO_JSON["UTF-16 without a mark"] = json.dumps(good_event()).encode("utf-16-be")
NO_JSON["UTF-32"] = json.dumps(good_event()).encode("utf-32-le")

NO_EVENTS = {
    "a text": b'"event"',
    "a number": b"5",
    "null": b"null",
    "a flag": b"true",
    "a huge number": b"9" * 10_000,
}
TOO_DEEP = {
    "129 arrays": _OPEN + b',"x":' + b"[" * 128 + b"]" * 128 + b"}",
    "a thousand objects": _OPEN + b',"x":' + b'{"a":' * 999 + b"1" + b"}" * 1000,
    "a hundred thousand arrays": _OPEN + b',"x":' + b"[" * 10**5 + b"]" * 10**5 + b"}",
    "a hundred thousand objects": b'{"a":' * 10**5 + b"1" + b"}" * 10**5,
    "deep in a facet": spoilt(
        "/run",
        b'{"runId":"x","facets":{"a":' + b'{"b":[' * 99 + b"]}" * 99 + b"}}",
    ),
    "deep and not closed": b'{"a":' * 10**5,
}


def _texts() -> Iterator[Malformed]:
    for what, body in NO_JSON.items():
        yield Malformed(f"no JSON: {what}", body, 400, "json_invalid")
    for what, body in NO_UTF8.items():
        yield Malformed(f"no UTF-8: {what}", body, 400, "utf8_invalid")
    for what, body in NO_EVENTS.items():
        yield Malformed(f"no event: {what}", body, 422, "event_not_object")
    for what, body in TOO_DEEP.items():
        yield Malformed(f"too deep: {what}", body, 400, "json_too_deep")
    for what, body, code, at in [
        ("an empty object", b"{}", "event_time_missing", "/eventTime"),
        (
            "a job in the place of a run",
            json.dumps({**good_event("job"), "schemaURL": "RunEvent"}).encode(),
            "member_missing",
            "/run/runId",
        ),
        (
            "the last of two names",
            spoilt("/job", b'{"namespace":"n","name":"m","name":null}'),
            "member_missing",
            "/job/name",
        ),
        (
            "the last of two times",
            _OPEN + b',"eventTime":"never"}',
            "event_time_invalid",
            "/eventTime",
        ),
    ]:
        yield Malformed(what, body, 422, code, at)


def _requests() -> Iterator[Malformed]:
    packed = gzip.compress(_GOOD)
    zstd = zstandard.ZstdCompressor().compress(_GOOD)
    for what, encoding, body in [
        ("plain text as gzip", "gzip", _GOOD),
        ("gzip broken off", "gzip", packed[:-12]),
        ("gzip with text behind", "gzip", packed + b"and more"),
        ("gzip with a bad sum", "gzip", packed[:-8] + b"\0" * 8),
        ("zstd as gzip", "gzip", zstd),
        ("nothing as gzip", "gzip", b""),
        ("plain text as zstd", "zstd", _GOOD),
        ("gzip as zstd", "zstd", packed),
        ("zstd with text behind", "zstd", zstd + b"and more"),
        ("nothing as zstd", "zstd", b""),
    ]:
        headers = {"content_encoding": encoding}
        yield Malformed(what, body, 400, "encoding_invalid", None, headers)
    for what, body in [("gzip", packed), ("zstd", zstd)]:
        code = "utf8_invalid"
        yield Malformed(f"{what} without a word", body, 400, code)
    for encoding in ("br", "deflate", "gzip, gzip", "aes128gcm"):
        headers = {"content_encoding": encoding}
        yield Malformed(encoding, packed, 415, "encoding_unsupported", None, headers)
    for media_type in (
        "text/plain",
        "text/xml",
        "application/x-www-form-urlencoded",
        "application/x-ndjson",
    ):
        headers = {"content_type": media_type}
        code = "media_type_unsupported"
        yield Malformed(media_type, _GOOD, 415, code, None, headers)
    for charset in ("utf-7", "utf-16", "latin1"):
        headers = {"content_type": f"application/json; charset={charset}"}
        yield Malformed(charset, _GOOD, 415, "charset_unsupported", None, headers)
    blanks = b" " * (10 * 2**20 + 1)
    yield Malformed("10 MiB and a byte", blanks, 413, "body_too_large", None)
    headers = {"content_encoding": "gzip"}
    code = "inflates_too_much"
    yield Malformed(
        "10 MiB inflated", gzip.compress(blanks, 1), 413, code, None, headers
    )


CASES = [*_identities(), *_holders(), *_times(), *_texts(), *_requests()]
