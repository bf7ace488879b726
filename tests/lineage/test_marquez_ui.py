"""Each page of Marquez's own web UI gets what it asks for, without credentials.

The UI is on no package registry, so what is held here are the calls of its pages, word
for word as it sends them, and the members of the answers that a page shows.
"""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest

from lineage.ingest import ingest
from tests.conftest import running_web_server
from tests.lineage.projection.happenings import (
    dataset,
    event,
    run_id,
    schema,
)

pytestmark = pytest.mark.django_db(transaction=True)
SPACE, TABLE, JOB = "postgres://warehouse:5432", "shop.public.sums", "sum"
ORDERS = f"{SPACE}|shop.public.orders"
SUMS = f"{SPACE}|{TABLE}"
IN_SPACE = f"/namespaces/{quote(SPACE, safe='')}"
AMOUNT = {"namespace": SPACE, "name": "shop.public.orders", "field": "amount"}
RUN = run_id("run")
ZONE = "timezone=Europe/Berlin"
EVENTS_OF_A_DAY = (
    "/events/lineage?limit=50&before=2026-05-05T00:00:00.000Z"
    "&after=2026-05-04T00:00:00.000Z&offset=0&sortDirection=desc"
)

NAMESPACE = {"name", "createdAt", "updatedAt", "ownerName", "description", "isHidden"}
FIELD = {"name", "type", "tags", "description"}
DATASET = {
    "id", "type", "name", "physicalName", "createdAt", "updatedAt", "namespace",
    "sourceName", "fields", "tags", "lastModifiedAt", "description", "facets",
    "deleted", "columnLineage",
}  # fmt: skip
VERSION = {
    "id", "type", "createdByRun", "name", "physicalName", "createdAt", "version",
    "namespace", "sourceName", "fields", "tags", "description", "lifecycleState",
    "facets",
}  # fmt: skip
RUN_SHOWN = {
    "id", "createdAt", "updatedAt", "nominalStartTime", "nominalEndTime", "state",
    "jobVersion", "startedAt", "endedAt", "durationMs", "args", "facets",
}  # fmt: skip
JOB_SHOWN = {
    "id", "type", "name", "createdAt", "updatedAt", "inputs", "outputs", "namespace",
    "location", "description", "latestRun", "latestRuns", "tags", "parentJobName",
}  # fmt: skip
EVENT = {"eventType", "eventTime", "producer", "run", "job", "inputs", "outputs"}
SPAN = {"startInterval", "endInterval"}
TALLIED = SPAN | {"fail", "start", "complete", "abort"}
COUNTED = SPAN | {"count"}
NODE = {"id", "type", "data", "inEdges", "outEdges"}
FOUND = {"type", "name", "updatedAt", "namespace", "nodeId"}


