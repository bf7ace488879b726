"""Which roles are there beside those that Headwater ships, and what may they do?"""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from policies import audit
from policies.actions import Action
from policies.compiler.rights import Scope
from policies.compiler.standing import scope_of_grant
from policies.models import Grant, HeldChange, Principal, Role, Token
from policies.second_person import Proposed
from policies.services.grants import keeping_an_administrator
from policies.services.holding import demand, may_be_held


class BuiltIn(ValueError):
    """A shipped role follows its definition, and nobody changes it."""


class RoleInUse(ValueError):
    """A role cannot go out of use while somebody has it; it says how many."""


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
    named = _named(actions)
    role = Role.objects.create(name=name, description=description, actions=named)
    audit.record(
        audit.Act.ROLE_CREATED,
        target_of(role),
        actor=actor,
        changes={"actions": named, "description": description},
    )
    return role


@may_be_held
def change_role(
    role: Role,
    actions: Collection[str],
    *,
    actor: Principal | None,
    description: str = "",
    approval: HeldChange | None = None,
) -> None:
    """Let a role hold other actions, for all who have it; repeating changes nothing.

    Raises BuiltIn, ValidationError for a role without actions, LastAdministrator if
    nobody could grant anything any more, and ApprovalNeeded where a second person has
    to approve what those who have it gain.
    """
    before = Role.objects.select_for_update().get(pk=role.pk)
    if before.is_built_in:
        raise BuiltIn(
            f"{before} comes with Headwater; make a role of your own instead."
        )
    if not actions:
        raise ValidationError("A role needs at least one action.")
    named = _named(actions)
    if (before.actions, before.description) == (named, description):
        return
    demand(
        Proposed(
            HeldChange.Kind.CHANGE_ROLE,
            {"role": role.pk, "actions": named, "description": description},
            scopes=_where_widened(before, named),
        ),
        actor=actor,
        approval=approval,
    )
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


@transaction.atomic
def retire_role(role: Role, *, actor: Principal | None, reason: str = "") -> None:
    """Put a role out of use that nobody has; repeating it changes nothing.

    Raises BuiltIn, and RoleInUse while grants stand on it or live tokens carry it.
    """
    locked = Role.objects.select_for_update().get(pk=role.pk)
    if locked.is_built_in:
        raise BuiltIn(f"{role} comes with Headwater, and stays.")
    if locked.retired_at is not None:
        return
    grants = Grant.objects.standing().filter(role=role).count()
    tokens = Token.objects.live().filter(role=role).count()
    if grants or tokens:
        raise RoleInUse(
            f"{role} is in use by {grants} {'grant' if grants == 1 else 'grants'} and "
            f"{tokens} live {'token' if tokens == 1 else 'tokens'}. Revoke them first; "
            "then it can go out of use."
        )
    Role.objects.filter(pk=role.pk).update(retired_at=Now())
    role.refresh_from_db(fields=["retired_at"])
    audit.record(
        audit.Act.ROLE_RETIRED, target_of(role), actor=actor, reason=reason or None
    )


@transaction.atomic
def reinstate_role(role: Role, *, actor: Principal | None) -> None:
    """Take a role into use again; repeating it changes nothing."""
    retired = Role.objects.filter(pk=role.pk, retired_at__isnull=False)
    if not retired.update(retired_at=None):
        return
    role.refresh_from_db(fields=["retired_at"])
    audit.record(audit.Act.ROLE_REINSTATED, target_of(role), actor=actor)


def _where_widened(role: Role, actions: Collection[str]) -> list[Scope]:
    """Where the grants of a role reach by which somebody gains: allows of more, denies
    of less. What waits to be given counts: its second person approves what they read.
    """
    effects = []
    if set(actions) - set(role.actions):
        effects.append(Grant.Effect.ALLOW)
    if set(role.actions) - set(actions):
        effects.append(Grant.Effect.DENY)
    grants = list(Grant.objects.standing().filter(role=role, effect__in=effects))
    waiting = HeldChange.objects.waiting().filter(
        kind=HeldChange.Kind.GRANT, facts__role=role.pk, facts__effect__in=effects
    )
    grants += [Grant(**change.facts["scope"]) for change in waiting]
    return list(dict.fromkeys(scope_of_grant(grant) for grant in grants))


def _named(actions: Collection[str]) -> list[str]:
    """Actions as a role keeps them. Raises ValidationError for what is none."""
    strange = sorted(set(map(str, actions)) - set(map(str, Action)))
    if strange:
        raise ValidationError(
            f"There is no action {strange[0]!r}; there are {', '.join(Action)}."
        )
    return sorted(set(map(str, actions)))


def target_of(role: Role) -> audit.Target:
    """The journal names a role by its name."""
    return audit.Target("policies.role", (role.name,))
