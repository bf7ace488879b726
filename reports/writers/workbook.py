"""How is a report written as an Excel workbook in which nothing is a formula?"""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from reports.documents import Cell, Head, shown
from reports.spool import Spool, SpooledSection

# What the format holds.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
MOST_EXACT = 2**53  # its numbers are doubles
SHEET_NAME = 31
CUT = " … (cut: the whole is in the JSON)"
HEAD_ROWS = 3  # title, note and column names
# The workbook says nothing of when it was made: its manifest does.
NO_TIME = datetime(1980, 1, 1)
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


def write(head: Head, spool: Spool, path: Path) -> None:
    """Write a sheet a section, after one with what the report says of itself.

    Text goes in as text, whatever it begins with: formulas and links are never made.
    Rows are written as they come (`constant_memory`).
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": head.title, "created": NO_TIME})
        looks = _looks(book)
        _about(book, head, spool, looks)
        for section in spool.sections:
            _sheet(book, section, looks)


def _looks(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({"bold": True, "bottom": 1}),
        "note": book.add_format({"italic": True, "font_color": "#42555E"}),
        "text": book.add_format(
            {"text_wrap": True, "valign": "top", "num_format": "@"}
        ),
        "number": book.add_format({"valign": "top"}),
    }


def _about(book: Any, head: Head, spool: Spool, looks: dict[str, Any]) -> None:
    sheet = book.add_worksheet("Report")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, head.title, looks["title"])
    sheet.write_string(1, 0, _text(head.subject), looks["text"])
    for number, (name, value) in enumerate(head.facts, 3):
        sheet.write_string(number, 0, name, looks["head"])
        sheet.write_string(number, 1, _text(value), looks["text"])
    last = 3 + len(head.facts)
    sheet.write_string(last, 0, "Data SHA-256", looks["head"])
    sheet.write_string(last, 1, spool.data_sha256, looks["text"])


def _sheet(book: Any, section: SpooledSection, looks: dict[str, Any]) -> None:
    sheet = book.add_worksheet(FORBIDDEN.sub(" ", section.title)[:SHEET_NAME])
    for index, column in enumerate(section.columns):
        sheet.set_column(index, index, 10 + 7 * column.share)
    sheet.write_string(0, 0, section.title, looks["title"])
    room = MOST_ROWS - HEAD_ROWS
    sheet.write_string(1, 0, _text(note_of(section, room)), looks["note"])
    for index, column in enumerate(section.columns):
        sheet.write_string(2, index, column.title, looks["head"])
    sheet.freeze_panes(HEAD_ROWS, 0)
    for number, row in enumerate(section.rows()):
        if number == room:
            break
        for index, value in enumerate(row):
            _cell(sheet, HEAD_ROWS + number, index, value, looks)


def note_of(section: SpooledSection, room: int) -> str:
    """What must be known to read a table of which `room` rows are shown."""
    said = [section.withheld, section.note]
    if not section.row_count and not section.withheld:
        said.append(section.empty)
    if section.row_count > room:
        said.append(
            f"{section.row_count - room:,} of {section.row_count:,} rows are not in "
            "this file: the CSV and the JSON have all."
        )
    return " ".join(filter(None, said))


def _cell(
    sheet: Any, row: int, column: int, value: Cell, looks: dict[str, Any]
) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and abs(value) <= MOST_EXACT:  # type: ignore[arg-type]
        sheet.write_number(row, column, value, looks["number"])
    elif value is not None:
        text = value if isinstance(value, str) else shown(value)
        sheet.write_string(row, column, _text(text), looks["text"])


def _text(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return text[: MOST_CHARACTERS - len(CUT)] + CUT
