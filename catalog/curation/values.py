"""How is a value read that people write: owners, tags, periods, links, properties?"""

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q
from django.db.models.functions import Lower

from catalog.curation.faults import Refused
from catalog.curation.patterns import is_fitting
from catalog.models import (
    Entry,
    OwnerKind,
    PropertyDefinition,
)
from policies.models import Group, Principal

TEXT_MAX = 20_000
NAME_MAX = 300
SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
PERIOD = re.compile(r"(\d{1,5})\s*(years?|y|months?|mo|weeks?|w|days?|d)", re.I)
ISO_PERIOD = re.compile(r"P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?")
LETTERS = {"y": "Y", "mo": "M", "w": "W", "d": "D"}
TRUTHS = {
    "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False,
}  # fmt: skip


def text_of(
    value: str, what: str, *, most: int = TEXT_MAX, field: str = "value"
) -> str:
    """A text that is there and not too long, without NUL. Raises Refused."""
    value = value.replace("\r\n", "\n").strip()
    if not value:
        raise Refused(f"{what} is missing.", field=field)
    if len(value) > most:
        raise Refused(
            f"{what} has {len(value)} characters; the most is {most}.", field=field
        )
    if "\0" in value:
        raise Refused(f"{what} holds a NUL character.", field=field)
    return value


def link_of(value: str, *, field: str = "value") -> str:
    """An address of the web. Raises Refused."""
    value = text_of(value, "The link", most=2000, field=field)
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refused("A link begins with http:// or https://.", field=field)
    return value


def period_of(value: str) -> str:
    """A period as ISO 8601 has it, `P7Y`, or the word `unlimited`. Raises Refused."""
    value = text_of(value, "The period", most=100)
    if value.lower() == "unlimited":
        return "unlimited"
    if ISO_PERIOD.fullmatch(value.upper()):
        return value.upper()
    if found := PERIOD.fullmatch(value):
        unit = found[2].lower()
        letter = LETTERS["mo" if unit.startswith("mo") else unit[0]]
        return f"P{int(found[1])}{letter}"
    raise Refused(
        "A retention period is written as `7 years`, `18 months`, `P90D`, or "
        "`unlimited`."
    )


def owner_of(value: str, kind: str) -> dict[str, Any]:
    """The fields of an Ownership. `group:NAME` is a group, `name:NAME` a plain name.

    Without such a word it is the principal of that name. Raises Refused.
    """
    kind = kind.strip().lower() or OwnerKind.TECHNICAL
    if kind not in OwnerKind.values:
        raise Refused(
            f"An owner is one of {', '.join(OwnerKind.values)}, not {kind!r}.",
            field="detail",
        )
    value = text_of(value, "The owner", most=NAME_MAX)
    how, _, rest = value.partition(":")
    facts: dict[str, Any] = {
        "kind": str(kind), "principal": None, "group": None, "name": "",
    }  # fmt: skip
    if how == "name" and rest.strip():
        return facts | {"name": rest.strip()}
    if how == "group" and rest.strip():
        return facts | {"group": _one(Group, rest.strip(), "group")}
    return facts | {"principal": _principal(value)}


def entry_of[E: Entry](model: type[E], name: str, what: str) -> E:
    """The current entry of the vocabulary that has this name. Raises Refused."""
    name = text_of(name, f"The {what}", most=NAME_MAX)
    entries: Any = model._default_manager.filter(is_retired=False)
    folded = entries.annotate(folded=Lower("name")).filter(folded=name.lower())
    found: E | None = entries.filter(name=name).first() or folded.first()
    if found is None:
        raise Refused(f"There is no {what} {name!r}. Define it first.")
    return found


def property_value(definition: PropertyDefinition, value: str) -> Any:
    """What a property of this definition holds for a text. Raises Refused."""
    kind = PropertyDefinition.Type
    value = text_of(value, f"The value of {definition.name}", most=4000)
    match kind(definition.type):
        case kind.NUMBER:
            return _number(value)
        case kind.BOOLEAN if value.lower() in TRUTHS:
            return TRUTHS[value.lower()]
        case kind.BOOLEAN:
            raise Refused(f"{definition.name} is yes or no, not {value!r}.")
        case kind.DATE:
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                raise Refused("A date is written as 2026-05-31.") from None
        case kind.URL:
            return link_of(value)
        case kind.CHOICE if value not in definition.choices:
            allowed = ", ".join(definition.choices)
            raise Refused(f"{definition.name} is one of {allowed}, not {value!r}.")
    if definition.pattern and not is_fitting(value, definition.pattern):
        raise Refused(f"{definition.name} has to fit {definition.pattern}.")
    return value


def slug_of(value: str, what: str) -> str:
    """A short word in lower case. Raises Refused."""
    value = value.strip().lower()
    if not SLUG.fullmatch(value):
        raise Refused(
            f"{what} is a word of letters, digits, - and _, such as `production`."
        )
    return value


def _number(value: str) -> int | float:
    try:
        number = float(value)
    except ValueError:
        raise Refused(f"{value!r} is no number.") from None
    if not abs(number) < 1e15:
        raise Refused(f"{value!r} is too large a number.")
    return int(number) if number.is_integer() else number


def _principal(name: str) -> Principal:
    named = Q(username__iexact=name)
    if "@" in name:
        named |= Q(email__iexact=name)
    found = list(Principal.objects.filter(named)[:3])
    # A sign-in name comes before somebody else's address.
    exact = [one for one in found if one.username.lower() == name.lower()]
    if len(exact or found) == 1:
        return (exact or found)[0]
    raise Refused(
        f"There is no principal {name!r}. Write group:NAME for a group, or name:NAME "
        "for an owner who has no account here."
    )


def _one(model: type[Group], name: str, what: str) -> Group:
    found = model.objects.in_use().filter(name__iexact=name).first()
    if found is None:
        raise Refused(f"There is no {what} {name!r}.")
    return found
