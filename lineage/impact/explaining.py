"""By which way is each place hit hardest?

The strength of a way is that of its weakest link. From the strongest rule to the
weakest, what can be reached over links that are at least as strong is reached by it,
each place by a shortest way of those, and of these by names.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from lineage.impact.severities import Rule


@dataclass(frozen=True, slots=True)
class Reached[P]:
    """How a place is hit, and from which place it is reached so."""

    rule: Rule
    parent: P


def explain[P: Hashable](
    starts: Collection[P],
    links: Mapping[tuple[P, P], Rule],
    order: Callable[[P], Any],
) -> dict[P, Reached[P]]:
    """The rule and parent of each place that links lead to from the starts.

    `links` are (from, to); `order` ranks places that lie equally far. Parents come
    before their children.
    """
    onward: defaultdict[P, list[tuple[P, Rule]]] = defaultdict(list)
    for (before, place), rule in links.items():
        onward[before].append((place, rule))
    reached: dict[P, Reached[P]] = {}
    for level in sorted(set(links.values()), key=lambda rule: rule.weakness):
        _reach(level, starts, onward, reached, order)
    return reached


def _reach[P](
    level: Rule,
    starts: Collection[P],
    onward: Mapping[P, list[tuple[P, Rule]]],
    reached: dict[P, Reached[P]],
    order: Callable[[P], Any],
) -> None:
    """Walk over links that are at least so strong; take in what is met anew.

    Places without names rank by the way that leads to them.
    """
    ranks: dict[P, Any] = {start: (order(start), ()) for start in starts}
    frontier = sorted(ranks, key=ranks.__getitem__)
    while frontier:
        following: dict[P, P] = {}
        for place in frontier:
            for other, rule in onward.get(place, ()):
                if other not in ranks and rule.weakness <= level.weakness:
                    following.setdefault(other, place)
        for other, parent in following.items():
            ranks[other] = order(other), ranks[parent]
            reached.setdefault(other, Reached(level, parent))
        frontier = sorted(following, key=ranks.__getitem__)
