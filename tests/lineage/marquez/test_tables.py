"""What only the tables of Marquez hold comes over as events that say so."""

import json

import pytest

from catalog.models import Dataset
from lineage.models import Event
from tests.lineage.marquez.importing import (
    WHY,
    an_event,
    counts,
    findings,
    get,
    made_events,
    names_of,
    run,
)
from tests.lineage.marquez_database import moment, named_uuid
from tests.lineage.projection import happenings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def purged_run(marquez):
    """A run whose events retention has deleted, and what is left of it in tables."""
    marquez.dataset("data", "orders")
    marquez.dataset("data", "totals")
    read = marquez.version("data", "orders", 3, ["id", "amount"])
    job = marquez.job("jobs", "sum", description="Adds up.", type="STREAM")
    args = marquez.add(
        "run_args",
        args=json.dumps(
            {"nominal_start_time": "2026-05-04T00:00:00Z", "region": "north"}
        ),
    )
    version = marquez.add(
        "job_versions",
        job_uuid=job,
        version=named_uuid("sum"),
        created_at=moment(4),
        location="https://git.example.org/sum.py",
    )
    parent_job = marquez.job("jobs", "nightly")
    parent = marquez.run("jobs", "nightly", "night")
    assert parent_job
    uuid = marquez.run(
        "jobs",
        "sum",
        "sum 1",
        run_args_uuid=args,
        job_version_uuid=version,
        parent_run_uuid=parent,
        current_run_state="COMPLETED",
    )
    for state, minute in (("NEW", 2), ("RUNNING", 3), ("COMPLETED", 4)):
        marquez.state(uuid, state, minute)
    marquez.add("runs_input_mapping", run_uuid=uuid, dataset_version_uuid=read)
    written = marquez.version("data", "totals", 4, ["total"], run_uuid=uuid)
    marquez.add(
        "column_lineage",
        output_dataset_version_uuid=written,
        output_dataset_field_uuid=marquez.field("data", "totals", "total"),
        input_dataset_version_uuid=read,
        input_dataset_field_uuid=marquez.field("data", "orders", "amount"),
        transformation_type="MASKED",
    )
    for table, facet, more in (
        ("run_facets", {"processing_engine": {"version": "3.5"}}, {}),
        ("job_facets", {"sql": {"query": "SELECT sum(amount)"}}, {}),
        (
            "dataset_facets",
            {"outputStatistics": {"rowCount": 7}},
            {"type": "OUTPUT", "dataset_version_uuid": written},
        ),
    ):
        marquez.add(
            table,
            run_uuid=uuid,
            lineage_event_time=moment(4),
            name=next(iter(facet)),
            facet=facet,
            **more,
        )
    return uuid


def test_a_run_whose_events_are_purged_comes_over_from_the_tables(marquez, purged_run):
    said, fault = run(marquez.url)

    assert fault == ""
    assert counts(said)["runs"] == (1, 3, 0, 0)
    told = get(f"jobs/runs/{purged_run}")
    assert told["state"] == "COMPLETED"
    assert told["startedAt"] == "2026-05-04T00:03:00Z"
    assert told["endedAt"] == "2026-05-04T00:04:00Z"
    assert told["nominalStartTime"].startswith("2026-05-04T00:00:00")
    facets = told["facets"]
    assert facets["processing_engine"]["version"] == "3.5"
    assert facets["executionParameters"]["parameters"][0]["key"] == "region"
    assert facets["parent"]["job"]["name"] == "nightly"
    job = get("namespaces/jobs/jobs/sum")
    assert job["description"] == "Adds up."
    assert job["type"] == "STREAM"
    assert job["location"] == "https://git.example.org/sum.py"
    assert job["inputs"] == [{"namespace": "data", "name": "orders"}]
    assert job["outputs"] == [{"namespace": "data", "name": "totals"}]
    totals = get("namespaces/data/datasets/totals")
    assert [field["name"] for field in totals["fields"]] == ["total"]
    [column] = totals["columnLineage"]
    assert column["inputFields"][0]["field"] == "amount"
    assert column["transformationType"] == "MASKED"


