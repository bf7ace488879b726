"""What does Marquez's own documentation say that its API answers?

Facts from the repository MarquezProject/marquez: names and types of members, words of
enumerations, statuses, and how the examples of requests are made. Values are ours.

- Every operation, its schemas and their examples: the specification as of
  0.50.0-SNAPSHOT, `docs/v3/api-reference/openapi.json` at
  c3e380276eb162ff19fe1ac97ae0215d556e1c9f.
- Which members of namespaces, datasets, jobs and graphs are null: the tutorial
  `docs/blog/2021-07-14-using-marquez-api/index.mdx` at
  6d9bd769955cdd78f13fd6d08f4669a038293a2d.
- Columns, statistics and the search in OpenSearch, of which the specification has no
  word, and members that it forgot: the types of the web pages, `web/src/types/api.ts`
  at 058067609c72b25248fa1f163adb1ad66cea216b, and in `web/src/store/requests`
  `lineageMetrics.ts` at 059c4ac23a884cbf421103819634fb864962b3d7 and
  `intervalMetrics.ts` at 66881b090c1210d750fe5d5ce7bd1a6894e55939.

`GET /jobs`, tags of jobs and taking off tags are documented nowhere:
`test_marquez_contract.py` asks them.

A member may be null where an example has null there, where these types say so, or where
there is nothing yet to tell of: a run that has not begun has no start. Where a schema
says "string" and its own example shows a list (the tags of a dataset's version), the
example counts.
"""

from dataclasses import dataclass
from typing import Any

from tests.lineage.api.shapes import (
    ANYTHING,
    COUNT,
    FLAG,
    ID,
    TEXT,
    TIME,
    URI,
    MapOf,
    Nullable,
    Schema,
    one_of,
)

DATASET_TYPE = one_of("DB_TABLE", "STREAM")
JOB_TYPE = one_of("BATCH", "STREAM", "SERVICE")
RUN_STATE = one_of("NEW", "RUNNING", "COMPLETED", "FAILED", "ABORTED")

NAMESPACE = Schema(
    "Namespace",
    {
        "name": TEXT,
        "createdAt": TIME,
        "updatedAt": TIME,
        "ownerName": TEXT,
        "description": Nullable(TEXT),
        "isHidden": FLAG,
    },
)
NAMESPACES = Schema("NamespaceList", {"namespaces": [NAMESPACE]})
SOURCE = Schema(
    "Source",
    {
        "type": TEXT,
        "name": TEXT,
        "createdAt": TIME,
        "updatedAt": TIME,
        "connectionUrl": URI,
        "description": Nullable(TEXT),
    },
)
SOURCES = Schema("SourceList", {"sources": [SOURCE]})
TAG = Schema("Tag", {"name": TEXT, "description": Nullable(TEXT)})
TAGS = Schema("TagList", {"tags": [TAG]})

FACET = Schema("Facet", {"_producer": URI, "_schemaURL": URI}, is_open=True)
FACETS = MapOf(FACET)
NAMED = {"namespace": TEXT, "name": TEXT}
DATASET_ID = Schema("DatasetId", NAMED)
DATASET_VERSION_ID = Schema("DatasetVersionId", {**NAMED, "version": ID})
JOB_ID = Schema("JobId", NAMED)
JOB_VERSION_ID = Schema("JobVersionId", {**NAMED, "version": ID})

STARTED_RUN = {
    "id": ID,
    "createdAt": TIME,
    "updatedAt": TIME,
    "nominalStartTime": Nullable(TIME),
    "nominalEndTime": Nullable(TIME),
    "state": RUN_STATE,
    "startedAt": Nullable(TIME),
    "endedAt": Nullable(TIME),
    "durationMs": Nullable(COUNT),
    "args": MapOf(TEXT),
    "facets": FACETS,
}
INPUT_VERSION = Schema(
    "InputDatasetVersion", {"datasetVersionId": DATASET_VERSION_ID, "facets": FACETS}
)
OUTPUT_VERSION = Schema(
    "OutputDatasetVersion", {"datasetVersionId": DATASET_VERSION_ID, "facets": FACETS}
)
RUN = Schema(
    "Run",
    {
        **STARTED_RUN,
        "jobVersion": Nullable(JOB_VERSION_ID),
        "inputDatasetVersions": [INPUT_VERSION],
        "outputDatasetVersions": [OUTPUT_VERSION],
        "context": MapOf(TEXT),
    },
)
# Of a run that starts, fails or is aborted, less is documented than is told.
INCOMPLETE_RUN = Schema("IncompleteRun", STARTED_RUN, is_open=True)
RUNS = Schema("RunList", {"runs": [RUN], "totalCount": COUNT})
RUN_FACETS = Schema("FacetsResult", {"runId": ID, "facets": FACETS})

