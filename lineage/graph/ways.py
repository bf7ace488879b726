"""By which ways does data come from here to there, the shortest first?

A way meets no told node twice. What is hidden on it is one nameless step, however long
it is: whether two such steps are the same nobody is told, so they may be.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from lineage.graph.closure import Closure, closure
from lineage.graph.layers import Bounds, Graph

# Where the smaller of two walks tells all, the larger one need not end: both begin with
# so many nodes, and with ten times as many until one of them is whole.
FIRST_ROOM = 100
# Where ways part and meet again there may be more than anybody can list, and of those
# that run into themselves none is one: looking for more ends here.
MAX_TRIES = 50_000

# Of ways of one length those with nameless steps come last.
NAMELESS = 2**31


class Bound(StrEnum):
    """Why there may be ways that are not told."""

    HOPS = "hops"  # longer ones
    PATHS = "paths"  # more than were asked for
    NODES = "nodes"  # too much lies around both ends
    EFFORT = "effort"  # too much was tried in vain


type Way[N] = tuple[N | None, ...]  # None is a nameless step


class Streams[N, L](NamedTuple):
    """What is walked, with the flow of data and against it."""

    downstream: Graph[N, L]
    upstream: Graph[N, L]


@dataclass(slots=True)
class Ground[N, L]:
    """The steps on which ways are looked for, as data flows.

    `said` is what is known of each. `is_whole` says that no way leads elsewhere, but
    for longer ones where it `is_far`. `walls` counts what is hidden next to it, where
    walks stop there.
    """

    onward: defaultdict[N, list[N]] = field(default_factory=lambda: defaultdict(list))
    back: defaultdict[N, list[N]] = field(default_factory=lambda: defaultdict(list))
    said: dict[tuple[N, N], list[L]] = field(default_factory=dict)
    told: set[N] = field(default_factory=set)
    hidden: set[N] = field(default_factory=set)
    is_whole: bool = True
    is_far: bool = False
    walls: int = 0

    def add(self, walked: Closure[N, L], *, is_upstream: bool, passes: bool) -> None:
        """Take in what a closure met; what it met of the hidden, if walks pass."""
        self.told |= walked.found.at.keys()
        if passes:
            self.hidden |= walked.found.hidden
        else:
            self.walls += len(walked.found.edges)
        for steps in walked.steps.values():
            for step in steps:
                ends = (step.before, step.node)
                source, target = reversed(ends) if is_upstream else ends
                self._add(source, target, step.what)

    def _add(self, source: N, target: N, what: L) -> None:
        said = self.said.get((source, target))
        if said is None:
            said = self.said[source, target] = []
            self.onward[source].append(target)
            self.back[target].append(source)
        if what not in said:
            said.append(what)

    def hops_to(self, goal: Collection[N]) -> dict[N, int]:
        """How far the goal is from wherever it can be reached; hidden nodes too.

        From one hidden node to the next it is no step.
        """
        hops = dict.fromkeys(goal, 0)
        pending = deque(hops)
        known = self.told | self.hidden
        while pending:
            node = pending.popleft()
            for before in self.back.get(node, ()):
                is_inside = before in self.hidden and node in self.hidden
                far = hops[node] + (not is_inside)
                if before not in known or hops.get(before, far + 1) <= far:
                    continue
                hops[before] = far
                if is_inside:
                    pending.appendleft(before)
                else:
                    pending.append(before)
        return hops

    def behind(self, node: N, hops: dict[N, int]) -> Iterator[N]:
        """The told nodes that hidden ones next to a node lead to, on to the goal."""
        pending = [n for n in self.onward.get(node, ()) if n in self.hidden]
        seen = set(pending)
        while pending:
            for following in self.onward.get(pending.pop(), ()):
                if following in seen or following not in hops:
                    continue
                seen.add(following)
                if following in self.hidden:
                    pending.append(following)
                else:
                    yield following


@dataclass(slots=True)
class Ways[N]:
    """Ways from here to there, the shortest first; `bounds` kept others from being
    looked for."""

    found: list[Way[N]] = field(default_factory=list)
    bounds: set[Bound] = field(default_factory=set)


def ground_between[N, L](
    start: Collection[N],
    goal: Collection[N],
    streams: Streams[N, L],
    *,
    max_hops: int,
    max_nodes: int,
) -> Ground[N, L]:
    """The steps that any way from start to goal may take.

    All such ways lie downstream of the start, and upstream of the goal: the smaller one
    is enough, so that the cost follows it. Where both are too large, what is near to
    either.
    """
    ground: Ground[N, L] = Ground()
    # What lies beyond, behind something hidden at the last: whether there is anything.
    max_steps = max_hops + 2
    for room in _rooms(max_nodes):
        walked = []
        within = Bounds(max_steps, room, looks_on=False)
        for is_upstream, first in ((True, goal), (False, start)):
            graph = streams.upstream if is_upstream else streams.downstream
            one = closure(first, graph, within)
            walked.append((one, is_upstream))
            if not one.found.is_truncated:
                walked = walked[-1:]
                break
        if len(walked) == 1:
            break
    ground.is_whole = len(walked) == 1
    for one, is_upstream in walked:
        ground.add(one, is_upstream=is_upstream, passes=streams.upstream.veil.passes)
        ground.is_far |= any(hops > max_hops for hops in one.found.at.values())
    return ground


def _rooms(most: int) -> Iterator[int]:
    room = FIRST_ROOM
    while room < most:
        yield room
        room *= 10
    yield most


def ways[N, L](
    ground: Ground[N, L],
    start: Collection[N],
    goal: Collection[N],
    *,
    max_hops: int,
    max_ways: int,
    rank: Callable[[Collection[N]], dict[N, int]],
) -> Ways[N]:
    """Find ways of at most `max_hops`, all the shorter ones before any longer one.

    `rank` orders nodes, and gives those that are told as one the same place: ways that
    are told alike are one. From a node to itself are the ways that lead back to it.
    """
    hops = ground.hops_to(goal)
    told = {node for node in hops if node in ground.told} | {*start}
    search = _Search(ground, hops, frozenset(goal), rank(told), max_hops)
    answer = search.go(start, max_ways)
    if ground.is_far or search.is_cut:
        answer.bounds.add(Bound.HOPS)
    if not ground.is_whole:
        answer.bounds.add(Bound.NODES)
    return answer


type _Key = tuple[int, ...]  # the rank of each step


@dataclass(slots=True)
class _Search[N, L]:
    """Ways on their way, the one that may become the shortest first."""

    ground: Ground[N, L]
    hops: dict[N, int]
    goal: frozenset[N]
    ranks: dict[N, int]
    max_hops: int
    open: list[tuple[int, _Key, int, Way[N]]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    is_cut: bool = False
    _behind: dict[N, list[N]] = field(default_factory=dict)

    def go(self, start: Iterable[N], max_ways: int) -> Ways[N]:
        answer: Ways[N] = Ways()
        told: set[_Key] = set()
        for node in start:
            self.extend((), (), node)
        for _ in range(MAX_TRIES):
            if not self.open:
                return answer
            _, key, _, way = heappop(self.open)
            if way[-1] in self.goal and len(way) > 1:
                if key not in told and len(answer.found) == max_ways:
                    answer.bounds.add(Bound.PATHS)
                    return answer
                if key not in told:
                    told.add(key)
                    answer.found.append(way)
                continue
            self.go_on(way, key)
        answer.bounds.add(Bound.EFFORT)
        return answer

    def go_on(self, way: Way[N], key: _Key) -> None:
        last = way[-1]
        assert last is not None
        for node in self.ground.onward.get(last, ()):
            if node in self.hops and node in self.ground.told:
                self.extend(way, key, node)
        for node in self.behind(last):
            self.extend((*way, None), (*key, NAMELESS), node)

    def behind(self, node: N) -> list[N]:
        if node not in self._behind:
            self._behind[node] = [*self.ground.behind(node, self.hops)]
        return self._behind[node]

    def extend(self, way: Way[N], key: _Key, node: N) -> None:
        rank = self.ranks[node]
        # Only the goal may be where the way began.
        if rank in key[node in self.goal :]:
            return
        far = len(way) + self.hops.get(node, 0)
        if far > self.max_hops:
            self.is_cut |= node in self.hops
            return
        entry = (far, (*key, rank), next(self.numbers), (*way, node))
        heappush(self.open, entry)
