"""What may the reader of a walk be told of?"""

from collections.abc import Collection
from typing import NamedTuple, Protocol


class Node(NamedTuple):
    """A job or a canonical dataset, by its id."""

    is_job: bool
    id: int


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


class _NoVeil:
    """Everything is told."""

    passes = True
    tells = True
    hides_nothing = True

    def hidden_nodes(self, nodes: Collection[Node]) -> set[Node]:
        return set()

    def hidden_columns(self, columns: Collection[Column]) -> set[Column]:
        return set()


NO_VEIL: Veil = _NoVeil()
