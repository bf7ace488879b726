"""GET /api/v1/runlineage/upstream: which runs a run's data came from"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    TABLES,
    at,
    dataset,
    facet,
    of_dataset,
    of_job,
    run_event,
    run_id,
    send,
)

PATH = "/api/v1/runlineage/upstream"
STREAM = {
    "jobType": facet(processingType="STREAMING", integration="FLINK", jobType="JOB")
}


def ran(
    number: int, start: float, end: float, job: str, state: str = "COMPLETE", **io: Any
) -> None:
    """A run that starts and ends so many minutes after noon."""
    told: dict[str, Any] = {
        side: [dataset(name, "id") for name in names]
        for side, names in io.items()
        if side in ("inputs", "outputs")
    }
    more = {key: value for key, value in io.items() if key not in told}
    send(
        run_event("START", start, run=run_id(number), job=job, **more),
        run_event(state, end, run=run_id(number), job=job, **told, **more),
    )


def producers(told: dict[str, Any], number: int) -> dict[str, str | None]:
    [step] = [one for one in told["runs"] if one["run"]["id"] == run_id(number)]
    return {one["name"]: one["producedByRunId"] for one in step["inputs"]}


def order(told: dict[str, Any]) -> list[str]:
    return [step["run"]["id"] for step in told["runs"]]


def test_a_run_is_told_with_what_it_read_and_who_had_written_it(viewer: Api) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])
    ran(2, 10, 15, "load", inputs=["orders", "rates"], outputs=["totals"])

    told = viewer.get(PATH, runId=run_id(2))

    version = viewer.get(of_dataset("orders"))["currentVersion"]
    rates = viewer.get(of_dataset("rates"))["currentVersion"]
    assert told == {
        "runs": [
            {
                "job": {
                    "namespace": JOBS,
                    "name": "load",
                    "version": viewer.get(of_job("load"))["currentVersion"],
                },
                "run": {
                    "id": run_id(2),
                    "start": at(10),
                    "end": at(15),
                    "status": "COMPLETED",
                },
                "inputs": [
                    {
                        "namespace": TABLES,
                        "name": "orders",
                        "version": version,
                        "producedByRunId": run_id(1),
                    },
                    {
                        "namespace": TABLES,
                        "name": "rates",
                        "version": rates,
                        "producedByRunId": None,
                    },
                ],
            },
            {
                "job": {
                    "namespace": JOBS,
                    "name": "extract",
                    "version": viewer.get(of_job("extract"))["currentVersion"],
                },
                "run": {
                    "id": run_id(1),
                    "start": at(0),
                    "end": at(5),
                    "status": "COMPLETED",
                },
                "inputs": [],
            },
        ]
    }


def test_it_is_the_run_that_had_written_last_when_the_reader_started(
    viewer: Api,
) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])
    ran(2, 6, 9, "repair", outputs=["orders"])
    ran(3, 8, 30, "extract", outputs=["orders"])  # ended too late
    ran(4, 10, 15, "load", inputs=["orders"])

    assert producers(viewer.get(PATH, runId=run_id(4)), 4) == {"orders": run_id(2)}


def test_of_one_jobs_overlapping_runs_the_one_that_ended_last_had_written(
    viewer: Api,
) -> None:
    ran(1, 0, 30, "extract", outputs=["orders"])
    ran(2, 5, 10, "extract", outputs=["orders"])
    ran(3, 40, 50, "load", inputs=["orders"])

    assert producers(viewer.get(PATH, runId=run_id(3)), 3) == {"orders": run_id(1)}


def test_a_failed_run_wrote_nothing(viewer: Api) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])
    ran(2, 6, 9, "extract", "FAIL", outputs=["orders"])
    ran(3, 10, 15, "load", inputs=["orders"])

    assert producers(viewer.get(PATH, runId=run_id(3)), 3) == {"orders": run_id(1)}


def test_what_the_same_job_wrote_elsewhere_is_not_taken_for_it(viewer: Api) -> None:
    ran(1, 0, 5, "copy", outputs=["orders"])
    ran(2, 6, 9, "copy", outputs=["other"])
    ran(3, 10, 15, "load", inputs=["orders"])

    assert producers(viewer.get(PATH, runId=run_id(3)), 3) == {"orders": run_id(1)}


def test_what_was_first_written_while_the_reader_ran_counts(viewer: Api) -> None:
    ran(1, 0, 12, "extract", outputs=["orders"])
    ran(2, 10, 15, "load", inputs=["orders"])

    assert producers(viewer.get(PATH, runId=run_id(2)), 2) == {"orders": run_id(1)}


def test_a_stream_has_written_what_is_read_while_it_flows(viewer: Api) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])
    ran(2, 6, 60, "flow", "RUNNING", outputs=["orders"], job_facets=STREAM)
    ran(3, 10, 15, "load", inputs=["orders"])

    told = viewer.get(PATH, runId=run_id(3))

    assert producers(told, 3) == {"orders": run_id(2)}
    assert told["runs"][1]["run"]["status"] == "RUNNING"


def test_events_may_arrive_in_any_order(viewer: Api) -> None:
    ran(2, 10, 15, "load", inputs=["orders"])
    ran(1, 0, 5, "extract", outputs=["orders"])

    assert producers(viewer.get(PATH, runId=run_id(2)), 2) == {"orders": run_id(1)}


def test_a_writer_is_found_under_another_name_of_what_was_read(viewer: Api) -> None:
    other = [{"namespace": "s3://lake", "name": "orders", "type": "TABLE"}]
    facets = {"symlinks": facet(identifiers=other)}
    alias = dataset("orders", "id", namespace="s3://lake")
    send(run_event(minutes=1, job="extract", outputs=[alias]))
    send(
        run_event(
            minutes=2, job="load", run=run_id(2), inputs=[dataset("orders", "id")]
        ),
        run_event(
            minutes=3, job="x", run=run_id(3), inputs=[dataset("orders", facets=facets)]
        ),
    )

    told = viewer.get(PATH, runId=run_id(2))

    assert len(told["runs"]) == 2
    assert told["runs"][1]["job"]["name"] == "extract"


def test_runs_come_breadth_first_and_each_once(viewer: Api) -> None:
    ran(1, 0, 1, "root", outputs=["raw"])
    ran(2, 2, 3, "left", inputs=["raw"], outputs=["l"])
    ran(3, 2, 3, "right", inputs=["raw"], outputs=["r"])
    ran(4, 5, 6, "join", inputs=["l", "r"])

    told = viewer.get(PATH, runId=run_id(4))

    assert order(told) == [run_id(n) for n in (4, 2, 3, 1)]


def test_a_run_that_reads_what_it_writes_goes_back_to_its_predecessor(
    viewer: Api,
) -> None:
    for number in (1, 2, 3):
        ran(number, number, number + 0.5, "append", inputs=["log"], outputs=["log"])

    told = viewer.get(PATH, runId=run_id(3))

    assert order(told) == [run_id(3), run_id(2), run_id(1)]
    assert producers(told, 1) == {"log": None}


@pytest.mark.parametrize(("depth", "length"), [(0, 1), (1, 2), (2, 3), (9, 4)])
def test_depth_bounds_the_walk(viewer: Api, depth: int, length: int) -> None:
    for number in range(4):
        ran(
            number, number, number + 0.5, f"j{number}",
            inputs=[f"t{number}"], outputs=[f"t{number + 1}"],
        )  # fmt: skip

    told = viewer.get(PATH, runId=run_id(3), depth=depth)

    assert len(told["runs"]) == length
    # What is named as a producer is known, also where the walk ends.
    assert producers(told, 3) == {"t3": run_id(2)}


def test_a_large_walk_is_cut_and_says_so(
    viewer: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lineage.api.upstream.MAX_RUNS", 2)
    for number in (1, 2, 3):
        ran(number, number, number + 0.5, "append", inputs=["log"], outputs=["log"])

    told = viewer.get(PATH, runId=run_id(3))

    assert len(told["runs"]) == 2
    assert told["truncated"] is True


def test_what_may_not_be_seen_is_not_named_but_counted(reading_as: Reading) -> None:
    secret = dataset("salaries", "id", namespace="vault")
    send(
        run_event(job="hidden", namespace="vault", outputs=[dataset("orders", "id")]),
        run_event(minutes=5, run=run_id(2), job="load", inputs=[secret]),
        run_event(
            minutes=6, run=run_id(3), job="load", inputs=[dataset("orders", "id")]
        ),
    )
    reader = reading_as("viewer", namespace="*s*")
    full = reading_as("viewer")

    assert full.get(PATH, runId=run_id(3))["runs"][1]["job"]["name"] == "hidden"
    told = reader.get(PATH, runId=run_id(3))
    assert producers(told, 3) == {"orders": None}
    assert (len(told["runs"]), told["withheld"]) == (1, 1)
    told = reader.get(PATH, runId=run_id(2))
    assert told["runs"][0]["inputs"] == []
    assert told["withheld"] == 1
    reader.get(PATH, runId="0195a0c8-0000-7000-8000-000000000001", status=404)


def test_a_deleted_producer_is_gone_for_everybody(admin: Api) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])
    ran(2, 10, 15, "load", inputs=["orders"])
    admin.delete(of_job("extract"))

    told = admin.get(PATH, runId=run_id(2))

    assert producers(told, 2) == {"orders": None}
    assert "withheld" not in told


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"runId": run_id(1), "depth": "-1"}, 400),
        ({"runId": run_id(1), "depth": "deep"}, 400),
        ({"runId": run_id(77)}, 404),
        ({"runId": "no-uuid"}, 404),
        ({"runId": "\0"}, 404),
    ],
)
def test_what_cannot_be_answered_is_refused(
    viewer: Api, query: dict[str, Any], status: int
) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])

    assert viewer.get(PATH, status=status, **query)["detail"]


@pytest.mark.parametrize("width", [2, 12])
def test_a_hop_asks_few_queries_however_wide_it_is(
    reading_as: Reading, width: int
) -> None:
    reader = reading_as("viewer", namespace="*")
    for number in range(width):
        ran(number + 1, 0, 1, f"j{number}", outputs=[f"t{number}"])
    ran(90, 5, 6, "join", inputs=[f"t{number}" for number in range(width)])
    reader.get(PATH, runId=run_id(90))

    with CaptureQueriesContext(connection) as asked:
        assert len(reader.get(PATH, runId=run_id(90))["runs"]) == width + 1

    assert len(asked) <= 22
