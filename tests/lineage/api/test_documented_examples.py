"""Marquez's own documented examples, played against a server, answered as documented.

`documented.py` has the facts and says where they are from. Each answer is compared
member by member; what differs is named here, with why, and nothing else may differ.
"""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests import factories
from tests.conftest import WebServer
from tests.lineage.api import documented
from tests.lineage.api.documented import NODES, OPERATIONS
from tests.lineage.api.history import (
    dataset,
    facet,
    run_event,
    run_id,
    schema,
)
from tests.lineage.api.shapes import COUNT, ID, TIME, Comparison, Nullable, Schema

pytestmark = pytest.mark.django_db(transaction=True)

DROPPED = (
    "deprecated; Marquez dropped it in 0.42 for facets, and so `facets.sql` has it"
)
NODE_ONLY = "graphs tell less, as Marquez's own example of one does: ask the asset"
RUN_OF_NODE = (
    "what the run read, wrote and said has its own route: else a walk that meets a "
    "thousand jobs would gather it for each"
)
NO_EVENT = "a found dataset is no document of a run's event, as in OpenSearch it is"
ON_PURPOSE = {
    "recordLineage: 201 for 200": "Marquez's server answers 201, and so clients expect",
    "putTag TagList.tags: missing": "Marquez's server answers the tag that was put",
    "putTag TagList.name: not documented": "the same",
    "putTag TagList.description: not documented": "the same",
    "* Run.context: missing": DROPPED,
    "* Job.context: missing": DROPPED,
    "* JobVersion.context: missing": DROPPED,
    "* DatasetVersion.lastModifiedAt: missing": "only a type of its pages has it; its "
    "server does not answer it, and no page shows it: `createdAt` is that time",
    "getLineage Dataset.facets: missing": NODE_ONLY,
    "getLineage Dataset.currentVersion: missing": NODE_ONLY,
    "getLineage Dataset.deleted: missing": NODE_ONLY,
    "getLineage Dataset.columnLineage: missing": NODE_ONLY,
    "getLineage Job.facets: missing": NODE_ONLY,
    "getLineage Job.currentVersion: missing": NODE_ONLY,
    "getLineage Job.tags: missing": NODE_ONLY,
    "getLineage Run.jobVersion: missing": RUN_OF_NODE,
    "getLineage Run.inputDatasetVersions: missing": RUN_OF_NODE,
    "getLineage Run.outputDatasetVersions: missing": RUN_OF_NODE,
    "getLineage Run.facets: missing": RUN_OF_NODE,
    "getLineageEvents LineageEvent.eventType: 'OTHER' is not one of START, RUNNING, "
    "COMPLETE, FAIL, ABORT": "OpenLineage has it; a run that is announced sends it",
    "searchDatasets DatasetHit.run_id: None is not a text": NO_EVENT,
    "searchDatasets DatasetHit.eventType: None is not a text": NO_EVENT,
}
THEIRS = "Marquez's server answers it, too"
COUNTED = "every list of ours has its count"
OURS = {
    "* NamespaceList.totalCount: not documented": COUNTED,
    "* SourceList.totalCount: not documented": COUNTED,
    "getTags TagList.totalCount: not documented": COUNTED,
    "* JobVersionList.totalCount: not documented": COUNTED,
    "* Job.latestRuns: not documented": THEIRS,
    "* Job.labels: not documented": THEIRS,
    "getLineage Job.currentRunUuid: not documented": THEIRS,
    "* DatasetVersion.currentSchemaVersion: not documented": THEIRS,
    "* InputField.transformations: not documented": "what OpenLineage says since",
    "* ColumnLineage.transformations: not documented": "what OpenLineage says since",
    "searchJobs JobHit.facets: not documented": "optional there",
    "searchDatasets DatasetHit.facets: not documented": "optional there",
    "searchDatasets DatasetHit.type: not documented": "as hits of jobs have it",
}
NAMED = (ON_PURPOSE | OURS).keys()
# The run that the last event completes, with all that the others leave untold.
LAST, PARENT = run_id(7), run_id(8)


