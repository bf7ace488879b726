"""What has nothing further up the stream, or down: where does a walk come to an end?

A cycle that nothing leads into is an end as a whole. What stops at something hidden is
none: nobody is told whether there is more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lineage.graph.closure import Closure


@dataclass(frozen=True, slots=True)
class End[N]:
    """One told node, or the nodes of a cycle."""

    nodes: tuple[N, ...]
    hops: int
    is_cycle: bool


@dataclass(slots=True)
class Ends[N]:
    """The ends of a walk, the nearest first.

    `withheld` counts those that are hidden, or hang together with what is hidden.
    `frontier` are the nodes where the walk broke off.
    """

    found: list[End[N]] = field(default_factory=list)
    withheld: int = 0
    frontier: list[N] = field(default_factory=list)


# Hidden parts stand among the nodes by their numbers.
type _Place = tuple[bool, Any]


def ends[N, L](walked: Closure[N, L], *, passes: bool) -> Ends[N]:
    """Tell the ends of a closure; `passes` says whether the walk goes through walls."""
    onward = _onward(walked)
    answer: Ends[N] = Ends()
    at = walked.found.at
    for part in components(onward):
        inside = set(part)
        if any(after not in inside for place in part for after in onward[place]):
            continue
        nodes = sorted(node for is_told, node in part if is_told)
        broken = [n for n in nodes if walked.breaks_off_at(n, passes=passes)]
        if len(nodes) < len(part):
            answer.withheld += 1
        elif broken:
            answer.frontier += broken
        else:
            is_cycle = len(part) > 1 or part[0] in onward[part[0]]
            hops = min(at[node] for node in nodes)
            answer.found.append(End(tuple(nodes), hops, is_cycle))
    answer.found.sort(key=lambda end: (end.hops, end.nodes))
    answer.frontier.sort()
    return answer


def _onward[N, L](walked: Closure[N, L]) -> dict[_Place, list[_Place]]:
    """Where each told node, and each hidden part, leads."""
    onward: dict[_Place, list[_Place]] = {
        (True, node): [(True, after) for after in walked.plain(node)]
        for node in walked.found.at
    }
    for number, around in enumerate(walked.found.edges):
        onward[False, number] = [(True, n) for n, is_entry in around if not is_entry]
        for node, is_entry in around:
            if is_entry:
                onward[True, node].append((False, number))
    return onward


def components[N](onward: Mapping[N, Sequence[N]]) -> Iterator[tuple[N, ...]]:
    """The strongly connected components of a graph, ends first.

    Tarjan, Depth-first search and linear graph algorithms (1972), without recursion.
    """
    index: dict[N, int] = {}
    low: dict[N, int] = {}
    stack: list[N] = []
    is_open: set[N] = set()
    for first in onward:
        if first in index:
            continue
        pending = [(first, iter(onward[first]))]
        while pending:
            node, after = pending[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                stack.append(node)
                is_open.add(node)
            for following in after:
                if following not in index:
                    pending.append((following, iter(onward[following])))
                    break
                if following in is_open:
                    low[node] = min(low[node], index[following])
            else:
                pending.pop()
                if pending:
                    above = pending[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == index[node]:
                    yield _cut_off(node, stack, is_open)


def _cut_off[N](node: N, stack: list[N], is_open: set[N]) -> tuple[N, ...]:
    """Take a component, down to the node where it began, off the stack."""
    place = len(stack) - 1
    while stack[place] != node:
        place -= 1
    part = tuple(stack[place:])
    del stack[place:]
    is_open.difference_update(part)
    return part
