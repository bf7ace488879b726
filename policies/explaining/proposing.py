"""What would turn a decision round, in acts that somebody can do?"""

from collections.abc import Iterator

from policies.access import may
from policies.actions import Action
from policies.compiler.facts import Facts
from policies.compiler.standing import Reading, share_model
from policies.explaining.paths import Ways
from policies.explaining.telling import (
    By,
    Explanation,
    Ground,
    Means,
    Near,
    Part,
    Place,
    Proposal,
    Step,
    Why,
)
from policies.models import Grant
from policies.roles import OWNING

TAKING = {By.SHARE: Means.UNSHARE, By.OWNERSHIP: Means.DISOWN}


def proposals(
    told: Explanation, facts: Facts | None, reading: Reading
) -> list[Proposal]:
    """What would change the decision that an explanation tells."""
    if told.by is By.TOKEN:
        ways: list[tuple[Part, ...]] = [(Part(Means.WIDEN),)]
    elif told.is_allowed:
        ways = [_taking(told)]
    elif told.by is By.DENY:
        ways = _despite_denies(told, facts, reading)
    else:
        ways = list(_giving(told, facts, reading))
    return [Proposal(parts) for parts in ways]


def _taking(told: Explanation) -> tuple[Part, ...]:
    """Everything that gives the right, for each alone is enough."""
    giving = [
        ground
        for ground in (*told.deciding, *told.outweighed)
        if ground.by is not By.EMERGENCY
    ]
    return tuple(_taken(ground) for ground in giving)


def _taken(ground: Ground) -> Part:
    means = TAKING.get(ground.by, Means.REVOKE)
    return Part(means, grant=ground.grant, statement=ground.statement)


def _despite_denies(
    told: Explanation, facts: Facts | None, reading: Reading
) -> list[tuple[Part, ...]]:
    """Each deny must go, or the glass be broken; and something must give the right."""
    revoking = tuple(Part(Means.REVOKE, grant=one.grant) for one in told.deciding)
    if not told.outweighed:
        return [(*revoking, *parts) for parts in _giving(told, facts, reading)]
    ways: list[tuple[Part, ...]] = [revoking]
    if may(told.principal, Action.ACCESS_BREAK_GLASS):
        ways.append((Part(Means.BREAK_GLASS),))
    return ways


def _giving(
    told: Explanation, facts: Facts | None, reading: Reading
) -> Iterator[tuple[Part, ...]]:
    """What would give the right: of grants that nearly do, and of new ones."""
    for near in told.near:
        is_allow = near.grant.effect == Grant.Effect.ALLOW
        if is_allow and Why.ELSEWHERE not in near.reasons:
            yield tuple(_mended(near))
    roles = reading.roles_with(told.action)
    for where in [()] if facts is None else _places(told, facts):
        yield (Part(Means.GRANT, roles=roles, where=where),)
    if facts is None or not told.principal.pk:
        return
    if told.action in OWNING:
        yield (Part(Means.OWN),)
    if share_model(type(facts.row)) and told.action.is_bound_to_assets:
        yield (Part(Means.SHARE),)


def _mended(near: Near) -> Iterator[Part]:
    """What a grant lacks that reaches the asset."""
    for reason in near.reasons:
        match reason:
            case Why.NOT_YET:
                yield Part(Means.WAIT, near.grant, at=near.grant.valid_from)
            case Why.OVER:
                yield Part(Means.RENEW, near.grant, at=near.grant.valid_to)
            case Why.UNMET:
                yield Part(Means.MEET, near.grant, condition=near.missing)


def _places(told: Explanation, facts: Facts) -> Iterator[tuple[Step, ...]]:
    """Where a new grant would reach the asset: itself, its namespace, its domains.

    Where its namespace alone is judged, as of sending events, the way begins there.
    """
    ways = Ways(facts)
    before: tuple[Step, ...] = ()
    if told.action is Action.EVENT_INGEST and told.asset != facts.row:
        before = (Step(Place.NAMESPACE, facts.row),)
    yield before
    if space := ways.to_namespace():
        yield space
    for steps in ways.to_domains():
        if steps[-1].place is Place.DOMAIN:
            yield (*before, *steps)
