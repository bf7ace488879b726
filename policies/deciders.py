"""Who answers an access request: owners, else those around them, else administrators?

What was asked for is looked up here, for those who decide. Whoever asks never learns
whether there was anything to be found.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import F, Q

from policies import access
from policies.actions import Action
from policies.compiler.compiling import policy_of
from policies.compiler.overlap import meet
from policies.compiler.rights import Effect, InDomain, One, Scope
from policies.compiler.standing import current_reading
from policies.compiler.trees import asset_models, tree_model
from policies.granting import may_grant_anything, why_not_given
from policies.models import AccessRequest, Principal, Role
from policies.roles import OWNING

_REASON = "whom an access request goes to"
About = AccessRequest.About

# By the unique indexes of standing nestings and memberships.
READ_MEMBERS = """
WITH RECURSIVE within AS (
    SELECT root, root AS group_id FROM unnest(%s::bigint[]) AS root
    UNION
    SELECT within.root, n.inner_id
    FROM policies_nesting n JOIN within ON n.outer_id = within.group_id
    WHERE n.recorded_to IS NULL
)
SELECT DISTINCT within.root, m.principal_id
FROM within JOIN policies_membership m ON m.group_id = within.group_id
WHERE m.recorded_to IS NULL"""


class Level(StrEnum):
    """Whom a request goes to."""

    OWNERS = "owners"
    NAMESPACE = "the owners of its namespace"
    DOMAIN = "the owners of its domain"
    ADMINISTRATORS = "administrators of access"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes: `row` is what it is about, if there is such a thing.

    `people` are ids; of administrators there are none here, since they may always.
    """

    level: Level
    row: Any = None
    people: frozenset[int] = frozenset()

    @property
    def scope(self) -> Scope | None:
        """What a grant of it would reach; None where there is nothing."""
        if self.row is None:
            return None
        kind = getattr(getattr(self.row, "Policy", None), "kind", None)
        return One(kind, self.row.pk) if kind else InDomain(self.row.pk)


def route(request: AccessRequest) -> Route:
    """Where one request goes."""
    return routes([request])[request.pk]


def routes(requests: Sequence[AccessRequest]) -> dict[int, Route]:
    """Where requests go, by id; so many queries, however many requests there are."""
    rows = found(requests)
    owners = _Owners(rows.values())
    return {each.pk: _route(each, rows.get(each.pk), owners) for each in requests}


def found(requests: Sequence[AccessRequest]) -> dict[int, Any]:
    """What requests are about, by their ids: of those that lead to something."""
    by_kind: dict[str, list[AccessRequest]] = defaultdict(list)
    for each in requests:
        by_kind[each.about].append(each)
    rows: dict[int, Any] = {}
    for about, some in by_kind.items():
        if about != About.EVERYTHING:
            rows |= _found(about, some)
    return rows


def may_decide(
    principal: Principal, request: AccessRequest, to: Route, *, sees_it: bool
) -> bool:
    """Whether somebody answers a request: never their own.

    `sees_it` is whether they may know of what it leads to.
    """
    if request.requester_id == principal.pk or not principal.is_active:
        return False
    if may_grant_anything(principal):
        return True
    if principal.pk not in to.people or not sees_it:
        return False
    # A token of an owner hands on nothing unless it was made for that.
    if not access.narrowing_of(principal).covers(Action.ACCESS_SHARE):
        return False
    return is_owners_to_give(request.role) and not _is_kept_out(principal, request, to)


def _is_kept_out(principal: Principal, request: AccessRequest, to: Route) -> bool:
    """Whether a deny takes from an owner a part of what they would give.

    A deny by tag may be one on single columns.
    """
    standing = current_reading().standing(principal)
    actions = {
        Action.ASSET_VIEW,
        Action.ACCESS_SHARE,
        *map(Action, request.role.actions),
    }
    scopes = {
        right.scope
        for action in actions
        for right in access.rights_for(standing, action)[1]
    }
    reached = to.scope
    return reached is not None and any(meet(scope, reached) for scope in scopes)


