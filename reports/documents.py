"""What is a report made of, whichever file it becomes?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

# A time as `cell` writes it.
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z", re.ASCII)

# What a query gives, and what files get: times as ISO 8601 text in UTC.
type Value = str | int | float | bool | datetime | None
type Cell = str | int | float | bool | None
type Layout = Literal["facts", "table"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `share` is how much of a page's width it wants beside the others."""

    key: str
    title: str
    share: int = 2
    is_name: bool = False  # of a thing: set in a letter in which all signs differ


@dataclass(frozen=True, slots=True)
class Section:
    """A titled table; `facts` are one of two columns, names and what they are.

    `rows` are read once, as they are written. `note` says what must be known to read
    them rightly; `withheld`, why there are none for this requester.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Value, ...]] = ()
    layout: Layout = "table"
    note: str = ""
    empty: str = "Nothing is known."
    withheld: str = ""


FACTS = (Column("what", "What", 2), Column("is", "Is", 6))


def facts(
    key: str,
    title: str,
    rows: Iterable[tuple[str, Value]],
    *,
    note: str = "",
    empty: str = "Nothing is known.",
) -> Section:
    """A section of names and what they are; what is not known stays out."""
    told = (row for row in rows if row[1] is not None and row[1] != "")
    return Section(key, title, FACTS, told, layout="facts", note=note, empty=empty)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over a report: what it is about, and by what it was made."""

    title: str
    subject: str
    facts: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Counts:
    """What the manifest tells of what lies behind a report, and of what it leaves out.

    None where nobody asked, or where the requester may not know.
    """

    events_received: int | None = None
    events_not_applied: int | None = None
    runs_without_end: int | None = None
    nodes_withheld: int = 0
    partial: list[str] = field(default_factory=list)  # sections that are cut short


def cell(value: Value) -> Cell:
    """A value as files have it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value


def shown(value: Cell) -> str:
    """A cell as people read it: times to the second."""
    match value:
        case str() if found := INSTANT.fullmatch(value):
            return f"{found[1]} {found[2]} UTC"
        case None:
            return ""
        case True:
            return "yes"
        case False:
            return "no"
    return str(value)


def filled(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """The columns in which something stands, by index; all of them without rows."""
    return [i for i in range(width) if not rows or any(row[i] for row in rows)]
