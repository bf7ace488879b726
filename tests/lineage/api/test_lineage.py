"""GET /api/v1/lineage"""

from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lineage.api import graph_outputs, graphs
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    RUN,
    TABLES,
    at,
    dataset,
    dataset_event,
    facet,
    job_event,
    of_dataset,
    of_job,
    run_event,
    run_id,
    send,
)

ORDERS = f"dataset:{TABLES}:public.orders"
DAILY = f"dataset:{TABLES}:public.daily"
LOAD = f"job:{JOBS}:load"
SUM = f"job:{JOBS}:sum"


def lineage(reader: Api, node_id: str, depth: int | None = None) -> dict[str, Any]:
    """The nodes by id."""
    query: dict[str, Any] = {"nodeId": node_id}
    if depth is not None:
        query["depth"] = depth
    graph = reader.get("/api/v1/lineage", **query)["graph"]
    return {node["id"]: node for node in graph}


def load_and_sum() -> None:
    """`load` writes orders, `sum` makes daily of it."""
    send(
        run_event(outputs=[dataset("public.orders", "id", "amount")]),
        run_event(
            "COMPLETE", 5, run=run_id(2), job="sum",
            inputs=[dataset("public.orders", "id")],
            outputs=[dataset("public.daily", "total")],
        ),
    )  # fmt: skip


def test_a_job_comes_with_its_neighbours_in_marquez_s_shape(viewer: Api) -> None:
    load_and_sum()

    nodes = lineage(viewer, LOAD)

    assert list(nodes) == [DAILY, ORDERS, LOAD, SUM]
    assert nodes[ORDERS]["type"] == "DATASET"
    assert nodes[ORDERS]["inEdges"] == [{"origin": LOAD, "destination": ORDERS}]
    assert nodes[ORDERS]["outEdges"] == [{"origin": ORDERS, "destination": SUM}]
    assert nodes[SUM]["type"] == "JOB"
    assert nodes[SUM]["inEdges"] == [{"origin": ORDERS, "destination": SUM}]
    assert nodes[SUM]["outEdges"] == [{"origin": SUM, "destination": DAILY}]


def test_a_job_node_keeps_the_parent_that_its_last_run_does_not_name(
    viewer: Api,
) -> None:
    parent = facet(run={"runId": run_id(9)}, job={"namespace": JOBS, "name": "nightly"})
    orders = [dataset("public.orders", "id")]
    send(
        run_event(job="nightly.load", outputs=orders, run_facets={"parent": parent}),
        run_event("COMPLETE", 5, run=run_id(2), job="nightly.load", outputs=orders),
    )

    node = lineage(viewer, f"job:{JOBS}:nightly.load")[f"job:{JOBS}:nightly.load"]
    told = viewer.get(of_job("nightly.load"))

    assert told["parentJobName"] == "nightly"
    for member in ("simpleName", "parentJobName", "parentJobUuid"):
        assert node["data"][member] == told[member]


def test_a_job_node_tells_what_the_job_s_own_route_tells(viewer: Api) -> None:
    parent = facet(run={"runId": run_id(9)}, job={"namespace": JOBS, "name": "nightly"})
    send(
        run_event(
            job="nightly.load",
            inputs=[dataset("public.raw", "id")],
            outputs=[dataset("public.orders", "id")],
            run_facets={
                "parent": parent,
                "nominalTime": facet(nominalStartTime=at(), nominalEndTime=at(60)),
            },
            job_facets={
                "documentation": facet(description="Loads the orders."),
                "sourceCodeLocation": facet(type="git", url="https://git.example/x"),
                "jobType": facet(processingType="STREAMING", integration="FLINK"),
            },
        )
    )

    data = lineage(viewer, f"job:{JOBS}:nightly.load")[f"job:{JOBS}:nightly.load"][
        "data"
    ]
    told = viewer.get(of_job("nightly.load"))

    assert data["currentRunUuid"] == RUN
    assert data["simpleName"] == "load"
    assert data["type"] == "STREAM"
    assert data["inputs"] == [{"namespace": TABLES, "name": "public.raw"}]
    run = told["latestRun"]
    assert data == {"currentRunUuid": RUN} | {
        name: told[name] for name in told if name in data
    } | {"latestRun": {name: run[name] for name in run if name in data["latestRun"]}}
    assert set(data["latestRun"]) == set(graph_outputs.LastRunOutput().fields)
    assert set(data) == set(graph_outputs.JobNodeDataOutput().fields)


def test_a_dataset_node_tells_what_the_dataset_s_own_route_tells(viewer: Api) -> None:
    send(
        run_event(
            outputs=[
                dataset(
                    "public.orders", "id", "amount",
                    facets={
                        "documentation": facet(description="One row an order."),
                        "dataSource": facet(name="warehouse", uri=TABLES),
                        "tags": facet(
                            tags=[
                                {"key": "gold", "value": "true"},
                                {"key": "money", "value": "true", "field": "amount"},
                            ]
                        ),
                    },
                )
            ]
        )
    )  # fmt: skip

    data = lineage(viewer, ORDERS)[ORDERS]["data"]
    told = viewer.get(of_dataset("public.orders"))

    assert data["fields"][1]["tags"] == ["money"]
    assert data == {name: told[name] for name in told if name in data}
    assert set(data) == set(graph_outputs.DatasetNodeDataOutput().fields)


