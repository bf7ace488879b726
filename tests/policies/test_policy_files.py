"""The whole of access as a file: out, in, compared, and refused where it would hurt."""

import pytest
from django.db import connection

from policies import models
from policies.as_code.planning import Unlisted
from policies.as_code.plans import plan_policy
from policies.as_code.reading import read_policy_file
from policies.as_code.standing import standing_policy
from policies.as_code.writing import policy_text
from policies.services.policy import apply_policy
from policies.simulation import measure, read_state
from tests.policies.worlds import build, make_world

pytestmark = pytest.mark.django_db


def empty_access():
    """Leave the assets, and take all that anybody holds."""
    models.Grant.objects.all().delete()
    models.Membership.objects.all().delete()
    models.Nesting.objects.all().delete()
    models.Group.objects.filter(ownerships=None).delete()
    models.Role.objects.filter(is_built_in=False).delete()
    for share in (m for m in models.ObjectShare.__subclasses__()):
        share.objects.all().delete()


def in_a_world(seed):
    savepoint = connection.savepoint()
    try:
        world = make_world(seed)
        build(world)
        yield world
    finally:
        connection.savepoint_rollback(savepoint)


def applied(text, **more):
    return apply_policy(read_policy_file(text), actor=None, **more)


@pytest.mark.parametrize("seeds", [range(n, n + 5) for n in range(0, 15, 5)])
def test_a_policy_comes_back_as_it_went_out(seeds):
    for seed in seeds:
        for _ in in_a_world(seed):
            text = policy_text(standing_policy(None))

            assert applied(text).done == []
            assert applied(text).plan.changes_nothing

            empty_access()
            before = read_state()
            plan = plan_policy(read_policy_file(text), reader=None)
            foreseen = plan.simulation()
            applied(text, unlisted=Unlisted.REMOVE)

            assert policy_text(standing_policy(None)) == text
            came = measure(before, read_state())
            assert came.principals == foreseen.principals
            assert came.kinds.keys() == foreseen.kinds.keys()
