"""No page asks the database more often than tests/query_budgets.json lets it."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.tasks import index_what_changed
from tests.pages import story
from tests.pages.addresses import every_page
from tests.pages.conftest import take_in

BUDGETS = json.loads((Path(__file__).parent.parent / "query_budgets.json").read_text())


def queries_of(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("amount", ["little", "much"])
def test_a_page_keeps_to_its_budget(amount, looked_after, as_admin):
    if amount == "much":
        take_in(story.much(timezone.now()))
    index_what_changed()  # as the worker does meanwhile
    pages = every_page()
    as_admin.get("/")  # what a process asks once

    spent = {name: queries_of(as_admin, address) for name, address in pages.items()}

    over = {n: count for n, count in spent.items() if count > BUDGETS[f"page:{n}"]}
    assert over == {}
