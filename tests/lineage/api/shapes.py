"""Does an answer have just the members that are documented, each as documented?"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

TIME_SPELT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?Z")
URI_SPELT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


@dataclass(frozen=True)
class Value:
    """A text, number or truth value of a documented type and format."""

    name: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True)
class Schema:
    """An object with named members; an open one may have any others, too."""

    name: str
    members: dict[str, Any] = field(hash=False)
    is_open: bool = False


@dataclass(frozen=True)
class Nullable:
    """What is null as long as there is nothing to tell."""

    of: Any


@dataclass(frozen=True)
class MapOf:
    """An object whose members are named by whoever sent them."""

    of: Any


def is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def spelt(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def one_of(*words: str) -> Value:
    return Value(f"one of {', '.join(words)}", lambda value: value in words)


TEXT = Value("a text", lambda value: isinstance(value, str))
TIME = Value("an ISO time in UTC", spelt(TIME_SPELT))
ID = Value("a UUID", is_uuid)
URI = Value("a URI", spelt(URI_SPELT))
FLAG = Value("true or false", lambda value: isinstance(value, bool))
COUNT = Value("a whole number", lambda value: type(value) is int)
ANYTHING = Value("anything", lambda value: True)


@dataclass
class Comparison:
    """Answers held against shapes, and which parts of these were ever filled."""

    met: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)

    def faults(self, told: Any, shape: Any, where: str) -> Iterator[str]:
        """Where an answer differs, each by schema and member, with what is wrong."""
        if isinstance(shape, Nullable | MapOf | list):
            self.met.add(where)
            if told not in (None, [], {}):
                self.filled.add(where)
        if isinstance(shape, Nullable):
            if told is not None:
                yield from self.faults(told, shape.of, where)
        elif isinstance(shape, Schema):
            yield from self._members(told, shape, where)
        elif isinstance(shape, MapOf):
            yield from self._each(told, dict, shape.of, where)
        elif isinstance(shape, list):
            yield from self._each(told, list, shape[0], where)
        elif not shape.fits(told):
            yield f"{where}: {told!r} is not {shape.name}"

    def _each(self, told: Any, kind: type, shape: Any, where: str) -> Iterator[str]:
        if not isinstance(told, kind):
            yield f"{where}: not a {kind.__name__}"
            return
        parts: Any = told.values() if isinstance(told, dict) else told
        for one in parts:
            yield from self.faults(one, shape, where)

    def _members(self, told: Any, shape: Schema, where: str) -> Iterator[str]:
        if not isinstance(told, dict):
            yield f"{where}: not an object"
            return
        for name in shape.members.keys() - told.keys():
            yield f"{shape.name}.{name}: missing"
        for name in told.keys() - shape.members.keys():
            if not shape.is_open:
                yield f"{shape.name}.{name}: not documented"
        for name in shape.members.keys() & told.keys():
            part = f"{shape.name}.{name}"
            yield from self.faults(told[name], shape.members[name], part)
