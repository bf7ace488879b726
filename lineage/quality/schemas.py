"""When did a dataset's columns change, from one write to the next?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from catalog import facets
from catalog.facets import Field
from catalog.models import Facet
from catalog.schema_diff import SchemaDiff, diff
from lineage.quality.evidence import Touch
from lineage.quality.past import Standing


@dataclass(frozen=True, slots=True)
class Change:
    """A write, or a dataset event, showed other columns than the one before it."""

    at: datetime
    run: Standing | None
    diff: SchemaDiff


@dataclass(frozen=True, slots=True)
class Shown:
    """Which columns a write, or a dataset event, showed."""

    at: datetime
    run: Standing | None
    definition: bytes
    fields: list[Field]


def shown(touches: Iterable[Touch]) -> list[Shown]:
    """The schemas that writes and dataset events showed, oldest first.

    What a reader shows may be a projection, and counts for nothing here.
    """
    read: dict[int, list[Field]] = {}
    found = []
    for touch in sorted(touches, key=lambda touch: touch.key):
        facet = _schema(touch) if touch.writes or touch.run is None else None
        if facet is None:
            continue
        # A facet that was cut for a reader is another object than the whole one.
        fields = read.setdefault(id(facet), facets.fields(facet))
        own = bytes(facet.definition or b"")
        found.append(Shown(touch.at, touch.run, own, fields))
    return found


def changes(shown: list[Shown]) -> list[Change]:
    """What changed from one to the next, latest first; what only looks so is none."""
    found = []
    for before, after in pairwise(shown):
        if before.fields is after.fields:
            continue
        told = diff(before.fields, after.fields)
        if not told.is_empty:
            found.append(Change(after.at, after.run, told))
    return found[::-1]


def _schema(touch: Touch) -> Facet | None:
    for facet in touch.facets:
        is_schema = facet.key == "schema" and facet.scope == Facet.Scope.DATASET
        if is_schema and facet.definition is not None:
            return facet
    return None
