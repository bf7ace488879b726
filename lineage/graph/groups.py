"""What is a walk if some of its jobs are one node?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from lineage.graph.veil import Node

type Edge = tuple[Node, Node]
# The told nodes around something hidden, each with whether data flows from it.
type Around = frozenset[tuple[Node, bool]]


@dataclass(slots=True)
class RolledUp:
    """The nodes and edges that are left, as data flows.

    `inner` has what is inside of each group: its jobs, and the datasets that are
    written and read only there. `merged` are the edges behind each that is left.
    """

    nodes: set[Node] = field(default_factory=set)
    inner: dict[Node, set[Node]] = field(default_factory=dict)
    merged: dict[Edge, set[Edge]] = field(default_factory=dict)
    around: set[Around] = field(default_factory=set)


def roll_up(
    nodes: Collection[Node],
    edges: Collection[Edge],
    around: Collection[Around],
    groups: Mapping[Node, Node],
    *,
    kept: Collection[Node] = (),
) -> RolledUp:
    """Let each job of `groups` be its group, a job itself; datasets inside are inner.

    Those that are `kept`, or are next to something hidden, are inside of nothing. An
    edge from a group to itself is left out.
    """
    besides = {*kept, *(node for ends in around for node, _ in ends)}
    place = dict(groups) | _inner(edges, groups, besides)
    answer = RolledUp()
    for node in nodes:
        here = place.get(node, node)
        answer.nodes.add(here)
        if node in place:
            answer.inner.setdefault(here, set()).add(node)
    merged: defaultdict[Edge, set[Edge]] = defaultdict(set)
    for source, target in edges:
        ends = place.get(source, source), place.get(target, target)
        if ends[0] != ends[1] or source == target:
            merged[ends].add((source, target))
    answer.merged = dict(merged)
    answer.around = {
        frozenset((place.get(node, node), is_origin) for node, is_origin in ends)
        for ends in around
    }
    return answer


def _inner(
    edges: Iterable[Edge], groups: Mapping[Node, Node], besides: Collection[Node]
) -> dict[Node, Node]:
    """The datasets that are written and read, and only by jobs of one group."""
    into: defaultdict[Node, set[Node | None]] = defaultdict(set)
    out_of: defaultdict[Node, set[Node | None]] = defaultdict(set)
    for source, target in edges:
        if not source.is_job:
            out_of[source].add(groups.get(target))
        if not target.is_job:
            into[target].add(groups.get(source))
    found: dict[Node, Node] = {}
    for dataset in into.keys() & out_of.keys():
        [group, *others] = into[dataset] | out_of[dataset]
        if group is not None and not others and dataset not in besides:
            found[dataset] = group
    return found
