"""GET /api/v1/lineage/paths, /roots and /leaves: by which ways, from where, to where"""

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
    job_event,
    run_event,
    run_id,
    send,
)
from tests.lineage.api.history import of_dataset as path_of

PATHS = "/api/v1/lineage/paths"
ROOTS = "/api/v1/lineage/roots"
LEAVES = "/api/v1/lineage/leaves"
VAULT = "vault"


def place(name: str) -> str:
    """`load` is a job; `orders`, with a capital, would be `Orders`, a dataset."""
    namespace = VAULT if name.startswith("_") else ""
    if name[-1].isupper():
        return f"dataset:{namespace or TABLES}:{name}"
    return f"job:{namespace or JOBS}:{name}"


_numbers = iter(range(1, 10_000))


def flows(*chains: str, minutes: float = 0) -> None:
    """Chains such as "A j B": dataset A, job j, dataset B. `_` puts it in the vault."""
    io: dict[str, tuple[set[str], set[str]]] = {}
    for chain in chains:
        words = chain.split()
        for number, word in enumerate(words):
            if word[-1].isupper():
                continue
            reads, writes = io.setdefault(word, (set(), set()))
            reads |= set(words[number - 1 : number])
            writes |= set(words[number + 1 : number + 2])
    send(
        *(
            run_event(
                minutes=minutes,
                run=run_id(next(_numbers)),
                job=job,
                namespace=VAULT if job.startswith("_") else JOBS,
                inputs=[table(name) for name in sorted(reads)],
                outputs=[table(name) for name in sorted(writes)],
            )
            for job, (reads, writes) in io.items()
        )
    )


def table(name: str) -> dict[str, Any]:
    return dataset(name, "id", namespace=VAULT if name.startswith("_") else TABLES)


def names(path: dict[str, Any]) -> str:
    return " ".join(step["name"] or f"({step['kind']})" for step in path["steps"])


def asked(api: Api, start: str, goal: str, **query: Any) -> dict[str, Any]:
    return between(api, place(start), place(goal), **query)


def between(api: Api, start: str, goal: str, **query: Any) -> dict[str, Any]:
    ends: dict[str, Any] = {"from": start, "to": goal}
    told: dict[str, Any] = api.get(PATHS, **ends, **query)
    return told


def ends(api: Api, route: str, start: str, **query: Any) -> dict[str, Any]:
    told: dict[str, Any] = api.get(route, nodeId=place(start), **query)
    return told


def told_ends(told: dict[str, Any]) -> list[tuple[str, int, int | None]]:
    return [(one["name"], one["hops"], one["cycle"]) for one in told["ends"]]


@pytest.fixture
def half(reading_as: Reading) -> Api:
    """May see all but the vault."""
    return reading_as("viewer", namespace="*s*")


def test_all_ways_are_told_the_shortest_first_with_their_edges(viewer: Api) -> None:
    flows("A j B", "A k C", "C l B", "B m D")

    told = asked(viewer, "A", "D")

    assert [(path["hops"], names(path)) for path in told["paths"]] == [
        (4, "A j B m D"),
        (6, "A k C l B m D"),
    ]
    assert told["shortest"] == told["paths"][0]
    assert told["completeness"] == {"complete": True, "truncated": [], "withheld": 0}
    first, second, *_ = told["shortest"]["steps"]
    assert (first["nodeId"], first["kind"], first["edge"]) == (
        place("A"),
        "dataset",
        None,
    )
    assert second["kind"] == "job"
    assert second["edge"]["status"] == "effective"
    [word] = second["edge"]["assertedBy"]
    assert (word["kind"], word["job"], word["firstAt"]) == ("io", place("j"), at(0))


def test_there_is_no_way_against_the_flow(viewer: Api) -> None:
    flows("A j B")

    told = asked(viewer, "B", "A")

    assert (told["shortest"], told["paths"]) == (None, [])
    assert told["completeness"]["complete"] is True


def test_ways_that_lead_back_are_told_of_one_node(viewer: Api) -> None:
    flows("A j B", "B k A", "A l A")

    told = asked(viewer, "A", "A")

    assert [names(path) for path in told["paths"]] == ["A l A", "A j B k A"]


