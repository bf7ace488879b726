"""Statements and words as files: taken in, tried, given out, taken in again."""

import csv
import io
import json

import pytest

from catalog.models import Change, Dataset, Domain, TagAssignment
from policies.models import JournalEntry
from tests.catalog.api.conftest import ORDERS, SHOP, said
from tests.factories import make_dataset

HEADER = "kind,namespace,name,column,aspect,value,detail,action,reason\n"
ABOUT = f"dataset,{SHOP},shop/orders"
GOOD = f"{HEADER}{ABOUT},,tier,1,,,\n{ABOUT},email,tag,PII.email,,,\n"


def outcomes(answer):
    return [(line["line"], line["outcome"]) for line in answer["lines"]]


def test_a_file_is_taken_in_as_one_change(steward, words):
    answer = steward.send_file(GOOD, reason="the spring clean").json()

    assert answer["counts"] == {"new": 2}
    change = steward.get(f"changes/{answer['change']}").json()
    assert (change["via"], change["reason"]) == ("csv", "the spring clean")
    assert [said(each) for each in steward.curation(ORDERS)["own"]] == [
        ("tier", "1", "")
    ]
    assert steward.post(f"changes/{answer['change']}/undo").status_code == 200
    assert steward.curation(ORDERS)["own"] == []


def test_a_form_will_do_too(steward, words):
    part = io.BytesIO(GOOD.encode())
    part.name = "statements.csv"
    answer = steward.client.post(
        "/api/v1/curation/import", {"file": part}, headers=steward.headers
    )

    assert answer.json()["counts"] == {"new": 2}


def test_a_dry_run_says_line_by_line_and_changes_nothing(steward, words):
    steward.send_file(f"{HEADER}{ABOUT},,tier,3,,,\n{ABOUT},,environment,test,,,\n")
    before = Change.objects.count()
    answer = steward.send_file(
        f"{GOOD}{ABOUT},,environment,test,,,\n{ABOUT},,tier,no,,,\n"
        f"{ABOUT},,owner,nobody-here,,,\ndataset,vault,secret_salaries,,tier,1,,,\n"
        f"{ABOUT},,environment,,,remove,\n",
        dryRun="true",
    ).json()

    assert outcomes(answer) == [
        (5, "refused"),
        (6, "refused"),
        (7, "refused"),
        (2, "replaced"),
        (3, "new"),
        (4, "overridden"),
        (8, "removed"),
    ]
    assert answer["lines"][0]["column"] == "value"
    assert "group:NAME" in answer["lines"][1]["detail"]
    assert "none that you may see" in answer["lines"][2]["detail"]
    assert Change.objects.count() == before


def test_with_a_fault_nothing_is_taken_in_or_what_can_be(steward, words):
    faulty = f"{GOOD}{ABOUT},,tier,0,,,\n"
    refused = steward.send_file(faulty)

    assert (refused.status_code, refused.json()["code"]) == (422, "lines_refused")
    assert "Line 4" in refused.json()["detail"]
    assert not TagAssignment.objects.exists()
    assert steward.send_file(faulty, partial="true").json()["counts"] == {
        "new": 2,
        "refused": 1,
    }


def test_reasons_of_lines_are_the_reason_of_the_change(steward):
    text = (
        f"{HEADER}{ABOUT},,tier,1,,,Audit\n{ABOUT},,environment,test,,,Audit\n"
        f"{ABOUT},,purpose,Selling.,,,Law\n"
    )
    change = steward.send_file(text).json()["change"]

    assert steward.get(f"changes/{change}").json()["reason"] == "Audit; Law"


def test_words_are_taken_in_and_stand_on_each_other(admin, viewer):
    domains = "domain;description\nSales/Web;On the web\nSales/Shop;\n"
    terms = (
        "term,description,synonyms,related,domain\n"
        'Order,Bought,"sale; purchase",,Sales/Web\nBasket,Before,,Order,Sales\n'
    )

    tried = admin.send_file(domains, dryRun="true").json()
    assert tried["counts"] == {"new": 2}
    assert not Domain.objects.exists()
    assert admin.send_file(domains).json()["counts"] == {"new": 2}
    assert admin.send_file(terms, dryRun="true").json()["counts"] == {"new": 2}
    assert admin.send_file(terms).json()["counts"] == {"new": 2}
    assert admin.send_file(terms).json()["counts"] == {"unchanged": 2}
    assert viewer.get("terms/Basket").json()["related"] == ["Order"]
    gone = admin.send_file("domain,description,action\nSales/Shop,,remove\n").json()
    assert gone["counts"] == {"removed": 1}


