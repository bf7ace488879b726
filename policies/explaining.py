"""Why may somebody do something, or why not, and who else may?

Every ground is judged by the filter that decides, so that an explanation always agrees
with what the surfaces show.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import BooleanField, Case, Model, Q, Value, When
from django.utils import timezone

from policies.access import filters_for, narrowing_of
from policies.actions import Action
from policies.compiling import EVERY, NOTHING
from policies.models import Grant, Group, Membership, Nesting, Principal
from policies.rights import Effect, Right
from policies.roles import OWNING
from policies.standing import (
    Reading,
    Someone,
    Standing,
    current_reading,
    share_model,
)

# So many conditions go into one statement.
AT_ONCE = 200
_REASON = "an explanation judges one asset by each ground"


class By(StrEnum):
    """What decides."""

    DENY = "deny"
    OWNERSHIP = "ownership"
    ALLOW = "allow"
    SHARE = "share"
    EMERGENCY = "emergency"  # a deny that does not hold, since the glass is broken
    TOKEN = "token"  # noqa: S105 - the token of the request does not reach so far
    NOTHING = "nothing"  # nothing allows it


@dataclass(frozen=True, slots=True)
class Ground:
    """A grant, a share or an ownership that bears on an asset just now.

    `path` leads from who asks to who holds the grant: the groups between, nearest
    first.
    """

    by: By
    grant: Grant | None = None
    path: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """A decision, what decided it, and what would have if that were gone.

    `near` are grants that name the action and do not reach this asset, or not now.
    """

    principal: Someone
    action: Action
    asset: Model
    is_allowed: bool
    by: By
    deciding: list[Ground] = field(default_factory=list)
    outweighed: list[Ground] = field(default_factory=list)
    near: list[Grant] = field(default_factory=list)


def explain(principal: Someone, action: Action, asset: Model) -> Explanation:
    """Say whether `principal` may do `action` on an asset, and by which grounds."""
    reading = current_reading()
    standing = reading.standing(principal)
    grounds, near = _grounds(reading, standing, principal, action, asset)
    denies = [one for one in grounds if one.by is By.DENY]
    owning = [one for one in grounds if one.by is By.OWNERSHIP]
    giving = [one for one in grounds if one.by in (By.ALLOW, By.SHARE)]
    is_broken = standing.breaks_glass(timezone.now())

    def told(
        is_allowed: bool, by: By, deciding: list[Ground], outweighed: list[Ground]
    ) -> Explanation:
        return Explanation(
            principal, action, asset, is_allowed, by, deciding, outweighed, near
        )

    if not _is_within_token(principal, action, asset):
        return told(False, By.TOKEN, [], grounds)
    if denies and not is_broken:
        return told(False, By.DENY, denies, owning + giving)
    passed = [Ground(By.EMERGENCY, one.grant, one.path) for one in denies]
    if owning:
        return told(True, By.OWNERSHIP, owning, giving + passed)
    if giving:
        return told(True, giving[0].by, giving, passed)
    return told(False, By.NOTHING, [], passed)


def who_may(action: Action, asset: Model) -> list[Explanation]:
    """Everybody active who may do `action` on an asset, each with the grounds."""
    people = Principal.objects.active().order_by("username")
    told = (explain(each, action, asset) for each in _concerned(people, asset))
    return [one for one in told if one.is_allowed]


def _concerned(people: Any, asset: Model) -> list[Principal]:
    """Those who hold any grant, share or ownership at all; the others may nothing."""
    granted = Grant.objects.valid().filter(effect=Grant.Effect.ALLOW)
    groups = _with_inner(granted.exclude(group=None).values_list("group", flat=True))
    concerned = Q(pk__in=granted.exclude(principal=None).values("principal"))
    owners, owning_groups = _owners(asset)
    concerned |= Q(pk__in=owners)
    inside = Membership.objects.standing().filter(
        group__in=groups | _with_inner(owning_groups)
    )
    concerned |= Q(pk__in=inside.values("principal"))
    if share := share_model(type(asset)):
        shared = share.objects.filter(content_object=asset)
        concerned |= Q(pk__in=shared.values("user"))
    return list(people.filter(concerned))


def _owners(asset: Model) -> tuple[set[int], set[int]]:
    """The people and groups who answer for an asset, or for its namespace."""
    reading = current_reading()
    [(filters, _)] = filters_for(reading, Standing(None), type(asset))
    rows = filters.ownerships_of(asset)
    return (
        {row.principal_id for row in rows if row.principal_id},
        {row.group_id for row in rows if row.group_id},
    )


def _with_inner(groups: Iterable[int]) -> set[int]:
    found = set(groups)
    edge = set(found)
    while edge:
        inner = Nesting.objects.standing().filter(outer__in=edge)
        edge = set(inner.values_list("inner", flat=True)) - found
        found |= edge
    return found


def _grounds(
    reading: Reading,
    standing: Standing,
    principal: Someone,
    action: Action,
    asset: Model,
) -> tuple[list[Ground], list[Grant]]:
    [(filters, _)] = filters_for(reading, standing, type(asset))
    naming = [right for right in standing.rights if action in right.actions]
    now = timezone.now()
    about: list[Q] = []
    for right in naming:
        is_deny = right.effect is Effect.DENY
        here = filters.of_right(right, is_deny=is_deny)
        about.append(here if right.holds(action, now) else NOTHING)
    about.append(filters.owned() if action in OWNING else NOTHING)
    share = share_model(filters.asset)
    shared = NOTHING
    if share is not None and principal.pk:
        rows = share.objects.filter(user=principal.pk, permission__codename=action)
        shared = Q(**{f"{filters.prefix}pk__in": rows.values("content_object_id")})
    about.append(shared)
    *held, owns, has_share = _judge(asset, about)
    grants = _grants(naming)
    paths = _paths(standing, [grants[r.grant] for r in naming if r.grant is not None])
    grounds, near = [], []
    for right, holds in zip(naming, held, strict=True):
        grant = grants.get(right.grant or 0)
        by = By.DENY if right.effect is Effect.DENY else By.ALLOW
        if holds:
            path = paths.get(grant.group_id, ()) if grant and grant.group_id else ()
            grounds.append(Ground(by, grant, path))
        elif grant is not None:
            near.append(grant)
    if owns:
        grounds.append(Ground(By.OWNERSHIP))
    if has_share:
        grounds.append(Ground(By.SHARE))
    return grounds, near


def _judge(asset: Model, about: Sequence[Q]) -> list[bool]:
    """Which of these filters let an asset through; a statement for AT_ONCE of them."""
    found: list[bool] = []
    rows: Any = type(asset)._default_manager
    for start in range(0, len(about), AT_ONCE):
        some = about[start : start + AT_ONCE]
        asked = {
            f"ground_{index}": Case(
                When(one, then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            )
            for index, one in enumerate(some)
            if one not in (EVERY, NOTHING)
        }
        row: dict[str, Any] = {}
        if asked:
            mine = rows.unrestricted(_REASON).filter(pk=asset.pk)
            row = mine.values(**asked).first() or {}
        found += [
            one == EVERY or bool(row.get(f"ground_{index}"))
            for index, one in enumerate(some)
        ]
    return found


def _grants(rights: Iterable[Right]) -> dict[int, Grant]:
    ids = [right.grant for right in rights if right.grant is not None]
    found = Grant.objects.select_related("role", "principal", "group")
    return found.in_bulk(ids) if ids else {}


def _paths(standing: Standing, grants: Iterable[Grant]) -> dict[int, tuple[Group, ...]]:
    """For each group that holds one of the grants: the way to it, nearest first."""
    wanted = {grant.group_id for grant in grants if grant.group_id is not None}
    if not wanted or standing.principal is None:
        return {}
    own = Membership.objects.standing().filter(principal=standing.principal)
    outer: dict[int, list[int]] = {}
    nestings = Nesting.objects.standing().filter(inner__in=standing.groups)
    for inner, around in nestings.values_list("inner", "outer").order_by("pk"):
        outer.setdefault(inner, []).append(around)
    groups = Group.objects.in_bulk(list(standing.groups))
    paths: dict[int, tuple[int, ...]] = {
        pk: (pk,) for pk in own.order_by("pk").values_list("group", flat=True)
    }
    edge = list(paths)
    while edge:
        ahead = []
        for pk in edge:
            for around in outer.get(pk, []):
                if around not in paths:
                    paths[around] = (*paths[pk], around)
                    ahead.append(around)
        edge = ahead
    return {
        pk: tuple(groups[step] for step in path)
        for pk, path in paths.items()
        if pk in wanted
    }


def _is_within_token(principal: Someone, action: Action, asset: Model) -> bool:
    narrowing = narrowing_of(principal)
    if not narrowing.covers(action):
        return False
    if narrowing.reach.is_everything:
        return True
    [(filters, _)] = filters_for(current_reading(), Standing(None), type(asset))
    [within] = _judge(asset, [narrowing.reach.as_q(filters.namespace_name)])
    return within
