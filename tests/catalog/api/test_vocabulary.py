"""The words that people use, defined and retired at the API."""

import pytest

from catalog.models import Revision, Term
from policies.models import JournalEntry
from tests.catalog.api.conftest import ORDERS, named

ORDER = {
    "description": "What a customer buys.",
    "synonyms": ["purchase", "sale"],
    "related": [],
    "domain": "Sales/Web",
}


def test_a_term_is_defined_told_and_listed(admin, viewer, words):
    answer = admin.put(named("terms", "A/B test"), {**ORDER, "related": ["Order"]})
    told = viewer.get(named("terms", "A/B test")).json()

    assert answer.status_code == 201
    assert told == {
        "name": "A/B test",
        "isRetired": False,
        **ORDER,
        "related": ["Order"],
    }
    listed = viewer.get("terms", q="test").json()
    assert (listed["totalCount"], listed["terms"]) == (1, [told])
    assert viewer.get("terms", domain="Sales").json()["totalCount"] == 1
    entry = JournalEntry.objects.filter(act="entry.defined").latest("recorded_at")
    assert entry.record["target"]["key"] == ["A/B test"]


def test_names_are_taken_with_their_slashes_encoded_or_not(admin, viewer, words):
    for path in ("domains/Sales/Web", "domains/Sales%2FWeb"):
        assert viewer.get(path).json()["parent"] == "Sales"
    revisions = viewer.get("domains/Sales/Web/revisions").json()["revisions"]
    assert len(revisions) == 1
    # A name may end in the word of the other route.
    admin.put("domains/Sales%2Frevisions%2Frevisions", {})
    assert viewer.get("domains/Sales/revisions/revisions").status_code == 200


def test_the_same_again_changes_nothing(admin, words):
    admin.put(named("terms", "Basket"), ORDER)
    again = admin.put(named("terms", "Basket"), ORDER)

    assert (again.status_code, again.json()["change"]) == (200, None)
    term = Term.objects.get(name="Basket")
    assert Revision.objects.filter(kind="term", entry_id=term.pk).count() == 1


def test_a_word_is_renamed_and_what_it_was_is_told(admin, viewer, words):
    admin.put(named("domains", "Sales"), {"name": "Trade", "reason": "Reorganised"})
    assert viewer.get(named("domains", "Sales")).status_code == 404
    revisions = viewer.get(named("domains", "Trade/Web", "/revisions")).json()

    first, second = revisions["revisions"]
    assert (first["entry"]["name"], second["entry"]["name"]) == (
        "Trade/Web",
        "Sales/Web",
    )
    assert first["said"]["reason"] == "Reorganised"
    assert (first["recordedTo"], bool(second["recordedTo"])) == (None, True)


def test_a_word_is_retired_with_what_is_said_with_it(admin, steward, words):
    steward.declare({**ORDERS, "aspect": "term", "value": "Order"})
    answer = admin.delete(named("terms", "Order"), reason="Nobody says so")

    assert answer.json()["entry"]["isRetired"] is True
    assert steward.curation(ORDERS)["own"] == []
    assert steward.get("terms").json()["totalCount"] == 0
    assert steward.get("terms", retired="true").json()["totalCount"] == 1
    # Undone, it is back in use with all that was said.
    change = answer.json()["change"]
    assert admin.post(f"changes/{change}/undo").status_code == 200
    assert len(steward.curation(ORDERS)["own"]) == 1


def test_a_word_that_others_stand_on_is_not_retired(admin, words):
    refused = admin.delete(named("domains", "Sales"))

    assert (refused.status_code, refused.json()["code"]) == (409, "entry_in_use")
    assert "Sales/Web" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        (named("terms", "x"), {"domain": "Nowhere"}, "/domain"),
        (named("terms", "x"), {"related": ["Nothing"]}, "/related"),
        (named("terms", "x"), {"synonyms": ["a;b"]}, "/synonyms/0"),
        (named("terms", "x;y"), {}, "/name"),
        (named("terms", "ORDER"), {}, "/name"),
        (named("terms", "x"), {"descriptoin": "typo"}, "/descriptoin"),
        (named("terms", "x"), {"name": "y"}, "/name"),
        (named("terms", "x" * 301), {}, "/name"),
        (named("domains", "a//b"), {}, "/name"),
        (named("products", "x"), {"freshness": "soon"}, "/freshness"),
        (named("properties", "x"), {"type": "choice"}, "/choices"),
        (named("properties", "x"), {"pattern": "("}, "/pattern"),
        (named("properties", "x"), {"appliesTo": ["moon"]}, "/appliesTo"),
        (named("properties", "x"), {"type": "colour"}, "/type"),
        (named("properties", "x"), [], ""),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(path, body, pointer, admin, words):
    answer = admin.put(path, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "value_invalid")
    told = answer.json()["pointer"]
    assert told.startswith(pointer)
    assert pointer or told == ""


def test_only_who_may_defines(viewer, steward, stranger, admin, words):
    for path in (named("terms", "mine"), named("properties", "mine")):
        for who in (viewer, steward, stranger):
            assert who.put(path, {}).status_code == 403
            assert who.delete(path).status_code == 403
    assert stranger.get("domains").status_code == 403


def test_paging_goes_by_name(admin, words):
    for name in ("c", "a", "b"):
        admin.put(named("products", name), {})
    told = admin.get("products", limit=2, offset=1).json()

    assert [p["name"] for p in told["products"]] == ["a", "b"]
    assert told["totalCount"] == 4
    assert admin.get("products", limit="x").status_code == 400


def test_a_product_promises(admin, words):
    told = admin.get(named("products", "Order book")).json()

    assert (told["freshness"], told["freshnessSeconds"]) == ("24 hours", 86_400)
