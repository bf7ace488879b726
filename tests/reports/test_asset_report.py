"""What a report about a dataset or job tells, and what it keeps to itself."""

import hashlib
import io
import json
import zipfile

import pytest

from catalog.curation.kinds import Written, kind_named
from catalog.curation.subjects import Subject
from catalog.models import Change, Domain, Namespace, Tag
from catalog.services import Saying, changing, say
from catalog.services.entries import define_entry
from lineage.manual import Drawn, End
from lineage.services.manual import declare_edges
from policies.models import JournalEntry
from tests.reports import world

pytestmark = pytest.mark.usefixtures("shop")


def declare(kind, subject, value, detail="", *, actor):
    fields = kind_named(kind).fields_of(subject, Written(value, detail, by=actor))
    saying = Saying(kind_named(kind), subject, fields)
    say([saying], actor=actor, via=Change.Via.PAGE)


def define(model, name):
    with changing(actor=None, via=Change.Via.PAGE) as making:
        define_entry(making, model, {"name": name})


def test_it_tells_who_makes_a_dataset_of_what_and_what_is_made_of_it(as_admin):
    told = as_admin.told(as_admin.made())

    upstream = {(row["kind"], row["name"]): row for row in told["upstream"]}
    assert set(upstream) == {
        ("job", "load"),
        ("dataset", "raw.orders"),
        ("dataset", world.SECRET),
        ("job", "pay"),
    }
    assert upstream["dataset", "raw.orders"]["hops"] == 2
    assert upstream["dataset", "raw.orders"]["is_source"] is True
    assert upstream["dataset", world.SECRET]["is_source"] is False
    assert upstream["dataset", "raw.orders"]["path"] == (
        "raw.orders → load → shop.orders"
    )
    assert {row["name"] for row in told["downstream"]} == {
        "mart",
        "pay",
        "test",
        "mart.sales",
        world.SECRET,
        "load",
    }


def test_it_tells_of_the_columns_in_force_at_the_end_of_the_period(as_admin):
    now = as_admin.told(as_admin.made())["columns"]
    before = as_admin.told(as_admin.made(to="2026-03-02"))["columns"]

    assert [row["column"] for row in now] == ["id", "=total", "顧客"]
    assert now[0]["tags_of_producers"] == "pii"
    assert now[0]["description_of_producers"] == "Number of the order"
    assert [row["column"] for row in before] == ["id", "=total"]


def test_it_tells_of_the_runs_and_checks_of_the_period_alone(as_admin):
    report = as_admin.made()
    told = as_admin.told(report)
    early = as_admin.told(as_admin.made(to="2026-03-02"))

    by_state = {row["what"]: row["is"] for row in told["runs-by-state"]}
    assert by_state == {"Runs": 6, "Completed": 5, "Failed": 1}
    [failed] = [row for row in told["runs"] if row["state"] == "failed"]
    assert failed["error"] == "=boom()"
    assert failed["did"] == "read"
    assert failed["seconds"] == 60
    assert [(r["check"], r["outcome"]) for r in told["checks"]] == [
        ("=positive()", "fail"),
        ("not_null", "pass"),
    ]
    assert {r["what"]: r["is"] for r in told["checks-by-outcome"]} == {
        "fail": 1,
        "pass": 1,
    }
    assert len(early["runs"]) == 1
    assert early["checks"] == []


def test_it_tells_what_changed_in_the_schema(as_admin):
    changes = as_admin.told(as_admin.made())["changes"]

    assert [(r["version"], r["change"], r["what"]) for r in changes] == [
        (1, "first definition", ""),
        (2, "column added", "顧客"),
        (2, "type changed", "=total"),
    ]


def test_a_job_is_told_of_with_its_code(as_admin):
    report = as_admin.made("job", "load", world.FLOWS)
    told = as_admin.told(report)

    code = {row["what"]: row["is"] for row in told["code"]}
    assert code["SQL"] == "select secret_sql from raw.orders"
    assert {row["name"] for row in told["upstream"] if row["hops"] == 1} == {
        "raw.orders",
        world.SECRET,
    }
    assert told["runs-by-state"][0]["is"] == 2


def test_what_nobody_declared_is_said_to_be_missing(as_admin):
    compliance = as_admin.told(as_admin.made())["compliance"]

    assert len(compliance) == 9
    assert {row["declaration"] for row in compliance} == {"Declaration missing"}


