"""A closure that is told part by part is the walk that is told at once."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage.graph.question import Direction, Question
from lineage.graph.veil import Node
from lineage.reader import Reader
from lineage.walks import closures
from lineage.walks.closures import Closure
from lineage.walks.walking import Why, walk
from policies.models import Principal
from tests.factories import make_principal
from tests.lineage.graph.worlds import OPEN, World, worlds


@pytest.fixture
def reader(db: None) -> Principal:
    """Sees what is in the open namespace, and nothing else."""
    principal: Principal = make_principal("vera", "viewer", namespace=OPEN)
    return principal


def told_starts(world: World) -> list[Node]:
    jobs = [
        Node(True, 100 + i) for i, one in enumerate(world.jobs) if one.namespace == OPEN
    ]
    leaders = {one.leader for one in world.datasets}
    return jobs + [
        Node(False, 200 + i) for i in leaders if world.datasets[i].namespace == OPEN
    ]  # fmt: skip


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    world=worlds(),
    data=st.data(),
    is_downstream=st.booleans(),
    hops=st.integers(1, 6),
    hidden=st.sampled_from(["PASS", "STOP", "SILENT"]),
    portion=st.sampled_from([1, 2, 500]),
)
def test_part_by_part_is_the_same_as_at_once(
    reader: Principal,
    settings: Any,
    monkeypatch: Any,
    world: World,
    data: st.DataObject,
    is_downstream: bool,
    hops: int,
    hidden: str,
    portion: int,
) -> None:
    settings.HEADWATER_WALKS_HIDDEN = hidden
    monkeypatch.setattr(closures, "PORTION", portion)
    with transaction.atomic():
        world.create()
        places = told_starts(world)
        if places:
            start = data.draw(st.sampled_from(places))
            way = Direction.DOWNSTREAM if is_downstream else Direction.UPSTREAM
            question = Question(direction=way, max_hops=hops)
            walked = walk([start], question, Reader(reader).veil)
            closure = Closure(question, Reader(reader), is_downstream)
            at: dict[Any, int] = {}
            edges: dict[Any, Any] = {}
            for part in closure.parts([start]):
                assert not part.new.keys() & at.keys()
                at |= part.new
                assert {end for edge in part.edges for end in edge} <= at.keys()
                edges |= part.edges

            assert at == walked.at[is_downstream]
            assert edges == walked.edges
            assert closure.around() == walked.around
            ends = {one for one in walked.broken if one.place or one.why is Why.HIDDEN}
            assert {*closure.broken, *closure.walls()} >= ends
            is_cut = any(one.why is not Why.HIDDEN for one in walked.broken)
            assert bool(closure.broken) == is_cut

        transaction.set_rollback(True)
