"""What was changed, told and undone at the API."""

from uuid import uuid4

import pytest

from catalog.models import Change
from tests.catalog.api.conftest import ORDERS, SECRET, SHOP, said

TIER = {**ORDERS, "aspect": "tier", "value": "1"}
HIDDEN = {**SECRET, "aspect": "tier", "value": "2"}


@pytest.fixture
def mixed(admin):
    """A change of what the steward sees, and of what they do not."""
    return admin.declare(TIER, HIDDEN).json()["change"]


def test_a_change_is_told_and_undone(steward):
    change = steward.declare(TIER).json()["change"]
    told = steward.get(f"changes/{change}").json()

    assert (told["by"], told["summary"]) == ("steward", "Tier: 1 set.")
    [line] = told["lines"]
    assert (line["what"], line["before"], line["after"]) == ("tier", "", "1")
    undo = steward.post(f"changes/{change}/undo", {"reason": "a slip"}).json()
    assert steward.curation(ORDERS)["own"] == []
    assert steward.get(f"changes/{change}").json()["undoneBy"] == undo["change"]
    undone = steward.get(f"changes/{undo['change']}").json()
    assert (undone["undoes"], undone["reason"]) == (change, "a slip")


def test_what_was_changed_since_is_not_undone(steward):
    first = steward.declare(TIER).json()["change"]
    steward.declare({**TIER, "value": "2"})
    refused = steward.post(f"changes/{first}/undo")

    assert (refused.status_code, refused.json()["code"]) == (409, "change_superseded")
    assert "Undo that one first" in refused.json()["detail"]
    assert [said(each) for each in steward.curation(ORDERS)["own"]] == [
        ("tier", "2", "")
    ]


def test_a_change_is_undone_once(steward):
    change = steward.declare(TIER).json()["change"]
    steward.post(f"changes/{change}/undo")
    again = steward.post(f"changes/{change}/undo")

    assert (again.status_code, again.json()["code"]) == (409, "change_undone")


def test_what_a_reader_may_not_see_is_neither_named_nor_counted(steward, mixed, admin):
    answer = steward.get(f"changes/{mixed}")
    told = answer.json()

    assert [line["about"] for line in told["lines"]] == [f"{SHOP}:shop/orders"]
    assert (told["summary"], "withheld" in told) == ("Tier: 1 set.", False)
    assert admin.get(f"changes/{mixed}").json()["summary"] == "Tier: 2 set."
    assert "secret" not in answer.content.decode()
    assert "you may not change" in told["whyNotUndone"]


def test_a_change_is_undone_by_who_has_every_right(steward, viewer, admin, mixed):
    for who in (steward, viewer):
        assert who.post(f"changes/{mixed}/undo").status_code == 403
    assert admin.post(f"changes/{mixed}/undo").status_code == 200


def test_a_change_of_what_is_hidden_is_not_there(steward, admin, stranger):
    hidden = admin.declare(HIDDEN).json()["change"]

    assert steward.get(f"changes/{hidden}").status_code == 404
    assert steward.post(f"changes/{hidden}/undo").status_code == 404
    assert steward.get("changes").json()["changes"] == []
    assert stranger.get("changes").status_code == 403
    assert steward.get(f"changes/{uuid4()}").status_code == 404


def test_changes_are_filtered(admin, steward):
    admin.declare(HIDDEN)
    steward.declare(TIER)
    steward.declare({**TIER, "value": "3"})

    def found(**query):
        return [c["by"] for c in admin.get("changes", **query).json()["changes"]]

    assert found() == ["steward", "steward", "admin"]
    assert found(actor="Steward") == ["steward", "steward"]
    assert found(via="api") == ["steward", "steward", "admin"]
    assert found(via="csv") == []
    assert found(**SECRET) == ["admin"]
    latest = Change.objects.latest("recorded_at").recorded_at.isoformat()
    assert found(since=latest) == ["steward"]
    assert found(until=latest) == ["steward", "admin"]


def test_a_list_goes_on_where_it_ended(admin):
    for number in range(60):
        admin.declare({**TIER, "value": str(1 + number % 5)})
    first = admin.get("changes").json()
    rest = admin.get("changes", after=first["next"]).json()

    assert (len(first["changes"]), len(rest["changes"])) == (50, 10)
    assert rest["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"via": "pigeon"},
        {"since": "soon"},
        {"after": "-1"},
        {"kind": "table", "name": "x"},
        {"actor": "a\0"},
        {"kind": "dataset", "name": "\0"},
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(query, steward):
    assert steward.get("changes", **query).status_code == 400
