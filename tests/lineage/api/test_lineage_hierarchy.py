"""GET /api/v1/lineage/hierarchy: a run of many jobs is one node, and can be opened"""

from random import Random
from typing import Any

import pytest

from lineage.graph.groups import roll_up
from lineage.graph.veil import Node
from lineage.models import Event
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    at,
    facet,
    run_event,
    run_id,
    send,
)
from tests.lineage.api.history import of_job as path_of
from tests.lineage.api.test_lineage_paths import VAULT, flows, place, table

HIERARCHY = "/api/v1/lineage/hierarchy"


def home(job: str) -> str:
    return VAULT if job.startswith("_") else JOBS


def runs_in(job: str, number: int, *above: str, minutes: float = 0,
            reads: str = "", writes: str = "") -> None:  # fmt: skip
    """A run of a job within a run of its parent, which has a root, if told."""
    facets = {}
    if above:
        told = [
            {
                "run": {"runId": run_id(1000 + sum(map(ord, one)))},
                "job": {"namespace": home(one), "name": one},
            }
            for one in above
        ]
        facets["parent"] = facet(**told[0], **({"root": told[-1]} if told[1:] else {}))
    send(
        run_event(
            minutes=minutes, run=run_id(number), job=job, namespace=home(job),
            run_facets=facets,
            inputs=[table(name) for name in reads.split()],
            outputs=[table(name) for name in writes.split()],
        )
    )  # fmt: skip


@pytest.fixture
def project(db: None) -> None:
    """load (A→B); dbt builds C, D of B, and E of C and D, in nightly; mail reads E."""
    runs_in("load", 1, reads="A", writes="B")
    runs_in("stage", 2, "dbt", "nightly", reads="B", writes="C")
    runs_in("clean", 3, "dbt", "nightly", reads="B", writes="D")
    runs_in("mart", 4, "dbt", "nightly", reads="C D", writes="E")
    runs_in("mail", 5, "nightly", reads="E")


def asked(api: Api, start: str, **query: Any) -> dict[str, Any]:
    told: dict[str, Any] = api.get(HIERARCHY, nodeId=place(start), **query)
    return told


def nodes(told: dict[str, Any]) -> set[tuple[str, str, int, int]]:
    return {
        (one["kind"], one["name"] or one["nodeId"], one["jobs"], one["innerDatasets"])
        for one in told["nodes"]
    }


def edges(told: dict[str, Any]) -> set[tuple[str, str, int]]:
    def short(node_id: str) -> str:
        return node_id if node_id.startswith("withheld") else node_id.split(":")[-1]

    return {
        (short(one["source"]), short(one["target"]), one["edges"])
        for one in told["edges"]
    }


def test_the_jobs_of_one_parent_are_one_node(project: None, viewer: Api) -> None:
    told = asked(viewer, "A")

    assert nodes(told) == {
        ("dataset", "A", 0, 0), ("job", "load", 0, 0), ("dataset", "B", 0, 0),
        ("group", "dbt", 3, 2), ("dataset", "E", 0, 0), ("group", "nightly", 1, 0),
    }  # fmt: skip
    assert edges(told) == {
        ("A", "load", 1), ("load", "B", 1), ("B", "dbt", 2), ("dbt", "E", 1),
        ("E", "nightly", 1),
    }  # fmt: skip
    hops = {one["name"]: one["hops"] for one in told["nodes"]}
    assert (hops["A"], hops["dbt"], hops["E"]) == (0, 3, 6)
    assert told["completeness"]["complete"] is True


def test_all_that_ran_in_one_root_is_one_node(project: None, viewer: Api) -> None:
    told = asked(viewer, "A", rollUp="root")

    assert nodes(told) == {
        ("dataset", "A", 0, 0), ("job", "load", 0, 0), ("dataset", "B", 0, 0),
        ("group", "nightly", 4, 3),
    }  # fmt: skip


def test_a_named_ancestor_takes_in_its_own_alone(project: None, viewer: Api) -> None:
    told = asked(viewer, "A", rollUp="job:scheduler:dbt")

    assert ("group", "dbt", 3, 2) in nodes(told)
    assert ("job", "mail", 0, 0) in nodes(told)


def test_an_opened_group_is_told_job_by_job(project: None, viewer: Api) -> None:
    told = asked(viewer, "A", open="job:scheduler:dbt")

    assert {("job", "stage", 0, 0), ("job", "mart", 0, 0), ("dataset", "C", 0, 0)} < (
        nodes(told)
    )
    groups = {one["name"]: one["group"] for one in told["nodes"]}
    assert (groups["mart"], groups["load"]) == ("job:scheduler:dbt", None)
    assert ("group", "nightly", 1, 0) in nodes(told)


def test_a_start_is_never_inside(project: None, viewer: Api) -> None:
    told = asked(viewer, "C")

    [start] = [one for one in told["nodes"] if one["start"]]
    assert start["name"] == "C"
    assert ("dbt", "C", 1) in edges(told)
    told = asked(viewer, "stage")
    [start] = [one for one in told["nodes"] if one["start"]]
    assert (start["kind"], start["name"]) == ("group", "dbt")


def test_a_group_that_works_itself_is_one_of_its_jobs(viewer: Api) -> None:
    runs_in("outer", 1, reads="A", writes="B")
    runs_in("inner", 2, "outer", reads="B", writes="C")

    assert nodes(asked(viewer, "A")) == {
        ("dataset", "A", 0, 0), ("group", "outer", 2, 1), ("dataset", "C", 0, 0),
    }  # fmt: skip


