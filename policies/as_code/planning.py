"""What has to be done to bring one policy to another, and what may be done?"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from policies.as_code.document import (
    GrantTerms,
    GroupText,
    Policy,
    RoleText,
    RuleText,
    sorted_keys,
    spelt_time,
)


class Verb(StrEnum):
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"

    @property
    def sign(self) -> str:
        return {Verb.ADD: "+", Verb.CHANGE: "~", Verb.REMOVE: "-"}[self]


class What(StrEnum):
    ROLE = "role"
    GROUP = "group"
    NESTING = "nesting"
    MEMBER = "member"
    GRANT = "grant"
    SHARE = "share"
    SECOND_PERSON = "second person"


@dataclass(frozen=True, slots=True)
class Step:
    """One act: of `what`, known by `key`; `before` and `after` are its facts."""

    verb: Verb
    what: What
    key: Any
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        return f"{self.verb.sign} {self.what} {self.words}"

    @property
    def words(self) -> str:
        """What it is about, and what becomes of that."""
        match self.what:
            case What.NESTING | What.MEMBER:
                inner, outer = self.key
                return f"{inner} in {outer}"
        facts = "; ".join(_facts(self))
        return f"{self.key}{f' ({facts})' if facts else ''}"


class Unlisted(StrEnum):
    """What becomes of what stands and is not in the file."""

    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Drift:
    """Why a file does not know the state that it would change."""

    reason: str
    steps: list[Step] = field(default_factory=list)  # that would undo what others did


def target_of(current: Policy, wanted: Policy, unlisted: Unlisted) -> Policy:
    """The policy to come: as the file has it, perhaps beside what it does not name."""
    if unlisted is Unlisted.REMOVE:
        return wanted
    groups = {
        name: _joined_groups(current.groups.get(name), wanted.groups.get(name))
        for name in {*current.groups, *wanted.groups}
    }
    return Policy(
        {**current.roles, **wanted.roles},
        groups,
        {**current.grants, **wanted.grants},
        current.shares | wanted.shares,
        {**current.second_person, **wanted.second_person},
    )


def _joined_groups(current: GroupText | None, wanted: GroupText | None) -> GroupText:
    if current is None or wanted is None:
        return wanted or current or GroupText()
    return wanted._replace(
        members=current.members | wanted.members, groups=current.groups | wanted.groups
    )


def steps_between(current: Policy, target: Policy) -> list[Step]:
    """What to do, in an order in which it can be done; nothing, if they are equal."""
    return [
        *_removed(What.SECOND_PERSON, current.second_person, target.second_person),
        *_changed(What.ROLE, current.roles, target.roles),
        *_changed(What.GROUP, _bare(current.groups), _bare(target.groups)),
        *_pairs(What.NESTING, current.groups, target.groups, lambda g: g.groups),
        *_pairs(What.MEMBER, current.groups, target.groups, lambda g: g.members),
        *_of_grants(current, target),
        *_of_shares(current, target),
        *_removed(What.GROUP, current.groups, target.groups),
        *_removed(What.ROLE, current.roles, target.roles),
        *_changed(What.SECOND_PERSON, current.second_person, target.second_person),
    ]


def _changed(
    what: What, current: Mapping[Any, Any], target: Mapping[Any, Any]
) -> Iterator[Step]:
    for key in sorted(target):
        if key not in current:
            yield Step(Verb.ADD, what, key, None, target[key])
        elif current[key] != target[key]:
            yield Step(Verb.CHANGE, what, key, current[key], target[key])


def _removed(
    what: What, current: Mapping[Any, Any], target: Mapping[Any, Any]
) -> Iterator[Step]:
    for key in sorted(current):
        if key not in target:
            yield Step(Verb.REMOVE, what, key, current[key])


def _bare(groups: Mapping[str, GroupText]) -> dict[str, GroupText]:
    """Groups without who belongs to them."""
    return {
        name: GroupText(told.description, directory=told.directory)
        for name, told in groups.items()
    }


def _pairs(
    what: What,
    current: Mapping[str, GroupText],
    target: Mapping[str, GroupText],
    inside: Callable[[GroupText], frozenset[str]],
) -> Iterator[Step]:
    """Who leaves which group, then who joins which."""
    nothing = GroupText()
    for name in sorted({*current, *target}):
        if name not in target and what is What.MEMBER:
            continue  # it goes out of use as it is
        gone = inside(current.get(name, nothing)) - inside(target.get(name, nothing))
        for one in sorted(gone):
            yield Step(Verb.REMOVE, what, (one, name))
    for name in sorted(target):
        for one in sorted(inside(target[name]) - inside(current.get(name, nothing))):
            yield Step(Verb.ADD, what, (one, name))


def _of_grants(current: Policy, target: Policy) -> Iterator[Step]:
    """New ones first, so that nobody is without rights between."""
    for key in sorted_keys(target):
        before, after = current.grants.get(key), target.grants[key]
        if before is None:
            yield Step(Verb.ADD, What.GRANT, key, None, after)
        elif before != after:
            yield Step(Verb.CHANGE, What.GRANT, key, before, after)
    for key in sorted_keys(current):
        if key not in target.grants:
            yield Step(Verb.REMOVE, What.GRANT, key, current.grants[key])


def _of_shares(current: Policy, target: Policy) -> Iterator[Step]:
    for share in sorted(target.shares - current.shares):
        yield Step(Verb.ADD, What.SHARE, share)
    for share in sorted(current.shares - target.shares):
        yield Step(Verb.REMOVE, What.SHARE, share)


def drift_of(
    steps: list[Step], *, current: str, base: str, applied: str | None
) -> Drift | None:
    """Whether a file was made for another state than the one that stands.

    `current` is the digest of what stands, `base` that of what the file was made from,
    `applied` that of what the last file left behind.
    """
    if not steps or current in (base, applied):
        return None
    undoing = [step for step in steps if step.verb is not Verb.ADD]
    if base:
        return Drift(
            "Access has changed since this file was made: it was made from "
            f"{base[:12]}, and {current[:12]} stands now.",
            undoing,
        )
    if undoing:
        return Drift(
            "Something stands that is not in this file, or stands otherwise in it.",
            undoing,
        )
    return None


def _facts(step: Step) -> Iterator[str]:
    """What a step says beside its key."""
    before, after = step.before, step.after
    match step.what:
        case What.ROLE:
            yield from _role_facts(before or RoleText(frozenset()), after)
        case What.GRANT:
            yield from _grant_facts(before, after)
        case What.GROUP if step.verb is not Verb.REMOVE:
            if before is not None or after.description:
                yield f"description {after.description!r}"
        case What.SECOND_PERSON if isinstance(after, RuleText) and after.emergencies:
            yield "emergencies, too"


def _role_facts(before: RoleText, after: RoleText | None) -> Iterator[str]:
    if after is None:
        return
    for sign, actions in (
        ("+", after.actions - before.actions),
        ("-", before.actions - after.actions),
    ):
        if actions:
            yield " ".join(f"{sign}{action}" for action in sorted(actions))
    if before.description != after.description:
        yield f"description {after.description!r}"
    if before.needs_second_factor != after.needs_second_factor:
        needs = "needs" if after.needs_second_factor else "needs no"
        yield f"{needs} second factor"


def _grant_facts(before: GrantTerms | None, after: GrantTerms | None) -> Iterator[str]:
    if after is None:
        return
    old = before or GrantTerms()
    for word, was, is_now in (
        ("from", old.begins, after.begins),
        ("until", old.ends, after.ends),
    ):
        if was != is_now:
            yield f"{word} {spelt_time(is_now)}" if is_now else f"{word} no time"
    if before is not None and old.reason != after.reason:
        yield f"reason {after.reason!r}"
