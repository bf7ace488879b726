"""The compiled filter gives what the rule, in plain words, gives: on random worlds."""

import pytest
from django.db import connection

from catalog.models import Dataset, Job, Namespace
from policies import access
from policies.compiler import ways
from policies.explaining import explain, who_may
from tests.policies.rule import allowed
from tests.policies.worlds import ACTIONS, PEOPLE, build, make_world

pytestmark = pytest.mark.django_db
MODELS = {"namespace": Namespace, "dataset": Dataset, "job": Job}
DECISIONS_A_WORLD = len(PEOPLE) * len(ACTIONS) * (3 + 8 + 4)


def disagreements(world, *, explains=True):
    """Where filter and rule differ, and how much was compared."""
    savepoint = connection.savepoint()
    try:
        rows = build(world)
        found, count = [], 0
        for person in PEOPLE:
            principal = rows["person", person]
            for action in ACTIONS:
                for kind, model in MODELS.items():
                    visible = set(
                        model.objects.permitted(principal, action).values_list(
                            "name", flat=True
                        )
                    )
                    some = [a for a in world.assets if a.kind == kind]
                    expected = {
                        a.name for a in some if allowed(world, person, action, a)
                    }
                    count += len(some)
                    if visible != expected:
                        found.append((person, action, kind, visible, expected))
                    some_rows = [(a, rows[kind, a.name]) for a in some]
                    stride = 1 + len(some_rows) // 2
                    for asset, row in some_rows[::stride] if explains else []:
                        told = explain(principal, action, row)
                        if told.is_allowed != (asset.name in visible):
                            found.append((person, action, asset, told))
                    if expected and not access.may_somewhere(principal, action):
                        found.append((person, action, kind, "may_somewhere"))
        asset = world.assets[-1]
        for action in ACTIONS:
            found_by = who_may(action, rows[asset.kind, asset.name])
            told = {one.username for one in found_by.principals}
            expected = {p for p in PEOPLE if allowed(world, p, action, asset)}
            if told != expected:
                found.append((action, asset, told, expected))
        return found, count
    finally:
        connection.savepoint_rollback(savepoint)


def compared(seed, monkeypatch, **more):
    """A world of this seed; every second one as if all that is allowed were much."""
    monkeypatch.setattr(ways, "FEW", -1 if seed % 2 else 3_000)
    return disagreements(make_world(seed), **more)


@pytest.mark.parametrize("seeds", [range(n, n + 15) for n in range(0, 75, 15)])
def test_the_filter_agrees_with_the_rule_on_random_worlds(seeds, monkeypatch):
    for seed in seeds:
        found, count = compared(seed, monkeypatch)

        assert found == [], f"world {seed}"
        assert count == DECISIONS_A_WORLD


def test_twenty_thousand_decisions_are_compared():
    assert 75 * DECISIONS_A_WORLD > 20_000


@pytest.mark.prove
def test_the_filter_agrees_with_the_rule_a_million_times(monkeypatch):
    worlds = 1 + 1_000_000 // DECISIONS_A_WORLD
    decisions = 0
    for seed in range(1000, 1000 + worlds):
        # An explanation takes longer than ten decisions of a list.
        found, count = compared(seed, monkeypatch, explains=seed % 10 == 0)
        decisions += count
        assert found == [], f"world {seed}"

    assert decisions >= 1_000_000
