"""What does the directory say of people? Read from claims, or from a file of them."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS = ("subject", "username", "name", "email", "groups", "active")
YES = {"1", "true", "yes", "on", ""}
NO = {"0", "false", "no", "off"}
USERNAME_MAX = 150
NAME_MAX = 200
EMAIL_MAX = 254


class DirectoryUnreadable(ValueError):
    """A file says nothing that can be acted on; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person as the directory has them; an empty subject is not told."""

    subject: str
    username: str
    name: str = ""
    email: str = ""
    groups: frozenset[str] = frozenset()
    is_active: bool = True


def person_of(claims: Mapping[str, Any], groups_claim: str) -> Person:
    """Whom claims are about. Without the claim of groups somebody is in none."""
    names = (claims.get("given_name"), claims.get("family_name"))
    email = _text(claims.get("email"))[:EMAIL_MAX]
    username = _text(claims.get("preferred_username")) or email.partition("@")[0]
    return Person(
        subject=_text(claims.get("sub")),
        username=username[:USERNAME_MAX],
        name=(_text(claims.get("name")) or " ".join(filter(None, map(_text, names))))[
            :NAME_MAX
        ],
        email=email if "@" in email else "",
        groups=_groups(claims.get(groups_claim)),
        is_active=claims.get("active", True) not in (False, 0, "0", "false"),
    )


def read_people(text: str, *, is_json: bool, groups_claim: str) -> list[Person]:
    """Everybody in a file: CSV with a head, JSON objects of claims, or one in a line.

    Raises DirectoryUnreadable, also for nobody and for somebody who stands there twice.
    """
    if is_json:
        people = [person_of(claims, groups_claim) for claims in _claims(text)]
    else:
        people = list(_rows(text))
    if not people:
        raise DirectoryUnreadable("The file names nobody: nothing is changed.")
    for number, person in enumerate(people, 1):
        if not person.username and not person.subject:
            raise DirectoryUnreadable(f"Person {number} has no name and no subject.")
    _refuse_twins("username", (person.username.casefold() for person in people))
    _refuse_twins("subject", (person.subject for person in people))
    return people


def _claims(text: str) -> list[dict[str, Any]]:
    try:
        if text.lstrip().startswith("["):
            told = json.loads(text)
        else:
            told = [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise DirectoryUnreadable(f"This is no JSON: {error}.") from None
    if not all(isinstance(each, dict) for each in told):
        raise DirectoryUnreadable("Each person is to be one JSON object of claims.")
    people: list[dict[str, Any]] = told
    return people


def _rows(text: str) -> Iterator[Person]:
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    heads = [head.strip().lower() for head in rows.fieldnames or ()]
    unknown = sorted(set(heads) - set(COLUMNS))
    if unknown or not {"username", "subject"} & set(heads):
        raise DirectoryUnreadable(
            f"The first line names the columns, of {', '.join(COLUMNS)}; username or "
            f"subject is needed. {'Unknown: ' + ', '.join(unknown) if unknown else ''}"
        )
    rows.fieldnames = heads
    for row in rows:
        told = {head: (row.get(head) or "").strip() for head in COLUMNS}
        active = told["active"].lower()
        if None in row or active not in YES | NO:
            raise DirectoryUnreadable(
                f"Line {rows.line_num}: {'too many cells' if None in row else ''}"
                f"{'' if active in YES | NO else f'active is {active!r}, not 1 or 0'}."
            )
        yield Person(
            subject=told["subject"],
            username=told["username"][:USERNAME_MAX],
            name=told["name"][:NAME_MAX],
            email=told["email"][:EMAIL_MAX],
            groups=frozenset(filter(None, map(str.strip, told["groups"].split(";")))),
            is_active=active in YES,
        )


def _refuse_twins(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in filter(None, values):
        if value in seen:
            raise DirectoryUnreadable(f"The {what} {value!r} stands there twice.")
        seen.add(value)


def _groups(told: Any) -> frozenset[str]:
    if isinstance(told, str):
        told = told.split(",")
    return frozenset(filter(None, map(_text, told if isinstance(told, list) else ())))


def _text(told: Any) -> str:
    """A claim as text, without what would break a line or hide in one."""
    if not isinstance(told, str | int) or isinstance(told, bool):
        return ""
    return "".join(sign for sign in str(told) if sign.isprintable()).strip()
