"""How does a facet read for a person: named values, lists and tables?"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Facet

WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+")
MOST_DEPTH = 6
MOST_ROWS = 200
LONG_TEXT = 160
META = {"_producer", "_schemaURL", "_deleted"}


@dataclass(frozen=True)
class Value:
    """One value; `kind` says which of the other members it has, and how to show it."""

    kind: str  # word, text, list, table or members
    word: str = ""
    items: list["Value"] = field(default_factory=list)
    members: list[tuple[str, "Value"]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    rows: list[list["Value"]] = field(default_factory=list)
    left_out: int = 0


@dataclass(frozen=True)
class ShownFacet:
    """A facet with its members by label, its origin apart, and its own JSON."""

    key: str
    title: str
    scope: str
    members: list[tuple[str, Value]]
    producer: str
    schema_url: str
    raw: str


def show(facets: Iterable[tuple[Facet, str]]) -> list[ShownFacet]:
    """Facets, each with the body to show of it, in the order of their names."""
    return sorted((_shown(*pair) for pair in facets), key=lambda one: one.key)


def label(name: str) -> str:
    """A member's name as words: `processingType` becomes `Processing type`."""
    words = [word for word in WORD_START.split(name) if word]
    if not words:
        return name
    lowered = [word if word.isupper() else word.lower() for word in words]
    return " ".join([lowered[0][:1].upper() + lowered[0][1:], *lowered[1:]])


def _shown(facet: Facet, body: str) -> ShownFacet:
    document = json.loads(body)
    return ShownFacet(
        key=facet.key,
        title=label(facet.key),
        scope=Facet.Scope(facet.scope).label.lower(),
        members=[
            (label(name), value_of(member, 1))
            for name, member in document.items()
            if name not in META
        ],
        producer=str(document.get("_producer", "")),
        schema_url=str(document.get("_schemaURL", "")),
        raw=json.dumps(document, indent=2, ensure_ascii=False),
    )


def value_of(value: Any, depth: int) -> Value:
    """How to show any JSON value; what is nested too deep is shown as JSON."""
    if isinstance(value, dict | list) and depth > MOST_DEPTH:
        return Value("text", json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        return Value(
            "members",
            members=[(label(k), value_of(v, depth + 1)) for k, v in value.items()],
        )
    if isinstance(value, list):
        return _list(value, depth)
    word = value if isinstance(value, str) else json.dumps(value)
    is_long = len(word) > LONG_TEXT or "\n" in word
    return Value("text" if is_long else "word", word)


def _list(values: list[Any], depth: int) -> Value:
    shown, left_out = values[:MOST_ROWS], max(0, len(values) - MOST_ROWS)
    if shown and all(isinstance(one, dict) for one in shown):
        names = list(dict.fromkeys(name for one in shown for name in one))
        absent = Value("word")
        rows = [
            [
                value_of(one[name], depth + 1) if name in one else absent
                for name in names
            ]
            for one in shown
        ]
        heads = [label(name) for name in names]
        return Value("table", heads=heads, rows=rows, left_out=left_out)
    items = [value_of(one, depth + 1) for one in shown]
    return Value("list", items=items, left_out=left_out)
