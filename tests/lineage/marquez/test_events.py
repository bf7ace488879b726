"""The events that a Marquez database holds come over, each once."""

import csv
import json

import psycopg
import pytest

from catalog.models import Change, Job, Namespace, Tag
from lineage.marquez import queries
from lineage.marquez.database import opened
from lineage.models import Event
from tests.lineage.marquez.importing import (
    WHY,
    an_event,
    counts,
    findings,
    get,
    made_events,
    run,
)
from tests.lineage.projection import happenings

pytestmark = pytest.mark.django_db(transaction=True)


def test_events_come_over_once(marquez):
    for number in range(3):
        marquez.event(an_event(number))
    marquez.event(an_event(0))  # Marquez keeps what is sent twice
    marquez.event(happenings.declared(5, "sum", reads=["orders"]))
    marquez.event(happenings.described(6, "orders", schema=happenings.schema("id")))

    said, fault = run(marquez.url)
    assert (counts(said)["lineage_events"], fault) == ((6, 5, 1, 0), "")
    said, fault = run(marquez.url)

    assert (counts(said)["lineage_events"], fault) == ((6, 0, 6, 0), "")
    assert Event.objects.count() == 5
    assert made_events().count() == 0
    assert {job.name for job in Job.objects.unrestricted(WHY)} == {"load", "sum"}


def test_a_refused_event_is_told_with_its_place_and_costs_no_other(marquez, tmp_path):
    marquez.event(an_event(1))
    unnamed = json.loads(an_event(2))
    unnamed["job"]["name"] = "x" * 3000
    marquez.event(unnamed)
    for broken in ("null", '"text"', "[]", "{}", '{"eventTime": 7}'):
        marquez.execute(
            "INSERT INTO lineage_events (event_time, event) VALUES (now(), %s)", broken
        )
    marquez.execute("INSERT INTO lineage_events (event) VALUES (NULL)")
    marquez.execute(
        "INSERT INTO lineage_events (event_time, event) VALUES ('infinity', '{}')"
    )
    path = tmp_path / "findings.jsonl"

    said, fault = run(marquez.url, "--report", str(path))

    assert counts(said)["lineage_events"] == (9, 1, 0, 8)
    assert fault.startswith("8 refused")
    told = findings(path)
    assert {each["outcome"] for each in told} == {"refused"}
    [long] = [each for each in told if each["code"] == "identity_too_long"]
    assert long["pointer"] == "/job/name"
    assert "2026-05-04 00:02:00" in long["place"]
    assert Event.objects.count() == 1


def test_an_emoji_in_a_namespace_is_no_reason_to_refuse(marquez):
    event = json.loads(an_event(1))
    event["outputs"][0]["namespace"] = "🦆://pond"
    marquez.event(event)

    assert run(marquez.url)[1] == ""
    assert get("namespaces/%F0%9F%A6%86%3A%2F%2Fpond/datasets/orders")


def test_a_trial_changes_nothing_and_counts_the_same(marquez, tmp_path):
    marquez.event(an_event(1))
    marquez.event({})
    marquez.dataset("data", "by hand")
    marquez.namespace("data")
    marquez.tag("pii")
    path = tmp_path / "findings.csv"

    said, fault = run(marquez.url, "--dry-run", "--report", str(path))

    assert counts(said)["lineage_events"] == (2, 1, 0, 1)
    assert counts(said)["datasets"] == (1, 1, 0, 0)
    assert counts(said)["tags"] == (1, 1, 0, 0)
    assert "would be new" in said
    assert "1 refused" in fault
    with path.open() as file:
        [row] = csv.DictReader(file)
    assert row["what"] == "lineage_events"
    assert not Event.objects.exists()
    assert not Namespace.objects.unrestricted(WHY).exists()
    assert not Tag.objects.exists()
    assert not Change.objects.exists()


def test_since_leaves_out_what_is_older(marquez):
    marquez.event(an_event(1))
    marquez.event(an_event(60))
    marquez.job("jobs", "old")
    marquez.run("jobs", "old", "ancient", current_run_state="COMPLETED")

    said, fault = run(marquez.url, "--since", "2026-05-04T01:00:00Z")

    assert (counts(said)["lineage_events"], fault) == ((1, 1, 0, 0), "")
    assert "runs" not in counts(said)
    assert "that is no time" in run(marquez.url, "--since", "yesterday")[1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DROP TABLE column_lineage", "table column_lineage is missing"),
        (
            "ALTER TABLE jobs DROP COLUMN is_hidden",
            "table jobs has no column is_hidden",
        ),
        ("DROP SCHEMA public CASCADE", "holds no table of Marquez"),
    ],
)
def test_another_schema_is_told_by_table_and_column(marquez, change, told):
    marquez.event(an_event(1))
    marquez.execute(change)

    fault = run(marquez.url)[1]

    assert told in fault
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:s3cret@127.0.0.1:1/marquez", "mysql://u:s3cret@h/d", "s3cret;"],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(url):
    fault = run(url)[1]

    assert fault
    assert "s3cret" not in fault


def test_the_report_has_a_form_and_a_place(marquez, tmp_path):
    assert ".csv or .jsonl" in run(marquez.url, "--report", "findings.txt")[1]
    assert "No such file" in run(marquez.url, "--report", f"{tmp_path}/no/where.csv")[1]


def test_marquez_is_only_read(marquez):
    """The transaction may not write, and the snapshot is one."""
    with opened(marquez.url) as snapshot:
        marquez.event(an_event(1))
        assert snapshot.number(queries.COUNT_EVENTS, since=None) == 0
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            snapshot.connection.execute("DELETE FROM lineage_events")
        snapshot.connection.rollback()