def test_a_dataset_that_was_only_read_is_not_said_to_be_written(marquez, purged_run):
    run(marquez.url)

    told = get("namespaces/data/datasets/orders")
    assert [field["name"] for field in told["fields"]] == ["id", "amount"]
    assert told["lastModifiedAt"] is None
    assert not made_events().filter(kind=Event.Kind.DATASET).exists()


def test_a_run_that_reads_what_put_wrote_takes_nothing_from_it(marquez):
    event = json.loads(
        happenings.event("COMPLETE", 9, "sum", "r", reads=["orders"], writes=[])
    )
    marquez.event(event)
    marquez.job("jobs", "sum")
    current = named_uuid("version", "data", "orders", 1)
    marquez.dataset(
        "data", "orders", description="By hand.", current_version_uuid=current
    )
    marquez.version("data", "orders", 1, ["id"])
    reader = event["run"]["runId"]
    marquez.add("runs", uuid=reader, job_uuid=named_uuid("job", "jobs", "sum"))
    marquez.add("runs_input_mapping", run_uuid=reader, dataset_version_uuid=current)

    assert run(marquez.url)[1] == ""

    told = get("namespaces/data/datasets/orders")
    assert told["description"] == "By hand."
    assert [field["name"] for field in told["fields"]] == ["id"]


def test_what_the_tables_hold_is_known_the_second_time(marquez, purged_run):
    marquez.dataset("data", "by hand", description="Made by PUT.")
    marquez.version("data", "by hand", 1, ["a", "b"])
    marquez.job("jobs", "put", current_inputs=[{"namespace": "data", "name": "orders"}])
    run(marquez.url)
    before = Event.objects.count()
    assert made_events().count() == before

    said, fault = run(marquez.url)

    assert fault == ""
    assert Event.objects.count() == before
    assert all(new == 0 for _, new, _, _ in counts(said).values()), said


def test_a_run_of_which_events_are_left_is_told_by_them_alone(marquez):
    marquez.job("jobs", "load")
    uuid = json.loads(an_event(1))["run"]["runId"]
    marquez.event(an_event(1))
    marquez.add(
        "runs",
        uuid=uuid,
        job_uuid=named_uuid("job", "jobs", "load"),
        current_run_state="FAILED",
        created_at=moment(1),
    )

    run(marquez.url)

    assert get(f"jobs/runs/{uuid}")["state"] == "COMPLETED"
    assert not made_events().exists()


def test_a_run_that_exists_as_a_parent_alone_is_not_made_up(marquez):
    """Marquez puts it into the namespace of its child, with the child's state."""
    marquez.job("jobs", "dag")
    parent = marquez.run("jobs", "dag", "dag run", current_run_state="RUNNING")
    child = json.loads(an_event(1))
    marquez.event(child)
    marquez.job("jobs", "load", parent_job_uuid=named_uuid("job", "jobs", "dag"))
    marquez.add(
        "runs",
        uuid=child["run"]["runId"],
        job_uuid=named_uuid("job", "jobs", "load"),
        parent_run_uuid=parent,
        created_at=moment(1),
    )

    run(marquez.url)

    assert not made_events().exists()


def test_runs_in_every_state_keep_it(marquez):
    marquez.job("jobs", "j")
    states = ("NEW", "RUNNING", "COMPLETED", "FAILED", "ABORTED")
    runs = {}
    for state in states:
        runs[state] = marquez.run(
            "jobs", "j", state, current_run_state=state,
            started_at=None if state == "NEW" else moment(1),
            ended_at=moment(2) if state in states[2:] else None,
        )  # fmt: skip

    assert run(marquez.url)[1] == ""

    told = {s: get(f"jobs/runs/{uuid}")["state"] for s, uuid in runs.items()}
    assert told == {state: state for state in states}


