"""Marquez's own Python client, unchanged, does here all that it can do."""

import inspect
from uuid import uuid4

import marquez_client
import pytest
from marquez_client import MarquezClient
from marquez_client.client import _HEADERS
from marquez_client.errors import APIError
from marquez_client.models import DatasetId, DatasetType, JobType

from lineage.ingest import ingest
from tests import factories
from tests.lineage.projection.happenings import dataset, derived, event, schema

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Most of what it can do is deprecated in favour of OpenLineage, for years.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
NAMESPACE, TABLE, JOB = "shop-floor", "public.orders", "load.orders"
COLUMNS = [
    {"name": "id", "type": "INTEGER", "description": "The number."},
    {"name": "mail", "type": "VARCHAR"},
]


class Recording:
    """A client that remembers which of its methods were called."""

    def __init__(self, client: MarquezClient) -> None:
        self.client = client
        self.called: set[str] = set()

    def __getattr__(self, name):
        self.called.add(name)
        return getattr(self.client, name)


@pytest.fixture
def connected():
    """`connected(url, token)`: a client. It keeps its headers for all of its kind."""
    yield lambda url, token=None: Recording(
        MarquezClient(url, timeout_ms=60_000, api_key=token)
    )
    _HEADERS.pop("Authorization", None)


@pytest.fixture
def client(web_server, connected):
    token = factories.make_token("marquez", "admin")
    return connected(web_server.url, token)


def public_methods():
    return {
        name
        for name, _ in inspect.getmembers(MarquezClient, inspect.isfunction)
        if not name.startswith("_")
    }


def test_every_method_of_the_client_is_answered(client):
    namespaces(client)
    sources(client)
    datasets(client)
    tags(client)
    jobs(client)
    runs(client)
    columns(client)
    events(client)

    assert public_methods() - client.called == set()
    assert marquez_client.__version__ == "0.50.0"


def namespaces(client):
    made = client.create_namespace(NAMESPACE, "anna", "What the shop sells.")
    assert made["name"] == NAMESPACE
    assert made["ownerName"] == "anna"
    assert made["description"] == "What the shop sells."
    assert client.get_namespace(NAMESPACE) == made
    assert NAMESPACE in names(client.list_namespaces(limit=5)["namespaces"])


def sources(client):
    made = client.create_source(
        "warehouse", "postgresql", "postgresql://db:5432/shop", "Where tables are."
    )
    assert (made["name"], made["type"]) == ("warehouse", "POSTGRESQL")
    assert made["connectionUrl"] == "postgresql://db:5432/shop"
    assert client.get_source("warehouse") == made
    assert names(client.list_sources()["sources"]) == ["warehouse"]


def datasets(client):
    made = client.create_dataset(
        NAMESPACE, TABLE, DatasetType.DB_TABLE, TABLE, "warehouse",
        description="What was ordered.", fields=COLUMNS,
    )  # fmt: skip
    assert made["id"] == {"namespace": NAMESPACE, "name": TABLE}
    assert (made["type"], made["physicalName"]) == ("DB_TABLE", TABLE)
    assert made["sourceName"] == "warehouse"
    assert made["description"] == "What was ordered."
    assert [field["name"] for field in made["fields"]] == ["id", "mail"]
    assert client.get_dataset(NAMESPACE, TABLE) == made
    assert names(client.list_datasets(NAMESPACE)["datasets"]) == [TABLE]
    versions = client.list_dataset_versions(NAMESPACE, TABLE)["versions"]
    assert [one["version"] for one in versions] == [made["currentVersion"]]
    one = client.get_dataset_version(NAMESPACE, TABLE, made["currentVersion"])
    assert [field["name"] for field in one["fields"]] == ["id", "mail"]


