"""Is what came and went between two times the difference of two answers?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.graph.question import Direction, Question
from lineage.reader import Reader
from lineage.walks.changes import changes
from tests.factories import make_principal
from tests.lineage.projection.happenings import dataset, declared, event, symlinks
from tests.lineage.projection.test_properties import examples
from tests.lineage.then.deliveries import delivered
from tests.lineage.then.generated import deliveries
from tests.lineage.then.names import Names
from tests.lineage.then.test_properties import NODES, cuts, tell

pytestmark = pytest.mark.django_db


@examples(2, 1000)
def test_what_changed_is_the_difference_of_two_answers(trying):
    viewer = make_principal("vera", "viewer")

    @trying
    @given(deliveries(), st.data())
    def holds(steps, data):
        tell(steps)
        with delivered(steps) as delivery:
            reader = Reader(viewer)
            names = Names()
            ats = [data.draw(cuts(delivery.known)) for _ in range(2)]
            for node in NODES:
                if node[1] in (names.jobs if node[0] == "job" else names.datasets):
                    found = between(names, delivery, node, ats, reader)
                    told = difference(delivery, node, ats)
                    assert found == told

    holds()


def test_a_name_that_is_another_ones_now_had_been_a_dataset_of_its_own():
    merged = declared(0, reads=[dataset("a", symlinks=symlinks("b"))])
    with delivered([[event("COMPLETE", 0)], [merged]]) as delivery:
        reader, names = Reader(make_principal("vera", "viewer")), Names()
        node, ats = ("dataset", "b"), [(None, None), (None, 0)]
        found = between(names, delivery, node, ats, reader)

        assert found == difference(delivery, node, ats)
        assert found["came"] == {node}


def between(names, delivery, node, ats, reader):
    questions = [
        Question(Direction.BOTH, cut=delivery.cut(*at), max_hops=50, max_nodes=500)
        for at in ats
    ]
    starts = tuple([names.node(node, question.cut)] for question in questions)
    found = changes(starts, *questions, reader)
    assert found.before.withheld == found.after.withheld == 0
    edges = [(one, link(names, one)) for one in found.edges]
    return {
        "came": {names.named(one.place) for one in found.added},
        "went": {names.named(one.place) for one in found.removed},
        "edges came": {ends for one, ends in edges if one.before is None},
        "edges went": {ends for one, ends in edges if one.after is None},
    }


def link(names, one):
    return names.named(one.source.place), names.named(one.target.place)


def difference(delivery, node, ats):
    """By the rules."""
    edges, nodes = [], []
    for at in ats:
        told = delivery.walks(*at)
        start = node if node[0] == "job" else ("dataset", told.canonical(node[1]))
        both = (True, False)
        edges.append(
            {e for way in both for e in told.edges_from(start, is_downstream=way)}
        )
        nodes.append({start, *(end for edge in edges[-1] for end in edge)})
    return {
        "came": nodes[1] - nodes[0],
        "went": nodes[0] - nodes[1],
        "edges came": edges[1] - edges[0],
        "edges went": edges[0] - edges[1],
    }
