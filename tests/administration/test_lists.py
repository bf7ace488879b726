"""Every list and every row's page opens, at a cost that does not grow with rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from policies.admin_site import site
from policies.models import Governed
from tests.administration import world

MOST_QUERIES = 20
DESKS = [(model._meta.label_lower, desk) for model, desk in site._registry.items()]


def queries_of(client, address):
    client.get(address)  # what a process asks once
    with CaptureQueriesContext(connection) as asked:
        response = client.get(address)
    assert response.status_code == 200, address
    return len(asked), asked.captured_queries


@pytest.fixture
def filled(harbour):
    world.fill(3)


def test_every_list_has_rows_and_its_cost_does_not_grow(filled, as_admin):
    before = {}
    for label, desk in DESKS:
        before[label] = queries_of(as_admin, desk.address("changelist"))[0]
    world.fill(12, start=3)

    after = {}
    for label, desk in DESKS:
        response = as_admin.get(desk.address("changelist"))
        assert response.context["cl"].result_list, f"{label} has no rows in this test"
        after[label], _ = queries_of(as_admin, desk.address("changelist"))

    assert {k: n for k, n in after.items() if n > MOST_QUERIES} == {}
    assert {k: (before[k], n) for k, n in after.items() if n > before[k]} == {}


def test_every_row_has_a_page_and_a_history(filled, as_admin):
    for label, desk in DESKS:
        rows = desk.model._default_manager
        if issubclass(desk.model, Governed):
            rows = rows.unrestricted("test").visible()
        row = rows.order_by("-pk").first()
        for kind in ("change", "history")[: 2 if desk.keeps_history else 1]:
            count, _ = queries_of(as_admin, desk.address(kind, row.pk))
            assert count <= MOST_QUERIES, f"{label} {kind}"


def test_every_form_for_a_new_row_opens(filled, as_admin):
    for _, desk in DESKS:
        if desk.adds:
            count, _ = queries_of(as_admin, desk.address("add"))
            assert count <= MOST_QUERIES


def test_every_filter_can_be_chosen_and_every_list_searched(filled, as_admin):
    for _label, desk in DESKS:
        address = desk.address("changelist")
        page = as_admin.get(address)
        for spec in page.context["cl"].filter_specs:
            for choice in spec.choices(page.context["cl"]):
                chosen = as_admin.get(address + choice["query_string"])
                assert chosen.status_code == 200, choice
        for term in ("a", "%", "x:y", "0195a0c8", "é'\"<b>"):
            found = as_admin.get(address, {"q": term})
            assert found.status_code == 200, (address, term)


def test_every_sorted_column_can_be_sorted(filled, as_admin):
    for _label, desk in DESKS:
        address = desk.address("changelist")
        for number in range(1, len(desk.list_display) + 1):
            for sign in ("", "-"):
                sorted_by = as_admin.get(address, {"o": f"{sign}{number}"})
                assert sorted_by.status_code == 200, (address, number)


@pytest.mark.parametrize("key", ["0", "999999999", "abc", "9" * 30, "_5F", "%00"])
def test_a_row_that_is_not_there_is_not_found(key, as_admin):
    for _, desk in DESKS:
        stem = desk.address("changelist")
        assert as_admin.get(f"{stem}{key}/change/").status_code == 404, stem
        assert as_admin.get(f"{stem}{key}/history/").status_code == 404, stem


def test_no_list_can_be_filtered_by_what_it_does_not_offer(filled, as_admin):
    for model, field in (("principal", "password"), ("token", "secret_sha256")):
        address = f"/admin/policies/{model}/"
        refused = as_admin.get(address, {f"{field}__startswith": "a"})
        assert refused.status_code == 400
