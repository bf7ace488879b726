"""Into which files is a report written, and how is each called?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reports.documents import Head
from reports.spool import Spool
from reports.writers import csv_files, json_text, paper, workbook

type Write = Callable[[Head, Spool, Path], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its name in a report, and what writes it."""

    name: str
    media_type: str
    label: str
    write: Write


FORMATS = (
    Format("report.pdf", "application/pdf", "PDF", paper.write),
    Format(
        "report.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Excel workbook",
        workbook.write,
    ),
    Format("report-csv.zip", "application/zip", "CSV, zipped", csv_files.write),
    Format("report.json", "application/json", "JSON", json_text.write),
)
MANIFEST = "manifest.json"
# All of these and the manifest in one.
BUNDLE = "report.zip"
BUNDLE_TYPE = "application/zip"
