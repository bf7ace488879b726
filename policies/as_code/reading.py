"""What does a policy file say? Every fault of it is found at once."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from policies.actions import Action
from policies.as_code.document import (
    EVERYWHERE,
    VERSION,
    GrantKey,
    GrantTerms,
    GroupText,
    On,
    Policy,
    RoleText,
    RuleText,
    ShareKey,
)
from policies.as_code.nodes import Node, Pairs, Place, Scalar, TextInvalid, read_nodes
from policies.as_code.shapes import Shapes, node_at, plain_value
from policies.compiler.conditions import Condition, ConditionInvalid, parse
from policies.compiler.trees import asset_models
from policies.roles import BUILT_IN_ROLES

SECTIONS = ("roles", "groups", "grants", "shares", "second_person")
SHIPPED = frozenset(role.name for role in BUILT_IN_ROLES)
REACHES = ("namespace", "domain", "tag", "asset")
NAME_MAX = 150
REASON_MAX = 500
ROLE_NAME = re.compile(r"[-a-zA-Z0-9_]{1,64}")  # as addresses have it


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a file that must be known: a principal, group, role, tag …"""

    what: str
    name: Any  # a text, or the On of an asset
    place: Place


@dataclass(slots=True)
class PolicyFile:
    """A policy as a file has it; `base` is the digest of what it was made from."""

    policy: Policy
    base: str = ""
    mentions: list[Mention] = field(default_factory=list)


def read_policy_file(content: bytes | str) -> PolicyFile:
    """Read a policy file. Raises TextInvalid with all its faults."""
    shapes = Shapes()
    found = _Reading(shapes).file(read_nodes(content))
    if shapes.faults:
        raise TextInvalid(sorted(shapes.faults, key=lambda fault: _order(fault.place)))
    return found


def _order(place: Place) -> tuple[int, int]:
    return place.line, place.column


