"""What is known of facets and events, as far as the folds need it?"""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from catalog.models import Facet
from lineage import facets
from lineage.conformance import Conformance
from lineage.openlineage import Scope
from lineage.projection.rows import Session, fetch

SCOPES: dict[Scope, int] = {
    "run": Facet.Scope.RUN,
    "job": Facet.Scope.JOB,
    "dataset": Facet.Scope.DATASET,
    "input": Facet.Scope.INPUT,
    "output": Facet.Scope.OUTPUT,
}
SCOPE_NAMES: dict[int, Scope] = {number: name for name, number in SCOPES.items()}

# The facets whose value a fold reads; of all others a fold needs only the key.
READ_BY_FOLDS = [
    "parent",
    "jobType",
    "nominalTime",
    "lifecycleStateChange",
    "symlinks",
    "jobDependencies",
    "lineage",
]
# A reading of a huge facet is not worth its memory, nor are many old ones.
MAX_CACHED_FACET_BYTES = 65_536
MAX_CACHED_FACETS = 20_000
# The definition of a dataset that was written or read without showing a schema.
EMPTY_DEFINITION = sha256(b"[]").digest()


class Moment(NamedTuple):
    """What decides between two assertions: event time, then the event's digest."""

    at: datetime
    digest: bytes


class FacetFact:
    """One distinct facet: what a fold may ask about it."""

    __slots__ = (
        "__dict__",
        "body",
        "definition",
        "digest",
        "is_deleted",
        "key",
        "scope",
    )

    def __init__(
        self,
        scope: int,
        key: str,
        body: str,
        *,
        is_deleted: bool,
        definition: bytes | None,
        digest: bytes = b"",
    ) -> None:
        self.scope = scope
        self.key = key
        self.body = body
        self.is_deleted = is_deleted
        self.definition = definition
        self.digest = digest

    @cached_property
    def value(self) -> Any:
        """The typed reading (`lineage.facets`), or None where there is none."""
        return facets.read(SCOPE_NAMES[self.scope], self.key, self.body.encode()).value


class FacetReading(NamedTuple):
    """A facet as one event sent it, read."""

    fact: FacetFact
    warnings: tuple[Conformance, ...]


_readings: dict[tuple[Scope, str, bytes], FacetReading] = {}


def read_facet(scope: Scope, key: str, body: bytes) -> FacetReading:
    """Read a facet; the same bytes are read once in a process."""
    cache_key = (scope, key, body)
    known = _readings.get(cache_key)
    if known is not None:
        return known
    reading = facets.read(scope, key, body)
    number = SCOPES[scope]
    fact = FacetFact(
        number,
        key,
        reading.body.decode(),
        is_deleted=reading.deleted,
        definition=_definition(key, reading.value),
        digest=sha256(b"%d\0%s\0%s" % (number, key.encode(), reading.body)).digest(),
    )
    fact.__dict__["value"] = reading.value
    result = FacetReading(fact, reading.warnings)
    if len(body) <= MAX_CACHED_FACET_BYTES:
        if len(_readings) >= MAX_CACHED_FACETS:
            _readings.clear()
        _readings[cache_key] = result
    return result


def _definition(key: str, value: Any) -> bytes | None:
    """What makes one schema the same as another: its columns' paths and types."""
    if key != "schema" or value is None:
        return None
    columns = sorted((column.path, column.type) for column in value.columns)
    return sha256(orjson.dumps(columns)).digest()


# By primary key.
FACETS = """
SELECT id, scope, key, CASE WHEN key = ANY(%s) THEN body ELSE '' END, is_deleted,
       definition
FROM catalog_facet WHERE id = ANY(%s)
"""
# By primary key.
MOMENTS = "SELECT id, event_time, digest FROM lineage_event WHERE id = ANY(%s)"


class Facts:
    """Facets and moments by id, loaded when a fold first needs them.

    They never change once committed, so a process keeps them; `limit` bounds how many.
    """

    def __init__(self, limit: int = 200_000) -> None:
        self.facets: dict[int, FacetFact] = {}
        self.moments: dict[int, Moment] = {}
        self.limit = limit

    def load_facets(self, cursor: Session, ids: Iterable[int]) -> None:
        missing = [i for i in set(ids) if i not in self.facets]
        if missing:
            for i, scope, key, body, is_deleted, definition in fetch(
                cursor, FACETS, READ_BY_FOLDS, missing
            ):
                self.facets[i] = FacetFact(
                    scope, key, body, is_deleted=is_deleted, definition=definition
                )

    def load_moments(self, cursor: Session, ids: Iterable[int | None]) -> None:
        missing = [i for i in set(ids) if i is not None and i not in self.moments]
        if missing:
            for i, at, digest in fetch(cursor, MOMENTS, missing):
                self.moments[i] = Moment(at, digest)

    def absorb(self, other: "Facts") -> None:
        """Take over what a committed transaction learnt."""
        if len(self.facets) + len(self.moments) > self.limit:
            self.facets.clear()
            self.moments.clear()
        self.facets.update(other.facets)
        self.moments.update(other.moments)
