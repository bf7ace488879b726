"""How does a table as somebody proposes it differ from the one that is there?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import SqlglotError

from catalog.facets import Field
from catalog.models import Dataset
from lineage.impact.answers import Start
from lineage.impact.changes import Change
from lineage.impact.severities import Kind

# Without a length or precision these are what each dialect makes of them.
TEXTS = exp.DataType.TEXT_TYPES


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it would be: its columns with their types, empty where none is said.

    `is_whole` says that it would have these columns and no others.
    """

    name: str
    columns: Mapping[str, str]
    is_whole: bool


@dataclass(slots=True)
class Proposal:
    """What a proposal changes; `unresolved` is what could not be compared, and why."""

    changes: list[Change] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)

    def compare(
        self,
        table: Table,
        dataset: Dataset | None,
        known: Mapping[str, Field],
        dialect: str,
    ) -> None:
        """Add what is different in one table."""
        if dataset is None:
            self.changes.append(Change(Kind.ADD_DATASET, name=table.name))
            return
        if not known and table.columns:
            self.unresolved.append(f"{table.name}: its columns are not known here.")
            return
        self.changes += differences(table, dataset, known, dialect)


def differences(
    table: Table, dataset: Dataset, known: Mapping[str, Field], dialect: str
) -> Iterable[Change]:
    """The columns that go, come, or get another type; upper and lower case are one."""
    would_be = {name.lower(): of_type for name, of_type in table.columns.items()}
    for name, one in known.items():
        start = (Start(dataset, name),)
        if name.lower() not in would_be:
            if table.is_whole:
                yield Change(Kind.DROP_COLUMN, start)
            continue
        of_type = would_be[name.lower()]
        if of_type and one.type and not is_same_type(one.type, of_type, dialect):
            yield Change(Kind.RETYPE_COLUMN, start, was=one.type, to=of_type)
    there = {name.lower() for name in known}
    for name in table.columns:
        if name.lower() not in there:
            yield Change(Kind.ADD_COLUMN, name=f"{dataset.name}.{name}")


def is_same_type(one: str, other: str, dialect: str) -> bool:
    """Whether two spellings are one type to a dialect of SQL.

    What one of them leaves open, as a length or precision, the other may say.
    """
    if _plain(one) == _plain(other):
        return True
    try:
        left = exp.DataType.build(one, dialect=dialect)
        right = exp.DataType.build(other, dialect=dialect)
    except (SqlglotError, ValueError, RecursionError):
        return False
    if left == right:
        return True
    is_open = not left.expressions or not right.expressions
    is_text = left.this in TEXTS and right.this in TEXTS
    return is_open and (left.this == right.this or is_text) and not left.args["nested"]


def _plain(of_type: str) -> str:
    return "".join(of_type.lower().split())
