"""Each route of Marquez's API answers, with its status and with all its members.

The rows are facts about Marquez 0.51. A route that is missing fails here.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from lineage.services.tagging import describe_tag
from tests.lineage.api.conftest import Api
from tests.lineage.api.history import (
    JOBS,
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

NAMESPACE = {"name", "createdAt", "updatedAt", "ownerName", "description", "isHidden"}
SOURCE = {"type", "name", "createdAt", "updatedAt", "connectionUrl", "description"}
DATASET = {
    "id", "type", "name", "physicalName", "createdAt", "updatedAt", "namespace",
    "sourceName", "fields", "tags", "lastModifiedAt", "lastLifecycleState",
    "description", "currentVersion", "columnLineage", "facets", "deleted",
}  # fmt: skip
DATASET_VERSION = {
    "id", "type", "name", "physicalName", "createdAt", "version", "namespace",
    "sourceName", "fields", "tags", "lifecycleState", "description",
    "currentSchemaVersion", "createdByRun", "facets",
}  # fmt: skip
JOB = {
    "id", "type", "name", "simpleName", "parentJobName", "parentJobUuid", "createdAt",
    "updatedAt", "namespace", "inputs", "outputs", "location", "description",
    "latestRun", "latestRuns", "facets", "currentVersion", "labels", "tags",
}  # fmt: skip
JOB_VERSION = {
    "id", "name", "createdAt", "version", "namespace", "location", "inputs", "outputs",
    "latestRun",
}  # fmt: skip
RUN = {
    "id", "createdAt", "updatedAt", "nominalStartTime", "nominalEndTime", "state",
    "startedAt", "endedAt", "durationMs", "args", "jobVersion", "inputDatasetVersions",
    "outputDatasetVersions", "facets",
}  # fmt: skip
NODE = {"id", "type", "data", "inEdges", "outEdges"}
TAG = {"name", "description"}
FOUND = {"type", "name", "updatedAt", "namespace", "nodeId"}
COUNTED = {"startInterval", "endInterval", "count"}
EVENTS = {"startInterval", "endInterval", "fail", "start", "complete", "abort"}
UPSTREAM = {"job", "run", "inputs"}

ORDERS, NEW_TABLE = of_dataset("orders"), of_dataset("fresh")
LOAD, NEW_JOB = of_job("load"), of_job("fresh")
SPACE = address("namespaces", TABLES)
BARE = address("namespaces", "bare")
V1 = "/api/v1"
OF_RUN = f"{V1}/jobs/runs/{run_id(1)}"
PUT_DATASET = {"type": "DB_TABLE", "physicalName": "public.f", "sourceName": "default"}
EVENT = run_event(run=run_id(5), outputs=[dataset("orders", "id")])


@dataclass(frozen=True)
class Row:
    """One route and method, and what of its answer is a fact about Marquez.

    `members` are those of the answer; `each` those of every member of the list `of`, or
    of the answer itself where it is a list.
    """

    request: str
    status: int = 200
    members: frozenset[str] | set[str] | None = None
    of: str = ""
    each: frozenset[str] | set[str] | None = None
    body: Any = None
    length: int | None = None


def listed(path: str, of: str, each: set[str], *members: str) -> Row:
    """A GET whose answer is a list, with its count unless it has other members."""
    return Row(f"GET {path}", 200, {of, *(members or ("totalCount",))}, of, each)


def graph(path: str, each: set[str], of: str = "graph") -> Row:
    """A GET whose answer is a graph, or a walk through one."""
    return listed(path, of, each, of)


ROWS = [
    Row(f"POST {V1}/lineage", 201, body=EVENT),
    graph(f"{V1}/lineage?nodeId=job:{JOBS}:load&depth=2", NODE),
    Row(f"GET {V1}/lineage?nodeId=job:{JOBS}:unknown", 404),
    Row(f"GET {V1}/lineage", 400),
    graph(f"{V1}/runlineage/upstream?runId={run_id(1)}", UPSTREAM, "runs"),
    Row(f"GET {V1}/runlineage/upstream?runId={run_id(99)}", 404),
    graph(f"{V1}/column-lineage?nodeId=dataset:{TABLES}:totals", NODE),
    Row(f"GET {V1}/column-lineage?nodeId=dataset:{TABLES}:unknown", 404),
    Row(f"GET {V1}/events/lineage", 200, {"events", "totalCount"}),
    Row(f"GET {V1}/events/lineage?limit=-1", 400),
    listed(f"{V1}/namespaces", "namespaces", NAMESPACE),
    Row(f"GET {SPACE}", 200, NAMESPACE),
    Row(f"GET {address('namespaces', 'unknown')}", 404),
    Row(f"PUT {SPACE}", 200, NAMESPACE, body={"ownerName": "harbour"}),
    Row(f"PUT {BARE}", 200, NAMESPACE, body={"ownerName": "me"}),
    Row(f"PUT {SPACE}", 422, body={}),
    Row(f"DELETE {SPACE}", 200, NAMESPACE),
    listed(f"{V1}/sources", "sources", SOURCE),
    Row(f"GET {V1}/sources/warehouse", 200, SOURCE),
    Row(f"GET {V1}/sources/unknown", 404),
    Row(
        f"PUT {V1}/sources/lake", 200, SOURCE,
        body={"type": "S3", "connectionUrl": "s3://lake", "description": "raw"},
    ),
    Row(f"PUT {V1}/sources/lake", 422, body={"type": "S3"}),
    Row(f"GET {ORDERS}", 200, DATASET),
    Row(f"GET {of_dataset('unknown')}", 404),
    Row(f"PUT {NEW_TABLE}", 200, DATASET, body=PUT_DATASET),
    Row(f"PUT {NEW_TABLE}", 422, body={}),
    Row(f"PUT {NEW_TABLE}", 404, body={**PUT_DATASET, "sourceName": "unknown"}),
    Row(f"PUT {NEW_TABLE}", 404, body={**PUT_DATASET, "runId": run_id(99)}),
    Row(f"PUT {of_dataset('d', namespace='unknown')}", 404, body=PUT_DATASET),
    Row(f"DELETE {ORDERS}", 200, DATASET),
    listed(f"{SPACE}/datasets", "datasets", DATASET),
    listed(f"{ORDERS}/versions", "versions", DATASET_VERSION),
    Row(f"GET {ORDERS}/versions/{{dataset_version}}", 200, DATASET_VERSION),
    Row(f"GET {ORDERS}/versions/{run_id(99)}", 404),
    Row(f"POST {ORDERS}/tags/PII", 200, DATASET),
    Row(f"DELETE {ORDERS}/tags/PII", 200, DATASET),
    Row(f"POST {ORDERS}/fields/id/tags/pii", 200, DATASET),
    Row(f"DELETE {ORDERS}/fields/id/tags/pii", 200, DATASET),
    Row(f"POST {ORDERS}/fields/unknown/tags/pii", 404),
    Row(f"GET {LOAD}", 200, JOB),
    Row(f"GET {of_job('unknown')}", 404),
    Row(f"PUT {NEW_JOB}", 200, JOB, body={"type": "BATCH"}),
    Row(f"PUT {NEW_JOB}", 422, body={"type": "CRON"}),
    Row(f"PUT {of_job('j', namespace='unknown')}", 404, body={"type": "BATCH"}),
    Row(f"DELETE {LOAD}", 200, JOB),
    listed(f"{V1}/jobs", "jobs", JOB),
    listed(f"{V1}/jobs?lastRunStates=completed&lastRunStates=FAILED", "jobs", JOB),
    Row(f"GET {V1}/jobs?lastRunStates=happy", 400),
    listed(f"{of_job('')[:-1]}", "jobs", JOB),
    Row(f"GET {address('namespaces', 'unknown', 'jobs')}", 200, {"jobs", "totalCount"}),
    listed(f"{LOAD}/versions", "versions", JOB_VERSION),
    Row(f"GET {LOAD}/versions/{{job_version}}", 200, JOB_VERSION),
    listed(f"{LOAD}/runs", "runs", RUN),
    Row(f"POST {LOAD}/runs", 201, RUN, body={"id": run_id(50)}),
    Row(f"POST {LOAD}/runs", 400, body={"id": run_id(1)}),
    Row(f"POST {of_job('unknown')}/runs", 404, body={}),
    Row(f"GET {OF_RUN}", 200, RUN),
    Row(f"GET {V1}/jobs/runs/{run_id(99)}", 404),
    *(
        Row(f"POST {OF_RUN}/{what}?at=2026-03-01T13:00:00Z", 200, RUN)
        for what in ("start", "complete", "fail", "abort")
    ),
    Row(f"POST {V1}/jobs/runs/{run_id(99)}/start", 404),
    Row(f"GET {OF_RUN}/facets?type=run", 200, {"runId", "facets"}),
    Row(f"GET {OF_RUN}/facets", 400),
    Row(f"POST {LOAD}/tags/PII", 200, JOB),
    Row(f"DELETE {LOAD}/tags/PII", 200, JOB),
    listed(f"{V1}/tags", "tags", TAG),
    Row(f"PUT {V1}/tags/PII", 200, TAG, body={"description": "personal"}),
    listed(f"{V1}/search?q=orders", "results", FOUND),
    Row(f"GET {V1}/search", 400),
    Row("GET /api/v2beta/search/jobs?q=load", 200, {"hits", "highlights"}),
    Row("GET /api/v2beta/search/datasets?q=orders", 200, {"hits", "highlights"}),
    Row("GET /api/v2beta/search/datasets", 400),
    Row(f"GET {V1}/stats/lineage-events?period=DAY", 200, each=EVENTS, length=24),
    Row(f"GET {V1}/stats/lineage-events?period=WEEK", 200, each=EVENTS, length=7),
    *(
        Row(f"GET {V1}/stats/{what}?period={period}", each=COUNTED, length=length)
        for what in ("jobs", "datasets", "sources")
        for period, length in (("DAY", 24), ("WEEK", 7))
    ),
    Row(f"GET {V1}/stats/jobs?period=YEAR", 400),
]  # fmt: skip


@pytest.fixture
def world(db: None) -> None:
    """A job that reads `orders` from the source `warehouse` and writes `totals`."""
    source = {"dataSource": facet(name="warehouse", uri="postgres://warehouse:5432")}
    derived = facet(
        fields={
            "n": {
                "inputFields": [{"namespace": TABLES, "name": "orders", "field": "id"}]
            }
        }
    )
    outputs = [dataset("totals", "n", facets={"columnLineage": derived})]
    inputs = [dataset("orders", "id", facets=source)]
    send(
        run_event("START", run=run_id(1)),
        run_event("COMPLETE", 1, run=run_id(1), inputs=inputs, outputs=outputs),
    )
    describe_tag("PII", "personal", actor=None)


def live(row: Row) -> bool:
    """The event door has its own thread: it is asked in its own tests."""
    return row.request == f"POST {V1}/lineage"


@pytest.mark.parametrize(
    "row", [r for r in ROWS if not live(r)], ids=lambda r: f"{r.request}-{r.status}"
)
def test_a_route_answers_as_marquez_does(admin: Api, world: None, row: Row) -> None:
    method, path = row.request.split(" ", 1)
    for name, listed in (("dataset_version", ORDERS), ("job_version", LOAD)):
        if f"{{{name}}}" in path:
            found = admin.get(f"{listed}/versions")["versions"][0]["version"]
            path = path.replace(f"{{{name}}}", found)
    send_it = getattr(admin.client, method.lower())
    more = {} if row.body is None else {"content_type": "application/json"}

    response = send_it(path, row.body, **more)

    assert response.status_code == row.status, response.content
    told = response.json()
    if row.status >= 400:
        assert told["detail"]
        assert response["Content-Type"] == "application/problem+json"
    if row.members is not None:
        assert told.keys() >= row.members
    listed_of = told[row.of] if row.of else told
    if row.each is not None:
        assert listed_of
        assert all(one.keys() >= row.each for one in listed_of)
    if row.length is not None:
        assert len(listed_of) == row.length


def test_a_refused_body_says_all_that_is_wrong(admin: Api, world: None) -> None:
    told = admin.put(NEW_TABLE, {"type": "VIEW"}, status=422)

    faults = {fault["pointer"] for fault in told["errors"]}
    assert faults == {"/type", "/physicalName", "/sourceName"}
    assert told["code"] == "value_invalid"
