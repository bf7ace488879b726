"""How do rights become one filter over a model's rows?

The filter is built from the lookups in the model's `class Policy`:

    kind        what a grant on one asset calls it: "dataset"
    namespace   to its namespace; "" where it is one itself
    names       to all rows that are one asset together (a dataset's other names)
    placements, tags, owners, attributes
                to dated statements about it, each with `recorded_to` and `column`
    harvested   to what producers tag it with and nobody rejects: `column` and `name`

or `follows`, the lookup to the asset as which its rows are governed: a run's job; or
`stands_for`, the foreign keys of which one, or else `namespace`, leads to that asset.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    Exists,
    Model,
    OuterRef,
    Q,
)
from django.db.models.lookups import Exact

from policies.compiler import conditions
from policies.compiler.conditions import Condition
from policies.compiler.rights import (
    Everything,
    InDomain,
    InNamespaces,
    One,
    Right,
    Scope,
    Tagged,
)
from policies.compiler.scopes import NamespaceScope
from policies.compiler.trees import Tree
from policies.compiler.ways import EVERY, NOTHING, Way, any_of, apart, are_few, united

# What a statement says, as a filter; its lookups begin with what is given.
type Saying = Callable[[str], Q]


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose rights are compiled; nobody without an account owns anything."""

    principal: int | None
    groups: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Trees:
    """The trees that scopes and conditions reach into, read when first asked for."""

    read: Callable[[str], Tree]

    @property
    def domains(self) -> Tree:
        return self.read("domain")

    @property
    def tags(self) -> Tree:
        return self.read("tag")


