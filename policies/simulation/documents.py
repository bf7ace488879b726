"""How is a simulation written as JSON?"""

from typing import Any

from policies.access import policy_of
from policies.models import Principal
from policies.simulation.results import Count, Delta
from policies.simulation.telling import Example, PrincipalTold, Told


def simulation_document(told: Told) -> dict[str, Any]:
    """What a simulation found, as its asker may know it."""
    found = told.simulation
    return {
        "at": found.at,
        "changesNothing": found.changes_nothing,
        **_delta(found.total),
        "actions": [
            {"action": action, **_delta(delta)}
            for action, delta in found.actions.items()
        ],
        "kinds": [{"kind": kind, **_delta(d)} for kind, d in found.kinds.items()],
        "atLarge": [
            {"action": action, "gained": up, "lost": down}
            for action, (up, down) in told.at_large.items()
        ],
        "principals": [_principal(one) for one in told.principals],
        "otherPrincipals": told.others,
        "namespaces": [
            {"namespace": str(one.namespace), **_delta(one.delta)}
            for one in told.namespaces
        ],
        "otherNamespaces": told.other_namespaces,
        "withheldNamespaces": _delta(told.withheld),
        "examples": [_example(one) for one in told.examples],
    }


def called(principal: Principal | None) -> str | None:
    """Somebody's user name; None is who is not signed in."""
    return None if principal is None else principal.username


def _count(count: Count) -> dict[str, int]:
    return {
        "decisions": count.decisions,
        "principals": count.principals,
        "assets": count.assets,
    }


def _delta(delta: Delta) -> dict[str, Any]:
    return {"gained": _count(delta.gained), "lost": _count(delta.lost)}


def _principal(one: PrincipalTold) -> dict[str, Any]:
    return {
        "principal": called(one.principal),
        "gainedAssets": one.assets.gained,
        "lostAssets": one.assets.lost,
        "actions": [
            {"action": action, "gained": up, "lost": down}
            for action, (up, down) in one.assets.actions.items()
        ],
        "atLarge": [
            {"action": action, "isGained": is_gained}
            for action, is_gained in one.at_large
        ],
    }


def _example(one: Example) -> dict[str, Any]:
    space = policy_of(type(one.asset)).namespace
    return {
        "kind": one.kind,
        "namespace": str(getattr(one.asset, space)) if space else None,
        "name": one.asset.name,
        "isGained": one.is_gained,
        "turns": [
            {
                "actions": list(turn.actions),
                "principals": turn.count,
                "some": [called(each) for each in turn.some],
            }
            for turn in one.turns
        ],
    }
