"""Whoever asks what a change would do, over the API."""

import json
from pathlib import Path

import pytest
from django.test import Client

from lineage.ingest import ingest
from tests.factories import make_principal

RECORDED = Path(__file__).parents[2] / "events" / "recorded"
DUCK = "duckdb://shop.duckdb"
SHOP = "postgres://shop-db:5432"


@pytest.fixture
def admin(db):
    return make_principal("ada", "admin")


@pytest.fixture
def client(admin):
    found = Client()
    found.force_login(admin)
    return found


@pytest.fixture
def shop(db):
    """What the producers of the demo sent: its second release stands."""
    for name in ("client", "dbt-first-release", "dbt-second-release"):
        ingest((RECORDED / f"{name}.ndjson").read_bytes().splitlines())


@pytest.fixture
def foresee(client):
    """`foresee({…})`: what the API answers to a question, 200 unless told."""

    def ask(question, status=200, **headers):
        answer = client.post(
            "/api/v1/impact",
            json.dumps(question),
            content_type="application/json",
            headers=headers,
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    return ask


def column(dataset, name, namespace=DUCK):
    return f"datasetField:{namespace}:{dataset}:{name}"


def severities(answer):
    """What is hit, how, by which rule and how far: {name: (severity, rule, hops)}."""
    return {
        (hit["kind"], ".".join(filter(None, (hit["name"], hit["column"])))):
        (hit["severity"], hit["rule"], hit["hops"])
        for hit in answer["hits"]
    }  # fmt: skip
