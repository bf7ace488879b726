"""GET /api/v1/namespaces/{namespace}/datasets/{dataset}/versions[/{version}]"""

from uuid import uuid4

from tests.lineage.api.conftest import Api
from tests.lineage.api.history import (
    TABLES,
    at,
    dataset,
    dataset_event,
    facet,
    of_dataset,
    run_event,
    run_id,
    send,
)

LIST = of_dataset("orders", "versions")
MEMBERS = {
    "id",
    "type",
    "name",
    "physicalName",
    "createdAt",
    "version",
    "namespace",
    "sourceName",
    "fields",
    "tags",
    "lifecycleState",
    "description",
    "currentSchemaVersion",
    "createdByRun",
    "facets",
}


def test_versions_are_told_newest_first_with_what_made_them(viewer: Api) -> None:
    said = {"documentation": facet(description="Wider now.")}
    send(
        run_event(outputs=[dataset("orders", "id")]),
        run_event("START", 5, run=run_id(2)),
        run_event(
            minutes=6,
            run=run_id(2),
            outputs=[dataset("orders", "id", "n", facets=said)],
        ),
    )

    told = viewer.get(LIST)

    assert told["totalCount"] == 2
    newest, oldest = told["versions"]
    assert newest.keys() == oldest.keys() == MEMBERS
    assert newest["id"] == {
        "namespace": TABLES,
        "name": "orders",
        "version": newest["version"],
    }
    assert [field["name"] for field in newest["fields"]] == ["id", "n"]
    assert (newest["createdAt"], oldest["createdAt"]) == (at(6), at(0))
    assert newest["createdByRun"]["id"] == run_id(2)
    assert newest["createdByRun"] == viewer.get(f"/api/v1/jobs/runs/{run_id(2)}")
    assert newest["description"] == "Wider now."
    assert newest["facets"]["documentation"] == said["documentation"]
    assert oldest["createdByRun"]["id"] == run_id(1)
    assert oldest["description"] is None


def test_the_current_version_is_the_one_shown_last(viewer: Api) -> None:
    send(
        run_event(outputs=[dataset("orders", "id")]),
        run_event(minutes=5, run=run_id(2), outputs=[dataset("orders", "id", "n")]),
        run_event(minutes=9, run=run_id(3), outputs=[dataset("orders", "id")]),
    )

    newest, oldest = viewer.get(LIST)["versions"]

    assert viewer.get(of_dataset("orders"))["currentVersion"] == oldest["version"]
    assert [field["name"] for field in newest["fields"]] == ["id", "n"]


def test_a_version_is_told_by_its_id(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders", "id")]))
    [version] = viewer.get(LIST)["versions"]

    assert viewer.get(of_dataset("orders", "versions", version["version"])) == version


def test_the_same_columns_of_another_dataset_are_another_version(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders", "id"), dataset("returns", "id")]))

    [own] = viewer.get(LIST)["versions"]
    [other] = viewer.get(of_dataset("returns", "versions"))["versions"]

    assert own["version"] != other["version"]


def test_a_write_that_shows_no_columns_makes_no_version_beside_one_that_does(
    viewer: Api,
) -> None:
    send(run_event(outputs=[dataset("orders")]))
    [bare] = viewer.get(LIST)["versions"]
    send(run_event(run=run_id(2), minutes=5, outputs=[dataset("orders", "id")]))
    [shown] = viewer.get(LIST)["versions"]

    assert bare["fields"] == []
    assert bare["currentSchemaVersion"] is None
    assert [field["name"] for field in shown["fields"]] == ["id"]


def test_a_version_of_a_static_event_was_made_by_no_run(viewer: Api) -> None:
    said = {"documentation": facet(description="By hand.")}
    send(dataset_event(0, dataset("orders", "id", facets=said)))

    [version] = viewer.get(LIST)["versions"]

    assert version["createdByRun"] is None
    assert version["description"] == "By hand."


def test_a_part_of_the_versions_is_counted_as_a_whole(viewer: Api) -> None:
    send(
        *(
            run_event(minutes=n, run=run_id(n), outputs=[dataset("orders", f"c{n}")])
            for n in range(1, 5)
        )
    )

    told = viewer.get(LIST, limit=2, offset=1)

    names = [version["fields"][0]["name"] for version in told["versions"]]
    assert names == ["c3", "c2"]
    assert told["totalCount"] == 4
    viewer.get(LIST, status=400, limit=-1)


def test_an_unknown_version_is_not_found(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders", "id")]))

    viewer.get(of_dataset("orders", "versions", str(uuid4())), status=404)
    viewer.get(of_dataset("orders", "versions", "latest"), status=404)
    viewer.get(of_dataset("nothing", "versions"), status=404)
