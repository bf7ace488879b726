"""What is asked of lineage: which way, at which level, when, how far, by whose word?"""

from dataclasses import dataclass, field
from enum import StrEnum

from lineage.column_sources import Transformation
from lineage.graph.cut import NOW, Cut
from lineage.graph.links import EFFECTIVE, Kind

__all__ = ["ALL_KINDS", "Direction", "Kind", "Level", "Question"]

MAX_HOPS = 1_000
MAX_NODES = 10_000
DEFAULT_HOPS = 20
DEFAULT_NODES = 1_000


class Direction(StrEnum):
    """Against the flow of data, with it, or each of them by itself."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    BOTH = "both"

    @property
    def ways(self) -> tuple[bool, ...]:
        """For each walk whether it goes downstream."""
        return {"upstream": (False,), "downstream": (True,)}.get(self, (False, True))


class Level(StrEnum):
    """What a step leads to: a job or dataset, or a column."""

    DATASET = "dataset"
    COLUMN = "column"


ALL_KINDS = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Question:
    """What a walk is to answer, wherever it starts.

    `statuses` (Edge.Status) and `kinds` say along which edges it goes. Of columns it
    goes along direct derivations alone where `is_direct`, and along those that mask
    nothing where `is_unmasked`; of what no producer says how, it is both.
    """

    direction: Direction = Direction.BOTH
    level: Level = Level.DATASET
    cut: Cut = NOW
    max_hops: int = DEFAULT_HOPS
    max_nodes: int = DEFAULT_NODES
    statuses: frozenset[int] = field(default=frozenset(EFFECTIVE))
    kinds: frozenset[Kind] = ALL_KINDS
    is_direct: bool = False
    is_unmasked: bool = False

    def goes_along(self, how: Transformation) -> bool:
        """Whether a column that comes from another in this way is walked to."""
        if self.is_direct and how.type.upper() == "INDIRECT":
            return False
        return not (self.is_unmasked and how.masking)
