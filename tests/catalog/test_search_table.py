"""Each query of the table finds what was meant, first."""

import pytest

from catalog.search.finding import Wanted
from catalog.search.queries import read
from catalog.search.results import search
from tests.catalog.search_table import TABLE
from tests.catalog.search_world import make_world
from tests.factories import make_principal

pytestmark = pytest.mark.django_db


def first_hit(reader, text):
    query = read(text)
    hits = search(reader, query, Wanted(limit=5)).hits
    return hits[0] if hits else None


def test_the_table():
    make_world()
    reader = make_principal("rita", "viewer")
    wrong = []
    for why, text, kind, name in TABLE:
        hit = first_hit(reader, text)
        got = (hit.kind, hit.name) if hit else ("", "")
        if got != (kind, name):
            wrong.append((why, text, got))

    assert not wrong, "\n".join(map(str, wrong))
