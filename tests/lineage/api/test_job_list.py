"""GET /api/v1/jobs and /api/v1/namespaces/{namespace}/jobs"""

import pytest

from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    TABLES,
    address,
    dataset,
    facet,
    of_job,
    run_event,
    run_id,
    send,
)

ALL = "/api/v1/jobs"
OF_NAMESPACE = address("namespaces", JOBS, "jobs")


def names(told: dict[str, list[dict[str, str]]]) -> list[str]:
    return [job["name"] for job in told["jobs"]]


def test_jobs_are_listed_by_what_was_heard_of_last_as_each_is_told_alone(
    viewer: Api,
) -> None:
    send(run_event(job="one", outputs=[dataset("orders")]))
    send(run_event(job="other", run=run_id(2), inputs=[dataset("orders")]))

    told = viewer.get(ALL)

    assert told == {
        "jobs": [viewer.get(of_job("other")), viewer.get(of_job("one"))],
        "totalCount": 2,
    }


def test_the_jobs_of_one_namespace_are_listed_alone(viewer: Api) -> None:
    send(run_event(job="own"), run_event(job="foreign", namespace="other"))

    assert names(viewer.get(OF_NAMESPACE)) == ["own"]
    assert len(names(viewer.get(ALL))) == 2


def test_an_unknown_namespace_has_no_jobs(viewer: Api) -> None:
    told = viewer.get(address("namespaces", "nothing", "jobs"))

    assert told == {"jobs": [], "totalCount": 0}


def test_a_namespace_of_datasets_has_no_jobs(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders")]))

    told = viewer.get(address("namespaces", TABLES, "jobs"))

    assert told == {"jobs": [], "totalCount": 0}


@pytest.fixture
def of_every_state(db: None) -> None:
    """A job for each state that its latest run can be in."""
    child_of_new = facet(
        run={"runId": run_id(9)}, job={"namespace": JOBS, "name": "new"}
    )
    send(
        run_event("START", job="running", run_facets={"parent": child_of_new}),
        run_event("COMPLETE", 1, job="completed", run=run_id(2)),
        run_event("FAIL", 1, job="failed", run=run_id(3)),
        run_event("ABORT", 1, job="aborted", run=run_id(4)),
        run_event("FAIL", 0, job="completed", run=run_id(5)),
        run_event("COMPLETE", 0, job="failed", run=run_id(6)),
    )


@pytest.mark.parametrize("state", ["running", "completed", "failed", "aborted", "new"])
@pytest.mark.parametrize("path", [ALL, OF_NAMESPACE])
def test_jobs_are_chosen_by_the_state_of_their_latest_run(
    viewer: Api, of_every_state: None, path: str, state: str
) -> None:
    told = viewer.get(path, lastRunStates=state)

    assert names(told) == [state]
    assert told["totalCount"] == 1


def test_several_states_are_chosen_at_once(viewer: Api, of_every_state: None) -> None:
    told = viewer.get(ALL, lastRunStates=["FAILED", "ABORTED"])

    assert set(names(told)) == {"failed", "aborted"}
    assert told["totalCount"] == 2
    viewer.get(ALL, status=400, lastRunStates="HAPPY")


def test_a_part_of_the_list_is_counted_as_a_whole(viewer: Api) -> None:
    send(*(run_event(job=f"j{n}", run=run_id(n)) for n in range(5)))

    told = viewer.get(ALL, limit=2, offset=4)

    assert len(told["jobs"]) == 1
    assert told["totalCount"] == 5
    viewer.get(ALL, status=400, offset=-1)


def test_jobs_that_may_not_be_seen_are_neither_shown_nor_counted(
    reading_as: Reading,
) -> None:
    send(run_event(job="own"), run_event(job="foreign", namespace="other"))
    reader = reading_as("viewer", namespace="other")

    assert names(reader.get(ALL)) == ["foreign"]
    assert reader.get(ALL)["totalCount"] == 1
    assert reader.get(OF_NAMESPACE) == {"jobs": [], "totalCount": 0}
    reader.get(of_job("own"), status=404)
