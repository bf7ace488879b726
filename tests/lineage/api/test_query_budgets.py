"""How often each reading route asks the database, however much there is to tell."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.lineage.api.conftest import Api, Reading
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

BUDGETS = json.loads((Path(__file__).parents[2] / "query_budgets.json").read_text())
LISTS = {
    "api:namespace-list": address("namespaces"),
    "api:dataset-list": address("namespaces", TABLES, "datasets"),
    "api:dataset-version-list": of_dataset("out-0", "versions"),
    "api:job-list": address("jobs"),
    "api:namespace-job-list": address("namespaces", JOBS, "jobs"),
    "api:job-version-list": of_job("dag.job-0", "versions"),
    "api:job-run-list": of_job("dag.job-0", "runs"),
    "api:lineage-event-list": "/api/v1/events/lineage",
    "api:expectation-list": "/api/v1/quality/expectations",
    "api:incident-list": "/api/v1/quality/incidents?state=all&mine=true",
    "api:source-list": "/api/v1/sources",
    "api:tag-list": "/api/v1/tags",
}
SINGLE = {
    "api:namespace-detail": address("namespaces", TABLES),
    "api:dataset-detail": of_dataset("out-0"),
    "api:job-detail": of_job("dag.job-0"),
    "api:run-detail": f"/api/v1/jobs/runs/{run_id(1)}",
    "api:lineage": f"/api/v1/lineage?nodeId=job:{JOBS}:dag.job-0",
    "api:column-lineage": f"/api/v1/column-lineage?nodeId=dataset:{TABLES}:out-0",
    "api:lineage-walk": (
        f"/api/v1/lineage/walk?nodeId=job:{JOBS}:dag.job-0&controlFlow=true&tag=PII"
    ),
    "api:lineage-walk-of-columns": (
        f"/api/v1/lineage/walk?nodeId=dataset:{TABLES}:out-0&level=column"
    ),
    "api:impact": f"/api/v1/impact?nodeId=dataset:{TABLES}:in-0",
    "api:impact-of-column": (
        f"/api/v1/impact?nodeId=datasetField:{TABLES}:in-0:id&change=drop-column"
    ),
    "api:impact-then": (
        f"/api/v1/impact?nodeId=job:{JOBS}:dag.job-0&change=stop-job&asOf=2030-01-01"
    ),
    "api:quality-dataset": f"/api/v1/quality/dataset?nodeId=dataset:{TABLES}:out-0",
    "api:quality-dataset-then": (
        f"/api/v1/quality/dataset?nodeId=dataset:{TABLES}:out-0&asOf=2026-01-01"
    ),
    "api:quality-job": f"/api/v1/quality/job?nodeId=job:{JOBS}:dag.job-0",
    "api:run-facets": f"/api/v1/jobs/runs/{run_id(1)}/facets?type=job",
    **{
        f"api:lineage-{name}": f"/api/v1/lineage/{name}?nodeId=job:{JOBS}:dag.job-0"
        for name in ("roots", "leaves", "hierarchy")
    },
    "api:lineage-changes": f"/api/v1/lineage/changes?nodeId=job:{JOBS}:dag.job-0"
    "&from=2026-03-01T12:00:30Z",
    "api:lineage-paths": f"/api/v1/lineage/paths?from=dataset:{TABLES}:in-0"
    f"&to=dataset:{TABLES}:out-0",
    "api:lineage-runs": f"/api/v1/lineage/runs?runId={run_id(1)}",
    "api:run-upstream": f"/api/v1/runlineage/upstream?runId={run_id(1)}",
    "api:stats-lineage-events": "/api/v1/stats/lineage-events?period=WEEK",
    "api:stats-jobs": "/api/v1/stats/jobs?period=WEEK",
    "api:stats-datasets": "/api/v1/stats/datasets?period=WEEK",
    "api:stats-sources": "/api/v1/stats/sources?period=WEEK",
}


def history(size: int) -> list[dict[str, Any]]:
    """So many jobs with so many runs each, with all that costs a query to tell."""
    events = []
    for job in range(size):
        source = {"namespace": TABLES, "name": f"in-{job}", "field": "id"}
        lineage = facet(fields={"id": {"inputFields": [source]}})
        identifiers = [{"namespace": "s3://lake", "name": f"{job}", "type": "TABLE"}]
        parent = facet(
            run={"runId": run_id(9000 + job)}, job={"namespace": JOBS, "name": "dag"}
        )
        for run in range(size):
            told = {
                "columnLineage": lineage,
                "symlinks": facet(identifiers=identifiers),
                "documentation": facet(description=f"{job} {run}"),
                "dataSource": facet(name=f"source-{job}", uri=f"pg://host-{run}"),
                "lifecycleStateChange": facet(lifecycleStateChange="DROP"),
            }
            events.append(
                run_event(
                    minutes=run,
                    run=run_id(1 + 100 * job + run),
                    job=f"dag.job-{job}",
                    run_facets={"parent": parent},
                    job_facets={"sql": facet(query=f"SELECT {run}")},
                    inputs=[dataset(f"in-{job}", "id")],
                    outputs=[dataset(f"out-{job}", "id", f"c{run}", facets=told)],
                )
            )
            alias = dataset(f"{job}", "id", namespace="s3://lake", facets=told)
            events.append(
                run_event(
                    minutes=run, run=run_id(5000 + 100 * job + run), outputs=[alias]
                )
            )
    return events


@pytest.fixture
def reader(reading_as: Reading) -> Api:
    """May do everything, but by a glob: each filter and each facet is looked into."""
    return reading_as("admin", namespace="*")


def queries_of(reader: Api, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        reader.get(path)
    return len(asked)


@pytest.mark.parametrize("size", [2, 7])
def test_a_route_keeps_to_its_budget(reader: Api, size: int) -> None:
    send(*history(size))
    routes = LISTS | SINGLE
    reader.get(routes["api:namespace-list"])  # what a process asks once

    spent = {route: queries_of(reader, path) for route, path in routes.items()}

    over = {route: count for route, count in spent.items() if count > BUDGETS[route]}
    assert over == {}
