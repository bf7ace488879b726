"""How does access end that a review found wanting, and is it there still?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from policies.actions import Action
from policies.compiler.compiling import policy_of
from policies.compiler.standing import share_model
from policies.compiler.trees import asset_models
from policies.models import Grant, Membership, Principal, ReviewItem
from policies.services.grants import revoke_grant
from policies.services.groups import remove_member
from policies.services.holding import ApprovalNeeded
from policies.services.shares import unshare_asset

Kind, Outcome = ReviewItem.Kind, ReviewItem.Outcome


def revoke_ground(item: ReviewItem, *, reason: str, actor: Principal | None) -> str:
    """End what an item is about; what came in the place of a grant ends with it.

    Raises LastAdministrator if nobody could grant anything any more.
    """
    match item.kind:
        case Kind.GRANT | Kind.GROUP_GRANT:
            return _revoke_grants(item, reason, actor)
        case Kind.MEMBERSHIP:
            return _end_membership(item, reason, actor)
        case Kind.SHARE:
            return _unshare(item, reason, actor)
    end = import_string(settings.END_OWNERSHIP)
    ended = end(item.statement_id, actor=actor, reason=reason)
    return Outcome.REVOKED if ended else Outcome.GONE


def _revoke_grants(item: ReviewItem, reason: str, actor: Principal | None) -> str:
    frozen = item.grant
    assert frozen is not None  # of this kind
    standing = list(_equal_to(frozen))
    for grant in standing:
        revoke_grant(grant, actor=actor, reason=reason)
    return Outcome.REVOKED if standing else Outcome.GONE


def _equal_to(grant: Grant) -> Iterable[Grant]:
    """The standing grants that give the same: itself, or one of other validity."""
    alike = Grant.objects.standing().filter(
        principal=grant.principal_id,
        group=grant.group_id,
        role=grant.role_id,
        effect=grant.effect,
        reach=grant.reach,
        namespace_glob=grant.namespace_glob,
        asset_kind=grant.asset_kind,
        scope_id=grant.scope_id,
    )
    return [each for each in alike if each.condition == grant.condition]


def _end_membership(item: ReviewItem, reason: str, actor: Principal | None) -> str:
    assert item.holder is not None
    assert item.group is not None  # of this kind both are said
    standing = Membership.objects.standing()
    if not standing.filter(group=item.group, principal=item.holder).exists():
        return Outcome.GONE
    try:
        remove_member(item.group, item.holder, actor=actor, reason=reason)
    except ApprovalNeeded:
        return Outcome.HELD  # the group is denied something, too
    return Outcome.REVOKED


def _unshare(item: ReviewItem, reason: str, actor: Principal | None) -> str:
    model: Any = asset_models()[item.asset_kind]
    share = share_model(model)
    if share is None or not share.objects.filter(pk=item.statement_id).exists():
        return Outcome.GONE
    rows = model._default_manager.unrestricted("what a share is about that is revoked")
    assert item.holder is not None
    unshare_asset(
        rows.get(pk=item.asset_id),
        item.holder,
        Action(item.action),
        actor=actor,
        reason=reason,
    )
    return Outcome.REVOKED


def gone_since(items: Sequence[ReviewItem]) -> dict[int, datetime | None]:
    """Which grounds are no more, by item: and since when, where that is known.

    One query for each kind of ground.
    """
    by_kind: dict[str, list[ReviewItem]] = defaultdict(list)
    for item in items:
        by_kind[item.kind].append(item)
    gone: dict[int, datetime | None] = {}
    gone |= _ended_grants(by_kind[Kind.GRANT] + by_kind[Kind.GROUP_GRANT])
    gone |= _ended_memberships(by_kind[Kind.MEMBERSHIP])
    gone |= _ended_shares(by_kind[Kind.SHARE])
    gone |= _ended_ownerships(by_kind[Kind.OWNERSHIP])
    return gone


def _ended_grants(items: list[ReviewItem]) -> dict[int, datetime | None]:
    ids = [item.grant_id for item in items if item.grant_id is not None]
    ended = dict(
        Grant.objects.filter(pk__in=ids, recorded_to__isnull=False).values_list(
            "pk", "recorded_to"
        )
    )
    return {i.pk: ended[i.grant_id] for i in items if i.grant_id in ended}


def _ended_memberships(items: list[ReviewItem]) -> dict[int, datetime | None]:
    groups, people = {i.group_id for i in items}, {i.holder_id for i in items}
    rows = Membership.objects.filter(group__in=groups, principal__in=people)
    last: dict[tuple[int | None, int | None], datetime | None] = {}
    for each in rows.order_by("recorded_from", "pk"):
        last[each.group_id, each.principal_id] = each.recorded_to
    found = ((item, last.get((item.group_id, item.holder_id))) for item in items)
    return {item.pk: ended for item, ended in found if ended is not None}


def _ended_shares(items: list[ReviewItem]) -> dict[int, datetime | None]:
    gone: dict[int, datetime | None] = {}
    for kind in {item.asset_kind for item in items}:
        share = share_model(asset_models()[kind])
        some = [item for item in items if item.asset_kind == kind]
        ids = [item.statement_id for item in some]
        there = (
            set(share.objects.filter(pk__in=ids).values_list("pk", flat=True))
            if share
            else set()
        )
        gone |= {item.pk: None for item in some if item.statement_id not in there}
    return gone


def _ended_ownerships(items: list[ReviewItem]) -> dict[int, datetime | None]:
    if not items:
        return {}
    model = asset_models()[items[0].asset_kind]
    statements = model._meta.get_field(policy_of(model).owners).related_model
    ended = dict(
        statements._default_manager.filter(
            pk__in=[item.statement_id for item in items], recorded_to__isnull=False
        ).values_list("pk", "recorded_to")
    )
    return {i.pk: ended[i.statement_id] for i in items if i.statement_id in ended}
