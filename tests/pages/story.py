"""What happened in a small harbour's data, so that every page has something to show."""

import json
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/client/python"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
LAKE = "s3://harbour-lake"
WAREHOUSE = "postgres://warehouse.harbour.example:5432"
FLOWS = "airflow-harbour"
MODELS = "dbt-harbour"
CALLS = "warehouse.raw.port_calls"
STAGED = "warehouse.staging.stg_port_calls"
MART = "warehouse.marts.berth_occupancy_by_terminal_and_hour"
TERMINALS = "reference/terminals/2026/terminals.parquet"
CREW = "warehouse.marts.crew_manifest"
STAGING_JOB = "harbour.stg_port_calls.build.run"
MART_JOB = "harbour.berth_occupancy.build.run"
FAILING_JOB = "harbour_nightly.crew_manifest"
DAG = "harbour_nightly"

STAGING_SQL = """\
select
    call_id,
    upper(trim(vessel_imo)) as vessel_imo,
    terminal,
    arrived_at,
    departed_at
from {{ source('raw', 'port_calls') }}
where terminal is not null"""
NEWER_SQL = STAGING_SQL.replace(
    "    departed_at\n", "    departed_at,\n    gross_tonnage\n"
)
TRACE = """\
Traceback (most recent call last):
  File "/opt/flows/crew_manifest.py", line 88, in load
    rows = fetch_manifest(call_id)
  File "/opt/flows/manifest.py", line 31, in fetch_manifest
    raise TimeoutError(f"no answer from the crewing office for {call_id}")
TimeoutError: no answer from the crewing office for NLRTM-2217"""


def run_id(*parts):
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, parts))))


def facet(kind, /, **members):
    url = f"https://openlineage.io/spec/facets/1-0-0/{kind}.json"
    return {"_producer": PRODUCER, "_schemaURL": url, **members}


def schema(*columns):
    fields = [
        dict(zip(("name", "type", "description"), column, strict=False))
        for column in columns
    ]
    return facet("SchemaDatasetFacet", fields=fields)


def derives(**columns):
    fields = {
        out: {
            "inputFields": [
                {
                    "namespace": WAREHOUSE,
                    "name": dataset,
                    "field": field,
                    "transformations": [
                        {"type": kind, "subtype": subtype, "masking": masking}
                    ],
                }
                for dataset, field, kind, subtype, masking in sources
            ]
        }
        for out, sources in columns.items()
    }
    return facet("ColumnLineageDatasetFacet", fields=fields)


def dataset(namespace, name, facets=None, *, read=None, wrote=None):
    sent = {"namespace": namespace, "name": name, "facets": facets or {}}
    if read:
        sent["inputFacets"] = read
    if wrote:
        sent["outputFacets"] = wrote
    return sent


def event(at, kind, namespace, job, run, **more):
    """One run event. `more`: inputs, outputs, run_facets, job_facets, parent."""
    run_facets = dict(more.get("run_facets") or {})
    if parent := more.get("parent"):
        parent_job, parent_run = parent
        run_facets["parent"] = facet(
            "ParentRunFacet",
            run={"runId": parent_run},
            job={"namespace": FLOWS, "name": parent_job},
        )
    sent = {
        "eventType": kind,
        "eventTime": at.astimezone(UTC).isoformat(),
        "producer": PRODUCER,
        "schemaURL": f"{SCHEMA}/RunEvent",
        "run": {"runId": run, "facets": run_facets},
        "job": {
            "namespace": namespace,
            "name": job,
            "facets": more.get("job_facets") or {},
        },
        "inputs": more.get("inputs") or [],
        "outputs": more.get("outputs") or [],
    }
    return json.dumps(sent).encode()


COLUMNS = [
    ("call_id", "text", "UN/LOCODE and the number of the call"),
    ("vessel_imo", "text", "The ship's IMO number"),
    ("terminal", "text"),
    ("arrived_at", "timestamp with time zone"),
    ("departed_at", "timestamp with time zone"),
]
WIDER = [
    *COLUMNS[:4],
    ("departed_at", "timestamptz"),
    ("gross_tonnage", "numeric(12,2)", "As registered, in GT"),
]
OWNERS = facet(
    "OwnershipDatasetFacet",
    owners=[{"name": "team:harbour-data", "type": "MAINTAINER"}],
)
TAGS = facet(
    "TagsDatasetFacet",
    tags=[
        {"key": "tier", "value": "gold", "source": "dbt"},
        {"key": "pii", "value": "true", "source": "dbt", "field": "vessel_imo"},
    ],
)


