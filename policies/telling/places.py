"""How are scopes called for people: by which domain, tag or asset?"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from policies.access import Someone, policy_of
from policies.actions import Action
from policies.compiler.trees import asset_models, tree_model
from policies.models import Grant, Reach
from policies.models.scoped import Scoped

_REASON = "the name of a scope, frozen or told to the system itself"


def places(rows: Sequence[Grant | Scoped], reader: Someone | None) -> list[str]:
    """What each reaches, as `reader` may know it; None is the system.

    One query for each kind of thing that is named. An asset that the reader may not
    see is told by its kind alone.
    """
    wanted: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in rows:
        if row.scope_id is not None:
            wanted[row.reach, row.asset_kind].add(row.scope_id)
    names = {key: _names(*key, ids, reader) for key, ids in wanted.items()}
    return [_place(row, names.get((row.reach, row.asset_kind), {})) for row in rows]


def place(row: Grant | Scoped, reader: Someone | None) -> str:
    """What one reaches."""
    [told] = places([row], reader)
    return told


def asset_names(kind: str, ids: set[int], reader: Someone | None) -> dict[int, str]:
    """`namespace / name` of assets by id: those that `reader` may see."""
    model: Any = asset_models()[kind]
    rows = model._default_manager
    if reader is None:
        rows = rows.unrestricted(_REASON)
    else:
        rows = rows.permitted_by_name(reader, Action.ASSET_VIEW)
    space: str = policy_of(model).namespace
    lookups = ("name",) if not space else (f"{space}__name", "name")
    found = rows.filter(pk__in=ids).values_list("pk", *lookups)
    return {pk: " / ".join(parts) for pk, *parts in found}


def _names(
    reach: str, kind: str, ids: set[int], reader: Someone | None
) -> dict[int, str]:
    if reach == Reach.ASSET:
        return asset_names(kind, ids, reader)
    rows = tree_model(reach)._default_manager.filter(pk__in=ids)
    return dict(rows.values_list("pk", "name"))


def _place(row: Grant | Scoped, names: dict[int, str]) -> str:
    match row.reach:
        case Reach.EVERYTHING:
            return "everything"
        case Reach.NAMESPACE:
            return f"namespaces {row.namespace_glob}"
        case Reach.ASSET:
            name = names.get(row.scope_id or 0)
            return f"{row.asset_kind} {name}" if name else f"one {row.asset_kind}"
    return f"{row.reach} {names.get(row.scope_id or 0, '(gone)')}"
