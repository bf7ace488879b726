"""Which assets are alike in all that the rights in question ask for, and how many?

A catalog of very many assets has few sorts of them. What is asked for is read by the
lookups of the model's `class Policy`, as the filter has it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db.models import Count, F, Model, Q

from policies.compiler.compiling import Filters, Holder, Trees, policy_of
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
    One,
    Scope,
    Tagged,
)
from policies.compiler.trees import asset_models

_REASON = "counting what a change of rights would do; names are told by rights"
NONE: frozenset[Any] = frozenset()


class Sort(NamedTuple):
    """What assets have in common that scopes and conditions ask for."""

    kind: str
    space: int
    share: int  # the id of an asset that was shared by itself, or 0
    spaces: frozenset[int]  # of its other names
    domains: frozenset[int]
    tags: frozenset[int]
    harvested: frozenset[str]  # what producers alone tag it with
    lifecycles: frozenset[str]
    environments: frozenset[str]
    # The same of which other names' namespaces tell: it takes rights and gives none.
    other_domains: frozenset[int]
    other_environments: frozenset[str]
    ones: frozenset[int]  # its ids, where single assets are asked for
    owners: frozenset[tuple[str, int]]


@dataclass(slots=True)
class Alike:
    """How many assets are of a sort: `rows` by id, and of the rest only the number."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    @property
    def has_rest(self) -> bool:
        return self.count > len(self.rows)


@dataclass(frozen=True, slots=True)
class Assets:
    """All assets that lists show, by what they have in common.

    `told_apart` has the ids of those that are in the `rows` of their sort, by kind.
    """

    sorts: list[tuple[Sort, Alike]]
    told_apart: dict[str, list[int]]


@dataclass(slots=True)
class Wanted:
    """What of assets the rights in question ask for; the rest is not read."""

    other_names: bool = False
    domains: bool = False
    owners: bool = False
    tags: set[int] = field(default_factory=set)  # those below them, too
    lifecycles: set[str] = field(default_factory=set)
    environments: set[str] = field(default_factory=set)
    principals: set[int] = field(default_factory=set)  # owners who matter
    groups: set[int] = field(default_factory=set)
    ones: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    shares: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    reach: "Reach" = field(default_factory=lambda: Reach(is_everything=True))

    def ask(self, scope: Scope, effect: Effect, condition: Condition | None) -> None:
        """Add what one right asks for."""
        # What takes rights looks at the namespaces of all names.
        self.other_names |= effect is Effect.DENY or condition is not None
        match scope:
            case InDomain():
                self.domains = True
            case Tagged(tag):
                self.tags.add(tag)
            case One(kind, pk):
                self.ones[kind].add(pk)
        for part in _parts(condition):
            match part:
                case TagIn(tags):
                    self.tags |= set(tags)
                case LifecycleIn(values):
                    self.lifecycles |= set(values)
                case EnvIn(values):
                    self.environments |= set(values)
                case OwnerIsMe():
                    self.owners = True


@dataclass(slots=True)
class Reach:
    """Where anything can change at all: no other asset is looked at."""

    is_everything: bool = False
    all_namespaces: bool = False
    scopes: set[Scope] = field(default_factory=set)
    shares: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    owners: Holder = field(default_factory=lambda: Holder(None))

    def add(self, scope: Scope) -> None:
        self.is_everything |= isinstance(scope, Everything)
        self.scopes.add(scope)

    def of(self, filters: Filters) -> Q:
        """The assets of a model that are in reach; an empty one is all of them."""
        kind = str(policy_of(filters.model).kind)
        if self.is_everything or (self.all_namespaces and kind == "namespace"):
            return Q()
        found = Q(pk__among=sorted(self.shares.get(kind, ())))
        for scope in self.scopes:
            found |= filters.of_scope(scope, is_deny=True)
        if self.owners.principal is not None:
            found |= replace(filters, holder=self.owners).owned()
        return found


