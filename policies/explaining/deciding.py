"""Why may somebody do something, or why not?

The asset is judged as the filter does it, by the facts that the filter would find; that
both agree is tested on random worlds (`tests/policies/test_rule.py`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone

from policies.access import narrowing_of
from policies.actions import Action
from policies.compiler.compiling import Holder
from policies.compiler.conditions import Condition
from policies.compiler.facts import Facts, Said, facts_for, gives_by_name
from policies.compiler.rights import Effect, Everything, Right
from policies.compiler.standing import Reading, Someone, current_reading, share_model
from policies.explaining.paths import Ways, groups_to
from policies.explaining.proposing import proposals
from policies.explaining.telling import By, Explanation, Ground, Near, Why
from policies.models import Grant, Group, Principal
from policies.roles import OWNING

NEAR_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """A right that names the action; it bears on the asset unless there are reasons."""

    right: Right
    reasons: tuple[Why, ...]
    missing: Condition | None = None  # what of its condition is not met

    @property
    def is_deny(self) -> bool:
        return self.right.effect is Effect.DENY


def explain(principal: Someone, action: Action, asset: Model | None) -> Explanation:
    """Say whether `principal` may do `action` on an asset, and by which grounds.

    Without an asset: at large, as it is decided about what is bound to none.
    """
    reading = current_reading()
    facts = None if asset is None else facts_for(action, asset, reading)
    [told] = _explained([Case(facts, principal, action, reading)], asset)
    return told


def explain_to_each(
    facts: Facts, principals: Collection[Principal], action: Action, asset: Model
) -> list[Explanation]:
    """The same of many by facts that were read before; what is alike is read once."""
    reading, ids = facts.reading, [one.pk for one in principals]
    reading.read_standings(ids)
    if share := share_model(type(facts.row)):
        reading.read_shares(ids, share)
    cases = [Case(facts, one, action, reading) for one in principals]
    return _explained(cases, asset)


def _explained(cases: list["Case"], asset: Model | None) -> list[Explanation]:
    ids = {pk for case in cases for pk in case.told_grants()}
    rows = Grant.objects.select_related("role", "principal", "group")
    grants = rows.in_bulk(ids) if ids else {}
    facts = cases[0].facts if cases else None
    ways = None if facts is None else Ways(facts)
    for case in cases:
        case.take(grants, ways)
    return [_told(case, asset) for case in cases]


def _told(case: "Case", asset: Model | None) -> Explanation:
    facts, reading = case.facts, case.reading
    by, deciding, outweighed = case.decision()
    return Explanation(
        case.principal,
        case.action,
        asset,
        is_allowed=by not in (By.TOKEN, By.DENY, By.NOTHING),
        by=by,
        deciding=deciding,
        outweighed=outweighed,
        near=case.near(),
        near_count=len(case.not_bearing),
        until=case.next_edge(),
        propose=lambda told: proposals(told, facts, reading),
    )


class Case:
    """One question to be decided now: who may, what, on which asset."""

    def __init__(
        self,
        facts: Facts | None,
        principal: Someone,
        action: Action,
        reading: Reading,
    ) -> None:
        self.facts = facts
        self.principal = principal
        self.action = action
        self.reading = reading
        self.standing = standing = reading.standing(principal)
        self.now = timezone.now()
        self.owning = self._owning()
        judged = [self.judge(r) for r in standing.rights if action in r.actions]
        self.judged = judged
        self.bearing = [one for one in judged if not one.reasons]
        self.not_bearing = sorted(
            (one for one in judged if one.reasons and one.right.grant is not None),
            key=lambda one: (Why.ELSEWHERE in one.reasons, len(one.reasons)),
        )

    def judge(self, right: Right) -> Judged:
        """Say whether a right bears on the asset, and why not."""
        is_deny = right.effect is Effect.DENY
        reasons, missing = [], None
        if right.valid_from is not None and right.valid_from > self.now:
            reasons.append(Why.NOT_YET)
        if right.valid_to is not None and right.valid_to <= self.now:
            reasons.append(Why.OVER)
        if self.facts is None:
            # As `access.may` has it: what could be about everything is a deny at large.
            if not isinstance(right.scope, Everything):
                reasons.append(Why.ELSEWHERE)
            elif not is_deny and right.condition is not None:
                reasons.append(Why.UNMET)
                missing = right.condition
        elif self._is_elsewhere(self.facts, right):
            reasons.append(Why.ELSEWHERE)
        elif right.condition is not None:
            missing = self.facts.missing(
                right.condition, is_owner=bool(self.owned), is_deny=is_deny
            )
            if missing is not None:
                reasons.append(Why.UNMET)
        return Judged(right, tuple(reasons), missing)

    def _is_elsewhere(self, facts: Facts, right: Right) -> bool:
        is_deny = right.effect is Effect.DENY
        by_name = self.action is Action.EVENT_INGEST and not is_deny
        if by_name and not gives_by_name(right):
            return True
        return not facts.reaches(right.scope, is_deny=is_deny)

    def decision(self) -> tuple[By, list[Ground], list[Ground]]:
        """What decides, by which grounds, and what these outweigh."""
        denies = [self._ground(one) for one in self.bearing if one.is_deny]
        giving = [self._ground(one) for one in self.bearing if not one.is_deny]
        giving += [Ground(By.SHARE, statement=row) for row in self._shares()]
        owning = [self._ownership(said) for said in self.owning]
        if not self._is_within_token():
            return By.TOKEN, [], [*denies, *owning, *giving]
        if denies and not self.standing.breaks_glass(self.now):
            return By.DENY, denies, [*owning, *giving]
        passed = [Ground(By.EMERGENCY, d.grant, d.path, d.reach) for d in denies]
        if owning:
            return By.OWNERSHIP, owning, [*giving, *passed]
        if giving:
            return giving[0].by, giving, passed
        return By.NOTHING, [], passed

    def near(self) -> list[Near]:
        """The nearest grants that do not bear on the asset."""
        return [
            Near(grant, one.reasons, one.missing, self._path(grant))
            for one in self.not_bearing[:NEAR_SHOWN]
            if (grant := self.grants.get(one.right.grant or 0))
        ]

    def next_edge(self) -> datetime | None:
        """When time alone may change the decision next."""
        edges = [
            edge
            for one in self.judged
            if Why.ELSEWHERE not in one.reasons
            for edge in (one.right.valid_from, one.right.valid_to)
        ]
        if any(one.is_deny for one in self.bearing):
            edges += [one.opened_at for one in self.standing.emergencies]
            edges += [one.expires_at for one in self.standing.emergencies]
        return min((e for e in edges if e is not None and e > self.now), default=None)

    def _owning(self) -> list[Said]:
        """By which statements whoever asks answers for the asset, where that counts."""
        holder = Holder(self.standing.principal, self.standing.groups)
        self.owned = [] if self.facts is None else self._owned_by(self.facts, holder)
        return self.owned if self.action in OWNING else []

    def _owned_by(self, facts: Facts, holder: Holder) -> list[Said]:
        # Mostly nobody answers for anything: then nothing is asked.
        if facts.has_read_owners or facts.reading.owns(self.standing):
            return facts.owned_by(holder)
        return []

    def told_grants(self) -> list[int]:
        """The ids of the grants that are told of."""
        told = [*self.bearing, *self.not_bearing[:NEAR_SHOWN]]
        return [one.right.grant for one in told if one.right.grant is not None]

    def take(self, rows: dict[int, Grant], ways: Ways | None) -> None:
        """Take in the rows of those, and find the ways to them and to their holders."""
        self.ways = ways
        told = self.told_grants()
        self.grants = {pk: rows[pk] for pk in told if pk in rows}
        groups = {grant.group_id for grant in self.grants.values()}
        groups |= {
            said.row.group_id
            for said in self.owning
            if said.row.principal_id != self.standing.principal
        }
        self.paths = groups_to(
            self.reading, self.standing, {pk for pk in groups if pk is not None}
        )

    def _ground(self, one: Judged) -> Ground:
        grant = self.grants.get(one.right.grant or 0)
        reach = (
            ()
            if self.ways is None
            else self.ways.to_scope(one.right.scope, is_deny=one.is_deny)
        )
        by = By.DENY if one.is_deny else By.ALLOW
        return Ground(by, grant, self._path(grant), reach)

    def _ownership(self, said: Said) -> Ground:
        assert self.ways is not None
        return Ground(
            By.OWNERSHIP,
            path=self.paths.get(said.row.group_id or 0, ()),
            reach=self.ways.to_owner(said),
            statement=said.row,
        )

    def _path(self, grant: Grant | None) -> tuple[Group, ...]:
        return () if grant is None else self.paths.get(grant.group_id or 0, ())

    def _shares(self) -> Sequence[Any]:
        if self.facts is None:
            return []
        share = share_model(type(self.facts.row))
        shared = self.facts.reading.shared_actions
        if share is None or self.action not in shared(self.principal, share):
            return []
        rows = share.objects.filter(
            user=self.principal.pk,
            permission__codename=self.action,
            content_object=self.facts.row.pk,
        )
        return list(rows)

    def _is_within_token(self) -> bool:
        narrowing = narrowing_of(self.principal)
        if not narrowing.covers(self.action):
            return False
        if narrowing.reach.is_everything:
            return True
        return self.facts is not None and narrowing.reach.allows(
            self.facts.name.space_name
        )
