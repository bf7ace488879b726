"""The page of results and the jump box."""

import pytest

from catalog.paths import escape
from tests.catalog import search_world as world
from tests.catalog.search_table import CUSTOMERS, EXTRACT, ORDERS
from tests.factories import make_principal
from tests.pages.conftest import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def searched(django_db_setup, django_db_blocker):
    """The world of these tests."""
    with django_db_blocker.unblock(), world.kept_world():
        yield


def page_of(client, **asked):
    response = client.get("/find", asked)
    assert response.status_code == 200, response.get("Location")
    return response


def test_a_whole_name_leads_straight_on(searched, as_viewer):
    there = as_viewer.get("/find", {"q": ORDERS})

    assert there["Location"] == f"/datasets/{escape(world.PG)}/{ORDERS}"


def test_a_run_id_leads_straight_on(searched, as_viewer):
    there = as_viewer.get("/find", {"q": world.RUN})

    assert there["Location"] == f"/jobs/{world.FLOWS}/{EXTRACT}/runs/{world.RUN}"


def test_a_word_that_many_have_leads_to_the_list(searched, as_viewer):
    page = page_of(as_viewer, q="orders")

    assert page.context["hits"][0].hit.name == ORDERS
    assert page.context["results"].total > 3


def test_what_fits_is_marked_and_escaped(searched, as_viewer):
    text = page_of(as_viewer, q="customer_email <script>x").content.decode()
    assert "<script>x" not in text

    text = page_of(as_viewer, q="customer").content.decode()
    assert "<mark>customer</mark>" in text


def test_a_hit_says_which_column_fits(searched, as_viewer):
    page = as_viewer.get("/find", {"q": "customer", "kind": "dataset"})
    hit = next(h for h in page.context["hits"] if h.hit.name == CUSTOMERS)

    assert "customer_email" in [reason.text.text for reason in hit.reasons]


def test_facets_lead_to_what_they_count(searched, as_viewer):
    page = page_of(as_viewer, q="shop")
    [kinds] = [facet for facet in page.context["facets"] if facet.name == "kind"]
    job = next(choice for choice in kinds.choices if choice.value == "job")

    narrowed = as_viewer.get(f"/find{job.address}")
    assert narrowed.context["results"].total == job.count
    [chosen] = narrowed.context["chosen"]
    back = as_viewer.get(f"/find{chosen['address']}")
    assert back.context["results"].total == page.context["results"].total


def test_pages_follow_each_other(searched, as_viewer):
    first = page_of(as_viewer, kind="dataset")
    second = as_viewer.get(f"/find{first.context['next']}")

    assert second.context["first"] == 21
    assert not {h.address for h in first.context["hits"]} & {
        h.address for h in second.context["hits"]
    }


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999", "٣"])
def test_a_page_that_there_is_not_is_answered(searched, as_viewer, number):
    page_of(as_viewer, q="shop", page=number)


def test_nothing_found_says_what_to_try(searched, as_viewer):
    text = page_of(as_viewer, q="xqzvkjw").content.decode()

    assert "Take fewer words" in text


def test_without_a_text_the_page_says_what_can_be_found(searched, as_viewer):
    assert "What are you looking for?" in page_of(as_viewer).content.decode()


def test_the_jump_box_shows_the_best_and_leads_to_all(searched, as_viewer):
    found = as_viewer.get("/find", {"q": "shop"}, headers={"HX-Request": "true"})
    text = found.content.decode()

    assert text.count("<li>") == 8
    assert "All " in text
    assert 'href="/find?q=shop"' in text


def test_a_local_reader_is_shown_nothing_else(searched):
    local = make_principal("lou", "viewer", namespace=world.LAKE)
    from_page = client_of(local).get("/find", {"q": "orders"})

    assert world.SECRET not in from_page.content.decode()
    assert "orders_secret" not in from_page.content.decode()
