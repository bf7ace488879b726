"""Who may do what, where: grants compiled into one filter for every surface.

Order: a deny, then what owners may, then an allow, then nothing. Only somebody who
breaks the glass passes a deny.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Model, Q
from django.utils import timezone

from policies.actions import Action
from policies.compiler import naming
from policies.compiler.compiling import (
    Filters,
    Holder,
    Trees,
    branches,
    policy_of,
)
from policies.compiler.rights import (
    Effect,
    Everything,
    InDomain,
    InNamespaces,
    One,
    Right,
)
from policies.compiler.scopes import EVERYWHERE, NOWHERE, Glob, NamespaceScope
from policies.compiler.standing import (
    Reading,
    Someone,
    Standing,
    current_epoch,
    current_reading,
    deciding_once,
    share_model,
    share_models,
)
from policies.compiler.trees import asset_models
from policies.compiler.ways import EVERY, NOTHING, Way, any_of
from policies.roles import OWNING
from policies.signing_in.credentials import Narrowing

__all__ = [
    "Someone",
    "beyond_denies",
    "current_epoch",
    "deciding_once",
    "has_shares",
    "is_allowed_little",
    "is_held_at_large",
    "may",
    "may_everywhere",
    "may_somewhere",
    "namespace_scope",
    "namespaces_around",
    "narrowing_of",
    "outside_denies",
    "permitted",
    "policy_of",
    "share_model",
]


def permitted(principal: Someone, action: Action, model: type[Model]) -> Q:
    """The filter that leaves the rows of `model` where `principal` may do `action`.

    It is built from the lookups in the model's `class Policy`, and from shares of
    single rows. An empty one leaves every row. What it says holds until the policy
    epoch moves; what people say of assets counts as it stands when it is evaluated.
    """
    narrowing = narrowing_of(principal)
    if not narrowing.covers(action):
        return NOTHING
    reading = current_reading()
    standing = reading.standing(principal)
    allows, denies = rights_for(standing, action)
    parts = []
    for filters, rows in filters_for(reading, standing, model):
        result = _allowed(reading, principal, action, filters, allows)
        if result != NOTHING and denies:
            denied = _denied(reading, principal, action, filters, denies)
            result = NOTHING if denied == EVERY else result & ~denied
        parts.append((result, rows))
    if all(result == EVERY for result, _ in parts):
        result = EVERY
    elif all(result == NOTHING for result, _ in parts):
        return NOTHING
    else:
        result = reduce(or_, (result & rows for result, rows in parts))
    if not narrowing.reach.is_everything:
        [(filters, _), *_] = filters_for(reading, standing, model)
        result &= narrowing.reach.as_q(filters.namespace_name)
    return Q() if result == EVERY else result


def beyond_denies(principal: Someone, action: Action, model: type[Model]) -> Q:
    """The filter that leaves the rows of `model` from which no deny takes `action`.

    Whether anything allows it is not asked. An empty one leaves every row.
    """
    reading = current_reading()
    standing = reading.standing(principal)
    _, denies = rights_for(standing, action)
    if not denies:
        return Q()
    parts = [NOTHING]
    for filters, rows in filters_for(reading, standing, model):
        denied = _denied(reading, principal, action, filters, denies)
        parts.append(NOTHING if denied == EVERY else rows & ~denied)
    return reduce(or_, parts)


def rights_for(standing: Standing, action: Action) -> tuple[list[Right], list[Right]]:
    """The allows and the denies that bear on an action just now."""
    now = timezone.now()
    holding = [right for right in standing.rights if right.holds(action, now)]
    allows = [right for right in holding if right.effect is Effect.ALLOW]
    if standing.breaks_glass(now):
        return allows, []
    return allows, [right for right in holding if right.effect is Effect.DENY]


def filters_for(
    reading: Reading, standing: Standing, model: type[Model]
) -> list[tuple[Filters, Q]]:
    """What makes filters over `model` for this standing, each for some of its rows."""
    holder = Holder(standing.principal, standing.groups)
    trees = Trees(reading.tree)
    return [
        (Filters(model, holder, trees, follows), rows)
        for follows, rows in branches(model)
    ]


def may(principal: Someone, action: Action) -> bool:
    """Whether `principal` may do `action` at large; for what is bound to no asset."""
    if not narrowing_of(principal).covers(action):
        return False
    if not narrowing_of(principal).reach.is_everything:
        return False
    return is_held_at_large(current_reading().standing(principal), action)


def is_held_at_large(standing: Standing, action: Action) -> bool:
    """Whether a standing gives `action` at large; for what is bound to no asset."""
    allows, denies = rights_for(standing, action)
    # What is bound to no asset has no tag and lies in no namespace: any deny that could
    # be about everything is one on it.
    if any(isinstance(right.scope, Everything) for right in denies):
        return False
    return any(right.is_everywhere for right in allows)


def may_everywhere(principal: Someone, action: Action) -> bool:
    """Whether there is no asset, now or to come, on which `principal` may not do it.

    A right on everything is not enough: `may` asks about what is bound to no asset, and
    a deny may take some of the others.
    """
    if not may(principal, action):
        return False
    _, denies = rights_for(current_reading().standing(principal), action)
    return not denies


def may_somewhere(principal: Someone, action: Action) -> bool:
    """Whether there can be anything on which `principal` may do `action`."""
    narrowing = narrowing_of(principal)
    if not narrowing.covers(action) or narrowing.reach.is_nothing:
        return False
    reading = current_reading()
    standing = reading.standing(principal)
    allows, denies = rights_for(standing, action)
    if any(right.is_everywhere for right in denies):
        return False
    if allows:
        return True
    if action in OWNING and reading.owns(standing):
        return True
    return has_shares(principal, action)


def has_shares(principal: Someone, action: Action) -> bool:
    """Whether single assets were shared with `principal` for `action`."""
    reading = current_reading()
    return any(
        action in reading.shared_actions(principal, share) for share in share_models()
    )


def namespace_scope(principal: Someone, action: Action) -> NamespaceScope:
    """The namespaces in which `principal` may do `action` on all there is and comes.

    It is for what is judged by names before any row exists. Shares, ownership, and
    allows by tag, condition or single asset reach no namespace as a whole; a deny that
    could be about anything in a namespace takes all of it away.
    """
    narrowing = narrowing_of(principal)
    if not narrowing.covers(action):
        return NOWHERE
    reading = current_reading()
    allows, denies = rights_for(reading.standing(principal), action)
    return scope_of(allows, denies, reading) & narrowing.reach


def outside_denies(principal: Someone, action: Action) -> NamespaceScope:
    """The namespaces in which no deny of `action` could be about anything.

    What is denied by one of its names may have others, which are not in them either.
    """
    reading = current_reading()
    _, denies = rights_for(reading.standing(principal), action)
    scope = scope_of([Right(frozenset())], denies, reading)
    for right in denies:
        if not scope.is_nothing:
            scope = scope.without(naming.by_other_names(reading, right.scope))
    return scope


def namespaces_around(principal: Someone, action: Action) -> NamespaceScope:
    """Namespaces outside of which there is nothing where `principal` may do `action`.

    Not all inside need be allowed: it tells where to look, and decides nothing. What
    owners and those with shares see may be anywhere, and so may what an allow by tag or
    domain reaches.
    """
    narrowing = narrowing_of(principal)
    if not narrowing.covers(action):
        return NOWHERE
    reading = current_reading()
    standing = reading.standing(principal)
    if action in OWNING and reading.owns(standing):
        return narrowing.reach
    if has_shares(principal, action):
        return narrowing.reach
    allows, _ = rights_for(standing, action)
    around = [
        None if isinstance(right.scope, InDomain) else globs_touched(right, reading)
        for right in allows
    ]
    if any(globs is None for globs in around):
        return narrowing.reach
    inside = NamespaceScope.any_of(glob for globs in around for glob in globs or ())
    return inside & narrowing.reach


def scope_of(
    allows: Iterable[Right], denies: Iterable[Right], reading: Reading
) -> NamespaceScope:
    """The namespaces that rights reach as a whole."""
    allowed = [globs_of(r, reading) for r in allows if r.condition is None]
    if any(globs is None for globs in allowed):
        scope = EVERYWHERE
    else:
        scope = NamespaceScope.any_of(glob for globs in allowed for glob in globs or ())
    for right in denies:
        scope = scope.without(globs_touched(right, reading))
    return scope


def narrowing_of(principal: Someone) -> Narrowing:
    """What the token of this request leaves; everything, for a session."""
    narrowing = getattr(principal, "narrowing", None)
    return narrowing or Narrowing(actions=None, reach=EVERYWHERE)


def _allowed(
    reading: Reading,
    principal: Someone,
    action: Action,
    filters: Filters,
    allows: list[Right],
) -> Q:
    """What is allowed, written to be quick for as much as it seems to be."""
    if any(right.is_everywhere for right in allows):
        return EVERY
    over_assets = filters.of_asset()
    ways = _ways(reading, principal, action, over_assets, allows)
    if not ways:
        return NOTHING
    # Of one way the index is followed as it is, and there are few namespaces.
    is_simple = len(ways) == 1 and not ways[0].is_told
    if not is_simple and filters.asset is not asset_models()["namespace"]:
        key = (principal.pk, action, Effect.ALLOW, filters.asset)
        if key not in reading.few:
            reading.few[key] = over_assets.are_few(ways)
        if reading.few[key]:
            return filters.among(ways)
    if filters.follows:
        ways = _ways(reading, principal, action, filters, allows)
    return any_of(ways)


def _ways(
    reading: Reading,
    principal: Someone,
    action: Action,
    filters: Filters,
    allows: list[Right],
) -> list[Way]:
    ways = filters.of_rights(allows, is_deny=False)
    if action in OWNING and reading.owns(reading.standing(principal)):
        ways += filters.owned_ways()
    share = share_model(filters.asset)
    if share and action in reading.shared_actions(principal, share):
        rows = share.objects.filter(user=principal.pk, permission__codename=action)
        ways += filters.shared_ways(rows)
    return ways


def is_allowed_little(principal: Someone, action: Action, model: type[Model]) -> bool:
    """Whether allows of `action` reach few rows of `model`, whatever denies take."""
    reading = current_reading()
    standing = reading.standing(principal)
    allows, _ = rights_for(standing, action)
    if any(right.is_everywhere for right in allows):
        return False
    for filters, _ in filters_for(reading, standing, model):
        key = (principal.pk, action, Effect.ALLOW, filters.asset)
        if key not in reading.few:
            over_assets = filters.of_asset()
            ways = _ways(reading, principal, action, over_assets, allows)
            reading.few[key] = not ways or over_assets.are_few(ways)
        if not reading.few[key]:
            return False
    return True


def _denied(
    reading: Reading,
    principal: Someone,
    action: Action,
    filters: Filters,
    denies: list[Right],
) -> Q:
    """What is denied: nothing, mostly."""
    ways = filters.of_rights(denies, is_deny=True)
    if any(way.is_everything for way in ways):
        return EVERY
    listed = [way for way in ways if way.is_listed]
    if listed:
        key = (principal.pk, action, Effect.DENY, filters.asset)
        if key not in reading.few:
            reading.few[key] = filters.are_few_listed(listed)
        if reading.few[key]:
            rest = [way for way in ways if not way.is_listed]
            return filters.listed(listed) | any_of(rest)
    return any_of(ways)


def globs_of(right: Right, reading: Reading) -> list[Glob] | None:
    """The namespaces that an allow reaches as a whole; None is all of them."""
    match right.scope:
        case Everything():
            return None
        case InNamespaces(glob):
            return [glob]
        case InDomain(domain):
            return naming.in_domain(reading, domain)
        case One("namespace", pk):
            return naming.of_namespace(pk)
    return []


def globs_touched(right: Right, reading: Reading) -> list[Glob] | None:
    """The namespaces in which a deny could be about something; None is all of them."""
    match right.scope:
        case InNamespaces(glob):
            return [glob]
        case InDomain(domain):
            return naming.around_domain(reading, domain)
        case One("namespace", pk):
            return naming.of_namespace(pk)
        case One(kind, pk):
            return naming.around_asset(kind, pk)
    return None
