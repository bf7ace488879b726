"""Which names can be stored, listed and linked?"""

import re
from hashlib import md5
from typing import NamedTuple
from uuid import UUID

from lineage.redaction import scrub

MAX_NAME_CHARACTERS = 1024
# PostgreSQL refuses a btree entry of more than 2,704 bytes, and unique indexes have to
# take every (namespace, name), column and producer that is let in.
MAX_IDENTITY_BYTES = 2560

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


class Misfit(NamedTuple):
    """Why a name cannot be used. `member` is "namespace" or "name"."""

    member: str
    code: str
    message: str


def misfit(namespace: str | None, name: str | None) -> Misfit | None:
    """Find what makes an identity unusable, if anything does."""
    for member, text in (("namespace", namespace), ("name", name)):
        fault = text_misfit(text, member)
        if fault is not None:
            return fault
    assert namespace is not None
    assert name is not None
    size = _bytes(namespace, name)
    if size > MAX_IDENTITY_BYTES:
        return Misfit(
            "name",
            "identity_too_long",
            f"Namespace and name have {size} bytes of UTF-8 together, more than "
            f"{MAX_IDENTITY_BYTES}.",
        )
    return None


def _bytes(*texts: str) -> int:
    """Their size in UTF-8, or at least that much if it is far below the bound."""
    characters = sum(map(len, texts))
    # No text has more than four bytes to a character.
    if characters <= MAX_IDENTITY_BYTES // 4:
        return characters
    return sum(len(text.encode()) for text in texts)


def text_misfit(text: str | None, member: str) -> Misfit | None:
    """Find what makes one part of an identity unusable, if anything does."""
    if text is None or not text.strip():
        return Misfit(
            member, "member_missing", f"The {member} is absent, null or blank."
        )
    if len(text) > MAX_NAME_CHARACTERS:
        return Misfit(
            member,
            "identity_too_long",
            f"The {member} has {len(text)} characters, more than "
            f"{MAX_NAME_CHARACTERS}.",
        )
    size = _bytes(text)
    if size > MAX_IDENTITY_BYTES:
        return Misfit(
            member,
            "identity_too_long",
            f"The {member} has {size} bytes of UTF-8, more than {MAX_IDENTITY_BYTES}.",
        )
    if "\0" in text:
        return Misfit(
            member,
            "identity_unstorable",
            f"The {member} holds NUL or a lone surrogate, which no database keeps.",
        )
    return None


def is_run_uuid(run_id: str) -> bool:
    """Is it a UUID in the one form that the specification allows?"""
    return _UUID.fullmatch(run_id) is not None


def run_uuid(run_id: str) -> UUID:
    """Identify a run; an id that is no UUID gets the one Java makes of its bytes.

    Its secrets are no part of it: a hash would let them be guessed, and the name that
    is kept would not lead to the run any more.
    """
    if is_run_uuid(run_id):
        return UUID(run_id)
    told = scrub(run_id).encode()
    return UUID(bytes=md5(told, usedforsecurity=False).digest(), version=3)
