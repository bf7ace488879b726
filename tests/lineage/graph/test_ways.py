"""Every way from here to there, the shortest first, and nothing of what is hidden."""

from random import Random

import pytest

from lineage.graph import ways as module
from lineage.graph.ways import ground_between, ways
from tests.lineage.graph.letters import both_ways, edges_of, random_edges, told_steps


def ranks(nodes):
    return {node: ord(node) for node in nodes}


def found(edges, start, goal, *, hops=20, nodes=100, most=1000, **veil):
    edges = edges_of(edges) if isinstance(edges, str) else edges
    streams = both_ways(edges, **veil)
    ground = ground_between([start], [goal], streams, max_hops=hops, max_nodes=nodes)
    answer = ways(ground, [start], [goal], max_hops=hops, max_ways=most, rank=ranks)
    return ["".join(n or "." for n in way) for way in answer.found], answer, ground


def test_the_shortest_way_comes_first_and_names_decide_between_equals():
    told, answer, _ = found("AXZ AYZ ABCZ AZ", "A", "Z")

    assert told == ["AZ", "AXZ", "AYZ", "ABCZ"]
    assert not answer.bounds


def test_a_hidden_stretch_is_one_nameless_step_of_those_that_it_connects():
    told, _, _ = found("AxyB CxyD AuvB", "A", "B")

    assert told == ["A.B"]
    # Data of C comes to B by way of the same stretch, and no data of B comes to D.
    assert found("AxyB CxyD", "C", "B")[0] == ["C.B"]
    assert found("AxB ByD", "A", "D")[0] == ["A.B.D"]
    assert found("AxyB CvyD", "A", "C")[0] == []


def test_ways_meet_no_node_twice_and_end_where_cycles_do():
    assert found("ABCA CD BB", "A", "D")[0] == ["ABCD"]
    assert found("ABCA AA", "A", "A")[0] == ["AA", "ABCA"]


@pytest.mark.parametrize("veil", [{"tells": True}, {"tells": False}])
def test_where_walks_stop_no_way_leads_through_a_wall(veil):
    told, _, ground = found("AxB ACB", "A", "B", passes=False, **veil)

    assert told == ["ACB"]
    assert ground.walls == veil["tells"]
    # Also not where the walk up and the walk down meet inside of it.
    wide = "AxB " + " ".join(f"A{c} {c}B" for c in "CDEFGHIJ")
    told, _, _ = found(wide, "A", "B", passes=False, nodes=3, **veil)
    assert "A.B" not in told


def test_bounds_are_said():
    told, answer, _ = found("ABCD AD", "A", "D", hops=2)
    assert (told, answer.bounds) == (["AD"], {"hops"})
    told, answer, _ = found("ABD ACD", "A", "D", most=1)
    assert (told, answer.bounds) == (["ABD"], {"paths"})
    told, answer, _ = found("ABD ACD", "A", "D", most=2)
    assert (told, answer.bounds) == (["ABD", "ACD"], set())


def test_a_smaller_side_is_enough():
    wide = {("A", c) for c in "BCDEFGHIJKLMNOP"} | {("B", "Z")}

    told, _, ground = found(wide, "A", "Z", nodes=5)

    assert (told, ground.is_whole) == (["ABZ"], True)
    assert ground.told == {"A", "B", "Z"}


def test_where_both_sides_are_too_wide_it_is_said():
    letters = "BCDEFGHI"
    wide = {("A", c) for c in letters} | {(c, "Z") for c in "IHQRSTUV"}

    told, answer, _ = found(wide, "A", "Z", nodes=4)

    assert answer.bounds == {"nodes"}
    assert set(told) <= {"AHZ", "AIZ"}


def test_looking_for_ways_ends(monkeypatch):
    monkeypatch.setattr(module, "MAX_TRIES", 50)
    grid = {(a, b) for a in "ABCDEFGH" for b in "ABCDEFGHZ"}

    told, answer, _ = found(grid, "A", "Z")

    assert told[0] == "AZ"
    assert answer.bounds == {"effort"}


def plain_ways(edges, start, goal, hops):
    steps = told_steps(edges)
    told, pending = set(), [start]
    while pending:
        way = pending.pop()
        for one, other, is_nameless in steps:
            longer = way + "." * is_nameless + other
            if one != way[-1] or len(longer) - 1 > hops:
                continue
            if other == goal:
                told.add(longer)
            elif other not in way:
                pending.append(longer)
    return sorted(told, key=lambda way: (len(way), way.replace(".", "~")))


@pytest.mark.parametrize("seeds", [range(n, n + 250) for n in range(0, 1000, 250)])
def test_ways_are_those_of_plain_python(seeds):
    for seed in seeds:
        random = Random(seed)
        edges = random_edges(random)
        start, goal = random.choice("ABCDEF"), random.choice("ABCDEF")
        hops = random.choice([2, 3, 5, 20])

        told, answer, _ = found(edges, start, goal, hops=hops)

        assert told == plain_ways(edges, start, goal, hops), seed
        if not answer.bounds:
            assert told == plain_ways(edges, start, goal, 20), seed
