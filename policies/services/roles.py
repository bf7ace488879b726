"""Which roles are there beside those that Headwater ships, and what may they do?"""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction

from policies import audit
from policies.actions import Action
from policies.models import Principal, Role
from policies.services.grants import keeping_an_administrator


class BuiltIn(ValueError):
    """A shipped role follows its definition, and nobody changes it."""


@transaction.atomic
def create_role(
    name: str,
    actions: Collection[Action],
    *,
    actor: Principal | None,
    description: str = "",
) -> Role:
    """Make a role.

    Raises ValidationError for a role without name or actions, IntegrityError for a name
    that is taken.
    """
    if not name or not actions:
        raise ValidationError("A role needs a name, and at least one action.")
    named = sorted(map(str, actions))
    role = Role.objects.create(name=name, description=description, actions=named)
    audit.record(
        audit.Act.ROLE_CREATED,
        target_of(role),
        actor=actor,
        changes={"actions": named, "description": description},
    )
    return role


@transaction.atomic
def change_role(
    role: Role,
    actions: Collection[Action],
    *,
    actor: Principal | None,
    description: str = "",
) -> None:
    """Let a role hold other actions, for all who have it; repeating changes nothing.

    Raises BuiltIn, ValidationError for a role without actions, LastAdministrator if
    nobody could grant anything any more.
    """
    before = Role.objects.select_for_update().get(pk=role.pk)
    if before.is_built_in:
        raise BuiltIn(
            f"{before} comes with Headwater; make a role of your own instead."
        )
    if not actions:
        raise ValidationError("A role needs at least one action.")
    named = sorted(map(str, actions))
    if (before.actions, before.description) == (named, description):
        return
    role.actions, role.description = named, description
    with keeping_an_administrator():
        role.save(update_fields=["actions", "description"])
    audit.record(
        audit.Act.ROLE_CHANGED,
        target_of(role),
        actor=actor,
        changes={
            "actions": [before.actions, named],
            "description": [before.description, description],
        },
    )


def target_of(role: Role) -> audit.Target:
    """The journal names a role by its name."""
    return audit.Target("policies.role", (role.name,))
