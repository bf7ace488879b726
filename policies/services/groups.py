"""Who belongs to which group."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from policies import audit
from policies.models import Group, Membership, Principal


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


@transaction.atomic
def add_member(group: Group, principal: Principal, *, actor: Principal | None) -> None:
    """Let a principal belong to a group; repeating it changes nothing."""
    # The group's row is the lock: two equal memberships at once become one.
    Group.objects.select_for_update().get(pk=group.pk)
    standing = Membership.objects.standing().filter(group=group, principal=principal)
    if standing.exists():
        return
    Membership.objects.create(group=group, principal=principal)
    audit.record(
        audit.Act.MEMBER_ADDED,
        group,
        actor=actor,
        changes={"principal": principal.public_id},
    )


@transaction.atomic
def remove_member(
    group: Group, principal: Principal, *, actor: Principal | None
) -> None:
    """Let a principal no longer belong to a group; repeating it changes nothing."""
    standing = Membership.objects.standing().filter(group=group, principal=principal)
    if not standing.update(recorded_to=Now()):
        return
    audit.record(
        audit.Act.MEMBER_REMOVED,
        group,
        actor=actor,
        changes={"principal": principal.public_id},
    )
