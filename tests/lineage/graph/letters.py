"""Graphs of letters: capitals are told, small ones are hidden."""

from itertools import pairwise
from random import Random

from lineage.graph.layers import Link
from lineage.graph.ways import Streams


class Veil:
    hides_nothing = False

    def __init__(self, *, passes=True, tells=True):
        self.passes, self.tells = passes, tells

    def hidden_nodes(self, nodes):
        return {node for node in nodes if node.islower()}

    hidden_columns = hidden_nodes


class Letters:
    """A graph by its edges, one way."""

    def __init__(self, edges, *, is_upstream=False, **veil):
        self.edges = sorted((b, a) if is_upstream else (a, b) for a, b in edges)
        self.veil = Veil(**veil)

    def links(self, frontier, limit):
        wanted = set(frontier)
        return [Link(a, b, "") for a, b in self.edges if a in wanted][:limit]

    def hidden(self, nodes):
        return self.veil.hidden_nodes(nodes)

    def is_long(self, link):
        return False

    def is_last(self, node):
        return True


def both_ways(edges, **veil):
    return Streams(Letters(edges, **veil), Letters(edges, is_upstream=True, **veil))


def edges_of(text):
    """Such as "AB BxC": each word is a chain."""
    return {pair for word in text.split() for pair in pairwise(word)}


def random_edges(random: Random, nodes="ABCDEFuvwx"):
    count = random.randrange(4, 20)
    return {(random.choice(nodes), random.choice(nodes)) for _ in range(count)}


def told_steps(edges):
    """What a reader may know where walks pass: (from, to, whether it is nameless)."""
    onward = {}
    for one, other in edges:
        onward.setdefault(one, set()).add(other)
    steps = set()
    for one in filter(str.isupper, onward):
        pending = list(filter(str.islower, onward[one]))
        steps |= {(one, other, False) for other in onward[one] if other.isupper()}
        seen = set(pending)
        while pending:
            for other in onward.get(pending.pop(), ()):
                if other.isupper():
                    steps.add((one, other, True))
                elif other not in seen:
                    seen.add(other)
                    pending.append(other)
    return steps