@dataclass
class Player:
    """Who plays the examples, and what was found wrong with the answers."""

    server: WebServer
    token: str
    comparison: Comparison = field(default_factory=Comparison)
    asked: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)

    def __call__(
        self, name: str, body: Any = None, *, query: Any = None, **names: str
    ) -> Any:
        """Ask one operation; its answer, once it is compared."""
        operation = OPERATIONS[name]
        self.asked.add(name)
        parts = {key: quote(value, safe="") for key, value in names.items()}
        path = operation.path.format(**parts)
        base = "/api" if path.startswith("/v2beta") else "/api/v1"
        status, told = self.send(operation.method, base + path, body, query or {})
        if status != operation.status:
            assert status < 300, (name, status, told)
            self.found.add(f"{name}: {status} for {operation.status}")
        if operation.answer is not None:
            faults = self.comparison.faults(told, operation.answer, f"{name}'s answer")
            self.found |= {f"{name} {fault}" for fault in faults}
        if name in ("getLineage", "getColumnLineage"):
            self.compare_nodes(name, told["graph"])
        return told

    def compare_nodes(self, name: str, nodes: list[dict[str, Any]]) -> None:
        for node in nodes:
            faults = self.comparison.faults(node, NODES[node["type"]], "GraphNode")
            self.found |= {f"{name} {fault}" for fault in faults}

    def send(self, method: str, path: str, body: Any, query: Any) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc)
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        address = f"{path}?{urlencode(query)}" if query else path
        connection.request(
            method, address, None if body is None else json.dumps(body), headers
        )
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content) if content else None


@pytest.fixture
def play(web_server: WebServer) -> Player:
    return Player(web_server, factories.make_token("harbour", "admin"))


def test_every_documented_operation_answers_every_documented_member(
    play: Player,
) -> None:
    describe(play)
    tag(play)
    run_it(play)
    record(play)
    read_graphs(play)
    find_and_count(play)
    delete(play)

    assert play.asked == OPERATIONS.keys()
    assert explained(play.found) - NAMED == set()
    assert NAMED - explained(play.found) == set()  # no difference is named in vain
    assert play.comparison.met - play.comparison.filled == set()


def describe(play: Player) -> None:
    """Namespace, source, datasets and job, in the order of the documentation."""
    port = {"namespace": "port"}
    made = play("putNamespace", documented.NAMESPACE_SENT, **port)
    assert made.items() >= documented.NAMESPACE_SENT.items()
    assert play("getNamespace", **port) == made
    assert made in play("getNamespaces", query={"limit": 25, "offset": 0})["namespaces"]

    source = play("putSource", documented.SOURCE_SENT, source="berths")
    assert source.items() >= documented.SOURCE_SENT.items()
    assert play("getSource", source="berths") == source
    assert source in play("getSources", query={"limit": 25})["sources"]

    stream = play("putDataset", documented.STREAM_SENT, dataset="tides", **port)
    assert (stream["type"], stream["physicalName"]) == ("STREAM", "tides")
    table = play("putDataset", documented.TABLE_SENT, dataset="arrivals", **port)
    told = {key: table[key] for key in ("type", "physicalName", "sourceName", "tags")}
    assert told.items() <= documented.TABLE_SENT.items()
    # Documented is null until a run has written it; a description that stands on its
    # own makes a version here, and is its last modification.
    assert table["lastModifiedAt"] is not None
    assert play("getDataset", dataset="arrivals", **port) == table
    listed = play("getDatasets", query={"limit": 25, "offset": 0}, **port)
    assert (listed["datasets"], listed["totalCount"]) == ([table, stream], 2)

    job = play("putJob", documented.JOB_SENT, job="note", **port)
    for member in ("type", "inputs", "outputs", "location", "description"):
        assert job[member] == documented.JOB_SENT[member]
    assert job["facets"]["sql"]["query"] == documented.JOB_SENT["context"]["sql"]
    assert job["latestRun"] is None
    assert play("getJob", job="note", **port) == job
    assert play("getJobs", query={"limit": 25}, **port)["jobs"] == [job]