@dataclass(frozen=True, slots=True)
class Filters:
    """Makes filters over one model for one holder of rights.

    A filter is made of alternatives as long as that is of use: PostgreSQL follows the
    index of one, and can only try each row for an OR of them.
    """

    model: type[Model]
    holder: Holder
    trees: Trees
    follows: str = ""  # the lookup to the asset; "" is the row itself
    asset: Any = field(init=False)

    def __post_init__(self) -> None:
        asset: Any = self.model
        for step in filter(None, self.follows.split("__")):
            asset = asset._meta.get_field(step).related_model
        object.__setattr__(self, "asset", asset)

    @property
    def prefix(self) -> str:
        return f"{self.follows}__" if self.follows else ""

    @property
    def home(self) -> str:
        """The lookup to a row's namespace, by its shortest way."""
        return str(policy_of(self.model).namespace)

    @property
    def namespace_name(self) -> str:
        return _joined(self.home, "name")

    @property
    def key(self) -> str:
        """What all rows have in common that are one asset together."""
        return self._way("names").rpartition("__")[0] or "pk"

    def of_asset(self) -> "Filters":
        """The same over the assets themselves."""
        return replace(self, model=self.asset, follows="")

    def of_right(self, right: Right, *, is_deny: bool) -> Q:
        """The rows that a right is about."""
        return any_of(self.of_rights([right], is_deny=is_deny))

    def of_scope(self, scope: Scope, *, is_deny: bool) -> Q:
        return any_of(self.of_scopes([scope], is_deny=is_deny))

    def of_rights(self, rights: Iterable[Right], *, is_deny: bool) -> list[Way]:
        """The ways to what rights are about, few of them: alike ones are one."""
        scopes: dict[Condition | None, list[Scope]] = {}
        for right in rights:
            scopes.setdefault(right.condition, []).append(right.scope)
        found = []
        for condition, some in scopes.items():
            ways = self.of_scopes(some, is_deny=is_deny)
            if condition is not None:
                holds = self.of_condition(condition, counts_every_tag=is_deny)
                ways = [way.under(holds) for way in ways]
            found += ways
        return found

    def of_scopes(self, scopes: Iterable[Scope], *, is_deny: bool) -> list[Way]:
        globs, domains, tags = [], [], []
        ones: dict[str, list[int]] = {}
        for scope in scopes:
            match scope:
                case Everything():
                    return [Way(EVERY)]
                case InNamespaces(glob):
                    globs.append(glob)
                case InDomain(domain):
                    domains.append(domain)
                case Tagged(tag):
                    tags.append(tag)
                case One(kind, pk):
                    ones.setdefault(kind, []).append(pk)
        found = []
        if globs:
            named = NamespaceScope.any_of(globs).as_q("name")
            found += self._in_namespaces(named, by_any_name=is_deny)
        if domains:
            below = self.trees.domains.under(domains)
            found += self._in_domains(below, by_any_name=is_deny)
        if tags:
            found += self._tagged(tags, counts_every=is_deny)
        for kind, pks in sorted(ones.items()):
            found += self._ones(kind, pks, by_any_name=is_deny)
        return found

    def of_condition(self, condition: Condition, *, counts_every_tag: bool) -> Q:
        """What a condition holds of.

        What producers alone say, and what is said of the namespace of another name,
        counts where it can only take rights: for a deny, and for an allow within a
        `not`. So it counts the other way round in each `not`.
        """
        every = counts_every_tag
        match condition:
            case conditions.TagIn(tags):
                return any_of(self._tagged(tags, counts_every=every))
            case conditions.OwnerIsMe():
                return self.owned()
            case conditions.LifecycleIn(values):
                said = _fits(name="lifecycle", value__in=sorted(values))
                return any_of(self._said("attributes", said))
            case conditions.EnvIn(values):
                said = _fits(name="environment", value__in=sorted(values))
                any_said = _fits(name="environment")
                ways = self._stated("attributes", said, any_said, by_any_name=every)
                return any_of(ways)
            case conditions.All(members):
                result = Q()
                for one in members:
                    result &= self.of_condition(one, counts_every_tag=every)
                return result
            case conditions.AnyOf(members):
                return reduce(
                    or_,
                    (self.of_condition(o, counts_every_tag=every) for o in members),
                )
            case conditions.Not(member):
                return ~self.of_condition(member, counts_every_tag=not every)

    def in_domains(self, domains: Iterable[int]) -> Q:
        """What is placed in one of these, or lies in a namespace that is."""
        return any_of(self._in_domains(domains, by_any_name=False))

    def named_below(self, tags: Iterable[int], lookup: str) -> Q:
        """What a producer calls as one of these tags is called, or one below them."""
        tree = self.trees.tags
        found = NOTHING
        for name in tree.names_of(tags):
            begins = {f"{lookup}__startswith": f"{name}{tree.separator}"}
            found |= Q(**{lookup: name}) | Q(**begins)
        return found

    def owned(self) -> Q:
        """What the holder answers for: the asset, or the namespace that it lies in."""
        return any_of(self.owned_ways())

    def owned_ways(self) -> list[Way]:
        if self.holder.principal is None:
            return []
        groups = sorted(self.holder.groups)

        def mine(at: str) -> Q:
            own = Q(**{f"{at}principal": self.holder.principal})
            return own | Q(**{f"{at}group__among": groups}) if groups else own

        return [*self._said("owners", mine), *self._said_of_namespace("owners", mine)]

    def shared_ways(self, rows: Any) -> list[Way]:
        """What is shared by some rows of guardian's."""
        return [Way(Q(**{f"{self.prefix}pk__in": rows.values("content_object_id")}))]

    def among(self, ways: Iterable[Way]) -> Q:
        """The rows whose assets are found by several ways, each by its own index.

        The ways are those of `of_asset()`.
        """
        return Q(**{f"{self.prefix}pk__in": self._found(ways)})

    def listed(self, ways: Iterable[Way]) -> Q:
        """The rows to whose keys ways lead that are listed."""
        return Q(**{f"{self.prefix}{self.key}__in": united(self._keys(ways))})

    def are_few(self, ways: Iterable[Way]) -> bool:
        """Whether several ways together lead to few assets."""
        return are_few(self._found(ways))

    def are_few_listed(self, ways: Iterable[Way]) -> bool:
        return are_few(united(self._keys(ways)))

    def _found(self, ways: Iterable[Way]) -> Any:
        """The ids of the assets that ways lead to."""
        by_holds: dict[Q | None, list[Way]] = {}
        found = []
        for way in ways:
            if way.is_told:
                by_holds.setdefault(way.holds, []).append(way)
            else:
                found.append(self._assets.filter(any_of([way])))
        for holds, some in by_holds.items():
            for keys in self._keys(some):
                rows = self._assets.filter(**{f"{self.key}__in": keys})
                found.append(rows if holds is None else rows.filter(holds))
        return united(rows.values("pk") for rows in found)

    def _keys(self, ways: Iterable[Way]) -> Iterator[Any]:
        """The queries for the keys of ways that are told: one for all other names."""
        of_names = NOTHING
        for way in ways:
            if way.keys is not None:
                yield way.keys
            if way.of_names is not None:
                of_names |= way.of_names
        if of_names != NOTHING:
            yield self._others.filter(of_names).values(self.key)

    def _in_namespaces(self, about: Q, *, by_any_name: bool) -> list[Way]:
        """What lies in the namespaces that `about` fits."""
        spaces = self._spaces.filter(about).values("pk")
        found = [Way(Q(**{f"{self.home}__in": spaces}) if self.home else about)]
        if not by_any_name or self.key == "pk":
            return found
        # A deny on any of its names is one on the asset: on another one of a canonical
        # name, and for another one on the canonical one.
        here, space = f"{self.prefix}{self.key}", self._way("namespace")
        inside = Q(**{f"{space}__in": spaces})
        others = self._others.filter(inside, **{self.key: OuterRef(here)})
        found.append(Way(Q(Exists(others)), of_names=inside))
        is_other = ~Q(Exact(apart(self.key, self.prefix), 0))
        canonical = self._assets.filter(inside, pk=OuterRef(here))
        return [*found, Way(is_other & Q(Exists(canonical)))]

    def _in_domains(self, domains: Iterable[int], *, by_any_name: bool) -> list[Way]:
        placed = _fits(domain__among=sorted(domains))
        return self._stated("placements", placed, _fits(), by_any_name=by_any_name)

    def _tagged(self, tags: Iterable[int], *, counts_every: bool) -> list[Way]:
        """What has one of these tags, or one below them, as a whole.

        With `counts_every`, also as producers say, unless somebody rejected that.
        """
        below = sorted(self.trees.tags.under(tags))
        found = self._said("tags", _fits(tag__among=below))
        if counts_every and self._way("harvested"):
            found += self._said(
                "harvested", lambda at: self.named_below(tags, f"{at}name")
            )
        return found

    def _stated(
        self, way: str, said: Saying, anything: Saying, *, by_any_name: bool
    ) -> list[Way]:
        """What is said of an asset itself, or else of its namespace.

        `by_any_name` looks at the namespaces of all names that it has.
        """
        own = self._said(way, said)
        itself = any_of(self._said(way, anything))
        inherited = self._said_of_namespace(way, said, by_any_name=by_any_name)
        return [*own, *(one.under(~itself) for one in inherited)]

    def _said(self, way: str, said: Saying) -> list[Way]:
        """What is said of an asset as a whole, under any of its names."""
        if not self._way(way):
            return []
        about = self.asset._meta.get_field(self._way(way)).field
        rows = about.model._default_manager.filter(
            _standing(way, said, ""), **{f"{about.name}__isnull": False}
        )
        here = OuterRef(f"{self.prefix}{self.key}")
        own = Q(Exists(rows.filter(**{about.attname: here})))
        if self.key == "pk":
            return [Way(own, rows.values(about.attname))]
        others = self._others.filter(
            _standing(way, said, f"{self._way(way)}__"), **{self.key: here}
        )
        about_them = rows.values(about.attname)
        return [Way(own | Q(Exists(others)), about_them, Q(pk__in=about_them))]

    def _said_of_namespace(
        self, way: str, said: Saying, *, by_any_name: bool = False
    ) -> list[Way]:
        if not self._way("namespace"):
            return []
        space = self._spaces.model
        about = space._meta.get_field(getattr(policy_of(space), way)).field
        rows = about.model._default_manager.filter(
            _standing(way, said, ""), **{f"{about.name}__isnull": False}
        )
        if by_any_name:
            inside = Q(pk__in=rows.values(about.attname))
            return self._in_namespaces(inside, by_any_name=True)
        return [Way(Q(**{f"{self.home}__in": rows.values(about.attname)}))]

    def _ones(self, kind: str, pks: list[int], *, by_any_name: bool) -> list[Way]:
        """Single assets, by whichever name; of a namespace all that lies in it."""
        if kind == self._way("kind"):
            if self.key == "pk":
                return [Way(Q(**{f"{self.prefix}pk__in": pks}))]
            same = self._assets.filter(pk__in=pks).values(self.key)
            return [Way(Q(**{f"{self.prefix}{self.key}__in": same}), same)]
        if kind == "namespace" and self._way("namespace"):
            if by_any_name:
                return self._in_namespaces(Q(pk__in=pks), by_any_name=True)
            return [Way(Q(**{f"{self.home}__in": pks}))]
        return []

    @property
    def _assets(self) -> Any:
        return self.asset._default_manager.unrestricted(_REASON)

    @property
    def _others(self) -> Any:
        """The names of assets that are not the canonical ones: few of all."""
        return self._assets.filter(~Q(Exact(apart(self.key), 0)))

    @property
    def _spaces(self) -> Any:
        space = self._way("namespace")
        model = self.asset._meta.get_field(space).related_model if space else self.asset
        return model._default_manager.unrestricted(_REASON)

    def _way(self, name: str) -> str:
        return str(getattr(policy_of(self.asset), name, ""))


