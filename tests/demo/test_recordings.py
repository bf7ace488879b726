"""What does the catalog make of what the demo's producers really sent?"""

import random
from pathlib import Path
from urllib.parse import quote

import pytest

from lineage.ingest import ingest
from lineage.models import Conformance, Event
from tests import factories
from tests.lineage.projection.catalogs import digest_of

RECORDED = Path(__file__).parent.parent / "events" / "recorded"
WAREHOUSE = "duckdb://shop.duckdb"


def recorded(name):
    return (RECORDED / f"{name}.ndjson").read_bytes().splitlines()


@pytest.fixture(scope="module")
def events():
    names = ("client", "dbt-first-release", "dbt-second-release")
    return [event for name in names for event in recorded(name)]


@pytest.fixture
def told(db, events, client):
    """`told(path)`: what the API says once all the recordings were taken in."""
    assert {outcome.status for outcome in ingest(events)} == {201}
    token = factories.make_token("reader", "viewer")

    def asking(path):
        answer = client.get(
            f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200, answer.content
        return answer.json()

    return asking


def dataset_path(name, namespace=WAREHOUSE):
    return f"namespaces/{quote(namespace, safe='')}/datasets/{quote(name, safe='')}"


def column_types(version):
    return {field["name"]: field["type"] for field in version["fields"]}


def test_every_event_is_applied_without_a_warning(told, events):
    assert Event.objects.count() == len(set(events))
    assert not Event.objects.not_applied().exists()
    assert list(Conformance.objects.values_list("code", flat=True)) == []


def test_the_second_release_makes_a_second_version(told):
    newer, older = told(f"{dataset_path('shop.marts.fct_orders')}/versions")["versions"]

    assert column_types(newer).items() - column_types(older).items() == {
        ("channel", "varchar"),
        ("order_total", "decimal(12, 2)"),
    }


def test_a_renamed_column_is_another_column(told):
    path = f"{dataset_path('shop.marts.customer_value')}/versions"
    newer, older = map(column_types, told(path)["versions"])

    assert older.keys() - newer.keys() == {"lifetime_value"}
    assert newer.keys() - older.keys() == {"lifetime_revenue", "loyalty_tier"}


def test_a_column_leads_back_to_the_table_that_the_tasks_copied(told):
    node = f"datasetField:{WAREHOUSE}:shop.marts.customer_value:lifetime_revenue"
    graph = told(f"column-lineage?nodeId={quote(node, safe='')}&depth=20")["graph"]

    origins = {node["id"].rpartition("://")[2] for node in graph}
    assert {
        "shop-db:5432:shop.public.order_items:unit_price",
        "shop-db:5432:shop.public.order_items:discount_percent",
    } <= origins


def test_the_failing_test_fails_its_task_and_the_dag(told):
    for job in ("shop_nightly", "shop_nightly.dbt_test", "dbt-run-shop"):
        latest = told(f"namespaces/airflow-prod/jobs/{job}")["latestRun"]

        assert latest["state"] == "FAILED", job


def test_the_mapped_task_reads_and_writes_all_its_tables(told):
    job = told("namespaces/airflow-prod/jobs/shop_nightly.extract")

    assert len(job["inputs"]) == len(job["outputs"]) == 5


def test_a_dropped_table_stays_listed_as_deleted(told):
    path = dataset_path("shop.public.carts_2019", "postgres://shop-db:5432")

    assert told(path)["deleted"] is True


def test_the_streaming_run_still_runs(told):
    job = told("namespaces/flink-prod/jobs/clicks_to_lake")

    assert job["latestRun"]["state"] == "RUNNING"
    assert [each["name"] for each in job["outputs"]] == ["events/clicks"]


@pytest.mark.django_db
def test_neither_order_nor_repetition_changes_the_catalog(events):
    shuffled = random.Random(5).sample(events, len(events))

    in_order = digest_of([events])
    assert digest_of([events[::-1]]) == in_order
    assert digest_of([shuffled[:60], shuffled, events[100:]]) == in_order
