"""Who belongs to which group, and which group to which other?"""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from policies import audit
from policies.compiler.trees import asset_models
from policies.models import (
    Grant,
    Group,
    HeldChange,
    Membership,
    Nesting,
    Principal,
)
from policies.second_person import (
    Proposed,
    groups_around,
    owning_that_bars,
    scopes_held,
)
from policies.services.grants import keeping_an_administrator
from policies.services.holding import demand, may_be_held


class NestingCycle(ValueError):
    """A group would belong to itself; the message names the way round."""


class GroupInUse(ValueError):
    """A group cannot go out of use while something hangs on it; it says what."""


class GroupRetired(ValueError):
    """A group is out of use, and gets nothing more."""


class FollowsDirectory(ValueError):
    """The directory says who belongs to a group, so nobody else does."""


@transaction.atomic
def create_group(name: str, *, actor: Principal | None, description: str = "") -> Group:
    """Make a group without members.

    Raises ValidationError for no name, IntegrityError for one that is taken.
    """
    if not name.strip():
        raise ValidationError("A group needs a name.")
    group = Group.objects.create(name=name.strip(), description=description)
    audit.record(
        audit.Act.GROUP_CREATED, group, actor=actor, changes={"name": group.name}
    )
    return group


@transaction.atomic
def describe_group(
    group: Group, *, name: str, description: str, actor: Principal | None
) -> None:
    """Rename and describe a group. Raises as `create_group` does."""
    if not name.strip():
        raise ValidationError("A group needs a name.")
    before = Group.objects.select_for_update().get(pk=group.pk)
    if (before.name, before.description) == (name.strip(), description):
        return
    group.name, group.description = name.strip(), description
    group.save(update_fields=["name", "description"])
    audit.record(
        audit.Act.GROUP_CHANGED,
        group,
        actor=actor,
        changes={
            "name": [before.name, group.name],
            "description": [before.description, group.description],
        },
    )


@may_be_held
def add_member(
    group: Group,
    principal: Principal,
    *,
    actor: Principal | None,
    reason: str = "",
    approval: HeldChange | None = None,
) -> None:
    """Let a principal belong to a group; repeating it changes nothing.

    Raises GroupRetired, LastAdministrator if nobody could grant any more, and
    ApprovalNeeded where a second person has to approve what the group gives;
    FollowsDirectory for an actor where the directory alone says who belongs to it.
    """
    _leave_to_directory(group, actor)
    # The group's row is the lock: two equal memberships at once become one.
    _lock_in_use(group)
    standing = Membership.objects.standing().filter(group=group, principal=principal)
    if standing.exists():
        return
    around = groups_around(group)
    demand(
        Proposed(
            HeldChange.Kind.ADD_MEMBER,
            {"group": group.pk, "principal": principal.pk},
            scopes=scopes_held(around, Grant.Effect.ALLOW),
            owning=around,
            gainer=principal,
            reason=reason,
        ),
        actor=actor,
        approval=approval,
    )
    with keeping_an_administrator():  # the group may be denied what they have
        Membership.objects.create(group=group, principal=principal)
    audit.record(
        audit.Act.MEMBER_ADDED,
        group,
        actor=actor,
        reason=reason or None,
        changes={"principal": principal.public_id},
    )


@may_be_held
def remove_member(
    group: Group,
    principal: Principal,
    *,
    actor: Principal | None,
    reason: str = "",
    approval: HeldChange | None = None,
) -> None:
    """Let a principal no longer belong to a group; repeating it changes nothing.

    Raises LastAdministrator if nobody could grant anything any more, and ApprovalNeeded
    where a second person has to approve that a deny of the group ends for somebody;
    FollowsDirectory as `add_member`.
    """
    _leave_to_directory(group, actor)
    standing = Membership.objects.standing().filter(group=group, principal=principal)
    if not standing.exists():
        return
    demand(
        Proposed(
            HeldChange.Kind.REMOVE_MEMBER,
            {"group": group.pk, "principal": principal.pk},
            scopes=scopes_held(groups_around(group), Grant.Effect.DENY),
            owning=owning_that_bars(groups_around(group)),
            gainer=principal,
            reason=reason,
        ),
        actor=actor,
        approval=approval,
    )
    with keeping_an_administrator():
        if not standing.update(recorded_to=Now()):
            return
    audit.record(
        audit.Act.MEMBER_REMOVED,
        group,
        actor=actor,
        reason=reason or None,
        changes={"principal": principal.public_id},
    )


