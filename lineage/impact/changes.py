"""What would somebody change?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from catalog.models import Dataset, Job
from lineage.graph.columns import Column
from lineage.graph.veil import Node
from lineage.impact.answers import Start
from lineage.impact.durations import told_duration
from lineage.impact.severities import ADDITIONS, OF_COLUMNS, Kind
from lineage.impact.walking import Named

# A namespace of more datasets is told in part.
MAX_STARTS = 1_000

WORDS: dict[Kind, str] = {
    Kind.DROP_DATASET: "Drop",
    Kind.RENAME_DATASET: "Rename",
    Kind.DROP_COLUMN: "Drop",
    Kind.RENAME_COLUMN: "Rename",
    Kind.RETYPE_COLUMN: "Change the type of",
    Kind.NULL_COLUMN: "Let nulls into",
    Kind.REDEFINE_COLUMN: "Change the meaning of",
    Kind.STOP_JOB: "Stop",
    Kind.DELAY_JOB: "Delay",
    Kind.ERASE_SUBJECT: "Erase a person's data from",
    Kind.REVOKE_SOURCE: "Revoke",
    Kind.ADD_DATASET: "Add",
    Kind.ADD_COLUMN: "Add",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change, and the assets or columns that it is done to.

    `name` says so where there are none: what is added, or a namespace that is revoked.
    `was` and `to` are types or names before and after; `by` is a delay. `is_partial`
    says that there would be more starts than a walk takes.
    """

    kind: Kind
    starts: tuple[Start, ...] = ()
    name: str = ""
    was: str = ""
    to: str = ""
    by: timedelta | None = None
    is_partial: bool = False

    def __str__(self) -> str:
        what = self.name or ", ".join(spelt(start) for start in self.starts)
        words = f"{WORDS[self.kind]} {what}"
        if self.was and self.to:
            return f"{words} from {self.was} to {self.to}"
        if self.to:
            return f"{words} to {self.to}"
        return f"{words} by {told_duration(self.by)}" if self.by else words


@dataclass(frozen=True, slots=True)
class Wave:
    """Changes that do the same over the same links, so that one walk tells of all."""

    kind: Kind
    by: timedelta | None
    starts: frozenset[Named]


def waves(changes: Iterable[Change]) -> list[Wave]:
    """Changes, put together as far as one walk can tell of them."""
    groups: defaultdict[tuple[Kind, timedelta | None], set[Named]] = defaultdict(set)
    for change in changes:
        if change.kind not in ADDITIONS:
            groups[change.kind, change.by] |= nodes(change)
    ordered = sorted(groups.items(), key=lambda one: list(Kind).index(one[0][0]))
    return [Wave(kind, by, frozenset(s)) for (kind, by), s in ordered if s]


def nodes(change: Change) -> set[Named]:
    """The places at which a change begins."""
    if change.kind in OF_COLUMNS:
        return {Column(start.asset.pk, start.column) for start in change.starts}
    return {
        Node(isinstance(start.asset, Job), start.asset.pk) for start in change.starts
    }


def changed(changes: Iterable[Change]) -> set[tuple[bool, int, str]]:
    """What is changed itself, as keys of hits: it is no hit of the others."""
    return {
        (isinstance(start.asset, Job), start.asset.pk, start.column)
        for change in changes
        for start in change.starts
    }


def spelt(start: Start) -> str:
    return f"{start.asset.name}.{start.column}" if start.column else start.asset.name


def of_namespace(name: str, datasets: Collection[Dataset]) -> Change:
    """The revocation of a source: all that lies in a namespace."""
    ordered = sorted(datasets, key=lambda dataset: dataset.name)
    starts = tuple(Start(dataset) for dataset in ordered[:MAX_STARTS])
    return Change(
        Kind.REVOKE_SOURCE, starts, name=name, is_partial=len(ordered) > MAX_STARTS
    )
