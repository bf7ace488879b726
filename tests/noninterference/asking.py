"""What a viewer is told at an address, to the byte, but for what is drawn anew."""

import re
import zlib
from difflib import unified_diff
from io import BytesIO
from zipfile import ZipFile

from django.conf import settings

CSRF = re.compile(r'(name="csrfmiddlewaretoken" value="|"X-CSRFToken": ?")[\w-]+')
# Two stand-ins of one event are stored a microsecond apart.
MICROSECONDS = re.compile(r"([T ]\d\d:\d\d:\d\d)\.0000\d\d")
# The administration tells rows apart by their keys, which docs/security.md says.
KEYS = re.compile(r'(/admin/\w+/\w+/)\d+(?=/)|((?:value|id)=")\d+(?=")')
# Some rows are stamped by a default of their table, which knows no other clock than the
# server's; worlds are of other days.
STAMPS = re.compile(
    r"(?!2026-0[23])\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?"
)
# Files of reports have such a stamp in them, and count every change of rights, those
# about hidden assets among them. What they tell is compared by the digest of its data.
EPOCH = re.compile(r'("epoch":) ?\d+')
FILES = re.compile(r'("sizeBytes"|"sha256"): ?"?[0-9a-f]+"?')
SHOWN_FILES = re.compile(r'title="SHA-256 [0-9a-f]+">(\S+) <span class="quiet">[^<]+')
REPORTS = ("report", "report-api")
# Where columns are hidden, ids of versions are part of a report's data (see naming):
# its digest and its size differ, and its files are compared by what they tell.
DIGESTS = re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{16}…|[\d.]+\xa0KB")
# An event that names something hidden is withheld whole, as docs/security.md says.
EVENTS = re.compile(
    r'<section class="panel">\s*<div class="panel-head"><h2>Events .*?</section>', re.S
)
# Versions of datasets that runs read or wrote, beside those that are listed: their ids
# are keyed digests of all columns.
VERSIONS = re.compile(r'("version": ?"|/versions/)[0-9a-f]{8}-[0-9a-f-]{27}')
NONCE = re.compile(r"nonce-[\w-]+|nonce=\"[\w-]+")
# Of each answer these are drawn by chance, or say what time it is outside of the world.
DRAWN_HEADERS = {"Set-Cookie", "Expires"}


def ask(client, address, built):
    """Status, headers and body; ids whose names the world knows by these names."""
    response = client.get(address.path, HTTP_X_REQUEST_ID="asked")
    body = (
        b"".join(response.streaming_content)
        if response.streaming
        else (response.content)
    )
    headers = {
        name: _named(value, built)
        for name, value in response.headers.items()
        if name not in DRAWN_HEADERS
    }
    headers.pop("Content-Length", None)  # says no more than the body does
    told = _told(body, built)
    if etag := response.headers.get("ETag"):
        again = client.get(address.path, HTTP_IF_NONE_MATCH=etag)
        told += f"{again.status_code} if it is known"
    told = STAMPS.sub("then", told)
    if address.route.startswith(REPORTS):
        told = FILES.sub(r"\1", EPOCH.sub(r"\1", told))
        told = SHOWN_FILES.sub(r"\1", told)
        if built.has_secrets:
            told = DIGESTS.sub("digest", told)
            headers.pop("X-Content-SHA256", None)
    if address.route == "run-detail" and settings.HEADWATER_WALKS_HIDDEN != "PASS":
        told = " ".join(EVENTS.sub("", told).split())
    if built.has_secrets:
        told = VERSIONS.sub(r"\1", told)
    if address.route.startswith("admin:"):
        told = KEYS.sub(r"\1\2", told)
    return response.status_code, tuple(sorted(headers.items())), told


def _told(body, built):
    if body.startswith(b"PK"):
        with ZipFile(BytesIO(body)) as files:
            return "".join(
                f"{n}\n{_told(files.read(n), built)}" for n in files.namelist()
            )
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"{len(body)} bytes, {zlib.crc32(body)}"
    return _named(text, built)


def _named(text, built):
    text = CSRF.sub(r"\1", text)
    text = NONCE.sub("nonce", text)
    text = MICROSECONDS.sub(r"\1", text)
    return built.name_drawn(text)


def differences(one, other):
    """Where two viewers are told different things: the address, and the first lines."""
    assert one.keys() == other.keys()
    found = []
    for key, told in one.items():
        if told != other[key]:
            lines = unified_diff(_lines(told), _lines(other[key]), lineterm="", n=0)
            found.append((key, "\n".join([*lines][2:30])))
    return found


def _lines(told):
    status, headers, body = told
    return [str(status), *map(str, headers), *body.replace(",", ",\n").splitlines()]
