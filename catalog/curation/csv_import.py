"""What stands in the lines of a CSV file that somebody sends, whoever wrote it?

Nothing here asks the database.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from catalog.csv_text import bare

MAX_BYTES = 16 * 2**20
MAX_LINES = 50_000
DELIMITERS = (",", ";", "\t")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Header(Protocol):
    """What a format of files is known by."""

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def needed(self) -> frozenset[str]: ...


class Unreadable(ValueError):
    """A file that cannot be read on; `line` is the number of the line at fault."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `number` is that of the line that it begins at, the first being 1.

    `cells` has every column of its format. `fault` says why it cannot be used.
    """

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Read[H: Header]:
    """A file whose format is known, and its rows, read as they are asked for."""

    format: H
    rows: Iterator[Row]


def read_csv[H: Header](file: BinaryIO, formats: Iterable[H]) -> Read[H]:
    """Recognise a file by its header, and read its rows. Raises Unreadable.

    `rows` raises Unreadable too, where a line breaks the file.
    """
    text = _text(file)
    format, header, delimiter = _recognise(text, list(formats))
    return Read(format, _rows(text, format, header, delimiter))


def _text(file: BinaryIO) -> str:
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Unreadable(
            f"The file is larger than {MAX_BYTES // 2**20} MiB. Part it, and import "
            "the parts."
        )
    if content.startswith(UTF_16):
        raise Unreadable("The file is UTF-16. Save it as “CSV UTF-8”.", 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"Line {line} is not UTF-8. Save the file as “CSV UTF-8”.", line
        ) from None


def _recognise[H: Header](text: str, formats: list[H]) -> tuple[H, list[str], str]:
    """The format whose columns the header has, by whichever delimiter it does."""
    likeliest: list[str] = []
    for delimiter in DELIMITERS:
        header = [cell.strip().lower() for cell in _first_record(text, delimiter)]
        if len(header) > len(likeliest):
            likeliest = header
        names = set(header)
        for format in formats:
            if format.needed <= names and names <= set(format.columns):
                if len(names) < len(header):
                    raise Unreadable("The header names a column twice.", 1)
                return format, header, delimiter
    if not any(likeliest):
        raise Unreadable("The file is empty: it has no header.", 1)
    raise Unreadable(_unknown(likeliest, formats), 1)


def _unknown[H: Header](header: list[str], formats: list[H]) -> str:
    """Which format the header comes nearest to, and what keeps it from being that."""
    nearest = max(formats, key=lambda f: len(set(f.columns) & set(header)))
    if not set(nearest.columns) & set(header):
        known = "; ".join(",".join(format.columns) for format in formats)
        return f"The first line is no header that is known here. There are: {known}."
    missing = sorted(nearest.needed - set(header))
    foreign = sorted(set(header) - set(nearest.columns))
    told = [f"lacks the column {name}" for name in missing]
    told += [f"has a column {name!r} too many" for name in foreign]
    return (
        f"For {nearest.name} the header {' and '.join(told)}. Its columns are "
        f"{','.join(nearest.columns)}."
    )


def _first_record(text: str, delimiter: str) -> list[str]:
    try:
        return next((each for each in _reader(text, delimiter) if any(each)), [])
    except csv.Error:
        return []


def _reader(text: str, delimiter: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _rows(
    text: str, format: Header, header: list[str], delimiter: str
) -> Iterator[Row]:
    reader = _reader(text, delimiter)
    count, begins = -1, 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(
                f"Line {begins} cannot be read: {error}. A quote opens a cell at its "
                'very beginning, and within one is written twice: "".',
                begins,
            ) from None
        if any(record):
            count += 1
            if count > MAX_LINES:
                raise Unreadable(
                    f"The file has more than {MAX_LINES} lines. Part it, and import "
                    "the parts.",
                    begins,
                )
            if count:
                yield _row(begins, record, format, header)
        begins = reader.line_num + 1


def _row(number: int, record: list[str], format: Header, header: list[str]) -> Row:
    if len(record) > len(header):
        return Row(
            number,
            dict.fromkeys(format.columns, ""),
            f"The line has {len(record)} cells, and the header {len(header)}. A value "
            "that holds the delimiter stands in quotes.",
        )
    told = dict(zip(header, map(bare, record), strict=False))
    cells = {name: told.get(name, "") for name in format.columns}
    if any("\0" in cell for cell in cells.values()):
        return Row(number, cells, "The line holds a NUL character.")
    return Row(number, cells)
