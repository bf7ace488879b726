"""No secret that a producer sends can be found in the database, nor in a log."""

import json
import logging

import pytest
from django.db import connection

from lineage.ingest import ingest
from lineage.models import Event
from tests.events.malformed import good_event
from tests.lineage.secrets import PLANTED, SECRET

pytestmark = pytest.mark.django_db

TABLES = """
SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = current_schema()
"""


def facet(**members):
    return {"_producer": "https://x", "_schemaURL": "https://x/y.json", **members}


def laden_event(number, text):
    """An event with `text` wherever producers were seen to leave secrets."""
    name = f"{number} {text}"
    dataset = {
        "namespace": text,
        "name": name,
        "facets": {
            "dataSource": facet(name=text, uri=text),
            "symlinks": facet(
                identifiers=[{"namespace": text, "name": f"alias {name}", "type": text}]
            ),
            "schema": facet(fields=[{"name": "a", "type": text, "description": text}]),
            "columnLineage": facet(
                fields={
                    "a": {
                        "inputFields": [
                            {
                                "namespace": text,
                                "name": name,
                                "field": "a",
                                "transformations": [
                                    {"type": "DIRECT", "description": text}
                                ],
                            }
                        ]
                    }
                }
            ),
            "catalog": facet(catalogProperties={"x": text}, warehouseUri=text),
            "documentation": facet(description=text),
        },
    }
    parent = {"run": {"runId": name}, "job": {"namespace": text, "name": f"up {name}"}}
    return good_event() | {
        "producer": text,
        "schemaURL": f"{text}/RunEvent",
        "run": {
            "runId": name,
            "facets": {
                "parent": facet(**parent),
                "errorMessage": facet(message=text, stackTrace=f"at x\n{text}"),
                "externalQuery": facet(externalQueryId=text, source=text),
                "tags": facet(tags=[{"key": "a", "value": text, "source": text}]),
                "environmentVariables": facet(
                    environmentVariables=[
                        {"name": "X", "value": text},
                        {"name": "X_KEY", "value": SECRET},
                    ]
                ),
                "spark_properties": facet(
                    properties={"fs.s3a.secret.key": SECRET, "url": text}
                ),
                "wrong": 5,
                "nominalTime": facet(nominalStartTime=text),
            },
        },
        "job": {
            "namespace": text,
            "name": name,
            "facets": {
                "sql": facet(query=text),
                "sourceCode": facet(language="python", sourceCode=text),
                "sourceCodeLocation": facet(type="git", url=text, repoUrl=text),
                "documentation": facet(description=[text]),
            },
        },
        "inputs": [dataset],
        "outputs": [dataset | {"name": f"out {name}"}],
    }


def places_of(words):
    """Every table and row in which one of the words stands, as text or as bytes."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            spelled = [f"%{word}%" for word in words]
            spelled += [f"%{word.encode().hex()}%" for word in words]
            cursor.execute(
                f"SELECT t::text FROM {table} t WHERE t::text LIKE ANY(%s) LIMIT 1",
                [spelled],
            )
            found += [(table, row[:300]) for (row,) in cursor.fetchall()]
    return found


def test_no_planted_secret_is_in_any_table_or_log(caplog):
    caplog.set_level(logging.DEBUG)
    events = [
        json.dumps(laden_event(number, text)).encode()
        for number, text in enumerate(PLANTED)
        if len(text) < 200
    ]
    outcomes = ingest(events)
    assert {outcome.status for outcome in outcomes} == {201}
    assert not Event.objects.not_applied().exists()
    assert places_of([SECRET]) == []
    assert SECRET not in caplog.text
    # The search would find it.
    assert places_of(["shop.public.orders", "db.example"])
