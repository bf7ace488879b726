"""How is a held change told: what would be done, to whom, and where?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from policies.access import Someone
from policies.models import (
    ApprovalRule,
    Grant,
    Group,
    HeldChange,
    Principal,
    Reach,
    Role,
)
from policies.telling import places
from policies.telling.wording import tell_grants

Kind = HeldChange.Kind
# Of a change's facts: which member names a row, and of which model.
NAMES: dict[str, type[Any]] = {
    "group": Group,
    "principal": Principal,
    "to": Principal,
    "outer": Group,
    "inner": Group,
    "role": Role,
    "rule": ApprovalRule,
    "grant": Grant,
}


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A held change as a reader may know it: one sentence, and what it adds up to."""

    change: HeldChange
    text: str


def tell_changes(changes: Iterable[HeldChange], reader: Someone) -> list[ToldChange]:
    """Tell held changes; the queries are so many for each kind of thing named.

    An asset that the reader may not see is told by its kind alone.
    """
    some = list(changes)
    rows = _rows(some)
    scopes = [_scope(change, rows) for change in some]
    told = [scope for scope in scopes if scope is not None]
    where = dict(
        zip((id(one) for one in told), places.places(told, reader), strict=True)
    )
    conditions = _conditions(some, rows, reader)
    return [
        ToldChange(
            change,
            _text(change, rows, where.get(id(scope), ""), conditions.get(change.pk)),
        )
        for change, scope in zip(some, scopes, strict=True)
    ]


def _rows(changes: Sequence[HeldChange]) -> dict[tuple[str, int], Any]:
    wanted: dict[type[Any], set[int]] = {}
    for change in changes:
        for name, model in NAMES.items():
            if isinstance(pk := change.facts.get(name), int):
                wanted.setdefault(model, set()).add(pk)
        if holder := change.facts.get("holder"):
            model = Principal if holder[0] == "principal" else Group
            wanted.setdefault(model, set()).add(holder[1])
    found: dict[tuple[str, int], Any] = {}
    for model, ids in wanted.items():
        rows = model._default_manager.filter(pk__in=ids)
        if model is Grant:
            rows = rows.select_related("role", "principal", "group")
        found |= {(model.__name__, row.pk): row for row in rows}
    return found


def _scope(change: HeldChange, rows: dict[tuple[str, int], Any]) -> Any:
    """What has the change's scope, if it has one."""
    told = change.facts
    match change.kind:
        case Kind.GRANT:
            return Grant(**told["scope"])
        case Kind.SET_RULE:
            return ApprovalRule(**told["scope"])
        case Kind.SHARE:
            kind, pk = told["asset"]
            return Grant(reach=Reach.ASSET, asset_kind=kind, scope_id=pk)
        case Kind.REVOKE_DENY:
            return rows.get(("Grant", told["grant"]))
        case Kind.LIFT_RULE:
            return rows.get(("ApprovalRule", told["rule"]))
    return None


def _conditions(
    changes: Sequence[HeldChange], rows: dict[tuple[str, int], Any], reader: Someone
) -> dict[int, str]:
    grants = []
    for change in changes:
        if change.kind == Kind.GRANT and change.facts["condition"] is not None:
            grants.append(Grant(pk=change.pk, condition=change.facts["condition"]))
    return {told.grant.pk: told.condition for told in tell_grants(grants, reader)}


def _text(
    change: HeldChange,
    rows: dict[tuple[str, int], Any],
    where: str,
    condition: str | None,
) -> str:
    told = change.facts

    def row(name: str) -> Any:
        return rows.get((NAMES[name].__name__, told[name]), "somebody gone")

    match change.kind:
        case Kind.GRANT:
            kind, pk = told["holder"]
            holder = rows.get(("Principal" if kind == "principal" else "Group", pk))
            verb = "Give" if told["effect"] == "allow" else "Shorten the deny to"
            text = f"{verb} {holder} the role {row('role')} on {where}"
            text += f", when {condition}" if condition else ""
            text += _time(", from", told["valid_from"])
            return text + _time(", until", told["valid_to"])
        case Kind.REVOKE_DENY:
            deny = row("grant")
            return f"Revoke that {deny.holder} is denied {deny.role} on {where}"
        case Kind.SHARE:
            return f"Share {where} with {row('to')}: {told['action']}"
        case Kind.ADD_MEMBER:
            return f"Add {row('principal')} to the group {row('group')}"
        case Kind.REMOVE_MEMBER:
            return f"Take {row('principal')} out of the group {row('group')}"
        case Kind.NEST:
            return f"Let the group {row('inner')} belong to the group {row('outer')}"
        case Kind.UNNEST:
            return f"Let the group {row('inner')} no longer belong to {row('outer')}"
        case Kind.CHANGE_ROLE:
            return f"Let the role {row('role')} hold {', '.join(told['actions'])}"
        case Kind.SET_RULE:
            more = ", emergencies included" if told["covers_emergencies"] else ""
            return f"Ask for a second person on {where}{more}"
        case Kind.LIFT_RULE:
            return f"No longer ask for a second person on {where}"
    return f"Break the glass for {row('principal')}, for {told['minutes']} minutes"


def _time(word: str, text: str | None) -> str:
    return f"{word} {text[:16].replace('T', ' ')} UTC" if text else ""
