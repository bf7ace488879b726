"""GET /api/v1/namespaces and /api/v1/namespaces/{namespace}"""

from typing import Any

import pytest
from django.test import Client

from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import JOBS, TABLES, address, dataset, run_event, send

MEMBERS = {"name", "createdAt", "updatedAt", "ownerName", "description", "isHidden"}
LIST = address("namespaces")


def test_namespaces_are_listed_by_name_with_their_count(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders")]))

    told = viewer.get(LIST)

    assert [one["name"] for one in told["namespaces"]] == [TABLES, JOBS]
    assert told["totalCount"] == 2
    for one in told["namespaces"]:
        assert one.keys() == MEMBERS
        assert (one["ownerName"], one["description"]) == ("anonymous", None)
        assert one["isHidden"] is False


def test_a_namespace_is_told_by_its_name(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders")]))

    told = viewer.get(address("namespaces", TABLES))

    assert told.keys() == MEMBERS
    assert told["name"] == TABLES
    assert told["createdAt"].endswith("Z")


def test_a_part_of_the_list_is_counted_as_a_whole(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders")]))

    told = viewer.get(LIST, limit=1, offset=1)

    assert [one["name"] for one in told["namespaces"]] == [JOBS]
    assert told["totalCount"] == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "-1"),
        ("offset", "-1"),
        ("limit", "many"),
        ("limit", "1.5"),
        ("limit", "10001"),
        ("offset", "9" * 40),
        ("limit", "٣"),
    ],
)
def test_a_limit_or_offset_that_is_none_is_refused(
    viewer: Api, name: str, value: str
) -> None:
    problem = viewer.get(LIST, status=400, **{name: value})

    assert problem["status"] == 400
    assert problem["parameter"] == name


def test_an_unknown_namespace_is_not_found(viewer: Api) -> None:
    assert viewer.get(address("namespaces", "nothing"), status=404)["status"] == 404


def test_a_namespace_that_may_not_be_seen_is_not_there(reading_as: Reading) -> None:
    send(run_event(outputs=[dataset("orders")]))
    reader = reading_as("viewer", namespace=JOBS)

    told = reader.get(LIST)

    assert [one["name"] for one in told["namespaces"]] == [JOBS]
    assert told["totalCount"] == 1
    hidden = reader.get(address("namespaces", TABLES), status=404)
    unknown = reader.get(address("namespaces", "nothing"), status=404)
    assert hidden["detail"] == unknown["detail"]


def test_who_shows_no_token_is_told_to(db: None) -> None:
    response = Client().get(LIST)

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_without_a_token_the_anonymous_role_reads(db: None, settings: Any) -> None:
    settings.HEADWATER_ANONYMOUS_ROLE = "viewer"
    send(run_event(outputs=[dataset("orders")]))

    response = Client().get(LIST)

    assert response.json()["totalCount"] == 2
    assert Client().get("/api/v1/events/lineage").status_code in (401, 403)