def branches(model: type[Model]) -> list[tuple[str, Q]]:
    """As which assets rows of a model are governed: the lookup, and which rows."""
    policy = policy_of(model)
    stands_for = getattr(policy, "stands_for", ())
    if not stands_for:
        return [(getattr(policy, "follows", ""), EVERY)]
    some = [(name, Q(**{f"{name}__isnull": False})) for name in stands_for]
    neither = Q(**{f"{name}__isnull": True for name in stands_for})
    return [*some, (policy.namespace, neither)]


_REASON = "a part of the filter that decides who may see these rows"


def policy_of(model: type[Model]) -> Any:
    """The model's `class Policy`: how its rows hang in the tree of scopes."""
    policy = getattr(model, "Policy", None)
    if policy is None:
        raise TypeError(f"{model.__name__} says in no class Policy how it is governed")
    return policy


def _fits(**values: Any) -> Saying:
    """Of a statement: these of its fields have these values."""
    return lambda at: Q(**{f"{at}{name}": value for name, value in values.items()})


def _standing(way: str, said: Saying, at: str) -> Q:
    """A statement that stands, is about an asset as a whole, and says this."""
    whole = Q(**{f"{at}column": ""}) & said(at)
    # What producers say stands as long as it is there.
    return whole if way == "harvested" else whole & Q(**{f"{at}recorded_to": None})


def _joined(*steps: str) -> str:
    return "__".join(filter(None, steps))
