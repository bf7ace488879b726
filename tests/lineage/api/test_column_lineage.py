"""GET /api/v1/column-lineage"""

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
    dataset,
    dataset_event,
    facet,
    of_dataset,
    of_job,
    run_event,
    run_id,
    send,
)

LOAD = f"job:{JOBS}:load"


def field(table: str, column: str, version: str | None = None) -> str:
    end = f"#{version}" if version else ""
    return f"datasetField:{TABLES}:{table}:{column}{end}"


def source(
    table: str, column: str, *ways: dict[str, Any], **own: Any
) -> dict[str, Any]:
    """One input field of a columnLineage facet."""
    return {
        "namespace": TABLES,
        "name": table,
        "field": column,
        "transformations": list(ways),
        **own,
    }


def derived(
    *needed: dict[str, Any], **columns: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """A columnLineage facet: what each column comes from, and what all of them need."""
    fields = {name: {"inputFields": inputs} for name, inputs in columns.items()}
    own = {"dataset": list(needed)} if needed else {}
    return {"columnLineage": facet(fields=fields, **own)}


def column_lineage(reader: Api, node_id: str, **query: Any) -> dict[str, Any]:
    """The nodes by id."""
    answer = reader.get("/api/v1/column-lineage", nodeId=node_id, **query)
    return {node["id"]: node for node in answer["graph"]}


def write_b_and_c() -> None:
    """b.c comes from a.a and a.b, and c.d from b.c."""
    send(
        run_event(
            inputs=[dataset("a", "a", "b")],
            outputs=[
                dataset(
                    "b", "c", facets=derived(c=[source("a", "a"), source("a", "b")])
                )
            ],
        ),
        run_event(
            "COMPLETE", 5, run=run_id(2), job="next", inputs=[dataset("b", "c")],
            outputs=[dataset("c", "d", facets=derived(d=[source("b", "c")]))],
        ),
    )  # fmt: skip


def test_a_column_comes_with_its_sources_in_marquez_s_shape(viewer: Api) -> None:
    write_b_and_c()

    nodes = column_lineage(viewer, field("b", "c"))

    assert list(nodes) == [field("a", "a"), field("a", "b"), field("b", "c")]
    own = nodes[field("b", "c")]
    assert own["type"] == "DATASET_FIELD"
    # The wrong way round, as clients expect: from the column to its source.
    assert own["inEdges"] == [
        {"origin": field("b", "c"), "destination": field("a", "a")},
        {"origin": field("b", "c"), "destination": field("a", "b")},
    ]
    assert own["outEdges"] == []
    assert nodes[field("a", "a")]["inEdges"] == []
    assert nodes[field("a", "a")]["outEdges"] == [
        {"origin": field("a", "a"), "destination": field("b", "c")}
    ]


def test_a_column_node_tells_of_the_column_and_its_sources(viewer: Api) -> None:
    way = {
        "type": "DIRECT",
        "subtype": "AGGREGATION",
        "description": "sum",
        "masking": False,
    }
    send(
        run_event(
            inputs=[dataset("a", "x")],
            outputs=[dataset("b", "y", facets=derived(y=[source("a", "x", way)]))],
        )
    )

    data = column_lineage(viewer, field("b", "y"))[field("b", "y")]["data"]
    told = viewer.get(of_dataset("b"))

    assert data == {
        "namespace": TABLES,
        "dataset": "b",
        "datasetVersion": told["currentVersion"],
        "field": "y",
        "fieldType": "text",
        "transformationDescription": "sum",
        "transformationType": "DIRECT",
        "inputFields": [
            {
                "namespace": TABLES,
                "dataset": "a",
                "datasetVersion": viewer.get(of_dataset("a"))["currentVersion"],
                "field": "x",
                "transformationDescription": "sum",
                "transformationType": "DIRECT",
                "transformations": [way],
            }
        ],
    }
    [column] = told["columnLineage"]
    [inner] = data["inputFields"]
    assert column["inputFields"] == [
        {name: value for name, value in inner.items() if name != "datasetVersion"}
    ]
    assert set(data) == set(graph_outputs.ColumnNodeDataOutput().fields)
    assert set(inner) == set(graph_outputs.GraphInputFieldOutput().fields)


def test_the_transformation_of_older_producers_is_told_as_a_newer_one(
    viewer: Api,
) -> None:
    said = facet(
        fields={
            "y": {
                "inputFields": [{"namespace": TABLES, "name": "a", "field": "x"}],
                "transformationType": "MASKED",
                "transformationDescription": "hashed",
            }
        }
    )
    send(run_event(outputs=[dataset("b", "y", facets={"columnLineage": said})]))

    [own] = column_lineage(viewer, field("b", "y"))[field("b", "y")]["data"][
        "inputFields"
    ]

    assert own["transformationDescription"] == "hashed"
    assert own["transformationType"] == "MASKED"
    assert own["transformations"][0]["masking"] is True


def test_downstream_is_told_when_it_is_asked_for(viewer: Api) -> None:
    write_b_and_c()

    upstream = {field("a", "a"), field("a", "b"), field("b", "c")}
    assert set(column_lineage(viewer, field("b", "c"))) == upstream
    both = column_lineage(viewer, field("b", "c"), withDownstream="true")
    assert set(both) == upstream | {field("c", "d")}
    # What else the columns downstream come from is no part of it.
    only = column_lineage(viewer, field("a", "a"), withDownstream="true")
    assert set(only) == {field("a", "a"), field("b", "c"), field("c", "d")}


def test_depth_counts_edges(viewer: Api) -> None:
    write_b_and_c()

    def met(depth: int) -> set[str]:
        return set(column_lineage(viewer, field("c", "d"), depth=str(depth)))

    assert met(0) == set()
    assert met(1) == {field("c", "d"), field("b", "c")}
    assert met(2) == {
        field("c", "d"),
        field("b", "c"),
        field("a", "a"),
        field("a", "b"),
    }


def test_a_dataset_stands_for_all_of_its_columns(viewer: Api) -> None:
    write_b_and_c()

    by_dataset = column_lineage(viewer, f"dataset:{TABLES}:b")

    assert by_dataset == column_lineage(viewer, field("b", "c"))


def test_a_job_stands_for_the_columns_that_it_writes(viewer: Api) -> None:
    write_b_and_c()

    assert column_lineage(viewer, LOAD) == column_lineage(viewer, field("b", "c"))


def test_a_column_without_lineage_gives_an_empty_graph(viewer: Api) -> None:
    write_b_and_c()

    answer = viewer.get("/api/v1/column-lineage", nodeId=field("a", "a"))

    assert answer == {"graph": []}


def test_a_cycle_of_columns_ends(viewer: Api) -> None:
    send(
        run_event(
            inputs=[dataset("a", "x")],
            outputs=[dataset("a", "x", facets=derived(x=[source("a", "x")]))],
        )
    )

    nodes = column_lineage(viewer, field("a", "x"), withDownstream="true")

    assert list(nodes) == [field("a", "x")]
    assert nodes[field("a", "x")]["outEdges"] == [
        {"origin": field("a", "x"), "destination": field("a", "x")}
    ]


def test_what_two_writers_say_is_united(viewer: Api) -> None:
    send(
        run_event(outputs=[dataset("b", "y", facets=derived(y=[source("a", "x")]))]),
        run_event(
            "COMPLETE", 5, run=run_id(2), job="other",
            outputs=[dataset("b", "y", facets=derived(y=[source("c", "z")]))],
        ),
    )  # fmt: skip

    own = column_lineage(viewer, field("b", "y"))[field("b", "y")]

    assert [one["dataset"] for one in own["data"]["inputFields"]] == ["a", "c"]


def test_only_what_is_effective_counts(viewer: Api) -> None:
    send(
        run_event(outputs=[dataset("b", "y", facets=derived(y=[source("a", "x")]))]),
        run_event(
            "COMPLETE", 5, run=run_id(2),
            outputs=[dataset("b", "y", facets=derived(y=[source("c", "z")]))],
        ),
        run_event(
            "FAIL", 9, run=run_id(3),
            outputs=[dataset("b", "y", facets=derived(y=[source("d", "w")]))],
        ),
    )  # fmt: skip

    assert set(column_lineage(viewer, field("b", "y"))) == {
        field("b", "y"), field("c", "z"),
    }  # fmt: skip


def test_the_lineage_facet_is_the_whole_truth_about_its_target(viewer: Api) -> None:
    stated = facet(
        entries=[
            {
                "type": "DATASET",
                "namespace": TABLES,
                "name": "b",
                "inputs": [{"type": "DATASET", "namespace": TABLES, "name": "c"}],
                "fields": {
                    "y": {
                        "inputs": [
                            {
                                "type": "DATASET",
                                "namespace": TABLES,
                                "name": "c",
                                "field": "z",
                            }
                        ]
                    }
                },
            }
        ]
    )
    send(
        run_event(
            inputs=[dataset("a", "x"), dataset("c", "z")],
            outputs=[dataset("b", "y", facets=derived(y=[source("a", "x")]))],
            job_facets={"lineage": stated},
        )
    )

    assert set(column_lineage(viewer, field("b", "y"))) == {
        field("b", "y"), field("c", "z"),
    }  # fmt: skip
    assert set(column_lineage(viewer, field("c", "z"), withDownstream="true")) == {
        field("b", "y"), field("c", "z"),
    }  # fmt: skip
    below = column_lineage(viewer, field("a", "x"), withDownstream="true")
    assert below == {}


def test_a_lineage_facet_may_say_that_nothing_flows_into_its_target(
    viewer: Api,
) -> None:
    target = {"type": "DATASET", "namespace": TABLES, "name": "b", "inputs": []}
    send(
        run_event(
            inputs=[dataset("a", "x")],
            outputs=[dataset("b", "y", facets=derived(y=[source("a", "x")]))],
            job_facets={"lineage": facet(entries=[target])},
        )
    )

    assert column_lineage(viewer, field("b", "y")) == {}
    assert column_lineage(viewer, field("a", "x"), withDownstream="true") == {}
    assert viewer.get(of_dataset("b"))["columnLineage"] is None


def test_a_lineage_facet_may_say_that_nothing_flows_in(viewer: Api) -> None:
    target = {"type": "DATASET", "namespace": TABLES, "name": "b", "inputs": []}
    send(
        run_event(
            inputs=[dataset("a", "x")],
            outputs=[dataset("b", "y", facets=derived(y=[source("a", "x")]))],
            job_facets={"lineage": facet(entries=[target])},
        )
    )

    assert column_lineage(viewer, field("b", "y")) == {}
    assert column_lineage(viewer, field("a", "x"), withDownstream="true") == {}


def test_what_a_whole_dataset_depends_on_is_not_multiplied_out(viewer: Api) -> None:
    join = {"type": "INDIRECT", "subtype": "JOIN", "description": "", "masking": False}
    send(
        run_event(
            inputs=[dataset("a", "x", "key")],
            outputs=[
                dataset(
                    "b", "y", "z",
                    facets=derived(source("a", "key", join), y=[source("a", "x")]),
                )
            ],
        )
    )  # fmt: skip

    answer = viewer.get("/api/v1/column-lineage", nodeId=f"dataset:{TABLES}:b")

    ids = [node["id"] for node in answer["graph"]]
    assert ids == [field("a", "x"), field("b", "y")]
    [needed] = answer["datasetDependencies"]
    assert needed["dataset"] == "b"
    [key] = needed["inputFields"]
    assert (key["dataset"], key["field"]) == ("a", "key")
    assert key["transformations"][0]["subtype"] == "JOIN"
    assert set(needed) == set(graph_outputs.DatasetDependenciesOutput().fields)


def test_columns_of_any_name_of_a_dataset_are_its_columns(viewer: Api) -> None:
    alias = {"namespace": "s3://lake", "name": "b", "type": "TABLE"}
    said = derived(y=[source("a", "x")])
    symlinks = {"symlinks": facet(identifiers=[alias])}
    onward = derived(w=[source("b", "y", namespace="s3://lake")])
    send(
        run_event(outputs=[dataset("b", "y", facets=said | symlinks)]),
        run_event(
            "COMPLETE", 5, run=run_id(2), job="next",
            inputs=[dataset("b", namespace="s3://lake")],
            outputs=[dataset("c", "w", facets=onward)],
        ),
    )  # fmt: skip

    assert set(column_lineage(viewer, field("c", "w"))) == {
        field("c", "w"), field("b", "y"), field("a", "x"),
    }  # fmt: skip
    by_alias = column_lineage(viewer, "datasetField:s3://lake:b:y")
    assert by_alias == column_lineage(viewer, field("b", "y"))


def test_a_source_that_is_named_nowhere_else_is_shown(viewer: Api) -> None:
    send(
        run_event(outputs=[dataset("b", "y", facets=derived(y=[source("seed", "x")]))])
    )

    nodes = column_lineage(viewer, field("b", "y"))

    assert nodes[field("seed", "x")]["data"]["fieldType"] == ""
    [column] = viewer.get(of_dataset("b"))["columnLineage"]
    assert column["inputFields"][0]["dataset"] == "seed"
    assert set(
        column_lineage(viewer, field("seed", "x"), withDownstream="true")
    ) == set(nodes)


def test_a_deleted_dataset_s_columns_vanish_and_still_bridge(
    viewer: Api, admin: Api
) -> None:
    write_b_and_c()
    admin.delete(of_dataset("b"))

    nodes = column_lineage(viewer, field("c", "d"))

    assert set(nodes) == {field("a", "a"), field("a", "b"), field("c", "d")}
    assert nodes[field("c", "d")]["inEdges"] == []
    assert nodes[field("c", "d")]["data"]["inputFields"] == []


def test_columns_that_the_reader_may_not_see_are_not_named(
    reading_as: Reading,
) -> None:
    hidden = source("salaries", "amount", namespace="secret")
    send(
        run_event(
            inputs=[dataset("salaries", "amount", namespace="secret")],
            outputs=[dataset("b", "y", facets=derived(hidden, y=[hidden]))],
        )
    )
    reader = reading_as("viewer", namespace=TABLES)

    response = reader.client.get("/api/v1/column-lineage", {"nodeId": field("b", "y")})

    assert response.status_code == 200
    assert b"salaries" not in response.content
    assert b"secret" not in response.content
    hidden_id = "datasetField:secret:salaries:amount"
    reader.get("/api/v1/column-lineage", nodeId=hidden_id, status=404)


# As of a version


def versions_of(reader: Api, *parts: str) -> list[str]:
    """Of a dataset, or of a job: oldest first."""
    [own] = parts
    address = of_job(own, "versions") if own == "load" else of_dataset(own, "versions")
    return [one["version"] for one in reader.get(address)["versions"]][::-1]


def change_b() -> None:
    """b.y comes from a.x; later b has two columns, and b.y comes from c.z."""
    send(
        run_event(
            inputs=[dataset("a", "x")],
            outputs=[dataset("b", "y", facets=derived(y=[source("a", "x")]))],
        ),
        run_event(
            "START", 60, run=run_id(2), inputs=[dataset("c", "z")],
        ),
        run_event(
            "COMPLETE", 70, run=run_id(2),
            outputs=[dataset("b", "y", "n", facets=derived(y=[source("c", "z")]))],
        ),
    )  # fmt: skip


def test_a_version_is_answered_as_of_its_time(viewer: Api) -> None:
    change_b()
    first, second = versions_of(viewer, "b")
    [of_a], [of_c] = versions_of(viewer, "a"), versions_of(viewer, "c")

    then = column_lineage(viewer, field("b", "y", first))
    now = column_lineage(viewer, field("b", "y", second))

    assert set(then) == {field("b", "y", first), field("a", "x", of_a)}
    assert set(now) == {field("b", "y", second), field("c", "z", of_c)}
    assert then[field("b", "y", first)]["inEdges"] == [
        {"origin": field("b", "y", first), "destination": field("a", "x", of_a)}
    ]
    assert then == column_lineage(viewer, f"dataset:{TABLES}:b#{first}")


def test_a_job_version_is_answered_as_of_its_time(viewer: Api) -> None:
    change_b()
    first, second = versions_of(viewer, "load")
    [of_first, of_second] = versions_of(viewer, "b")

    then = column_lineage(viewer, f"{LOAD}#{first}")
    now = column_lineage(viewer, f"{LOAD}#{second}")

    assert then == column_lineage(viewer, field("b", "y", of_first))
    assert field("b", "y", of_second) in now


def test_a_source_without_any_version_still_carries_one(viewer: Api) -> None:
    send(
        run_event(outputs=[dataset("b", "y", facets=derived(y=[source("seed", "x")]))])
    )
    [own] = versions_of(viewer, "b")

    nodes = column_lineage(viewer, field("b", "y", own))

    assert all("#" in node_id for node_id in nodes)
    assert len(nodes) == 2


def test_what_a_failed_run_said_does_not_change_the_past(viewer: Api) -> None:
    change_b()
    failed = dataset("b", "y", facets=derived(y=[source("d", "w")]))
    send(run_event("FAIL", 30, run=run_id(3), outputs=[failed]))
    first = versions_of(viewer, "b")[0]

    nodes = column_lineage(viewer, field("b", "y", first))

    assert {node["data"]["dataset"] for node in nodes.values()} == {"a", "b"}


def test_mapped_tasks_of_one_parent_are_united_in_the_past_too(viewer: Api) -> None:
    def task(number: int, minutes: int, said: dict[str, Any]) -> dict[str, Any]:
        parent = facet(
            run={"runId": run_id(90 + minutes)}, job={"namespace": JOBS, "name": "dag"}
        )
        return run_event(
            "COMPLETE", minutes, run=run_id(number), run_facets={"parent": parent},
            outputs=[dataset("b", "y", facets=said)],
        )  # fmt: skip

    send(
        task(1, 0, derived(y=[source("a", "x")])),
        task(2, 0, derived(y=[source("c", "z")])),
        run_event(
            "COMPLETE", 60, run=run_id(3),
            outputs=[dataset("b", "y", "n", facets=derived(y=[source("d", "w")]))],
        ),
    )  # fmt: skip
    first = versions_of(viewer, "b")[0]

    nodes = column_lineage(viewer, field("b", "y", first))

    assert {node["data"]["dataset"] for node in nodes.values()} == {"a", "b", "c"}


def stated(table: str, column: str) -> dict[str, Any]:
    """A `lineage` facet: column `y` of table `b` comes from this one."""
    origin = {"type": "DATASET", "namespace": TABLES, "name": table, "field": column}
    target = {"type": "DATASET", "namespace": TABLES, "name": "b"}
    return facet(entries=[{**target, "fields": {"y": {"inputs": [origin]}}}])


def test_a_failed_run_states_nothing_now_and_changes_nothing_of_the_past(
    viewer: Api,
) -> None:
    def run(number: int, kind: str, at: int, *columns: str, table: str) -> Any:
        return run_event(
            kind, at, run=run_id(number), outputs=[dataset("b", *columns)],
            job_facets={"lineage": stated(table, "x")},
        )  # fmt: skip

    send(
        run(1, "COMPLETE", 0, "y", table="a"),
        run(2, "FAIL", 10, "y", table="c"),
        run(3, "COMPLETE", 60, "y", "n", table="d"),
        run(4, "FAIL", 90, "y", table="c"),
    )
    first = versions_of(viewer, "b")[0]

    then = column_lineage(viewer, field("b", "y", first))
    now = column_lineage(viewer, field("b", "y"))

    assert {node["data"]["dataset"] for node in then.values()} == {"a", "b"}
    assert {node["data"]["dataset"] for node in now.values()} == {"b", "d"}
    assert column_lineage(viewer, field("c", "x"), withDownstream="true") == {}
    [column] = viewer.get(of_dataset("b"))["columnLineage"]
    assert [one["dataset"] for one in column["inputFields"]] == ["d"]


def test_mapped_tasks_unite_what_they_state_now_and_in_the_past(viewer: Api) -> None:
    def task(number: int, at: int, dag: int, table: str, *columns: str) -> Any:
        parent = facet(
            run={"runId": run_id(dag)}, job={"namespace": JOBS, "name": "dag"}
        )
        return run_event(
            "COMPLETE", at, run=run_id(number), run_facets={"parent": parent},
            outputs=[dataset("b", *columns)],
            job_facets={"lineage": stated(table, "x")},
        )  # fmt: skip

    send(task(1, 0, 90, "a", "y"), task(2, 1, 90, "c", "y"))
    now = column_lineage(viewer, field("b", "y"))
    send(task(3, 60, 91, "d", "y", "n"))
    then = column_lineage(viewer, field("b", "y", versions_of(viewer, "b")[0]))

    for nodes in (now, then):
        assert {node["data"]["dataset"] for node in nodes.values()} == {"a", "b", "c"}


def test_the_lineage_facet_holds_for_its_own_time(viewer: Api) -> None:
    send(
        run_event(
            outputs=[dataset("b", "y")], job_facets={"lineage": stated("a", "x")}
        ),
        run_event(
            "COMPLETE", 60, run=run_id(2), outputs=[dataset("b", "y", "n")],
            job_facets={"lineage": stated("c", "z")},
        ),
    )  # fmt: skip
    first, second = versions_of(viewer, "b")

    then = column_lineage(viewer, field("b", "y", first))
    now = column_lineage(viewer, field("b", "y", second))

    assert {node["data"]["dataset"] for node in then.values()} == {"a", "b"}
    assert {node["data"]["dataset"] for node in now.values()} == {"b", "c"}


def test_what_static_events_say_is_of_its_time(viewer: Api) -> None:
    send(
        dataset_event(0, dataset("b", "y", facets=derived(y=[source("a", "x")]))),
        dataset_event(9, dataset("b", "y", "n", facets=derived(y=[source("c", "z")]))),
    )
    first, second = versions_of(viewer, "b")

    then = column_lineage(viewer, field("b", "y", first))
    now = column_lineage(viewer, field("b", "y", second))

    assert {node["data"]["dataset"] for node in then.values()} == {"a", "b"}
    assert {node["data"]["dataset"] for node in now.values()} == {"b", "c"}


# Names, refusals, bounds


@pytest.mark.parametrize(
    ("namespace", "name", "column"),
    [
        ("postgres://warehouse:5432", "public.orders", "id"),
        ("a:b", "c:d", "e:f"),
        ("kafka://broker:9092", "topic:x", "payload.items.price"),
        ("s3://bucket", "a/b#c", f"x#{RUN}"),
        ("n", "t", ":"),
    ],
)
def test_columns_of_any_signs_are_found(
    viewer: Api, namespace: str, name: str, column: str
) -> None:
    said = derived(**{column: [source("a", "x")]})
    send(run_event(outputs=[dataset(name, column, namespace=namespace, facets=said)]))
    node_id = f"datasetField:{namespace}:{name}:{column}"

    assert node_id in column_lineage(viewer, node_id)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        (f"nodeId={quote(field('b', 'c'))}&depth=-1", 400),
        (f"nodeId={quote(field('b', 'c'))}&withDownstream=perhaps", 400),
        (f"nodeId={quote(field('b', 'c', RUN))}&withDownstream=true", 400),
        (f"nodeId={quote(field('b', 'nothing'))}", 404),
        (f"nodeId={quote(field('nothing', 'c'))}", 404),
        (f"nodeId={quote(field('b', 'c', RUN))}", 404),
        (f"nodeId=dataset:{quote(TABLES)}:b%23{RUN}", 404),
        (f"nodeId=job:{JOBS}:load%23{RUN}", 404),
        ("nodeId=column:b:c", 404),
        (f"nodeId=datasetField:{':' * 300}", 404),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    viewer: Api, query: str, status: int
) -> None:
    write_b_and_c()

    response = viewer.client.get(f"/api/v1/column-lineage?{query}")

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


