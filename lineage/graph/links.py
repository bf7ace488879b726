"""Who reads and writes what, as walks over jobs and datasets know it?"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

import psycopg
from django.db import connection

from lineage.graph.veil import Node
from lineage.models import Edge

EFFECTIVE = (int(Edge.Status.EFFECTIVE), int(Edge.Status.ATTEMPT))

# A walk's own words, beside those of Edge: a flow from one dataset to another, and an
# edge that no event asserts.
FLOW = 3
MANUAL = 0

# Manual edges, in the shape of edges. By the partial index of the end that is asked by.
IN_FORCE: LiteralString = (
    "m.recorded_to IS NULL"
    " AND (m.expires_at IS NULL OR m.expires_at > statement_timestamp())"
)
# The same, but what a reader is not told of; `unsaid` has the ids.
TOLD: LiteralString = f"{IN_FORCE} AND m.id <> ALL(%(unsaid)b::bigint[])"


class Kind(StrEnum):
    """Who says that data flows along an edge.

    A `lineage` facet, a `columnLineage` facet, the inputs and outputs of a run or a
    job event, people.
    """

    EXPLICIT = "explicit"
    COLUMN = "column"
    IO = "io"
    MANUAL = "manual"


class Said(NamedTuple):
    """What is said of one step: in which state it is, and by what."""

    status: int  # Edge.Status, or MANUAL
    kind: Kind


@dataclass(slots=True)
class Link:
    """A job reads or writes a canonical dataset, under whichever of its names.

    `is_manual` says that people declare it, beside events or alone (status MANUAL).
    """

    job: int
    dataset: int
    direction: int  # Edge.Direction
    status: int  # Edge.Status, or MANUAL
    is_manual: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        """As it is called in a walk."""
        return self.job, self.dataset, self.direction

    @property
    def is_output(self) -> bool:
        return self.direction == Edge.Direction.OUTPUT

    @property
    def is_asserted(self) -> bool:
        """Whether events tell of it."""
        return self.status != MANUAL

    def unite(self, status: int) -> None:
        """Take in what is said of it under another name, or by people."""
        if status == MANUAL:
            self.is_manual = True
        elif not self.is_asserted or status < self.status:
            self.status = status


@dataclass(slots=True)
class Walk:
    """What a walk met: ids of jobs and canonical datasets, and the links among them.

    `flows` are pairs of datasets of which people say that the second comes from the
    first, by no job that the catalog knows. `is_truncated` says that there is more,
    which was left out to stay within bounds. `withheld` are the told nodes around each
    part of the graph that is hidden, as (node, whether data flows from it).
    """

    jobs: set[int] = field(default_factory=set)
    datasets: set[int] = field(default_factory=set)
    links: dict[tuple[int, int, int], Link] = field(default_factory=dict)
    flows: set[tuple[int, int]] = field(default_factory=set)
    is_truncated: bool = False
    withheld: list[frozenset[tuple[Node, bool]]] = field(default_factory=list)


def fetch(
    sql: LiteralString, parameters: list[Any] | dict[str, Any]
) -> list[tuple[Any, ...]]:
    """Ask by a cursor that binds on the server: a walk asks often and for little.

    The statements are prepared: to plan one takes several times as long as to run it.
    """
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = 0
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        return cursor.execute(sql, parameters, binary=True).fetchall()
