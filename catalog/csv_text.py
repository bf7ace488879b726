"""How is a table written as text that no spreadsheet takes for formulas?"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

# A cell that begins so is run by spreadsheets (OWASP, CSV injection).
RUN_AT = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """Where csv.writer writes to: gives each line back at once."""

    def write(self, line: str) -> str:
        return line


def lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The rows as RFC 4180 text, line by line; None is empty, times are ISO 8601."""
    writer: Any = csv.writer(_Line())
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def cell(value: object) -> object:
    """The value as a spreadsheet shows it: text that could be run, after a `'`."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(RUN_AT):
        return f"'{value}"
    return value