FIELD = Schema(
    "Field",
    {
        "name": TEXT,
        "type": Nullable(TEXT),
        "tags": [TEXT],
        "description": Nullable(TEXT),
    },
)
TRANSFORMED = {
    "transformationDescription": Nullable(TEXT),
    "transformationType": Nullable(TEXT),
}
INPUT_FIELD = Schema(
    "InputField", {"namespace": TEXT, "dataset": TEXT, "field": TEXT, **TRANSFORMED}
)
INPUT_FIELDS = Schema(
    "InputFields", {"name": TEXT, "inputFields": [INPUT_FIELD], **TRANSFORMED}
)
DATASET = Schema(
    "Dataset",
    {
        "id": DATASET_ID,
        "type": DATASET_TYPE,
        "name": TEXT,
        "physicalName": TEXT,
        "createdAt": TIME,
        "updatedAt": TIME,
        "namespace": TEXT,
        "sourceName": TEXT,
        "fields": [FIELD],
        "tags": [TEXT],
        "lastModifiedAt": Nullable(TIME),
        "lastLifecycleState": Nullable(TEXT),
        "description": Nullable(TEXT),
        "facets": FACETS,
        "currentVersion": ID,
        "deleted": FLAG,
        "columnLineage": Nullable([INPUT_FIELDS]),
    },
)
DATASETS = Schema("DatasetList", {"datasets": [DATASET], "totalCount": COUNT})
DATASET_VERSION = Schema(
    "DatasetVersion",
    {
        "id": DATASET_VERSION_ID,
        "type": DATASET_TYPE,
        "name": TEXT,
        "physicalName": TEXT,
        "createdAt": TIME,
        "version": ID,
        "namespace": TEXT,
        "sourceName": TEXT,
        "fields": [FIELD],
        "tags": [TEXT],
        "description": Nullable(TEXT),
        "createdByRun": Nullable(RUN),
        "facets": FACETS,
        "lifecycleState": Nullable(TEXT),
        "lastModifiedAt": Nullable(TIME),
    },
)
DATASET_VERSIONS = Schema(
    "DatasetVersionList", {"versions": [DATASET_VERSION], "totalCount": COUNT}
)
JOB = Schema(
    "Job",
    {
        "id": JOB_ID,
        "type": JOB_TYPE,
        "name": TEXT,
        "simpleName": TEXT,
        "parentJobName": Nullable(TEXT),
        "parentJobUuid": Nullable(ID),
        "createdAt": TIME,
        "updatedAt": TIME,
        "namespace": TEXT,
        "inputs": [DATASET_ID],
        "outputs": [DATASET_ID],
        "location": Nullable(URI),
        "context": MapOf(TEXT),
        "description": Nullable(TEXT),
        "latestRun": Nullable(RUN),
        "facets": FACETS,
        "currentVersion": ID,
        "tags": [TEXT],
    },
)
JOBS = Schema("JobList", {"jobs": [JOB], "totalCount": COUNT})
JOB_VERSION = Schema(
    "JobVersion",
    {
        "id": JOB_VERSION_ID,
        "type": JOB_TYPE,
        "name": TEXT,
        "version": ID,
        "createdAt": TIME,
        "namespace": TEXT,
        "inputs": [DATASET_ID],
        "outputs": [DATASET_ID],
        "location": Nullable(URI),
        "context": MapOf(TEXT),
        "description": Nullable(TEXT),
        "latestRun": Nullable(RUN),
        "facets": FACETS,
    },
)
JOB_VERSIONS = Schema("JobVersionList", {"versions": [JOB_VERSION]})

EDGE = Schema("GraphEdge", {"origin": TEXT, "destination": TEXT})


