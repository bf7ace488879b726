"""What has nothing further on is an end; a cycle as a whole, and nothing that stops
at something hidden."""

from random import Random

import pytest

from lineage.graph.closure import closure
from lineage.graph.ends import components, ends
from lineage.graph.layers import Bounds
from tests.lineage.graph.letters import Letters, edges_of, random_edges, told_steps


def told(edges, start="A", *, hops=20, nodes=100, passes=True, tells=True):
    edges = edges_of(edges) if isinstance(edges, str) else edges
    graph = Letters(edges, passes=passes, tells=tells)
    walked = closure([start], graph, Bounds(hops, nodes))
    answer = ends(walked, passes=passes)
    found = [("".join(e.nodes), e.hops, e.is_cycle) for e in answer.found]
    return found, answer.withheld, "".join(answer.frontier)


def test_ends_are_told_nearest_first():
    assert told("ABC AD") == ([("D", 1, False), ("C", 2, False)], 0, "")


def test_what_leads_nowhere_is_its_own_end():
    assert told("BC", "A") == ([("A", 0, False)], 0, "")


def test_all_members_of_a_cycle_that_nothing_leaves_are_ends():
    assert told("ABCDB")[0] == [("BCD", 1, True)]
    assert told("ABCDB DE")[0] == [("E", 4, False)]
    assert told("ABB")[0] == [("B", 1, True)]


@pytest.mark.parametrize(
    ("how", "found", "withheld"),
    [
        ({}, [("C", 1, False)], 1),
        ({"passes": False}, [("C", 1, False)], 1),
        ({"passes": False, "tells": False}, [("B", 1, False), ("C", 1, False)], 0),
    ],
)
def test_what_stops_at_something_hidden_is_no_end(how, found, withheld):
    assert told("ABxy AC", **how) == (found, withheld, "")


def test_an_end_behind_something_hidden_is_told_where_walks_pass():
    assert told("AxB") == ([("B", 2, False)], 0, "")
    # Whether there is more in that part is not told; there is one that it leads to.
    assert told("AxB xy") == ([("B", 2, False)], 0, "")
    assert told("AxA") == ([], 1, "")


def test_where_a_walk_breaks_off_is_no_end():
    assert told("ABC AD", hops=1) == ([("D", 1, False)], 0, "B")
    assert told("ABCD AD", nodes=2) == ([("D", 1, False)], 0, "B")
    assert told("ABx", hops=1) == ([], 0, "B")
    assert told("ABx", hops=1, passes=False, tells=False)[0] == [("B", 1, False)]


def test_components_come_ends_first():
    onward = {"A": "B", "B": "CA", "C": "D", "D": "CE", "E": ""}

    assert [set(one) for one in components(onward)] == [{"E"}, {"C", "D"}, {"A", "B"}]


def plain_ends(edges):
    """Those from which only the same can be reached, over told nodes alone."""
    steps = {(one, other) for one, other, _ in told_steps(edges)}

    def beyond(node):
        met, pending = set(), [node]
        while pending:
            last = pending.pop()
            fresh = {b for a, b in steps if a == last} - met
            met |= fresh
            pending += fresh
        return met

    reached = beyond("A") | {"A"}
    return {n for n in reached if all(n in beyond(m) for m in beyond(n))}


@pytest.mark.parametrize("seeds", [range(0, 400)])
def test_ends_are_those_of_plain_python(seeds):
    for seed in seeds:
        edges = random_edges(Random(seed), "ABCDEFGH")

        found, withheld, frontier = told(edges)

        names = {name for end, _, _ in found for name in end}
        assert (names, withheld, frontier) == (plain_ends(edges), 0, ""), seed


def otherwise(random, edges):
    """Longer hidden stretches, dead ends and parallel ways."""
    changed = set(edges)
    for number, (one, other) in enumerate(sorted(edges)):
        if one.islower() and random.random() < 0.5:
            between = chr(0x3B1 + number)
            changed -= {(one, other)}
            changed |= {(one, between), (between, other)}
    for number, hidden in enumerate("uvwx"):
        if random.random() < 0.3:
            twin = chr(0x430 + number)
            changed |= {(a, twin) for a, b in changed if b == hidden}
            changed |= {(twin, b) for a, b in changed if a == hidden}
        if random.random() < 0.3 and any(hidden in edge for edge in edges):
            changed |= {(hidden, chr(0x440 + number))}
    return changed


@pytest.mark.parametrize("seeds", [range(0, 1000)])
def test_ends_do_not_tell_how_much_is_hidden(seeds):
    for seed in seeds:
        random = Random(seed)
        edges = random_edges(random)
        bounds = {"hops": random.randrange(1, 6), "nodes": random.randrange(2, 9)}

        assert told(otherwise(random, edges), **bounds) == told(edges, **bounds), seed