@dataclass(frozen=True)
class Ui:
    """What the UI's fetch does: no credentials, no cookies, JSON or nothing."""

    url: str

    def fetch(self, path, method="GET", body=None):
        """The status and the document, if there is one."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        sent = json.dumps(body) if body is not None else None
        connection.request(method, f"/api/v1{path}", sent, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content) if content else None

    def get(self, path):
        status, told = self.fetch(path)
        assert status == 200, (path, told)
        return told


def take_in_a_shop():
    columns = {"schema": schema("id:int", "total:int")}
    ingest(
        [
            event("START", 1, JOB, "run", reads=[ORDERS]),
            event(
                "COMPLETE",
                2,
                JOB,
                "run",
                reads=[dataset(ORDERS, schema=schema("id:int", "amount:int"))],
                writes=[
                    dataset(
                        SUMS,
                        **columns,
                        dataSource={"name": "warehouse", "uri": SPACE},
                        columnLineage={"fields": {"total": {"inputFields": [AMOUNT]}}},
                    )
                ],
                of_job={"sql": {"query": "SELECT 1"}},
            ),
            event("FAIL", 3, "broken", "bad", writes=["data|half"]),
        ]
    )


@pytest.fixture
def ui(open_server):
    """The UI where everybody is a viewer."""
    take_in_a_shop()
    return Ui(open_server.url)


@pytest.fixture
def trusted_ui(tmp_path, transactional_db):
    """The UI where everybody may do everything, as in Marquez itself."""
    take_in_a_shop()
    everybody = {"HEADWATER_ANONYMOUS_ROLE": "admin"}
    with running_web_server(tmp_path / "log", **everybody) as server:
        yield Ui(server.url)


def one_of(rows, name):
    [found] = [row for row in rows if row["name"] == name]
    return found


def test_every_page_lists_namespaces_and_tags(ui):
    told = one_of(ui.get("/namespaces")["namespaces"], SPACE)
    assert told.keys() >= NAMESPACE
    assert told["isHidden"] is False
    assert ui.get("/tags") == {"tags": [], "totalCount": 0}


def test_the_dashboard_counts_by_the_hour_and_by_the_day(ui):
    for period, spans in (("DAY", 24), ("WEEK", 7)):
        told = ui.get(f"/stats/lineage-events?period={period}&{ZONE}")
        assert len(told) == spans
        assert all(span.keys() >= TALLIED for span in told)
        for asset in ("jobs", "datasets", "sources"):
            told = ui.get(f"/stats/{asset}?period={period}&{ZONE}")
            assert len(told) == spans
            assert all(span.keys() >= COUNTED for span in told)
    assert told[-1]["count"] >= 1


def test_the_dashboard_lists_jobs_by_the_state_of_their_last_run(ui):
    told = ui.get("/jobs?limit=10&offset=0")
    assert {job["name"] for job in told["jobs"]} == {JOB, "broken"}
    assert told["totalCount"] == 2
    assert told["jobs"][0].keys() >= JOB_SHOWN
    told = ui.get("/jobs?limit=10&offset=0&lastRunStates=FAILED")
    assert [job["name"] for job in told["jobs"]] == ["broken"]
    states = "&lastRunStates=COMPLETED&lastRunStates=RUNNING"
    told = ui.get(f"/jobs?limit=10&offset=0{states}")
    assert [job["name"] for job in told["jobs"]] == [JOB]


def test_the_lists_have_pages(ui):
    told = ui.get(f"{IN_SPACE}/datasets?limit=20&offset=0")
    assert told["totalCount"] == 2
    assert told["datasets"][0].keys() >= DATASET
    assert ui.get(f"{IN_SPACE}/datasets?limit=20&offset=20")["datasets"] == []
    told = ui.get("/namespaces/jobs/jobs?limit=20&offset=0")
    assert told["totalCount"] == 2
    latest = one_of(told["jobs"], JOB)["latestRun"]
    assert (latest["state"], latest["durationMs"]) == ("COMPLETED", 60_000)


def test_the_events_page_is_not_for_viewers(ui):
    """What was sent may hold what only few should read."""
    status, told = ui.fetch(EVENTS_OF_A_DAY)
    assert (status, told["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_lineage_page_walks_from_a_job_or_a_dataset(ui, slash):
    """The UI does not encode a nodeId."""
    of_job = ui.get(f"/lineage{slash}?nodeId=job:jobs:{JOB}&depth=2")["graph"]
    of_data = ui.get(f"/lineage{slash}?nodeId=dataset:{SPACE}:{TABLE}&depth=2")["graph"]

    assert of_job == of_data
    assert all(node.keys() >= NODE for node in of_job)
    nodes = {node["id"]: node for node in of_job}
    orders, job = f"dataset:{SPACE}:shop.public.orders", f"job:jobs:{JOB}"
    assert nodes.keys() == {orders, job, f"dataset:{SPACE}:{TABLE}"}
    assert nodes[job]["data"]["type"] == "BATCH"
    assert nodes[job]["data"]["latestRun"]["state"] == "COMPLETED"
    assert nodes[orders]["data"]["type"] == "DB_TABLE"
    assert {"origin": orders, "destination": job} in nodes[job]["inEdges"]


def test_the_drawer_of_a_dataset_shows_its_versions(ui):
    path = f"{IN_SPACE}/datasets/{quote(TABLE, safe='')}"
    told = ui.get(path)
    assert told.keys() >= DATASET
    assert all(field.keys() >= FIELD for field in told["fields"])
    versions = ui.get(f"{path}/versions?limit=10&offset=0")
    assert versions["totalCount"] == 1
    [version] = versions["versions"]
    assert version.keys() >= VERSION
    assert version["createdByRun"]["id"] == RUN


def test_the_drawer_of_a_job_shows_its_runs(ui):
    told = ui.get(f"/namespaces/jobs/jobs/{JOB}")
    assert told.keys() >= JOB_SHOWN
    runs = ui.get(f"/namespaces/jobs/jobs/{JOB}/runs?limit=14&offset=0")
    assert runs["totalCount"] == 1
    assert runs["runs"][0].keys() >= RUN_SHOWN
    facets = ui.get(f"/jobs/runs/{RUN}/facets?type=job")
    assert facets["runId"] == RUN
    assert ui.get(f"/jobs/runs/{RUN}/facets?type=run")["runId"] == RUN


def test_the_column_level_page_walks_both_ways(ui):
    """Here the parts of the nodeId are encoded."""
    node = f"dataset:{quote(SPACE, safe='')}:{quote(TABLE, safe='')}"
    graph = ui.get(f"/column-lineage?nodeId={node}&depth=2&withDownstream=true")[
        "graph"
    ]

    nodes = {each["id"]: each for each in graph}
    total = f"datasetField:{SPACE}:{TABLE}:total"
    amount = f"datasetField:{SPACE}:shop.public.orders:amount"
    assert {total, amount} <= nodes.keys()
    # The page follows edges from the column to what it is made of.
    assert {"origin": total, "destination": amount} in nodes[total]["inEdges"]
    assert {"namespace", "dataset", "field", "fieldType", "inputFields"} <= nodes[
        total
    ]["data"].keys()


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_search_in_the_header_finds_by_a_part_of_the_name(ui, slash):
    told = ui.get(f"/search{slash}?q=sum&sort=NAME&limit=100")
    assert {row["type"] for row in told["results"]} == {"DATASET", "JOB"}
    assert all(row.keys() >= FOUND for row in told["results"])
    told = ui.get(f"/search{slash}?q=sum&sort=UPDATE_AT&limit=100&filter=JOB")
    assert [row["nodeId"] for row in told["results"]] == [f"job:jobs:{JOB}"]


def test_a_viewer_changes_nothing(ui):
    path = f"{IN_SPACE}/datasets/{TABLE}"
    for method, address, body in (
        ("POST", f"{path}/tags/gold", None),
        ("DELETE", f"{path}/tags/gold", None),
        ("PUT", "/tags/gold", {"description": "The best."}),
        ("DELETE", path, None),
        ("DELETE", f"/namespaces/jobs/jobs/{JOB}", None),
    ):
        status, told = ui.fetch(address, method, body)
        assert status in (401, 403), (method, address, told)
    assert ui.get(f"{IN_SPACE}/datasets/{TABLE}")["tags"] == []


def test_where_everybody_may_do_everything_all_of_it_works(trusted_ui):
    """Nobody should open a server so that others reach; for a trial it is Marquez's."""
    ui, path = trusted_ui, f"{IN_SPACE}/datasets/{TABLE}"

    told = ui.get(EVENTS_OF_A_DAY)
    assert told["totalCount"] == 3
    assert [one["eventType"] for one in told["events"]] == ["FAIL", "COMPLETE", "START"]
    assert told["events"][1].keys() >= EVENT
    assert ui.fetch("/tags/gold", "PUT", {"description": "The best."})[0] == 200
    assert one_of(ui.get("/tags")["tags"], "gold")["description"] == "The best."
    status, told = ui.fetch(f"{path}/tags/gold", "POST")
    assert (status, told["tags"]) == (200, ["gold"])
    status, told = ui.fetch(f"{path}/fields/total/tags/pii", "POST")
    assert one_of(told["fields"], "total")["tags"] == ["PII"]
    status, told = ui.fetch(f"{path}/fields/total/tags/PII", "DELETE")
    assert one_of(told["fields"], "total")["tags"] == []
    status, told = ui.fetch(f"{path}/tags/gold", "DELETE")
    assert (status, told["tags"]) == (200, [])
    assert ui.fetch(path, "DELETE")[0] == 200
    assert ui.get(f"{IN_SPACE}/datasets?limit=20&offset=0")["totalCount"] == 1
