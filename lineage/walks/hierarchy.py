"""What is a walk at the level of the jobs that contain other jobs, for one reader?"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from lineage.graph.ancestors import Ancestors, ancestors
from lineage.graph.groups import RolledUp, roll_up
from lineage.graph.question import Question
from lineage.graph.veil import Node
from lineage.reader import Reader
from lineage.walks import naming
from lineage.walks.naming import Known
from lineage.walks.walking import Broken, Edge, Place, Walked, Way, walk

PARENT, ROOT = "parent", "root"


class RollUp(NamedTuple):
    """Which ancestor a job is rolled up to: its parent, its root, or one by its id.

    Groups that are `opened` are told job by job.
    """

    to: str | int = PARENT
    opened: frozenset[int] = frozenset()


@dataclass(slots=True)
class Told:
    """A node: a group is a job that others are rolled up to.

    `members` counts the jobs of a group, `inner` its datasets. What is in a group that
    was opened says in which.
    """

    node_id: str
    known: Known | None
    hops: int
    is_start: bool = False
    members: int = 0
    inner: int = 0
    group: str | None = None

    @property
    def kind(self) -> str:
        if self.known is None:
            return "withheld"
        if self.members:
            return "group"
        return "job" if self.known.node.is_job else "dataset"


@dataclass(frozen=True, slots=True)
class ToldEdge:
    """Data flows from one node to the other, by so many edges that are one here."""

    source: str
    target: str
    way: Way
    count: int


@dataclass(slots=True)
class Hierarchy:
    """A walk rolled up; `names` has the nodeIds of where it broke off."""

    nodes: list[Told] = field(default_factory=list)
    edges: list[ToldEdge] = field(default_factory=list)
    withheld: int = 0
    deleted: int = 0
    broken: list[Broken] = field(default_factory=list)
    names: dict[Place, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not (self.withheld or self.deleted or self.broken)


def hierarchy(
    start: Node, question: Question, rolling: RollUp, reader: Reader
) -> Hierarchy:
    """Walk from a told node, and tell the jobs of one ancestor as one node."""
    walked = walk([start], question, reader.veil)
    return _Telling(walked, start, question, rolling, reader).told()


class _Telling:
    """An answer in the making."""

    def __init__(
        self,
        walked: Walked,
        start: Node,
        question: Question,
        rolling: RollUp,
        reader: Reader,
    ) -> None:
        self.walked, self.start, self.rolling = walked, start, rolling
        jobs = {place.id for place in walked.places if place.is_job}
        above = ancestors(jobs, question.cut)
        wanted = {job for one in above.values() for job in one.chain}
        wanted |= {one.root for one in above.values() if one.root is not None}
        self.known = naming.known(
            [*walked.places, *(Node(True, job) for job in wanted)],
            reader,
            question.cut,
        )
        self.group_of = {
            Node(True, job): Node(True, group)
            for job, one in above.items()
            if (group := self.chosen(one)) is not None
        }
        for there in {*self.group_of.values()} & walked.places:
            self.group_of[there] = there
        self.shown = {place for place in walked.places if place in self.known}

    def chosen(self, above: Ancestors) -> int | None:
        """The ancestor that a job is told as; None where it stays as it is.

        What is not told is no ancestor, and ends the way up.
        """
        told: list[int] = []
        for job in above.chain:
            if Node(True, job) not in self.known:
                break
            told.append(job)
        if not told:
            return None
        if self.rolling.to == PARENT:
            return told[0]
        if self.rolling.to == ROOT:
            is_told = above.root and Node(True, above.root) in self.known
            return above.root if is_told else told[-1]
        return self.rolling.to if self.rolling.to in told else None

    def told(self) -> Hierarchy:
        closed = {
            job: group
            for job, group in self.group_of.items()
            if group.id not in self.rolling.opened and job in self.shown
        }
        edges = {e for e in self.walked.edges if self.shown.issuperset(e)}
        around = {
            frozenset((place, side) for place, side in ends if place in self.shown)
            for ends in self.walked.around
        } - {frozenset()}
        rolled = roll_up(self.shown, edges, around, closed, kept=[self.start])
        found = Hierarchy(
            withheld=len(self.walked.around),
            deleted=len(self.walked.places) - len(self.shown),
            broken=self.walked.broken,
            names={p: self.known[p].node_id for p in self.shown},
        )
        found.nodes = [self.node(node, rolled) for node in rolled.nodes]
        found.edges = [self.edge(*merged) for merged in rolled.merged.items()]
        self.place_hidden(rolled, found)
        found.nodes.sort(key=lambda one: (not one.is_start, one.hops, one.node_id))
        found.edges.sort(key=lambda one: (one.source, one.target))
        return found

    def hops(self, nodes: Collection[Node]) -> int:
        at = self.walked.at.values()
        return min(hops[node] for hops in at for node in nodes if node in hops)

    def node(self, node: Node, rolled: RolledUp) -> Told:
        inside = rolled.inner.get(node, {node})
        known = self.known[node]
        group = self.group_of.get(node)
        is_opened = group is not None and group != node and node not in rolled.inner
        return Told(
            known.node_id,
            known,
            self.hops(inside),
            self.start in inside,
            members=sum(one.is_job for one in inside) if node in rolled.inner else 0,
            inner=sum(not one.is_job for one in inside) if node in rolled.inner else 0,
            group=self.known[group].node_id if group and is_opened else None,
        )

    def edge(self, ends: Edge, merged: Collection[Edge]) -> ToldEdge:
        way = Way()
        for one in merged:
            other = self.walked.edges[one]
            way.is_manual |= other.is_manual
            found = [s for s in (way.status, other.status) if s is not None]
            way.status = min(found, default=None)
        source, target = (self.known[node].node_id for node in ends)
        return ToldEdge(source, target, way, len(merged))

    def place_hidden(self, rolled: RolledUp, found: Hierarchy) -> None:
        """Make a node of each thing that is hidden, in the order of what is around."""
        places = {node: one for node, one in self.known.items() if node in rolled.nodes}
        around = sorted(
            sorted((places[node].node_id, is_origin) for node, is_origin in ends)
            for ends in rolled.around
        )
        hops = {one.node_id: one.hops for one in found.nodes}
        for number, ends in enumerate(around, 1):
            name = f"withheld:{number}"
            nearest = min(hops[node_id] for node_id, _ in ends)
            found.nodes.append(Told(name, None, nearest + 1))
            for node_id, is_origin in ends:
                pair = (node_id, name) if is_origin else (name, node_id)
                found.edges.append(ToldEdge(*pair, Way(), 1))
