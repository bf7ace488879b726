"""A walk goes one way along the data, nearest first, and says when there is more."""

import json

import pytest

from catalog.models import Dataset, Job
from lineage.graph.flow import downstream, upstream
from lineage.graph.veil import Node
from lineage.ingest import ingest
from tests.lineage.conftest import run_event

WHY = "test"


def flows(job, *, reads=(), writes=(), run=0):
    """A completed run of `job`."""
    event = run_event(
        eventType="COMPLETE",
        run={"runId": f"0195a0c8-0000-7000-8000-{sum(map(ord, job)) * 100 + run:012}"},
        job={"namespace": "jobs", "name": job},
        inputs=[{"namespace": "data", "name": name} for name in reads],
        outputs=[{"namespace": "data", "name": name} for name in writes],
    )
    [outcome] = ingest([json.dumps(event).encode()])
    assert outcome.status == 201


def dataset(name):
    return Node(False, Dataset.objects.unrestricted(WHY).get(name=name).pk)


def job(name):
    return Node(True, Job.objects.unrestricted(WHY).get(name=name).pk)


@pytest.fixture
def river(db):
    """a → load → b → mix → c, and d → mix; c → count → e; c flows back into b."""
    flows("load", reads=["a"], writes=["b"])
    flows("mix", reads=["b", "d"], writes=["c"])
    flows("count", reads=["c"], writes=["e"])
    flows("back", reads=["c"], writes=["b"])


def hops(walk):
    return {node: met.hops for node, met in walk.met.items()}


def test_upstream_leads_to_every_source_and_to_nothing_that_is_made_later(river):
    walk = upstream(dataset("c"), max_hops=20, max_nodes=100)

    assert hops(walk) == {
        job("mix"): 1,
        dataset("b"): 2,
        dataset("d"): 2,
        job("load"): 3,
        job("back"): 3,
        dataset("a"): 4,
    }
    assert not walk.is_truncated


def test_downstream_of_a_job_begins_with_what_it_writes(river):
    walk = downstream(job("load"), max_hops=20, max_nodes=100)

    assert hops(walk) == {
        dataset("b"): 1,
        job("mix"): 2,
        dataset("c"): 3,
        job("count"): 4,
        job("back"): 4,
        dataset("e"): 5,
    }


def test_a_node_says_by_way_of_which_nodes_it_was_met(river):
    walk = upstream(dataset("c"), max_hops=20, max_nodes=100)

    assert walk.met[dataset("a")].by_way_of == [job("load")]
    assert walk.met[dataset("b")].by_way_of == [job("mix")]


@pytest.mark.parametrize(
    ("max_hops", "max_nodes", "count"), [(2, 100, 3), (20, 4, 4), (20, 1, 1)]
)
def test_a_walk_within_bounds_says_that_there_is_more(
    river, max_hops, max_nodes, count
):
    walk = upstream(dataset("c"), max_hops=max_hops, max_nodes=max_nodes)

    assert len(walk.met) == count
    assert walk.is_truncated


def test_a_walk_that_ends_at_the_last_hop_is_whole(river):
    walk = upstream(dataset("c"), max_hops=4, max_nodes=6)

    assert len(walk.met) == 6
    assert not walk.is_truncated


def test_other_names_of_a_dataset_are_walked_through(river):
    [b, other] = (
        Dataset.objects.unrestricted(WHY).get(name=name).pk for name in ("b", "a")
    )
    flows("alias", reads=["b2"], writes=["f"])
    rows = Dataset.objects.unrestricted(WHY)
    rows.filter(name="b2").update(canonical_id=b)

    walk = downstream(Node(False, other), max_hops=20, max_nodes=100)

    assert walk.met[dataset("f")].hops == 4
