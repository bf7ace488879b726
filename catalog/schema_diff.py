"""What changed between two definitions of a dataset, column by column?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from catalog.facets import Field


class Retyped(NamedTuple):
    path: str
    was: str
    now: str


@dataclass(frozen=True)
class SchemaDiff:
    """Columns by path. A renamed one is removed and added: events do not say more."""

    added: list[Field]
    removed: list[Field]
    retyped: list[Retyped]
    redescribed: list[str]
    is_reordered: bool

    @property
    def is_empty(self) -> bool:
        return not (
            self.added
            or self.removed
            or self.retyped
            or self.redescribed
            or self.is_reordered
        )


def diff(old: Iterable[Field], new: Iterable[Field]) -> SchemaDiff:
    """What became of the columns `old` in `new`.

    Types are compared as they are spelt, but for their case: producers differ in that
    from one version to the next.
    """
    before = {field.path: field for field in old}
    after = {field.path: field for field in new}
    kept = [path for path in after if path in before]
    return SchemaDiff(
        added=[field for path, field in after.items() if path not in before],
        removed=[field for path, field in before.items() if path not in after],
        retyped=[
            Retyped(path, before[path].type or "", after[path].type or "")
            for path in kept
            if _folded(before[path].type) != _folded(after[path].type)
        ],
        redescribed=[
            path
            for path in kept
            if (before[path].description or "") != (after[path].description or "")
        ],
        is_reordered=kept != [path for path in before if path in after],
    )


def _folded(name: str | None) -> str:
    return (name or "").casefold()
