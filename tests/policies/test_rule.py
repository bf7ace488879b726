"""The compiled filter gives what the rule, in plain words, gives: on random worlds."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings

from catalog.models import Dataset, Job, Namespace
from policies import access
from tests.policies.rule import allowed
from tests.policies.worlds import ACTIONS, PEOPLE, build, worlds

pytestmark = pytest.mark.django_db
MODELS = {"namespace": Namespace, "dataset": Dataset, "job": Job}
DECISIONS_A_WORLD = len(PEOPLE) * len(ACTIONS) * 11


def disagreements(world):
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
                    if expected and not access.may_somewhere(principal, action):
                        found.append((person, action, kind, "may_somewhere"))
        return found, count
    finally:
        connection.savepoint_rollback(savepoint)


@settings(
    max_examples=210,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(worlds())
def test_the_filter_agrees_with_the_rule_on_random_worlds(world):
    found, count = disagreements(world)

    assert found == []
    assert count == DECISIONS_A_WORLD
