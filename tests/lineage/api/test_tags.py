"""Tags of people and of producers, on datasets, fields and jobs; GET and PUT /tags"""

import pytest

from catalog.models import Change, TagAssignment
from catalog.services import undo_change
from policies.models import JournalEntry
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    TABLES,
    dataset,
    facet,
    of_dataset,
    of_job,
    run_event,
    run_id,
    send,
)

ORDERS = of_dataset("orders")


@pytest.fixture
def told(db: None) -> None:
    """Producers tag the dataset, its column and its job."""
    tags = [
        {"key": "raw", "value": "true"},
        {"key": "team", "value": "harbour"},
        {"key": "key", "value": "true", "field": "id"},
    ]
    send(
        run_event(
            job_facets={"tags": facet(tags=tags[:1])},
            outputs=[dataset("orders", "id", "at", facets={"tags": facet(tags=tags)})],
        )
    )


def test_tags_of_people_and_of_producers_are_told_together(
    admin: Api, told: None
) -> None:
    answer = admin.post(f"{ORDERS}/tags/GOLD")

    assert answer == admin.get(ORDERS)
    assert answer["tags"] == ["GOLD", "raw", "team:harbour"]
    assert admin.post(f"{of_job()}/tags/daily")["tags"] == ["daily", "raw"]
    assert admin.post(f"{ORDERS}/fields/id/tags/pii")["fields"][0]["tags"] == [
        "PII",
        "key",
    ]


def test_an_unknown_tag_is_defined_by_its_first_use(admin: Api, told: None) -> None:
    admin.post(f"{ORDERS}/tags/Gold")
    admin.post(f"{ORDERS}/fields/at/tags/Gold")

    tags = admin.get("/api/v1/tags")
    assert [tag["name"] for tag in tags["tags"]] == ["GOLD", "Gold"]
    assert tags["totalCount"] == 2


def test_a_tag_is_put_on_once(admin: Api, told: None) -> None:
    admin.post(f"{ORDERS}/tags/GOLD")
    admin.post(f"{ORDERS}/tags/GOLD")

    assert TagAssignment.objects.standing().count() == 1


def test_a_tag_is_taken_off(admin: Api, told: None) -> None:
    admin.post(f"{ORDERS}/tags/GOLD")
    admin.post(f"{ORDERS}/fields/id/tags/GOLD")

    assert "GOLD" not in admin.delete(f"{ORDERS}/tags/GOLD")["tags"]
    assert admin.get(ORDERS)["fields"][0]["tags"] == ["GOLD", "key"]
    assert admin.delete(f"{ORDERS}/fields/id/tags/gold")["fields"][0]["tags"] == ["key"]
    assert admin.delete(f"{ORDERS}/tags/never")["tags"] == ["raw", "team:harbour"]


def test_a_producers_tag_is_taken_off_and_does_not_come_back(
    admin: Api, told: None
) -> None:
    assert admin.delete(f"{ORDERS}/tags/team:harbour")["tags"] == ["raw"]
    assert admin.delete(f"{of_job()}/tags/raw")["tags"] == []
    again = facet(tags=[{"key": "team", "value": "harbour"}])
    send(
        run_event(
            minutes=9,
            run=run_id(2),
            outputs=[dataset("orders", facets={"tags": again})],
        )
    )

    assert admin.get(ORDERS)["tags"] == []
    assert admin.post(f"{ORDERS}/tags/raw")["tags"] == ["raw"]


def test_a_tag_is_on_a_dataset_under_all_of_its_names(admin: Api, told: None) -> None:
    other = [{"namespace": "s3://lake", "name": "o", "type": "TABLE"}]
    facets = {"symlinks": facet(identifiers=other)}
    send(run_event(run=run_id(2), inputs=[dataset("orders", facets=facets)]))

    admin.post(of_dataset("o", "tags", "GOLD", namespace="s3://lake"))

    assert "GOLD" in admin.get(ORDERS)["tags"]


def test_tagging_is_journaled_and_can_be_undone(admin: Api, told: None) -> None:
    admin.post(f"{ORDERS}/tags/GOLD")

    [entry] = JournalEntry.objects.filter(act="tag.assigned")
    assert entry.actor is not None
    change = Change.objects.first()
    assert change is not None
    undo_change(change, actor=None, via=Change.Via.API)
    assert "GOLD" not in admin.get(ORDERS)["tags"]


@pytest.mark.parametrize("role", ["viewer", "producer", "auditor"])
def test_who_may_not_tag_changes_nothing(
    reading_as: Reading, told: None, role: str
) -> None:
    reader = reading_as(role)

    for path in (
        f"{ORDERS}/tags/X",
        f"{ORDERS}/fields/id/tags/X",
        f"{of_job()}/tags/X",
    ):
        reader.post(path, status=403)
        reader.delete(path, status=403)

    assert not TagAssignment.objects.exists()


def test_a_steward_elsewhere_does_not_find_it(reading_as: Reading, told: None) -> None:
    reading_as("steward", namespace="elsewhere").post(f"{ORDERS}/tags/X", status=404)
    reading_as("steward", namespace=TABLES).post(f"{ORDERS}/tags/X")


def test_a_field_that_there_is_not_is_not_tagged(admin: Api, told: None) -> None:
    admin.post(f"{ORDERS}/fields/unknown/tags/X", status=404)


@pytest.mark.parametrize("name", ["%20", "a..b", "x" * 301, "a%0Ab"])
def test_a_name_that_no_tag_can_have_is_refused(
    admin: Api, told: None, name: str
) -> None:
    assert admin.post(f"{ORDERS}/tags/{name}", status=422)["code"] == "tag_unusable"
    assert admin.put(f"/api/v1/tags/{name}", {}, status=422)["code"] == "tag_unusable"


def test_a_tag_is_described_and_described_anew(admin: Api) -> None:
    told = admin.put("/api/v1/tags/PII", {"description": "personal"})

    assert told == {"name": "PII", "description": "personal"}
    assert admin.put("/api/v1/tags/PII", {"description": "of people"})
    assert admin.get("/api/v1/tags")["tags"] == [
        {"name": "PII", "description": "of people"}
    ]


def test_a_graph_and_a_list_show_the_same_tags(admin: Api, told: None) -> None:
    admin.post(f"{ORDERS}/tags/GOLD")

    graph = admin.get("/api/v1/lineage", nodeId=f"dataset:{TABLES}:orders")["graph"]
    [node] = [node for node in graph if node["type"] == "DATASET"]
    [listed] = admin.get(of_dataset("")[:-1])["datasets"]
    assert node["data"]["tags"] == listed["tags"] == ["GOLD", "raw", "team:harbour"]
