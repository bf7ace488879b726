"""How is an impact written as a table: a row for each hit, from and to?"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.http import HttpResponse

from catalog import csv_text
from lineage.impact.answers import Hit, Impact, Start, Step
from lineage.runs import state_name

ARROW = " \N{RIGHTWARDS ARROW} "
COLUMNS = (
    *("from_namespace", "from_name", "from_column"),
    *("kind", "to_namespace", "to_name", "to_column", "hops", "severity", "rule"),
    *("why", "masked", "path", "owners", "harvested_owners", "tags", "domain"),
    *("last_run_state", "last_run_started", "last_success", "interval_seconds"),
    *("stale_since", "stale_until", "checks", "declared"),
)
CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What the format holds in a cell. The workbook says nothing of when it was made.
MOST_CHARACTERS = 32_767
NO_TIME = datetime(1980, 1, 1)


def as_file(found: Impact, form: str, start: Start | None = None) -> HttpResponse:
    """The table as a file to keep: `csv` or `xlsx`; its name says if it is a part."""
    if form == "xlsx":
        answer = HttpResponse(workbook(found, start), content_type=XLSX)
    else:
        lines = csv_text.lines(rows(found, start))
        answer = HttpResponse(lines, content_type=CSV)
    part = "-part" if found.is_truncated else ""
    name = f'attachment; filename="impact{part}.{form}"'
    answer["Content-Disposition"] = name
    return answer


def rows(found: Impact, start: Start | None = None) -> Iterator[Sequence[object]]:
    """The names of the columns, and a row for each hit.

    `start` is where hits begin that do not say so themselves.
    """
    yield COLUMNS
    for hit in found.hits:
        yield _row(hit, hit.start or start)


def workbook(found: Impact, start: Start | None = None) -> bytes:
    """The same as an Excel workbook, in which text is text and nothing a formula."""
    out = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": "Impact", "created": NO_TIME})
        sheet = book.add_worksheet("Impact")
        head = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows(found, start)):
            for column, value in enumerate(row):
                _write(sheet, number, column, value, None if number else head)
        sheet.autofilter(0, 0, len(found.hits), len(COLUMNS) - 1)
        sheet.set_column(0, len(COLUMNS) - 1, 20)
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, value: object, look: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value, look)
    elif value is not None:
        text = value.isoformat() if isinstance(value, datetime) else str(value)
        sheet.write_string(row, column, text[:MOST_CHARACTERS], look)


def _row(hit: Hit, start: Start | None) -> Sequence[object]:
    run, made, late = hit.last_run, hit.schedule, hit.late
    origin = _names(start)
    interval = made.interval if made else None
    return [
        *origin,
        *(hit.kind, hit.asset.namespace.name, hit.asset.name, hit.column, hit.hops),
        str(hit.severity) if hit.severity else None,
        hit.rule.word if hit.rule else None,
        hit.rule.sentence if hit.rule else None,
        "masked" if hit.is_masked else None,
        ARROW.join([origin[1], *(_told(step) for step in hit.path)]),
        "; ".join(owner.name for owner in hit.owners if owner.is_curated),
        "; ".join(owner.name for owner in hit.owners if not owner.is_curated),
        "; ".join(hit.tags),
        hit.domain,
        state_name(run) if run else None,
        run.started_at if run else None,
        made.last if made else None,
        round(interval.total_seconds()) if interval else None,
        late.since if late else None,
        late.until if late else None,
        "; ".join(check.name for check in hit.checks),
        "manual" if hit.is_manual else None,
    ]


def _names(start: Start | None) -> tuple[str, str, str]:
    if start is None:
        return "", "", ""
    return start.asset.namespace.name, start.asset.name, start.column


def _told(step: Step) -> str:
    name = f"{step.name}.{step.column}" if step.column else step.name
    name = name or f"({step.kind})"
    how = [job.name for job in step.jobs]
    for way in step.ways:
        if way.type or way.masking:
            masked = "masked" if way.masking else ""
            how.append(" ".join(filter(None, (*way[:2], masked))))
    how += ["declared"] * step.is_manual
    return f"{name} [{', '.join(how)}]" if how else name