def tags(client):
    assert client.create_tag("gold", "The best.") == {
        "name": "gold",
        "description": "The best.",
    }
    tagged = client.tag_dataset(NAMESPACE, TABLE, "gold")
    assert tagged["tags"] == ["gold"]
    tagged = client.tag_dataset_field(NAMESPACE, TABLE, "mail", "pii")
    assert [field["tags"] for field in tagged["fields"]] == [[], ["PII"]]
    assert {"gold", "PII"} <= set(names(client.list_tags()["tags"]))


def jobs(client):
    made = client.create_job(
        NAMESPACE, JOB, JobType.BATCH, "https://git.example.org/load.py",
        inputs=[], outputs=[DatasetId(NAMESPACE, TABLE)], description="Loads.",
    )  # fmt: skip
    assert made["id"] == {"namespace": NAMESPACE, "name": JOB}
    assert (made["type"], made["description"]) == ("BATCH", "Loads.")
    assert made["location"] == "https://git.example.org/load.py"
    assert made["outputs"] == [{"namespace": NAMESPACE, "name": TABLE}]
    assert made["inputs"] == []
    assert client.get_job(NAMESPACE, JOB) == made
    assert names(client.list_jobs(NAMESPACE)["jobs"]) == [JOB]


def runs(client):
    first = client.create_job_run(
        NAMESPACE, JOB, run_id=str(uuid4()),
        nominal_start_time="2026-05-04T00:00:00Z",
        nominal_end_time="2026-05-05T00:00:00Z", run_args={"region": "north"},
    )  # fmt: skip
    assert first["state"] == "NEW"
    assert first["nominalStartTime"] == "2026-05-04T00:00:00Z"
    assert first["args"]["region"] == "north"
    started = client.mark_job_run_as_started(first["id"], "2026-05-04T01:00:00Z")
    assert (started["state"], started["startedAt"]) == (
        "RUNNING",
        "2026-05-04T01:00:00Z",
    )
    done = client.mark_job_run_as_completed(first["id"], "2026-05-04T01:00:30Z")
    assert (done["state"], done["durationMs"]) == ("COMPLETED", 30_000)
    assert client.get_job_run(first["id"]) == done
    for mark, state in (
        (client.mark_job_run_as_failed, "FAILED"),
        (client.mark_job_run_as_aborted, "ABORTED"),
    ):
        begun = client.create_job_run(NAMESPACE, JOB, mark_as_running=True)
        assert begun["state"] == "RUNNING"
        assert mark(begun["id"])["state"] == state
    listed = client.list_job_runs(NAMESPACE, JOB, limit=2)
    assert (len(listed["runs"]), listed["totalCount"]) == (2, 3)


def columns(client):
    made = [dataset("sums", schema=schema("total"), columnLineage=derived(total="s.a"))]
    reads = [dataset("s", schema=schema("a"))]
    ingest([event("COMPLETE", 1, "sum", reads=reads, writes=made)])
    sums = client.get_column_lineage_by_dataset("data", "sums", with_downstream=True)
    assert {node["id"] for node in sums["graph"]} == {
        "datasetField:data:sums:total",
        "datasetField:data:s:a",
    }
    total = client.get_column_lineage_by_dataset_field("data", "sums", "total", depth=1)
    assert total == sums
    assert client.get_column_lineage_by_job("jobs", "sum") == sums


def events(client):
    told = client.list_events(limit=10)
    assert told["events"][0]["eventTime"]
    assert client.list_events("jobs")["events"]


def names(rows):
    return [row["name"] for row in rows]


def test_what_is_not_there_is_an_error_of_the_client(client):
    with pytest.raises(APIError):
        client.get_dataset("no", "where")


def test_without_a_key_it_is_refused_where_nobody_may_come_in_so(web_server, connected):
    with pytest.raises(APIError):
        connected(web_server.url).list_namespaces()


def test_without_a_key_it_reads_where_everybody_is_a_viewer(open_server, connected):
    ingest([event("COMPLETE", 1, "sum")])
    client = connected(open_server.url)

    assert names(client.list_jobs("jobs")["jobs"]) == ["sum"]
    with pytest.raises(APIError):
        client.create_tag("gold")