def node(kind: str, data: Any) -> Schema:
    """A node of a graph, by its documented type."""
    return Schema(
        f"{kind} GraphNode",
        {
            "id": TEXT,
            "type": one_of(kind),
            "data": data,
            "inEdges": [EDGE],
            "outEdges": [EDGE],
        },
    )


# Told apart by the nodes' type.
NODES = {kind: node(kind, data) for kind, data in (("JOB", JOB), ("DATASET", DATASET))}
COLUMN = {
    "namespace": TEXT,
    "dataset": TEXT,
    "datasetVersion": ID,
    "field": TEXT,
    **TRANSFORMED,
}
NODES["DATASET_FIELD"] = node(
    "DATASET_FIELD",
    Schema(
        "ColumnLineageData",
        {
            **COLUMN,
            "fieldType": TEXT,
            "inputFields": [Schema("ColumnLineage", COLUMN)],
        },
    ),
)
GRAPH = Schema("LineageGraph", {"graph": [ANYTHING]})
UPSTREAM = Schema("UpstreamRunLineage", {"runs": [Schema("UpstreamRun", {}, True)]})

FOUND = Schema(
    "SearchResult",
    {
        "type": one_of("DATASET", "JOB"),
        "name": TEXT,
        "updatedAt": TIME,
        "namespace": TEXT,
        "nodeId": TEXT,
    },
)
RESULTS = Schema("SearchResultList", {"totalCount": COUNT, "results": [FOUND]})
SENT_EVENT = Schema(
    "LineageEvent",
    {
        "eventType": one_of("START", "RUNNING", "COMPLETE", "FAIL", "ABORT"),
        "eventTime": TEXT,
        "run": Schema("EventRun", {"runId": TEXT}, True),
        "job": Schema("EventJob", NAMED, True),
        "producer": URI,
    },
    is_open=True,
)
EVENTS = Schema("LineageEventList", {"events": [SENT_EVENT], "totalCount": COUNT})

SPAN = {"startInterval": TIME, "endInterval": TIME}
LINEAGE_METRIC = Schema(
    "LineageMetric",
    {**SPAN, "fail": COUNT, "start": COUNT, "complete": COUNT, "abort": COUNT},
)
INTERVAL_METRIC = Schema("IntervalMetric", {**SPAN, "count": COUNT})
HIT = {"run_id": TEXT, "name": TEXT, "namespace": TEXT, "eventType": TEXT}
MARKED = MapOf([TEXT])
FOUND_JOBS = Schema(
    "OpenSearchResultJobs",
    {
        "hits": [Schema("JobHit", {**HIT, "type": TEXT, "runFacets": MapOf(ANYTHING)})],
        "highlights": [MARKED],
    },
)
FOUND_DATASETS = Schema(
    "OpenSearchResultDatasets",
    {"hits": [Schema("DatasetHit", HIT)], "highlights": [MARKED]},
)


@dataclass(frozen=True)
class Operation:
    """A documented operation: where it is asked, and what it answers."""

    method: str
    path: str
    answer: Any = None
    status: int = 200


IN = "/namespaces/{namespace}"
TABLE = f"{IN}/datasets/{{dataset}}"
WORK = f"{IN}/jobs/{{job}}"
ONE_RUN = "/jobs/runs/{run}"

