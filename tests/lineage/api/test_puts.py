"""PUT and POST as Marquez's clients send them: events, and what events cannot say"""

import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import Change, Ownership
from catalog.services import undo_change
from lineage.digesting import digest
from lineage.models import Event
from lineage.rebuilding import rebuild
from lineage.writing import raw_cursor
from policies.models import JournalEntry, Principal
from policies.services import grant_role
from tests.factories import PASSWORD, make_principal
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    TABLES,
    address,
    at,
    dataset,
    of_dataset,
    of_job,
    run_event,
    run_id,
    send,
)

SPACE = address("namespaces", "shop")
ORDERS = of_dataset("orders", namespace="shop")
LOAD = of_job("load", namespace="shop")
TABLE = {"type": "DB_TABLE", "physicalName": "public.orders", "sourceName": "default"}
COLUMNS = [
    {"name": "id", "type": "INTEGER", "description": "its number", "tags": ["pii"]},
    {"name": "at", "type": "TIMESTAMP"},
]


@pytest.fixture
def shop(admin: Api) -> Api:
    """Somebody who may do everything, and a namespace that no event has named."""
    admin.put(SPACE, {"ownerName": "harbour", "description": "All of the shop"})
    return admin


def test_a_dataset_is_told_as_it_was_put(shop: Api) -> None:
    put = shop.put(
        ORDERS,
        {
            **TABLE,
            "fields": COLUMNS,
            "tags": ["GOLD"],
            "description": "What was ordered",
        },
    )

    assert put == shop.get(ORDERS)
    assert put["id"] == {"namespace": "shop", "name": "orders"}
    assert (put["physicalName"], put["type"]) == ("public.orders", "DB_TABLE")
    assert put["description"] == "What was ordered"
    assert put["tags"] == ["GOLD"]
    assert put["fields"] == [
        {**COLUMNS[0], "tags": ["PII"]},
        {**COLUMNS[1], "tags": [], "description": None},
    ]
    assert put["currentVersion"] is not None
    assert put["sourceName"] == "default"


def test_a_put_again_with_other_columns_makes_another_version(shop: Api) -> None:
    first = shop.put(ORDERS, {**TABLE, "fields": COLUMNS})
    same = shop.put(ORDERS, {**TABLE, "fields": COLUMNS})
    other = shop.put(ORDERS, {**TABLE, "fields": COLUMNS[:1]})

    assert first["currentVersion"] == same["currentVersion"]
    assert other["currentVersion"] != first["currentVersion"]
    assert shop.get(f"{ORDERS}/versions")["totalCount"] == 2


def test_a_stream_says_where_its_schema_is(shop: Api) -> None:
    told = shop.put(
        ORDERS,
        {**TABLE, "type": "stream", "schemaLocation": "https://schemas.example/1"},
    )

    assert told["type"] == "STREAM"
    declared = told["facets"]["headwater_declared"]
    assert declared["schemaLocation"] == "https://schemas.example/1"


def test_a_job_is_told_as_it_was_put(shop: Api) -> None:
    put = shop.put(
        LOAD,
        {
            "type": "STREAM",
            "inputs": [{"namespace": "shop", "name": "orders"}],
            "outputs": [{"namespace": "shop", "name": "totals"}],
            "location": "https://git.example/shop.git",
            "description": "Adds up",
        },
    )

    assert put == shop.get(LOAD)
    assert (put["type"], put["description"]) == ("STREAM", "Adds up")
    assert put["location"] == "https://git.example/shop.git"
    assert put["inputs"] == [{"namespace": "shop", "name": "orders"}]
    assert put["outputs"] == [{"namespace": "shop", "name": "totals"}]


def test_a_job_reads_and_writes_what_its_last_put_says(shop: Api) -> None:
    one, other = ({"namespace": "shop", "name": name} for name in ("a", "b"))
    shop.put(LOAD, {"type": "BATCH", "inputs": [one]})

    assert shop.put(LOAD, {"type": "BATCH", "inputs": [other]})["inputs"] == [other]


def ran(shop: Api) -> dict[str, Any]:
    """A job that was put, and a run of it that was posted and has completed."""
    shop.put(
        LOAD,
        {
            "type": "BATCH",
            "inputs": [{"namespace": "shop", "name": "orders"}],
            "outputs": [{"namespace": "shop", "name": "totals"}],
        },
    )
    told: dict[str, Any] = shop.post(
        f"{LOAD}/runs",
        {
            "nominalStartTime": "2026-03-01T00:00:00Z",
            "nominalEndTime": "2026-03-02T00:00:00Z",
            "args": {"day": "sunday"},
        },
        status=201,
    )
    return told


