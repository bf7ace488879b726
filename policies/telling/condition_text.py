"""How do people write a condition, and read one?

    environment is production and not (tag is PII, Finance or owner is me)
    lifecycle is not draft

`not` binds closest, then `and`, then `or`. A value that holds a sign or a word of the
grammar stands in double quotes.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from policies.compiler.conditions import (
    All,
    AnyOf,
    Condition,
    ConditionInvalid,
    EnvIn,
    LifecycleIn,
    Not,
    OwnerIsMe,
    TagIn,
)

MAX_LENGTH = 4000
MAX_NESTED = 32  # parentheses; what they mean nests conditions.MAX_DEPTH deep at most
WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|[(),]|[^\s(),"]+')
SIGNS = frozenset("(),")
RESERVED = frozenset({"and", "or", "not", "is"})
# What can be asked, and the word of the grammar that holds its values.
SUBJECTS = {"tag": "tag_in", "lifecycle": "lifecycle_in", "environment": "env_in"}
HELP = "such as: environment is production and not (tag is PII or owner is me)"

type Document = dict[str, Any]


class TextInvalid(ConditionInvalid):
    """A text says no condition; the message names the place in the text itself."""

    def __init__(self, message: str) -> None:
        super(ConditionInvalid, self).__init__(f"{message}. Write it {HELP}")
        self.pointer = ""


def document_in(text: str) -> Document:
    """The condition that a text says, with tags by name. Raises TextInvalid."""
    if len(text) > MAX_LENGTH:
        raise TextInvalid(f"A condition has {MAX_LENGTH} letters at most")
    words = _Words(text)
    document = _either(words)
    if words.next:
        raise words.fault("and, or, or the end")
    return document


class _Words:
    """The words of a text, one after another."""

    def __init__(self, text: str) -> None:
        self.depth = 0
        if strange := WORDS.sub("", text).strip():
            raise TextInvalid(f"“{strange[:20]}” is no word")
        self.all = WORDS.findall(text)
        self.at = 0

    @property
    def next(self) -> str:
        return self.all[self.at] if self.at < len(self.all) else ""

    def take(self) -> str:
        word = self.next
        self.at += 1
        return word

    def took(self, word: str) -> bool:
        """Whether the next word is this one; then it is passed."""
        found = self.next.lower() == word
        self.at += found
        return found

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Go one parenthesis or `not` deeper. Raises TextInvalid where that is deep."""
        self.depth += 1
        if self.depth > MAX_NESTED:
            raise TextInvalid(f"It nests more than {MAX_NESTED} deep")
        yield
        self.depth -= 1

    def fault(self, wanted: str) -> TextInvalid:
        before = " ".join(self.all[max(0, self.at - 3) : self.at])
        place = f"After “{before}”" if before else "At the beginning"
        found = f"“{self.next}”" if self.next else "the end"
        return TextInvalid(f"{place} {wanted} is expected, and not {found}")


def _either(words: _Words) -> Document:
    members = [_both(words)]
    while words.took("or"):
        members.append(_both(words))
    return members[0] if len(members) == 1 else {"any": members}


def _both(words: _Words) -> Document:
    members = [_one(words)]
    while words.took("and"):
        members.append(_one(words))
    return members[0] if len(members) == 1 else {"all": members}


def _one(words: _Words) -> Document:
    if words.took("not"):
        with words.deeper():
            return {"not": _one(words)}
    if words.took("("):
        with words.deeper():
            inner = _either(words)
        if not words.took(")"):
            raise words.fault("a closing parenthesis")
        return inner
    subject = words.next.lower()
    if subject not in {*SUBJECTS, "owner"}:
        raise words.fault("tag, lifecycle, environment, owner, not or (")
    words.take()
    if not words.took("is"):
        raise words.fault("is")
    is_not = words.took("not")
    said: Document
    if subject == "owner":
        if not words.took("me"):
            raise words.fault("me")
        said = {"owner_is_me": True}
    else:
        said = {SUBJECTS[subject]: list(_values(words))}
    return {"not": said} if is_not else said


def _values(words: _Words) -> Iterator[str]:
    while True:
        parts = []
        while (word := words.next) and word not in SIGNS:
            if word.lower() in RESERVED:
                break
            parts.append(_unquoted(words.take()))
        if not parts:
            raise words.fault("a value")
        yield " ".join(parts)
        if not words.took(","):
            return


def _unquoted(word: str) -> str:
    if not word.startswith('"'):
        return word
    return re.sub(r"\\(.)", r"\1", word[1:-1])


def text_of(condition: Condition, tag: Callable[[int], str]) -> str:
    """A condition as people write it; `tag` says a tag's name."""
    match condition:
        case TagIn(tags):
            return _listed("tag", [tag(pk) for pk in tags])
        case OwnerIsMe():
            return "owner is me"
        case LifecycleIn(values):
            return _listed("lifecycle", values)
        case EnvIn(values):
            return _listed("environment", values)
        case Not(TagIn() | OwnerIsMe() | LifecycleIn() | EnvIn() as member):
            return text_of(member, tag).replace(" is ", " is not ", 1)
        case Not(member):
            return f"not {_wrapped(member, tag)}"
        case All(members):
            return " and ".join(_wrapped(one, tag) for one in members)
        case AnyOf(members):
            return " or ".join(_wrapped(one, tag) for one in members)


def _wrapped(condition: Condition, tag: Callable[[int], str]) -> str:
    text = text_of(condition, tag)
    return f"({text})" if isinstance(condition, All | AnyOf) else text


def _listed(subject: str, values: Any) -> str:
    return f"{subject} is {', '.join(map(_quoted, values))}"


def _quoted(value: str) -> str:
    plain = re.fullmatch(r'[^\s(),"\\]+( [^\s(),"\\]+)*', value) and not RESERVED & set(
        value.lower().split()
    )
    if plain:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