def test_depth_counts_hops_from_job_to_job(viewer: Api) -> None:
    load_and_sum()

    assert set(lineage(viewer, LOAD, 0)) == {LOAD, ORDERS}
    assert set(lineage(viewer, LOAD, 1)) == {LOAD, ORDERS, SUM, DAILY}


def test_a_walk_goes_against_the_flow_too(viewer: Api) -> None:
    load_and_sum()

    assert set(lineage(viewer, SUM)) == {LOAD, ORDERS, SUM, DAILY}


def test_a_dataset_starts_at_its_newest_writer(viewer: Api) -> None:
    load_and_sum()
    send(
        run_event(
            "COMPLETE", 9, run=run_id(3), job="repair",
            outputs=[dataset("public.orders", "id"), dataset("public.log", "line")],
        )
    )  # fmt: skip

    assert set(lineage(viewer, ORDERS, 0)) == {
        ORDERS, f"job:{JOBS}:repair", f"dataset:{TABLES}:public.log",
    }  # fmt: skip


def test_a_dataset_without_writers_starts_at_its_newest_reader(viewer: Api) -> None:
    source = dataset("public.source", "id")
    send(
        run_event(inputs=[source], job="old"),
        run_event("COMPLETE", 3, run=run_id(2), inputs=[source], job="new"),
    )

    start = f"dataset:{TABLES}:public.source"
    assert set(lineage(viewer, start, 0)) == {start, f"job:{JOBS}:new"}


def test_a_dataset_that_no_job_touches_answers_itself(viewer: Api) -> None:
    send(dataset_event(0, dataset("public.orders", "id")))

    [node] = lineage(viewer, ORDERS).values()
    assert node["inEdges"] == node["outEdges"] == []


def test_an_unfinished_first_run_is_absent(viewer: Api) -> None:
    load_and_sum()
    send(
        run_event(
            "START", 9, run=run_id(3), job="new", inputs=[dataset("public.daily")]
        )
    )

    assert f"job:{JOBS}:new" not in lineage(viewer, LOAD)
    assert set(lineage(viewer, f"job:{JOBS}:new")) == {f"job:{JOBS}:new"}


def test_a_failed_first_run_is_shown_as_an_attempt_of_the_job(viewer: Api) -> None:
    load_and_sum()
    send(
        run_event("FAIL", 9, run=run_id(3), job="new", inputs=[dataset("public.daily")])
    )

    nodes = lineage(viewer, LOAD)
    assert nodes[f"job:{JOBS}:new"]["data"]["latestRun"]["state"] == "FAILED"


def test_what_a_job_no_longer_reads_is_no_edge(viewer: Api) -> None:
    load_and_sum()
    send(
        run_event(
            "COMPLETE", 20, run=run_id(3), job="sum",
            inputs=[dataset("public.other")], outputs=[dataset("public.daily")],
        )
    )  # fmt: skip

    assert set(lineage(viewer, LOAD)) == {LOAD, ORDERS}


def test_a_deleted_node_vanishes_and_still_bridges(viewer: Api, admin: Api) -> None:
    load_and_sum()
    admin.delete(of_dataset("public.orders"))

    nodes = lineage(viewer, LOAD)

    assert set(nodes) == {LOAD, SUM, DAILY}
    assert nodes[LOAD]["outEdges"] == []
    assert nodes[LOAD]["data"]["outputs"] == []
    viewer.get("/api/v1/lineage", nodeId=ORDERS, status=404)


def test_what_the_reader_may_not_see_is_not_named(reading_as: Reading) -> None:
    send(
        run_event(outputs=[dataset("salaries", "id", namespace="secret")]),
        run_event(
            "COMPLETE", 5, run=run_id(2), job="sum",
            inputs=[dataset("salaries", namespace="secret")],
            outputs=[dataset("public.daily", "total")],
        ),
    )  # fmt: skip
    reader = reading_as("viewer", namespace=JOBS)

    response = reader.client.get("/api/v1/lineage", {"nodeId": LOAD})

    assert {node["id"] for node in response.json()["graph"]} == {LOAD, SUM}
    assert b"salaries" not in response.content
    assert b"secret" not in response.content
    reader.get("/api/v1/lineage", nodeId="dataset:secret:salaries", status=404)