def test_a_run_that_was_posted_is_new_and_knows_its_arguments(shop: Api) -> None:
    run = ran(shop)

    assert (run["state"], run["startedAt"], run["endedAt"]) == ("NEW", None, None)
    assert run["nominalStartTime"] == "2026-03-01T00:00:00Z"
    assert run["args"]["day"] == "sunday"
    [listed] = shop.get(f"{LOAD}/runs")["runs"]
    assert listed == run


def test_arguments_that_are_no_texts_are_spelt_as_json_has_them(shop: Api) -> None:
    shop.put(LOAD, {"type": "BATCH"})
    args = {"retries": 3, "share": 0.5, "isLate": True, "dryRun": False, "to": " x "}

    run = shop.post(f"{LOAD}/runs", {"args": args}, status=201)

    spelt = {"retries": "3", "share": "0.5", "isLate": "true", "dryRun": "false"}
    assert run["args"] == {**spelt, "to": " x "}


def test_an_argument_that_is_no_single_value_is_refused(shop: Api) -> None:
    shop.put(LOAD, {"type": "BATCH"})

    told = shop.post(f"{LOAD}/runs", {"args": {"days": ["monday"]}}, status=422)

    assert [fault["pointer"] for fault in told["errors"]] == ["/args/days"]


@pytest.mark.parametrize("key", ["sql", "SQL"])
def test_the_sql_of_a_jobs_context_is_its_sql(shop: Api, key: str) -> None:
    context = {key: "SELECT 1", "owner": "harbour", "nothing": None}

    job = shop.put(LOAD, {"type": "BATCH", "context": context})

    assert job["facets"]["sql"]["query"] == "SELECT 1"


def test_a_context_that_is_no_texts_by_name_is_refused(shop: Api) -> None:
    for context in (["SELECT 1"], {"sql": ["SELECT 1"]}):
        told = shop.put(LOAD, {"type": "BATCH", "context": context}, status=422)
        assert told["errors"][0]["pointer"].startswith("/context")


def test_a_posted_run_has_the_version_that_was_put(shop: Api) -> None:
    """Its SQL and location tell versions apart, too: the run brings them along."""
    told = {"location": "https://git.example/shop.git", "context": {"sql": "SELECT 1"}}
    put = shop.put(LOAD, {"type": "BATCH", **told})

    run = shop.post(f"{LOAD}/runs", {}, status=201)
    done = shop.post(f"/api/v1/jobs/runs/{run['id']}/complete")

    assert done["jobVersion"]["version"] == put["currentVersion"]
    [version] = shop.get(f"{LOAD}/versions")["versions"]
    assert version["location"] == told["location"]
    assert version["latestRun"] == done


def test_the_address_of_a_new_run_is_told(shop: Api) -> None:
    shop.put(LOAD, {"type": "BATCH"})

    response = shop.client.post(
        f"{LOAD}/runs", {"id": run_id(7)}, content_type="application/json"
    )

    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/jobs/runs/{run_id(7)}"
    assert shop.get(response["Location"])["id"] == run_id(7)


def test_a_run_goes_through_its_states_at_the_times_that_are_told(shop: Api) -> None:
    path = f"/api/v1/jobs/runs/{ran(shop)['id']}"

    started = shop.post(f"{path}/start?at=2026-03-01T01:00:00Z")
    done = shop.post(f"{path}/complete?at=2026-03-01T01:30:00Z")

    assert (started["state"], started["startedAt"]) == (
        "RUNNING",
        "2026-03-01T01:00:00Z",
    )
    assert (done["state"], done["endedAt"]) == ("COMPLETED", "2026-03-01T01:30:00Z")
    assert done["durationMs"] == 1_800_000
    assert done == shop.get(path)


@pytest.mark.parametrize(("what", "state"), [("fail", "FAILED"), ("abort", "ABORTED")])
def test_a_run_may_end_otherwise(shop: Api, what: str, state: str) -> None:
    path = f"/api/v1/jobs/runs/{ran(shop)['id']}"
    shop.post(f"{path}/start")

    assert shop.post(f"{path}/{what}")["state"] == state