def staging(at, number, *, wider):
    columns = WIDER if wider else COLUMNS
    run = run_id("staging", number)
    sql = NEWER_SQL if wider else STAGING_SQL
    lines = {name: [(CALLS, name, "DIRECT", "IDENTITY", False)] for name, *_ in columns}
    lines["vessel_imo"] = [(CALLS, "vessel_imo", "DIRECT", "TRANSFORMATION", True)]
    lines["terminal"].append((CALLS, "terminal", "INDIRECT", "FILTER", False))
    job_facets = {
        "jobType": facet(
            "JobTypeJobFacet",
            processingType="BATCH",
            integration="DBT",
            jobType="MODEL",
        ),
        "sql": facet("SQLJobFacet", query=sql, dialect="postgres"),
        "documentation": facet(
            "DocumentationJobFacet",
            description="Port calls as the terminals report them, one row a call.",
        ),
        "sourceCodeLocation": facet(
            "SourceCodeLocationJobFacet",
            type="git",
            url="https://git.harbour.example/data/models/stg_port_calls.sql",
            version="9f1c2d7" if wider else "41aa0be",
        ),
    }
    parent = (f"{DAG}.dbt_build", run_id("dbt", number))
    shared = {"job_facets": job_facets, "parent": parent}
    profile = facet(
        "DataQualityMetricsInputDatasetFacet",
        rowCount=41_280 + 17 * number,
        bytes=9_412_608,
        columnMetrics={"terminal": {"nullCount": 12, "distinctCount": 9}},
    )
    inputs = [
        dataset(
            WAREHOUSE, CALLS, {"schema": schema(*columns)},
            read={"dataQualityMetrics": profile},
        )
    ]  # fmt: skip
    outputs = [
        dataset(
            WAREHOUSE,
            STAGED,
            {
                "schema": schema(*columns),
                "columnLineage": derives(**lines),
                "documentation": facet(
                    "DocumentationDatasetFacet",
                    description="One row for each call of a ship at one of our "
                    "terminals, cleaned: calls without a terminal are left out.",
                ),
                "ownership": OWNERS,
                "tags": TAGS,
                "datasetType": facet(
                    "DatasetTypeDatasetFacet", datasetType="TABLE", subType="view"
                ),
                "dataSource": facet(
                    "DatasourceDatasetFacet", name="warehouse", uri=WAREHOUSE
                ),
            },
            wrote={
                "outputStatistics": facet(
                    "OutputStatisticsOutputDatasetFacet",
                    rowCount=41_268 + 17 * number,
                    size=8_912_896,
                )
            },
        )
    ]
    took = timedelta(seconds=9 + number % 5 * 4)
    yield event(at, "START", MODELS, STAGING_JOB, run, **shared)
    yield event(
        at + took, "COMPLETE", MODELS, STAGING_JOB, run,
        inputs=inputs, outputs=outputs, **shared,
    )  # fmt: skip


def mart(at, number):
    run = run_id("mart", number)
    columns = [
        ("terminal", "text"),
        ("hour", "timestamptz"),
        ("berths_taken", "integer", "Distinct calls alongside in that hour"),
        ("mean_stay_hours", "double precision"),
    ]
    lines = derives(
        terminal=[(STAGED, "terminal", "DIRECT", "IDENTITY", False)],
        hour=[(STAGED, "arrived_at", "DIRECT", "TRANSFORMATION", False)],
        berths_taken=[
            (STAGED, "call_id", "DIRECT", "AGGREGATION", False),
            (STAGED, "arrived_at", "INDIRECT", "GROUP_BY", False),
        ],
        mean_stay_hours=[
            (STAGED, "arrived_at", "DIRECT", "AGGREGATION", False),
            (STAGED, "departed_at", "DIRECT", "AGGREGATION", False),
        ],
    )
    checks = [
        {"assertion": "not_null", "success": True, "column": "terminal"},
        {
            "assertion": "accepted_range",
            "success": number % 3 != 0,
            "column": "mean_stay_hours",
            "severity": "warn",
            "expected": "0 to 240",
            "actual": "251.5" if number % 3 == 0 else "198.0",
        },
    ]
    parent = (f"{DAG}.dbt_build", run_id("dbt", number))
    yield event(at, "START", MODELS, MART_JOB, run, parent=parent)
    yield event(
        at + timedelta(seconds=41),
        "COMPLETE",
        MODELS,
        MART_JOB,
        run,
        parent=parent,
        inputs=[
            dataset(
                WAREHOUSE,
                STAGED,
                read={
                    "dataQualityAssertions": facet(
                        "DataQualityAssertionsDatasetFacet", assertions=checks
                    )
                },
            ),
            dataset(LAKE, TERMINALS),
        ],
        outputs=[
            dataset(
                WAREHOUSE, MART, {"schema": schema(*columns), "columnLineage": lines}
            )
        ],
    )


