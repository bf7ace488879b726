"""GET /livez, /readyz"""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client


def test_a_live_process_says_so_without_asking_the_database(client: Client) -> None:
    # No `db` fixture: a query would fail.
    response = client.get("/livez")

    assert (response.status_code, response.content) == (200, b"alive\n")


def test_a_process_with_its_database_is_ready(db: None, client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok"},
    }


def test_a_database_without_the_tables_that_are_known_is_not_ready(
    db: None, client: Client
) -> None:
    MigrationRecorder.Migration.objects.filter(app="lineage").delete()

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response["Retry-After"] == "1"
    checks = response.json()["checks"]
    assert checks["database"] == "ok"
    assert checks["migrations"].endswith("to apply")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_writes_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        response = client.get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")

    assert response.status_code == 503
    assert response.json()["status"] == "unready"
    assert response.json()["checks"]["database"] == "read-only"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_not_ready_and_the_process_is_alive(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = str(tmp_path)
    try:
        alive, ready = client.get("/livez"), client.get("/readyz")
    finally:
        connection.close()
        connection.settings_dict["HOST"] = host

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "OperationalError"


def test_they_are_read_only(client: Client) -> None:
    assert client.post("/livez").status_code == 405
    assert client.head("/livez").status_code == 200