def test_a_dataset_written_by_put_has_its_schema_source_and_description(marquez):
    source = marquez.add(
        "sources",
        type="POSTGRESQL",
        name="warehouse",
        connection_url="jdbc:postgresql://u:s3cret@db:5432/shop?password=s3cret",
    )
    uuid = marquez.dataset(
        "data",
        "orders",
        source_uuid=source,
        description="What was ordered.",
        physical_name="public.orders",
        type="STREAM",
        current_version_uuid=named_uuid("version", "data", "orders", 5),
    )
    assert uuid
    marquez.version("data", "orders", 1, ["id"])
    version = marquez.version(
        "data", "orders", 5, ["id", "amount"], lifecycle_state="ALTER"
    )
    place = "https://registry.example.org/orders/2"
    marquez.add("stream_versions", dataset_version_uuid=version, schema_location=place)

    assert run(marquez.url)[1] == ""

    told = get("namespaces/data/datasets/orders")
    assert told["type"] == "STREAM"
    assert told["description"] == "What was ordered."
    assert told["sourceName"] == "warehouse"
    assert told["physicalName"] == "public.orders"
    assert told["facets"]["headwater_declared"]["schemaLocation"] == place
    assert told["lastLifecycleState"] == "ALTER"
    assert [field["name"] for field in told["fields"]] == ["id", "amount"]
    assert "s3cret" not in json.dumps(told)
    versions = get("namespaces/data/datasets/orders/versions")
    assert versions["totalCount"] == 2


def test_a_job_written_by_put_declares_its_inputs(marquez):
    marquez.dataset("data", "orders")
    marquez.job(
        "jobs",
        "put",
        description="By hand.",
        current_location="https://u:s3cret@git.example.org/put",
        current_inputs=[{"namespace": "data", "name": "orders"}],
    )

    assert run(marquez.url)[1] == ""

    told = get("namespaces/jobs/jobs/put")
    assert told["inputs"] == [{"namespace": "data", "name": "orders"}]
    assert told["description"] == "By hand."
    assert told["latestRun"] is None
    assert "s3cret" not in json.dumps(told)


def test_a_job_version_whose_run_is_purged_is_declared(marquez):
    job = marquez.job("jobs", "sum")
    version = marquez.add(
        "job_versions", job_uuid=job, version=named_uuid("v"), created_at=moment(1)
    )
    for name, io_type in (("orders", "INPUT"), ("totals", "OUTPUT")):
        marquez.add(
            "job_versions_io_mapping",
            job_version_uuid=version,
            dataset_uuid=marquez.dataset("data", name),
            io_type=io_type,
        )

    assert run(marquez.url)[1] == ""

    told = get("namespaces/jobs/jobs/sum")
    assert told["inputs"] == [{"namespace": "data", "name": "orders"}]
    assert told["outputs"] == [{"namespace": "data", "name": "totals"}]


def test_what_events_tell_of_is_not_told_again(marquez):
    """Declared jobs and described datasets have versions in Marquez without a run."""
    marquez.event(happenings.described(1, "orders", schema=happenings.schema("id")))
    marquez.dataset("data", "orders")
    marquez.version("data", "orders", 1, ["id"])
    marquez.event(happenings.declared(2, "sum", reads=["orders"]))
    job = marquez.job("jobs", "sum")
    marquez.add(
        "job_versions", job_uuid=job, version=named_uuid("v"), created_at=moment(2)
    )

    assert run(marquez.url)[1] == ""

    assert not made_events().exists()


def test_aliases_that_no_event_tells_of_come_over(marquez):
    marquez.event(an_event(1))
    uuid = marquez.dataset("data", "orders")
    marquez.version("data", "orders", 1, run_uuid=named_uuid("gone"))
    marquez.add(
        "dataset_symlinks",
        dataset_uuid=uuid,
        namespace_uuid=marquez.namespace("hive://metastore"),
        name="shop.orders",
        type="TABLE",
        created_at=moment(2),
    )

    said, fault = run(marquez.url)
    assert (counts(said)["dataset_symlinks"], fault) == ((1, 1, 0, 0), "")
    alias = Dataset.objects.unrestricted(WHY).get(name="shop.orders")
    assert alias.canonical.name == "orders"

    assert counts(run(marquez.url)[0])["dataset_symlinks"] == (1, 0, 1, 0)


