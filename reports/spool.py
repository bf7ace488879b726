"""Where do a report's rows wait between the query and the files made of them?

On the worker's disk, a file of JSON lines a section: the query runs once, every file is
made of the same rows, and none of them has to fit into memory.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from reports.documents import Cell, Column, Layout, Section, cell

PREVIEW_ROWS = 100
ROWS_A_BEAT = 500


@dataclass(frozen=True, slots=True)
class SpooledSection:
    """A section whose rows lie in a file."""

    key: str
    title: str
    columns: tuple[Column, ...]
    layout: Layout
    note: str
    empty: str
    withheld: str
    row_count: int
    path: Path

    def rows(self) -> Iterator[list[Cell]]:
        """Its rows, read anew each time."""
        with self.path.open("rb") as lines:
            for line in lines:
                yield orjson.loads(line)


@dataclass(frozen=True, slots=True)
class Spool:
    """All sections, and the digest of everything that they say."""

    sections: list[SpooledSection]
    data_sha256: str

    def preview(self) -> list[dict[str, Any]]:
        """The first rows of each section, for the page."""
        return [
            {
                **header(section),
                "names": [column.is_name for column in section.columns],
                "row_count": section.row_count,
                "rows": list(islice(section.rows(), PREVIEW_ROWS)),
            }
            for section in self.sections
        ]


def spool(
    sections: Iterable[Section], folder: Path, beat: Callable[[str, int], None]
) -> Spool:
    """Write sections down; `beat` hears of each section and its rows so far.

    The digest is over one JSON line for each section's header and each row: the same
    answers make the same digest, whoever asked and when.
    """
    digest = hashlib.sha256()
    written = []
    for number, section in enumerate(sections):
        beat(section.title, 0)
        path = folder / f"{number:02}.ndjson"
        digest.update(_line(header(section)))
        count = 0
        with path.open("wb") as lines:
            for count, row in enumerate(section.rows, 1):
                line = _line([cell(value) for value in row])
                digest.update(line)
                lines.write(line)
                if count % ROWS_A_BEAT == 0:
                    beat(section.title, count)
        written.append(
            SpooledSection(
                section.key,
                section.title,
                section.columns,
                section.layout,
                section.note,
                section.empty,
                section.withheld,
                count,
                path,
            )
        )
    return Spool(written, digest.hexdigest())


def header(section: Section | SpooledSection) -> dict[str, Any]:
    """What is said of a section beside its rows."""
    return {
        "key": section.key,
        "title": section.title,
        "layout": section.layout,
        "columns": [{"key": c.key, "title": c.title} for c in section.columns],
        "note": section.note,
        "empty": section.empty,
        "withheld": section.withheld,
    }


def _line(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
