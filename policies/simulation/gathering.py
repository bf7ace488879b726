"""Which assets are alike in all that the rights in question ask for, and how many?

A catalog of very many assets has few sorts of them. What is asked for is read by the
lookups of the model's `class Policy`, as the filter has it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, F, Model

from policies.compiling import policy_of
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
from policies.rights import Effect, InDomain, InNamespaces, One, Scope, Tagged
from policies.trees import asset_models

_REASON = "counting what a change of rights would do; names are told by rights"
NONE: frozenset[int] = frozenset()


class Sort(NamedTuple):
    """What assets have in common that rights ask for.

    `owners` and `ones` hold what the caller asked about; `share` is the asset's own id
    where it was shared one by one.
    """

    kind: str
    space: int
    spaces: frozenset[int] = NONE  # of its other names
    domains: frozenset[int] = NONE
    tags: frozenset[int] = NONE
    harvested: frozenset[str] = frozenset()  # what producers alone tag it with
    lifecycles: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    ones: frozenset[int] = NONE
    owners: frozenset[tuple[str, int]] = frozenset()
    share: int = 0


@dataclass(slots=True)
class Alike:
    """How many assets are of a sort; which ones, unless they are just the others."""

    count: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Wanted:
    """What of assets the rights in question ask for; the rest is not read."""

    other_names: bool = False
    domains: bool = False
    tags: bool = False
    lifecycles: bool = False
    environments: bool = False
    owners: bool = False
    principals: set[int] = field(default_factory=set)  # owners who matter
    groups: set[int] = field(default_factory=set)
    ones: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    shares: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def ask(self, scope: Scope, effect: Effect, condition: Condition | None) -> None:
        """Add what one right asks for."""
        match scope:
            case InNamespaces():
                self.other_names |= effect is Effect.DENY
            case InDomain():
                self.domains = True
            case Tagged():
                self.tags = True
            case One(kind, pk):
                self.ones[kind].add(pk)
        for part in _parts(condition):
            match part:
                case TagIn():
                    self.tags = True
                case LifecycleIn():
                    self.lifecycles = True
                case EnvIn():
                    self.environments = True
                case OwnerIsMe():
                    self.owners = True


def sorts_of_assets(wanted: Wanted) -> dict[Sort, Alike]:
    """All assets that lists show, by what they have in common."""
    spaces = _Kind(asset_models()["namespace"], wanted, None)
    found = dict(spaces.sorts())
    for model in asset_models().values():
        if policy_of(model).kind != "namespace":
            found.update(_Kind(model, wanted, spaces).sorts())
    return found


class _Kind:
    """The assets of one model; `spaces` are the namespaces that they lie in."""

    def __init__(
        self, model: type[Model], wanted: Wanted, spaces: "_Kind | None"
    ) -> None:
        self.policy = policy_of(model)
        self.model = model
        self.wanted = wanted
        self.spaces = spaces
        self.names = getattr(self.policy, "names", "")
        self.space = f"{self.policy.namespace}_id" if self.policy.namespace else "pk"
        self.space_of: dict[int, int] = {}
        self.other_spaces: dict[int, set[int]] = self._other_spaces()
        self.domains = self._said("placements", "domain", wanted.domains)
        self.tags = self._said("tags", "tag", wanted.tags)
        self.harvested = self._harvested()
        self.lifecycles = self._attribute("lifecycle", wanted.lifecycles)
        self.environments = self._attribute("environment", wanted.environments)
        self.owners = self._owners()
        self.ones = self._ones()
        self.shares = self._shares()

    def sorts(self) -> Iterator[tuple[Sort, Alike]]:
        found: dict[Sort, Alike] = defaultdict(Alike)
        special: Counter[int] = Counter()
        for pk, space in self.space_of.items():
            alike = found[self._sort(pk, space)]
            alike.count += 1
            alike.rows.append(pk)
            special[space] += 1
        for space, count in self._counts():
            if count > special[space]:
                plain = found[self._sort(0, space)]
                plain.count += count - special[space]
        yield from found.items()

    def _counts(self) -> Iterable[tuple[int, int]]:
        rows = self._rows().order_by().values_list(self.space)
        return list(rows.annotate(count=Count("pk")))

    def _sort(self, pk: int, space: int) -> Sort:
        own_domains = self.domains.get(pk)
        own_environments = self.environments.get(pk)
        owners: set[tuple[str, int]] = self.owners.get(pk, set())
        if self.spaces is not None:
            own_domains = own_domains or self.spaces.domains.get(space)
            own_environments = own_environments or self.spaces.environments.get(space)
            owners = owners | self.spaces.owners.get(space, set())
        return Sort(
            self.policy.kind,
            space,
            frozenset(self.other_spaces.get(pk, NONE)),
            frozenset(own_domains or ()),
            frozenset(self.tags.get(pk, NONE)),
            frozenset(self.harvested.get(pk, ())),
            frozenset(self.lifecycles.get(pk, ())),
            frozenset(own_environments or ()),
            frozenset(self.ones.get(pk, NONE)),
            frozenset(owners),
            pk if pk in self.shares else 0,
        )

    def _rows(self) -> Any:
        manager: Any = self.model._default_manager
        return manager.visible().unrestricted(_REASON)

    def _read(self, rows: Any, *values: str) -> dict[int, set[Any]]:
        """For each row what it has of something, its own space noted beside."""
        found: dict[int, set[Any]] = defaultdict(set)
        told = rows.order_by().values_list("pk", self.space, *values)
        for pk, space, *value in told.distinct().iterator():
            self.space_of[pk] = space
            found[pk].add(value[0] if len(value) == 1 else tuple(value))
        return found

    def _statements(self, way: str, **said: Any) -> tuple[Any, str]:
        """The rows of which something is said, and the lookup to what is."""
        statements = "__".join(filter(None, (self.names, getattr(self.policy, way))))
        standing = {"recorded_to": None, "column": "", **said}
        return (
            self._rows().filter(
                **{f"{statements}__{name}": value for name, value in standing.items()}
            ),
            statements,
        )

    def _said(self, way: str, value: str, is_wanted: bool) -> dict[int, set[Any]]:
        if not is_wanted:
            return {}
        rows, statements = self._statements(way)
        return self._read(rows, f"{statements}__{value}_id")

    def _harvested(self) -> dict[int, set[Any]]:
        """What producers tag assets with as a whole, and nobody rejects."""
        harvested = getattr(self.policy, "harvested", "")
        if not self.wanted.tags or not harvested:
            return {}
        way = "__".join(filter(None, (self.names, harvested)))
        rows = self._rows().filter(**{f"{way}__column": ""})
        return self._read(rows, f"{way}__name")

    def _attribute(self, name: str, is_wanted: bool) -> dict[int, set[Any]]:
        if not is_wanted:
            return {}
        rows, statements = self._statements("attributes", name=name)
        return self._read(rows, f"{statements}__value")

    def _owners(self) -> dict[int, set[Any]]:
        if not self.wanted.owners:
            return {}
        found: dict[int, set[Any]] = defaultdict(set)
        for word, some in (
            ("principal", self.wanted.principals),
            ("group", self.wanted.groups),
        ):
            rows, statements = self._statements(
                "owners", **{f"{word}__among": sorted(some)}
            )
            told = self._read(rows, f"{statements}__{word}_id")
            for pk, owners in told.items():
                found[pk] |= {(word, owner) for owner in owners}
        return found

    def _other_spaces(self) -> dict[int, set[Any]]:
        if not self.names or not self.wanted.other_names:
            return {}
        rows = self._rows().annotate(other=F(f"{self.names}__{self.space}"))
        return self._read(rows.exclude(other=F(self.space)), "other")

    def _ones(self) -> dict[int, set[Any]]:
        asked = self.wanted.ones.get(self.policy.kind)
        if not asked or self.spaces is None:
            return {}
        name = self.names or "pk"
        rows = self._rows().filter(**{f"{name}__among": sorted(asked)})
        return self._read(rows, f"{name}__pk" if self.names else "pk")

    def _shares(self) -> dict[int, set[Any]]:
        asked = self.wanted.shares.get(self.policy.kind)
        if not asked:
            return {}
        return self._read(self._rows().filter(pk__among=sorted(asked)), "pk")


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
