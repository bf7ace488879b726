"""What may the requester of a report read, and who may read what it says?"""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from catalog.hidden_columns import hidden_columns, is_within
from catalog.models import Dataset, Job
from policies import access, audit
from policies.access import Someone
from policies.actions import Action
from policies.compiler.conditions import document_of
from policies.compiler.rights import InDomain, InNamespaces, One, Scope, Tagged
from policies.compiler.scopes import Glob, NamespaceScope
from policies.compiler.standing import standing_of
from policies.models import Principal
from policies.signing_in.credentials import Narrowing

VIEW, REPORT = Action.ASSET_VIEW, Action.REPORT_CREATE
MODELS: dict[str, Any] = {"dataset": Dataset, "job": Job}

# Of which datasets (by id) a report tells columns, each with those that it leaves out.
COLUMNS = "columns"
# An action and the ids of the datasets or jobs on which one needs it; a model of "" is
# an action at large, one of COLUMNS is as said above. As it is stored with a report.
type Need = Sequence[Any]


def written(narrowing: Narrowing | None) -> dict[str, Any] | None:
    """What a token leaves of its principal's rights, to be stored; None for all."""
    if narrowing is None:
        return None
    return {
        "actions": None if narrowing.actions is None else sorted(narrowing.actions),
        "reach": [
            sorted(list(glob.literals) for glob in clause)
            for clause in narrowing.reach.clauses
        ],
    }


def narrowed(principal: Principal, stored: Mapping[str, Any] | None) -> Principal:
    """The principal with no more rights than the token left that was used."""
    someone = copy(principal)
    if stored is not None:
        actions = stored["actions"]
        someone.narrowing = Narrowing(
            None if actions is None else frozenset(actions),
            NamespaceScope(
                tuple(
                    frozenset(Glob(tuple(literals)) for literals in clause)
                    for clause in stored["reach"]
                )
            ),
        )
    return someone


def may(principal: Someone, action: Action, asset: Dataset | Job) -> bool:
    """Whether `principal` may do `action` on an asset."""
    rows: Any = type(asset).objects
    found: bool = rows.permitted(principal, action).filter(pk=asset.pk).exists()
    return found


def may_report(principal: Someone, asset: Dataset | Job) -> bool:
    """Whether `principal` may see an asset and have reports about it."""
    return may(principal, VIEW, asset) and may(principal, REPORT, asset)


def covers(principal: Someone, needs: Sequence[Need]) -> bool:
    """Whether `principal` has every right that a report's content needs, now."""
    for action, model, ids in needs:
        if not model:
            if not access.may(principal, Action(action)):
                return False
            continue
        if model == COLUMNS:
            if not _covers_columns(principal, ids):
                return False
            continue
        rows = MODELS[model].objects.permitted(principal, Action(action))
        if rows.filter(pk__among=ids).count() != len(ids):
            return False
    return True


def _covers_columns(principal: Someone, told: Sequence[Any]) -> bool:
    """Whether nothing is hidden from `principal` but what was left out."""
    hidden = hidden_columns(principal, [dataset for dataset, _ in told])
    return all(
        all(is_within(column, left_out) for column in hidden.of.get(dataset, ()))
        for dataset, left_out in told
    )


def digest(principal: Principal) -> str:
    """SHA-256 over the grants that `principal` holds, in one spelling.

    Two reports of one digest were made with the same rights, shares of single assets
    left out.
    """
    rights = [
        {
            "actions": right.actions,
            "scope": _spelt_scope(right.scope),
            "effect": right.effect,
            "condition": right.condition and document_of(right.condition),
            "valid_from": right.valid_from,
            "valid_to": right.valid_to,
        }
        for right in standing_of(principal.pk).rights
    ]
    spelt = sorted(audit.canonical(right).decode() for right in rights)
    return audit.digest_of({"rights": spelt, "token": written(principal.narrowing)})


def _spelt_scope(scope: Scope) -> list[str | int]:
    """A scope by its kind and the ids or the pattern that make it."""
    match scope:
        case InNamespaces(glob):
            return ["namespaces", *glob.literals]
        case InDomain(domain):
            return ["domain", domain]
        case Tagged(tag):
            return ["tag", tag]
        case One(kind, pk):
            return ["one", kind, pk]
    return ["everything"]
