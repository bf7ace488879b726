"""Who holds what, all of it at once: as it stands, and as it would after changes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django.conf import settings

from policies.compiler.rights import Right
from policies.compiler.standing import Emergency, right_of, share_models
from policies.models import (
    BreakGlass,
    Grant,
    Membership,
    Nesting,
    ObjectShare,
    Principal,
    Role,
)

# Who is not signed in, among the ids of principals.
ANYBODY = 0


@dataclass(frozen=True, slots=True)
class Holding:
    """A right, and the principal or group that holds it by a role."""

    right: Right
    role: int | None
    principal: int | None = None
    group: int | None = None

    @classmethod
    def of(cls, grant: Grant) -> Self:
        """What a grant gives or takes; it need not be stored."""
        right = replace(right_of(grant), grant=None)
        return cls(right, grant.role_id, grant.principal_id, grant.group_id)


@dataclass(frozen=True, slots=True)
class Share:
    """One action on one asset, let to one principal."""

    principal: int
    action: str
    kind: str
    asset: int


@dataclass(slots=True)
class State:
    """All that decides who may do what, beside what is said of assets."""

    active: set[int] = field(default_factory=set)
    memberships: set[tuple[int, int]] = field(default_factory=set)  # principal, group
    nestings: set[tuple[int, int]] = field(default_factory=set)  # inner, outer
    holdings: dict[object, Holding] = field(default_factory=dict)
    shares: set[Share] = field(default_factory=set)
    emergencies: dict[int, list[Emergency]] = field(default_factory=dict)

    def copy(self) -> "State":
        return State(
            set(self.active),
            set(self.memberships),
            set(self.nestings),
            dict(self.holdings),
            set(self.shares),
            dict(self.emergencies),
        )

    def groups(self) -> dict[int, frozenset[int]]:
        """The groups of everybody active who is in any, those around them included."""
        outer: dict[int, list[int]] = defaultdict(list)
        for inner, around in self.nestings:
            outer[inner].append(around)
        reached: dict[int, frozenset[int]] = {}
        found: dict[int, frozenset[int]] = {}
        for principal, group in self.memberships:
            if principal in self.active:
                if group not in reached:
                    reached[group] = _with_outer(group, outer)
                found[principal] = found.get(principal, frozenset()) | reached[group]
        return found


@dataclass(frozen=True, slots=True)
class GrantGiven:
    """A grant that somebody thinks of giving: an instance that is not stored."""

    grant: Grant

    def apply(self, state: State) -> None:
        state.holdings[self] = Holding.of(self.grant)

    def __hash__(self) -> int:
        return id(self)


@dataclass(frozen=True, slots=True)
class GrantRevoked:
    grant: int

    def apply(self, state: State) -> None:
        state.holdings.pop(self.grant, None)


@dataclass(frozen=True, slots=True)
class MemberAdded:
    group: int
    principal: int

    def apply(self, state: State) -> None:
        state.memberships.add((self.principal, self.group))


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    group: int
    principal: int

    def apply(self, state: State) -> None:
        state.memberships.discard((self.principal, self.group))


@dataclass(frozen=True, slots=True)
class NestingAdded:
    outer: int
    inner: int

    def apply(self, state: State) -> None:
        state.nestings.add((self.inner, self.outer))


@dataclass(frozen=True, slots=True)
class NestingRemoved:
    outer: int
    inner: int

    def apply(self, state: State) -> None:
        state.nestings.discard((self.inner, self.outer))


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """A role would hold these actions, for all who have it."""

    role: int
    actions: frozenset[str]

    def apply(self, state: State) -> None:
        for key, holding in state.holdings.items():
            if holding.role == self.role:
                right = replace(holding.right, actions=frozenset(self.actions))
                state.holdings[key] = replace(holding, right=right)


@dataclass(frozen=True, slots=True)
class ShareGiven:
    share: Share

    def apply(self, state: State) -> None:
        state.shares.add(self.share)


@dataclass(frozen=True, slots=True)
class ShareRevoked:
    share: Share

    def apply(self, state: State) -> None:
        state.shares.discard(self.share)


@dataclass(frozen=True, slots=True)
class PrincipalStopped:
    principal: int

    def apply(self, state: State) -> None:
        state.active.discard(self.principal)


@dataclass(frozen=True, slots=True)
class PrincipalResumed:
    principal: int

    def apply(self, state: State) -> None:
        state.active.add(self.principal)


type Change = (
    GrantGiven
    | GrantRevoked
    | MemberAdded
    | MemberRemoved
    | NestingAdded
    | NestingRemoved
    | RoleChanged
    | ShareGiven
    | ShareRevoked
    | PrincipalStopped
    | PrincipalResumed
)


def after(state: State, changes: Iterable[Change]) -> State:
    """The state as it would be; `state` stays as it is."""
    changed = state.copy()
    for change in changes:
        change.apply(changed)
    return changed


def read_state() -> State:
    """Who holds what just now; a fixed number of queries."""
    state = State()
    state.active = set(Principal.objects.active().values_list("pk", flat=True))
    members = Membership.objects.standing()
    state.memberships = set(members.values_list("principal", "group"))
    nestings = Nesting.objects.standing()
    state.nestings = set(nestings.values_list("inner", "outer"))
    roles = {role.pk: role for role in Role.objects.all()}
    for grant in Grant.objects.standing().iterator():
        grant.role = roles[grant.role_id]
        state.holdings[grant.pk] = Holding.of(grant)
    name: str = settings.HEADWATER_ANONYMOUS_ROLE
    for role in Role.objects.filter(name=name) if name else ():
        state.active.add(ANYBODY)
        right = Right(frozenset(role.actions))
        state.holdings["anybody"] = Holding(right, role.pk, principal=ANYBODY)
    state.shares = {share for model in share_models() for share in _shares(model)}
    broken = BreakGlass.objects.filter(closed_at=None)
    for holder, *span in broken.values_list("principal", "opened_at", "expires_at"):
        state.emergencies.setdefault(holder, []).append(Emergency(*span))
    return state


def share_kind(model: type[ObjectShare]) -> str:
    """The kind of asset that a model of shares is about."""
    fields: dict[str, Any] = {each.name: each for each in model._meta.fields}
    return str(fields["content_object"].related_model.Policy.kind)


def _shares(model: type[ObjectShare]) -> Iterator[Share]:
    kind = share_kind(model)
    rows = model.objects.values_list("user", "permission__codename", "content_object")
    for principal, action, asset in rows:
        yield Share(principal, action, kind, asset)


def _with_outer(group: int, outer: dict[int, list[int]]) -> frozenset[int]:
    found, ahead = {group}, [group]
    while ahead:
        for around in outer.get(ahead.pop(), ()):
            if around not in found:
                found.add(around)
                ahead.append(around)
    return frozenset(found)
