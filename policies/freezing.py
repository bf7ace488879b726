"""Who has access within a scope just now, and by which ground?

The rows are those of a review before it is kept: one for each grant, for each
membership by which a grant or an ownership of a group comes to somebody, for each
share, and for each ownership. Denies give nothing and are only counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from policies import audit
from policies.access import policy_of
from policies.compiler.overlap import assets_in, globs_meet, meet
from policies.compiler.rights import EVERYTHING, Effect, InNamespaces, One, Right, Scope
from policies.compiler.scopes import Glob, exactly
from policies.compiler.standing import (
    current_reading,
    scope_of_grant,
    share_models,
    standings_of,
)
from policies.compiler.trees import asset_models
from policies.granting import covers
from policies.models import (
    Grant,
    Group,
    JournalEntry,
    Membership,
    Nesting,
    ObjectShare,
    Principal,
    ReviewItem,
)
from policies.telling.places import asset_names, places

Kind = ReviewItem.Kind
MOST_TOLD = 4  # of the grants that a membership gives


@dataclass
class Frozen:
    """The grounds within a scope; `beyond` has those that reach out of it as well."""

    items: list[ReviewItem] = field(default_factory=list)
    beyond: set[int] = field(default_factory=set)  # by id() of the item

    def add(self, item: ReviewItem, *, reaches_beyond: bool) -> None:
        self.items.append(item)
        if reaches_beyond:
            self.beyond.add(id(item))


@dataclass(frozen=True)
class Owned:
    """An ownership, of which asset."""

    kind: str
    pk: int
    row: Any


def freeze(scope: Scope) -> Frozen:
    """The access within a scope, as this transaction sees it."""
    frozen = Frozen()
    reach = _Reach(scope)
    grants = [grant for grant in _allows() if reach.meets(scope_of_grant(grant))]
    where = dict(zip((g.pk for g in grants), places(grants, None), strict=True))
    owned = list(_ownerships(reach))
    _add_grants(frozen, grants, where, reach)
    _add_memberships(frozen, grants, where, owned, reach)
    _add_shares(frozen, reach)
    _add_ownerships(frozen, owned, reach)
    _count_denies(frozen.items, scope)
    return frozen


class _Reach:
    """Which scopes have anything in common with one scope, found in few queries."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._met: dict[Scope, bool] = {EVERYTHING: True}
        self._ids: dict[str, set[int]] = {}
        self._spaces: set[str] | None = None

    def rows(self, kind: str) -> Any:
        """The assets of a kind that are in it."""
        return assets_in(asset_models()[kind], self.scope)

    def holds(self, one: One) -> bool:
        """Whether an asset is in it."""
        if self.scope == EVERYTHING:
            return True
        if one.kind not in self._ids:
            rows = self.rows(one.kind) if one.kind in asset_models() else ()
            self._ids[one.kind] = {row.pk for row in rows}
        return one.pk in self._ids[one.kind]

    def meets(self, other: Scope) -> bool:
        if self.scope == EVERYTHING:
            return True
        if other not in self._met:
            self._met[other] = self._meets(other)
        return self._met[other]

    def within(self, grant: Grant) -> bool:
        """Whether a grant reaches nothing that lies outside."""
        given = scope_of_grant(grant)
        if isinstance(given, One):
            return self.holds(given)
        around = Right(frozenset(), self.scope, Effect.ALLOW)
        return covers(around, given, current_reading())

    def _meets(self, other: Scope) -> bool:
        if isinstance(other, One) and other.kind != "namespace":
            return self.holds(other)
        if isinstance(other, InNamespaces) and not isinstance(self.scope, One):
            shape = self.scope
            if isinstance(shape, InNamespaces) and globs_meet(shape.glob, other.glob):
                return True
            return any(globs_meet(other.glob, glob) for glob in self._globs())
        return meet(other, self.scope)

    def _globs(self) -> list[Glob]:
        if self._spaces is None:
            self._spaces = set()
            for model in asset_models().values():
                space: str = policy_of(model).namespace
                lookup = f"{space}__name" if space else "name"
                rows = assets_in(model, self.scope).order_by()
                self._spaces |= set(rows.values_list(lookup, flat=True).distinct())
        return [Glob.parse(exactly(name)) for name in self._spaces]