def test_bounds_are_said(viewer: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    flows("A j B", "A k B", "B l C")

    told = asked(viewer, "A", "C", maxPaths=1)
    assert [names(path) for path in told["paths"]] == ["A j B l C"]
    assert told["completeness"]["truncated"] == ["paths"]
    monkeypatch.setattr("lineage.walks.paths.MAX_STEPS", 9)
    told = asked(viewer, "A", "C")
    assert [names(path) for path in told["paths"]] == ["A j B l C"]
    assert told["completeness"]["truncated"] == ["paths"]
    told = asked(viewer, "A", "C", maxHops=3)
    assert (told["paths"], told["completeness"]["truncated"]) == ([], ["hops"])
    assert told["completeness"]["complete"] is False


def test_what_is_hidden_is_one_nameless_step(half: Api, viewer: Api) -> None:
    flows("A _j _B", "_B _k _C", "_C _l D", "D m E", "A n E")

    told = asked(half, "A", "E")

    assert [names(path) for path in told["paths"]] == ["A n E", "A (withheld) D m E"]
    assert told["completeness"] == {"complete": False, "truncated": [], "withheld": 1}
    hidden = told["paths"][1]["steps"][1]
    assert (hidden["nodeId"], hidden["edge"]) == (None, None)
    assert names(asked(viewer, "A", "D")["shortest"]) == "A _j _B _k _C _l D"
    between(half, place("A"), place("_B"), status=404)


@pytest.mark.parametrize(("walks", "withheld"), [("STOP", 1), ("SILENT", 0)])
def test_where_walks_stop_no_way_leads_through_the_hidden(
    half: Api, settings: Any, walks: str, withheld: int
) -> None:
    settings.HEADWATER_WALKS_HIDDEN = walks
    flows("A _j B")

    told = asked(half, "A", "B")

    assert told["paths"] == []
    assert told["completeness"]["withheld"] == withheld
    assert told["completeness"]["complete"] is not bool(withheld)


def test_what_was_deleted_is_a_step_without_a_name(viewer: Api, admin: Api) -> None:
    flows("A j B", "B k C")
    admin.delete(path_of("B"))

    told = asked(viewer, "A", "C")

    assert names(told["shortest"]) == "A j (deleted) k C"
    assert told["shortest"]["steps"][2]["nodeId"] is None


def test_a_way_keeps_to_the_part_of_a_job_that_makes_its_target(viewer: Api) -> None:
    flows("A j B", "C j D", minutes=1)
    told = asked(viewer, "A", "D")
    assert names(told["shortest"]) == "A j D"
    stated = {
        "lineage": facet(
            entries=[
                {
                    "namespace": TABLES,
                    "name": target,
                    "type": "DATASET",
                    "inputs": [
                        {"namespace": TABLES, "name": source, "type": "DATASET"}
                    ],
                }
                for source, target in (("A", "B"), ("C", "D"))
            ]
        )
    }
    send(
        job_event(2, job="j", job_facets=stated,
                  inputs=[table("A"), table("C")], outputs=[table("B"), table("D")])
    )  # fmt: skip

    assert asked(viewer, "A", "D")["paths"] == []
    told = asked(viewer, "A", "B")
    assert names(told["shortest"]) == "A j B"
    kinds = {w["kind"] for w in told["shortest"]["steps"][2]["edge"]["assertedBy"]}
    assert "explicit" in kinds


def test_ways_of_columns_tell_how_one_comes_from_another(viewer: Api) -> None:
    def derived(target: str, source: str, minutes: float) -> None:
        way = {
            "namespace": TABLES, "name": source, "field": "id",
            "transformations": [
                {"type": "DIRECT", "subtype": "IDENTITY", "masking": True}
            ],
        }  # fmt: skip
        told = facet(fields={"id": {"inputFields": [way]}})
        made = dataset(target, "id", facets={"columnLineage": told})
        send(run_event(minutes=minutes, run=run_id(int(minutes)), job=f"to{target}",
                       inputs=[dataset(source, "id")], outputs=[made]))  # fmt: skip

    derived("B", "A", 1)
    derived("C", "B", 2)
    column = "datasetField:" + TABLES + ":{}:id"

    told = between(viewer, column.format("A"), column.format("C"))

    assert told["level"] == "column"
    assert [step["nodeId"] for step in told["shortest"]["steps"]] == [
        column.format(name) for name in "ABC"
    ]
    edge = told["shortest"]["steps"][1]["edge"]
    assert edge["transformations"][0]["masking"] is True
    assert edge["assertedBy"][0]["job"] == f"job:{JOBS}:toB"
    unmasked = between(viewer, column.format("A"), column.format("C"), unmasked="true")
    assert unmasked["paths"] == []
    roots = viewer.get(ROOTS, nodeId=column.format("C"))
    assert [(one["column"], one["name"], one["hops"]) for one in roots["ends"]] == [
        ("id", "A", 2)
    ]
    between(viewer, column.format("A"), place("C"), status=400)


def test_ways_and_ends_are_those_of_the_time_in_question(viewer: Api) -> None:
    flows("A j B", minutes=1)
    known = Event.objects.latest("id").recorded_at.isoformat()
    flows("C j B", minutes=5)
    late = {"asOf": at(3)}

    assert asked(viewer, "A", "B")["paths"] == []
    assert names(asked(viewer, "A", "B", **late)["shortest"]) == "A j B"
    assert told_ends(ends(viewer, ROOTS, "B")) == [("C", 2, None)]
    assert told_ends(ends(viewer, ROOTS, "B", **late)) == [("A", 2, None)]
    then = ends(viewer, ROOTS, "B", recordedAt=known)
    assert told_ends(then) == [("A", 2, None)]
    assert then["recordedAt"] is not None
    assert told_ends(ends(viewer, LEAVES, "A", **late)) == [("B", 2, None)]


def test_declared_edges_are_walked_and_said(viewer: Api, admin: Api) -> None:
    flows("A j B", "C k D")
    source, target = (
        {"kind": "dataset", "namespace": TABLES, "name": name} for name in "BC"
    )
    edge = {"source": source, "target": target, "reason": "We copy it by hand."}
    admin.post("/api/v1/manual-lineage", {"edges": [edge]}, status=201)

    told = asked(viewer, "A", "D")

    assert names(told["shortest"]) == "A j B C k D"
    [word] = told["shortest"]["steps"][3]["edge"]["assertedBy"]
    assert (word["kind"], word["reason"]) == ("manual", "We copy it by hand.")


def test_ends_are_what_has_nothing_further_on(viewer: Api) -> None:
    flows("A j B", "B k C", "_X l C", "m C", "C n D", "C o")

    roots = ends(viewer, ROOTS, "D")

    assert told_ends(roots) == [("m", 3, None), ("_X", 4, None), ("A", 6, None)]
    assert roots["completeness"] == {
        "complete": True,
        "truncated": False,
        "frontier": [],
        "withheld": 0,
        "deleted": 0,
    }
    assert (
        told_ends(ends(viewer, LEAVES, "A")) == [("D", 6, None), ("o", 5, None)][::-1]
    )
    assert told_ends(ends(viewer, ROOTS, "A")) == [("A", 0, None)]


def test_all_nodes_of_a_cycle_at_the_end_are_told_as_one_cycle(viewer: Api) -> None:
    flows("A j B", "B k A", "B l C", "D m D", "D n C")

    told = told_ends(ends(viewer, ROOTS, "C"))

    assert sorted(told) == [
        ("A", 4, 1), ("B", 2, 1), ("D", 2, 2), ("j", 3, 1), ("k", 5, 1), ("m", 3, 2),
    ]  # fmt: skip


def test_the_ends_of_the_documented_drawing(viewer: Api) -> None:
    flows("RAW load ORDERS", "ORDERS tidy ORDERS", "ORDERS sum DAILY", "RING turn RING")

    assert told_ends(ends(viewer, ROOTS, "DAILY")) == [("RAW", 4, None)]
    assert told_ends(ends(viewer, ROOTS, "RING")) == [("RING", 0, 1), ("turn", 1, 1)]


@pytest.mark.parametrize(
    ("walks", "found", "withheld"),
    [
        ("PASS", [("A", 3, None)], 1),
        ("STOP", [], 2),
        ("SILENT", [("j", 1, None), ("k", 1, None)], 0),
    ],
)
def test_what_stops_at_something_hidden_is_no_end(
    half: Api, settings: Any, walks: str, found: list[Any], withheld: int
) -> None:
    settings.HEADWATER_WALKS_HIDDEN = walks
    flows("_X j C", "_Y k C", "A _l _Y")

    told = ends(half, ROOTS, "C")

    assert sorted(told_ends(told)) == found
    assert told["completeness"]["withheld"] == withheld
    assert told["completeness"]["complete"] is not bool(withheld)


def test_where_a_walk_breaks_off_is_said(viewer: Api, admin: Api) -> None:
    flows("A j B", "B k C", "m C")

    told = ends(viewer, ROOTS, "C", maxHops=2)
    assert told_ends(told) == [("m", 1, None)]
    assert told["completeness"]["frontier"] == [place("B")]
    assert told["completeness"]["complete"] is False
    admin.delete(path_of("A"))
    told = ends(viewer, ROOTS, "C")
    assert told["completeness"]["deleted"] == 1
    assert told_ends(told) == [("m", 1, None)]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"from": "dataset:x:A"}, 400),
        ({"from": "A", "to": "A"}, 404),
        ({"from": place("A"), "to": "dataset:nowhere:X"}, 404),
        ({"from": place("A"), "to": place("B"), "maxPaths": "many"}, 400),
        ({"from": place("A"), "to": place("B"), "maxHops": "-1"}, 400),
        ({"from": place("A"), "to": place("B"), "asOf": "once"}, 400),
        ({"from": place("A"), "to": place("B"), "level": "column"}, 400),
        ({"from": place("A"), "to": place("B"), "assertedBy": "odd"}, 400),
    ],
)
def test_what_cannot_be_answered_is_refused(
    viewer: Api, query: dict[str, Any], status: int
) -> None:
    flows("A j B")

    assert viewer.get(PATHS, status=status, **query)["detail"]


def test_names_that_are_one_dataset_are_one_step(viewer: Api) -> None:
    flows("A j B", "_C k D")
    other = [{"namespace": VAULT, "name": "_C", "type": "TABLE"}]
    links = {"symlinks": facet(identifiers=other)}
    send(run_event(minutes=9, job="x", run=run_id(9999),
                   inputs=[dataset("B", facets=links)]))  # fmt: skip

    assert names(asked(viewer, "A", "D")["shortest"]) in ("A j B k D", "A j _C k D")
    before = at(8)
    assert asked(viewer, "A", "D", asOf=before)["paths"] == []
    assert told_ends(ends(viewer, ROOTS, "D", asOf=before)) == [("_C", 2, None)]
    assert names(asked(viewer, "_C", "D", asOf=before)["shortest"]) == "_C k D"
