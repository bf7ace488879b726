"""How do many rows get to PostgreSQL and back in few round trips?

Values go as text: PostgreSQL reads `{1,2,3}` faster than Python packs it, and a text
array holds what a binary one cannot, such as arrays of unequal length.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from itertools import count
from typing import Any, LiteralString
from uuid import UUID

import psycopg

Row = tuple[Any, ...]
Statement = tuple[LiteralString, Sequence[object]]
_undone = count()


class Session:
    """One transaction's connection. Writes wait for the next read, and go with it.

    A pipeline sends all that waits and the read in one round trip; the order stays. So
    a mistake in a write shows at the next `fetch` or at `flush`.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.waiting: list[Statement] = []

    def write(self, sql: LiteralString, *parameters: object) -> None:
        """Execute a statement without an answer, no later than the next read."""
        self.waiting.append((sql, parameters))

    def flush(self) -> None:
        """Execute what waits."""
        if self.waiting:
            self._send([])

    def fetch(self, sql: LiteralString, *parameters: object) -> list[Row]:
        """Execute what waits and one query; returns its rows."""
        return self._send([(sql, parameters)])[0]

    def fetch_all(self, *queries: Statement) -> list[list[Row]]:
        """Execute what waits and some queries, in one round trip."""
        return self._send(list(queries))

    def copy(
        self,
        sql: LiteralString,
        types: Sequence[str],
        rows: Iterable[Sequence[object]],
    ) -> None:
        """Stream rows of big values into a table with binary COPY."""
        self.flush()
        with self.connection.cursor() as cursor, cursor.copy(sql) as sink:
            sink.set_types(types)
            for row in rows:
                sink.write_row(row)

    def _send(self, queries: list[Statement]) -> list[list[Row]]:
        statements, self.waiting = [*self.waiting, *queries], []
        if len(statements) == 1 and queries:
            return [self._execute(*statements[0]).fetchall()]
        with self.connection.pipeline():
            cursors = [self._execute(*statement) for statement in statements]
            first = len(statements) - len(queries)
            return [cursor.fetchall() for cursor in cursors[first:]]

    def _execute(
        self, sql: LiteralString, parameters: Sequence[object]
    ) -> psycopg.Cursor[Row]:
        cursor = psycopg.Cursor(self.connection)
        if len(parameters) == 1 and isinstance(parameters[0], dict):
            named = parameters[0].items()
            return cursor.execute(sql, {name: _bound(one) for name, one in named})
        return cursor.execute(sql, [_bound(one) for one in parameters])

    def undo(self) -> None:
        """Go back to the savepoint, with a clear memory of what is prepared.

        What a broken pipeline was to prepare is not, but psycopg takes it for prepared.
        It forgets all when it executes a rollback whose text is new to it.
        """
        undo = f"ROLLBACK TO SAVEPOINT attempt -- {next(_undone)}"
        psycopg.Cursor(self.connection).execute(undo.encode())

    def savepoint(self) -> AbstractContextManager[None]:
        """All that is written inside is undone if it fails, and nothing before it."""
        return _savepoint(self)


@contextmanager
def _savepoint(session: Session) -> Iterator[None]:
    begin: Statement = ("SAVEPOINT attempt", ())
    session.waiting.append(begin)
    try:
        yield
        session.write("RELEASE SAVEPOINT attempt")
        session.flush()
    except BaseException:
        if begin in session.waiting:  # nothing of it was sent
            del session.waiting[session.waiting.index(begin) :]
        elif not session.connection.closed:
            session.waiting.clear()
            session.undo()
        raise


def _bound(parameter: object) -> object:
    return spell(parameter) if isinstance(parameter, (list, tuple)) else parameter


def fetch(session: Session, sql: LiteralString, *parameters: object) -> list[Row]:
    """Run one query and return all of its rows."""
    return session.fetch(sql, *parameters)


def transpose(rows: Sequence[Sequence[object]], width: int) -> list[str]:
    """Turn rows into columns, for `unnest` of one array a column, each spelled."""
    if not rows:
        return ["{}"] * width
    return [spell(column) for column in zip(*rows, strict=True)]


def array(ids: Iterable[int] | None) -> str | None:
    """Spell a bigint[] that is an element of an array."""
    return None if ids is None else "{" + ",".join(map(str, ids)) + "}"


def spell(values: Iterable[object]) -> str:
    """Spell an array."""
    column = values if isinstance(values, (list, tuple)) else list(values)
    uniform = _UNIFORM.get(type(column[0])) if column else None
    if uniform is not None:
        try:
            return "{" + uniform(column) + "}"
        except TypeError:  # there is a NULL in it
            pass
    return "{" + ",".join([_SPELLINGS[type(value)](value) for value in column]) + "}"


def _spell_texts(texts: Sequence[str]) -> str:
    joined = '","'.join(texts)
    if "\\" in joined or joined.count('"') != 2 * (len(texts) - 1):
        return ",".join(map(_quote, texts))
    return f'"{joined}"'


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Spellings(dict[type, Callable[[Any], str]]):
    def __missing__(self, type_: type) -> Callable[[Any], str]:
        """An enumeration is spelled as what it is made of."""
        self[type_] = next(self[base] for base in type_.mro()[1:] if base in self)
        return self[type_]


_SPELLINGS = _Spellings(
    {
        type(None): lambda _: "NULL",
        bool: lambda value: "t" if value else "f",
        int: int.__repr__,
        str: _quote,
        bytes: lambda value: '"\\\\x' + value.hex() + '"',
        datetime: datetime.isoformat,
        UUID: str,
    }
)
# The same for columns of one type, without a step in Python for each value.
_UNIFORM: dict[type, Callable[[Sequence[Any]], str]] = {
    int: lambda column: ",".join(map(int.__repr__, column)),
    str: _spell_texts,
    bytes: lambda column: '"\\\\x' + '","\\\\x'.join(map(bytes.hex, column)) + '"',
    datetime: lambda column: ",".join(map(datetime.isoformat, column)),
}
