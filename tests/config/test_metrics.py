"""GET /metrics"""

import urllib.request
from pathlib import Path

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import running_web_server
from tests.lineage.api.history import JOBS, TABLES, dataset, run_event, run_id, send

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of_route(told: Samples, route: str) -> float:
    return sum(
        value
        for (name, labels), value in told.items()
        if name == "headwater_http_requests_total" and ("route", route) in labels
    )


def test_requests_are_counted_by_route(db: None, client: Client) -> None:
    before = samples(client.get("/metrics").content.decode())
    client.get("/livez")
    client.get("/api/v1/namespaces")
    client.get("/nothing/here")
    after = samples(client.get("/metrics").content.decode())

    for route in ("livez", "api:namespace-list", "none"):
        assert of_route(after, route) == of_route(before, route) + 1
    counted = (("method", "GET"), ("route", "livez"), ("status", "200"))
    assert after["headwater_http_requests_total", counted] >= 1
    timed = (("method", "GET"), ("route", "livez"))
    assert after["headwater_http_request_seconds_count", timed] >= 1


def test_what_is_stored_is_told_without_any_name(db: None, client: Client) -> None:
    send(run_event(outputs=[dataset("orders")]), run_event(run=run_id(2)))
    client.get(f"/api/v1/namespaces/{JOBS}/jobs/load")

    text = client.get("/metrics").content.decode()

    told = samples(text)
    assert told["headwater_database_up", ()] == 1
    assert told["headwater_events_total", ()] == 2
    assert told["headwater_events_unapplied", (("status", "not_applied"),)] == 0
    assert told["headwater_last_event_timestamp_seconds", ()] > 1.7e9
    for name in (TABLES, JOBS, "orders", "load"):
        assert name not in text


@pytest.mark.django_db(transaction=True)
def test_counters_of_several_processes_are_added_up(tmp_path: Path) -> None:
    directory = tmp_path / "metrics"
    directory.mkdir()
    shared = {"PROMETHEUS_MULTIPROC_DIR": str(directory)}
    with (
        running_web_server(tmp_path / "one.log", **shared) as one,
        running_web_server(tmp_path / "other.log", **shared) as other,
    ):
        for server in (one, other, one):
            urllib.request.urlopen(f"{server.url}/livez").close()
        with urllib.request.urlopen(f"{other.url}/metrics") as response:
            told = samples(response.read().decode())

    assert of_route(told, "livez") == 3