@may_be_held
def nest_group(
    outer: Group,
    inner: Group,
    *,
    actor: Principal | None,
    reason: str = "",
    approval: HeldChange | None = None,
) -> None:
    """Let all who belong to `inner` belong to `outer`, too; repeating changes nothing.

    Raises NestingCycle, GroupRetired, LastAdministrator if nobody could grant any more,
    and ApprovalNeeded as `add_member` does.
    """
    if outer.pk == inner.pk:
        raise NestingCycle(f"{outer} cannot belong to itself.")
    for group in sorted((outer, inner), key=lambda each: each.pk):
        _lock_in_use(group)
    standing = Nesting.objects.standing().filter(outer=outer, inner=inner)
    if standing.exists():
        return
    around = groups_around(outer)
    demand(
        Proposed(
            HeldChange.Kind.NEST,
            {"outer": outer.pk, "inner": inner.pk},
            scopes=scopes_held(around, Grant.Effect.ALLOW),
            owning=around,
            gaining_group=inner,
            reason=reason,
        ),
        actor=actor,
        approval=approval,
    )
    with keeping_an_administrator():
        # The insert waits for the policy epoch, and so for whoever nests at the same
        # time: what they did is seen by the look that follows.
        Nesting.objects.create(outer=outer, inner=inner)
        if way := way_between(outer, inner):
            names = " → ".join(group.name for group in way)
            raise NestingCycle(
                f"{inner} cannot belong to {outer}, since {outer} belongs to {inner}: "
                f"{names}. End one of these first."
            )
    audit.record(
        audit.Act.GROUP_NESTED,
        outer,
        actor=actor,
        reason=reason or None,
        changes={"inner": inner.public_id},
    )


@may_be_held
def unnest_group(
    outer: Group,
    inner: Group,
    *,
    actor: Principal | None,
    reason: str = "",
    approval: HeldChange | None = None,
) -> None:
    """Let a group no longer belong to another; repeating it changes nothing.

    Raises LastAdministrator if nobody could grant anything any more, and ApprovalNeeded
    as `remove_member` does.
    """
    standing = Nesting.objects.standing().filter(outer=outer, inner=inner)
    if not standing.exists():
        return
    demand(
        Proposed(
            HeldChange.Kind.UNNEST,
            {"outer": outer.pk, "inner": inner.pk},
            scopes=scopes_held(groups_around(outer), Grant.Effect.DENY),
            owning=owning_that_bars(groups_around(outer)),
            gaining_group=inner,
            reason=reason,
        ),
        actor=actor,
        approval=approval,
    )
    with keeping_an_administrator():
        if not standing.update(recorded_to=Now()):
            return
    audit.record(
        audit.Act.GROUP_UNNESTED,
        outer,
        actor=actor,
        reason=reason or None,
        changes={"inner": inner.public_id},
    )


@transaction.atomic
def retire_group(group: Group, *, actor: Principal | None, reason: str = "") -> None:
    """Put a group out of use; its members stay, so that it can come back as it was.

    Raises GroupInUse while it holds grants, answers for something, or is nested.
    """
    locked = Group.objects.select_for_update().get(pk=group.pk)
    if locked.retired_at is not None:
        return
    if hanging := list(_what_hangs_on(group)):
        raise GroupInUse(
            f"{group} {', '.join(hanging)}. End that first; then it can go out of use."
        )
    Group.objects.filter(pk=group.pk).update(retired_at=Now())
    group.refresh_from_db(fields=["retired_at"])
    audit.record(audit.Act.GROUP_RETIRED, group, actor=actor, reason=reason or None)


@transaction.atomic
def reinstate_group(group: Group, *, actor: Principal | None) -> None:
    """Take a group into use again; repeating it changes nothing."""
    retired = Group.objects.filter(pk=group.pk, retired_at__isnull=False)
    if not retired.update(retired_at=None):
        return
    group.refresh_from_db(fields=["retired_at"])
    audit.record(audit.Act.GROUP_REINSTATED, group, actor=actor)


def way_between(inner: Group, outer: Group) -> list[Group]:
    """The groups on the shortest way from `inner` out to `outer`; none, no way."""
    came_from: dict[int, int | None] = {inner.pk: None}
    edge = [inner.pk]
    while edge and outer.pk not in came_from:
        around = Nesting.objects.standing().filter(inner__in=edge).order_by("pk")
        ahead = []
        for within, without in around.values_list("inner", "outer"):
            if without not in came_from:
                came_from[without] = within
                ahead.append(without)
        edge = ahead
    if outer.pk not in came_from:
        return []
    way: list[int] = []
    step: int | None = outer.pk
    while step is not None:
        way.append(step)
        step = came_from[step]
    groups = Group.objects.in_bulk(way)
    return [groups[pk] for pk in reversed(way)]


def _leave_to_directory(group: Group, actor: Principal | None) -> None:
    if actor is not None and group.is_synchronised:
        raise FollowsDirectory(
            f"The directory says who belongs to {group}, as its group "
            f"{group.directory_name}: put people in or out there."
        )


def _lock_in_use(group: Group) -> None:
    if Group.objects.select_for_update().get(pk=group.pk).retired_at is not None:
        raise GroupRetired(f"{group} is out of use; take it into use again first.")


def _what_hangs_on(group: Group) -> Iterator[str]:
    grants = Grant.objects.standing().filter(group=group).count()
    if grants:
        yield f"holds {grants} {'grant' if grants == 1 else 'grants'}"
    kept = sum(
        ownerships._default_manager.filter(group=group, recorded_to=None).count()
        for ownerships in {
            model._meta.get_field(model.Policy.owners).related_model
            for model in asset_models().values()
        }
    )
    if kept:
        yield f"answers for {kept} {'thing' if kept == 1 else 'things'}"
    for way, words in (("outer_nestings", "belongs to"), ("inner_nestings", "holds")):
        nestings = getattr(group, way).filter(recorded_to=None)
        if count := nestings.count():
            yield f"{words} {count} other {'group' if count == 1 else 'groups'}"
