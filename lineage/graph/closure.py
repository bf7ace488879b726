"""Which steps lead on from here, one way, and where did the walk break off?

A walk (`layers`) tells how far each node lies. A closure keeps the steps of one, those
through what is hidden among them, for questions about ways and ends.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from lineage.graph import layers
from lineage.graph.layers import Bounds, Graph, Layers, Link
from lineage.graph.veil import Veil


@dataclass(slots=True)
class Closure[N, L]:
    """What a walk found, and each step by the node that it leads from.

    `hidden` is all that is hidden next to what was met, for nobody's eyes. Of `asked`
    nodes all steps are known.
    """

    found: Layers[N, L]
    steps: dict[N, list[Link[N, L]]]
    hidden: set[N]
    asked: set[N]

    def plain(self, node: N) -> list[N]:
        """The told nodes that a step leads to."""
        at = self.found.at
        return [step.node for step in self.steps.get(node, ()) if step.node in at]

    def breaks_off_at(self, node: N, *, passes: bool) -> bool:
        """Whether a told node may have steps that the walk did not take.

        Where walks pass, hidden nodes have to be walked, too.
        """
        met = self.found.at.keys() | (self.found.hidden if passes else self.hidden)
        steps = self.steps.get(node, ())
        return node not in self.asked or any(step.node not in met for step in steps)


def closure[N, L](
    start: Collection[N], graph: Graph[N, L], bounds: Bounds
) -> Closure[N, L]:
    """Walk on from told nodes, and keep all that was learned on the way."""
    recorded = _Recorded(graph)
    found = layers.walk(start, recorded, bounds)
    return Closure(found, dict(recorded.steps), recorded.known_hidden, recorded.asked)


@dataclass(slots=True)
class _Recorded[N, L]:
    """A graph that remembers what it was asked, and answered."""

    graph: Graph[N, L]
    steps: defaultdict[N, list[Link[N, L]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    known_hidden: set[N] = field(default_factory=set)
    asked: set[N] = field(default_factory=set)

    @property
    def veil(self) -> Veil:
        return self.graph.veil

    def links(self, frontier: list[N], limit: int) -> list[Link[N, L]]:
        links = self.graph.links(frontier, limit)
        for link in links:
            if link.before not in self.asked:
                self.steps[link.before].append(link)
        if len(links) < limit:
            self.asked.update(frontier)
        return links

    def hidden(self, nodes: Collection[N]) -> set[N]:
        hidden = self.graph.hidden(nodes)
        self.known_hidden |= hidden
        return hidden

    def is_long(self, link: Link[N, L]) -> bool:
        return self.graph.is_long(link)

    def is_last(self, node: N) -> bool:
        return self.graph.is_last(node)
