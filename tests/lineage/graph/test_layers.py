"""A stretch of hidden nodes is one step, however long; of a wall one side is told."""

from itertools import pairwise
from random import Random

import pytest

from lineage.graph import layers
from lineage.graph.layers import Bounds, Link, Stretch


class Veil:
    hides_nothing = False

    def __init__(self, *, passes=True, tells=True):
        self.passes, self.tells = passes, tells

    def hidden_nodes(self, nodes):
        return {node for node in nodes if node.islower()}

    hidden_columns = hidden_nodes


class Graph:
    """Nodes in capitals are told."""

    def __init__(self, *edges, veil=None):
        self.edges = sorted(edges)
        self.veil = veil or Veil()

    def links(self, frontier, limit):
        wanted = set(frontier)
        return [Link(a, b, "") for a, b in self.edges if a in wanted][:limit]

    def hidden(self, nodes):
        return self.veil.hidden_nodes(nodes)

    def is_long(self, link):
        return False

    def is_last(self, node):
        return True


def chain(text):
    return list(pairwise(text))


def walked(*edges, hops=10, nodes=100, **veil):
    graph = Graph(*edges, veil=Veil(**veil))
    return layers.walk(["A"], graph, Bounds(hops, nodes))


def told(found):
    stretches = [(one.hops, one.before, one.behind) for one in found.stretches]
    return found.at, stretches, found.edges, found.is_truncated


def test_what_lies_behind_a_hidden_stretch_is_two_steps_away():
    found = walked(*chain("AxyzBC"))

    assert found.at == {"A": 0, "B": 2, "C": 3}
    assert found.stretches == [Stretch(1, frozenset("A"), frozenset("B"))]
    assert found.edges == [frozenset({("A", True), ("B", False)})]


@pytest.mark.parametrize("hops", range(1, 6))
@pytest.mark.parametrize("middle", ["xy", "xyzuv", "xyzuvwpqrst"])
def test_limits_bite_at_the_same_place_however_long_the_stretch_is(middle, hops):
    one = walked(*chain("ABxCD"), hops=hops)
    other = walked(*chain(f"AB{middle}CD"), hops=hops)

    assert told(one) == told(other)


@pytest.mark.parametrize("nodes", range(5))
def test_hidden_nodes_take_no_room(nodes):
    one = walked(*chain("ABxCD"), nodes=nodes)
    other = walked(*chain("ABxyzuvwCD"), ("B", "p"), ("p", "C"), nodes=nodes)

    assert told(one) == told(other)
    assert len(one.at) == 1 + min(nodes, 3)
    assert one.is_truncated is (nodes < 3)


def test_hidden_stretches_that_look_alike_are_one():
    found = walked(*chain("AxB"), *chain("AyB"), *chain("AzyB"), ("A", "p"))

    assert len(found.stretches) == 2  # one that leads to B, one that leads nowhere
    assert len(found.edges) == 2


def test_a_walk_stops_at_a_wall_and_tells_one_side_of_it():
    found = walked(*chain("AxB"), *chain("ACxD"), passes=False)

    assert found.at == {"A": 0, "C": 1}
    assert found.edges == [frozenset({("A", True)}), frozenset({("C", True)})]
    assert not found.is_truncated


def test_a_silent_walk_tells_of_no_wall():
    found = walked(*chain("AxB"), ("A", "C"), passes=False, tells=False)

    assert found.at == {"A": 0, "C": 1}
    assert found.edges == []


def test_a_hidden_stretch_beyond_all_bounds_is_not_walked_to_its_end(monkeypatch):
    monkeypatch.setattr(layers, "MAX_HIDDEN_LINKS", 3)

    found = walked(*chain("AxyzuvB"), ("A", "C"))

    assert found.at == {"A": 0, "C": 1}
    assert found.is_truncated


def random_edges(random):
    nodes = "ABCDEFGuvwxyz"
    return {tuple(random.sample(nodes, 2)) for _ in range(random.randrange(4, 26))} - {
        ("A", "A")
    }


def otherwise(random, edges):
    """The same graph with longer hidden stretches, dead ends and parallel ways."""
    changed = set(edges)
    for number, (one, other) in enumerate(sorted(edges)):
        if one.islower() and random.random() < 0.5:
            between = f"n{number}"
            changed -= {(one, other)}
            changed |= {(one, between), (between, other)}
        if other.islower() and random.random() < 0.3:
            changed |= {(other, f"m{number}")}
    for hidden in {node for edge in edges for node in edge if node.islower()}:
        if random.random() < 0.3:
            into = {(a, f"{hidden}2") for a, b in changed if b == hidden}
            out = {(f"{hidden}2", b) for a, b in changed if a == hidden}
            changed |= into | out
    return changed


@pytest.mark.parametrize("seeds", [range(n, n + 500) for n in range(0, 2000, 500)])
def test_nothing_tells_how_much_is_hidden(seeds):
    for seed in seeds:
        random = Random(seed)
        edges = random_edges(random)
        bounds = {"hops": random.randrange(1, 8), "nodes": random.randrange(1, 9)}

        one = walked(*edges, **bounds)
        other = walked(*otherwise(random, edges), **bounds)

        assert told(one) == told(other), f"graph {seed}"


@pytest.mark.parametrize("seeds", [range(n, n + 500) for n in range(0, 2000, 500)])
def test_a_silent_walk_is_one_of_a_graph_without_what_is_hidden(seeds):
    for seed in seeds:
        random = Random(seed)
        edges = random_edges(random)
        visible = {edge for edge in edges if "".join(edge).isupper()}
        bounds = {"hops": random.randrange(1, 8), "nodes": random.randrange(1, 9)}

        one = walked(*edges, passes=False, tells=False, **bounds)
        other = walked(*visible, **bounds)

        assert (one.at, one.is_truncated) == (other.at, other.is_truncated), seed
        assert set(one.links) == set(other.links)


def farthest(edges):
    """How far each told node is, by the rule in plain words."""
    at, frontier, hops = {"A": 0}, {"A"}, 0
    coming = set()
    while frontier or coming:
        hops += 1
        near = {b for a, b in edges if a in frontier}
        behind, reached = {b for b in near if b.islower()}, set()
        while behind - reached:
            reached |= behind
            behind = {b for a, b in edges if a in reached and b.islower()}
        told_now = ({b for b in near if b.isupper()} | coming) - at.keys()
        at |= dict.fromkeys(told_now, hops)
        coming = {b for a, b in edges if a in reached and b.isupper()} - at.keys()
        frontier = told_now
    return at


def test_distances_are_those_of_the_rule():
    for seed in range(1000):
        edges = random_edges(Random(seed))

        assert walked(*edges, hops=50).at == farthest(edges), f"graph {seed}"
