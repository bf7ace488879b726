"""What may the reader of a walk be told of?"""

from collections.abc import Collection
from typing import NamedTuple, Protocol


class Node(NamedTuple):
    """A job or a canonical dataset, by its id.

    Where a job's `lineage` facet says what comes from what, `part` tells what it makes
    of its own: the dataset, by id, into which that part of the job leads. The rest of
    the job is the part 0.
    """

    is_job: bool
    id: int
    part: int = 0

    @property
    def whole(self) -> "Node":
        """The job itself, whichever part of it this is."""
        return self._replace(part=0) if self.part else self


class Column(NamedTuple):
    """A column of a canonical dataset; nested fields are dotted."""

    dataset: int
    field: str


class Veil(Protocol):
    """What is hidden from a reader, whether walks pass through it, and tell of it."""

    @property
    def passes(self) -> bool: ...

    @property
    def tells(self) -> bool: ...

    @property
    def hides_nothing(self) -> bool: ...

    def hidden_nodes(self, nodes: Collection[Node]) -> set[Node]: ...

    def hidden_columns(self, columns: Collection[Column]) -> set[Column]: ...

    def denied_columns(self, columns: Collection[Column]) -> set[Column]:
        """Those that are hidden by themselves, whatever is of their datasets."""

    def unsaid_edges(self) -> list[int]:
        """Manual edges, by id, that name hidden columns, where walks stop at these."""

    def is_unsaid(self, text: str) -> bool:
        """Whether a text about the columns of a walk names hidden ones."""


class _NoVeil:
    """Everything is told."""

    passes = True
    tells = True
    hides_nothing = True

    def hidden_nodes(self, nodes: Collection[Node]) -> set[Node]:
        return set()

    def hidden_columns(self, columns: Collection[Column]) -> set[Column]:
        return set()

    def denied_columns(self, columns: Collection[Column]) -> set[Column]:
        return set()

    def unsaid_edges(self) -> list[int]:
        return []

    def is_unsaid(self, text: str) -> bool:
        return False


NO_VEIL: Veil = _NoVeil()
