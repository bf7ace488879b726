"""What rights does someone have just now, as read at one policy epoch?"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Model, Q

from policies.compiler import conditions
from policies.compiler.rights import (
    EVERYTHING,
    Effect,
    InDomain,
    InNamespaces,
    One,
    Right,
    Scope,
    Tagged,
)
from policies.compiler.scopes import Glob
from policies.compiler.trees import Tree, asset_models, read_tree
from policies.models.grants import BreakGlass, Grant, PolicyEpoch, Reach, Role
from policies.models.principals import Principal
from policies.models.scoped import Scoped
from policies.models.shares import ObjectShare

type Someone = Principal | AnonymousUser

# By the unique indexes of standing memberships and nestings.
READ_GROUPS = """
WITH RECURSIVE held AS (
    SELECT principal_id, group_id FROM policies_membership
    WHERE principal_id = ANY(%s) AND recorded_to IS NULL
    UNION
    SELECT held.principal_id, n.outer_id
    FROM policies_nesting n JOIN held ON n.inner_id = held.group_id
    WHERE n.recorded_to IS NULL
)
SELECT principal_id, group_id FROM held"""


@dataclass(frozen=True, slots=True)
class Emergency:
    """A span in which no deny holds for somebody."""

    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """All that gives somebody rights, or takes them, whatever its validity."""

    principal: int | None
    groups: frozenset[int] = frozenset()
    rights: tuple[Right, ...] = ()
    emergencies: tuple[Emergency, ...] = ()

    def needs_second_factor(self, at: datetime) -> bool:
        """Whether a role that is held, in whatever way, asks for one."""
        return any(
            right.needs_second_factor and right.effect is Effect.ALLOW
            for right in self.rights
            if right.is_valid(at)
        )

    def breaks_glass(self, at: datetime) -> bool:
        return any(one.opened_at <= at < one.expires_at for one in self.emergencies)


NOBODY = Standing(None)


@dataclass(slots=True)
class Reading:
    """What was read at one policy epoch; thrown away whole when the epoch moves."""

    epoch: int | None
    standings: dict[int | str, Standing] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    shares: dict[tuple[int, type[Model]], frozenset[str]] = field(default_factory=dict)
    owners: dict[int, bool] = field(default_factory=dict)
    ways_out: dict[int, dict[int, tuple[int, ...]]] = field(default_factory=dict)
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spaces: dict[int, list[Glob]] = field(default_factory=dict)  # as these are called
    # Whether what somebody is allowed or denied seemed to be little when it was first
    # asked. It decides how a filter is written, never what it leaves.
    few: dict[tuple[object, ...], bool] = field(default_factory=dict)

    def owns(self, standing: Standing) -> bool:
        """Whether somebody answers for anything at all: mostly not, sparing a join.

        Every change of ownership moves the policy epoch.
        """
        if standing.principal is None:
            return False
        if standing.principal not in self.owners:
            self.owners[standing.principal] = _owns_something(standing)
        return self.owners[standing.principal]

    def tree(self, scope: str) -> Tree:
        """The tree of domains or tags."""
        if scope not in self.trees:
            self.trees[scope] = read_tree(scope)
        return self.trees[scope]

    def roles_with(self, action: str) -> tuple[str, ...]:
        """The names of the roles that an action is in."""
        if action not in self.roles:
            found = Role.objects.in_use().filter(actions__contains=[action])
            found = found.order_by("name")
            self.roles[action] = tuple(found.values_list("name", flat=True))
        return self.roles[action]

    def standing(self, someone: Someone) -> Standing:
        """What gives `someone` rights, or takes them."""
        role_name: str = settings.HEADWATER_ANONYMOUS_ROLE
        key = someone.pk or role_name
        if not key:
            return NOBODY
        if key not in self.standings:
            self.standings[key] = (
                standing_of(someone.pk) if someone.pk else _anonymous(role_name)
            )
        return self.standings[key]

    def read_standings(self, principal_ids: Collection[int]) -> None:
        """Read those that are not known yet, all at once."""
        missing = [pk for pk in principal_ids if pk not in self.standings]
        if missing:
            self.standings.update(standings_of(missing).items())

    def shared_actions(
        self, someone: Someone, share: type[ObjectShare]
    ) -> frozenset[str]:
        """What was shared with `someone` at all: often nothing, sparing a join."""
        if not someone.pk:
            return frozenset()
        self.read_shares([someone.pk], share)
        return self.shares[someone.pk, share]

    def read_shares(
        self, principal_ids: Collection[int], share: type[ObjectShare]
    ) -> None:
        """Read what was shared with those of whom it is not known yet, all at once."""
        missing = [pk for pk in principal_ids if (pk, share) not in self.shares]
        if not missing:
            return
        rows = share.objects.filter(user__in=missing, user__is_active=True)
        found: dict[int, set[str]] = {pk: set() for pk in missing}
        for pk, codename in rows.values_list("user", "permission__codename").distinct():
            found[pk].add(codename)
        self.shares |= {(pk, share): frozenset(some) for pk, some in found.items()}


_reading = Reading(epoch=None)
# Where one answer is being made: the reading that all of it goes by, once there is one.
_held: ContextVar[list[Reading] | None] = ContextVar("held_reading", default=None)


@contextmanager
def deciding_once() -> Iterator[None]:
    """Let everything within go by one reading of the rights, asked for once.

    For what changes no rights itself: a page must not count by others than it lists by.
    """
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def current_reading() -> Reading:
    """The rights as this moment has them; one query, or none within an answer."""
    held = _held.get()
    if held:
        return held[0]
    reading = _read_anew()
    if held is not None:
        held.append(reading)
    return reading


def current_epoch() -> int | None:
    """The policy epoch as this transaction sees it; None in an emptied database."""
    return PolicyEpoch.objects.values_list("epoch", flat=True).first()


def standing_of(principal_id: int) -> Standing:
    """What gives an active principal rights, or takes them; nothing for others."""
    return standings_of([principal_id])[principal_id]


def standings_of(principal_ids: Collection[int]) -> dict[int, Standing]:
    """The same for many at once, by id: four queries, however many there are."""
    active = Principal.objects.active().filter(pk__in=principal_ids)
    groups: dict[int, set[int]] = {
        pk: set() for pk in active.values_list("pk", flat=True)
    }
    with connection.cursor() as cursor:
        cursor.execute(READ_GROUPS, [list(groups)])
        for holder, group in cursor.fetchall():
            groups[holder].add(group)
    around = set().union(*groups.values())
    own: dict[int | None, list[Right]] = defaultdict(list)
    of_group: dict[int | None, list[Right]] = defaultdict(list)
    grants = Grant.objects.standing().select_related("role").order_by("pk")
    for grant in grants.filter(Q(principal__in=groups) | Q(group__in=around)):
        right = right_of(grant)
        if grant.group_id is None:
            own[grant.principal_id].append(right)
        else:
            of_group[grant.group_id].append(right)
    emergencies: dict[int, list[Emergency]] = defaultdict(list)
    open_ones = BreakGlass.objects.filter(principal__in=groups, closed_at=None)
    for holder, *span in open_ones.values_list("principal", "opened_at", "expires_at"):
        emergencies[holder].append(Emergency(*span))
    return dict.fromkeys(principal_ids, NOBODY) | {
        pk: Standing(
            pk,
            frozenset(held),
            (*own[pk], *(right for group in sorted(held) for right in of_group[group])),
            tuple(emergencies[pk]),
        )
        for pk, held in groups.items()
    }


def right_of(grant: Grant) -> Right:
    """A grant as it bears on whoever holds it."""
    return Right(
        actions=frozenset(grant.role.actions),
        scope=scope_of_grant(grant),
        effect=Effect(grant.effect),
        condition=(
            None if grant.condition is None else conditions.stored(grant.condition)
        ),
        valid_from=grant.valid_from,
        valid_to=grant.valid_to,
        grant=grant.pk,
        needs_second_factor=grant.role.needs_second_factor,
    )


def scope_of_grant(grant: Grant | Scoped) -> Scope:
    """How far a grant reaches, or what has a scope as grants do."""
    if grant.reach == Reach.NAMESPACE:
        return InNamespaces(Glob.parse(grant.namespace_glob))
    if grant.scope_id is None:
        return EVERYTHING
    match grant.reach:
        case Reach.DOMAIN:
            return InDomain(grant.scope_id)
        case Reach.TAG:
            return Tagged(grant.scope_id)
    return One(grant.asset_kind, grant.scope_id)


def share_models() -> Iterator[type[ObjectShare]]:
    """Where shares of single assets are kept."""
    return (m for m in apps.get_models() if issubclass(m, ObjectShare))


def share_model(model: type[Model]) -> type[ObjectShare] | None:
    """Where shares of single rows of `model` are kept, if they can be shared."""
    for share in share_models():
        fields: dict[str, Any] = {field.name: field for field in share._meta.fields}
        if fields["content_object"].related_model is model:
            return share
    return None


def _owns_something(standing: Standing) -> bool:
    mine = Q(principal=standing.principal) | Q(group__in=standing.groups)
    ownerships = {
        model._meta.get_field(model.Policy.owners).related_model
        for model in asset_models().values()
    }
    return any(
        each._default_manager.filter(mine, recorded_to=None).exists()
        for each in ownerships
    )


def _read_anew() -> Reading:
    global _reading
    epoch = current_epoch()
    reading = _reading
    if epoch is None or reading.epoch != epoch:
        # Another thread may replace it at the same time by an equal one: no harm.
        _reading = reading = Reading(epoch)
    return reading


def _anonymous(role_name: str) -> Standing:
    roles = Role.objects.filter(name=role_name).values_list("actions", flat=True)
    return Standing(None, rights=tuple(Right(frozenset(each)) for each in roles))