def sorts_of_assets(wanted: Wanted, trees: Trees) -> Assets:
    """Sort all assets by what is wanted of them; a fixed number of queries."""
    spaces = _Kind(asset_models()["namespace"], wanted, trees, None)
    kinds = [spaces]
    for model in asset_models().values():
        if policy_of(model).kind != "namespace":
            kinds.append(_Kind(model, wanted, trees, spaces))
    return Assets(
        [told for kind in kinds for told in kind.sorts()],
        {kind.kind: list(kind.space_of) for kind in kinds},
    )


# Of each row what is said of it.
type _Said[T] = dict[int, frozenset[T]]


class _Kind:
    """The assets of one model; `spaces` are the namespaces that they lie in."""

    def __init__(
        self,
        model: type[Model],
        wanted: Wanted,
        trees: Trees,
        spaces: "_Kind | None",
    ) -> None:
        self.model, self.wanted, self.spaces = model, wanted, spaces
        self.policy = policy_of(model)
        self.kind = str(self.policy.kind)
        # The key to the row that stands for all names of an asset, if it has several.
        self.same = getattr(self.policy, "names", "").partition("__")[0]
        self.space = f"{self.policy.namespace}_id" if self.policy.namespace else "pk"
        self.filters = Filters(model, Holder(None), trees)
        self.reach = wanted.reach.of(self.filters)
        self.other_spaces = self._other_spaces()
        self.domains = self._said("placements", "domain") if wanted.domains else {}
        self.tags = self._tags()
        self.harvested = self._harvested()
        self.lifecycles = self._attribute("lifecycle", wanted.lifecycles)
        self.environments = self._attribute("environment", wanted.environments)
        self.owners = self._owners()
        self.ones = self._ones()
        self.ways: tuple[_Said[Any], ...] = (
            *(self.other_spaces, self.domains, self.tags, self.harvested),
            *(self.lifecycles, self.environments, self.ones, self.owners),
        )
        self.space_of = self._space_of()

    def sorts(self) -> Iterator[tuple[Sort, Alike]]:
        """Each sort once, with how many assets are of it."""
        found: dict[tuple[Any, ...], Alike] = defaultdict(Alike)
        special: Counter[int] = Counter(self.space_of.values())
        shared = self.wanted.shares.get(self.kind, ())
        ways = self.ways
        for pk, space in self.space_of.items():
            share = pk if pk in shared else 0
            alike = found[space, share, *[way.get(pk, NONE) for way in ways]]
            alike.rows.append(pk)
            alike.count += 1
        nothing = [NONE] * len(ways)
        for space, count in self._counts():
            if count > special[space]:
                found[space, 0, *nothing].count += count - special[space]
        for key, alike in found.items():
            yield self._sort(*key), alike

    def _sort(self, space: int, share: int, *said: frozenset[Any]) -> Sort:
        other, domains, tags, harvested, lifecycles, environments, ones, owners = said
        other_domains, other_environments = NONE, NONE
        if self.spaces is not None:
            # Of what an asset does not say itself, its namespace's word counts.
            if not domains:
                domains = self.spaces.domains.get(space, NONE)
                of_spaces = (self.spaces.domains.get(one, NONE) for one in other)
                other_domains = NONE.union(*of_spaces)
            if not environments:
                environments = self.spaces.environments.get(space, NONE)
                of_others = (self.spaces.environments.get(o, NONE) for o in other)
                other_environments = NONE.union(*of_others)
            owners = owners | self.spaces.owners.get(space, NONE)
        return Sort(
            *(self.kind, space, share, other, domains, tags, harvested),
            *(lifecycles, environments, other_domains, other_environments),
            *(ones, owners),
        )

    def _rows(self) -> Any:
        """Each asset once, by its canonical row, as far as lists show it."""
        rows = self._all().visible().filter(self.reach)
        return rows.filter(**{self.same: F("pk")}) if self.same else rows

    def _all(self) -> Any:
        """Every name of every asset."""
        manager: Any = self.model._default_manager
        return manager.unrestricted(_REASON).order_by()

    def _names(self) -> Any:
        """Every name of the assets that are in reach."""
        rows = self._all()
        if self.spaces is None or not self.reach:
            # Namespaces are read whole: what they say counts for what lies in them.
            return rows
        return rows.filter(**{f"{self.same or 'pk'}__in": self._rows().values("pk")})

    def _counts(self) -> list[tuple[int, int]]:
        rows = self._rows().values_list(self.space)
        return list(rows.annotate(count=Count("pk")))

    def _space_of(self) -> dict[int, int]:
        """Where those lie of whom something is said."""
        special = set(self.wanted.shares.get(self.kind, ())).union(*self.ways)
        if not special:
            return {}
        rows = self._rows().filter(pk__among=list(special))
        return dict(rows.values_list("pk", self.space))

    def _read(self, names: Any, value: str) -> _Said[Any]:
        """For each asset what any of its names has of something."""
        found: dict[int, set[Any]] = defaultdict(set)
        for pk, each in names.values_list(self.same or "pk", value):
            found[pk].add(each)
        # Equal sets are one object: they are compared very often.
        kept: dict[frozenset[Any], frozenset[Any]] = {}
        told = ((pk, frozenset(some)) for pk, some in found.items())
        return {pk: kept.setdefault(some, some) for pk, some in told}

    def _said(self, way: str, value: str, **said: Any) -> _Said[Any]:
        """What is said by the statements that a lookup of the Policy leads to."""
        way = getattr(self.policy, way)
        standing = {"recorded_to": None, "column": "", **said}
        names = self._names().filter(
            **{f"{way}__{name}": value for name, value in standing.items()}
        )
        return self._read(names, f"{way}__{value}")

    def _tags(self) -> _Said[int]:
        if not self.wanted.tags:
            return {}
        below = self.filters.trees.tags.under(self.wanted.tags)
        return self._said("tags", "tag_id", tag__among=sorted(below))

    def _harvested(self) -> _Said[str]:
        """What producers tag assets with as a whole, and nobody rejects."""
        way = getattr(self.policy, "harvested", "")
        if not self.wanted.tags or not way:
            return {}
        named = self.filters.named_below(self.wanted.tags, f"{way}__name")
        names = self._names().filter(named, **{f"{way}__column": ""})
        return self._read(names, f"{way}__name")

    def _attribute(self, name: str, values: set[str]) -> _Said[str]:
        """What of an attribute's values is asked for; "" is any other one."""
        if not values:
            return {}
        told = self._said("attributes", "value", name=name)
        kept = {
            some: frozenset(one if one in values else "" for one in some)
            for some in set(told.values())
        }
        return {pk: kept[some] for pk, some in told.items()}

    def _owners(self) -> _Said[tuple[str, int]]:
        if not self.wanted.owners:
            return {}
        found: dict[int, frozenset[tuple[str, int]]] = {}
        for word, some in (
            ("principal", self.wanted.principals),
            ("group", self.wanted.groups),
        ):
            told = self._said(
                "owners", f"{word}_id", **{f"{word}__among": sorted(some)}
            )
            for pk, owners in told.items():
                named = frozenset((word, owner) for owner in owners)
                found[pk] = found.get(pk, NONE) | named
        return found

    def _other_spaces(self) -> _Said[int]:
        if not self.same or not self.wanted.other_names:
            return {}
        home = {f"{self.same}__{self.space}": F(self.space)}
        return self._read(self._names().exclude(**home), self.space)

    def _ones(self) -> _Said[int]:
        asked = self.wanted.ones.get(self.kind)
        if not asked or self.spaces is None:
            return {}
        return self._read(self._names().filter(pk__among=sorted(asked)), "pk")


def _parts(condition: Condition | None) -> Iterator[Condition]:
    if condition is None:
        return
    yield condition
    match condition:
        case All(members) | AnyOf(members):
            for one in members:
                yield from _parts(one)
        case Not(member):
            yield from _parts(member)
