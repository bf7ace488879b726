"""Which places does a change lead to, and by which links?"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import partial

from lineage.column_sources import Transformation
from lineage.graph import asserting, columns, flow
from lineage.graph.columns import Column
from lineage.graph.cut import Cut
from lineage.graph.layers import Stretch
from lineage.graph.veil import Node, Veil
from lineage.impact.severities import Carry, carry_of

type Named = Node | Column
# What is hidden is a place without a name, one for a whole stretch.
type Place = Named | Stretch[Node] | Stretch[Column]
type Link = tuple[Place, Place]  # as data flows


@dataclass(slots=True)
class Walk:
    """The places that a walk met, their distance, and the links that lead to them.

    `links` have the transformations between columns. `manual` are those that people
    alone tell of. `datasets` are those, by id, whose readers may be silent; `beyond`
    those that are hidden.
    """

    hops: dict[Place, int] = field(default_factory=dict)
    links: dict[Link, list[Transformation]] = field(default_factory=dict)
    manual: set[Link] = field(default_factory=set)
    withheld: int = 0
    is_truncated: bool = False
    datasets: set[int] = field(default_factory=set)
    beyond: set[int] = field(default_factory=set)
    derivers: dict[tuple[Column, Column], list[int]] = field(default_factory=dict)

    def carries(self, link: Link) -> set[Carry]:
        """How data comes over a link, in each of its ways."""
        if any(isinstance(end, Stretch) for end in link):
            return {Carry.WITHHELD}
        if isinstance(link[1], Node):
            return {Carry.FLOW}
        found = {carry_of(way) for way in self.links[link]}
        return found or {Carry.UNKNOWN}

    def within(self, max_hops: int) -> None:
        """Leave out what lies farther, and say that there is more."""
        beyond = {place for place, hops in self.hops.items() if hops > max_hops}
        self.is_truncated |= any(not isinstance(one, Stretch) for one in beyond)
        self.hops = {p: hops for p, hops in self.hops.items() if hops <= max_hops}
        self.links = {
            link: ways for link, ways in self.links.items() if link[1] not in beyond
        }


def over_assets(
    starts: Collection[Node], veil: Veil, cut: Cut, max_hops: int, max_nodes: int
) -> Walk:
    """Walk over datasets and jobs; a hop is from one to the other.

    Of a job that tells what comes from what, each part is a place of its own.
    """
    met = flow.downstream(
        starts, max_hops=max_hops, max_nodes=max_nodes, veil=veil, cut=cut
    )
    walk = Walk(withheld=met.withheld, is_truncated=met.is_truncated)
    begun = set(starts)

    def place_of(place: Node | Stretch[Node]) -> Node | Stretch[Node]:
        is_start = isinstance(place, Node) and place.whole in begun
        return place.whole if is_start else place  # type: ignore[union-attr]

    for place, how in met.met.items():
        if place_of(place) in begun:
            continue
        walk.hops[place] = how.hops
        walk.links |= {(place_of(before), place): [] for before in how.by_way_of}
        walk.manual |= {(place_of(before), place) for before in how.manual}
    return walk


def over_columns(
    starts: Collection[Column], veil: Veil, cut: Cut, max_hops: int, max_nodes: int
) -> Walk:
    """Walk from column to column, and to datasets that depend on some as a whole."""
    met = columns.walk(
        starts,
        max_hops=max_hops + 1,  # what lies beyond is not told, but that it is there
        max_columns=max_nodes,
        is_upstream=False,
        is_downstream=True,
        also=partial(asserting.to_wholes, cut=cut),
        veil=veil,
        cut=cut,
    )
    walk = Walk(withheld=len(met.withheld), is_truncated=met.is_truncated)
    walk.hops |= {place: hops for place, hops in met.at.items() if hops}
    for (output, source), how in met.links.items():
        walk.links[source, output] = how
        if not how:
            walk.manual.add((source, output))
    for stretch in met.stretches:
        walk.hops[stretch] = stretch.hops
        walk.links |= {(before, stretch): [] for before in stretch.before}
        walk.links |= {(stretch, column): [] for column in stretch.behind}
    walk.datasets, walk.beyond = _datasets(met.at), _datasets(met.hidden)
    walk.within(max_hops)
    walk.derivers = asserting.jobs_of(
        {
            (source, target)
            for source, target in walk.links
            if isinstance(source, Column) and isinstance(target, Column)
        },
        cut,
    )
    return walk


def silent_jobs(walk: Walk, veil: Veil, cut: Cut) -> tuple[set[int], bool]:
    """Jobs, by id, that read what a walk met and do not tell how; and whether hidden
    ones do.

    Of hidden jobs only those count that read what the reader knows.
    """
    silent = asserting.silent_jobs(walk.datasets, veil, cut=cut)
    hidden = veil.hidden_nodes({Node(True, job) for job in silent})
    if veil.passes and walk.beyond:
        silent |= asserting.silent_jobs(walk.beyond, veil, cut=cut)
    return silent, bool(hidden) and veil.tells


def _datasets(met: Iterable[Column]) -> set[int]:
    # What comes from a dataset that depends on columns as a whole is not followed.
    return {column.dataset for column in met if column.field}
