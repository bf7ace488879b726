"""Who gets which rights: roles, grants and shares of single assets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models.functions import Now
from guardian.shortcuts import assign_perm, remove_perm

from policies import access, audit
from policies.actions import Action
from policies.models import Governed, Grant, ObjectShare, Principal, Reach, Role
from policies.roles import BUILT_IN_ROLES


class UnknownRole(ValueError):
    """There is no role of this name."""


class LastAdministrator(RuntimeError):
    """After this change nobody could grant anything any more."""


class NotShareable(TypeError):
    """Rows of this model cannot be shared one by one, or not for this action."""


@transaction.atomic
def grant_role(
    principal: Principal,
    role: str,
    *,
    actor: Principal | None,
    namespace: str = "",
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    reason: str = "",
) -> Grant:
    """Give a principal a role, on everything or on the namespaces that fit a glob.

    A grant that stands already stays as it is, unless its validity differs: then it is
    closed, and this one takes its place. Raises UnknownRole.
    """
    reach = Reach.NAMESPACE if namespace else Reach.EVERYTHING
    held_role = role_named(role)
    # The principal's row is the lock: two equal grants at once become one.
    Principal.objects.select_for_update().get(pk=principal.pk)
    standing = Grant.objects.standing().filter(
        principal=principal, role=held_role, reach=reach, namespace_glob=namespace
    )
    if grant := standing.first():
        if (grant.valid_from, grant.valid_to) == (valid_from, valid_to):
            return grant
        revoke_grant(grant, actor=actor, reason="replaced by one of other validity")
    grant = Grant.objects.create(
        principal=principal,
        role=held_role,
        reach=reach,
        namespace_glob=namespace,
        valid_from=valid_from,
        valid_to=valid_to,
        reason=reason,
        granted_by=actor,
    )
    audit.record(
        audit.Act.GRANT_GIVEN,
        grant,
        actor=actor,
        reason=reason or None,
        changes={
            "principal": principal.public_id,
            "role": role,
            "namespace": namespace or None,
            "valid_from": valid_from,
            "valid_to": valid_to,
        },
    )
    return grant


@transaction.atomic
def revoke_grant(grant: Grant, *, actor: Principal | None, reason: str = "") -> None:
    """Close a grant; repeating it changes nothing.

    Raises LastAdministrator if nobody could grant anything any more.
    """
    with keeping_an_administrator():
        closed = Grant.objects.standing().filter(pk=grant.pk).update(recorded_to=Now())
    if not closed:
        return
    grant.refresh_from_db(fields=["recorded_to"])
    audit.record(
        audit.Act.GRANT_REVOKED,
        grant,
        actor=actor,
        reason=reason or None,
        changes={
            "principal": grant.principal.public_id,
            "role": grant.role.name,
            "namespace": grant.namespace_glob or None,
        },
    )


@transaction.atomic
def share_asset(
    asset: Governed,
    principal: Principal,
    action: Action,
    *,
    actor: Principal | None,
    reason: str = "",
) -> None:
    """Let a principal do one action on one asset; repeating it changes nothing.

    Raises NotShareable.
    """
    permission, share = _permission(asset, action)
    held = share.objects.filter(
        user=principal, permission=permission, content_object=asset
    )
    if held.exists():
        return
    assign_perm(permission, principal, asset)
    audit.record(
        audit.Act.SHARE_GIVEN,
        asset,
        actor=actor,
        reason=reason or None,
        changes={"action": action, "principal": principal.public_id},
    )


@transaction.atomic
def unshare_asset(
    asset: Governed,
    principal: Principal,
    action: Action,
    *,
    actor: Principal | None,
    reason: str = "",
) -> None:
    """Take a share back; repeating it changes nothing. Raises NotShareable."""
    permission, share = _permission(asset, action)
    held = share.objects.filter(
        user=principal, permission=permission, content_object=asset
    )
    if not held.exists():
        return
    remove_perm(permission, principal, asset)
    audit.record(
        audit.Act.SHARE_REVOKED,
        asset,
        actor=actor,
        reason=reason or None,
        changes={"action": action, "principal": principal.public_id},
    )


@transaction.atomic
def sync_built_in_roles() -> int:
    """Bring the shipped roles in step with this version; how many changed.

    Roles that people made stay as they are, and a shipped one that was dropped stays
    too: grants may stand on it.
    """
    changed = 0
    for wanted in BUILT_IN_ROLES:
        role, _ = Role.objects.select_for_update().get_or_create(
            name=wanted.name, defaults={"actions": [], "is_built_in": True}
        )
        before = (role.actions, role.description, role.is_built_in)
        role.actions = sorted(str(action) for action in wanted.actions)
        role.description, role.is_built_in = wanted.description, True
        if before == (role.actions, role.description, role.is_built_in):
            continue
        role.save()
        changed += 1
        audit.record(
            audit.Act.ROLE_CHANGED,
            audit.Target("policies.role", (role.name,)),
            actor=None,
            changes={"actions": [before[0], role.actions]},
        )
    return changed


def role_named(name: str) -> Role:
    """The role of this name. Raises UnknownRole, naming those that there are."""
    role = Role.objects.filter(name=name).first()
    if role is None:
        names = ", ".join(Role.objects.order_by("name").values_list("name", flat=True))
        raise UnknownRole(f"There is no role {name!r}; there are {names}.")
    return role


@contextmanager
def keeping_an_administrator() -> Iterator[None]:
    """Undo a change that takes the last right to grant: raises LastAdministrator."""
    had_one = Grant.objects.administering().exists()
    yield
    if had_one and not Grant.objects.administering().exists():
        raise LastAdministrator(
            "Nobody could grant anything any more: give somebody else a role with "
            f"{Action.ACCESS_GRANT} on everything first."
        )


def _permission(
    asset: Governed, action: Action
) -> tuple[Permission, type[ObjectShare]]:
    share = access.share_model(type(asset))
    if share is None or not action.is_bound_to_assets:
        raise NotShareable(f"{action} on one {asset._meta.verbose_name}")
    # guardian would read "asset.view" as an app and a codename; given the row, it asks
    # for nothing.
    permission, _ = Permission.objects.get_or_create(
        content_type=ContentType.objects.get_for_model(asset),
        codename=str(action),
        defaults={"name": f"May do {action} on this one"},
    )
    return permission, share
