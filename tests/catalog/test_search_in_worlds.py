"""Whatever the grants: search looks at all that may be seen, and at nothing else."""

import pytest

from catalog.models import Dataset, Findable, Job
from catalog.search import sight
from catalog.search.indexing import catch_up
from policies.actions import Action
from tests.policies.worlds import PEOPLE, build, make_world

pytestmark = pytest.mark.django_db


def looked_at(principal):
    found = sight.sight_of(principal, {})
    return set() if found is None else set(found.rows.values_list("pk", flat=True))


def seen(principal, model, key):
    rows = model.objects.visible().permitted(principal, Action.ASSET_VIEW)
    found = Findable.objects.unrestricted("test").filter(**{f"{key}__in": rows})
    return set(found.filter(alias=None).values_list("pk", flat=True))


@pytest.mark.parametrize("few", [0, sight.FEW])
@pytest.mark.parametrize("seed", range(12))
def test_what_may_be_seen_is_looked_at_in_any_world(seed, few, monkeypatch):
    monkeypatch.setattr(sight, "FEW", few)
    rows = build(make_world(seed))
    while catch_up():
        pass

    for person in PEOPLE:
        principal = rows["person", person]
        expected = seen(principal, Dataset, "dataset") | seen(principal, Job, "job")
        permitted = Findable.objects.found_by(principal)
        assets = permitted.exclude(dataset=None, job=None).filter(alias=None)

        assert looked_at(principal) == set(permitted.values_list("pk", flat=True))
        assert set(assets.values_list("pk", flat=True)) == expected, person