def _allows() -> list[Grant]:
    grants = Grant.objects.valid().filter(effect=Grant.Effect.ALLOW)
    active = grants.exclude(principal__is_active=False)
    return list(active.select_related("role", "principal", "group").order_by("pk"))


def _add_grants(
    frozen: Frozen, grants: list[Grant], where: dict[int, str], reach: _Reach
) -> None:
    for grant in grants:
        item = ReviewItem(
            kind=Kind.GRANT if grant.principal_id else Kind.GROUP_GRANT,
            holder=grant.principal,
            group=grant.group,
            grant=grant,
            what=grant.role.name,
            where=where[grant.pk],
            since=grant.valid_from or grant.recorded_from,
            until=grant.valid_to,
            given_by_id=grant.granted_by_id,
        )
        frozen.add(item, reaches_beyond=not reach.within(grant))


def _add_memberships(
    frozen: Frozen,
    grants: list[Grant],
    where: dict[int, str],
    owned: list[Owned],
    reach: _Reach,
) -> None:
    """One row for each membership by which any of these comes to somebody."""
    gives: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for grant in grants:
        if grant.group_id is not None:
            # Of an asset its kind is enough here: who reads it may not see that one.
            place = f"one {grant.asset_kind}" if grant.asset_kind else where[grant.pk]
            gives[grant.group_id].append((grant.role.name, place))
    for one in owned:
        if one.row.group_id is not None:
            gives[one.row.group_id].append(("owner", f"what it owns ({one.kind}s)"))
    if not gives:
        return
    ways = _ways_out(gives)
    groups = Group.objects.in_bulk({pk for way in ways.values() for pk in way})
    beyond = _groups_beyond(ways, reach)
    standing = Membership.objects.standing().filter(
        group__in=ways, principal__is_active=True
    )
    for each in standing.select_related("principal", "group").order_by("pk"):
        told = dict.fromkeys(_all_given(each.group_id, gives))
        item = ReviewItem(
            kind=Kind.MEMBERSHIP,
            holder=each.principal,
            group=each.group,
            path=[groups[pk].name for pk in ways[each.group_id]],
            what=_listed([what for what, _ in told]),
            where=_listed([place for _, place in told]),
            since=each.recorded_from,
        )
        frozen.add(item, reaches_beyond=each.group_id in beyond)


