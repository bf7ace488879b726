"""Until when does a grant count, if it is to count longer or shorter than it did?"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from policies.compiler.conditions import stored
from policies.compiler.trees import asset_models, tree_model
from policies.models import Grant, Principal, Reach
from policies.services.grants import GrantScope, ScopeInvalid, grant_role


def renew_grant(
    grant: Grant,
    valid_to: datetime | None,
    *,
    actor: Principal | None,
    reason: str = "",
) -> Grant:
    """Let a grant count until another time: it is closed, and an equal one opened.

    One that is over begins anew, and so does one that was revoked. Raises as
    `grant_role` does (ApprovalNeeded, too), and ScopeInvalid for what it reached and is
    no more.
    """
    ended = grant.recorded_to or grant.valid_to
    begins_anew = ended is not None and ended <= timezone.now()
    return grant_role(
        grant.holder,
        grant.role.name,
        scope=reached_by(grant),
        effect=Grant.Effect(grant.effect),
        condition=None if grant.condition is None else stored(grant.condition),
        valid_from=None if begins_anew else grant.valid_from,
        valid_to=valid_to,
        reason=reason or grant.reason,
        actor=actor,
    )


def reached_by(grant: Grant) -> GrantScope:
    """The scope of a grant. Raises ScopeInvalid for a row that there is no more."""
    match grant.reach:
        case Reach.EVERYTHING:
            return GrantScope()
        case Reach.NAMESPACE:
            return GrantScope(namespace=grant.namespace_glob)
        case Reach.ASSET:
            rows: Any = asset_models()[grant.asset_kind]._default_manager
            rows = rows.unrestricted("what a grant reaches, by its id")
        case _:
            rows = tree_model(grant.reach)._default_manager
    row = rows.filter(pk=grant.scope_id).first()
    if row is None:
        raise ScopeInvalid("What this grant reached is not there any more.")
    return GrantScope(**{"asset" if grant.reach == Reach.ASSET else grant.reach: row})
