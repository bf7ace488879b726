"""How is a grant told: who has it, what it reaches, when and on which condition?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone

from policies import access
from policies.access import Someone
from policies.actions import Action
from policies.compiler.conditions import Condition, stored, tags_in
from policies.compiler.trees import asset_models, tree_model
from policies.models import Grant, Principal, Reach
from policies.telling.condition_text import text_of


class State(StrEnum):
    """Whether a grant counts."""

    IN_FORCE = "in force"
    TO_COME = "to come"
    RUN_OUT = "run out"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ToldGrant:
    """A grant as a reader may know it.

    `kind` is what it reaches: "everything", "domain", "tag", "namespaces", "dataset" …;
    `name` is empty where the reader may not see the asset; `row` is what has a page.
    """

    grant: Grant
    kind: str
    name: str
    row: Model | None
    condition: str
    state: State

    @property
    def is_deny(self) -> bool:
        return self.grant.effect == Grant.Effect.DENY

    @property
    def holder_kind(self) -> str:
        """`group`, `person` or `service`."""
        holder = self.grant.holder
        return holder.kind if isinstance(holder, Principal) else "group"

    @property
    def where(self) -> str:
        """What it reaches, in a few words."""
        if self.kind == "everything":
            return "everything"
        if self.name:
            return f"{self.kind} {self.name}"
        return "some namespaces" if self.kind == "namespaces" else f"one {self.kind}"


def tell_grants(grants: Iterable[Grant], reader: Someone) -> list[ToldGrant]:
    """Tell grants to a reader; the queries are one for each kind of thing reached.

    An asset that the reader may not see is told by its kind alone. Who sees but their
    own grants is not told by a deny how what they are kept from is called.
    """
    some = list(grants)
    sees_all = any(
        access.may(reader, action)
        for action in (Action.ACCESS_VIEW, Action.ACCESS_GRANT)
    )
    conditions = {g.pk: stored(g.condition) for g in some if g.condition is not None}
    rows = _rows(some, conditions.values(), reader)
    tags = {pk: str(row) for (kind, pk), row in rows.items() if kind == Reach.TAG}
    now = timezone.now()
    told = []
    for grant in some:
        kind, name, row = _reached(grant, rows)
        if grant.reach == Reach.NAMESPACE and not sees_all:
            name = name if grant.effect == Grant.Effect.ALLOW else ""
        condition = conditions.get(grant.pk)
        text = "" if condition is None else condition_text(condition, tags)
        told.append(ToldGrant(grant, kind, name, row, text, state_of(grant, now)))
    return told


def condition_text(condition: Condition, tags: dict[int, str]) -> str:
    """A condition as people write it; a tag that is gone is told by its number."""
    return text_of(condition, lambda pk: tags.get(pk, f"tag {pk}, which is gone"))


def state_of(grant: Grant, now: datetime) -> State:
    """Whether a grant counts at an instant."""
    if grant.recorded_to is not None:
        return State.REVOKED
    if grant.valid_to is not None and grant.valid_to <= now:
        return State.RUN_OUT
    if grant.valid_from is not None and grant.valid_from > now:
        return State.TO_COME
    return State.IN_FORCE


def in_state(state: State, now: datetime) -> Q:
    """The grants that are in a state at an instant."""
    if state is State.REVOKED:
        return Q(recorded_to__isnull=False)
    over, ahead = Q(valid_to__lte=now), Q(valid_from__gt=now)
    match state:
        case State.RUN_OUT:
            told = over
        case State.TO_COME:
            told = ahead & (Q(valid_to=None) | ~over)
        case _:
            told = (Q(valid_to=None) | ~over) & (Q(valid_from=None) | ~ahead)
    return Q(recorded_to=None) & told


def _reached(
    grant: Grant, rows: dict[tuple[str, int], Model]
) -> tuple[str, str, Model | None]:
    if grant.reach == Reach.EVERYTHING:
        return "everything", "", None
    if grant.reach == Reach.NAMESPACE:
        return "namespaces", grant.namespace_glob, None
    kind = grant.asset_kind or str(grant.reach)
    row = rows.get((kind, grant.scope_id or 0))
    if row is None:
        return kind, "" if grant.asset_kind else "(gone)", None
    return kind, str(row), row


def _rows(
    grants: Sequence[Grant], conditions: Iterable[Condition], reader: Someone
) -> dict[tuple[str, int], Model]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for grant in grants:
        if grant.scope_id is not None:
            wanted[grant.asset_kind or str(grant.reach)].add(grant.scope_id)
    for condition in conditions:
        wanted[Reach.TAG.value] |= set(tags_in(condition))
    found: dict[tuple[str, int], Model] = {}
    for kind, ids in wanted.items():
        for row in _of_kind(kind, reader).filter(pk__in=ids) if ids else []:
            found[kind, row.pk] = row
    return found


def _of_kind(kind: str, reader: Someone) -> Any:
    """The domains or tags, or those assets of a kind that a reader may see."""
    model: Any = asset_models().get(kind)
    if model is None:
        return tree_model(kind)._default_manager.all()
    rows = model._default_manager.permitted_by_name(reader, Action.ASSET_VIEW)
    space = model.Policy.namespace
    return rows.select_related(space) if space else rows
