"""How is a simulation told to somebody, who may not know every asset by name?

Numbers are of everything: they are what the change would do. Assets and namespaces are
named as far as the asker may see them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q

from policies.access import Someone
from policies.actions import Action
from policies.compiler.trees import asset_models
from policies.models import Principal
from policies.simulation.results import (
    GAINED,
    LOST,
    Delta,
    OfPrincipal,
    Simulation,
    Turned,
)
from policies.simulation.states import ANYBODY

MOST_ROWS = 100  # of principals, and of namespaces
MOST_EXAMPLES = 5  # for each kind, gained and lost
MOST_PEOPLE = 3  # named in an example


@dataclass(frozen=True, slots=True)
class PrincipalTold:
    """Who gains and loses; None is whoever is not signed in."""

    principal: Principal | None
    assets: OfPrincipal
    at_large: list[tuple[Action, bool]]  # and whether it is gained


@dataclass(frozen=True, slots=True)
class NamespaceTold:
    namespace: Model
    delta: Delta


@dataclass(frozen=True, slots=True)
class For:
    """Actions that turn on one asset, and for whom: how many, and a few of them."""

    actions: tuple[Action, ...]
    count: int
    some: list[Principal | None]


@dataclass(frozen=True, slots=True)
class Example:
    """One asset of which decisions turn."""

    kind: str
    asset: Any
    is_gained: bool
    turns: list[For]


@dataclass(frozen=True, slots=True)
class Told:
    """A simulation with the names that its asker may know.

    `principals` and `namespaces` have the most affected ones; `others` and
    `other_namespaces` say how many more there are, `withheld` what happens in
    namespaces that the asker may not see.
    """

    simulation: Simulation
    principals: list[PrincipalTold]
    others: int
    namespaces: list[NamespaceTold]
    other_namespaces: int
    withheld: Delta
    examples: list[Example]
    at_large: dict[Action, tuple[int, int]] = field(default_factory=dict)


def tell(simulation: Simulation, asker: Someone, *, most: int = MOST_ROWS) -> Told:
    """Name what a simulation found, as far as `asker` may know it."""
    told = _principals(simulation)
    spaces, withheld = _namespaces(simulation, asker)
    at_large: dict[Action, list[int]] = defaultdict(lambda: [0, 0])
    for one in simulation.at_large:
        at_large[one.action][not one.is_gained] += 1
    return Told(
        simulation,
        _named(told[:most]),
        max(0, len(told) - most),
        spaces[:most],
        max(0, len(spaces) - most),
        withheld,
        _examples(simulation, asker),
        {action: (up, down) for action, (up, down) in at_large.items()},
    )


def principals_told(simulation: Simulation) -> list[PrincipalTold]:
    """Everybody who gains or loses, those for whom most changes first."""
    return _named(_principals(simulation))


type _Row = tuple[int, OfPrincipal, list[tuple[Action, bool]]]


def _principals(simulation: Simulation) -> list[_Row]:
    """Everybody concerned, those for whom most changes first."""
    at_large: dict[int, list[tuple[Action, bool]]] = defaultdict(list)
    for one in simulation.at_large:
        at_large[one.principal].append((one.action, one.is_gained))
    rows = [
        (pk, simulation.principals.get(pk, OfPrincipal()), at_large.get(pk, []))
        for pk in simulation.crowd
        if pk in simulation.principals or pk in at_large
    ]
    return sorted(rows, key=lambda row: (-row[1].gained - row[1].lost, row[0]))


def _named(rows: list[_Row]) -> list[PrincipalTold]:
    people = Principal.objects.in_bulk([pk for pk, _, _ in rows if pk != ANYBODY])
    return [
        PrincipalTold(people.get(pk), assets, at_large) for pk, assets, at_large in rows
    ]


def _namespaces(
    simulation: Simulation, asker: Someone
) -> tuple[list[NamespaceTold], Delta]:
    model: Any = asset_models()["namespace"]
    seen = model.objects.permitted(asker, Action.ASSET_VIEW)
    named = {row.pk: row for row in seen.filter(pk__among=list(simulation.namespaces))}
    rows, withheld = [], Delta()
    for pk, delta in simulation.namespaces.items():
        if pk in named:
            rows.append(NamespaceTold(named[pk], delta))
            continue
        for total, part in (
            (withheld.gained, delta.gained),
            (withheld.lost, delta.lost),
        ):
            total.add(part.people, part.assets, part.decisions)
    rows.sort(key=lambda row: (-_size(row.delta), str(row.namespace)))
    return rows, withheld


def _size(delta: Delta) -> int:
    return delta.gained.decisions + delta.lost.decisions


def _examples(simulation: Simulation, asker: Someone) -> list[Example]:
    """A few assets of each kind that the asker may see, gained ones first."""
    found = [
        (way, kind, row, turned)
        for way in (GAINED, LOST)
        for kind in simulation.kinds
        for row, turned in _some(simulation, asker, way, kind)
    ]
    ids = {
        pk
        for way, _, _, turned in found
        for turning in turned.turnings
        for pk in _first(simulation, turning.way(way))
    }
    people = Principal.objects.in_bulk(ids - {ANYBODY})
    return [
        Example(kind, row, way == GAINED, list(_turns(simulation, way, turned, people)))
        for way, kind, row, turned in found
    ]


def _some(
    simulation: Simulation, asker: Someone, way: int, kind: str
) -> list[tuple[Any, Turned]]:
    """Assets of a kind that turn one way, with what turns on them."""
    some = [
        one
        for one in simulation.turned
        if one.sort.kind == kind and any(t.way(way) for t in one.turnings)
    ]
    if not some:
        return []
    model: Any = asset_models()[kind]
    special = {pk: one for one in some for pk in one.alike.rows}
    plain = {one.sort.space: one for one in some if one.alike.has_rest}
    space = "pk" if kind == "namespace" else f"{model.Policy.namespace}_id"
    about = Q(pk__among=list(special))
    if plain:
        others = list(simulation.told_apart.get(kind, ()))
        about |= Q(**{f"{space}__among": list(plain)}) & ~Q(pk__among=others)
    seen = model.objects.visible().permitted(asker, Action.ASSET_VIEW).filter(about)
    if kind != "namespace":
        seen = seen.select_related(model.Policy.namespace)
    rows = sorted(seen.order_by("pk")[:MOST_EXAMPLES], key=str)
    return [(row, special.get(row.pk) or plain[getattr(row, space)]) for row in rows]


def _turns(
    simulation: Simulation, way: int, turned: Turned, people: dict[int, Principal]
) -> Iterator[For]:
    for turning in turned.turnings:
        if bits := turning.way(way):
            some = [people.get(pk) for pk in _first(simulation, bits)]
            actions = simulation.questions[turning.question]
            yield For(actions, bits.bit_count(), some)


def _first(simulation: Simulation, people: int) -> list[int]:
    """A few of those whose bits are set, by id."""
    found: list[int] = []
    while people and len(found) < MOST_PEOPLE:
        lowest = people & -people
        found.append(simulation.crowd[lowest.bit_length() - 1])
        people ^= lowest
    return found
