"""GET /api/v1/namespaces/{namespace}/jobs/{job}/versions[/{version}]"""

from uuid import uuid4

from tests.lineage.api.conftest import Api
from tests.lineage.api.history import (
    JOBS,
    TABLES,
    at,
    dataset,
    facet,
    job_event,
    of_job,
    run_event,
    run_id,
    send,
)

LIST = of_job("load", "versions")
A, B = dataset("a"), dataset("b")


def test_versions_are_told_newest_first_with_their_latest_run(viewer: Api) -> None:
    says = {"documentation": facet(description="At first.")}
    location = {
        "sourceCodeLocation": facet(type="git", url="https://example.org/2"),
        "documentation": facet(description="By now."),
        "jobType": facet(
            processingType="STREAMING", integration="SPARK", jobType="JOB"
        ),
    }
    send(
        run_event("START", 0, inputs=[A], outputs=[B]),
        run_event(minutes=1),
        run_event(minutes=5, run=run_id(2), inputs=[A], outputs=[B], job_facets=says),
        run_event(
            minutes=9, run=run_id(3), inputs=[A], outputs=[B], job_facets=location
        ),
    )

    told = viewer.get(LIST)

    assert told["totalCount"] == 2
    newest, oldest = told["versions"]
    assert newest.keys() == {
        "id",
        "type",
        "name",
        "createdAt",
        "version",
        "namespace",
        "location",
        "description",
        "inputs",
        "outputs",
        "latestRun",
        "facets",
    }
    assert (newest["type"], newest["description"]) == ("STREAM", "By now.")
    assert newest["facets"] == viewer.get(of_job())["facets"]
    assert newest["facets"].keys() == location.keys()
    assert oldest["facets"] == says
    assert oldest["description"] == "At first."
    assert newest["id"] == {
        "namespace": JOBS,
        "name": "load",
        "version": newest["version"],
    }
    assert newest["location"] == "https://example.org/2"
    assert newest["latestRun"]["id"] == run_id(3)
    assert oldest["location"] is None
    assert oldest["createdAt"] == at(0)
    assert oldest["latestRun"] == viewer.get(f"/api/v1/jobs/runs/{run_id(2)}")
    assert oldest["inputs"] == [{"namespace": TABLES, "name": "a"}]
    assert oldest["outputs"] == [{"namespace": TABLES, "name": "b"}]


def test_a_run_of_the_same_kind_adds_no_version(viewer: Api) -> None:
    send(
        run_event(inputs=[A], outputs=[B]),
        run_event(minutes=5, run=run_id(2), inputs=[A], outputs=[B]),
    )

    assert viewer.get(LIST)["totalCount"] == 1


def test_what_is_read_and_what_is_written_tell_versions_apart(viewer: Api) -> None:
    send(
        run_event(inputs=[A], outputs=[B]),
        run_event(minutes=5, run=run_id(2), inputs=[B], outputs=[A]),
    )

    one, other = viewer.get(LIST)["versions"]

    assert one["version"] != other["version"]
    assert one["inputs"] == other["outputs"]


def test_other_sql_is_another_version(viewer: Api) -> None:
    send(
        run_event(job_facets={"sql": facet(query="SELECT 1")}),
        run_event(
            minutes=5, run=run_id(2), job_facets={"sql": facet(query="SELECT 2")}
        ),
    )

    assert viewer.get(LIST)["totalCount"] == 2


def test_the_sql_of_a_version_takes_the_right_to_see_code(
    viewer: Api, admin: Api
) -> None:
    send(
        run_event(job_facets={"sql": facet(query="SELECT 1")}),
        run_event(
            minutes=5, run=run_id(2), job_facets={"sql": facet(query="SELECT 2")}
        ),
    )

    shown = [one["facets"]["sql"]["query"] for one in admin.get(LIST)["versions"]]
    assert shown == ["SELECT 2", "SELECT 1"]
    assert [one["facets"] for one in viewer.get(LIST)["versions"]] == [{}, {}]


def test_a_declared_version_has_no_run(viewer: Api) -> None:
    send(job_event(inputs=[A], outputs=[B]))

    [version] = viewer.get(LIST)["versions"]

    assert version["latestRun"] is None
    assert viewer.get(of_job())["currentVersion"] == version["version"]


def test_a_version_is_told_by_its_id(viewer: Api) -> None:
    send(run_event(inputs=[A], outputs=[B]))
    [version] = viewer.get(LIST)["versions"]

    assert viewer.get(of_job("load", "versions", version["version"])) == version


def test_an_unknown_version_is_not_found(viewer: Api) -> None:
    send(run_event())

    viewer.get(of_job("load", "versions", str(uuid4())), status=404)
    viewer.get(of_job("nothing", "versions"), status=404)
    viewer.get(LIST, status=400, limit=-1)
