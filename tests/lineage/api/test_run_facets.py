"""GET /api/v1/jobs/runs/{id}/facets"""

from uuid import uuid4

import pytest

from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import RUN, facet, run_event, run_id, send

PATH = f"/api/v1/jobs/runs/{RUN}/facets"


def test_the_facets_of_a_run_and_of_its_job_are_told_apart(viewer: Api) -> None:
    of_run = {"errorMessage": facet(message="no", programmingLanguage="SQL")}
    of_job = {"documentation": facet(description="Adds up.")}
    send(run_event("FAIL", run_facets=of_run, job_facets=of_job))

    assert viewer.get(PATH, type="run") == {"runId": RUN, "facets": of_run}
    assert viewer.get(PATH, type="JOB") == {"runId": RUN, "facets": of_job}


def test_the_facets_of_the_job_are_those_of_this_run(viewer: Api) -> None:
    send(
        run_event(job_facets={"documentation": facet(description="once")}),
        run_event(
            minutes=5,
            run=run_id(2),
            job_facets={"documentation": facet(description="now")},
        ),
    )

    told = viewer.get(PATH, type="job")

    assert told["facets"]["documentation"]["description"] == "once"


def test_a_run_without_facets_has_none(viewer: Api) -> None:
    send(run_event())

    assert viewer.get(PATH, type="run") == {"runId": RUN, "facets": {}}


@pytest.mark.parametrize("query", [{}, {"type": "dataset"}, {"type": ""}])
def test_the_type_has_to_be_named(viewer: Api, query: dict[str, str]) -> None:
    send(run_event())

    assert viewer.get(PATH, status=400, **query)["parameter"] == "type"


def test_code_is_shown_to_whoever_may_see_it(reading_as: Reading) -> None:
    send(run_event(job_facets={"sql": facet(query="SELECT 1")}))

    assert reading_as("viewer").get(PATH, type="job")["facets"] == {}
    assert "sql" in reading_as("auditor").get(PATH, type="job")["facets"]


def test_the_job_is_selected_where_several_share_the_run(viewer: Api) -> None:
    send(
        run_event(job="a", minutes=0, run_facets={"custom": facet(of="a")}),
        run_event(job="b", minutes=5, run_facets={"custom": facet(of="b")}),
    )

    assert viewer.get(PATH, type="run")["facets"]["custom"]["of"] == "a"
    assert viewer.get(PATH, type="run", job="b")["facets"]["custom"]["of"] == "b"


def test_an_unknown_run_is_not_found(viewer: Api) -> None:
    viewer.get(f"/api/v1/jobs/runs/{uuid4()}/facets", status=404, type="run")
