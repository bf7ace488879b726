"""What is a reader told of single places of a walk: which are they, and what kind?"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from lineage.graph.cut import NOW, Cut
from lineage.graph.veil import Column
from lineage.reader import Reader
from lineage.walks import naming
from lineage.walks.naming import Known, node_of
from lineage.walks.streams import whole
from lineage.walks.walking import Place


@dataclass(frozen=True, slots=True)
class Named:
    """A place, and what is known of it: nothing of what is deleted."""

    place: Place
    known: Known | None

    @property
    def column(self) -> str:
        return self.place.field if isinstance(self.place, Column) else ""

    @property
    def kind(self) -> str:
        if self.known is None:
            return "deleted"
        if self.column:
            return "column"
        return "job" if self.known.node.is_job else "dataset"

    @property
    def node_id(self) -> str | None:
        return self.known.column_id(self.column) if self.known else None

    @property
    def order(self) -> tuple[Any, ...]:
        """By names, what has none last."""
        if self.known is None:
            return True, self.place
        known = self.known
        return False, known.namespace, known.name, known.node.is_job, self.column


def named(places: Iterable[Any], reader: Reader, cut: Cut = NOW) -> dict[Place, Named]:
    """What is known of each place, whole jobs; a fixed number of queries.

    At a past cut a dataset has the name that it had then.
    """
    wanted: set[Place] = {whole(place) for place in places}
    known = naming.known(wanted, reader, cut)
    return {place: Named(place, known.get(node_of(place))) for place in wanted}


def ranks(places: Collection[Any], told: dict[Place, Named]) -> dict[Any, int]:
    """The order of places by names; the parts of one job have one rank."""
    ordered = sorted({whole(place) for place in places}, key=lambda p: told[p].order)
    rank = {place: number for number, place in enumerate(ordered)}
    return {place: rank[whole(place)] for place in places}