def tag(play: Player) -> None:
    assert play("putTag", documented.TAG_SENT, tag="SENSITIVE") == {
        "name": "SENSITIVE",
        **documented.TAG_SENT,
    }
    names = {row["name"] for row in play("getTags", query={"limit": 25})["tags"]}
    assert "SENSITIVE" in names
    table = {"namespace": "port", "dataset": "arrivals"}
    tagged = play("addTagToDataset", tag="SENSITIVE", **table)
    assert tagged["tags"] == ["SENSITIVE", "DAILY"]
    tagged = play("addTagToFieldOfDataset", field="ship", tag="SENSITIVE", **table)
    assert tagged["fields"][0]["tags"] == ["SENSITIVE", "OPEN"]
    [version] = play("getDatasetVersions", **table)["versions"]
    assert version["version"] == tagged["currentVersion"]
    assert version["tags"] == tagged["tags"]


def run_it(play: Player) -> None:
    """A run that completes and writes, one that fails and one that is aborted."""
    job = {"namespace": "port", "job": "note"}
    new = play("createRun", documented.RUN_SENT, **job)
    assert (new["state"], new["startedAt"], new["durationMs"]) == ("NEW", None, None)
    sent = {key: new[key] for key in ("nominalStartTime", "nominalEndTime")}
    assert sent.items() <= documented.RUN_SENT.items()
    spelt = {"pier": "north", "dryRun": "false", "isLate": "true", "retries": "1"}
    assert new["args"].items() >= spelt.items()

    run = new["id"]
    started = play("startRun", run=run, query={"at": "2026-05-04T03:00:10Z"})
    assert (started["state"], started["endedAt"]) == ("RUNNING", None)
    written = {**documented.TABLE_SENT, "runId": run}
    play("putDataset", written, namespace="port", dataset="arrivals")
    ended = play("completeRun", run=run, query={"at": "2026-05-04T03:00:12.500Z"})
    assert (ended["state"], ended["durationMs"]) == ("COMPLETED", 2500)
    assert play("getRun", run=run) == ended
    for what, state in (("fail", "FAILED"), ("abort", "ABORTED")):
        other = play("createRun", {"args": {}}, **job)["id"]
        play("startRun", run=other)
        assert play(f"{what}Run", run=other)["state"] == state
    runs = play("getRuns", query={"limit": 25, "offset": 0}, **job)
    assert (len(runs["runs"]), runs["totalCount"]) == (3, 3)
    assert ended in runs["runs"]

    told = play("getFacets", run=run, query={"type": "run"})
    assert told["runId"] == run
    assert {"nominalTime", "executionParameters"} <= told["facets"].keys()
    [version] = play("getJobVersions", **job)["versions"]
    assert play("getJobVersion", version=version["version"], **job) == version
    assert version["facets"]["sql"]["query"] == documented.JOB_SENT["context"]["sql"]


def record(play: Player) -> None:
    """An event as the example has it, and one that tells what the others do not."""
    example = {
        "eventType": "COMPLETE",
        "eventTime": "2026-05-04T05:00:00.125Z",
        "run": {"runId": run_id(6)},
        "job": {"namespace": "port", "name": "count"},
        "outputs": [
            {
                "namespace": "port",
                "name": "sums",
                "facets": {"schema": schema(ships="INTEGER", day="TIMESTAMP")},
            }
        ],
        "producer": "https://example.org/counting",
    }
    play("recordLineage", example)
    source = {"namespace": "port", "name": "arrivals", "field": "ship"}
    derived = {"inputFields": [source], "transformationType": "MASKED"}
    derived["transformationDescription"] = "counted"
    told = {
        "schema": schema(ships="INTEGER"),
        "columnLineage": facet(fields={"ships": derived}),
        "lifecycleStateChange": facet(lifecycleStateChange="CREATE"),
        "documentation": facet(description="How many have come"),
    }
    started_by = facet(run={"runId": PARENT}, job={"namespace": "port", "name": "all"})
    read = facet(rowCount=3)
    last = run_event(
        run=LAST,
        job="all.count",
        namespace="port",
        run_facets={
            "parent": started_by,
            "processing_engine": facet(name="spark", version="3.5"),
        },
        job_facets={"tags": facet(tags=[{"key": "hourly", "value": "true"}])},
        inputs=[
            dataset(
                "arrivals",
                "ship",
                namespace="port",
                inputFacets={"inputStatistics": read},
            )
        ],
        outputs=[
            dataset(
                "totals",
                namespace="port",
                facets=told,
                outputFacets={"outputStatistics": read},
            )
        ],
    )
    play("recordLineage", last)
    events = play("getLineageEvents", query={"sortDirection": "asc", "limit": 25})
    assert last in events["events"]
    assert example in events["events"]
    job = play("getJob", namespace="port", job="all.count")
    assert (job["simpleName"], job["parentJobName"]) == ("count", "all")
    table = {"namespace": "port", "dataset": "totals"}
    known = play("getDataset", **table)
    assert known["columnLineage"][0]["inputFields"][0]["field"] == "ship"
    listed = play("getDatasetVersions", query={"limit": 25}, **table)
    [version] = listed["versions"]
    assert version["createdByRun"] == play("getRun", run=LAST)
    assert play("getDatasetVersion", version=version["version"], **table) == version
    play("getFacets", run=LAST, query={"type": "job"})


