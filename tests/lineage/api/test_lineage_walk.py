"""GET /api/v1/lineage over made-up catalogs, held against plain Python."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lineage.api.conftest import Api, Reading
from tests.lineage.graph.worlds import OPEN, World, worlds


def answer(reader: Api, start: str, depth: int) -> dict[str, Any] | None:
    """In- and out-edges by nodeId; None where the node is not found."""
    response = reader.client.get(
        "/api/v1/lineage", {"nodeId": start, "depth": str(depth)}
    )
    if response.status_code == 404:
        return None
    assert response.status_code == 200, response.content
    graph = response.json()["graph"]
    assert [node["id"] for node in graph] == sorted(node["id"] for node in graph)
    return {
        node["id"]: tuple(
            {(edge["origin"], edge["destination"]) for edge in node[side]}
            for side in ("inEdges", "outEdges")
        )
        for node in graph
    }


def starts(world: World) -> list[str]:
    jobs = [world.job_id(job) for job in range(len(world.jobs))]
    return jobs + [world.dataset_id(dataset) for dataset in range(len(world.datasets))]


@pytest.fixture
def reader(reading_as: Reading) -> Api:
    """Sees what is in the open namespace, and nothing else."""
    return reading_as("viewer", namespace=OPEN)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=worlds(), data=st.data(), depth=st.integers(0, 4))
def test_a_walk_finds_what_the_reference_finds(
    reader: Api, world: World, data: st.DataObject, depth: int
) -> None:
    with transaction.atomic():
        world.create()
        start = data.draw(st.sampled_from(starts(world)))

        assert answer(reader, start, depth) == world.lineage(start, depth)

        transaction.set_rollback(True)
