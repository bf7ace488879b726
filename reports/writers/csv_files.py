"""How is a report written as CSV: one file for each section, in a ZIP?"""

import io
import zipfile
from pathlib import Path

from catalog import csv_text
from reports.documents import Head
from reports.spool import Spool, SpooledSection

# The beginning of ZIP's time: the same content makes the same file.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def write(head: Head, spool: Spool, path: Path) -> None:
    """Write a table a section, and `about.csv` with what the report says of itself."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "about.csv", [["what", "is"], *map(list, head.facts)])
        for number, section in enumerate(spool.sections, 1):
            name = f"{number:02}-{section.key}.csv"
            with (
                archive.open(member(name), "w", force_zip64=True) as raw,
                io.TextIOWrapper(raw, encoding="utf-8", newline="") as out,
            ):
                for line in csv_text.lines(_rows(section)):
                    out.write(line)


def member(name: str) -> zipfile.ZipInfo:
    """The entry of a file that says nothing of when it was made."""
    entry = zipfile.ZipInfo(name, NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _rows(section: SpooledSection):  # type: ignore[no-untyped-def]
    yield [column.key for column in section.columns]
    yield from section.rows()


def _add(archive: zipfile.ZipFile, name: str, rows: list[list[str]]) -> None:
    archive.writestr(member(name), "".join(csv_text.lines(rows)))
