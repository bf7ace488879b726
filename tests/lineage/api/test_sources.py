"""GET and PUT /api/v1/sources: declared, and told by datasets"""

from typing import Any

from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import TABLES, dataset, facet, run_event, run_id, send

LAKE = {"type": "S3", "connectionUrl": "s3://lake", "description": "Raw files"}


def of_source(name: str, uri: str = "postgres://host:5432/db") -> dict[str, Any]:
    return {"dataSource": facet(name=name, uri=uri)}


def names(reader: Api) -> list[str]:
    told = reader.get("/api/v1/sources")
    assert told["totalCount"] == len(told["sources"])
    return [source["name"] for source in told["sources"]]


def test_a_source_is_told_as_it_was_declared(admin: Api) -> None:
    told = admin.put("/api/v1/sources/lake", LAKE)

    assert told == admin.get("/api/v1/sources/lake")
    assert {k: told[k] for k in LAKE} == LAKE
    assert told["createdAt"].endswith("Z")
    assert names(admin) == ["lake"]


def test_a_source_is_told_by_its_datasets(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders", facets=of_source("warehouse"))]))

    told = viewer.get("/api/v1/sources/warehouse")

    assert (told["type"], told["connectionUrl"]) == (
        "POSTGRES",
        "postgres://host:5432/db",
    )
    assert told["description"] is None


def test_what_was_declared_of_a_source_goes_first(admin: Api) -> None:
    send(run_event(outputs=[dataset("orders", facets=of_source("lake"))]))

    admin.put("/api/v1/sources/lake", LAKE)

    assert admin.get("/api/v1/sources/lake")["connectionUrl"] == "s3://lake"
    assert names(admin) == ["lake"]


def test_the_latest_word_of_a_dataset_counts(viewer: Api) -> None:
    send(
        run_event(outputs=[dataset("orders", facets=of_source("old"))]),
        run_event(
            minutes=5,
            run=run_id(2),
            outputs=[dataset("orders", facets=of_source("new"))],
        ),
    )

    assert names(viewer) == ["new"]


def test_a_source_is_gone_with_its_tombstone(viewer: Api) -> None:
    gone = {"dataSource": facet(_deleted=True)}
    send(
        run_event(outputs=[dataset("orders", facets=of_source("old"))]),
        run_event(minutes=5, run=run_id(2), outputs=[dataset("orders", facets=gone)]),
    )

    assert names(viewer) == []


def test_the_source_of_what_may_not_be_seen_is_not_told(reading_as: Reading) -> None:
    hidden = dataset("salaries", namespace="vault", facets=of_source("payroll"))
    shown = dataset("orders", facets=of_source("warehouse"))
    send(run_event(outputs=[hidden, shown]))
    reader = reading_as("viewer", namespace=TABLES)

    assert names(reader) == ["warehouse"]
    reader.get("/api/v1/sources/payroll", status=404)
    counts = reader.get("/api/v1/stats/sources", period="WEEK")
    assert counts[-1]["count"] == 1


def test_the_source_of_what_was_deleted_is_gone(admin: Api) -> None:
    send(run_event(outputs=[dataset("orders", facets=of_source("warehouse"))]))

    admin.delete(f"/api/v1/namespaces/{TABLES.replace('/', '%2F')}/datasets/orders")

    assert names(admin) == []


def test_credentials_in_an_address_are_not_kept(admin: Api) -> None:
    body = {**LAKE, "connectionUrl": "postgres://me:hunter2@host:5432/db"}

    told = admin.put("/api/v1/sources/db", body)

    assert told["connectionUrl"] == "postgres://me:***@host:5432/db"


def test_who_sends_events_declares_a_source_and_may_not_change_it(
    reading_as: Reading,
) -> None:
    producer = reading_as("producer", namespace="own")
    producer.put("/api/v1/sources/lake", LAKE)

    assert producer.put("/api/v1/sources/lake", LAKE)["name"] == "lake"
    told = producer.put("/api/v1/sources/lake", {**LAKE, "type": "GCS"}, status=403)

    assert told["action"] == "glossary.edit"
    reading_as("admin").put("/api/v1/sources/lake", {**LAKE, "type": "GCS"})


def test_a_name_of_a_source_may_hold_anything(admin: Api) -> None:
    told = admin.put("/api/v1/sources/s3%3A%2F%2Flake%2Fraw", LAKE)

    assert told["name"] == "s3://lake/raw"
    assert admin.get("/api/v1/sources/s3%3A%2F%2Flake%2Fraw") == told


def test_a_source_without_a_usable_name_is_refused(admin: Api) -> None:
    told = admin.put("/api/v1/sources/%20", LAKE, status=422)

    assert told["detail"]
    admin.put("/api/v1/sources/x" + "y" * 400, LAKE, status=422)


def test_a_dataset_that_is_put_lies_in_its_source(admin: Api) -> None:
    admin.put("/api/v1/sources/lake", LAKE)
    admin.put("/api/v1/namespaces/n", {"ownerName": "me"})

    told = admin.put(
        "/api/v1/namespaces/n/datasets/d", {"physicalName": "d", "sourceName": "lake"}
    )

    assert told["sourceName"] == "lake"
    assert told["facets"]["dataSource"]["uri"] == "s3://lake"