def test_a_job_keeps_its_inputs_and_outputs_when_such_a_run_completes(
    shop: Api,
) -> None:
    path = f"/api/v1/jobs/runs/{ran(shop)['id']}"
    shop.post(f"{path}/start")
    shop.post(f"{path}/complete")

    job = shop.get(LOAD)
    assert job["inputs"] == [{"namespace": "shop", "name": "orders"}]
    assert job["outputs"] == [{"namespace": "shop", "name": "totals"}]
    assert job["latestRun"]["state"] == "COMPLETED"


def test_a_dataset_with_a_run_is_written_by_it(shop: Api) -> None:
    run = ran(shop)["id"]
    path = f"/api/v1/jobs/runs/{run}"
    shop.post(f"{path}/start")
    totals = of_dataset("totals", namespace="shop")

    put = shop.put(totals, {**TABLE, "fields": COLUMNS, "runId": run})
    shop.post(f"{path}/complete")

    [version] = shop.get(f"{totals}/versions")["versions"]
    assert version["version"] == put["currentVersion"]
    assert version["createdByRun"]["id"] == run
    [written] = shop.get(path)["outputDatasetVersions"]
    assert written["datasetVersionId"]["version"] == put["currentVersion"]


def test_a_job_with_a_run_of_another_job_is_refused(shop: Api) -> None:
    run = ran(shop)["id"]
    other = of_job("other", namespace="shop")

    told = shop.put(other, {"type": "BATCH", "runId": run}, status=422)

    assert told["pointer"] == "/runId"
    shop.get(other, status=404)


def test_a_run_id_that_is_taken_is_refused(shop: Api) -> None:
    run = ran(shop)["id"]

    told = shop.post(f"{LOAD}/runs", {"id": run}, status=400)

    assert told["code"] == "run_exists"


def catalog_digest() -> str:
    return digest(raw_cursor())


def test_all_that_was_put_survives_a_rebuild(shop: Api) -> None:
    run = ran(shop)["id"]
    shop.put(ORDERS, {**TABLE, "fields": COLUMNS})
    shop.post(f"/api/v1/jobs/runs/{run}/complete")
    paths = [ORDERS, LOAD, SPACE, f"/api/v1/jobs/runs/{run}", "/api/v1/namespaces"]
    before, told = catalog_digest(), [shop.get(path) for path in paths]

    rebuild()

    assert catalog_digest() == before
    assert [shop.get(path) for path in paths] == told


def test_what_was_put_is_an_event_as_any(shop: Api) -> None:
    shop.put(ORDERS, TABLE)

    [event] = Event.objects.all()
    assert (event.kind, event.status) == (Event.Kind.DATASET, Event.Status.APPLIED)
    told = shop.get(f"/api/v1/events/{bytes(event.digest).hex()}")
    assert json.loads(told["body"])["dataset"]["name"] == "orders"
    assert told["warnings"] == []


def test_what_was_deleted_is_brought_back_by_a_put(shop: Api) -> None:
    shop.put(ORDERS, TABLE)
    shop.put(LOAD, {"type": "BATCH"})
    shop.delete(SPACE)
    assert shop.get(SPACE)["isHidden"] is True

    shop.put(SPACE, {"ownerName": "harbour"})
    shop.put(ORDERS, TABLE)

    assert shop.get(SPACE)["isHidden"] is False
    assert shop.get(ORDERS)["name"] == "orders"
    shop.get(LOAD, status=404)


# --- Namespaces -------------------------------------------------------------


def test_a_namespace_that_no_event_names_is_listed_and_survives_a_rebuild(
    shop: Api,
) -> None:
    told = shop.get("/api/v1/namespaces")["namespaces"]
    rebuild()

    assert [one["name"] for one in told] == ["shop"]
    assert (told[0]["ownerName"], told[0]["description"]) == (
        "harbour",
        "All of the shop",
    )
    assert shop.get("/api/v1/namespaces")["namespaces"] == told
    assert shop.get(f"{SPACE}/datasets") == {"datasets": [], "totalCount": 0}


def test_a_repeated_declaration_changes_nothing(shop: Api) -> None:
    changes = Change.objects.count()

    shop.put(SPACE, {"ownerName": "harbour", "description": "All of the shop"})

    assert Change.objects.count() == changes


def test_an_owner_takes_the_place_of_the_one_before(shop: Api) -> None:
    assert shop.put(SPACE, {"ownerName": "pier"})["ownerName"] == "pier"
    assert [o.name for o in Ownership.objects.standing()] == ["pier"]