def _ways_out(targets: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """The shortest way from each group to the nearest of `targets`, itself included."""
    ways: dict[int, tuple[int, ...]] = {pk: (pk,) for pk in targets}
    edge = list(ways)
    while edge:
        inner = Nesting.objects.standing().filter(outer__in=edge).order_by("pk")
        ahead = []
        for within, around in inner.values_list("inner", "outer"):
            if within not in ways:
                ways[within] = (within, *ways[around])
                ahead.append(within)
        edge = ahead
    return ways


def _around(group: int) -> set[int]:
    found, edge = {group}, {group}
    while edge:
        outer = Nesting.objects.standing().filter(inner__in=edge)
        edge = set(outer.values_list("outer", flat=True)) - found
        found |= edge
    return found


def _all_given(
    group: int, gives: dict[int, list[tuple[str, str]]]
) -> Iterator[tuple[str, str]]:
    for each in sorted(_around(group)):
        yield from gives.get(each, [])


def _groups_beyond(ways: Iterable[int], reach: _Reach) -> set[int]:
    """The groups that give anything outside of the scope, denies included."""
    found = set()
    for group in ways:
        standing = Grant.objects.standing().filter(group__in=_around(group))
        if any(not reach.within(grant) for grant in standing):
            found.add(group)
    return found


def _listed(words: list[str]) -> str:
    some = list(dict.fromkeys(words))
    more = len(some) - MOST_TOLD
    return "; ".join(some[:MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")


def _add_shares(frozen: Frozen, reach: _Reach) -> None:
    for share in share_models():
        fields: dict[str, Any] = {f.name: f for f in share._meta.fields}
        kind = str(policy_of(fields["content_object"].related_model).kind)
        rows = share.objects.filter(
            content_object__in=reach.rows(kind).values("pk"), user__is_active=True
        )
        some = list(rows.select_related("user", "permission").order_by("pk"))
        names = asset_names(kind, {row.content_object_id for row in some}, None)
        givers = _givers(share, {row.content_object_id for row in some})
        for row in some:
            action = row.permission.codename
            pk = row.content_object_id
            item = ReviewItem(
                kind=Kind.SHARE,
                holder=row.user,
                asset_kind=kind,
                asset_id=pk,
                statement_id=row.pk,
                action=action,
                what=action,
                where=f"{kind} {names[pk]}",
                given_by=givers.get((pk, str(row.user.public_id), action)),
            )
            frozen.add(item, reaches_beyond=False)


def _givers(
    share: type[ObjectShare], ids: set[int]
) -> dict[tuple[int, str, str], Principal]:
    """Who gave shares last, by asset, principal and action: the journal knows."""
    fields: dict[str, Any] = {f.name: f for f in share._meta.fields}
    model = fields["content_object"].related_model
    rows = model._default_manager.unrestricted("whom the journal names as its giver")
    targets = {audit.Target.of(row): row.pk for row in rows.filter(pk__in=ids)}
    by_key = {audit.canonical(t.key).decode(): pk for t, pk in targets.items()}
    entries = JournalEntry.objects.filter(
        act=audit.Act.SHARE_GIVEN,
        target_kind=model._meta.label_lower,
        target_key__in=by_key,
        actor__isnull=False,
    ).order_by("recorded_at")
    found = {}
    for entry in entries:
        told = entry.changes
        key = by_key[entry.target_key], str(told["principal"]), str(told["action"])
        found[key] = entry.actor
    people = {
        each.public_id: each
        for each in Principal.objects.filter(public_id__in=set(found.values()))
    }
    return {key: people[actor] for key, actor in found.items() if actor in people}


def _ownerships(reach: _Reach) -> Iterator[Owned]:
    """Who answers for what is in the scope, or for the namespaces that it lies in."""
    for kind, model in asset_models().items():
        field = model._meta.get_field(policy_of(model).owners).field
        about = Q(**{f"{field.name}__in": reach.rows(kind).values("pk")})
        if kind == "namespace":
            about |= _namespaces_around(field.name, reach)
        standing = field.model._default_manager.filter(recorded_to=None, column="")
        rows = standing.filter(about).order_by("pk")
        for row in rows.select_related("principal", "group", "opened_in__actor"):
            if row.group_id or (row.principal_id and row.principal.is_active):
                yield Owned(kind, getattr(row, field.attname), row)


def _namespaces_around(key: str, reach: _Reach) -> Q:
    """What is said of the namespaces in which anything of the scope lies."""
    around = Q()
    for kind, model in asset_models().items():
        if space := policy_of(model).namespace:
            spaces = reach.rows(kind).order_by().values(f"{space}_id")
            around |= Q(**{f"{key}__in": spaces})
    return around


def _add_ownerships(frozen: Frozen, owned: list[Owned], reach: _Reach) -> None:
    ids: dict[str, set[int]] = defaultdict(set)
    for one in owned:
        ids[one.kind].add(one.pk)
    names = {kind: asset_names(kind, some, None) for kind, some in ids.items()}
    for one in owned:
        item = ReviewItem(
            kind=Kind.OWNERSHIP,
            holder=one.row.principal,
            group=one.row.group,
            asset_kind=one.kind,
            asset_id=one.pk,
            statement_id=one.row.pk,
            what=f"owner ({one.row.get_kind_display()})",
            where=f"{one.kind} {names[one.kind][one.pk]}",
            since=one.row.recorded_from,
            given_by=one.row.opened_in.actor,
        )
        frozen.add(item, reaches_beyond=not reach.holds(One(one.kind, one.pk)))


def _count_denies(items: list[ReviewItem], scope: Scope) -> None:
    """Say how many denies of each holder meet the scope."""
    holders = {item.holder_id for item in items if item.holder_id is not None}
    met: dict[Scope, bool] = {}
    counts: dict[int, int] = {}
    for pk, standing in standings_of(holders).items():
        denies = [r for r in standing.rights if r.effect is Effect.DENY]
        for right in denies:
            if right.scope not in met:
                met[right.scope] = meet(right.scope, scope)
        counts[pk] = sum(met[right.scope] for right in denies)
    for item in items:
        item.denies = counts.get(item.holder_id or 0, 0)
