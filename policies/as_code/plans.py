"""What would a policy file do here, and who would gain and lose what by it?"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from policies.access import Someone
from policies.as_code.document import GrantKey, GrantTerms, On, Policy
from policies.as_code.names import Names, resolved
from policies.as_code.planning import (
    Drift,
    Step,
    Unlisted,
    drift_of,
    steps_between,
    target_of,
)
from policies.as_code.reading import PolicyFile
from policies.as_code.standing import standing_policy
from policies.audit import Act
from policies.compiler.rights import (
    EVERYTHING,
    Effect,
    InDomain,
    InNamespaces,
    One,
    Right,
    Scope,
    Tagged,
)
from policies.compiler.scopes import Glob
from policies.models import JournalEntry, Role
from policies.simulation import Share, Simulation, State, measure, read_state
from policies.simulation.states import ANYBODY, Holding


@dataclass(frozen=True)
class Plan:
    """The way from what stands to what a file wants; `drift` says what speaks against.

    `unlisted` says what becomes of what stands and is not in the file.
    """

    current: Policy
    target: Policy
    unlisted: Unlisted
    steps: list[Step]
    drift: Drift | None
    names: Names = field(repr=False)

    @property
    def changes_nothing(self) -> bool:
        return not self.steps

    def simulation(self) -> Simulation:
        """Who gains and loses what by it."""
        before = read_state()
        return measure(before, _State(self, before).after())


def plan_policy(
    file: PolicyFile,
    *,
    reader: Someone | None,
    unlisted: Unlisted = Unlisted.REMOVE,
) -> Plan:
    """Compare a file with what stands, as far as `reader` may know it (None: all).

    Raises TextInvalid for names that are not known, Withheld, and Gone.
    """
    names = Names(reader)
    wanted = resolved(file, names)
    current = standing_policy(reader, names)
    target = target_of(current, wanted, unlisted)
    drift = drift_of(
        steps_between(current, wanted),
        current=current.digest,
        base=file.base,
        applied=last_applied(),
    )
    steps = steps_between(current, target)
    return Plan(current, target, unlisted, steps, drift, names)


def last_applied() -> str | None:
    """The digest of the policy that the last file left behind, if one was applied."""
    applied = JournalEntry.objects.filter(act=Act.POLICY_APPLIED)
    entry = applied.order_by("-recorded_at").first()
    return None if entry is None else str(entry.changes["digest"][1])


class _State:
    """Makes who would hold what of a policy; what is not made yet has ids below 0."""

    def __init__(self, plan: Plan, before: State) -> None:
        self.before, self.names, self.target = before, plan.names, plan.target
        self.roles = {role.name: role for role in Role.objects.all()}
        new = [name for name in self.target.groups if not self._known_group(name)]
        self.new_groups = {name: -number for number, name in enumerate(new, 1)}

    def after(self) -> State:
        after = self.before.copy()
        written = {self._group(name) for name in self.target.groups}
        following = {
            self._group(name)
            for name, told in self.target.groups.items()
            if told.directory
        }
        kept = {
            (principal, group)
            for principal, group in after.memberships
            if group not in written or group in following
        }
        after.memberships = kept | {
            (self.names.principal(member), self._group(name))
            for name, told in self.target.groups.items()
            for member in told.members
        }
        after.nestings = {
            (self._group(inner), self._group(name))
            for name, told in self.target.groups.items()
            for inner in told.groups
        }
        after.holdings = dict(self._holdings())
        after.shares = {
            Share(
                self.names.principal(share.principal),
                share.action,
                share.on.kind,
                self.names.assets[share.on],
            )
            for share in self.target.shares
        }
        return after

    def _known_group(self, name: str) -> int | None:
        found = self.names.groups.get(name.lower())
        return found[1] if found else None

    def _group(self, name: str) -> int:
        return self._known_group(name) or self.new_groups[name]

    def _holdings(self) -> Iterator[tuple[object, Holding]]:
        for key, terms in self.target.grants.items():
            yield key, self._holding(key, terms)
        for number, holding in self.before.holdings.items():
            if holding.principal == ANYBODY:
                yield number, self._of_anybody(holding)

    def _holding(self, key: GrantKey, terms: GrantTerms) -> Holding:
        row, told = self.roles.get(key.role), self.target.roles.get(key.role)
        right = Right(
            self._actions(key.role),
            scope_of(key.on, self.names),
            Effect(key.effect),
            self.names.stored_condition(key.when),
            terms.begins,
            terms.ends,
            needs_second_factor=told.needs_second_factor if told else False,
        )
        role = row.pk if row else -1
        if key.holder == "group":
            return Holding(right, role, group=self._group(key.name))
        return Holding(right, role, principal=self.names.principal(key.name))

    def _actions(self, role: str) -> frozenset[str]:
        told = self.target.roles.get(role)
        if told is not None and told.actions:
            return told.actions
        row = self.roles.get(role)
        return frozenset(row.actions) if row else frozenset()

    def _of_anybody(self, holding: Holding) -> Holding:
        [name] = [row.name for row in self.roles.values() if row.pk == holding.role]
        right = replace(holding.right, actions=self._actions(name))
        return replace(holding, right=right)


def scope_of(on: On, names: Names) -> Scope:
    """How far a scope reaches, by ids."""
    pk: Any = names.scope_id(on)
    match on.reach:
        case "namespace":
            return InNamespaces(Glob.parse(on.name))
        case "domain":
            return InDomain(pk)
        case "tag":
            return Tagged(pk)
        case "asset":
            return One(on.kind, pk)
    return EVERYTHING
