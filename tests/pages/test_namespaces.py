"""The list of namespaces: what lies in each, as far as the reader may know."""

import pytest

from tests.factories import make_dataset, make_job, make_principal
from tests.pages.conftest import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled():
    shop = make_dataset("shop", "orders").namespace
    make_dataset(shop, "customers")
    make_job(shop, "load")
    make_dataset("vault", "secrets")


def rows(response):
    return {
        row["namespace"].name: (row["datasets"], row["jobs"])
        for row in response.context["rows"]
    }


def test_each_namespace_tells_how_much_lies_in_it(filled, as_viewer):
    assert rows(as_viewer.get("/namespaces")) == {"shop": (2, 1), "vault": (1, 0)}


def test_a_reader_of_one_learns_of_no_other(filled):
    reader = client_of(make_principal("rita", "viewer", namespace="shop"))
    page = reader.get("/namespaces")

    assert rows(page) == {"shop": (2, 1)}
    assert b"vault" not in page.content
    assert page.context["page"].paginator.count == 1


def test_a_part_of_a_name_filters(filled, as_viewer):
    assert rows(as_viewer.get("/namespaces", {"q": "VAU"})) == {"vault": (1, 0)}
    nothing = as_viewer.get("/namespaces", {"q": "none"})
    assert "No namespace fits" in nothing.content.decode()


def test_without_any_the_page_says_so(as_viewer):
    assert "No namespaces yet" in as_viewer.get("/namespaces").content.decode()
