"""By which ways does data come from one place to another, for one reader?"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from lineage.graph import ways
from lineage.graph.question import Question
from lineage.graph.veil import Node
from lineage.graph.ways import Bound, Ground, Streams, Way, ground_between
from lineage.reader import Reader
from lineage.walks import naming, walking, words
from lineage.walks.places import Named, named, ranks
from lineage.walks.streams import Stream, stream, whole
from lineage.walks.walking import Edge, Place
from lineage.walks.words import Word

MAX_PATHS = 1_000
# Paths of so many steps together have some ten megabytes: more are not told.
MAX_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class Step:
    """One place on a path; without `place` it is a stretch that is hidden.

    `way` and `words` are of the edge that leads here from the place before.
    """

    place: Named | None
    way: walking.Way | None = None
    words: list[Word] = field(default_factory=list)


@dataclass(slots=True)
class Paths:
    """Paths from here to there, the shortest first, and what others were kept out by.

    `withheld` counts the nameless steps of these paths, or, where walks stop, what is
    hidden next to all that lies between. `names` has the nodeIds of jobs that assert
    edges.
    """

    found: list[list[Step]] = field(default_factory=list)
    bounds: set[Bound] = field(default_factory=set)
    withheld: int = 0
    names: dict[Any, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not (self.bounds or self.withheld)


def paths(
    start: Place, goal: Place, question: Question, reader: Reader, *, max_paths: int
) -> Paths:
    """Find the paths along which data comes from start to goal, both told.

    The cost follows the smaller of what is downstream of the one and upstream of the
    other, and the number of paths.
    """
    down, up = (
        stream(question, reader.veil, is_downstream=with_flow)
        for with_flow in (True, False)
    )
    starts, goals = down.starts([start]), up.starts([goal])
    ground = ground_between(
        starts,
        goals,
        Streams(down, up),
        max_hops=question.max_hops,
        max_nodes=question.max_nodes,
    )
    told: dict[Place, Named] = {}

    def rank(places: Collection[Any]) -> dict[Any, int]:
        told.update(named(places, reader, question.cut))
        return ranks(places, told)

    found = ways.ways(
        ground,
        starts,
        goals,
        max_hops=question.max_hops,
        max_ways=max_paths,
        rank=rank,
    )
    _keep_to_room(found)
    answer = Paths(bounds=found.bounds, withheld=ground.walls or _nameless(found.found))
    edges = _edges(found.found, ground, down)
    said = words.of_edges(edges, question, reader)
    answer.names = _names(said.values(), reader)
    answer.found = [[*_steps(way, told, edges, said)] for way in found.found]
    return answer


def _keep_to_room(found: ways.Ways[Any]) -> None:
    """Leave the longest paths out, as far as there are too many steps; never all."""
    room = MAX_STEPS
    for number, way in enumerate(found.found):
        room -= len(way)
        if room < 0 and number:
            del found.found[number:]
            found.bounds.add(Bound.PATHS)
            return


def _nameless(found: Iterable[Way[Any]]) -> int:
    around = set()
    for way in found:
        for number, place in enumerate(way):
            if place is None:  # never at an end
                around.add((_whole(way[number - 1]), _whole(way[number + 1])))
    return len(around)


def _edges(
    found: Iterable[Way[Any]], ground: Ground[Any, Any], graph: Stream[Any, Any]
) -> dict[Edge, walking.Way]:
    """The edges of ways, of whole jobs, each with what is said of it."""
    edges: dict[Edge, walking.Way] = {}
    for source, target in {pair for way in found for pair in pairwise(way)}:
        if source is None or target is None:
            continue
        way = edges.setdefault((whole(source), whole(target)), walking.Way())
        for what in ground.said[source, target]:
            walking.unite(way, what, graph)
    return edges


def _steps(
    way: Way[Any],
    told: dict[Place, Named],
    edges: dict[Edge, walking.Way],
    said: dict[Edge, list[Word]],
) -> Iterable[Step]:
    yield Step(told[_whole(way[0])])
    for before, place in pairwise(way):
        if place is None:
            yield Step(None)
        elif before is None:
            yield Step(told[whole(place)])
        else:
            edge = whole(before), whole(place)
            yield Step(told[edge[1]], edges[edge], said[edge])


def _whole(place: Any) -> Place:
    return whole(place)


def _names(said: Iterable[list[Word]], reader: Reader) -> dict[Any, str]:
    jobs = {word.job for some in said for word in some if word.job is not None}
    nodes = {Node(True, job) for job in jobs}
    return {node: one.node_id for node, one in naming.known(nodes, reader).items()}
