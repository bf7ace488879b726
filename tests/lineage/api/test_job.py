"""GET /api/v1/namespaces/{namespace}/jobs/{job}"""

from typing import Any

import pytest

from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    TABLES,
    dataset,
    facet,
    job_event,
    of_job,
    run_event,
    run_id,
    send,
)

MEMBERS = {
    "id",
    "type",
    "name",
    "simpleName",
    "parentJobName",
    "parentJobUuid",
    "createdAt",
    "updatedAt",
    "namespace",
    "inputs",
    "outputs",
    "location",
    "description",
    "latestRun",
    "latestRuns",
    "facets",
    "currentVersion",
    "labels",
    "tags",
}


def named(io: list[dict[str, str]]) -> list[str]:
    return [one["name"] for one in io]


def test_a_job_is_told_with_every_member_that_marquez_has(viewer: Api) -> None:
    send(run_event(inputs=[dataset("orders")], outputs=[dataset("totals")]))

    told = viewer.get(of_job())

    assert told.keys() == MEMBERS
    assert told["id"] == {"namespace": JOBS, "name": "load"}
    assert (told["namespace"], told["name"], told["simpleName"]) == (
        JOBS,
        "load",
        "load",
    )
    assert told["type"] == "BATCH"
    assert told["inputs"] == [{"namespace": TABLES, "name": "orders"}]
    assert told["outputs"] == [{"namespace": TABLES, "name": "totals"}]
    assert told["latestRun"] == told["latestRuns"][0]
    assert told["latestRun"]["id"] == run_id(1)
    absent = ("parentJobName", "parentJobUuid", "location", "description")
    assert [told[member] for member in absent] == [None] * 4
    assert (told["labels"], told["tags"], told["facets"]) == ([], [], {})
    assert told["currentVersion"] == told["latestRun"]["jobVersion"]["version"]


def test_what_producers_say_of_a_job_is_in_its_members_and_facets(
    reading_as: Reading,
) -> None:
    said = {
        "documentation": facet(description="Adds up."),
        "sourceCodeLocation": facet(type="git", url="https://example.org/etl.sql"),
        "jobType": facet(processingType="SERVICE", integration="X"),
        "sql": facet(query="SELECT 1"),
        "tags": facet(tags=[{"key": "daily", "value": "true"}]),
    }
    send(run_event(job_facets=said))

    told = reading_as("steward").get(of_job())

    assert told["facets"] == said
    assert told["description"] == "Adds up."
    assert told["location"] == "https://example.org/etl.sql"
    assert told["type"] == "SERVICE"
    assert told["tags"] == ["daily"]


def test_a_streaming_job_is_a_stream(viewer: Api) -> None:
    streaming = facet(processingType="STREAMING", integration="FLINK")
    send(run_event("RUNNING", job_facets={"jobType": streaming}))

    assert viewer.get(of_job())["type"] == "STREAM"


@pytest.mark.parametrize("key", ["sql", "sourceCode"])
def test_code_is_shown_to_whoever_may_see_it(reading_as: Reading, key: str) -> None:
    said = {key: facet(query="SELECT 1", language="sql", sourceCode="SELECT 1")}
    send(run_event(job_facets=said))

    assert reading_as("viewer").get(of_job())["facets"] == {}
    assert key in reading_as("steward").get(of_job())["facets"]


def test_the_last_ten_runs_are_told_latest_start_first(viewer: Api) -> None:
    send(*(run_event(minutes=n, run=run_id(n)) for n in range(1, 13)))

    told = viewer.get(of_job())

    assert [run["id"] for run in told["latestRuns"]] == [
        run_id(n) for n in range(12, 2, -1)
    ]


def test_a_start_without_io_clears_no_io(viewer: Api) -> None:
    send(
        run_event(inputs=[dataset("orders")], outputs=[dataset("totals")]),
        run_event("START", 5, run=run_id(2)),
    )

    told = viewer.get(of_job())

    assert named(told["inputs"]) == ["orders"]
    assert named(told["outputs"]) == ["totals"]
    assert told["latestRun"]["state"] == "RUNNING"


def test_a_job_that_only_failed_shows_what_it_attempted(viewer: Api) -> None:
    send(run_event("FAIL", inputs=[dataset("orders")], outputs=[dataset("totals")]))

    told = viewer.get(of_job())

    assert named(told["inputs"]) == ["orders"]
    assert named(told["outputs"]) == ["totals"]


def test_a_declared_job_has_io_and_a_version_but_no_run(viewer: Api) -> None:
    send(job_event(inputs=[dataset("orders")], outputs=[dataset("totals")]))

    told = viewer.get(of_job())

    assert named(told["inputs"]) == ["orders"]
    assert (told["latestRun"], told["latestRuns"]) == (None, [])
    assert told["currentVersion"] is not None


def parent(job: str, run: str, namespace: str = JOBS) -> dict[str, Any]:
    return {
        "parent": facet(run={"runId": run}, job={"namespace": namespace, "name": job})
    }


def test_a_child_names_its_parent_and_its_own_part_of_the_name(viewer: Api) -> None:
    send(run_event(job="dag.task", run_facets=parent("dag", run_id(9))))

    told = viewer.get(of_job("dag.task"))

    assert told["parentJobName"] == "dag"
    assert told["parentJobUuid"] is not None
    assert told["simpleName"] == "task"


def test_a_parent_that_nothing_else_tells_of_has_a_run_that_is_new(viewer: Api) -> None:
    send(run_event(job="dag.task", run_facets=parent("dag", run_id(9))))

    told = viewer.get(of_job("dag"))

    assert told["latestRun"]["id"] == run_id(9)
    assert told["latestRun"]["state"] == "NEW"
    assert told["latestRun"]["startedAt"] is None


def test_a_parent_lives_in_the_namespace_that_the_facet_names(viewer: Api) -> None:
    send(run_event(job="task", run_facets=parent("dag", run_id(9), "elsewhere")))

    assert viewer.get(of_job("dag", namespace="elsewhere"))["name"] == "dag"
    viewer.get(of_job("dag"), status=404)


def test_a_parent_that_may_not_be_seen_is_not_named(reading_as: Reading) -> None:
    facets = parent("dag", run_id(9), "elsewhere")
    send(run_event(job="dag.task", run_facets=facets))

    told = reading_as("viewer", namespace=JOBS).get(of_job("dag.task"))

    assert (told["parentJobName"], told["parentJobUuid"]) == (None, None)
    assert told["simpleName"] == "dag.task"
    assert "elsewhere" not in str(told)


def test_io_that_may_not_be_seen_is_not_named(reading_as: Reading) -> None:
    secret = dataset("secret", namespace="vault")
    send(run_event(inputs=[secret, dataset("orders")], outputs=[secret]))

    for glob in (JOBS, TABLES):
        reader = reading_as("viewer", namespace=glob)
        assert "secret" not in str(reader.get("/api/v1/jobs"))


def test_an_unknown_job_is_not_found(viewer: Api) -> None:
    send(run_event())

    viewer.get(of_job("nothing"), status=404)
    viewer.get(of_job(namespace=TABLES), status=404)