def test_the_nearest_declaration_holds_and_says_where_it_is_from(as_admin, admin):
    define(Domain, "Sales")
    space = Namespace.objects.unrestricted("test").get(name=world.OPEN)
    orders = Subject("dataset", world.dataset())
    sales = Subject("domain", Domain.objects.get(name="Sales"))
    declare("domain", Subject("namespace", space), "Sales", actor=admin)
    declare("purpose", sales, "Selling", actor=admin)
    declare("controller", sales, "Headquarters", actor=admin)
    declare("purpose", Subject("namespace", space), "Keeping", actor=admin)
    declare("retention", orders, "7 years", actor=admin)

    rows = as_admin.told(as_admin.made())["compliance"]

    told = {row["aspect"]: (row["declaration"], row["on"]) for row in rows}
    assert told["Purpose"] == ("Keeping", f"namespace {world.OPEN}")
    assert told["Controller"] == ("Headquarters", "domain Sales")
    assert told["Retention period"] == ("P7Y", "itself")
    assert told["Recipients"][0] == "Declaration missing"


def test_people_and_producers_are_kept_apart(as_admin, admin):
    define(Tag, "PII")
    orders = Subject("dataset", world.dataset())
    declare("owner", orders, "ada", "business", actor=admin)
    declare("tag", orders, "PII", actor=admin)
    declare("tier", orders, "1", actor=admin)
    declare("ticket", orders, "OPS-12", "https://tickets.example/OPS-12", actor=admin)
    declare("description", orders, "What was *sold*.", actor=admin)
    declare("tag", Subject("dataset", orders.row, "id"), "PII", actor=admin)

    told = as_admin.told(as_admin.made())

    owners = [(r["owner"], r["kind"], r["said_by"]) for r in told["owners"]]
    assert owners == [
        ("Ada de Wit", "business", "people"),
        ("team:shop", "", "producers"),
    ]
    said = {(r["what"], r["is"], r["said_by"]) for r in told["governance"]}
    assert said == {
        ("Tag", "PII", "people"),
        ("Tier", "1", "people"),
        ("Tag", "gold (from dbt)", "producers"),
    }
    assert [r["ticket"] for r in told["tickets"]] == ["OPS-12"]
    assert {r["what"]: r["is"] for r in told["description"]} == {
        "As people describe it": "What was *sold*.",
        "As producers describe it": "Orders, as told.",
    }
    assert told["columns"][0]["tags"] == "PII"


def test_it_tells_what_had_been_declared_by_the_recorded_time(as_admin, admin):
    orders = Subject("dataset", world.dataset())
    declare("tier", orders, "1", actor=admin)
    first = as_admin.made()
    declare("tier", orders, "2", actor=admin)
    before = as_admin.made(recordedAt=first.recorded_at.isoformat())
    now = as_admin.made()

    def tiers(report):
        rows = as_admin.told(report)["governance"]
        return [row["is"] for row in rows if row["what"] == "Tier"]

    assert (tiers(first), tiers(before), tiers(now)) == (["1"], ["1"], ["2"])


def test_the_same_two_times_make_the_same_data(as_admin, admin):
    first = as_admin.made()
    declare("tier", Subject("dataset", world.dataset()), "2", actor=admin)
    same = {"recordedAt": first.recorded_at.isoformat()}
    again = as_admin.made(**same)

    assert first.data_sha256 == again.data_sha256
    assert first.manifest["recordedTime"]["isExact"] is True
    assert again.manifest["recordedTime"]["isExact"] is True
    assert as_admin.file(first, "report-csv.zip") != b""
    assert first.public_id != again.public_id


def test_newer_events_are_owned_up_to(as_admin):
    first = as_admin.made()
    world.run("load", "09T03", outputs=[world.thing(world.ORDERS)])
    again = as_admin.made(recordedAt=first.recorded_at.isoformat())

    assert again.manifest["recordedTime"]["isExact"] is False
    # The run itself had not been recorded, and so is not told of.
    assert len(as_admin.told(again)["runs"]) == len(as_admin.told(first)["runs"])


def draw(source, target, *, actor):
    """Somebody declares that data flows from one dataset to another."""
    edge = Drawn(End(source), End(target), "by hand")
    declare_edges([edge], actor=actor, via=Change.Via.PAGE)