def test_what_was_declared_of_a_namespace_can_be_undone(shop: Api) -> None:
    shop.put(SPACE, {"ownerName": "pier", "description": "Other"})

    undo_change(Change.objects.first(), actor=None, via=Change.Via.API)  # type: ignore[arg-type]

    told = shop.get(SPACE)
    assert (told["ownerName"], told["description"]) == ("harbour", "All of the shop")


def test_the_owner_of_a_namespace_is_a_name_and_no_principal(
    reading_as: Reading,
) -> None:
    producer = reading_as("producer", namespace="own")
    name = Principal.objects.get().username

    producer.put(address("namespaces", "own"), {"ownerName": name})

    [owner] = Ownership.objects.standing()
    assert (owner.name, owner.principal) == (name, None)
    producer.get(address("namespaces", "own"), status=403)


def test_who_sends_events_declares_first_and_may_not_change_it_later(
    reading_as: Reading,
) -> None:
    producer = reading_as("producer", namespace="own")
    path = address("namespaces", "own")
    producer.put(path, {"ownerName": "harbour"})

    producer.put(path, {"ownerName": "harbour"})
    told = producer.put(path, {"ownerName": "mine"}, status=403)

    assert told["action"] == "asset.edit"


def test_a_declared_namespace_stands_in_the_journal(shop: Api) -> None:
    acts = [entry.act for entry in JournalEntry.objects.order_by("recorded_at")]

    assert "namespace.declared" in acts
    assert "owner.named" in acts
    assert "description.set" in acts


# --- Rights -----------------------------------------------------------------


def test_a_token_describes_only_what_its_scope_covers(reading_as: Reading) -> None:
    send(run_event(outputs=[dataset("orders")]))
    sender = reading_as("admin", namespace=JOBS)
    output = {"namespace": TABLES, "name": "orders"}
    count = Event.objects.count()

    for path, body in (
        (of_dataset("orders"), TABLE),
        (of_dataset("unknown"), TABLE),
        (of_dataset("d", namespace="unknown"), TABLE),
        (of_job(), {"type": "BATCH", "outputs": [output]}),
        (address("namespaces", "unknown"), {"ownerName": "me"}),
    ):
        assert sender.put(path, body, status=403)["code"] == "namespace_forbidden"
    sender.put(of_job(), {"type": "BATCH", "inputs": [output]})

    assert Event.objects.count() == count + 1


def test_a_run_that_is_posted_writes_only_what_its_sender_may_say(
    reading_as: Reading,
) -> None:
    send(run_event(inputs=[dataset("a")], outputs=[dataset("b")]))
    sender = reading_as("admin", namespace=JOBS)

    sender.post(f"{of_job()}/runs", {"id": run_id(9)}, status=201)

    told = reading_as("viewer").get(f"/api/v1/jobs/runs/{run_id(9)}")
    assert [d["datasetVersionId"]["name"] for d in told["inputDatasetVersions"]] == [
        "a"
    ]
    assert told["outputDatasetVersions"] == []


def test_a_producer_that_may_not_read_is_told_what_it_named_alone(
    reading_as: Reading,
) -> None:
    send(
        run_event(
            outputs=[dataset("orders", "id", facets={})], job="load", namespace="shop"
        )
    )
    producer = reading_as("producer")
    own = {"namespace": TABLES, "name": "orders"}

    told = producer.put(of_dataset("orders"), TABLE)
    run = producer.post(f"{LOAD}/runs", {"id": run_id(3)}, status=201)

    assert told == {"id": own, **own}
    assert run == {"id": run_id(3)}
    assert producer.post(f"/api/v1/jobs/runs/{run_id(3)}/start") == {"id": run_id(3)}


def test_a_session_describes_with_its_csrf_token(shop: Api) -> None:
    steward = make_principal("steward", "admin")
    client = Client(enforce_csrf_checks=True)
    assert client.login(username="steward", password=PASSWORD)

    refused = client.put(ORDERS, TABLE, content_type="application/json")
    client.get("/")
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    page = client.get("/datasets").content.decode()
    token = token or page.split('csrfmiddlewaretoken" value="')[1].split('"')[0]
    taken = client.put(
        ORDERS, TABLE, content_type="application/json", headers={"X-CSRFToken": token}
    )

    assert refused.status_code == 403
    assert taken.status_code == 200
    [acceptance] = Event.objects.get().acceptances.all()
    assert acceptance.principal_id == steward.pk


