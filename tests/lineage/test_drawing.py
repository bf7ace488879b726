"""What a picture of a walk shows, and what it keeps to itself."""

import pytest

from lineage.drawing import Drawing, draw
from lineage.graph.question import Question
from lineage.graph.veil import Node
from lineage.reader import Reader
from lineage.walks.answers import Wish, answer
from policies.models import Principal
from tests.factories import make_principal
from tests.lineage.graph.worlds import CLOSED, INPUT, IO, OPEN, OUTPUT, Thing, World

SHOWN, SECRET = Thing(OPEN), Thing(CLOSED)


@pytest.fixture
def reader(db: None) -> Principal:
    """Sees what is in the open namespace, and nothing else."""
    principal: Principal = make_principal("vera", "viewer", namespace=OPEN)
    return principal


def drawing_of(world: World, job: int, hops: int, principal: Principal) -> Drawing:
    reader, asked = Reader(principal), Question(max_hops=hops, max_nodes=1000)
    found = answer([Node(True, 100 + job)], asked, Wish(), reader)
    return draw(found, reader, is_now=True)


def created(
    jobs: list[Thing], datasets: list[Thing], *io: tuple[int, int, int]
) -> World:
    leaders = [Thing(d.namespace, d.is_hidden, i) for i, d in enumerate(datasets)]
    edges = [IO(job, dataset, direction, 1, 0) for job, dataset, direction in io]
    world = World(tuple(jobs), tuple(leaders), tuple(edges))
    world.create()
    return world


def edges_of(drawn: Drawing) -> set[tuple[str, str]]:
    return {(edge.origin.id, edge.destination.id) for edge in drawn.edges}


def test_withheld_neighbours_are_one_placeholder(reader: Principal) -> None:
    world = created(
        [SHOWN, SECRET, SHOWN],
        [SECRET, SECRET],
        (0, 0, OUTPUT), (1, 0, INPUT), (1, 1, OUTPUT), (2, 1, INPUT),
    )  # fmt: skip

    drawn = drawing_of(world, 0, 5, reader)

    assert drawn.withheld == 1
    assert edges_of(drawn) == {
        (world.job_id(0), "withheld:1"),
        ("withheld:1", world.job_id(2)),
    }


def test_five_withheld_tables_look_like_one(reader: Principal) -> None:
    io = [(0, dataset, OUTPUT) for dataset in range(5)]
    world = created([SHOWN], [SECRET] * 5, *io)

    drawn = drawing_of(world, 0, 5, reader)

    assert drawn.withheld == 1
    assert edges_of(drawn) == {(world.job_id(0), "withheld:1")}


def test_what_is_withheld_upstream_and_downstream_stays_apart(
    reader: Principal,
) -> None:
    world = created([SHOWN], [SECRET, SECRET], (0, 0, INPUT), (0, 1, OUTPUT))

    drawn = drawing_of(world, 0, 5, reader)

    assert drawn.withheld == 2
    assert {node.number for node in drawn.nodes} == {0, 1, 2}


def test_what_is_deleted_is_no_placeholder(reader: Principal) -> None:
    world = created([SHOWN], [Thing(OPEN, is_hidden=True)], (0, 0, OUTPUT))

    drawn = drawing_of(world, 0, 5, reader)

    assert [node.id for node in drawn.nodes] == [world.job_id(0)]
    assert drawn.edges == []