def read_graphs(play: Player) -> None:
    for node in ("job:port:all.count", "dataset:port:arrivals"):
        graph = play("getLineage", query={"nodeId": node, "depth": 20})["graph"]
        assert node in {one["id"] for one in graph}
    column = {"nodeId": "datasetField:port:totals:ships", "withDownstream": "false"}
    graph = play("getColumnLineage", query=column)["graph"]
    assert {one["type"] for one in graph} == {"DATASET_FIELD"}
    play("getRunLineageUpstream", query={"runId": LAST, "depth": 20})


def find_and_count(play: Player) -> None:
    asked = {"q": "arrivals", "filter": "dataset", "namespace": "port", "limit": 25}
    days = {"after": "2020-01-01", "before": "2100-01-01"}
    for sort in ("name", "updated_at"):
        found = play("search", query={**asked, **days, "sort": sort})
        assert found["results"][0]["nodeId"] == "dataset:port:arrivals"
    # Documented are `%` for any text and `_` for any sign. Here they are literal, since
    # names have them; but what differs by so little is found all the same.
    for pattern in ("arriv%", "_rrivals"):
        found = play("search", query={"q": pattern})
        assert "arrivals" in {one["name"] for one in found["results"]}
    for what in ("Events", "Jobs", "Datasets", "Sources"):
        for period, length in (("DAY", 24), ("WEEK", 7)):
            query = {"period": period, "timezone": "Europe/Berlin"}
            assert len(play(f"statsOf{what}", query=query)) == length
    assert play("searchJobs", query={"q": "count"})["hits"]
    assert play("searchDatasets", query={"q": "arrivals"})["hits"]


def delete(play: Player) -> None:
    play("deleteDataset", namespace="port", dataset="totals")
    play("deleteJob", namespace="port", job="note")
    play("deleteNamespace", namespace="port")
    assert play("getNamespace", namespace="port")["isHidden"] is True


def explained(found: set[str]) -> set[str]:
    """The differences by how they are named: of one operation, or of any (`*`)."""
    anywhere = {fault: f"* {fault.partition(' ')[2]}" for fault in found}
    return {f if anywhere[f] not in NAMED else anywhere[f] for f in found}


THING = Schema("Thing", {"id": ID, "at": Nullable(TIME), "all": [COUNT]})
GOOD = {"id": run_id(1), "at": "2026-05-04T03:00:00.125Z", "all": [1]}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, None),
        ({"at": None}, None),
        ({"id": "1"}, "Thing.id: '1' is not a UUID"),
        ({"id": None}, "Thing.id: None is not a UUID"),
        ({"at": "2026-05-04T03:00:00+00:00"}, "is not an ISO time in UTC"),
        ({"all": [1, True]}, "Thing.all: True is not a whole number"),
        ({"all": None}, "Thing.all: not a list"),
        ({"more": 1}, "Thing.more: not documented"),
    ],
)
def test_what_is_not_as_documented_is_seen(changed: Any, fault: str | None) -> None:
    faults = list(Comparison().faults({**GOOD, **changed}, THING, "answer"))

    assert len(faults) == (fault is not None)
    assert fault is None or fault in faults[0]


def test_a_member_that_is_not_there_is_seen() -> None:
    told = {name: value for name, value in GOOD.items() if name != "at"}

    assert list(Comparison().faults(told, THING, "")) == ["Thing.at: missing"]