def test_what_is_hidden_is_hidden_until_there_is_news(marquez):
    marquez.event(an_event(1, "gone", "gone"))
    marquez.event(an_event(2, "kept", "kept"))
    marquez.dataset("data", "gone", is_hidden=True)
    marquez.job("jobs", "gone", is_hidden=True)
    marquez.dataset("data", "never", is_hidden=True)

    run(marquez.url)

    assert names_of("datasets", "data") == ["kept"]
    assert names_of("jobs", "jobs") == ["kept"]
    marquez.event(an_event(3, "gone", "gone"))
    run(marquez.url)
    assert names_of("datasets", "data") == ["gone", "kept"]
    assert names_of("jobs", "jobs") == ["gone", "kept"]


def test_a_hidden_namespace_hides_what_is_in_it(marquez):
    marquez.event(an_event(1))
    marquez.namespace("jobs", is_hidden=True)

    run(marquez.url)

    [jobs] = [n for n in get("namespaces")["namespaces"] if n["name"] == "jobs"]
    assert jobs["isHidden"]
    assert names_of("jobs", "jobs") == []
    assert names_of("datasets", "data") == ["orders"]


def test_hostile_rows_are_told_one_by_one(marquez, tmp_path):
    """Nothing that a column may hold ends the import."""
    marquez.event(an_event(1))
    marquez.dataset("data", "x" * 5000)
    marquez.dataset(" ", "blank")
    marquez.dataset("data", "torn", description="\ud7ff")
    marquez.version("data", "torn", 1, fields='"no list"')
    marquez.version("data", "torn", 2, fields=[{"type": "without a name"}])
    marquez.version("data", "torn", 3, fields=[7])
    marquez.version("data", "torn", 4, fields=None, lifecycle_state="MELT")
    marquez.job("jobs", "nulls", type="", simple_name=None, created_at=None)
    marquez.job("jobs", "odd", current_inputs='"text"')
    marquez.add("runs", uuid=named_uuid("jobless"), created_at=moment(1))
    strange = marquez.run("jobs", "odd", "strange", external_id="scheduled__1")
    marquez.state(strange, "MELTED", 2)
    marquez.add(
        "run_facets",
        run_uuid=strange,
        name="f",
        facet=[1],
        lineage_event_time=moment(1),
    )
    never = marquez.run("jobs", "odd", "never", started_at="infinity")
    assert never
    torn = marquez.add("run_args", args="{half")
    marquez.run("jobs", "odd", "torn args", run_args_uuid=torn)
    marquez.tag("a..b")
    marquez.tag("y" * 400)
    lost = marquez.tag("lost")
    marquez.add(
        "datasets_tag_mapping", tag_uuid=lost,
        dataset_uuid=named_uuid("dataset", "data", "x" * 5000),
    )  # fmt: skip
    alias = marquez.job("jobs", "former")
    marquez.execute(
        "UPDATE jobs SET symlink_target_uuid = %s WHERE uuid = %s",
        named_uuid("job", "jobs", "odd"),
        alias,
    )
    path = tmp_path / "findings.jsonl"

    fault = run(marquez.url, "--report", str(path))[1]

    refused = {(f["what"], f["code"]) for f in findings(path)}
    assert refused >= {
        ("datasets", "identity_too_long"),
        ("datasets", "member_missing"),
        ("dataset_versions", "row_shape"),
        ("dataset_versions", "lifecycle"),
        ("dataset_versions", "version_uuid"),
        ("jobs", "row_shape"),
        ("jobs", "alias"),
        ("runs", "no_event"),
        ("runs", "external_id"),
        ("runs", "run_state"),
        ("runs", "facet"),
        ("runs", "run_args"),
        ("tags", "entry_refused"),
        ("tag mappings", "unknown"),
    }
    assert all(f["reason"] and f["place"].strip(" ") for f in findings(path))
    assert "refused; all the rest was carried" in fault
    assert get("namespaces/data/datasets/torn")["name"] == "torn"
    assert get("namespaces/data/datasets/orders")["name"] == "orders"