def test_any_name_of_a_dataset_leads_to_its_node(viewer: Api) -> None:
    alias = {"namespace": "s3://lake", "name": "orders", "type": "TABLE"}
    send(
        run_event(
            outputs=[
                dataset(
                    "public.orders", "id",
                    facets={"symlinks": facet(identifiers=[alias])},
                )
            ]
        ),
        run_event(
            "COMPLETE", 5, run=run_id(2), job="sum",
            inputs=[dataset("orders", namespace="s3://lake")],
        ),
    )  # fmt: skip

    nodes = lineage(viewer, "dataset:s3://lake:orders")

    assert set(nodes) == {LOAD, SUM, ORDERS}
    assert nodes[SUM]["data"]["inputs"] == [
        {"namespace": TABLES, "name": "public.orders"}
    ]


def test_a_job_that_reads_what_it_writes_has_both_edges_once(viewer: Api) -> None:
    send(
        run_event(
            inputs=[dataset("public.orders")], outputs=[dataset("public.orders", "id")]
        )
    )

    nodes = lineage(viewer, LOAD)

    assert nodes[LOAD]["inEdges"] == [{"origin": ORDERS, "destination": LOAD}]
    assert nodes[ORDERS]["inEdges"] == [{"origin": LOAD, "destination": ORDERS}]


def test_a_declared_job_counts(viewer: Api) -> None:
    send(job_event(inputs=[dataset("public.raw")], outputs=[dataset("public.orders")]))

    assert set(lineage(viewer, LOAD)) == {LOAD, ORDERS, f"dataset:{TABLES}:public.raw"}


@pytest.mark.parametrize(
    ("namespace", "name"),
    [
        ("postgres://warehouse:5432", "public.orders"),
        ("a:b", "c:d:e"),
        ("s3://bucket", "path/to/table"),
        ("kafka://broker:9092", "topic:with:colons"),
        ("bigquery", "project.dataset.table#1"),
        ("ns", f"name#{RUN}"),
        ("file", "/tmp/100%/ä b?x=1&y=2"),
        ("::", ":"),
    ],
)
def test_names_of_any_signs_are_found(viewer: Api, namespace: str, name: str) -> None:
    send(run_event(outputs=[dataset(name, "id", namespace=namespace)]))
    node_id = f"dataset:{namespace}:{name}"

    assert node_id in lineage(viewer, node_id)


def test_a_node_id_with_two_readings_means_the_one_that_exists(viewer: Api) -> None:
    send(run_event(outputs=[dataset("c", namespace="a:b")]))
    assert "dataset:a:b:c" in lineage(viewer, "dataset:a:b:c")

    other = dataset("b:c", namespace="a")
    send(run_event("COMPLETE", 5, run=run_id(2), job="other", outputs=[other]))
    # Both exist now: the first colon that begins no port or path is the likelier cut.
    assert f"job:{JOBS}:other" in lineage(viewer, "dataset:a:b:c")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("nodeId=", 400),
        (f"nodeId={quote(LOAD)}&depth=-1", 400),
        (f"nodeId={quote(LOAD)}&depth=many", 400),
        (f"nodeId={quote(LOAD)}&depth=99999999999999999999", 400),
        ("nodeId=job:nowhere:nothing", 404),
        ("nodeId=table:nowhere:nothing", 404),
        ("nodeId=job", 404),
        ("nodeId=job:", 404),
        ("nodeId=job:nothing", 404),
        ("nodeId=job:%00:x", 404),
        (f"nodeId=job:{':' * 2000}", 404),
        (f"nodeId=run:{RUN}", 404),
        (f"nodeId={quote(LOAD)}%23{RUN}", 404),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    viewer: Api, query: str, status: int
) -> None:
    load_and_sum()

    response = viewer.client.get(f"/api/v1/lineage?{query}")

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


def test_a_bounded_walk_says_that_there_is_more(
    viewer: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = [
        run_event(run=run_id(n), job=f"read-{n}", inputs=[dataset("public.orders")])
        for n in range(9)
    ]
    send(*readers)
    whole = viewer.get("/api/v1/lineage", nodeId=ORDERS)
    assert "truncated" not in whole
    assert len(whole["graph"]) == 10

    monkeypatch.setattr(graphs, "MAX_NODES", 5)
    part = viewer.get("/api/v1/lineage", nodeId=ORDERS)

    assert part["truncated"] is True
    assert len(part["graph"]) == 5


def queries_of(reader: Api, node_id: str, depth: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        lineage(reader, node_id, depth)
    return len(captured)


def test_queries_grow_with_the_hops_and_not_with_the_nodes(viewer: Api) -> None:
    load_and_sum()
    lineage(viewer, LOAD, 1)  # what is read once a process, is read by now
    few = queries_of(viewer, LOAD, 1)
    send(
        *(
            run_event(
                "COMPLETE", 9, run=run_id(n), job=f"job-{n}",
                inputs=[dataset("public.orders", "id")],
                outputs=[dataset(f"public.table-{n}", "id")],
            )
            for n in range(3, 30)
        )
    )  # fmt: skip

    assert len(lineage(viewer, LOAD, 1)) == 2 + 2 * 28
    assert queries_of(viewer, LOAD, 1) == few
    assert few < 30