def test_parents_that_run_in_each_other_end(viewer: Api) -> None:
    for number, (job, parent) in enumerate([("x", "y"), ("y", "x"), ("z", "z")], 1):
        chain = facet(
            run={"runId": run_id(700 + (number % 2))},
            job={"namespace": JOBS, "name": parent},
        )
        send(
            run_event(run=run_id(701 - (number % 2)), job=job,
                      run_facets={"parent": chain},
                      inputs=[table("A")], outputs=[table("B")])
        )  # fmt: skip

    for roll in ("parent", "root"):
        told = asked(viewer, "A", rollUp=roll)
        assert {"A", "B"} < {one["name"] for one in told["nodes"]}


@pytest.mark.parametrize("walks", ["PASS", "STOP", "SILENT"])
def test_what_is_hidden_is_no_ancestor(
    reading_as: Reading, settings: Any, walks: str
) -> None:
    settings.HEADWATER_WALKS_HIDDEN = walks
    runs_in("stage", 2, "_dbt", "nightly", reads="B", writes="C")
    runs_in("mart", 3, "dbt", "_nightly", reads="C", writes="D")
    runs_in("_leak", 4, reads="D", writes="E")
    half = reading_as("viewer", namespace="*s*")

    told = asked(half, "B", rollUp="root")

    hidden = {("withheld", "withheld:1", 0, 0)} if walks != "SILENT" else set()
    beyond = {("dataset", "E", 0, 0)} if walks == "PASS" else set()
    assert nodes(told) == hidden | beyond | {
        ("dataset", "B", 0, 0), ("job", "stage", 0, 0), ("dataset", "C", 0, 0),
        ("group", "dbt", 1, 0), ("dataset", "D", 0, 0),
    }  # fmt: skip
    assert (("D", "withheld:1", 1) in edges(told)) is (walks != "SILENT")
    assert told["completeness"]["withheld"] == len(hidden)
    half.get(HIERARCHY, status=400, nodeId=place("B"), rollUp="job:vault:_dbt")


def test_hierarchies_are_those_of_the_time_in_question(viewer: Api, admin: Api) -> None:
    runs_in("j", 1, "old", minutes=1, reads="A", writes="B")
    known = Event.objects.latest("id").recorded_at.isoformat()
    runs_in("j", 2, "new", minutes=5, reads="A", writes="B")

    assert ("group", "new", 1, 0) in nodes(asked(viewer, "A"))
    assert ("group", "old", 1, 0) in nodes(asked(viewer, "A", asOf=at(3)))
    assert ("group", "old", 1, 0) in nodes(asked(viewer, "A", recordedAt=known))
    admin.delete(path_of("new"))
    assert ("job", "j", 0, 0) in nodes(asked(viewer, "A"))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"nodeId": place("A"), "rollUp": "grandparent"}, 400),
        ({"nodeId": place("A"), "rollUp": "job:nowhere:x"}, 400),
        ({"nodeId": place("A"), "open": "dataset:x:A"}, 400),
        ({"nodeId": place("X")}, 404),
        ({"nodeId": place("A"), "level": "column"}, 400),
        ({"nodeId": place("A"), "asOf": "once"}, 400),
    ],
)
def test_what_cannot_be_answered_is_refused(
    viewer: Api, query: dict[str, Any], status: int
) -> None:
    flows("A j B")

    assert viewer.get(HIERARCHY, status=status, **query)["detail"]


def plain(
    nodes: set[Node], edges: set[Any], groups: dict[Node, Node]
) -> tuple[set[Node], set[Any], dict[Node, set[Node]]]:
    inside: dict[Node, set[Node]] = {}
    place = dict(groups)
    for node in nodes:
        touching = {e for e in edges if node in e and not node.is_job}
        ends = {groups.get(end, end) for e in touching for end in e if end != node}
        both = {e.index(node) for e in touching} == {0, 1}
        if both and len(ends) == 1 and ends <= {*groups.values()}:
            place[node] = ends.pop()
    for node in nodes & place.keys():
        inside.setdefault(place[node], set()).add(node)
    left = {(place.get(a, a), place.get(b, b)) for a, b in edges}
    kept = {(a, b) for a, b in left if a != b}
    return {place.get(n, n) for n in nodes}, kept, inside


def test_rolling_up_is_as_plain_python_has_it() -> None:
    for seed in range(500):
        random = Random(seed)
        jobs = [Node(True, n) for n in range(6)]
        datasets = [Node(False, n) for n in range(6)]
        edges = {
            random.choice([(random.choice(jobs), random.choice(datasets)),
                           (random.choice(datasets), random.choice(jobs))])
            for _ in range(random.randrange(1, 16))
        }  # fmt: skip
        nodes = {end for edge in edges for end in edge}
        groups = {
            job: Node(True, random.choice([90, 91]))
            for job in jobs
            if job in nodes and random.random() < 0.6
        }

        rolled = roll_up(nodes, edges, (), groups)

        expected = plain(nodes, edges, groups)
        assert (rolled.nodes, set(rolled.merged), rolled.inner) == expected, seed
        assert {e for some in rolled.merged.values() for e in some} <= edges
