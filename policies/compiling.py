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

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q

from policies import conditions
from policies.conditions import Condition
from policies.rights import (
    Everything,
    InDomain,
    InNamespaces,
    One,
    Right,
    Scope,
    Tagged,
)
from policies.scopes import NOWHERE
from policies.trees import Tree

NOTHING = NOWHERE.as_q("pk")
# An empty Q would vanish from an OR.
EVERY = ~NOTHING


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
    """Makes filters over one model for one holder of rights."""

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
    def namespace_name(self) -> str:
        """The lookup to the name of a row's namespace, by its shortest way."""
        return _joined(policy_of(self.model).namespace, "name")

    def of_right(self, right: Right, *, is_deny: bool) -> Q:
        """The rows that a right is about."""
        about = self.of_scope(right.scope, is_deny=is_deny)
        if right.condition is None:
            return about
        return about & self.of_condition(right.condition, counts_every_tag=is_deny)

    def of_scope(self, scope: Scope, *, is_deny: bool) -> Q:
        match scope:
            case Everything():
                return EVERY
            case InNamespaces(glob):
                own = glob.as_q(self.namespace_name)
                if not (is_deny and self._way("names")):
                    return own
                # A deny on any of its names is one on the asset.
                names = _joined(self._way("names"), self._way("namespace"), "name")
                return self._among(glob.as_q(names))
            case InDomain(domain):
                return self.in_domains(self.trees.domains.under([domain]))
            case Tagged(tag):
                return self.tagged([tag], counts_every=is_deny)
            case One(kind, pk):
                return self._one(kind, pk)

    def of_condition(self, condition: Condition, *, counts_every_tag: bool) -> Q:
        """What a condition holds of.

        What producers alone say counts where it can only take rights: for a deny, and
        for an allow within a `not`. So it counts the other way round in each `not`.
        """
        every = counts_every_tag
        match condition:
            case conditions.TagIn(tags):
                return self.tagged(tags, counts_every=every)
            case conditions.OwnerIsMe():
                return self.owned()
            case conditions.LifecycleIn(values):
                return self._attributed("lifecycle", values, is_inherited=False)
            case conditions.EnvIn(values):
                return self._attributed("environment", values, is_inherited=True)
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
        placed = {"domain__among": sorted(domains)}
        return self._stated("placements", placed, is_inherited=True)

    def tagged(self, tags: Iterable[int], *, counts_every: bool) -> Q:
        """What has one of these tags, or one below them, as a whole.

        With `counts_every`, also as producers say, unless somebody rejected that.
        """
        below = self.trees.tags.under(tags)
        said = self._stated("tags", {"tag__among": sorted(below)}, is_inherited=False)
        harvested = self._way("harvested")
        if not counts_every or not harvested:
            return said
        way = _joined(self._way("names"), harvested)
        named = self.named_below(tags, _joined(way, "name"))
        return said | self._among(Q(**{_joined(way, "column"): ""}) & named)

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
        if self.holder.principal is None:
            return NOTHING
        mine: list[dict[str, Any]] = [{"principal": self.holder.principal}]
        if self.holder.groups:
            mine.append({"group__among": sorted(self.holder.groups)})
        return reduce(or_, (self._owned_by(each) for each in mine))

    def ownerships_of(self, row: Model) -> list[Any]:
        """Who answers for an asset or for its namespace: the standing statements."""
        relation = self.asset._meta.get_field(self._way("owners"))
        statements = relation.related_model._default_manager
        mine = Q(**{relation.field.name: row.pk})
        if names := self._way("names"):
            rows = self.asset._default_manager.unrestricted(_REASON)
            same = rows.filter(**{names: row.pk}).values("pk")
            mine = Q(**{f"{relation.field.name}__in": same})
        if space := self._way("namespace"):
            mine |= Q(**{self._namespace_key(): getattr(row, f"{space}_id")})
        return list(statements.filter(mine, recorded_to=None, column=""))

    def _namespace_key(self) -> str:
        space = self.asset._meta.get_field(self._way("namespace")).related_model
        return str(space._meta.get_field(policy_of(space).owners).field.name)

    def _owned_by(self, owner: dict[str, Any]) -> Q:
        own = self._said_of_asset("owners", owner)
        if self._way("namespace"):
            own |= self._said_of_namespace("owners", owner)
        return own

    def _attributed(self, name: str, values: Iterable[str], *, is_inherited: bool) -> Q:
        said = {"name": name, "value__in": sorted(values)}
        return self._stated(
            "attributes", said, is_inherited=is_inherited, of={"name": name}
        )

    def _stated(
        self,
        way: str,
        said: dict[str, Any],
        *,
        is_inherited: bool,
        of: dict[str, Any] | None = None,
    ) -> Q:
        """What is said of an asset itself or else, if inherited, of its namespace."""
        own = self._said_of_asset(way, said)
        if not is_inherited or not self._way("namespace"):
            return own
        says_itself = self._said_of_asset(way, of or {})
        return own | (self._said_of_namespace(way, said) & ~says_itself)

    def _said_of_asset(self, way: str, said: dict[str, Any]) -> Q:
        statements = _joined(self._way("names"), self._way(way))
        if not self._way(way):
            return NOTHING
        standing = {"recorded_to": None, "column": "", **said}
        return self._among(
            Q(**{_joined(statements, name): value for name, value in standing.items()})
        )

    def _said_of_namespace(self, way: str, said: dict[str, Any]) -> Q:
        space = self.asset._meta.get_field(self._way("namespace")).related_model
        statements = getattr(policy_of(space), way)
        standing = {"recorded_to": None, **said}
        spaces = space._default_manager.unrestricted(_REASON).filter(
            **{_joined(statements, name): value for name, value in standing.items()}
        )
        return Q(**{f"{self.prefix}{self._way('namespace')}__in": spaces.values("pk")})

    def _one(self, kind: str, pk: int) -> Q:
        if kind == self._way("kind"):
            names = self._way("names")
            return self._among(Q(**{names: pk})) if names else self._at(pk)
        if kind == "namespace" and self._way("namespace"):
            return Q(**{f"{self.prefix}{self._way('namespace')}": pk})
        return NOTHING

    def _at(self, pk: int) -> Q:
        return Q(**{f"{self.prefix}pk": pk})

    def _among(self, about: Q) -> Q:
        """The rows whose asset is among those that `about` fits: a subquery."""
        assets = self.asset._default_manager.unrestricted(_REASON).filter(about)
        return Q(**{f"{self.prefix}pk__in": assets.values("pk")})

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


def _joined(*steps: str) -> str:
    return "__".join(filter(None, steps))
