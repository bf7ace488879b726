"""What would statements of SQL change in what is there?

CREATE TABLE and CREATE VIEW are compared with the table as it stands; ALTER TABLE and
DROP TABLE say what they change. A SELECT at their end gives names of columns, no types.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from catalog.facets import Field
from catalog.models import Dataset
from lineage.graph.cut import Cut
from lineage.impact.answers import Start
from lineage.impact.changes import Change
from lineage.impact.proposals import standing
from lineage.impact.proposals.comparing import Proposal, Table
from lineage.impact.severities import Kind
from lineage.reader import Reader

MAX_CHARACTERS = 500_000
DIALECTS = sorted(one.value for one in sqlglot.Dialects if one.value)
# How namespaces begin, and which SQL is spoken there.
SPOKEN = {
    "awsathena": "athena",
    "bigquery": "bigquery",
    "clickhouse": "clickhouse",
    "databricks": "databricks",
    "dremio": "dremio",
    "duckdb": "duckdb",
    "fabric-warehouse": "fabric",
    "hive": "hive",
    "mssql": "tsql",
    "mysql": "mysql",
    "oracle": "oracle",
    "postgres": "postgres",
    "presto": "presto",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "spark": "spark",
    "teradata": "teradata",
    "trino": "trino",
}


class NotReadable(Exception):
    """Text that is no SQL, or SQL that changes no table; says where and why."""


@dataclass(frozen=True, slots=True)
class Altered:
    """One action on a table that is there, or on a column of it."""

    table: str
    kind: Kind
    column: str = ""
    to: str = ""


type Statement = Table | Altered


def of_sql(
    text: str, reader: Reader, cut: Cut, *, namespace: str = "", dialect: str = ""
) -> Proposal:
    """What statements change. Raises NotReadable, NamespaceUnclear."""
    read = statements(text, dialect or dialect_of(namespace))
    names = {one.name if isinstance(one, Table) else one.table for one in read}
    space = namespace or standing.likely_namespace(names, reader)
    if not dialect and not namespace:
        read = statements(text, dialect_of(space))
    found = standing.datasets(space, names, reader)
    known = standing.columns(found.values(), reader, cut)
    proposal = Proposal()
    for one in read:
        name = one.name if isinstance(one, Table) else one.table
        dataset = found.get(name)
        columns = known.get(dataset.pk, {}) if dataset else {}
        if isinstance(one, Table):
            proposal.compare(one, dataset, columns, dialect or dialect_of(space))
        elif dataset is None:
            proposal.unresolved.append(f"{name}: there is no such table in {space}.")
        else:
            _alter(proposal, one, dataset, columns)
    return proposal


def _alter(
    proposal: Proposal, one: Altered, dataset: Dataset, columns: Mapping[str, Field]
) -> None:
    if one.kind is Kind.ADD_COLUMN:
        change = Change(one.kind, name=f"{dataset.name}.{one.column}")
        proposal.changes.append(change)
        return
    if not one.column:
        proposal.changes.append(Change(one.kind, (Start(dataset),), to=one.to))
        return
    by_name = {name.lower(): name for name in columns}
    column = by_name.get(one.column.lower())
    if column is None:
        proposal.unresolved.append(
            f"{one.table}.{one.column}: no such column is known."
        )
        return
    was = columns[column].type or "" if one.kind is Kind.RETYPE_COLUMN else ""
    start = (Start(dataset, column),)
    proposal.changes.append(Change(one.kind, start, was=was, to=one.to))


def dialect_of(namespace: str) -> str:
    """Which SQL is spoken in a namespace; empty, for any, where that is not known."""
    return SPOKEN.get(namespace.partition(":")[0], "")


def statements(text: str, dialect: str) -> list[Statement]:
    """Read SQL for what it does to tables. Raises NotReadable."""
    if len(text) > MAX_CHARACTERS:
        raise NotReadable(f"This is more than {MAX_CHARACTERS:,} characters of SQL.")
    try:
        read = [one for one in sqlglot.parse(text, read=dialect or None) if one]
        found = [each for one in read for each in _statement(one, dialect)]
    except (SqlglotError, ValueError) as fault:
        raise NotReadable(f"This SQL cannot be read: {_said(fault)}") from None
    except RecursionError:
        raise NotReadable("This SQL is nested too deeply to be read.") from None
    if not found:
        raise NotReadable("There is no statement here that creates or alters a table.")
    return found


def projection(text: str, dialect: str) -> list[str] | None:
    """The names of the columns that a query gives; None if the text does not say."""
    try:
        read = sqlglot.parse_one(text, read=dialect or None)
    except (SqlglotError, ValueError, RecursionError):
        return None
    return _names_of(read)


def _said(fault: Exception) -> str:
    # sqlglot underlines the place with terminal codes.
    text = "".join(ch for ch in str(fault) if ch.isprintable() or ch == " ")
    for code in ("[4m", "[0m"):
        text = text.replace(code, "")
    return " ".join(text.split())[:300]


def _statement(one: exp.Expr, dialect: str) -> Iterator[Statement]:
    if isinstance(one, exp.Create) and one.kind in ("TABLE", "VIEW"):
        yield _created(one, dialect)
    elif isinstance(one, exp.Alter) and isinstance(one.this, exp.Table):
        for action in one.args.get("actions") or ():
            yield from _altered(_spelt(one.this), action, dialect)
    elif isinstance(one, exp.Drop) and one.args.get("kind") in ("TABLE", "VIEW"):
        for table in one.args.get("tables") or ():
            yield Altered(_spelt(table), Kind.DROP_DATASET)


def _created(one: exp.Create, dialect: str) -> Table:
    schema = one.this if isinstance(one.this, exp.Schema) else None
    table = schema.this if schema else one.this
    if schema is not None:
        columns = {
            definition.name: _type(definition, dialect)
            for definition in schema.expressions
            if isinstance(definition, exp.ColumnDef)
        }
        if columns:
            return Table(_spelt(table), columns, is_whole=True)
    names = _names_of(one.expression) if one.expression else None
    if names is None:
        raise NotReadable(
            f"The statement does not say which columns {_spelt(table)} would have."
        )
    return Table(_spelt(table), dict.fromkeys(names, ""), is_whole=True)


def _names_of(query: object) -> list[str] | None:
    if not isinstance(query, exp.Query) or query.is_star:
        return None
    names = query.named_selects
    return list(names) if names and all(names) else None


def _altered(table: str, action: object, dialect: str) -> Iterable[Altered]:
    match action:
        case exp.Drop() if action.args.get("kind") == "COLUMN":
            for column in action.args.get("tables") or (action.this,):
                yield Altered(table, Kind.DROP_COLUMN, column.name)
        case exp.RenameColumn():
            to = action.args["to"].name
            yield Altered(table, Kind.RENAME_COLUMN, action.this.name, to)
        case exp.AlterRename():
            yield Altered(table, Kind.RENAME_DATASET, to=_spelt(action.this))
        case exp.AlterColumn() if action.args.get("dtype"):
            to = action.args["dtype"].sql(dialect=dialect or None)
            yield Altered(table, Kind.RETYPE_COLUMN, action.this.name, to)
        case exp.AlterColumn() if action.args.get("allow_null"):
            yield Altered(table, Kind.NULL_COLUMN, action.this.name)
        case exp.ModifyColumn():
            column = action.this
            to = _type(column, dialect)
            yield Altered(table, Kind.RETYPE_COLUMN, column.name, to)
        case exp.ColumnDef():
            yield Altered(table, Kind.ADD_COLUMN, action.name)


def _type(column: exp.ColumnDef, dialect: str) -> str:
    kind = column.args.get("kind")
    return kind.sql(dialect=dialect or None) if kind else ""


def _spelt(table: exp.Expr) -> str:
    return ".".join(part.name for part in table.parts)  # type: ignore[attr-defined]
