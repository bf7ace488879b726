"""Facets that name other assets, shown to readers who may not know of those"""

from typing import Any

import pytest

from policies.models import Role
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    RUN,
    TABLES,
    dataset,
    facet,
    of_dataset,
    of_job,
    run_event,
    run_id,
    send,
)

SECRET = {"namespace": "vault", "name": "secret"}
KNOWN = {"namespace": TABLES, "name": "orders"}


def column_lineage(*sources: dict[str, str]) -> dict[str, Any]:
    fields = [{**source, "field": "id"} for source in sources]
    return facet(fields={"id": {"inputFields": fields}}, dataset=fields)


@pytest.fixture
def outsider(reading_as: Reading) -> Api:
    """Sees the tables' namespace, and nothing else."""
    return reading_as("admin", namespace=TABLES)


def test_column_lineage_is_shown_without_hidden_sources(outsider: Api) -> None:
    facets = {"columnLineage": column_lineage(SECRET, KNOWN)}
    send(
        run_event(
            inputs=[dataset("secret", namespace="vault"), dataset("orders")],
            outputs=[dataset("copy", "id", facets=facets)],
        )
    )

    told = outsider.get(of_dataset("copy"))

    assert told["facets"]["columnLineage"] == column_lineage(KNOWN)
    [column] = told["columnLineage"]
    assert [source["dataset"] for source in column["inputFields"]] == ["orders"]


def test_column_lineage_of_hidden_sources_alone_is_none(outsider: Api) -> None:
    facets = {"columnLineage": column_lineage(SECRET)}
    send(run_event(outputs=[dataset("copy", "id", facets=facets)]))

    told = outsider.get(of_dataset("copy"))

    assert told["columnLineage"] is None
    assert "vault" not in str(told)


def test_other_names_and_former_names_are_shown_where_they_may_be(
    outsider: Api,
) -> None:
    identifiers = [{**SECRET, "type": "TABLE"}, {**KNOWN, "type": "TABLE"}]
    facets = {
        "lifecycleStateChange": facet(
            lifecycleStateChange="RENAME", previousIdentifier=SECRET
        ),
        "symlinks": facet(identifiers=identifiers),
    }
    send(
        run_event(outputs=[dataset("secret", namespace="vault")]),
        run_event(
            minutes=-5, run=run_id(2), outputs=[dataset("orders", facets=facets)]
        ),
    )

    told = outsider.get(of_dataset("orders"))

    assert told["facets"]["symlinks"]["identifiers"] == [{**KNOWN, "type": "TABLE"}]
    assert "previousIdentifier" not in told["facets"]["lifecycleStateChange"]
    assert told["lastLifecycleState"] == "RENAME"


def test_a_dataset_is_not_found_by_a_name_that_may_not_be_known(
    outsider: Api, viewer: Api
) -> None:
    facets = {"symlinks": facet(identifiers=[{**SECRET, "type": "TABLE"}])}
    send(run_event(outputs=[dataset("orders", "id", facets=facets)]))
    alias = of_dataset("secret", namespace="vault")
    node: dict[str, Any] = {"nodeId": "dataset:vault:secret"}
    field: dict[str, Any] = {"nodeId": "datasetField:vault:secret:id"}

    assert viewer.get(alias)["name"] == outsider.get(of_dataset("orders"))["name"]
    outsider.get(alias, status=404)
    outsider.get(f"{alias}/versions", status=404)
    for path, query in (("lineage", node), ("column-lineage", field)):
        viewer.get(f"/api/v1/{path}", **query)
        outsider.get(f"/api/v1/{path}", status=404, **query)


def test_a_parent_and_dependencies_are_shown_where_they_may_be(
    reading_as: Reading,
) -> None:
    foreign = {"namespace": "vault", "name": "dag"}
    own = {"namespace": JOBS, "name": "before"}
    said = {
        "parent": facet(run={"runId": run_id(9)}, job=foreign),
        "jobDependencies": facet(
            upstream=[
                {"job": foreign, "run": {"runId": run_id(8)}},
                {"job": own, "run": {"runId": run_id(7)}},
            ]
        ),
    }
    send(run_event(run_facets=said))

    told = reading_as("viewer", namespace=JOBS).get(f"/api/v1/jobs/runs/{RUN}")

    assert "parent" not in told["facets"]
    [dependency] = told["facets"]["jobDependencies"]["upstream"]
    assert dependency["job"] == own


def test_who_sees_everything_sees_facets_as_they_were_sent(viewer: Api) -> None:
    said = {"columnLineage": column_lineage(SECRET, KNOWN)}
    send(run_event(outputs=[dataset("copy", "id", facets=said)]))

    assert (
        viewer.get(of_dataset("copy"))["facets"]["columnLineage"]
        == said["columnLineage"]
    )


def test_lineage_takes_a_right_of_its_own(reading_as: Reading) -> None:
    Role.objects.create(name="looker", actions=["asset.view", "run.view"])
    facets = {"columnLineage": column_lineage(KNOWN)}
    explicit = facet(entries=[{**KNOWN, "type": "DATASET", "inputs": []}])
    send(
        run_event(
            inputs=[dataset("orders", "id")],
            outputs=[dataset("copy", "id", facets=facets)],
            job_facets={"lineage": explicit},
        )
    )
    looker = reading_as("looker")

    of_output = looker.get(of_dataset("copy"))
    job = looker.get(of_job())
    run = looker.get(f"/api/v1/jobs/runs/{RUN}")

    assert of_output["columnLineage"] is None
    assert of_output["facets"].keys() == {"schema"}
    assert (job["inputs"], job["outputs"], job["facets"]) == ([], [], {})
    assert (run["inputDatasetVersions"], run["outputDatasetVersions"]) == ([], [])
    [version] = looker.get(of_dataset("copy", "versions"))["versions"]
    assert version["facets"].keys() == {"schema"}
    [definition] = looker.get(of_job("load", "versions"))["versions"]
    assert (definition["inputs"], definition["outputs"]) == ([], [])


def test_every_facet_of_a_list_is_decided_in_few_queries(
    outsider: Api, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        facets = {"columnLineage": column_lineage(SECRET, KNOWN)}
        facets["columnLineage"]["n"] = number
        send(
            run_event(
                run=run_id(number), outputs=[dataset(f"t{number}", "id", facets=facets)]
            )
        )

    outsider.get("/api/v1/namespaces")  # whose rights are read once for the epoch
    with django_assert_max_num_queries(30):
        told = outsider.get(f"{of_dataset('t1').rpartition('/')[0]}")

    assert told["totalCount"] == 20
    assert "vault" not in str(told)
