"""Whatever the grants and the query: what is found may be seen, and counts agree."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.models import Mark
from catalog.search import finding, sight
from catalog.search.finding import Wanted
from catalog.search.queries import read
from catalog.search.results import search
from catalog.tasks import index_what_changed
from policies.models import Principal
from policies.services import grant_role
from tests.catalog import search_world as world
from tests.catalog.search_table import REVENUE, TABLE
from tests.factories import make_dataset, make_principal

D = "dataset"
SPACES = (world.PG, world.SNOW, world.LAKE, world.KAFKA, world.FLOWS, world.SECRET)


def find(reader, text):
    return search(reader, read(text), Wanted(limit=100))


class TestRandomGrants(TestCase):
    """For any grants and query: what is found is what may be seen, and counts agree."""

    @classmethod
    def setUpTestData(cls):
        world.make_world()
        make_dataset("empty://", "nothing_in_common")
        index_what_changed()
        cls.everybody = make_principal("all", "viewer")

    @hypothesis_settings(max_examples=40)
    @given(
        spaces=st.sets(st.sampled_from(SPACES), min_size=1, max_size=4),
        text=st.one_of(
            st.sampled_from([row[1] for row in TABLE if row[1].strip(" \0")]),
            st.text(alphabet="abcdeorsx._ %", min_size=1, max_size=6),
        ),
    )
    def test_results_are_permitted_and_counted(self, spaces, text):
        reader = make_principal(f"r{Principal.objects.count()}")
        for space in sorted(spaces):
            grant_role(reader, "viewer", namespace=space, actor=None)
        # Out of all that somebody sees, by namespaces or one by one, out of all that
        # fits, or by the index alone: whoever sees the same is told the same.
        mine = find(reader, text)
        with patch.object(sight, "_homes", return_value=None):
            assert find(reader, text) == mine
        with patch.object(sight, "FEW", 0):
            assert find(reader, text) == mine
            with patch.object(finding, "_all_fitting", return_value=None):
                assert find(reader, text) == mine
        all_ = find(self.everybody, text)
        assets = [hit for hit in mine.hits if hit.kind in ("dataset", "job", "run")]

        assert {hit.namespace for hit in assets} <= spaces
        assert len(mine.hits) == mine.total
        if mine.total:
            kinds = mine.found.facets[Mark.Field.KIND]
            assert sum(count for _, count in kinds) == mine.total
            homes = mine.found.facets.get(Mark.Field.NAMESPACE, [])
            assert {value for value, _ in homes} <= spaces
        if not mine.found.taken and not all_.found.taken:
            # In the same order, as if there were nothing else.
            permitted = [
                (hit.kind, hit.name)
                for hit in all_.hits
                if not hit.namespace or hit.namespace in spaces
            ]
            seen = [(hit.kind, hit.name) for hit in mine.hits]
            # One has other names, which not all who see it may know.
            by_name = (D, REVENUE)
            assert set(seen) - {by_name} == set(permitted) - {by_name}
            assert [hit for hit in seen if hit != by_name] == [
                hit for hit in permitted if hit != by_name
            ]