OPERATIONS = {
    "putNamespace": Operation("PUT", IN, NAMESPACE),
    "getNamespace": Operation("GET", IN, NAMESPACE),
    "deleteNamespace": Operation("DELETE", IN, NAMESPACE),
    "getNamespaces": Operation("GET", "/namespaces", NAMESPACES),
    "getLineageEvents": Operation("GET", "/events/lineage", EVENTS),
    "putSource": Operation("PUT", "/sources/{source}", SOURCE),
    "getSource": Operation("GET", "/sources/{source}", SOURCE),
    "getSources": Operation("GET", "/sources", SOURCES),
    "putDataset": Operation("PUT", TABLE, DATASET),
    "getDataset": Operation("GET", TABLE, DATASET),
    "deleteDataset": Operation("DELETE", TABLE, DATASET),
    "getDatasetVersion": Operation(
        "GET", f"{TABLE}/versions/{{version}}", DATASET_VERSION
    ),
    "getDatasetVersions": Operation("GET", f"{TABLE}/versions", DATASET_VERSIONS),
    "getDatasets": Operation("GET", f"{IN}/datasets", DATASETS),
    "addTagToDataset": Operation("POST", f"{TABLE}/tags/{{tag}}", DATASET),
    "addTagToFieldOfDataset": Operation(
        "POST", f"{TABLE}/fields/{{field}}/tags/{{tag}}", DATASET
    ),
    "putJob": Operation("PUT", WORK, JOB),
    "getJob": Operation("GET", WORK, JOB),
    "deleteJob": Operation("DELETE", WORK, JOB),
    "getJobs": Operation("GET", f"{IN}/jobs", JOBS),
    "getJobVersion": Operation("GET", f"{WORK}/versions/{{version}}", JOB_VERSION),
    "getJobVersions": Operation("GET", f"{WORK}/versions", JOB_VERSIONS),
    "createRun": Operation("POST", f"{WORK}/runs", RUN, 201),
    "getRuns": Operation("GET", f"{WORK}/runs", RUNS),
    "getRun": Operation("GET", ONE_RUN, RUN),
    "getFacets": Operation("GET", f"{ONE_RUN}/facets", RUN_FACETS),
    "startRun": Operation("POST", f"{ONE_RUN}/start", INCOMPLETE_RUN),
    "completeRun": Operation("POST", f"{ONE_RUN}/complete", RUN),
    "failRun": Operation("POST", f"{ONE_RUN}/fail", INCOMPLETE_RUN),
    "abortRun": Operation("POST", f"{ONE_RUN}/abort", INCOMPLETE_RUN),
    "recordLineage": Operation("POST", "/lineage"),
    "getLineage": Operation("GET", "/lineage", GRAPH),
    "getRunLineageUpstream": Operation("GET", "/runlineage/upstream", UPSTREAM),
    "getColumnLineage": Operation("GET", "/column-lineage", GRAPH),
    "putTag": Operation("PUT", "/tags/{tag}", TAGS),
    "getTags": Operation("GET", "/tags", TAGS),
    "search": Operation("GET", "/search", RESULTS),
    # From here on by the types of its pages alone.
    "statsOfEvents": Operation("GET", "/stats/lineage-events", [LINEAGE_METRIC]),
    "statsOfJobs": Operation("GET", "/stats/jobs", [INTERVAL_METRIC]),
    "statsOfDatasets": Operation("GET", "/stats/datasets", [INTERVAL_METRIC]),
    "statsOfSources": Operation("GET", "/stats/sources", [INTERVAL_METRIC]),
    "searchJobs": Operation("GET", "/v2beta/search/jobs", FOUND_JOBS),
    "searchDatasets": Operation("GET", "/v2beta/search/datasets", FOUND_DATASETS),
}

# Requests with the members of the examples.
NAMESPACE_SENT = {"ownerName": "harbour office", "description": "All of the port"}
SOURCE_SENT = {
    "type": "POSTGRESQL",
    "connectionUrl": "jdbc:postgresql://berths.example.org/port",
    "description": "Where ships are booked in",
}
TABLE_SENT = {
    "type": "DB_TABLE",
    "physicalName": "port.arrivals",
    "sourceName": "berths",
    "fields": [
        {
            "name": "ship",
            "type": "VARCHAR",
            "description": "Its name",
            "tags": ["OPEN"],
        },
        {"name": "moored_at", "type": "TIMESTAMP"},
    ],
    "tags": ["DAILY"],
    "description": "Which ships have come",
}
STREAM_SENT = {
    "type": "STREAM",
    "physicalName": "tides",
    "sourceName": "berths",
    "schemaLocation": "https://schemas.example.org/ids/7",
    "fields": [],
    "description": "How high the water stands",
}
JOB_SENT = {
    "type": "BATCH",
    "inputs": [{"namespace": "port", "name": "tides"}],
    "outputs": [{"namespace": "port", "name": "arrivals"}],
    "location": "https://git.example.org/port/blob/4f2c/arrivals.py",
    "context": {"sql": "SELECT ship, moored_at FROM tides"},
    "description": "Notes who has come",
}
RUN_SENT = {
    "nominalStartTime": "2026-05-04T03:00:00Z",
    "nominalEndTime": "2026-05-04T04:00:00Z",
    "args": {"pier": "north", "dryRun": False, "isLate": True, "retries": 1},
}
TAG_SENT = {"description": "Names people"}
