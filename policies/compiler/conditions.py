"""When does a grant count? A closed grammar, without a language of expressions.

    {"tag_in": [tag ids]}            the asset has one of these tags, or one below them
    {"owner_is_me": true}            who asks answers for the asset
    {"lifecycle_in": ["draft"]}      its lifecycle, as people declare it
    {"env_in": ["production"]}       its environment, its own or its namespace's
    {"all": [...]}, {"any": [...]}, {"not": {...}}

People write tags by name; what is stored has their ids, so that a renamed tag goes on
being meant.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 6
MAX_MEMBERS = 100
MAX_PARTS = 200  # in all: each is a part of the filter of everybody who has the grant

type Condition = TagIn | OwnerIsMe | LifecycleIn | EnvIn | All | AnyOf | Not


class ConditionInvalid(ValueError):
    """A condition is none of the grammar; the message names the place and the remedy.

    `pointer` is an RFC 6901 pointer into the condition.
    """

    def __init__(self, message: str, pointer: str) -> None:
        super().__init__(f"{message} (at {pointer or 'the top'})")
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class TagIn:
    tags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OwnerIsMe:
    pass


@dataclass(frozen=True, slots=True)
class LifecycleIn:
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnvIn:
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    members: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    members: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    member: Condition


WORDS = ("tag_in", "owner_is_me", "lifecycle_in", "env_in", "all", "any", "not")


def parse(
    document: Any, tag: Callable[[Any, str], int], pointer: str = "", depth: int = 1
) -> Condition:
    """Read a condition; `tag` turns what stands for a tag, and its place, into its id.

    Raises ConditionInvalid.
    """
    if depth > MAX_DEPTH:
        raise ConditionInvalid(f"Conditions nest {MAX_DEPTH} deep at most", pointer)
    if not isinstance(document, dict) or len(document) != 1:
        raise ConditionInvalid(
            f"A condition is an object with one of {', '.join(WORDS)}", pointer
        )
    if depth == 1 and _parts(document) > MAX_PARTS:
        raise ConditionInvalid(f"A condition has {MAX_PARTS} parts at most", pointer)
    [(word, value)] = document.items()
    at = f"{pointer}/{word}"
    match word:
        case "tag_in":
            members = _list(value, at)
            return TagIn(tuple(tag(one, f"{at}/{i}") for i, one in enumerate(members)))
        case "owner_is_me":
            if value is not True:
                raise ConditionInvalid("Write true; its opposite is a `not`", at)
            return OwnerIsMe()
        case "lifecycle_in":
            return LifecycleIn(_texts(value, at))
        case "env_in":
            return EnvIn(_texts(value, at))
        case "all" | "any":
            parts = tuple(
                parse(one, tag, f"{at}/{i}", depth + 1)
                for i, one in enumerate(_list(value, at))
            )
            return All(parts) if word == "all" else AnyOf(parts)
        case "not":
            return Not(parse(value, tag, at, depth + 1))
    raise ConditionInvalid(
        f"There is no condition {word!r}; there are {', '.join(WORDS)}", pointer
    )


def document_of(
    condition: Condition, tag: Callable[[int], Any] = lambda pk: pk
) -> dict[str, Any]:
    """The condition as it is written; `tag` says what stands for a tag's id."""
    match condition:
        case TagIn(tags):
            return {"tag_in": [tag(pk) for pk in tags]}
        case OwnerIsMe():
            return {"owner_is_me": True}
        case LifecycleIn(values):
            return {"lifecycle_in": list(values)}
        case EnvIn(values):
            return {"env_in": list(values)}
        case All(members):
            return {"all": [document_of(one, tag) for one in members]}
        case AnyOf(members):
            return {"any": [document_of(one, tag) for one in members]}
        case Not(member):
            return {"not": document_of(member, tag)}


def stored(document: Any) -> Condition:
    """Read a condition back that was stored, with ids for tags."""
    return parse(document, lambda pk, at: int(pk))


def tags_in(condition: Condition) -> Iterator[int]:
    """The tags that a condition asks for, by id."""
    match condition:
        case TagIn(tags):
            yield from tags
        case All(members) | AnyOf(members):
            for one in members:
                yield from tags_in(one)
        case Not(member):
            yield from tags_in(member)


def _parts(document: Any) -> int:
    """How many objects a document holds, in lists and objects at whatever depth."""
    count, edge = 0, [document]
    while edge:
        one = edge.pop()
        if isinstance(one, dict):
            count += 1
            edge += one.values()
        elif isinstance(one, list):
            edge += one
    return count


def _list(value: Any, at: str) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_MEMBERS:
        raise ConditionInvalid(f"A list of 1 to {MAX_MEMBERS} members is needed", at)
    return value


def _texts(value: Any, at: str) -> tuple[str, ...]:
    members = _list(value, at)
    for index, one in enumerate(members):
        is_word = isinstance(one, str) and one.strip() and len(one) <= 64
        if not is_word or "\0" in one:
            raise ConditionInvalid("A word of 1 to 64 letters", f"{at}/{index}")
    return tuple(one.strip().lower() for one in members)
