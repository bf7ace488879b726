"""How is a decision told to somebody, who may not know all that it stands on?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from policies.access import Someone
from policies.actions import Action
from policies.compiler.conditions import Condition, tags_in
from policies.compiler.trees import tree_model
from policies.explaining import (
    By,
    Explanation,
    Ground,
    Means,
    Near,
    Part,
    Step,
)
from policies.models import Governed, Grant, Group
from policies.telling.wording import ToldGrant, condition_text, tell_grants

# Sentences for people: what decides.
SAID = {
    By.DENY: "A deny forbids it.",
    By.OWNERSHIP: "Whoever answers for it may do this.",
    By.ALLOW: "A grant allows it.",
    By.SHARE: "It was shared.",
    By.EMERGENCY: "A deny would forbid it, and the glass is broken.",
    By.TOKEN: "The token of this request does not reach so far.",
    By.NOTHING: "No grant allows it.",
}


@dataclass(frozen=True, slots=True)
class ToldStep:
    """One step from the asset to what a grant reaches; a hidden one has no name."""

    place: str
    name: str
    row: Model | None
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class ToldGround:
    """What bears on the decision: by whom it came, and by which ways."""

    by: By
    grant: ToldGrant | None
    groups: tuple[Group, ...]
    steps: tuple[ToldStep, ...]
    owner: str = ""


@dataclass(frozen=True, slots=True)
class ToldNear:
    """A grant that names the action, and why it does not bear on the asset just now."""

    grant: ToldGrant
    reasons: tuple[str, ...]
    missing: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class ToldPart:
    """One act of several that together turn a decision round, in words."""

    means: Means
    text: str
    grant: Grant | None


@dataclass(frozen=True, slots=True)
class ToldExplanation:
    """A decision with its grounds, as its asker may know them."""

    principal: Someone
    action: Action
    asset: Model | None
    is_allowed: bool
    by: By
    deciding: list[ToldGround]
    outweighed: list[ToldGround]
    near: list[ToldNear]
    near_count: int
    ways: list[list[ToldPart]]
    until: datetime | None

    @property
    def said(self) -> str:
        """What decides, in a sentence."""
        return SAID[self.by]


def tell_all(
    explanations: Sequence[Explanation], asker: Someone
) -> list[ToldExplanation]:
    """Tell decisions to somebody; the queries do not grow with their number."""
    telling = _Telling(explanations, asker)
    return [telling.of(one) for one in explanations]


def tell(explanation: Explanation, asker: Someone) -> ToldExplanation:
    """Tell one decision."""
    [told] = tell_all([explanation], asker)
    return told


class _Telling:
    """What is read once, to tell several decisions to one asker."""

    def __init__(self, explanations: Sequence[Explanation], asker: Someone) -> None:
        grants = {g.pk: g for one in explanations for g in _grants_of(one)}
        self.grants = {
            told.grant.pk: told for told in tell_grants(grants.values(), asker)
        }
        steps = [step for one in explanations for step in _steps_of(one)]
        self.seen = _seen(steps, explanations, asker)
        missing = {pk for one in explanations for pk in _tags_missing(one)}
        rows = tree_model("tag")._default_manager.filter(pk__in=missing)
        self.tags = dict(rows.values_list("pk", "name")) if missing else {}

    def of(self, one: Explanation) -> ToldExplanation:
        return ToldExplanation(
            one.principal,
            one.action,
            one.asset,
            one.is_allowed,
            one.by,
            [self._ground(ground) for ground in one.deciding],
            [self._ground(ground) for ground in one.outweighed],
            [self._near(near) for near in one.near],
            one.near_count,
            [[self._part(part) for part in way.parts] for way in one.would_change],
            one.until,
        )

    def _ground(self, ground: Ground) -> ToldGround:
        grant = self.grants.get(ground.grant.pk) if ground.grant else None
        owner = ""
        if ground.by is By.OWNERSHIP and ground.statement is not None:
            said = ground.statement
            owner = f"group {said.group}" if said.group_id else str(said.principal)
        steps = tuple(self._step(step) for step in ground.reach)
        return ToldGround(ground.by, grant, ground.path, steps, owner)

    def _step(self, step: Step) -> ToldStep:
        is_told = not isinstance(step.row, Governed) or _key(step.row) in self.seen
        row = step.row if is_told else None
        name = str(row) if row is not None else ""
        return ToldStep(str(step.place), name, row, step.is_confirmed)

    def _near(self, near: Near) -> ToldNear:
        return ToldNear(
            self.grants[near.grant.pk],
            tuple(map(str, near.reasons)),
            self._condition(near.missing),
            near.path,
        )

    def _condition(self, condition: Condition | None) -> str:
        return "" if condition is None else condition_text(condition, self.tags)

    def _part(self, part: Part) -> ToldPart:
        return ToldPart(part.means, self._said(part), part.grant)

    def _said(self, part: Part) -> str:
        grant = "the grant"
        if part.grant is not None:
            told = self.grants[part.grant.pk]
            word = "deny" if told.is_deny else "grant"
            grant = (
                f"the {word} no. {part.grant.pk} ({part.grant.role} on {told.where})"
            )
        match part.means:
            case Means.REVOKE if part.grant is None:
                return "take the anonymous role away (HEADWATER_ANONYMOUS_ROLE)"
            case Means.REVOKE:
                return f"revoke {grant}"
            case Means.UNSHARE:
                return "take the share back"
            case Means.DISOWN:
                return _disowning(part.statement)
            case Means.BREAK_GLASS:
                return "break the glass, which passes denies for a while"
            case Means.GRANT:
                return self._granting(part)
            case Means.OWN:
                return "name them as who answers for it"
            case Means.SHARE:
                return "share it with them"
            case Means.WAIT:
                return f"wait until {_time(part.at)}, when {grant} begins"
            case Means.RENEW:
                return f"renew {grant}, which ended at {_time(part.at)}"
            case Means.MEET:
                return f"meet what {grant} asks: {self._condition(part.condition)}"
            case Means.WIDEN:
                return "use a token that reaches so far, or sign in"

    def _granting(self, part: Part) -> str:
        roles = _one_of(part.roles)
        if not part.where:
            return f"grant {roles} on it"
        step = self._step(part.where[-1])
        return f"grant {roles} on the {step.place} {step.name}".rstrip()


def _one_of(roles: Sequence[str]) -> str:
    if len(roles) <= 2:
        return " or ".join(roles) or "a role that holds the action"
    return f"one of the roles {', '.join(roles[:-1])} and {roles[-1]}"


def _grants_of(one: Explanation) -> Iterable[Grant]:
    for ground in (*one.deciding, *one.outweighed):
        if ground.grant is not None:
            yield ground.grant
    yield from (near.grant for near in one.near)
    for way in one.would_change:
        yield from (part.grant for part in way.parts if part.grant is not None)


def _steps_of(one: Explanation) -> Iterable[Step]:
    for ground in (*one.deciding, *one.outweighed):
        yield from ground.reach
    for way in one.would_change:
        for part in way.parts:
            yield from part.where


def _tags_missing(one: Explanation) -> Iterable[int]:
    for near in one.near:
        if near.missing is not None:
            yield from tags_in(near.missing)
    for way in one.would_change:
        for part in way.parts:
            if part.condition is not None:
                yield from tags_in(part.condition)


def _seen(
    steps: Iterable[Step], explanations: Iterable[Explanation], asker: Someone
) -> set[tuple[str, int]]:
    """The assets on the ways that the asker may see, the asset's namespace among them.

    Its namespace stands in the asset's own name.
    """
    wanted: dict[type[Model], set[int]] = {}
    for step in steps:
        if isinstance(step.row, Governed):
            wanted.setdefault(type(step.row), set()).add(step.row.pk)
    found: set[tuple[str, int]] = set()
    for model, ids in wanted.items():
        rows: Any = model._default_manager
        seen = rows.permitted(asker, Action.ASSET_VIEW).filter(pk__in=ids)
        label = model._meta.label_lower
        found |= {(label, pk) for pk in seen.values_list("pk", flat=True)}
    for one in explanations:
        policy = getattr(one.asset, "Policy", None)
        if policy is not None and policy.namespace:
            found.add(_key(getattr(one.asset, policy.namespace)))
    return found


def _key(row: Model) -> tuple[str, int]:
    return row._meta.label_lower, row.pk


def _disowning(statement: Any) -> str:
    is_around = getattr(statement, "namespace_id", None) is not None
    what = "the namespace" if is_around else "it"
    return f"no longer name {_owner(statement)} as who answers for {what}"


def _owner(statement: Any) -> str:
    if statement.group_id:
        return f"the group {statement.group}"
    return str(statement.principal)


def _time(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC" if when else "later"