def test_a_session_sends_only_for_what_its_grants_reach(shop: Api) -> None:
    principal = make_principal("clerk")
    grant_role(principal, "producer", actor=None, namespace="shop")
    client = Client()
    client.force_login(principal)

    inside = client.put(ORDERS, TABLE, content_type="application/json")
    outside = client.put(of_dataset("x"), TABLE, content_type="application/json")

    assert (inside.status_code, outside.status_code) == (200, 403)
    principal.is_active = False
    principal.save()
    assert client.put(ORDERS, TABLE, content_type="application/json").status_code == 401


# --- What is refused --------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "json_invalid"),
        (b"[" * 200_000, 400, "json_too_deep"),
        (b'{"physicalName": "\xff"}', 400, "json_invalid"),
        (b"[]", 422, "value_invalid"),
        (b"null", 422, "value_invalid"),
        (b"", 422, "value_invalid"),
        (b'{"physicalName": 1, "sourceName": []}', 422, "value_invalid"),
        (b'{"physicalName": "a\\u0000", "sourceName": "s"}', 422, "value_invalid"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    shop: Api, body: bytes, status: int, code: str
) -> None:
    response = shop.client.put(ORDERS, body, content_type="application/json")

    assert response.status_code == status, response.content
    assert response.json()["code"] == code
    assert response.json()["detail"]


def test_a_form_is_no_body_here(shop: Api) -> None:
    response = shop.client.put(
        ORDERS, "a=b", content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 415


@pytest.mark.parametrize("name", ["\0", "x" * 1025, " "])
def test_a_name_that_cannot_be_stored_is_refused(shop: Api, name: str) -> None:
    response = shop.client.put(
        of_dataset(name, namespace="shop"), TABLE, content_type="application/json"
    )

    assert response.status_code in (404, 422)
    assert response.json()["detail"]


def test_an_end_without_a_start_is_refused(shop: Api) -> None:
    shop.put(LOAD, {"type": "BATCH"})

    told = shop.post(f"{LOAD}/runs", {"nominalEndTime": at(0)}, status=422)

    assert told["pointer"] == "/nominalStartTime"


def test_a_time_that_is_none_is_refused(shop: Api) -> None:
    run = ran(shop)["id"]

    told = shop.post(f"/api/v1/jobs/runs/{run}/start?at=yesterday", status=400)

    assert told["parameter"] == "at"


# --- Names ------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "a/b", "a%2Fb", "/lake/orders", "versions", "a/versions", "tags/x",
        "a/tags/b", "what?", "naïve/表.名", "a/runs", "a/fields/b/tags/c",
    ],
)  # fmt: skip
@pytest.mark.parametrize("namespace", ["postgres://host:5432", "s3://b/datasets/raw"])
def test_names_of_any_characters_are_put_and_tagged(
    admin: Api, namespace: str, name: str
) -> None:
    send(run_event(namespace=namespace, outputs=[dataset("x", namespace=namespace)]))
    path = of_dataset(name, namespace=namespace)
    job = of_job(name, namespace=namespace)

    put = admin.put(path, {**TABLE, "fields": COLUMNS})
    made = admin.put(job, {"type": "BATCH"})
    run = admin.post(f"{job}/runs", {}, status=201)

    assert put["id"] == {"namespace": namespace, "name": name}
    assert made["id"] == {"namespace": namespace, "name": name}
    assert admin.get(f"{job}/runs")["runs"][0]["id"] == run["id"]
    assert admin.post(f"{path}/tags/GOLD")["tags"] == ["GOLD"]
    assert admin.post(f"{job}/tags/GOLD")["tags"] == ["GOLD"]
    assert admin.post(f"{path}/fields/at/tags/GOLD")["fields"][1]["tags"] == ["GOLD"]
    assert admin.delete(f"{path}/tags/GOLD")["tags"] == []
    assert admin.delete(path)["id"] == {"namespace": namespace, "name": name}


def test_secrets_in_names_are_not_kept(shop: Api) -> None:
    told = shop.put(
        address("namespaces", "postgres://me:hunter2@host"), {"ownerName": "me"}
    )

    assert "hunter2" not in told["name"]
    assert shop.get("/api/v1/namespaces")["totalCount"] == 2
