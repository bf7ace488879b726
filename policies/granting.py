"""What can be granted at all, and what may somebody hand on of what they hold?

Whoever has `access.grant` on everything grants what they like. Whoever has
`access.share` somewhere hands on, within it, what they may do there themselves: allows
only, and no further than their own allows reach.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from policies import access
from policies.actions import Action
from policies.compiler.column_denies import column_denies
from policies.compiler.compiling import Filters, Holder, Trees
from policies.compiler.naming import of_namespace
from policies.compiler.rights import (
    Effect,
    Everything,
    InDomain,
    InNamespaces,
    One,
    Right,
    Scope,
    Tagged,
)
from policies.compiler.scopes import Glob
from policies.compiler.standing import (
    Reading,
    Standing,
    current_reading,
    scope_of_grant,
    share_model,
)
from policies.compiler.trees import asset_models
from policies.compiler.ways import any_of
from policies.models import Grant, Group, Principal, Role
from policies.roles import OWNING


class NotGrantable(ValueError):
    """A grant would not do what it says; the message tells why, and the way out."""


def demand_grantable(
    holder: Principal | Group,
    role: Role,
    effect: str,
    scope: Scope,
    condition: object | None,
) -> None:
    """Raise NotGrantable for a grant that could not hold as it is written.

    Sending events is judged by the names of namespaces, before anything is known of the
    asset: a deny of it by tag, asset or condition would stop the producer everywhere.
    """
    if role.retired_at is not None:
        raise NotGrantable(f"The role {role} is out of use; choose another one.")
    if isinstance(holder, Group) and holder.retired_at is not None:
        raise NotGrantable(f"The group {holder} is out of use; choose another one.")
    if effect != Effect.DENY or Action.EVENT_INGEST not in role.actions:
        return
    by_name = isinstance(scope, Everything | InNamespaces | InDomain) or (
        isinstance(scope, One) and scope.kind == "namespace"
    )
    if condition is not None or not by_name:
        raise NotGrantable(
            f"The role {role} holds {Action.EVENT_INGEST}, which is judged by names of "
            "namespaces alone: it cannot be denied by tag, by single asset or under a "
            "condition. Deny it on everything, on a domain or on namespaces, or deny a "
            f"role without {Action.EVENT_INGEST}."
        )


def may_grant_anything(giver: Any) -> bool:
    """Whether `giver` grants, denies and revokes whatever they like."""
    return access.may(giver, Action.ACCESS_GRANT)


def may_hand_on(giver: Any) -> bool:
    """Whether there is anything that `giver` could grant to others."""
    return may_grant_anything(giver) or access.may_somewhere(giver, Action.ACCESS_SHARE)


def why_not_given(giver: Principal, role: Role, effect: str, scope: Scope) -> str:
    """Why `giver` may not give (nor revoke) such a grant; "" if they may."""
    if may_grant_anything(giver):
        return ""
    if effect != Effect.ALLOW:
        return f"Only who has {Action.ACCESS_GRANT} on everything can deny."
    for action in map(Action, (Action.ACCESS_SHARE, *sorted(role.actions))):
        if not action.is_bound_to_assets and not isinstance(scope, Everything):
            continue  # within a part of what there is it gives nothing
        if why_not := _why_not_held(giver, action, scope):
            return why_not
    return ""


def givable(giver: Principal, grants: Iterable[Grant]) -> set[int]:
    """Which of some grants `giver` may give and revoke, by id; set by set."""
    some = list(grants)
    if may_grant_anything(giver):
        return {grant.pk for grant in some}
    allows = [grant for grant in some if grant.effect == Effect.ALLOW]
    single = [grant for grant in allows if _is_single(scope_of_grant(grant))]
    found = _givable_singly(giver, single)
    for grant in allows:
        scope = scope_of_grant(grant)
        if _is_single(scope):
            continue
        if not why_not_given(giver, grant.role, grant.effect, scope):
            found.add(grant.pk)
    return found


def _is_single(scope: Scope) -> bool:
    """Whether a scope is one asset in which no other one lies."""
    return isinstance(scope, One) and scope.kind != "namespace"


def _givable_singly(giver: Principal, grants: Sequence[Grant]) -> set[int]:
    """The same for grants on single assets: few queries for an action and a kind."""
    assets: dict[str, set[int]] = defaultdict(set)
    actions: dict[str, set[Action]] = defaultdict(lambda: {Action.ACCESS_SHARE})
    for grant in grants:
        assets[grant.asset_kind].add(grant.scope_id or 0)
        actions[grant.asset_kind] |= _bound(grant.role)
    whole: dict[tuple[str, Action], set[int]] = {}
    for kind, ids in assets.items():
        for action in actions[kind]:
            whole[kind, action] = _held_whole(giver, action, kind, ids)
    return {
        grant.pk
        for grant in grants
        if all(
            grant.scope_id in whole[grant.asset_kind, action]
            for action in (Action.ACCESS_SHARE, *_bound(grant.role))
        )
    }


def _held_whole(
    giver: Principal, action: Action, kind: str, ids: Collection[int]
) -> set[int]:
    """The single assets on which somebody has an action, on each of their columns."""
    model: Any = asset_models().get(kind)
    if model is None:
        return set()
    rows = model._default_manager.permitted_whole(giver, action).filter(pk__in=ids)
    denies = column_denies(giver, action)
    if denies:
        rows = rows.exclude(denies.of_columns(model))
    return set(rows.values_list("pk", flat=True))


def _bound(role: Role) -> set[Action]:
    """The actions of a role that give something within a part of what there is."""
    return {a for a in map(Action, role.actions) if a.is_bound_to_assets}


def _why_not_held(giver: Principal, action: Action, scope: Scope) -> str:
    """Why `giver` does not hold an action on all of a scope; "" if they do."""
    if not access.narrowing_of(giver).covers(action):
        return f"This token leaves no {action}."
    if not action.is_bound_to_assets:
        return f"{action} is about the whole server: only administrators give it."
    if isinstance(scope, One) and _is_single(scope):
        if scope.pk in _held_whole(giver, action, scope.kind, [scope.pk]):
            return ""
        return (
            f"You do not have {action} on it yourself, or not on each of its columns, "
            "so you cannot give it."
        )
    if not access.narrowing_of(giver).reach.is_everything:
        return "This token is bound to namespaces; it hands on single assets only."
    reading = current_reading()
    standing = reading.standing(giver)
    allows, denies = access.rights_for(standing, action)
    if denies:
        return (
            f"You are denied {action} on a part of what there is, so that you can hand "
            "it on for single datasets and jobs only."
        )
    if any(
        right.condition is None and covers(right, scope, reading) for right in allows
    ):
        return ""
    if action in OWNING and isinstance(scope, One) and _owns(standing, scope, reading):
        return ""
    return f"You do not have {action} on all of that yourself, so you cannot give it."


def _owns(standing: Standing, scope: One, reading: Reading) -> bool:
    """Whether somebody answers for a namespace, and so for all that comes to it."""
    if not reading.owns(standing):
        return False
    model: Any = asset_models()[scope.kind]
    holder = Holder(standing.principal, standing.groups)
    mine = Filters(model, holder, Trees(reading.tree)).owned()
    rows = model._default_manager.unrestricted("whether the giver answers for it")
    return bool(rows.filter(mine, pk=scope.pk).exists())


def demand_lasting(
    giver: Principal | None, role: Role, scope: Scope, until: datetime | None
) -> None:
    """Raise NotGrantable for what would outlast the rights by which it is handed on.

    Else whoever has something for a while could keep it, or a friend could.
    """
    if giver is None or may_grant_anything(giver):
        return
    reading = current_reading()
    standing = reading.standing(giver)
    for action in sorted({Action.ACCESS_SHARE, *_bound(role)}):
        allows, _ = access.rights_for(standing, action)
        lasting = [right for right in allows if _lasts(right, until)]
        if len(lasting) == len(allows) or _why_not_held(giver, action, scope):
            continue
        if not _held_by(standing, action, scope, lasting):
            ends = max(r.valid_to for r in allows if r.valid_to and r not in lasting)
            raise NotGrantable(
                f"You have {action} there until {ends:%Y-%m-%d %H:%M} UTC, and cannot "
                "give it for longer: let the grant end by then."
            )


def _lasts(right: Right, until: datetime | None) -> bool:
    if right.valid_to is None:
        return True
    return until is not None and until <= right.valid_to


def _held_by(
    standing: Standing, action: Action, scope: Scope, allows: Sequence[Right]
) -> bool:
    """Whether these allows, ownership or shares give an action on all of a scope."""
    reading = current_reading()
    free = [right for right in allows if right.condition is None]
    if any(covers(right, scope, reading) for right in free):
        return True
    if not isinstance(scope, One) or standing.principal is None:
        return False
    model: Any = asset_models()[scope.kind]
    holder = Holder(standing.principal, standing.groups)
    filters = Filters(model, holder, Trees(reading.tree))
    ways = filters.owned_ways() if action in OWNING else []
    if _is_single(scope):
        ways += filters.of_rights(allows, is_deny=False)
    if share := share_model(model):
        shared = {"user": standing.principal, "permission__codename": action}
        ways += filters.shared_ways(share.objects.filter(**shared))
    rows = model._default_manager.unrestricted("by which rights the giver has it")
    whole = rows.filter(pk=scope.pk).values(filters.key)
    return bool(rows.filter(any_of(ways), pk__in=whole).exists())


def covers(right: Right, scope: Scope, reading: Reading) -> bool:
    """Whether a right reaches all that there is and comes within a scope."""
    match right.scope, scope:
        case Everything(), _:
            return True
        case InDomain(around), InDomain(domain):
            return domain in reading.tree("domain").under([around])
        case Tagged(around), Tagged(tag):
            return tag in reading.tree("tag").under([around])
        case InNamespaces(around), InNamespaces(glob):
            return glob_within(glob, around)
        case One("namespace", pk), InNamespaces(glob):
            return len(glob.literals) == 1 and pk == _namespace_called(glob.literals[0])
        case InNamespaces(around), One("namespace", pk):
            # Asked of many grants, one after another; what a namespace is called stays.
            if pk not in reading.spaces:
                reading.spaces[pk] = of_namespace(pk)
            return any(around.matches(*name.literals) for name in reading.spaces[pk])
        case One("namespace", around), One("namespace", pk):
            return around == pk
    return False


def glob_within(inner: Glob, outer: Glob) -> bool:
    """Whether every name that fits `inner` fits `outer`; no is said in some odd cases.

    A star of `inner` may stand for anything, so a star of `outer` has to take it.
    """
    if len(outer.literals) == 1:
        return inner == outer
    if len(inner.literals) == 1:
        return outer.matches(inner.literals[0])
    first, *_, last = inner.literals
    if not first.startswith(outer.literals[0]) or not last.endswith(outer.literals[-1]):
        return False
    # What stands between the outer ends has to be found within one literal each.
    wanted = list(outer.literals[1:-1])
    for literal in (
        first[len(outer.literals[0]) :],
        *inner.literals[1:-1],
        last[: len(last) - len(outer.literals[-1])],
    ):
        position = 0
        while wanted and (found := literal.find(wanted[0], position)) >= 0:
            position = found + len(wanted.pop(0))
    return not wanted


def _namespace_called(name: str) -> int | None:
    model: Any = asset_models()["namespace"]
    rows = model._default_manager.unrestricted("a name of a scope, for its id")
    found: int | None = rows.filter(name=name).values_list("pk", flat=True).first()
    return found
