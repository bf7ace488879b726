"""Who may do an action on assets of a sort, before and after: many people at once.

Each principal is a bit of a number, in its lower half as it stands and in its upper
half as it would: one operation judges everybody twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from policies import access
from policies.conditions import (
    All,
    AnyOf,
    Condition,
    EnvIn,
    LifecycleIn,
    Not,
    OwnerIsMe,
    TagIn,
)
from policies.rights import (
    Effect,
    Everything,
    InDomain,
    InNamespaces,
    One,
    Right,
    Tagged,
)
from policies.rights import Scope as RightScope
from policies.scopes import Glob
from policies.simulation.gathering import Sort
from policies.simulation.states import State
from policies.standing import current_reading
from policies.trees import Tree

# What rights come down to, the holder left out.
type Term = tuple[RightScope, Effect, Condition | None]


@dataclass(slots=True)
class Crowd:
    """The principals whom a change concerns, each with a place."""

    ids: list[int]
    principals: dict[int, int] = field(default_factory=dict)
    groups: dict[int, int] = field(default_factory=dict)
    past_denies: int = 0  # who breaks the glass

    @classmethod
    def of(
        cls,
        ids: Iterable[int],
        sides: Iterable[tuple[State, Mapping[int, frozenset[int]]]],
        at: datetime,
    ) -> "Crowd":
        crowd = cls(sorted(ids))
        size = len(crowd.ids)
        principals: dict[int, int] = defaultdict(int)
        groups: dict[int, int] = defaultdict(int)
        for side, (state, held) in enumerate(sides):
            for place, pk in enumerate(crowd.ids, side * size):
                if pk not in state.active:
                    continue
                principals[pk] |= 1 << place
                for group in held.get(pk, ()):
                    groups[group] |= 1 << place
                spans = state.emergencies.get(pk, ())
                if any(one.opened_at <= at < one.expires_at for one in spans):
                    crowd.past_denies |= 1 << place
        crowd.principals, crowd.groups = dict(principals), dict(groups)
        return crowd

    def before(self, bits: int) -> int:
        return bits & ((1 << len(self.ids)) - 1)

    def after(self, bits: int) -> int:
        return bits >> len(self.ids)

    def differs(self, bits: int) -> bool:
        return self.before(bits) != self.after(bits)

    def on_side(self, bits: int, side: int) -> int:
        """What of two-sided bits is on one side."""
        size = len(self.ids)
        return bits & (((1 << size) - 1) << (side * size))


@dataclass(slots=True)
class Reaching:
    """Who is allowed and denied by all that reaches one place in the tree of scopes."""

    allowed: int = 0
    denied: int = 0
    conditional: list[tuple[Condition, Effect, int]] = field(default_factory=list)


class Judge:
    """Decides by one table of rights about sorts of assets."""

    def __init__(
        self,
        crowd: Crowd,
        table: dict[Term, int],
        *,
        owning: bool,
        shares: dict[tuple[str, int], int],
        names: dict[int, str],
        domains: Tree,
        tags: Tree,
    ) -> None:
        self.crowd = crowd
        self.owning = owning
        self.shares = shares
        self.domains, self.tags = domains, tags
        self.names = names
        self.ids = {name: pk for pk, name in names.items()}
        self.places: dict[object, Reaching] = defaultdict(Reaching)
        for (scope, effect, condition), bits in table.items():
            for place in self._places(scope, effect):
                self._put(self.places[place], effect, condition, bits)
        self._met = cache(self._meets)
        self._reach = cache(self._reaching)

    @staticmethod
    def _put(
        reaching: Reaching, effect: Effect, condition: Condition | None, bits: int
    ) -> None:
        if condition is not None:
            reaching.conditional.append((condition, effect, bits))
        elif effect is Effect.DENY:
            reaching.denied |= bits
        else:
            reaching.allowed |= bits

    def may(self, sort: Sort) -> int:
        """Who may, before and after."""
        owners = 0
        for word, pk in sort.owners:
            held = self.crowd.principals if word == "principal" else self.crowd.groups
            owners |= held.get(pk, 0)
        about = sort._replace(owners=frozenset(), share=0)
        allowed, denied, conditional = self._reach(about)
        for condition, effect, bits in conditional:
            is_deny = effect is Effect.DENY
            met = bits & owners if self._met(condition, about, True, is_deny) else 0
            if self._met(condition, about, False, is_deny):
                met |= bits & ~owners
            if is_deny:
                denied |= met
            else:
                allowed |= met
        if self.owning:
            allowed |= owners
        if sort.share:
            allowed |= self.shares.get((sort.kind, sort.share), 0)
        return allowed & ~(denied & ~self.crowd.past_denies)

    def _reaching(
        self, sort: Sort
    ) -> tuple[int, int, list[tuple[Condition, Effect, int]]]:
        allowed = denied = 0
        conditional = []
        for place in _around(sort, self.tags.separator):
            reaching = self.places.get(place)
            if reaching is not None:
                allowed |= reaching.allowed
                denied |= reaching.denied
                conditional += reaching.conditional
        return allowed, denied, conditional

    def _places(self, scope: RightScope, effect: Effect) -> Iterator[object]:
        """Where in the tree a scope reaches to."""
        match scope:
            case Everything():
                yield "everything"
            case InNamespaces(glob):
                word = "named" if effect is Effect.DENY else "space"
                for pk in fitting(glob, self.names, self.ids):
                    yield word, pk
            case InDomain(root):
                for pk in self.domains.under([root]):
                    yield "domain", pk
            case Tagged(root):
                for pk in self.tags.under([root]):
                    yield "tag", pk
                if effect is Effect.DENY:
                    for name in self.tags.names_of([root]):
                        yield "called", name
            case One(kind, pk):
                yield "one", kind, pk

    def _meets(
        self, condition: Condition, sort: Sort, is_owner: bool, counts_every_tag: bool
    ) -> bool:
        """Whether a condition is met; see `Filters.of_condition` about tags."""
        every = counts_every_tag
        match condition:
            case TagIn(tags):
                return self._tagged(sort, tags, counts_every=every)
            case OwnerIsMe():
                return is_owner
            case LifecycleIn(values):
                return not sort.lifecycles.isdisjoint(values)
            case EnvIn(values):
                return not sort.environments.isdisjoint(values)
            case All(members):
                return all(self._meets(one, sort, is_owner, every) for one in members)
            case AnyOf(members):
                return any(self._meets(one, sort, is_owner, every) for one in members)
            case Not(member):
                return not self._meets(member, sort, is_owner, not every)

    def _tagged(self, sort: Sort, tags: Iterable[int], *, counts_every: bool) -> bool:
        if not sort.tags.isdisjoint(self.tags.under(tags)):
            return True
        if not counts_every or not sort.harvested:
            return False
        called = {
            name for one in sort.harvested for name in _above(one, self.tags.separator)
        }
        return not called.isdisjoint(self.tags.names_of(tags))


class JudgeByName:
    """Decides where events may be sent: by names of namespaces, before any row is."""

    def __init__(
        self, crowd: Crowd, table: dict[Term, int], names: dict[int, str]
    ) -> None:
        self.crowd = crowd
        self.everywhere = [0, 0]
        self.places: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        reading = current_reading()
        ids = {name: pk for pk, name in names.items()}
        for (scope, effect, condition), bits in table.items():
            is_deny = effect is Effect.DENY
            if condition is not None and not is_deny:
                continue
            right = Right(frozenset(), scope, effect, condition)
            globs = (access.globs_touched if is_deny else access.globs_of)(
                right, reading
            )
            if globs is None:
                self.everywhere[is_deny] |= bits
            for glob in globs or ():
                for pk in fitting(glob, names, ids):
                    self.places[pk][is_deny] |= bits

    def may(self, sort: Sort) -> int:
        if sort.kind != "namespace":
            return 0
        allowed, denied = self.places.get(sort.space, (0, 0))
        allowed, denied = allowed | self.everywhere[0], denied | self.everywhere[1]
        return allowed & ~(denied & ~self.crowd.past_denies)


def fitting(glob: Glob, names: dict[int, str], ids: dict[str, int]) -> Iterator[int]:
    """The namespaces that a pattern fits; a plain name is looked up."""
    if len(glob.literals) == 1:
        if glob.literals[0] in ids:
            yield ids[glob.literals[0]]
        return
    for pk, name in names.items():
        if glob.matches(name):
            yield pk


def _around(sort: Sort, separator: str) -> Iterator[object]:
    """The places in the tree that assets of a sort belong to."""
    yield "everything"
    yield "space", sort.space
    yield "named", sort.space
    yield "one", "namespace", sort.space
    for pk in sort.spaces:
        if pk != sort.space:
            yield "named", pk
    for pk in sort.domains:
        yield "domain", pk
    for pk in sort.tags:
        yield "tag", pk
    for name in {up for one in sort.harvested for up in _above(one, separator)}:
        yield "called", name
    for pk in sort.ones:
        yield "one", sort.kind, pk


def _above(name: str, separator: str) -> Iterator[str]:
    """A path, and each path that it begins with."""
    yield name
    at = name.find(separator) if separator else -1
    while at >= 0:
        yield name[:at]
        at = name.find(separator, at + 1)