def test_a_column_that_a_version_did_not_have_is_unknown_to_it(viewer: Api) -> None:
    change_b()
    first, second = versions_of(viewer, "b")

    viewer.get("/api/v1/column-lineage", nodeId=field("b", "n", first), status=404)
    assert column_lineage(viewer, field("b", "n", second)) == {}


def test_a_bounded_walk_says_that_there_is_more(
    viewer: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [source("a", f"x{n}") for n in range(20)]
    send(run_event(outputs=[dataset("b", "y", facets=derived(y=many))]))
    monkeypatch.setattr(graphs, "MAX_NODES", 5)

    answer = viewer.get("/api/v1/column-lineage", nodeId=field("b", "y"))

    assert answer["truncated"] is True
    assert len(answer["graph"]) == 1 + 5


def test_queries_grow_with_the_hops_and_not_with_the_columns(viewer: Api) -> None:
    write_b_and_c()

    def queries(node_id: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            column_lineage(viewer, node_id)
        return len(captured)

    queries(field("b", "c"))
    few = queries(field("b", "c"))
    wide = {f"y{n}": [source(f"t{n}", "x")] for n in range(40)}
    send(
        run_event(
            minutes=9, run=run_id(3), job="wide",
            outputs=[dataset("w", *wide, facets=derived(**wide))],
        )
    )  # fmt: skip

    assert queries(f"dataset:{TABLES}:w") <= few + 1  # all columns are asked for
