"""Which single assets are shared with whom: guardian's rows, given and taken."""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from policies import access, audit
from policies.actions import Action
from policies.compiler.rights import One
from policies.models import Governed, HeldChange, ObjectShare, Principal
from policies.second_person import Proposed
from policies.services.holding import demand, may_be_held


class NotShareable(TypeError):
    """Rows of this model cannot be shared one by one, or not for this action."""


@may_be_held
def share_asset(
    asset: Governed,
    principal: Principal,
    action: Action,
    *,
    actor: Principal | None,
    reason: str = "",
    approval: HeldChange | None = None,
) -> None:
    """Let a principal do one action on one asset; repeating it changes nothing.

    Raises NotShareable, and ApprovalNeeded as `grant_role` does.
    """
    permission, share = _permission(asset, action)
    held = share.objects.filter(
        user=principal, permission=permission, content_object=asset
    )
    if held.exists():
        return
    kind = str(access.policy_of(type(asset)).kind)
    demand(
        Proposed(
            HeldChange.Kind.SHARE,
            {"asset": [kind, asset.pk], "to": principal.pk, "action": str(action)},
            scopes=[One(kind, asset.pk)],
            gainer=principal,
            reason=reason,
        ),
        actor=actor,
        approval=approval,
    )
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
