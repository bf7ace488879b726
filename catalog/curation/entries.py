"""What makes up an entry of the vocabulary, and how do people write it?"""

import re
from collections.abc import Mapping
from typing import Any

from catalog.curation import values
from catalog.curation.faults import Refused
from catalog.models import (
    ENTRIES,
    Domain,
    Entry,
    PropertyDefinition,
    Source,
    Term,
    TreeEntry,
)
from policies.actions import Action

# The word of addresses and CSV files for each kind of entry.
WORDS: dict[str, type[Any]] = dict(
    zip(
        ("domains", "tags", "terms", "products", "properties", "sources"),
        ENTRIES,
        strict=True,
    )
)
LEVELS = ("namespace", "dataset", "column", "job")
HOURS = re.compile(r"(\d{1,6})\s*(minutes?|min|hours?|h|days?|d)", re.I)
SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def model_of(kind: str) -> type[Any]:
    """The model of a Revision's kind."""
    return next(model for model in ENTRIES if model._meta.model_name == kind)


def action_of(model: type[Entry]) -> Action:
    """The action that defining such entries needs, at large."""
    if issubclass(model, PropertyDefinition):
        return Action.PROPERTY_DEFINE
    return Action.GLOSSARY_EDIT


def facts_of(entry: Entry) -> dict[str, Any]:
    """What a Revision keeps of an entry, as JSON."""
    facts = {name: getattr(entry, _column(name)) for name in entry.FACTS}
    return {**facts, "is_retired": entry.is_retired}


def written(entry: Entry) -> dict[str, str]:
    """The facts of an entry as people write them."""
    told = {}
    for name in entry.FACTS:
        value = getattr(entry, name)
        if name == "freshness_seconds":
            told[name] = duration_text(value)
        elif name == "related":
            terms = Term.objects.current().filter(pk__among=value).order_by("name")
            told[name] = "; ".join(term.name for term in terms)
        elif isinstance(value, list):
            told[name] = "; ".join(value)
        else:
            told[name] = "" if value is None else str(value)
    return told


def read_facts(model: type[Entry], told: Mapping[str, str]) -> dict[str, Any]:
    """The facts of an entry out of what people wrote. Raises Refused, with the field.

    Lists are parted by semicolons or lines, so that no name holds either. What is not
    told is empty.
    """
    facts: dict[str, Any] = {}
    for name in model.FACTS:
        try:
            facts[name] = _read(model, name, str(told.get(name) or "").strip())
        except Refused as refusal:
            raise Refused(str(refusal), field=name) from None
    if issubclass(model, PropertyDefinition):
        _check_property(facts)
    return facts


def _read(model: type[Entry], name: str, text: str) -> Any:
    match name:
        case "name":
            return _name(model, text)
        case "domain":
            return values.entry_of(Domain, text, "domain") if text else None
        case "related":
            terms = [values.entry_of(Term, each, "term") for each in listed(text)]
            return sorted(term.pk for term in terms)
        case "synonyms" | "choices":
            return listed(text)
        case "applies_to":
            return _levels(text)
        case "freshness_seconds":
            return _seconds(text) if text else None
        case "type" if issubclass(model, PropertyDefinition):
            return _property_type(text)
        case "type" | "connection_url" if issubclass(model, Source):
            return values.text_of(text, f"The {name}", most=2000)
        case "pattern":
            return _pattern(text)
    return values.text_of(text, f"The {name}") if text else ""


def listed(text: str) -> list[str]:
    """The members of a list that people wrote, each once, in order."""
    parts = (part.strip() for part in re.split("[;\n]", text))
    members = list(dict.fromkeys(part for part in parts if part))
    for member in members:
        values.text_of(member, "A member of the list", most=values.NAME_MAX)
    return members


def duration_text(seconds: int | None) -> str:
    """A span as people write it: `90 minutes`, `24 hours`, `7 days`."""
    if seconds is None:
        return ""
    for unit, word in ((86_400, "days"), (3600, "hours")):
        if seconds % unit == 0 and seconds >= 2 * unit:
            return f"{seconds // unit} {word}"
    return f"{-(-seconds // 60)} minutes"


def _seconds(text: str) -> int:
    found = HOURS.fullmatch(text)
    if not found or not int(found[1]):
        raise Refused("Freshness is written as `90 minutes`, `24 hours` or `7 days`.")
    return int(found[1]) * SECONDS[found[2][0].lower()]


def _name(model: type[Entry], text: str) -> str:
    name = values.text_of(text, "The name", most=values.NAME_MAX)
    if "\n" in name:
        raise Refused("A name is one line.")
    if issubclass(model, Term) and ";" in name:
        raise Refused("A term's name holds no semicolon: those part lists of terms.")
    if issubclass(model, TreeEntry):
        parts = [part.strip() for part in name.split(model.SEPARATOR)]
        if not all(parts):
            raise Refused(
                f"Each part of a name between {model.SEPARATOR!r} needs a text."
            )
        name = model.SEPARATOR.join(parts)
    return name


def _levels(text: str) -> list[str]:
    levels = [level.lower() for level in listed(text.replace(",", ";"))]
    if not levels:
        return ["dataset"]
    if wrong := [level for level in levels if level not in LEVELS]:
        raise Refused(f"A property is one of {', '.join(LEVELS)}, not of {wrong[0]!r}.")
    return levels


def _property_type(text: str) -> str:
    types = PropertyDefinition.Type.values
    if (text or "text") not in types:
        raise Refused(f"A property's type is one of {', '.join(types)}.")
    return text or "text"


def _pattern(text: str) -> str:
    if len(text) > values.NAME_MAX:
        raise Refused(f"A pattern has {values.NAME_MAX} characters at most.")
    try:
        re.compile(text)
    except re.error as error:
        raise Refused(f"The pattern is no regular expression: {error}.") from None
    return text


def _check_property(facts: dict[str, Any]) -> None:
    kind = PropertyDefinition.Type
    if facts["type"] == kind.CHOICE and not facts["choices"]:
        raise Refused(
            "A property with a choice needs what to choose from.", field="choices"
        )
    if facts["type"] != kind.CHOICE and facts["choices"]:
        raise Refused("Only a property of type choice has choices.", field="choices")
    if facts["pattern"] and facts["type"] != kind.TEXT:
        raise Refused("Only a property of type text has a pattern.", field="pattern")


def _column(name: str) -> str:
    return "domain_id" if name == "domain" else name
