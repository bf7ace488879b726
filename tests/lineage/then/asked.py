"""What does the engine answer, in the words of `happenings`?"""

from lineage.graph import columns, flow
from lineage.graph.cut import NOW, Cut
from lineage.graph.veil import Column, Node
from tests.lineage.then.names import Named, Names

FAR = 50  # hops; and more nodes than there are
MANY = 500

Hops = dict[Named, int]
Link = tuple[Named, Named]


def hops(names: Names, start: Named, *, is_downstream: bool, cut: Cut = NOW) -> Hops:
    """How many hops it is to each node, one way."""
    walk = flow.downstream if is_downstream else flow.upstream
    found = walk(names.node(start), max_hops=FAR, max_nodes=MANY, cut=cut)
    assert not found.is_truncated
    return {
        names.named(place): met.hops
        for place, met in found.met.items()
        if isinstance(place, Node)
    }


def column_links(
    names: Names, start: Named, *, is_downstream: bool, cut: Cut = NOW
) -> set[Link]:
    """The links of a walk from a column, each as (source, what is made of it)."""
    found = columns.walk(
        [Column(names.datasets[start[0]], start[1])],
        max_hops=FAR,
        max_columns=MANY,
        is_upstream=not is_downstream,
        is_downstream=is_downstream,
        cut=cut,
    )
    assert not found.is_truncated
    links = found.links.keys() | found.manual
    return {(names.column(source), names.column(out)) for out, source in links}
