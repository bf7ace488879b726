"""What people say of assets, told and said at the API."""

import pytest

from catalog.models import Change, TagAssignment
from policies.models import JournalEntry, Role
from policies.services import grant_role
from tests.catalog.api.conftest import ORDERS, SECRET, SHOP, api_of, said
from tests.factories import make_dataset, make_principal

TIER = {**ORDERS, "aspect": "tier", "value": "1"}
PII = {**ORDERS, "column": "email", "aspect": "tag", "value": "PII.email"}


def test_what_is_said_is_told_with_who_when_and_why(steward, viewer, words):
    answer = steward.declare(TIER, PII)
    told = viewer.curation(ORDERS)

    assert answer.json()["counts"] == {"new": 2}
    assert [said(each) for each in told["own"]] == [("tier", "1", "")]
    assert [said(e) for e in told["columns"]["email"]] == [("tag", "PII.email", "")]
    by = told["own"][0]["said"]
    assert (by["by"], by["reason"], by["via"]) == ("steward", "as it is", "api")
    assert by["change"] == answer.json()["change"]
    assert JournalEntry.objects.filter(act="tag.assigned").count() == 1


def test_saying_it_again_changes_nothing(steward, words):
    steward.declare(TIER, PII)
    again = steward.declare(TIER, PII).json()

    assert again["change"] is None
    assert [r["outcome"] for r in again["results"]] == ["unchanged", "unchanged"]


def test_of_a_batch_with_a_fault_nothing_is_done(steward, words):
    wrong = {**TIER, "value": "0"}
    answer = steward.declare(PII, wrong, {**PII, "column": "emial"})
    problem = answer.json()

    assert answer.status_code == 422
    assert (problem["code"], problem["pointer"]) == (
        "statements_refused",
        "/statements/1/value",
    )
    assert [r["outcome"] for r in problem["results"]] == ["new", "refused", "refused"]
    assert problem["results"][2]["pointer"] == "/statements/2/column"
    assert "1, 2, 3" in problem["results"][1]["detail"]
    assert not TagAssignment.objects.exists()


def test_with_partial_what_can_be_done_is_done(steward, words):
    answer = steward.declare(PII, {**TIER, "value": "0"}, partial="true")

    assert answer.status_code == 200
    assert answer.json()["counts"] == {"new": 1, "refused": 1}
    assert TagAssignment.objects.count() == 1


def test_a_dry_run_tells_what_would_change_and_changes_nothing(steward, words):
    steward.declare({**TIER, "value": "3"})
    before = Change.objects.count()
    told = steward.declare(TIER, PII, {**TIER, "value": "9"}, dryRun="true").json()

    assert told["dryRun"] is True
    assert told["change"] is None
    assert [(r["outcome"], r["before"], r["after"]) for r in told["results"][:2]] == [
        ("replaced", "3", "1"),
        ("new", None, "PII.email"),
    ]
    assert Change.objects.count() == before
    assert not TagAssignment.objects.exists()


def test_what_a_later_statement_overrides_is_told_so(steward):
    told = steward.declare(TIER, {**TIER, "value": "2"}, {**TIER, "value": "2"}).json()

    assert [r["outcome"] for r in told["results"]] == ["overridden", "new", "unchanged"]


@pytest.mark.parametrize(
    ("taken_back", "outcome"),
    [
        ({**TIER, "value": ""}, "removed"),
        ({**TIER, "value": "1"}, "removed"),
        ({**TIER, "value": "2"}, "unchanged"),
        ({**PII, "value": "rare"}, "unchanged"),
        ({**PII, "value": ""}, "removed"),
        ({**PII}, "removed"),
        ({**ORDERS, "aspect": "property", "detail": "sla"}, "removed"),
        ({**ORDERS, "aspect": "property", "detail": "sla", "value": "4"}, "unchanged"),
        ({**ORDERS, "aspect": "property", "detail": "sla", "value": "3.0"}, "removed"),
        ({**ORDERS, "aspect": "retention", "value": "7 years"}, "removed"),
    ],
)
def test_what_is_taken_back_is_what_was_meant(taken_back, outcome, steward, words):
    steward.declare(
        TIER,
        PII,
        {**ORDERS, "aspect": "property", "detail": "sla", "value": "3"},
        {**ORDERS, "aspect": "retention", "value": "P7Y"},
    )
    answer = steward.declare({**taken_back, "action": "remove"}).json()

    assert [r["outcome"] for r in answer["results"]] == [outcome]
    assert (answer["change"] is None) is (outcome == "unchanged")


def test_a_namespace_says_things_for_what_lies_in_it(steward, viewer, words):
    space = {"kind": "namespace", "name": SHOP}
    steward.declare(
        {**space, "aspect": "owner", "value": "name:Ops", "detail": "technical"},
        {**space, "aspect": "purpose", "value": "Selling."},
        {**ORDERS, "aspect": "purpose", "value": "Selling orders."},
    )
    told = viewer.curation(ORDERS)

    assert [said(each) for each in told["own"]] == [("purpose", "Selling orders.", "")]
    [owner] = told["inherited"]
    assert said(owner) == ("owner", "name:Ops", "technical")
    assert owner["inheritedFrom"] == {
        "kind": "namespace",
        "namespace": None,
        "name": SHOP,
    }


