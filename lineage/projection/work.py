"""What does one pass of the folds work on?"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lineage.projection.evidence import Evidence
from lineage.projection.facts import FacetFact, Facts, Moment
from lineage.projection.registry import Registry
from lineage.projection.rows import Session


@dataclass(slots=True)
class Work:
    """One transaction's evidence, the names and facts it needs, and what turns out.

    `unsettled_datasets` are those that a run had written, and did so earlier or never
    by what is known now.
    """

    cursor: Session
    registry: Registry
    known: Facts
    evidence: list[Evidence]
    own: Facts = field(default_factory=Facts)
    unsettled_datasets: set[int] = field(default_factory=set)
    facts: dict[int, FacetFact] = field(default_factory=dict)
    moments: dict[int, Moment] = field(default_factory=dict)

    def need_facets(self, ids: Iterable[int]) -> None:
        """Make sure that `facts` has these."""
        missing = {i for i in ids if i not in self.facts}
        for i in list(missing):
            fact = self.known.facets.get(i) or self.own.facets.get(i)
            if fact is not None:
                self.facts[i] = fact
                missing.discard(i)
        if missing:
            self.own.load_facets(self.cursor, missing)
            self.facts.update((i, self.own.facets[i]) for i in missing)

    def carries(self, facets: Iterable[int], key: tuple[int, str]) -> bool:
        """Is a facet of this scope and key among these, be it a tombstone?"""
        return any((self.facts[i].scope, self.facts[i].key) == key for i in facets)

    def need_moments(self, ids: Iterable[int | None]) -> None:
        """Make sure that `moments` has these."""
        missing = {i for i in ids if i is not None and i not in self.moments}
        for i in list(missing):
            moment = self.known.moments.get(i) or self.own.moments.get(i)
            if moment is not None:
                self.moments[i] = moment
                missing.discard(i)
        if missing:
            self.own.load_moments(self.cursor, missing)
            self.moments.update((i, self.own.moments[i]) for i in missing)