def test_who_may_not_define_words_is_refused_line_by_line(steward):
    refused = steward.send_file("tag,description\nPII,\n", dryRun="true").json()

    assert refused["counts"] == {"refused": 1}
    assert "glossary.edit" in refused["lines"][0]["detail"]


def test_what_is_given_out_is_taken_in_again(steward, admin, viewer, words):
    text = "=cmd()\n\"quoted\", '=guarded' and ; parted"
    make_dataset(SHOP, "successor")
    done = steward.declare(
        {**ORDERS, "aspect": "description", "value": text},
        {**ORDERS, "aspect": "description", "value": "'=x", "column": "id"},
        {**ORDERS, "aspect": "owner", "value": "name:-Ops", "detail": "steward"},
        {**ORDERS, "aspect": "property", "value": "1.5", "detail": "sla"},
        {**ORDERS, "aspect": "ticket", "value": "OPS-1", "detail": "https://t.example"},
        {**ORDERS, "aspect": "retention", "value": "7 years"},
        {**ORDERS, "aspect": "tag", "value": "PII.email", "column": "email"},
        {"kind": "namespace", "name": SHOP, "aspect": "tier", "value": "1"},
        {
            **ORDERS, "aspect": "lifecycle", "value": "deprecated",
            "detail": f"{SHOP}:successor",
        },
    )  # fmt: skip
    assert done.status_code == 200, done.content
    given_out = steward.export()

    rows = list(csv.DictReader(io.StringIO(given_out, newline="")))
    assert len(rows) == 9
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    again = steward.send_file(given_out).json()
    assert again["counts"] == {"unchanged": len(rows)}
    assert again["change"] is None
    for each in ("domains", "tags", "terms", "products", "properties"):
        counts = admin.send_file(admin.export(words=each)).json()["counts"]
        assert set(counts) == {"unchanged"}


def test_an_edited_export_changes_what_was_edited(steward, words):
    steward.send_file(GOOD)
    edited = steward.export().replace("tier,1", "tier,2")

    assert steward.send_file(edited).json()["counts"] == {
        "replaced": 1,
        "unchanged": 1,
    }


def test_an_export_holds_what_the_reader_may_see_and_is_journaled(
    steward, neighbour, admin, stranger
):
    steward.declare({**ORDERS, "aspect": "tier", "value": "1"})
    admin.declare(
        {"kind": "dataset", "namespace": "vault", "name": "secret_salaries",
         "aspect": "tier", "value": "2"}
    )  # fmt: skip

    assert "secret" not in steward.export()
    assert "orders" not in neighbour.export()
    assert stranger.get("curation/export").status_code == 403
    told = [json.loads(line) for line in admin.export(format="ndjson").splitlines()]
    assert {each["name"] for each in told} == {"shop/orders", "secret_salaries"}
    assert told[0]["said"]["by"] == "steward"
    entries = JournalEntry.objects.filter(act="curation.exported")
    assert entries.count() == 3


def test_what_is_deleted_is_not_given_out(steward, world):
    steward.declare({**ORDERS, "aspect": "tier", "value": "1"})
    rows = Dataset.objects.unrestricted("test").filter(pk=world["orders"].pk)
    now = rows.values_list("updated_at", flat=True)[0]
    rows.update(hidden_at=now)

    assert steward.export().count("\n") == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "upload_missing"),
        (b"\xff\xfea\0", 400, "csv_unreadable"),
        (b"foo,bar\n", 400, "csv_unreadable"),
        (HEADER.encode(), 200, None),
    ],
)
def test_a_file_that_is_none_is_refused(content, status, code, steward):
    answer = steward.send_file(content)

    assert (answer.status_code, answer.json().get("code")) == (status, code)


def test_a_form_without_a_file_is_refused(steward):
    answer = steward.client.post(
        "/api/v1/curation/import", {"other": "x"}, headers=steward.headers
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "upload_missing")


def test_a_viewer_takes_nothing_in(viewer, stranger):
    assert viewer.send_file(GOOD).status_code == 403
    assert stranger.send_file(GOOD).status_code == 403


def test_an_export_of_no_such_words_is_refused(viewer):
    assert viewer.get("curation/export", words="poems").status_code == 400
    refused = viewer.get("curation/export", words="tags", format="ndjson")
    assert refused.status_code == 400
