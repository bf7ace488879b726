"""DELETE of a dataset, a job, a namespace: out of sight until something new is heard"""

import json
from typing import Any

import pytest

from policies.models import JournalEntry
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    RUN,
    TABLES,
    address,
    dataset,
    facet,
    of_dataset,
    of_job,
    run_event,
    run_id,
    send,
)

NAMESPACE = address("namespaces", TABLES)
ORDERS = of_dataset("orders")


@pytest.fixture
def history(db: None) -> None:
    send(run_event(inputs=[dataset("orders", "id")], outputs=[dataset("totals", "n")]))


def listed(reader: Api, path: str) -> list[str]:
    told = reader.get(path)
    [rows] = [member for member in told.values() if isinstance(member, list)]
    assert told["totalCount"] == len(rows)
    return [row["name"] for row in rows]


def test_a_deleted_dataset_is_told_once_more_and_is_gone(
    admin: Api, history: None
) -> None:
    told = admin.get(ORDERS)

    assert admin.delete(ORDERS) == told
    admin.get(ORDERS, status=404)
    admin.get(of_dataset("orders", "versions"), status=404)
    admin.delete(ORDERS, status=404)
    assert listed(admin, f"{NAMESPACE}/datasets") == ["totals"]
    assert admin.get(of_job())["inputs"] == []


def test_what_a_run_read_stays_told_after_its_deletion(
    admin: Api, history: None
) -> None:
    admin.delete(ORDERS)

    [entry] = admin.get(f"/api/v1/jobs/runs/{RUN}")["inputDatasetVersions"]

    assert entry["datasetVersionId"]["name"] == "orders"


def test_what_arrives_after_a_delete_brings_a_dataset_back(
    admin: Api, history: None
) -> None:
    version = admin.get(ORDERS)["currentVersion"]
    admin.delete(ORDERS)
    send(run_event(run=run_id(2), minutes=-60, inputs=[dataset("orders", "id")]))

    assert admin.get(ORDERS)["currentVersion"] == version


def test_a_repeat_of_an_event_brings_nothing_back(admin: Api, history: None) -> None:
    admin.delete(ORDERS)
    send(run_event(inputs=[dataset("orders", "id")], outputs=[dataset("totals", "n")]))

    admin.get(ORDERS, status=404)


def test_news_of_another_dataset_brings_nothing_back(admin: Api, history: None) -> None:
    admin.delete(ORDERS)
    send(run_event(run=run_id(2), outputs=[dataset("totals", "n")]))

    admin.get(ORDERS, status=404)


def test_a_dataset_is_deleted_under_all_of_its_names(admin: Api) -> None:
    identifiers = [{"namespace": "s3://lake", "name": "orders", "type": "TABLE"}]
    facets = {"symlinks": facet(identifiers=identifiers)}
    alias = dataset("orders", namespace="s3://lake")
    send(run_event(outputs=[dataset("orders", facets=facets), alias]))

    admin.delete(of_dataset("orders", namespace="s3://lake"))

    admin.get(ORDERS, status=404)
    admin.get(of_dataset("orders", namespace="s3://lake"), status=404)
    send(run_event(run=run_id(2), outputs=[alias]))
    assert admin.get(ORDERS)["name"] == "orders"


def test_a_deleted_job_is_gone_with_its_runs(admin: Api, history: None) -> None:
    told = admin.get(of_job())

    assert admin.delete(of_job()) == told
    admin.get(of_job(), status=404)
    admin.get(of_job("load", "runs"), status=404)
    admin.get(f"/api/v1/jobs/runs/{RUN}", status=404)
    assert listed(admin, "/api/v1/jobs") == []
    send(run_event("START", 5, run=run_id(2)))
    assert admin.get(of_job("load", "runs"))["totalCount"] == 2


def test_a_deleted_namespace_is_marked_and_takes_what_is_in_it_along(
    admin: Api, history: None
) -> None:
    assert admin.delete(NAMESPACE)["isHidden"] is True

    assert admin.get(NAMESPACE)["isHidden"] is True
    assert listed(admin, f"{NAMESPACE}/datasets") == []
    admin.get(ORDERS, status=404)
    assert admin.get(of_job())["name"] == "load"


def test_news_of_one_dataset_bring_its_namespace_back_but_no_other_dataset(
    admin: Api, history: None
) -> None:
    admin.delete(NAMESPACE)
    send(run_event(run=run_id(2), inputs=[dataset("orders")]))

    assert admin.get(NAMESPACE)["isHidden"] is False
    assert listed(admin, f"{NAMESPACE}/datasets") == ["orders"]


def test_the_jobs_of_a_deleted_namespace_are_gone(admin: Api, history: None) -> None:
    admin.delete(address("namespaces", JOBS))

    admin.get(of_job(), status=404)
    assert admin.get(ORDERS)["name"] == "orders"


@pytest.mark.parametrize(
    ("path", "act", "key"),
    [
        (ORDERS, "dataset.hidden", [TABLES, "orders"]),
        (of_job(), "job.hidden", [JOBS, "load"]),
        (NAMESPACE, "namespace.hidden", [TABLES]),
    ],
)
def test_a_delete_stands_in_the_journal(
    admin: Api, history: None, path: str, act: str, key: list[Any]
) -> None:
    admin.delete(path)

    entry = JournalEntry.objects.get(act=act)
    assert json.loads(entry.target_key) == key
    assert entry.actor is not None


@pytest.mark.parametrize("path", [ORDERS, of_job(), NAMESPACE])
def test_who_may_only_look_may_not_delete(
    reading_as: Reading, history: None, path: str
) -> None:
    viewer = reading_as("viewer")

    assert viewer.delete(path, status=403)["action"] == "asset.edit"
    assert viewer.get(path)


def test_a_steward_elsewhere_may_not_delete_here(
    reading_as: Reading, history: None
) -> None:
    steward = reading_as("steward", namespace=JOBS)

    steward.delete(ORDERS, status=404)
    steward.delete(of_job())


def test_lists_are_not_deleted(admin: Api, history: None) -> None:
    response = admin.client.delete("/api/v1/namespaces")

    assert response.status_code == 405
    assert response["Content-Type"] == "application/problem+json"
