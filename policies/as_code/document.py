"""What is the whole of access, written by names and in one order?

Roles, groups, grants, shares and the scopes that need a second person: what people
decide. Shipped roles, emergencies, tokens and what the directory says are not in it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from policies import audit
from policies.compiler.conditions import Condition, document_of

VERSION = 1


class On(NamedTuple):
    """A scope by names: `reach`, and what it leads to.

    ("namespace", pattern), ("domain", name), ("tag", name), ("asset", kind, namespace,
    name) or ("everything",); the namespace of a namespace is "".
    """

    reach: str
    kind: str = ""
    space: str = ""
    name: str = ""

    @property
    def document(self) -> Any:
        match self.reach:
            case "everything":
                return "everything"
            case "asset":
                space = {"namespace": self.space} if self.space else {}
                return {"asset": {"kind": self.kind, **space, "name": self.name}}
        return {self.reach: self.name}

    def __str__(self) -> str:
        match self.reach:
            case "everything":
                return "everything"
            case "asset":
                return " ".join(filter(None, (self.kind, self.space, self.name)))
            case "namespace":
                return f"namespaces {self.name}"
        return f"{self.reach} {self.name}"


EVERYWHERE = On("everything")


class GrantKey(NamedTuple):
    """What makes a grant this one: of equal keys one stands at a time."""

    holder: str  # "group" or "principal"
    name: str
    effect: str
    role: str
    on: On
    when: Condition | None  # with tags by name

    def __str__(self) -> str:
        effect = "" if self.effect == "allow" else "no "
        when = "" if self.when is None else f" when {spelt_condition(self.when)}"
        return f"{self.holder} {self.name}: {effect}{self.role} on {self.on}{when}"


class GrantTerms(NamedTuple):
    """What can be said of a grant anew."""

    begins: datetime | None = None
    ends: datetime | None = None
    reason: str = ""


class RoleText(NamedTuple):
    """A role; of a shipped one only whether it needs a second factor is written."""

    actions: frozenset[str] = frozenset()
    description: str = ""
    needs_second_factor: bool = False


class GroupText(NamedTuple):
    """A group; of one that follows a directory the members are not written."""

    description: str = ""
    members: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()  # whose members belong to it, too
    directory: str = ""


class ShareKey(NamedTuple):
    principal: str
    action: str
    on: On

    def __str__(self) -> str:
        return f"{self.principal}: {self.action} on {self.on}"


class RuleText(NamedTuple):
    """Within a scope a second person approves what widens access."""

    emergencies: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole state of access; equal ones mean the same."""

    roles: Mapping[str, RoleText] = field(default_factory=dict)
    groups: Mapping[str, GroupText] = field(default_factory=dict)
    grants: Mapping[GrantKey, GrantTerms] = field(default_factory=dict)
    shares: frozenset[ShareKey] = frozenset()
    second_person: Mapping[On, RuleText] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON has it: all lists in one order, nothing that goes without saying."""
        return {
            "version": VERSION,
            "roles": {name: _role(self.roles[name]) for name in sorted(self.roles)},
            "groups": {name: _group(self.groups[name]) for name in sorted(self.groups)},
            "grants": [_grant(key, self.grants[key]) for key in sorted_keys(self)],
            "shares": [_share(share) for share in sorted(self.shares)],
            "second_person": [
                _rule(on, self.second_person[on]) for on in sorted(self.second_person)
            ],
        }

    @property
    def digest(self) -> str:
        """SHA-256 over the one spelling of all of it."""
        return audit.digest_of(self.document)

    def assets(self) -> Iterator[On]:
        """Every asset that it names."""
        for key in self.grants:
            if key.on.reach == "asset":
                yield key.on
        for share in self.shares:
            yield share.on
        for on in self.second_person:
            if on.reach == "asset":
                yield on


def sorted_keys(policy: Policy) -> list[GrantKey]:
    """Its grants in one order: by holder, denies before allows."""

    def order(key: GrantKey) -> tuple[Any, ...]:
        when = "" if key.when is None else spelt_condition(key.when)
        return (key.holder, key.name, key.effect == "allow", key.role, key.on, when)

    return sorted(policy.grants, key=order)


def spelt_condition(condition: Condition) -> str:
    """A condition in one line."""
    return json.dumps(document_of(condition), ensure_ascii=False)


def spelt_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _role(role: RoleText) -> dict[str, Any]:
    return {
        **({"description": role.description} if role.description else {}),
        **({"actions": sorted(role.actions)} if role.actions else {}),
        **({"needs_second_factor": True} if role.needs_second_factor else {}),
    }


def _group(group: GroupText) -> dict[str, Any]:
    said = {
        "description": group.description,
        "directory": group.directory,
        "members": sorted(group.members),
        "groups": sorted(group.groups),
    }
    return {name: value for name, value in said.items() if value}


def _grant(key: GrantKey, terms: GrantTerms) -> dict[str, Any]:
    said: dict[str, Any] = {key.holder: key.name}
    if key.effect != "allow":
        said["effect"] = key.effect
    said |= {"role": key.role, "scope": key.on.document}
    if key.when is not None:
        said["when"] = document_of(key.when)
    if terms.begins is not None:
        said["from"] = spelt_time(terms.begins)
    if terms.ends is not None:
        said["until"] = spelt_time(terms.ends)
    if terms.reason:
        said["reason"] = terms.reason
    return said


def _share(share: ShareKey) -> dict[str, Any]:
    return {
        "principal": share.principal,
        "action": share.action,
        "scope": share.on.document,
    }


def _rule(on: On, rule: RuleText) -> dict[str, Any]:
    return {
        "scope": on.document,
        **({"emergencies": True} if rule.emergencies else {}),
        **({"reason": rule.reason} if rule.reason else {}),
    }
