"""Does access decide as a file of expectations says?

    tests:
      - principal: ann
        action: asset.view
        asset: {kind: dataset, namespace: "postgres://db", name: orders}
        expect: allowed
        by: allow          # or deny, ownership, share, emergency, nothing
        role: viewer       # a role whose grant is among those that decide

In place of an asset stands `namespace`, for what is judged by names before anything is
there, or nothing: then the question is whether it is allowed at large.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser

from policies import access
from policies.access import Someone
from policies.actions import Action
from policies.as_code.document import On
from policies.as_code.names import Names, demand_known
from policies.as_code.nodes import Node, Pairs, Place, TextInvalid, read_nodes
from policies.as_code.reading import Mention, Scopes
from policies.as_code.shapes import Shapes
from policies.compiler.trees import asset_models
from policies.explaining import By, Explanation, Ground, explain
from policies.models import Grant, Principal
from policies.telling.places import place

_REASON = "an asset on which a decision is tried, for whoever administers the server"
KNOWN = (
    *("principal", "anonymous", "action", "asset", "namespace"),
    *("expect", "by", "role", "note"),
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One decision as it should be; `principal` of "" is who is not signed in."""

    place: Place
    principal: str
    action: Action
    asset: On | None
    namespace: str
    is_allowed: bool
    by: By | None = None
    role: str = ""
    note: str = ""

    def __str__(self) -> str:
        who = self.principal or "who is not signed in"
        where = str(
            self.asset or (f"namespace {self.namespace}" * bool(self.namespace))
        )
        expected = "allowed" if self.is_allowed else "denied"
        told = f"{who} {self.action} {f'on {where} ' if where else ''}{expected}"
        return f"{told}: {self.note}" if self.note else told


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was expected, and what is; `faults` are the differences."""

    expectation: Expectation
    faults: list[str]
    explanation: list[str]

    @property
    def is_met(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class Expectations:
    """A file of them, and the names in it."""

    expected: list[Expectation]
    mentions: list[Mention]


def read_expectations(content: bytes | str) -> Expectations:
    """Read a file of expectations. Raises TextInvalid with all its faults."""
    reading = _Reading(Shapes())
    found = list(reading.file(read_nodes(content)))
    if reading.shapes.faults:
        raise TextInvalid(reading.shapes.faults)
    return Expectations(found, reading.mentions)


class _Reading(Scopes):
    def file(self, node: Node) -> Iterator[Expectation]:
        members = self.shapes.members(node, "a file of tests", ("version", "tests"))
        items = self.shapes.items(members.get("tests"), "tests")
        if not items and not self.shapes.faults:
            self.shapes.fault(node, "There is no test in it: write some under 'tests'.")
        for item in items:
            before = len(self.shapes.faults)
            found = self._expectation(item)
            if len(self.shapes.faults) == before:
                yield found

    def _expectation(self, node: Node) -> Expectation:
        members = self.shapes.members(node, "a test", KNOWN, ("action", "expect"))
        anonymous = self.shapes.truth(members.get("anonymous"), "this")
        if isinstance(node, Pairs) and anonymous == ("principal" in members):
            self.shapes.fault(node, "A test has a 'principal', or 'anonymous: true'.")
        if "asset" in members and "namespace" in members:
            self.shapes.fault(node, "A test is about an 'asset' or a 'namespace'.")
        asset = self.asset(members["asset"]) if "asset" in members else None
        action = self.shapes.choice(members.get("action"), "action", list(Action))
        expected = self.shapes.choice(
            members.get("expect"), "expectation", ("allowed", "denied")
        )
        by = self.shapes.choice(members.get("by"), "ground", list(By))
        return Expectation(
            node.place,
            self.mention("principal", members.get("principal")),
            Action(action) if action else Action.ASSET_VIEW,
            asset,
            self.shapes.text(members.get("namespace"), "a namespace"),
            expected == "allowed",
            By(by) if by else None,
            self.mention("role", members.get("role"), 64),
            self.shapes.text(members.get("note"), "a note"),
        )


def try_expectations(some: Expectations) -> list[Outcome]:
    """Ask for each decision, and compare. Raises TextInvalid for unknown names."""
    names = Names(None)
    demand_known(some.mentions, names, set(names.roles))
    ids = {
        one: names.principal(one.principal) for one in some.expected if one.principal
    }
    people = Principal.objects.in_bulk(set(ids.values()))
    return [
        _outcome(one, people[ids[one]] if one in ids else AnonymousUser(), names)
        for one in some.expected
    ]


def _outcome(expected: Expectation, who: Someone, names: Names) -> Outcome:
    if expected.namespace:
        scope = access.namespace_scope(who, expected.action)
        told = explain(who, expected.action, None)
        is_allowed = scope.allows(expected.namespace)
        lines = [] if is_allowed == told.is_allowed else [_SCOPE]
        faults = list(_differences(expected, is_allowed, None))
        return Outcome(expected, faults, [*lines, *_lines(told)])
    asset: Any = None
    if expected.asset is not None:
        rows: Any = asset_models()[expected.asset.kind]._default_manager
        asset = rows.unrestricted(_REASON).get(pk=names.assets[expected.asset])
    told = explain(who, expected.action, asset)
    return Outcome(
        expected, list(_differences(expected, told.is_allowed, told)), _lines(told)
    )


_SCOPE = (
    "judged by the name of the namespace: by grants on everything, on its domain or on "
    "names that fit, without conditions"
)


def _differences(
    expected: Expectation, is_allowed: bool, told: Explanation | None
) -> Iterator[str]:
    if is_allowed != expected.is_allowed:
        yield "it is allowed" if is_allowed else "it is denied"
    if told is None:
        return
    if expected.by is not None and told.by != expected.by:
        yield f"it is decided by {told.by}, not by {expected.by}"
    roles = {ground.grant.role.name for ground in told.deciding if ground.grant}
    if expected.role and expected.role not in roles:
        named = f"{', '.join(sorted(roles))} does" if roles else "no role does"
        yield f"the role {expected.role} does not decide it: {named}"


def _lines(told: Explanation) -> list[str]:
    """The decision and its grounds, in words."""
    decision = "allowed" if told.is_allowed else "denied"
    lines = [f"{decision} by {told.by}"]
    lines += [f"decides: {_ground(one)}" for one in told.deciding]
    lines += [f"is outweighed: {_ground(one)}" for one in told.outweighed]
    for near in told.near:
        reasons = ", ".join(near.reasons)
        lines.append(f"does not bear on it ({reasons}): {_grant(near.grant)}")
    return lines


def _ground(ground: Ground) -> str:
    groups = " → ".join(str(group) for group in ground.path)
    way = f" through {groups}" if groups else ""
    if ground.grant is None:
        return f"{ground.by}{way}"
    return f"{_grant(ground.grant)}{way}"


def _grant(grant: Grant) -> str:
    holder = grant.holder
    if isinstance(holder, Principal):
        whose = f"principal {holder.username}"
    else:
        whose = f"group {holder}"
    effect = "" if grant.effect == Grant.Effect.ALLOW else "no "
    return f"{whose}: {effect}{grant.role} on {place(grant, None)}"
