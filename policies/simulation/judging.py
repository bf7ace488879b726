"""Who may do an action on assets of a sort, before and after: many people at once.

Each principal is a bit of a number, in its lower half as it stands and in its upper
half as it would: one operation judges everybody twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final, NamedTuple

from policies import access
from policies.compiler.compiling import Trees
from policies.compiler.conditions import (
    All,
    AnyOf,
    Condition,
    EnvIn,
    LifecycleIn,
    Not,
    OwnerIsMe,
    TagIn,
)
from policies.compiler.rights import (
    Effect,
    Everything,
    InDomain,
    InNamespaces,
    One,
    Right,
    Scope,
    Tagged,
)
from policies.compiler.scopes import Glob
from policies.compiler.standing import current_reading
from policies.simulation.gathering import Sort
from policies.simulation.states import State

# What rights come down to, the holder left out.
type Term = tuple[Scope, Effect, Condition | None]


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


class Spaces:
    """All namespaces by name; which ones a pattern fits is found out once."""

    def __init__(self, names: dict[int, str]) -> None:
        self.names = names
        self.ids = {name: pk for pk, name in names.items()}
        self._fitting: dict[Glob, list[int]] = {}

    def fitting(self, glob: Glob) -> list[int]:
        if len(glob.literals) == 1:
            pk = self.ids.get(glob.literals[0])
            return [] if pk is None else [pk]
        if glob not in self._fitting:
            some = (pk for pk, name in self.names.items() if glob.matches(name))
            self._fitting[glob] = list(some)
        return self._fitting[glob]


class Part(NamedTuple):
    """Who is allowed and denied by what reaches some places: bits of the crowd."""

    allowed: int = 0
    denied: int = 0
    # Numbers of conditions, whether of a deny, and who is allowed or denied by them.
    conditional: tuple[tuple[int, bool, int], ...] = ()

    def __or__(self, other: "Part") -> "Part":
        return Part(
            self.allowed | other.allowed,
            self.denied | other.denied,
            self.conditional + other.conditional,
        )


NOWHERE: Final = Part()


class Judge:
    """Decides by one table of rights about sorts of assets."""

    def __init__(
        self,
        crowd: Crowd,
        table: Mapping[Term, int],
        *,
        owning: bool,
        shares: Mapping[tuple[str, int], int],
        spaces: Spaces,
        trees: Trees,
    ) -> None:
        self.crowd, self.spaces, self.trees = crowd, spaces, trees
        self.owning, self.shares = owning, shares
        self.conditions: list[Condition] = []
        self.places: dict[object, Part] = {}
        for (scope, effect, condition), bits in table.items():
            part = self._part(effect, condition, bits)
            for place in self._places(scope, effect):
                self.places[place] = self.places.get(place, NOWHERE) | part
        # Sorts have much in common: each part of them is looked at once.
        self._lying = cache(self._lying_in)
        self._tagged = cache(self._tagged_with)
        self._owned = cache(self._owned_by)
        self._met = cache(self._meets_for)

    def may(self, sort: Sort) -> int:
        """Who may, before and after."""
        kind, space, share, spaces, domains, tags, harvested, *_ = sort
        allowed, denied, conditional = self._lying(
            kind, space, spaces, domains, sort.other_domains
        )
        if tags or harvested:
            more = self._tagged(tags, harvested)
            allowed |= more.allowed
            denied |= more.denied
            conditional += more.conditional
        for pk in sort.ones:
            more = self.places.get(("one", kind, pk), NOWHERE)
            allowed |= more.allowed
            denied |= more.denied
            conditional += more.conditional
        owners = self._owned(sort.owners) if sort.owners else 0
        if conditional:
            said = (
                *(tags, harvested, sort.lifecycles, sort.environments),
                sort.other_environments,
            )
            for number, is_deny, bits in conditional:
                of_owners, of_others = self._met(number, is_deny, said)
                met = bits & owners if of_owners else 0
                if of_others:
                    met |= bits & ~owners
                if is_deny:
                    denied |= met
                else:
                    allowed |= met
        if self.owning:
            allowed |= owners
        if share:
            allowed |= self.shares.get((kind, share), 0)
        return allowed & ~(denied & ~self.crowd.past_denies)

    def _part(self, effect: Effect, condition: Condition | None, bits: int) -> Part:
        is_deny = effect is Effect.DENY
        if condition is None:
            return Part(denied=bits) if is_deny else Part(allowed=bits)
        self.conditions.append(condition)
        return Part(conditional=((len(self.conditions) - 1, is_deny, bits),))

    def _places(self, scope: Scope, effect: Effect) -> Iterator[object]:
        """Where in the tree a scope reaches to."""
        match scope:
            case Everything():
                yield "everything"
            case InNamespaces(glob):
                word = "named" if effect is Effect.DENY else "space"
                for pk in self.spaces.fitting(glob):
                    yield word, pk
            case InDomain(root):
                word = "placed" if effect is Effect.DENY else "domain"
                for pk in self.trees.domains.under([root]):
                    yield word, pk
            case Tagged(root):
                for pk in self.trees.tags.under([root]):
                    yield "tag", pk
                if effect is Effect.DENY:
                    for name in self.trees.tags.names_of([root]):
                        yield "called", name
            case One("namespace", pk):
                yield "named" if effect is Effect.DENY else "space", pk
            case One(kind, pk):
                yield "one", kind, pk

    def _lying_in(
        self,
        kind: str,
        space: int,
        spaces: frozenset[int],
        domains: frozenset[int],
        other_domains: frozenset[int],
    ) -> Part:
        """By what reaches where an asset lies: namespaces, domains, everything."""
        return self._at(
            "everything",
            ("space", space),
            *(("named", pk) for pk in spaces | {space}),
            *(("domain", pk) for pk in domains),
            *(("placed", pk) for pk in domains | other_domains),
        )

    def _tagged_with(self, tags: frozenset[int], harvested: frozenset[str]) -> Part:
        """By what reaches an asset because of its tags."""
        return self._at(
            *(("tag", pk) for pk in tags),
            *(("called", name) for name in self._called(harvested)),
        )

    def _at(self, *places: object) -> Part:
        part = NOWHERE
        for place in places:
            if found := self.places.get(place):
                part |= found
        return part

    def _owned_by(self, owners: frozenset[tuple[str, int]]) -> int:
        bits = 0
        for word, pk in owners:
            held = self.crowd.principals if word == "principal" else self.crowd.groups
            bits |= held.get(pk, 0)
        return bits

    def _meets_for(self, number: int, is_deny: bool, said: "Said") -> tuple[bool, bool]:
        """Whether a condition is met for those who answer for it, and for others."""
        condition = self.conditions[number]
        return (
            self._meets(condition, said, True, is_deny),
            self._meets(condition, said, False, is_deny),
        )

    def _meets(
        self, condition: Condition, said: "Said", is_owner: bool, counts_every_tag: bool
    ) -> bool:
        """Whether a condition is met; see `Filters.of_condition` about tags."""
        every = counts_every_tag
        tags, harvested, lifecycles, environments, other_environments = said
        match condition:
            case TagIn(asked):
                tree = self.trees.tags
                if not tags.isdisjoint(tree.under(asked)):
                    return True
                names = tree.names_of(asked) if every and harvested else ()
                return not self._called(harvested).isdisjoint(names)
            case OwnerIsMe():
                return is_owner
            case LifecycleIn(values):
                return not lifecycles.isdisjoint(values)
            case EnvIn(values):
                if every:
                    environments = environments | other_environments
                return not environments.isdisjoint(values)
            case All(members):
                return all(self._meets(one, said, is_owner, every) for one in members)
            case AnyOf(members):
                return any(self._meets(one, said, is_owner, every) for one in members)
            case Not(member):
                return not self._meets(member, said, is_owner, not every)

    def _called(self, harvested: frozenset[str]) -> set[str]:
        """The names of all tags that producers' tags are, or lie below."""
        separator = self.trees.tags.separator
        return {name for one in harvested for name in _above(one, separator)}


# What is said of an asset that conditions ask for: tags, producers' tags, lifecycles,
# environments, and environments of other names' namespaces.
type Said = tuple[
    frozenset[int], frozenset[str], frozenset[str], frozenset[str], frozenset[str]
]


class JudgeByName:
    """Decides where events may be sent: by names of namespaces, before any row is."""

    def __init__(self, crowd: Crowd, table: Mapping[Term, int], spaces: Spaces) -> None:
        self.crowd = crowd
        self.everywhere = [0, 0]
        self.places: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        reading = current_reading()
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
                for pk in spaces.fitting(glob):
                    self.places[pk][is_deny] |= bits

    def may(self, sort: Sort) -> int:
        if sort.kind != "namespace":
            return 0
        allowed, denied = self.places.get(sort.space, (0, 0))
        allowed, denied = allowed | self.everywhere[0], denied | self.everywhere[1]
        return allowed & ~(denied & ~self.crowd.past_denies)


def _above(name: str, separator: str) -> Iterator[str]:
    """A path, and each path that it begins with."""
    yield name
    at = name.find(separator) if separator else -1
    while at >= 0:
        yield name[:at]
        at = name.find(separator, at + 1)