def crew(at, number):
    run = run_id("crew", number)
    parent = (DAG, run_id("dag", number))
    waits = facet(
        "JobDependenciesRunFacet",
        upstream=[
            {
                "job": {"namespace": FLOWS, "name": f"{DAG}.dbt_build"},
                "dependency_type": "DIRECT_INVOCATION",
            }
        ],
        downstream=[],
    )
    shared = {
        "parent": parent,
        "inputs": [dataset(WAREHOUSE, STAGED)],
        "outputs": [dataset(WAREHOUSE, CREW)],
    }
    yield event(
        at, "START", FLOWS, FAILING_JOB, run, run_facets={"jobDependencies": waits},
        **shared,
    )  # fmt: skip
    error = facet(
        "ErrorMessageRunFacet",
        message="TimeoutError: no answer from the crewing office for NLRTM-2217",
        programmingLanguage="PYTHON",
        stackTrace=TRACE,
    )
    yield event(
        at + timedelta(minutes=4, seconds=12), "FAIL", FLOWS, FAILING_JOB, run,
        run_facets={"errorMessage": error}, **shared,
    )  # fmt: skip


def night(at, number, *, wider):
    """One nightly run of everything, with the DAG's own runs round it."""
    dag, dbt = run_id("dag", number), run_id("dbt", number)
    nominal = facet(
        "NominalTimeRunFacet",
        nominalStartTime=at.replace(minute=0, second=0).astimezone(UTC).isoformat(),
    )
    yield event(at, "START", FLOWS, DAG, dag, run_facets={"nominalTime": nominal})
    inner = {"parent": (DAG, dag)}
    yield event(
        at + timedelta(seconds=3), "START", FLOWS, f"{DAG}.dbt_build", dbt, **inner
    )
    yield from staging(at + timedelta(seconds=8), number, wider=wider)
    yield from mart(at + timedelta(seconds=40), number)
    yield event(
        at + timedelta(seconds=95), "COMPLETE", FLOWS, f"{DAG}.dbt_build", dbt, **inner
    )
    yield from crew(at + timedelta(seconds=97), number)
    yield event(at + timedelta(minutes=7), "FAIL", FLOWS, DAG, dag)


def static(at):
    """A dataset that only its own event tells of, with a faulty facet."""
    sent = {
        "eventTime": at.astimezone(UTC).isoformat(),
        "producer": "https://harbour.example/registry",
        "schemaURL": f"{SCHEMA}/DatasetEvent",
        "dataset": dataset(
            LAKE,
            TERMINALS,
            {
                "schema": schema(("terminal", "string"), ("name", "string")),
                "storage": facet(
                    "StorageDatasetFacet", storageLayer="s3", fileFormat="parquet"
                ),
                "ownership": {"owners": "the harbour master"},
                "harbour_reviewed": facet(
                    "Reviewed", by="M. de Wit", rounds=2, passed=True
                ),
            },
        ),
    }
    return json.dumps(sent).encode()


def little(now: datetime) -> list[bytes]:
    """Four nights, a schema change in the last two, and a job that never ended."""
    events = [static(now - timedelta(days=9))]
    for number in range(4):
        at = now - timedelta(days=3 - number, hours=2)
        events += night(at, number, wider=number >= 2)
    events.append(
        event(
            now - timedelta(minutes=6),
            "START",
            FLOWS,
            "harbour_live.vessel_positions",
            run_id("live"),
            inputs=[dataset("kafka://broker.harbour.example:9092", "ais.positions")],
            outputs=[dataset(WAREHOUSE, "warehouse.live.vessel_positions")],
        )
    )
    return events


def much(now: datetime, *, jobs: int = 130, columns: int = 60) -> list[bytes]:
    """Many jobs and datasets with long names, and one of many columns and runs."""
    deep = "warehouse/zone=curated/domain=harbour_operations/entity=berth_allocation"
    wide = [
        (f"measure_{n:03}", "double precision", "One of many") for n in range(columns)
    ]
    events = []
    for n in range(jobs):
        at = now - timedelta(minutes=3 * n + 1)
        kind = ("COMPLETE", "COMPLETE", "COMPLETE", "FAIL", "ABORT")[n % 5]
        job = f"harbour_operations_{n % 13}.allocate_berths_and_notify_terminals_{n:03}"
        source = dataset(LAKE, f"{deep}/part={n % 40:03}/hourly_snapshot.parquet")
        target = dataset(LAKE, f"{deep}/part={n:03}/out", {"schema": schema(*wide)})
        run = run_id("much", n)
        both = {"inputs": [source], "outputs": [target]}
        events.append(event(at, "START", FLOWS, job, run))
        events.append(event(at + timedelta(seconds=n), kind, FLOWS, job, run, **both))
    return events
