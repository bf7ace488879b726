"""How is a table written as text that no spreadsheet takes for formulas?"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

# A cell that begins so is run by spreadsheets (OWASP, CSV injection). With a guard
# before it, it is written with another one, so that `bare` finds the text again.
GUARDED = re.compile(r"'*[=+\-@\t\r\n]")


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
    if isinstance(value, str) and GUARDED.match(value):
        return f"'{value}"
    return value


def bare(text: str) -> str:
    """The text that `cell` wrote so: without the `'` of a guard."""
    return text[1:] if text.startswith("'") and GUARDED.match(text) else text
