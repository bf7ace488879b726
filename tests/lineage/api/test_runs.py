"""GET /api/v1/jobs/runs/{id} and /api/v1/namespaces/{namespace}/jobs/{job}/runs"""

from hashlib import md5
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    RUN,
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

MEMBERS = {
    "id",
    "createdAt",
    "updatedAt",
    "nominalStartTime",
    "nominalEndTime",
    "state",
    "startedAt",
    "endedAt",
    "durationMs",
    "args",
    "jobVersion",
    "inputDatasetVersions",
    "outputDatasetVersions",
    "facets",
}
LIST = of_job("load", "runs")


def of_run(run: str = RUN) -> str:
    return f"/api/v1/jobs/runs/{quote(run, safe='')}"


def versions(io: list[dict[str, Any]]) -> dict[str, str]:
    """The version ids by dataset name."""
    ids = [entry["datasetVersionId"] for entry in io]
    return {one["name"]: one["version"] for one in ids}


def test_a_run_is_told_with_every_member_that_marquez_has(viewer: Api) -> None:
    nominal = facet(nominalStartTime=at(-60), nominalEndTime=at(-30))
    said = {"nominalTime": nominal, "custom": facet(answer=42)}
    measured = {"inputStatistics": facet(rowCount=3)}
    written = {"outputStatistics": facet(rowCount=2)}
    send(
        run_event("START", 0, inputs=[dataset("orders", "id", inputFacets=measured)]),
        run_event(
            "COMPLETE",
            1.5,
            run_facets=said,
            outputs=[dataset("totals", "n", outputFacets=written)],
        ),
    )

    told = viewer.get(of_run())

    assert told.keys() == MEMBERS
    assert told["id"] == RUN
    assert told["state"] == "COMPLETED"
    assert (told["startedAt"], told["endedAt"]) == (at(0), at(1.5))
    assert told["durationMs"] == 90_000
    assert (told["nominalStartTime"], told["nominalEndTime"]) == (at(-60), at(-30))
    assert told["facets"] == said
    assert told["jobVersion"] == {
        "namespace": JOBS,
        "name": "load",
        "version": viewer.get(of_job())["currentVersion"],
    }
    assert told["inputDatasetVersions"] == [
        {
            "datasetVersionId": {
                "namespace": TABLES,
                "name": "orders",
                "version": viewer.get(of_dataset("orders"))["currentVersion"],
            },
            "facets": measured,
        }
    ]
    [output] = told["outputDatasetVersions"]
    assert output["facets"] == written


@pytest.mark.parametrize(
    ("event_type", "state"),
    [
        ("START", "RUNNING"),
        ("RUNNING", "RUNNING"),
        ("COMPLETE", "COMPLETED"),
        ("FAIL", "FAILED"),
        ("ABORT", "ABORTED"),
        ("OTHER", "NEW"),
        ("STRANGE", "RUNNING"),
    ],
)
def test_a_run_is_in_the_state_that_its_events_say(
    viewer: Api, event_type: str, state: str
) -> None:
    send(run_event(event_type))

    assert viewer.get(of_run())["state"] == state


def test_a_late_start_does_not_reopen_a_run(viewer: Api) -> None:
    send(run_event("COMPLETE", 5))
    send(run_event("START", 0))

    told = viewer.get(of_run())

    assert told["state"] == "COMPLETED"
    assert told["durationMs"] == 300_000


@pytest.mark.parametrize("columns", [(), ("id",)])
def test_a_failed_run_tells_what_it_read_and_tried_to_write(
    viewer: Api, columns: tuple[str, ...]
) -> None:
    send(
        run_event(
            "FAIL",
            inputs=[dataset("orders", *columns)],
            outputs=[dataset("totals", *columns)],
        )
    )

    told = viewer.get(of_run())

    assert told["state"] == "FAILED"
    for side, name in (
        ("inputDatasetVersions", "orders"),
        ("outputDatasetVersions", "totals"),
    ):
        [entry] = told[side]
        assert entry["datasetVersionId"]["name"] == name
        assert UUID(entry["datasetVersionId"]["version"])
        assert entry["facets"] == {}


def test_a_run_read_the_version_that_was_in_force_when_it_started(viewer: Api) -> None:
    send(
        run_event(job="make", minutes=0, outputs=[dataset("orders", "id")]),
        run_event(
            job="make",
            run=run_id(2),
            minutes=10,
            outputs=[dataset("orders", "id", "n")],
        ),
        run_event(
            "START", 5, job="use", run=run_id(3), inputs=[dataset("orders", "x")]
        ),
        run_event("COMPLETE", 15, job="use", run=run_id(3)),
        run_event("START", 20, job="use", run=run_id(4), inputs=[dataset("orders")]),
    )
    newest, oldest = viewer.get(of_dataset("orders", "versions"))["versions"]

    before = viewer.get(of_run(run_id(3)))["inputDatasetVersions"]
    after = viewer.get(of_run(run_id(4)))["inputDatasetVersions"]

    assert versions(before) == {"orders": oldest["version"]}
    assert versions(after) == {"orders": newest["version"]}


def test_a_run_that_replaces_what_it_reads_read_the_version_before(viewer: Api) -> None:
    send(
        run_event(outputs=[dataset("orders", "id")]),
        run_event("START", 5, run=run_id(2), inputs=[dataset("orders")]),
        run_event("COMPLETE", 6, run=run_id(2), outputs=[dataset("orders", "id", "n")]),
    )
    newest, oldest = viewer.get(of_dataset("orders", "versions"))["versions"]

    told = viewer.get(of_run(run_id(2)))

    assert versions(told["inputDatasetVersions"]) == {"orders": oldest["version"]}
    assert versions(told["outputDatasetVersions"]) == {"orders": newest["version"]}