def is_owners_to_give(role: Role) -> bool:
    """Whether a role is no more than owners have themselves."""
    return set(role.actions) <= set(OWNING)


def sees(principal: Principal, to: Route) -> bool:
    """Whether somebody may know of what a request leads to."""
    return bool(seen(principal, {0: to}))


def seen(principal: Principal, to: dict[int, Route]) -> set[int]:
    """Of which routes somebody may know what they lead to, by key.

    One query for each kind of asset.
    """
    leading = {key: each.row for key, each in to.items() if each.row is not None}
    by_model: dict[Any, set[int]] = defaultdict(set)
    for row in leading.values():
        by_model[type(row)].add(row.pk)
    shown: dict[Any, set[int]] = {}
    for model, ids in by_model.items():
        if not hasattr(model, "Policy"):
            shown[model] = ids  # a domain: a word that everybody uses
            continue
        rows = model.objects.permitted(principal, Action.ASSET_VIEW)
        shown[model] = set(rows.filter(pk__in=ids).values_list("pk", flat=True))
    return {key for key, row in leading.items() if row.pk in shown[type(row)]}


def owners_of(rows: Sequence[Any]) -> set[int]:
    """The people who answer for some assets or domains, or around one if none do."""
    owners = _Owners(rows)
    found: set[int] = set()
    for row in rows:
        found |= next((some for _, some in owners.around(row) if some), frozenset())
    return found


def could_give(principal: Principal, request: AccessRequest) -> bool:
    """Whether somebody may still give what a request asks for."""
    to = route(request)
    if may_decide(principal, request, to, sees_it=sees(principal, to)):
        return True
    scope = to.scope
    return scope is not None and not why_not_given(
        principal, request.role, Effect.ALLOW, scope
    )


def _found(about: str, some: Sequence[AccessRequest]) -> dict[int, Any]:
    if about == About.DOMAIN:
        rows = tree_model("domain")._default_manager
        named = {each.name.lower() for each in some}
        by_name = {
            row.name.lower(): row
            for row in rows.filter(reduce(or_, (Q(name__iexact=n) for n in named)))
        }
        return {e.pk: by_name[k] for e in some if (k := e.name.lower()) in by_name}
    model: Any = asset_models()[about]
    rows = model._default_manager.unrestricted(_REASON)
    space: str = policy_of(model).namespace
    if not space:
        spaces = {row.name: row for row in rows.filter(name__in=_spaces(some))}
        return {e.pk: spaces[e.namespace] for e in some if e.namespace in spaces}
    pairs = {(each.namespace, each.name) for each in some}
    wanted = (Q(**{f"{space}__name": one, "name": two}) for one, two in pairs)
    key = _key_of(model)
    around = [space, f"{key}__{space}"] if key else [space]
    things = {
        (getattr(row, space).name, row.name): whole(row)
        for row in rows.filter(reduce(or_, wanted)).select_related(*around)
    }
    return {
        e.pk: things[e.namespace, e.name]
        for e in some
        if (e.namespace, e.name) in things
    }


def whole(row: Any) -> Any:
    """The row that stands for an asset under all its names, as its owners know it."""
    key = _key_of(type(row))
    return getattr(row, key) if key else row


def _key_of(model: Any) -> str:
    """What leads from any name of an asset to the row that stands for all of them."""
    names = str(getattr(getattr(model, "Policy", None), "names", ""))
    return names.rpartition("__")[0]


def _spaces(some: Iterable[AccessRequest]) -> set[str]:
    return {each.namespace for each in some}


def _route(request: AccessRequest, row: Any, owners: "_Owners") -> Route:
    if row is None or not is_owners_to_give(request.role):
        return Route(Level.ADMINISTRATORS, row)
    for level, people in owners.around(row):
        if rest := people - {request.requester_id}:
            return Route(level, row, frozenset(rest))
    return Route(Level.ADMINISTRATORS, row)