def test_the_past_is_told_as_it_was_said(steward, viewer):
    steward.declare(TIER)
    [row] = viewer.curation(ORDERS)["own"]
    steward.declare({**TIER, "value": "5"})
    then = viewer.curation(ORDERS, recordedAt=row["said"]["at"])

    assert [said(each) for each in then["own"]] == [("tier", "1", "")]
    assert then["harvested"] is None
    assert [said(each) for each in viewer.curation(ORDERS)["own"]] == [
        ("tier", "5", "")
    ]


def test_who_may_not_see_an_asset_hears_nothing_of_it(stranger, neighbour, steward):
    steward.declare(TIER)
    told = [who.get("curation", **ORDERS).status_code for who in (stranger, neighbour)]

    assert told == [403, 404]
    refused = neighbour.declare({**TIER, "value": "2"})
    [result] = refused.json()["results"]
    assert (refused.status_code, result["outcome"]) == (422, "refused")
    nothing = neighbour.declare({**TIER, "name": "shop/none", "value": "2"})
    [other] = nothing.json()["results"]
    # The two cannot be told apart.
    assert result["detail"].replace("orders", "none") == other["detail"]


def test_a_viewer_says_nothing(viewer, stranger):
    assert viewer.declare(TIER).status_code == 403
    assert stranger.declare(TIER).status_code == 403
    assert not Change.objects.exists()


def test_who_owns_a_word_is_said_by_those_who_edit_the_glossary(
    steward, admin, viewer, words
):
    owner = {
        "kind": "domain", "name": "Sales", "aspect": "owner",
        "value": "name:Head of sales", "detail": "business",
    }  # fmt: skip

    assert steward.declare(owner).status_code == 422
    assert admin.declare(owner).status_code == 200
    told = viewer.curation({"kind": "domain", "name": "Sales"})
    assert [said(each) for each in told["own"]] == [
        ("owner", "name:Head of sales", "business")
    ]


def test_a_hidden_successor_is_not_told(admin, steward):
    answer = admin.declare(
        {
            **ORDERS, "aspect": "lifecycle", "value": "deprecated",
            "detail": "vault:secret_salaries",
        }
    )  # fmt: skip
    [row] = admin.curation(ORDERS)["own"]
    [seen] = steward.curation(ORDERS)["own"]

    # A successor is of the same namespace or of another one that the writer sees.
    assert row["detail"] == "vault:secret_salaries"
    assert (seen["value"], seen["detail"]) == ("deprecated", "")
    assert "secret" not in steward.export()
    change = f"changes/{answer.json()['change']}"
    assert "secret" not in steward.get(change).content.decode()
    assert "secret" in admin.get(change).content.decode()


def test_any_name_of_a_dataset_will_do(steward, world):
    alias = make_dataset(SHOP, "alias")
    type(alias).objects.unrestricted("test").filter(pk=alias.pk).update(
        canonical=world["orders"]
    )
    steward.declare({**TIER, "name": "alias"})

    assert steward.curation({**ORDERS, "name": "alias"})["name"] == "shop/orders"
    assert [said(each) for each in steward.curation(ORDERS)["own"]] == [
        ("tier", "1", "")
    ]


def test_a_thousand_statements_are_the_most(steward):
    answer = steward.declare(*[TIER] * 1001)

    assert answer.status_code == 400
    assert answer.json()["pointer"] == "/statements"


def test_rights_are_those_of_the_aspect(world, words):
    tagger = make_principal("tagger")
    Role.objects.create(
        name="tagging", description="Tags.", actions=["asset.view", "asset.tag"]
    )
    grant_role(tagger, "tagging", namespace="", actor=None)
    api = api_of(tagger)

    assert api.declare(PII).status_code == 200
    refused = api.declare(TIER)
    assert refused.status_code == 422
    assert "but not change it" in refused.json()["detail"]


def test_a_column_that_no_event_tells_of_is_refused(steward, words):
    refused = steward.declare({**PII, "column": "phone"}).json()

    assert "no column 'phone'" in refused["detail"]
    assert refused["pointer"] == "/statements/0/column"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"kind": "table", "name": "x"}, 400),
        ({"kind": "dataset", "name": ""}, 400),
        ({"kind": "dataset", "name": "a\0b"}, 400),
        ({**ORDERS, "recordedAt": "yesterday"}, 400),
        ({**SECRET}, 404),
        ({"kind": "term", "name": "none"}, 404),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(query, status, steward):
    assert steward.get("curation", **query).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 100_000,
        b'{"statements": "all"}',
        b'{"statements": [1]}',
        b'{"statements": [{"kind": "dataset"}]}',
        b'{"statements": [], "extra": 1}',
        b'{"statements": [{"kind": "\\ud800"}]}',
        b"\xff",
        b"null",
    ],
)
def test_a_body_that_is_none_is_refused(body, steward):
    answer = steward.client.post(
        "/api/v1/curation", body, content_type="application/json",
        headers=steward.headers,
    )  # fmt: skip

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_aspects_say_how_each_is_written(viewer):
    aspects = {a["aspect"]: a for a in viewer.get("curation/aspects").json()["aspects"]}

    assert aspects["tier"]["levels"] == ["namespace", "dataset", "job"]
    assert aspects["tag"]["right"] == "asset.tag"
    assert aspects["description"]["isSingle"] is True