def test_a_return_to_former_columns_is_the_former_version(viewer: Api) -> None:
    send(
        run_event(minutes=0, outputs=[dataset("orders", "id")]),
        run_event(minutes=5, run=run_id(2), outputs=[dataset("orders", "id", "n")]),
        run_event(minutes=9, run=run_id(3), outputs=[dataset("orders", "id")]),
        run_event(minutes=20, run=run_id(4), job="use", inputs=[dataset("orders")]),
        run_event(minutes=7, run=run_id(5), job="use", inputs=[dataset("orders")]),
    )

    def read_by(run: str) -> dict[str, str]:
        return versions(viewer.get(of_run(run))["inputDatasetVersions"])

    def written_by(run: str) -> dict[str, str]:
        return versions(viewer.get(of_run(run))["outputDatasetVersions"])

    assert read_by(run_id(4)) == written_by(run_id(1)) == written_by(run_id(3))
    assert read_by(run_id(5)) == written_by(run_id(2))


def test_quality_results_among_the_datasets_own_facets_are_the_inputs(
    viewer: Api,
) -> None:
    assertions = facet(assertions=[{"assertion": "not_null", "success": True}])
    said = {"dataQualityAssertions": assertions}
    send(run_event(inputs=[dataset("orders", "id", facets=said)]))

    [entry] = viewer.get(of_run())["inputDatasetVersions"]

    assert entry["facets"] == said


def test_runs_of_one_id_are_told_by_their_job_or_the_first_start(viewer: Api) -> None:
    send(
        run_event("START", 5, job="b"),
        run_event("START", 1, job="c"),
        run_event("FAIL", 9, job="a"),
    )

    assert viewer.get(of_run())["startedAt"] == at(1)
    assert viewer.get(of_run(), job="a")["state"] == "FAILED"
    assert viewer.get(of_run(), job=f"{JOBS}:b")["startedAt"] == at(5)
    assert viewer.get(of_run(), job=f"job:{JOBS}:b")["startedAt"] == at(5)
    viewer.get(of_run(), status=404, job="d")


def test_of_runs_of_one_id_the_first_that_may_be_seen_is_told(
    reading_as: Reading,
) -> None:
    send(
        run_event("START", 1, job="a", namespace="vault"),
        run_event("START", 5, job="b"),
    )

    assert reading_as("viewer", namespace=JOBS).get(of_run())["startedAt"] == at(5)


def test_a_run_whose_id_is_no_uuid_is_told_by_its_hash(viewer: Api) -> None:
    send(run_event(run="manual/2026 #1"))
    hashed = UUID(bytes=md5(b"manual/2026 #1").digest(), version=3)

    told = viewer.get(of_run(str(hashed)))

    assert told["id"] == str(hashed)
    assert viewer.get(of_run("manual/2026 #1")) == told


def test_an_unknown_run_is_not_found(viewer: Api) -> None:
    viewer.get(of_run(str(uuid4())), status=404)
    viewer.get(of_run("nothing"), status=404)


def test_io_that_may_not_be_seen_is_left_out_of_a_run(reading_as: Reading) -> None:
    send(
        run_event(
            inputs=[dataset("orders"), dataset("secret", namespace="vault")],
            outputs=[dataset("secret", namespace="vault")],
        )
    )
    reader = reading_as("viewer", namespace=JOBS)

    told = reader.get(of_run())

    assert (told["inputDatasetVersions"], told["outputDatasetVersions"]) == ([], [])


def test_the_runs_of_a_job_are_listed_latest_start_first(viewer: Api) -> None:
    send(
        run_event("START", 5, run=run_id(2)),
        run_event("START", 9, run=run_id(3)),
        run_event("START", 1, run=run_id(1)),
        run_event("START", 7, run=run_id(4), job="other"),
    )

    told = viewer.get(LIST)

    assert [run["id"] for run in told["runs"]] == [run_id(3), run_id(2), run_id(1)]
    assert told["totalCount"] == 3
    assert told["runs"][0] == viewer.get(of_run(run_id(3)))


def test_runs_that_have_not_begun_are_listed_last(viewer: Api) -> None:
    def child_of(run: str) -> dict[str, Any]:
        job = {"namespace": JOBS, "name": "load"}
        return {"parent": facet(run={"runId": run}, job=job)}

    send(
        run_event("START", 1, run=run_id(1)),
        *(
            run_event(
                "START",
                n,
                run=run_id(n),
                job="task",
                run_facets=child_of(run_id(10 * n)),
            )
            for n in (2, 3)
        ),
    )

    whole = [run["id"] for run in viewer.get(LIST)["runs"]]
    parts = [viewer.get(LIST, limit=1, offset=n)["runs"][0]["id"] for n in range(3)]

    assert whole == parts == [run_id(1), run_id(30), run_id(20)]
    assert viewer.get(LIST, limit=1)["totalCount"] == 3
    assert viewer.get(LIST, offset=3) == {"runs": [], "totalCount": 3}


def test_a_part_of_the_runs_that_is_none_is_refused(viewer: Api) -> None:
    send(run_event())

    viewer.get(LIST, status=400, limit=-1)
    viewer.get(of_job("nothing", "runs"), status=404)
