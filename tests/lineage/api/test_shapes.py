"""Every answer has the members that the committed schema says, all, of their types"""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from jsonschema import Draft202012Validator, FormatChecker

from tests.lineage.api.conftest import Api
from tests.lineage.api.history import (
    JOBS,
    TABLES,
    address,
    of_dataset,
    of_job,
    run_id,
    send,
)
from tests.lineage.api.test_query_budgets import history

SCHEMA = yaml.safe_load((Path(settings.BASE_DIR) / "docs/openapi.yaml").read_text())
PATHS = {
    "/api/v1/namespaces": address("namespaces"),
    "/api/v1/namespaces/{namespace}": address("namespaces", TABLES),
    "/api/v1/namespaces/{namespace}/datasets": address(
        "namespaces", TABLES, "datasets"
    ),
    "/api/v1/namespaces/{namespace}/datasets/{dataset}": of_dataset("out-0"),
    "/api/v1/namespaces/{namespace}/datasets/{dataset}/versions": of_dataset(
        "out-0", "versions"
    ),
    "/api/v1/jobs": address("jobs"),
    "/api/v1/namespaces/{namespace}/jobs": address("namespaces", JOBS, "jobs"),
    "/api/v1/namespaces/{namespace}/jobs/{job}": of_job("dag.job-0"),
    "/api/v1/namespaces/{namespace}/jobs/{job}/versions": of_job(
        "dag.job-0", "versions"
    ),
    "/api/v1/namespaces/{namespace}/jobs/{job}/runs": of_job("dag.job-0", "runs"),
    "/api/v1/jobs/runs/{run_id}": f"/api/v1/jobs/runs/{run_id(1)}",
    "/api/v1/jobs/runs/{run_id}/facets": (
        f"/api/v1/jobs/runs/{run_id(1)}/facets?type=run"
    ),
    "/api/v1/events/lineage": "/api/v1/events/lineage",
    "/api/v1/lineage": f"/api/v1/lineage?nodeId=job:{JOBS}:dag.job-0",
    "/api/v1/lineage/walk": (
        f"/api/v1/lineage/walk?nodeId=job:{JOBS}:dag.job-0&controlFlow=true&oldDays=1"
    ),
    "/api/v1/column-lineage": (
        f"/api/v1/column-lineage?nodeId=dataset:{TABLES}:out-0&withDownstream=true"
    ),
}


FORMATS = FormatChecker(["uuid"])


@FORMATS.checks("date-time", raises=ValueError)
def is_time(value: object) -> bool:
    """ISO 8601, and in UTC."""
    if isinstance(value, str):
        datetime.fromisoformat(value)
        return value.endswith("Z")
    return True


def strict(described: Any) -> Any:
    """A schema of OpenAPI 3.0 as JSON Schema; members that it has not are refused."""
    if isinstance(described, list):
        return [strict(one) for one in described]
    if not isinstance(described, dict):
        return described
    told = {
        key: {name: strict(one) for name, one in value.items()}
        if key == "properties"
        else strict(value)
        for key, value in described.items()
        if key not in ("nullable", "example", "externalDocs")
    }
    if "properties" in told:
        told.setdefault("additionalProperties", False)
    if described.get("nullable"):
        # What refers to another shape is wrapped: null is none of it.
        return {"anyOf": [told, {"type": "null"}]}
    return told


def validator(path: str) -> Draft202012Validator:
    answer = SCHEMA["paths"][path]["get"]["responses"]["200"]
    shape = strict(answer["content"]["application/json"]["schema"])
    components = strict(SCHEMA["components"]["schemas"])
    return Draft202012Validator(
        {**shape, "components": {"schemas": components}},
        format_checker=FORMATS,
    )


@pytest.fixture
def full(admin: Api) -> Api:
    send(*history(2))
    return admin


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_has_the_shape_that_its_route_describes(full: Api, path: str) -> None:
    told = full.get(PATHS[path])

    faults = [fault.message for fault in validator(path).iter_errors(told)]

    assert faults == []


def test_single_versions_and_events_have_their_shape(full: Api) -> None:
    for kind, asked in (("dataset", of_dataset("out-0")), ("job", of_job("dag.job-0"))):
        version = full.get(asked)["currentVersion"]
        path = (
            f"/api/v1/namespaces/{{namespace}}/{kind}s/{{{kind}}}/versions/{{version}}"
        )
        told = full.get(f"{asked}/versions/{version}")
        assert [f.message for f in validator(path).iter_errors(told)] == []


def test_the_shapes_let_nothing_else_through(full: Api) -> None:
    path = "/api/v1/namespaces/{namespace}/jobs/{job}"
    told = full.get(PATHS[path])

    for wrong in (
        told | {"extra": 1},
        {key: told[key] for key in told if key != "latestRun"},
        told | {"createdAt": "yesterday"},
        told | {"latestRun": told["latestRun"] | {"durationMs": "long"}},
    ):
        assert list(validator(path).iter_errors(wrong)) != []
