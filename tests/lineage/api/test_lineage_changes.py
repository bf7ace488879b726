"""GET /api/v1/lineage/changes: how lineage differs between two times"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from lineage.models import Event
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    TABLES,
    at,
    dataset,
    facet,
    run_event,
    run_id,
    send,
)
from tests.lineage.api.test_lineage_paths import flows, place

CHANGES = "/api/v1/lineage/changes"
WALK = "/api/v1/lineage/walk"


def changes(api: Api, start: str, *, first: str, **query: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"from": first, **query}
    told: dict[str, Any] = api.get(CHANGES, nodeId=start, **asked)
    return told


def short(node_id: str) -> str:
    return node_id.rpartition(":")[2]


def edges(told: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (one["change"], short(one["source"]), short(one["target"]))
        for one in told["edges"]
    }


def nodes(told: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["change"], one["name"]) for one in told["nodes"]}


def shown(told: dict[str, Any]) -> dict[tuple[str, str], str | None]:
    return {
        (short(one["source"]), short(one["target"])): one["shownBy"]
        and one["shownBy"]["at"]
        for one in told["edges"]
    }


@pytest.fixture
def moved(db: None) -> None:
    """j makes B of A, twice, then of C and D; later k reads B."""
    flows("A j B", minutes=1)
    flows("A j B", minutes=2)
    flows("C j B", "D j B", minutes=5)
    flows("C j B", "D j B", minutes=6)
    flows("B k E", minutes=8)


def test_what_came_and_went_is_told_with_the_first_event_that_shows_it(
    moved: None, reading_as: Reading
) -> None:
    admin = reading_as("admin")

    told = changes(admin, place("B"), first=at(3))

    assert nodes(told) == {
        ("added", "C"), ("added", "D"), ("removed", "A"),
        ("added", "k"), ("added", "E"),
    }  # fmt: skip
    assert edges(told) == {
        ("added", "C", "j"), ("added", "D", "j"), ("removed", "A", "j"),
        ("added", "B", "k"), ("added", "k", "E"),
    }  # fmt: skip
    assert shown(told) == {
        ("C", "j"): at(5), ("D", "j"): at(5), ("A", "j"): at(5),
        ("B", "k"): at(8), ("k", "E"): at(8),
    }  # fmt: skip
    assert (told["complete"], told["deleted"]) == (True, 0)
    assert told["before"]["asOf"] == at(3)
    assert told["after"]["asOf"] is None
    [came] = [one for one in told["edges"] if short(one["source"]) == "C"]
    event = Event.objects.filter(event_time=at(5)).get()
    assert came["shownBy"]["event"] == bytes(event.digest).hex()
    assert came["shownBy"]["job"] == f"job:{JOBS}:j"
    assert came["before"] is None
    assert came["after"]["assertedBy"][0]["kind"] == "io"
    reader = changes(reading_as("viewer"), place("B"), first=at(3))
    assert {one["shownBy"]["event"] for one in reader["edges"]} == {None}


def test_nothing_differs_where_nothing_happened(moved: None, viewer: Api) -> None:
    told = changes(viewer, place("B"), first=at(6), to=at(7))

    assert (told["nodes"], told["edges"]) == ([], [])


def test_what_became_known_between_is_told(viewer: Api) -> None:
    flows("A j B", minutes=1)
    first = Event.objects.latest("id").recorded_at.isoformat()
    flows("C j B", minutes=3)
    flows("X k C", minutes=0)

    told = viewer.get(CHANGES, nodeId=place("B"), recordedFrom=first, to=at(2))
    assert edges(told) == set()
    told = viewer.get(CHANGES, nodeId=place("B"), recordedFrom=first)
    assert shown(told) == {
        ("A", "j"): at(3), ("C", "j"): at(3), ("k", "C"): at(0), ("X", "k"): at(0),
    }  # fmt: skip


def test_an_attempt_that_succeeds_changes_its_status(viewer: Api) -> None:
    send(run_event("FAIL", 1, job="j", run=run_id(1), inputs=[dataset("A", "id")],
                   outputs=[dataset("B", "id")]))  # fmt: skip
    send(run_event("COMPLETE", 4, job="j", run=run_id(2), inputs=[dataset("A", "id")],
                   outputs=[dataset("B", "id")]))  # fmt: skip

    told = changes(viewer, place("A"), first=at(2))

    assert edges(told) == {("changed", "A", "j"), ("changed", "j", "B")}
    one = told["edges"][0]
    assert (one["before"]["status"], one["after"]["status"]) == ("attempt", "effective")
    assert set(shown(told).values()) == {at(4)}


def test_columns_change_by_how_they_come_from_each_other(viewer: Api) -> None:
    def derived(minutes: float, masking: bool) -> None:
        way = {
            "namespace": TABLES, "name": "A", "field": "id",
            "transformations": [
                {"type": "DIRECT", "subtype": "IDENTITY", "masking": masking}
            ],
        }  # fmt: skip
        told = facet(fields={"id": {"inputFields": [way]}})
        made = dataset("B", "id", facets={"columnLineage": told})
        send(run_event(minutes=minutes, run=run_id(int(minutes)), job="j",
                       inputs=[dataset("A", "id")], outputs=[made]))  # fmt: skip

    for minutes, masking in ((1, False), (2, False), (5, True), (6, True)):
        derived(minutes, masking)

    told = changes(viewer, f"datasetField:{TABLES}:B:id", first=at(3))

    [one] = told["edges"]
    assert (one["change"], one["shownBy"]["at"]) == ("changed", at(5))
    sides = (one["before"], one["after"])
    assert [s["transformations"][0]["masking"] for s in sides] == [False, True]


@pytest.mark.parametrize(
    ("walks", "withheld"), [("PASS", 1), ("STOP", 1), ("SILENT", 0)]
)
def test_hidden_changes_are_not_named(
    reading_as: Reading, settings: Any, walks: str, withheld: int
) -> None:
    settings.HEADWATER_WALKS_HIDDEN = walks
    flows("A j B", minutes=1)
    flows("_X j B", "A j B", "B _k C", minutes=5)
    half = reading_as("viewer", namespace="*s*")

    told = changes(half, place("B"), first=at(3), direction="upstream")

    assert (told["nodes"], told["edges"]) == ([], [])
    assert (told["before"]["withheld"], told["after"]["withheld"]) == (0, withheld)
    assert told["complete"] is not bool(withheld)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"nodeId": "dataset:x:A"}, 400),
        ({"nodeId": "dataset:x:A", "from": at(1)}, 404),
        ({"nodeId": place("A"), "from": at(5), "to": at(1)}, 400),
        ({"nodeId": place("A"), "from": at(1), "to": at(1)}, 400),
        ({"nodeId": place("A"), "from": "once"}, 400),
        ({"from": at(1)}, 400),
    ],
)
def test_what_cannot_be_answered_is_refused(
    viewer: Api, query: dict[str, Any], status: int
) -> None:
    flows("A j B")

    assert viewer.get(CHANGES, status=status, **query)["detail"]


def standing(api: Api, **times: Any) -> dict[tuple[str, str], Any]:
    told = api.get(WALK, nodeId=place("A"), **times)
    return {(one["source"], one["target"]): one["status"] for one in told["edges"]}


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(n, marks=pytest.mark.prove) for n in range(2, 30))]
)
def test_changes_are_the_difference_of_two_walks_and_shown_by_their_events(
    viewer: Api, seed: int
) -> None:
    random = Random(seed)
    for number in range(1, 25):
        names = random.sample("ABCDE", 4)
        send(
            run_event(
                random.choice(["COMPLETE", "COMPLETE", "FAIL", "START"]),
                number,
                run=run_id(number),
                job=random.choice("xyz"),
                inputs=[dataset(n) for n in names[: random.randrange(3)]],
                outputs=[dataset(n) for n in names[2 : 2 + random.randrange(3)]],
            )
        )
    for first, last in ((4, 9), (8, 24)):
        told = changes(viewer, place("A"), first=at(first), to=at(last))
        was = standing(viewer, asOf=at(first))
        becomes = standing(viewer, asOf=at(last))
        differing = {
            edge for edge in was.keys() | becomes.keys()
            if was.get(edge) != becomes.get(edge)
        }  # fmt: skip
        assert {(one["source"], one["target"]) for one in told["edges"]} == differing
        for one in told["edges"]:
            edge = one["source"], one["target"]
            if one["shownBy"] is None:  # it was, or is, out of reach
                one_time, other = (alone(viewer, edge, at(m)) for m in (first, last))
                assert one_time == other
                continue
            moment = one["shownBy"]["at"]
            before = datetime.fromisoformat(moment) - timedelta(seconds=1)
            shows = alone(viewer, edge, moment)
            assert shows == becomes.get(edge)
            assert shows != alone(viewer, edge, before.isoformat())


def alone(api: Api, edge: tuple[str, str], time: str) -> str | None:
    """How an edge stood, whatever else leads there."""
    [job] = [end for end in edge if end.startswith("job:")]
    told = api.get(WALK, nodeId=job, maxHops=1, asOf=time)
    found = {(one["source"], one["target"]): one["status"] for one in told["edges"]}
    return found.get(edge)