class _Owners:
    """Who answers for some rows, for their namespaces and for their domains."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._own: dict[tuple[str, int], list[Any]] = defaultdict(list)
        self._places: dict[tuple[str, int], int] = {}
        by_model: dict[Any, dict[int, Any]] = defaultdict(dict)
        for row in rows:
            by_model[type(row)][row.pk] = row
        spaces: dict[int, Any] = {}
        for model, some in by_model.items():
            if space := getattr(getattr(model, "Policy", None), "namespace", ""):
                spaces |= {
                    getattr(row, space).pk: getattr(row, space) for row in some.values()
                }
        if spaces:
            by_model[asset_models()["namespace"]] |= spaces
        for model, some in list(by_model.items()):
            if hasattr(model, "Policy"):
                self._read(model, set(some))
        self._parents = dict(
            tree_model("domain")._default_manager.values_list("pk", "parent_id")
        )
        domains = tree_model("domain")
        for pk, one in _statements(domains, domains.policy_owners, self._parents):
            self._own["domain", pk].append(one)
        self._people = members_of(
            one.group_id for some in self._own.values() for one in some
        )
        self._active = set(
            Principal.objects.active()
            .filter(pk__in=self._mentioned())
            .values_list("pk", flat=True)
        )

    def around(self, row: Any) -> Iterable[tuple[Level, frozenset[int]]]:
        """Levels, the nearest first, and who is active in each."""
        if not hasattr(row, "Policy"):
            yield from self._above(row.pk, Level.OWNERS)
            return
        kind, space = row.Policy.kind, row.Policy.namespace
        yield Level.OWNERS, self._owners(kind, row.pk)
        domain = self._places.get((kind, row.pk))
        if space:
            space_pk = getattr(row, f"{space}_id")
            yield Level.NAMESPACE, self._owners("namespace", space_pk)
            domain = domain or self._places.get(("namespace", space_pk))
        if domain is not None:
            yield from self._above(domain, Level.DOMAIN)

    def _above(
        self, domain: int | None, level: Level
    ) -> Iterable[tuple[Level, frozenset[int]]]:
        while domain is not None:
            yield level, self._owners("domain", domain)
            domain, level = self._parents.get(domain), Level.DOMAIN

    def _owners(self, kind: str, pk: int) -> frozenset[int]:
        people: set[int] = set()
        for one in self._own[kind, pk]:
            people |= {one.principal_id} if one.principal_id else set()
            people |= self._people.get(one.group_id, set())
        return frozenset(people & self._active)

    def _read(self, model: Any, pks: set[int]) -> None:
        policy = policy_of(model)
        kind = policy.kind
        for pk, one in _statements(model, policy.owners, pks):
            self._own[kind, pk].append(one)
        for pk, one in _statements(model, policy.placements, pks):
            self._places[kind, pk] = one.domain_id

    def _mentioned(self) -> set[int]:
        direct = {o.principal_id for some in self._own.values() for o in some}
        return direct.union(*self._people.values()) - {None}


def _statements(model: Any, way: str, pks: Iterable[int]) -> list[tuple[int, Any]]:
    """What stands about rows of a model, with the row that each is about.

    What is said of an asset under another name is about the row that stands for it.
    """
    field = model._meta.get_field(way).field
    about = F("__".join(filter(None, (field.name, _key_of(model) or "pk"))))
    rows = field.model._default_manager.filter(recorded_to=None, column="")
    told = rows.annotate(about=about).filter(about__in=list(pks)).order_by("pk")
    return [(row.about, row) for row in told]


def members_of(groups: Iterable[int | None]) -> dict[int, set[int]]:
    """Who belongs to each group, or to one in it."""
    found: dict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(READ_MEMBERS, [sorted({g for g in groups if g is not None})])
        for group, principal in cursor.fetchall():
            found[group].add(principal)
    return found
