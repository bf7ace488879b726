"""GET /api/v1/namespaces/{namespace}/datasets/{dataset}"""

from typing import Any

import pytest

from tests.lineage.api.conftest import Api
from tests.lineage.api.history import (
    JOBS,
    RUN,
    TABLES,
    at,
    dataset,
    dataset_event,
    facet,
    of_dataset,
    run_event,
    run_id,
    schema,
    send,
)

MEMBERS = {
    "id",
    "type",
    "name",
    "physicalName",
    "createdAt",
    "updatedAt",
    "namespace",
    "sourceName",
    "fields",
    "tags",
    "lastModifiedAt",
    "lastLifecycleState",
    "description",
    "currentVersion",
    "columnLineage",
    "facets",
    "deleted",
}


def derived(output: str, **of_input: Any) -> dict[str, Any]:
    """A columnLineage facet: `output` comes from column `id` of table `orders`."""
    source = {"namespace": TABLES, "name": "orders", "field": "id", **of_input}
    return facet(fields={output: {"inputFields": [source]}})


def test_a_dataset_is_told_with_every_member_that_marquez_has(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders")]))

    told = viewer.get(of_dataset("orders"))

    assert told.keys() == MEMBERS
    assert told["id"] == {"namespace": TABLES, "name": "orders"}
    assert (told["namespace"], told["name"]) == (TABLES, "orders")
    assert told["physicalName"] == "orders"
    assert told["type"] == "DB_TABLE"
    assert told["sourceName"] == "default"
    assert told["lastModifiedAt"] == at(0)
    assert told["deleted"] is False
    absent = ("description", "lastLifecycleState", "columnLineage")
    assert [told[member] for member in absent] == [None, None, None]
    assert (told["fields"], told["tags"], told["facets"]) == ([], [], {})


def test_what_producers_say_of_a_dataset_is_in_its_members_and_facets(
    viewer: Api,
) -> None:
    said = {
        "documentation": facet(description="Every order once."),
        "dataSource": facet(name="warehouse", uri="postgres://warehouse:5432"),
        "datasetType": facet(datasetType="TOPIC"),
        "tags": facet(
            tags=[
                {"key": "tier", "value": "gold"},
                {"key": "curated", "value": "true"},
                {"key": "pii", "value": "true", "field": "email"},
            ]
        ),
        "schema": facet(
            fields=[
                {"name": "id", "type": "int8", "description": "The number."},
                {"name": "email"},
            ]
        ),
        "custom": facet(anything={"deep": [1, 2.50, None]}),
    }
    send(run_event(outputs=[dataset("orders", facets=said)]))

    told = viewer.get(of_dataset("orders"))

    assert told["facets"] == said
    assert told["description"] == "Every order once."
    assert told["sourceName"] == "warehouse"
    assert told["type"] == "STREAM"
    assert told["tags"] == ["tier:gold", "curated"]
    assert told["fields"] == [
        {"name": "id", "type": "int8", "tags": [], "description": "The number."},
        {"name": "email", "type": None, "tags": ["pii"], "description": None},
    ]


@pytest.mark.parametrize("event_type", ["START", "FAIL", "ABORT"])
def test_a_dataset_has_no_version_while_no_run_completed_that_wrote_it(
    viewer: Api, event_type: str
) -> None:
    send(run_event(event_type, outputs=[dataset("orders", "id")]))

    told = viewer.get(of_dataset("orders"))

    assert told["currentVersion"] is None
    assert told["fields"] == []
    assert told["lastModifiedAt"] is None


def test_a_first_read_gives_a_version_and_a_write_takes_over(viewer: Api) -> None:
    send(run_event("START", inputs=[dataset("orders", "id")]))
    read = viewer.get(of_dataset("orders"))
    send(run_event(run=run_id(2), outputs=[dataset("orders", "id", "email")]))
    written = viewer.get(of_dataset("orders"))

    assert read["currentVersion"] is not None
    assert [field["name"] for field in read["fields"]] == ["id"]
    assert read["facets"]["schema"] == schema("id")
    assert written["currentVersion"] != read["currentVersion"]
    assert [field["name"] for field in written["fields"]] == ["id", "email"]


def test_a_reader_that_sees_some_columns_drops_none(viewer: Api) -> None:
    send(
        run_event(outputs=[dataset("orders", "id", "email")]),
        run_event(minutes=5, job="report", inputs=[dataset("orders", "id")]),
    )

    told = viewer.get(of_dataset("orders"))

    assert [field["name"] for field in told["fields"]] == ["id", "email"]
    assert told["facets"]["schema"] == schema("id", "email")


def test_a_static_event_gives_a_version(viewer: Api) -> None:
    send(dataset_event(0, dataset("orders", "id")))

    assert viewer.get(of_dataset("orders"))["currentVersion"] is not None


def test_a_streaming_run_gives_a_version_while_it_runs(viewer: Api) -> None:
    streaming = facet(processingType="STREAMING", integration="FLINK")
    send(
        run_event(
            "RUNNING",
            job_facets={"jobType": streaming},
            outputs=[dataset("orders", "id")],
        )
    )

    assert viewer.get(of_dataset("orders"))["currentVersion"] is not None


def test_a_repeated_write_changes_no_version(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders", "id")]))
    first = viewer.get(of_dataset("orders"))["currentVersion"]
    send(run_event(run=run_id(2), minutes=5, outputs=[dataset("orders", "id")]))

    assert viewer.get(of_dataset("orders"))["currentVersion"] == first


def test_a_dropped_dataset_is_marked_until_it_is_written_again(viewer: Api) -> None:
    drop = {"lifecycleStateChange": facet(lifecycleStateChange="DROP")}
    send(
        run_event(outputs=[dataset("orders", "id")]),
        run_event(run=run_id(2), minutes=5, outputs=[dataset("orders", facets=drop)]),
    )
    dropped = viewer.get(of_dataset("orders"))
    send(run_event(run=run_id(3), minutes=9, outputs=[dataset("orders", "id")]))
    written = viewer.get(of_dataset("orders"))

    assert (dropped["deleted"], dropped["lastLifecycleState"]) == (True, "DROP")
    assert written["deleted"] is False


@pytest.mark.parametrize("names", [("orders", "sales"), ("sales", "orders")])
def test_the_latest_drop_counts_under_whichever_name(viewer: Api, names) -> None:
    drop = {"lifecycleStateChange": facet(lifecycleStateChange="DROP")}
    other = {"namespace": TABLES, "name": names[1], "type": "TABLE"}
    linked = {"symlinks": facet(identifiers=[other])}
    steps = [
        dataset(names[0], facets={**drop, **linked}),
        dataset(names[1], "id"),
        dataset(names[1], facets=drop),
    ]
    for step, output in enumerate(steps):
        send(run_event(run=run_id(step), minutes=step, outputs=[output]))

    assert viewer.get(of_dataset(names[0]))["deleted"] is True


def test_a_tombstone_takes_a_facet_away(viewer: Api) -> None:
    said = {"documentation": facet(description="Every order once.")}
    gone = {"documentation": facet(_deleted=True)}
    send(run_event(outputs=[dataset("orders", facets=said)]))
    send(run_event(run=run_id(2), minutes=5, outputs=[dataset("orders", facets=gone)]))

    told = viewer.get(of_dataset("orders"))

    assert told["description"] is None
    assert "documentation" not in told["facets"]


def test_column_lineage_keeps_its_transformations(viewer: Api) -> None:
    how = {"type": "DIRECT", "subtype": "AGGREGATION", "masking": True}
    lineage = derived("total", transformations=[{**how, "description": "sum"}])
    send(
        run_event(
            inputs=[dataset("orders", "id")],
            outputs=[dataset("totals", "total", facets={"columnLineage": lineage})],
        )
    )

    told = viewer.get(of_dataset("totals"))

    assert told["columnLineage"] == [
        {
            "name": "total",
            "inputFields": [
                {
                    "namespace": TABLES,
                    "dataset": "orders",
                    "field": "id",
                    "transformationDescription": "sum",
                    "transformationType": "MASKED",
                    "transformations": [{**how, "description": "sum"}],
                }
            ],
            "transformationDescription": "sum",
            "transformationType": "MASKED",
        }
    ]


def test_column_lineage_of_older_producers_is_given_back_as_they_said_it(
    viewer: Api,
) -> None:
    lineage = derived("id")
    lineage["fields"]["id"]["transformationType"] = "IDENTITY"
    lineage["fields"]["id"]["transformationDescription"] = "as it is"
    send(run_event(outputs=[dataset("copy", "id", facets={"columnLineage": lineage})]))

    [column] = viewer.get(of_dataset("copy"))["columnLineage"]

    assert column["transformationType"] == "IDENTITY"
    assert column["transformationDescription"] == "as it is"


def test_an_unknown_transformation_is_no_transformation(viewer: Api) -> None:
    lineage = {"columnLineage": derived("id", transformations=[])}
    send(run_event(outputs=[dataset("copy", "id", facets=lineage)]))

    [column] = viewer.get(of_dataset("copy"))["columnLineage"]

    [source] = column["inputFields"]
    assert source["transformations"] == []
    assert source["transformationType"] is None


def test_column_sources_of_two_writers_unite(viewer: Api) -> None:
    by_one = {"columnLineage": derived("id")}
    by_other = {"columnLineage": derived("id", name="returns")}
    send(
        run_event(job="one", outputs=[dataset("union", "id", facets=by_one)]),
        run_event(
            job="other",
            run=run_id(2),
            minutes=5,
            outputs=[dataset("union", "id", facets=by_other)],
        ),
    )

    [column] = viewer.get(of_dataset("union"))["columnLineage"]

    assert [source["dataset"] for source in column["inputFields"]] == [
        "orders",
        "returns",
    ]


def test_an_alias_answers_with_the_canonical_dataset(viewer: Api) -> None:
    identifiers = [{"namespace": "s3://lake", "name": "orders/", "type": "TABLE"}]
    symlinks = {"symlinks": facet(identifiers=identifiers)}
    send(
        run_event(outputs=[dataset("orders", "id", facets=symlinks)]),
        run_event(
            run=run_id(2),
            minutes=5,
            outputs=[
                dataset(
                    "orders/",
                    "id",
                    "email",
                    namespace="s3://lake",
                    facets={"documentation": facet(description="By its path.")},
                )
            ],
        ),
    )

    by_alias = viewer.get(of_dataset("orders/", namespace="s3://lake"))
    by_name = viewer.get(of_dataset("orders"))

    assert by_alias == by_name
    assert by_alias["id"] == {"namespace": TABLES, "name": "orders"}
    assert [field["name"] for field in by_alias["fields"]] == ["id", "email"]
    assert by_alias["description"] == "By its path."


def test_names_of_one_dataset_agree_by_event_time_not_by_arrival(viewer: Api) -> None:
    identifiers = [{"namespace": "s3://lake", "name": "orders", "type": "TABLE"}]
    late = {"documentation": facet(description="said later")}
    early = {
        "documentation": facet(description="said earlier"),
        "symlinks": facet(identifiers=identifiers),
    }
    send(
        run_event(
            minutes=9, outputs=[dataset("orders", namespace="s3://lake", facets=late)]
        ),
        run_event(run=run_id(2), outputs=[dataset("orders", facets=early)]),
    )

    assert viewer.get(of_dataset("orders"))["description"] == "said later"


def test_a_run_that_is_named_as_a_parent_is_no_news_of_what_it_wrote(
    viewer: Api,
) -> None:
    parent = facet(run={"runId": RUN}, job={"namespace": JOBS, "name": "load"})
    send(run_event(outputs=[dataset("orders")]))
    before = viewer.get("/api/v1/search?q=orders")

    send(run_event(run=run_id(2), job="step", run_facets={"parent": parent}))

    assert before["results"][0]["name"] == "orders"
    assert viewer.get("/api/v1/search?q=orders") == before


def test_an_unknown_dataset_is_not_found(viewer: Api) -> None:
    send(run_event(outputs=[dataset("orders")]))

    problem = viewer.get(of_dataset("nothing"), status=404)

    assert problem["title"] == "Not Found"
    assert viewer.get(of_dataset("orders", namespace=JOBS), status=404)
