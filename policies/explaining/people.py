"""Who may do something with one asset?

Each grant is judged once, for those who answer for the asset and for those who do not;
who holds it is a matter of sets. So the cost follows the grants that name the action,
not the number of people.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.functions import Now

from policies.actions import Action
from policies.compiler.facts import Facts, facts_for, gives_by_name
from policies.compiler.rights import Effect, Right
from policies.compiler.standing import current_reading, right_of, share_model
from policies.explaining.deciding import explain_to_each
from policies.explaining.telling import By, Explanation
from policies.models import BreakGlass, Grant, Nesting, Principal, Role
from policies.roles import OWNING

# By the index of standing memberships.
MEMBERS = """
SELECT group_id, array_agg(principal_id) FROM policies_membership
WHERE recorded_to IS NULL AND group_id = ANY(%s) GROUP BY group_id"""

# What a grant says, its condition last.
SAID = (
    *("effect", "reach", "namespace_glob", "asset_kind", "scope_id"),
    "condition",
)

type Holder = tuple[int | None, int | None]  # a principal, or else a group


@dataclass(frozen=True)
class Whom:
    """Everybody active who may do an action on an asset.

    `by` has each of them by id, with what decides; `denied` are those (by id) who may
    not for a deny alone.
    """

    action: Action
    asset: Model
    by: dict[int, By]
    denied: frozenset[int]
    facts: Facts = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.by)

    @property
    def principals(self) -> QuerySet[Principal]:
        """They, by their user names: to be cut into pages."""
        found: QuerySet[Principal] = Principal.objects.filter(pk__in=list(self.by))
        return found.order_by("username")

    def counts(self) -> dict[By, int]:
        """How many there are by what decides."""
        told = list(self.by.values())
        return {by: told.count(by) for by in By if by in told}

    def explained(self, principals: Iterable[Principal]) -> list[Explanation]:
        """The decision about each of some, with the paths: for one page of them."""
        return explain_to_each(self.facts, list(principals), self.action, self.asset)


def who_may(action: Action, asset: Model) -> Whom:
    """Find everybody active who may do `action` on an asset; a few queries in all."""
    facts = facts_for(action, asset, current_reading())
    sets = Sets(facts, action)
    by: dict[int, By] = {}
    for ground, holders in (
        (By.SHARE, sets.shared()),
        (By.ALLOW, sets.holders(Grant.Effect.ALLOW)),
        (By.OWNERSHIP, sets.owners if action in OWNING else set()),
    ):
        by |= dict.fromkeys(holders, ground)
    denied = sets.holders(Grant.Effect.DENY) - _breaking_glass()
    active = set(
        Principal.objects.active().filter(pk__in=list(by)).values_list("pk", flat=True)
    )
    allowed = {pk: ground for pk, ground in by.items() if pk in active - denied}
    return Whom(action, asset, allowed, frozenset(active & denied), facts)


class Sets:
    """Sets of principals, by id, as the standing memberships and grants make them."""

    def __init__(self, facts: Facts, action: Action) -> None:
        self.facts = facts
        self.action = action
        self.held = _held(action)
        owners = {
            (said.row.principal_id, said.row.group_id) for said in facts.ownerships
        }
        groups = {group for holders in self.held.values() for _, group in holders}
        groups |= {group for _, group in owners}
        self.members = _members({pk for pk in groups if pk is not None})
        self.owners = self._of(owners)

    def holders(self, effect: str) -> set[int]:
        """Who holds a grant that bears on the asset for them."""
        others: set[Holder] = set()
        owners: set[Holder] = set()
        for right, holders in self.held.items():
            if right.effect != effect:
                continue
            is_deny = right.effect is Effect.DENY
            by_name = self.action is Action.EVENT_INGEST and not is_deny
            if by_name and not gives_by_name(right):
                continue
            if not self.facts.reaches(right.scope, is_deny=is_deny):
                continue
            for is_owner, found in ((False, others), (True, owners)):
                if self.facts.bears(right, is_owner=is_owner, is_deny=is_deny):
                    found |= holders
        return (self._of(others) - self.owners) | (self._of(owners) & self.owners)

    def shared(self) -> set[int]:
        """With whom the very asset was shared."""
        share = share_model(type(self.facts.row))
        if share is None:
            return set()
        rows = share.objects.filter(
            content_object=self.facts.row.pk, permission__codename=self.action
        )
        return set(rows.values_list("user", flat=True))

    def _of(self, holders: Iterable[Holder]) -> set[int]:
        """The principals who are named, themselves or by a group."""
        found: set[int] = set()
        for principal, group in holders:
            if principal is not None:
                found.add(principal)
            elif group is not None:
                found |= self.members[group]
        return found


def _held(action: Action) -> dict[Right, set[Holder]]:
    """What grants with an action say just now, and who holds each: alike ones once."""
    grants = Grant.objects.valid().filter(role__actions__contains=[action])
    told = grants.values_list("principal", "group", *SAID)
    holders: dict[tuple[Any, ...], set[Holder]] = {}
    conditions: dict[tuple[Any, ...], Any] = {}
    for principal, group, *said, condition in told:
        key = (*said, json.dumps(condition, sort_keys=True))
        conditions[key] = condition
        holders.setdefault(key, set()).add((principal, group))
    role = Role(actions=[action])
    found: dict[Right, set[Holder]] = {}
    for key, some in holders.items():
        said = dict(zip(SAID, (*key[:-1], conditions[key]), strict=True))
        found.setdefault(right_of(Grant(role=role, **said)), set()).update(some)
    return found


def _breaking_glass() -> set[int]:
    now = Now()
    still = BreakGlass.objects.filter(
        closed_at=None, opened_at__lte=now, expires_at__gt=now
    )
    return set(still.values_list("principal", flat=True))


def _members(groups: Collection[int]) -> dict[int, set[int]]:
    """Who belongs to each of the groups, also by one that is nested in it."""
    inner: dict[int, set[int]] = {}
    nestings = Nesting.objects.standing().values_list("outer", "inner")
    for outer, within in nestings if groups else []:
        inner.setdefault(outer, set()).add(within)
    inside = {pk: _within(inner, pk) for pk in groups}
    every = set().union(*inside.values())
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [sorted(every)])
        own = {group: set(members) for group, members in cursor.fetchall()}
    return {
        pk: set().union(*(own.get(each, set()) for each in inside[pk])) for pk in groups
    }


def _within(inner: dict[int, set[int]], group: int) -> set[int]:
    found, edge = {group}, {group}
    while edge:
        edge = set().union(*(inner.get(pk, set()) for pk in edge)) - found
        found |= edge
    return found