def test_a_step_that_people_declare_says_so(as_admin, admin):
    world.run("import", "01T03", outputs=[world.thing("spreadsheet")])
    draw(world.dataset("spreadsheet"), world.dataset("raw.orders"), actor=admin)

    upstream = {r["name"]: r for r in as_admin.told(as_admin.made())["upstream"]}

    assert upstream["spreadsheet"]["path"] == (
        "spreadsheet → (declared) → raw.orders → load → shop.orders"
    )
    assert upstream["raw.orders"]["is_source"] is False
    assert upstream["import"]["hops"] == 4


def test_lineage_that_people_declare_later_is_owned_up_to(as_admin, admin):
    first = as_admin.made()
    draw(world.dataset("mart.sales"), world.dataset("raw.orders"), actor=admin)
    again = as_admin.made(recordedAt=first.recorded_at.isoformat())

    assert first.manifest["recordedTime"]["isExact"] is True
    assert again.manifest["recordedTime"]["isExact"] is False


def test_what_is_closed_to_the_requester_is_counted_and_never_named(as_steward):
    report = as_steward.made()

    everything = as_steward.everything(report)
    assert world.SECRET.encode() not in everything
    assert b"closed://" not in everything
    assert world.ORDERS.encode() in everything
    assert report.manifest["counts"]["placesWithheld"] == 2
    assert "withheld" in as_steward.notes(report)["upstream"]
    paths = [row["path"] for row in as_steward.told(report)["upstream"]]
    assert "pay → (withheld) → load → shop.orders" in paths


def test_the_trail_is_for_those_who_read_the_journal(as_steward, as_auditor, admin):
    declare("tier", Subject("dataset", world.dataset()), "1", actor=admin)
    told, notes = {}, {}
    for asker in (as_steward, as_auditor):
        report = asker.made(to="")
        told[asker], notes[asker] = asker.told(report), asker.notes(report)

    assert told[as_steward]["trail"] == []
    assert "journal.view" in notes[as_steward]["trail"]
    acts = {row["act"]: row["actor"] for row in told[as_auditor]["trail"]}
    assert acts["Attribute set"] == "Ada de Wit"


def test_the_manifest_has_the_digest_of_each_file_and_is_journaled(as_admin):
    report = as_admin.made()
    manifest = json.loads(as_admin.file(report, "manifest.json"))

    assert {file["name"] for file in manifest["files"]} == {
        "report.pdf",
        "report.xlsx",
        "report-csv.zip",
        "report.json",
    }
    bundle = zipfile.ZipFile(io.BytesIO(as_admin.file(report, "report.zip")))
    for file in manifest["files"]:
        body = as_admin.file(report, file["name"])
        assert hashlib.sha256(body).hexdigest() == file["sha256"]
        assert len(body) == file["sizeBytes"]
        assert bundle.read(file["name"]) == body
    assert json.loads(bundle.read("manifest.json")) == manifest
    assert manifest["parameters"]["asset"]["name"] == world.ORDERS
    assert manifest["counts"]["eventsReceived"] == 12
    assert manifest["counts"]["runsWithoutEnd"] == 0
    finished = JournalEntry.objects.get(act="report.finished")
    assert finished.changes["data_sha256"] == report.data_sha256
    digest = hashlib.sha256(bundle.read("manifest.json")).hexdigest()
    assert finished.changes["manifest_sha256"] == digest


def test_the_data_digest_can_be_made_again_from_the_json(as_admin):
    """As docs/reports.md says: who has the file needs no server."""
    report = as_admin.made()
    body = json.loads(as_admin.file(report, "report.json"))
    digest = hashlib.sha256()
    for section in body["sections"]:
        rows = section.pop("rows")
        section.pop("rowCount")
        for line in (section, *rows):
            text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
            digest.update(f"{text}\n".encode())

    assert digest.hexdigest() == body["dataSha256"] == report.data_sha256


def test_names_of_any_kind_come_through_in_every_format(as_admin):
    world.make_odd_things()
    report = as_admin.made()

    names = {row["name"] for row in as_admin.told(report)["downstream"]}
    assert set(world.HOSTILE) - names == set()
    assert as_admin.file(report, "report.pdf").startswith(b"%PDF-")
