"""What is said of one asset just now, as far as scopes and conditions ask for it?

One asset is judged by any number of rights without a statement for each. That it is
judged as the filter has it, `tests/policies/test_rule.py` finds out on random worlds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Model, Q

from policies.actions import Action
from policies.compiler import conditions
from policies.compiler.compiling import Holder, policy_of
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
from policies.compiler.standing import Reading

_REASON = "facts by which a decision about this very asset is made"


@dataclass(frozen=True, slots=True)
class Said:
    """A standing statement that bears on an asset: about it, or about its namespace.

    `space` is the id of that namespace. What only producers say is not `is_confirmed`,
    and the row is of a `harvested` tag.
    """

    row: Any
    space: int | None = None
    is_confirmed: bool = True

    @property
    def of_namespace(self) -> bool:
        return self.space is not None


@dataclass(frozen=True, slots=True)
class Name:
    """One of the names of an asset: a row, and the namespace that it lies in."""

    pk: int
    space: int | None
    space_name: str


class Facts:
    """One asset as rights look at it; what is said of it is read when first asked."""

    def __init__(self, row: Model, reading: Reading) -> None:
        for step in filter(
            None, getattr(policy_of(type(row)), "follows", "").split("__")
        ):
            row = getattr(row, step)
        self.row = row
        self.reading = reading
        self.policy = policy_of(type(row))
        self._among: dict[Scope, frozenset[int]] = {}

    @property
    def kind(self) -> str:
        return str(self.policy.kind)

    @cached_property
    def names(self) -> list[Name]:
        """All rows that are one asset together."""
        rows: Any = type(self.row)._default_manager
        same: str = getattr(self.policy, "names", "") or "pk"
        space: str = self.policy.namespace
        found = rows.unrestricted(_REASON).filter(**{same: self.row.pk}).order_by("pk")
        if not space:
            return [
                Name(pk, None, name) for pk, name in found.values_list("pk", "name")
            ]
        told = found.values_list("pk", f"{space}_id", f"{space}__name")
        return [Name(*one) for one in told]

    @cached_property
    def name(self) -> Name:
        """The row that was asked about."""
        return next(one for one in self.names if one.pk == self.row.pk)

    @cached_property
    def placements(self) -> list[Said]:
        """Where it belongs: itself or else, if nobody says so, by its namespace."""
        return self.placed(is_deny=False)

    def placed(self, *, is_deny: bool) -> list[Said]:
        """The same; for a deny by the namespaces of all its names."""
        return self._counting(self._all_placements, is_deny=is_deny)

    @cached_property
    def _all_placements(self) -> list[Said]:
        return self._said("placements")

    @cached_property
    def tags(self) -> list[Said]:
        """What people put on it as a whole, under any name."""
        return [one for one in self._said("tags") if not one.of_namespace]

    @cached_property
    def harvested(self) -> list[Said]:
        """What producers tag it with as a whole, under any name, and nobody rejects."""
        if not getattr(self.policy, "harvested", ""):
            return []
        field = _subject(type(self.row), "harvested")
        about = {f"{field.name}__in": [one.pk for one in self.names]}
        rows = field.model._default_manager.filter(column="", **about)
        ordered = rows.order_by("name", field.attname)
        return [Said(row, is_confirmed=False) for row in ordered]

    @cached_property
    def ownerships(self) -> list[Said]:
        """Who answers for it, or for its namespace."""
        said = self._said("owners")
        return [one for one in said if one.space in (None, self.name.space)]

    @property
    def has_read_owners(self) -> bool:
        """Whether it costs nothing any more to ask who answers for it."""
        return "ownerships" in vars(self)

    @cached_property
    def attributes(self) -> list[Said]:
        return self._said("attributes")

    def reaches(self, scope: Scope, *, is_deny: bool) -> bool:
        """Whether what a right with this scope is about takes it in."""
        match scope:
            case Everything():
                return True
            case InNamespaces(glob):
                some = self.names if is_deny else [self.name]
                return any(glob.matches(one.space_name) for one in some)
            case InDomain():
                among = self.among(scope)
                placed = self.placed(is_deny=is_deny)
                return any(one.row.domain_id in among for one in placed)
            case Tagged():
                return any(self.tagged(self.among(scope), is_deny=is_deny))
            case One("namespace", pk) if self.kind != "namespace":
                some = self.names if is_deny else [self.name]
                return any(pk == one.space for one in some)
            case One(kind, pk):
                return kind == self.kind and any(pk == one.pk for one in self.names)

    def among(self, scope: Scope) -> frozenset[int]:
        """The domains or tags (by id) that a scope means: those below it, too."""
        if scope not in self._among:
            match scope:
                case InDomain(root):
                    self._among[scope] = self.reading.tree("domain").under([root])
                case Tagged(root):
                    self._among[scope] = self.reading.tree("tag").under([root])
                case _:
                    return frozenset()
        return self._among[scope]

    def tagged(self, tags: frozenset[int], *, is_deny: bool) -> Iterable[Said]:
        """By which statements it has one of these tags; a deny counts every one."""
        yield from (one for one in self.tags if one.row.tag_id in tags)
        if is_deny:
            for one in self.harvested:
                if self.tag_of(one) in tags:
                    yield one

    def tag_of(self, said: Said) -> int | None:
        """The tag that is said, or the nearest above it that somebody defined."""
        if said.is_confirmed:
            pk: int = said.row.tag_id
            return pk
        tree = self.reading.tree("tag")
        parts = said.row.name.split(tree.separator)
        above = (tree.separator.join(parts[:end]) for end in range(len(parts), 0, -1))
        return next((tree.ids[name] for name in above if name in tree.ids), None)

    def bears(self, right: Right, *, is_owner: bool, is_deny: bool) -> bool:
        """Whether a right is about it for somebody who answers for it, or does not."""
        if not self.reaches(right.scope, is_deny=is_deny):
            return False
        return right.condition is None or self.meets(
            right.condition, is_owner=is_owner, is_deny=is_deny
        )

    def meets(self, condition: Condition, *, is_owner: bool, is_deny: bool) -> bool:
        return self.missing(condition, is_owner=is_owner, is_deny=is_deny) is None

    def missing(
        self, condition: Condition, *, is_owner: bool, is_deny: bool
    ) -> Condition | None:
        """What of a condition is not met; None if all of it is."""
        match condition:
            case conditions.TagIn(tags):
                among = self.reading.tree("tag").under(tags)
                is_met = any(self.tagged(among, is_deny=is_deny))
            case conditions.OwnerIsMe():
                is_met = is_owner
            case conditions.LifecycleIn(values):
                said = self._attributes("lifecycle")
                own = [one for one in said if not one.of_namespace]
                is_met = any(one.row.value in values for one in own)
            case conditions.EnvIn(values):
                said = self._attributes("environment")
                counting = self._counting(said, is_deny=is_deny)
                is_met = any(one.row.value in values for one in counting)
            case conditions.All(members) | conditions.AnyOf(members):
                rest = [
                    self.missing(one, is_owner=is_owner, is_deny=is_deny)
                    for one in members
                ]
                unmet = tuple(one for one in rest if one is not None)
                is_any = isinstance(condition, conditions.AnyOf)
                if not unmet or (is_any and len(unmet) < len(members)):
                    return None
                if len(unmet) == 1:
                    return unmet[0]
                return conditions.AnyOf(unmet) if is_any else conditions.All(unmet)
            case conditions.Not(member):
                # As the filter has it: what only producers say can only take rights.
                is_met = not self.meets(member, is_owner=is_owner, is_deny=not is_deny)
        return None if is_met else condition

    def owned_by(self, holder: Holder) -> list[Said]:
        """By which statements a holder answers for it."""
        if holder.principal is None:
            return []
        return [
            one
            for one in self.ownerships
            if one.row.principal_id == holder.principal
            or one.row.group_id in holder.groups
        ]

    def _attributes(self, name: str) -> list[Said]:
        return [one for one in self.attributes if one.row.name == name]

    def _counting(self, said: list[Said], *, is_deny: bool) -> list[Said]:
        """What is said of it itself or else, if nothing is, of its namespace."""
        own = [one for one in said if not one.of_namespace]
        if own or is_deny:
            return own or said
        return [one for one in said if one.space == self.name.space]

    def _said(self, way: str) -> list[Said]:
        field = _subject(type(self.row), way)
        pks = [one.pk for one in self.names]
        about = Q(**{f"{field.name}__in": pks})
        key = None
        if self.policy.namespace:
            space_model = type(self.row)._meta.get_field(self.policy.namespace)
            key = _subject(space_model.related_model, way)
            about |= Q(**{f"{key.name}__in": {one.space for one in self.names}})
        rows = field.model._default_manager.filter(about, recorded_to=None, column="")
        return [
            Said(row, space=getattr(row, key.attname) if key else None)
            for row in rows.order_by("pk")
        ]


def facts_for(action: Action, row: Model, reading: Reading) -> Facts:
    """What a decision goes by: the asset, but of sending events its namespace alone."""
    facts = Facts(row, reading)
    if action is Action.EVENT_INGEST and (space := facts.policy.namespace):
        return Facts(getattr(facts.row, space), reading)
    return facts


def gives_by_name(right: Right) -> bool:
    """Whether an allow gives what is judged by names of namespaces: as a whole only."""
    return right.condition is None and not isinstance(right.scope, Tagged)


def _subject(model: Any, way: str) -> Any:
    """The key of the statements that `way` leads to: what they are about."""
    return model._meta.get_field(getattr(policy_of(model), way)).field