class Scopes:
    """Reads what occurs in policies and in their tests: holders, scopes, conditions."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.mentions: list[Mention] = []

    def mention(self, what: str, node: Node | None, most: int = NAME_MAX) -> str:
        """A name that has to be known."""
        article = "an" if what[0] in "aeiou" else "a"
        name = self.shapes.name(node, f"the name of {article} {what}", most)
        if name and node is not None:
            self.mentions.append(Mention(what, name, node.place))
        return name

    def scope(self, node: Node | None) -> On:
        if node is None:
            return EVERYWHERE
        if isinstance(node, Scalar):
            self.shapes.choice(node, "scope", ["everything"])
            return EVERYWHERE
        members = self.shapes.members(node, "a scope", REACHES)
        if len(members) != 1:
            if isinstance(node, Pairs):
                self.shapes.fault(node, f"A scope has one of {', '.join(REACHES)}.")
            return EVERYWHERE
        [(reach, value)] = members.items()
        if reach == "asset":
            return self.asset(value)
        if reach == "namespace":
            pattern = self.shapes.name(value, "the name or pattern of namespaces")
            return On(reach, name=pattern)
        return On(reach, name=self.mention(reach, value, 1024))

    def asset(self, node: Node) -> On:
        members = self.shapes.members(
            node, "an asset", ("kind", "namespace", "name"), ("kind", "name")
        )
        kind = self.shapes.choice(members.get("kind"), "kind", asset_models())
        space = self.shapes.text(members.get("namespace"), "a namespace", 2048)
        name = self.shapes.text(members.get("name"), "a name", 2048)
        if not name and "name" in members:
            self.shapes.fault(members["name"], "An asset has a name: it is empty.")
        if kind and kind != "namespace" and not space:
            self.shapes.fault(node, f"A {kind} needs its 'namespace'.")
        if kind == "namespace" and space:
            self.shapes.fault(node, "A namespace lies in none: leave 'namespace' out.")
        on = On("asset", kind, space, name)
        if kind and name:
            self.mentions.append(Mention("asset", on, node.place))
        return on

    def condition(self, node: Node | None) -> Condition | None:
        """A condition with tags by name."""
        if node is None:
            return None

        def tag(name: Any, pointer: str) -> Any:
            here = node_at(node, pointer)
            if not isinstance(name, str):
                self.shapes.fault(here, "A tag is a text; write it in quotes.")
                return ""
            self.mentions.append(Mention("tag", name, here.place))
            return name

        try:
            return parse(plain_value(node), tag)
        except ConditionInvalid as fault:
            message = str(fault).rpartition(" (at ")[0]
            self.shapes.fault(node_at(node, fault.pointer), f"{message}.")
            return None


class _Reading(Scopes):
    def file(self, node: Node) -> PolicyFile:
        members = self.shapes.members(
            node, "a policy", ("version", "base", *SECTIONS), ("version",)
        )
        self._version(members.get("version"))
        policy = Policy(
            self._named(members.get("roles"), "roles", self._role),
            self._named(members.get("groups"), "groups", self._group),
            self._grants(members.get("grants")),
            self._shares(members.get("shares")),
            self._rules(members.get("second_person")),
        )
        base = self.shapes.text(members.get("base"), "the digest of a policy", 64)
        self._demand_defined(policy)
        return PolicyFile(policy, base, self.mentions)

    def _version(self, node: Node | None) -> None:
        if self.shapes.text(node, "the version") not in ("", str(VERSION)):
            assert node is not None
            self.shapes.fault(
                node, f"This server reads version {VERSION} of policy files."
            )

    def _named[T](
        self, node: Node | None, what: str, read: Callable[[Scalar, Node], T]
    ) -> dict[str, T]:
        if node is None:
            return {}
        found: dict[str, T] = {}
        folded: dict[str, str] = {}
        for key, value in self.shapes.pairs(node, what):
            before = len(self.shapes.faults)
            name = self.shapes.name(key, "a name", NAME_MAX)
            if name != name.strip():
                self.shapes.fault(key, "Leave out the space around the name.")
            if len(self.shapes.faults) > before:
                continue
            if other := folded.get(name.lower()):
                self.shapes.fault(
                    key, f"{name!r} and {other!r} are one name. Keep one."
                )
            else:
                folded[name.lower()] = name
                found[name] = read(key, value)
        return found

    def _role(self, key: Scalar, node: Node) -> RoleText:
        known = ["needs_second_factor"]
        if key.text not in SHIPPED:
            known = ["description", "actions", *known]
        if not ROLE_NAME.fullmatch(key.text):
            message = "The name of a role has letters, digits, - and _; 64 at most."
            self.shapes.fault(key, message)
        what = f"the {'shipped ' if len(known) == 1 else ''}role {key.text}"
        members = self.shapes.members(node, what, known)
        actions = self.shapes.items(members.get("actions"), "actions")
        named = [self.shapes.choice(one, "action", list(Action)) for one in actions]
        if not actions and key.text not in SHIPPED:
            self.shapes.fault(key, f"The role {key.text} needs one of 'actions'.")
        return RoleText(
            frozenset(filter(None, named)),
            self.shapes.text(members.get("description"), "a description", 300),
            self.shapes.truth(members.get("needs_second_factor"), "this"),
        )

    def _group(self, key: Scalar, node: Node) -> GroupText:
        members = self.shapes.members(
            node, "a group", ("description", "directory", "members", "groups")
        )
        people = self.shapes.texts(members.get("members"), "user names")
        inner = self.shapes.texts(members.get("groups"), "groups")
        for what, some in (("principal", people), ("group", inner)):
            for name, here in some:
                self.mentions.append(Mention(what, name, here.place))
        directory = self.shapes.text(
            members.get("directory"), "a directory's group", 200
        )
        if directory and people:
            self.shapes.fault(
                members["members"],
                f"The directory says who belongs to {key.text}: leave 'members' out.",
            )
        return GroupText(
            self.shapes.text(members.get("description"), "a description", 300),
            frozenset(name for name, _ in people),
            frozenset(name for name, _ in inner),
            directory,
        )

    def _grants(self, node: Node | None) -> dict[GrantKey, GrantTerms]:
        found: dict[GrantKey, GrantTerms] = {}
        for item in self.shapes.items(node, "grants"):
            read = self._grant(item)
            if read is None:
                continue
            key, terms = read
            if key in found:
                self.shapes.fault(item, f"This grant stands here twice: {key}.")
            found[key] = terms
        return found

    def _grant(self, node: Node) -> tuple[GrantKey, GrantTerms] | None:
        known = (
            "principal",
            "group",
            "effect",
            "role",
            "scope",
            "when",
            "from",
            "until",
        )
        before = len(self.shapes.faults)
        members = self.shapes.members(
            node, "a grant", (*known, "reason"), ("role", "scope")
        )
        holders = [word for word in ("principal", "group") if word in members]
        if len(holders) != 1:
            if isinstance(node, Pairs):
                self.shapes.fault(node, "A grant has a 'principal', or a 'group'.")
            return None
        [holder] = holders
        effects = ("allow", "deny")
        key = GrantKey(
            holder,
            self.mention(holder, members[holder]),
            self.shapes.choice(members.get("effect"), "effect", effects) or "allow",
            self.mention("role", members.get("role"), 64),
            self.scope(members.get("scope")),
            self.condition(members.get("when")),
        )
        terms = GrantTerms(
            self.shapes.moment(members.get("from"), "the beginning"),
            self.shapes.moment(members.get("until"), "the end"),
            self.shapes.text(members.get("reason"), "a reason", REASON_MAX),
        )
        if terms.begins and terms.ends and terms.ends <= terms.begins:
            self.shapes.fault(members["until"], "It must end after it begins.")
        return (key, terms) if len(self.shapes.faults) == before else None

    def _shares(self, node: Node | None) -> frozenset[ShareKey]:
        found: set[ShareKey] = set()
        for item in self.shapes.items(node, "shares"):
            wanted = ("principal", "action", "scope")
            members = self.shapes.members(item, "a share", wanted, wanted)
            on = self.scope(members.get("scope"))
            if on.reach != "asset" or on.kind == "namespace":
                self.shapes.fault(
                    item, "Shared is one dataset or job: 'scope: {asset: …}'."
                )
            bound = [action for action in Action if action.is_bound_to_assets]
            share = ShareKey(
                self.mention("principal", members.get("principal")),
                self.shapes.choice(members.get("action"), "action", bound),
                on,
            )
            if share in found:
                self.shapes.fault(item, f"This share stands here twice: {share}.")
            found.add(share)
        return frozenset(found)

    def _rules(self, node: Node | None) -> dict[On, RuleText]:
        found: dict[On, RuleText] = {}
        for item in self.shapes.items(node, "scopes that need a second person"):
            known = ("scope", "emergencies", "reason")
            members = self.shapes.members(item, "a rule", known, ("scope",))
            on = self.scope(members.get("scope"))
            if on in found:
                self.shapes.fault(item, f"There is a rule on {on} already.")
            found[on] = RuleText(
                self.shapes.truth(members.get("emergencies"), "this"),
                self.shapes.text(members.get("reason"), "a reason", REASON_MAX),
            )
        return found

    def _demand_defined(self, policy: Policy) -> None:
        """Groups are defined by the file itself; shipped roles by the server."""
        groups = {name.lower() for name in policy.groups}
        for mention in self.mentions:
            if mention.what == "group" and mention.name.lower() not in groups:
                self.shapes.fault(
                    mention.place,
                    f"There is no group {mention.name!r} in this file: define it under "
                    "'groups'.",
                )
