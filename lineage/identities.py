"""Which names can be stored, listed and linked?"""

import re
from hashlib import md5
from typing import NamedTuple
from uuid import UUID

MAX_NAME_CHARACTERS = 1024
# PostgreSQL refuses a btree entry of more than 2,704 bytes, and a unique index over
# (namespace, name) has to take every identity that is let in.
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
    # No text has more than four bytes to a character.
    if len(namespace) + len(name) > MAX_IDENTITY_BYTES // 4:
        size = len(namespace.encode()) + len(name.encode())
        if size > MAX_IDENTITY_BYTES:
            return Misfit(
                "name",
                "identity_too_long",
                f"Namespace and name have {size} bytes of UTF-8 together, more than "
                f"{MAX_IDENTITY_BYTES}.",
            )
    return None


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
    """Identify a run; an id that is no UUID gets the one Java makes of its bytes."""
    if is_run_uuid(run_id):
        return UUID(run_id)
    return UUID(bytes=md5(run_id.encode(), usedforsecurity=False).digest(), version=3)
