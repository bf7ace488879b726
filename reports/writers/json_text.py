"""How is a report written as JSON, a row at a time?"""

from pathlib import Path
from typing import Any

import orjson

from reports.documents import Head
from reports.spool import Spool, header


def write(head: Head, spool: Spool, path: Path) -> None:
    """Write `{"report": …, "dataSha256": …, "sections": [{…, "rows": [[…]]}]}`."""
    with path.open("wb") as out:
        out.write(b'{"report":' + orjson.dumps(_head(head)))
        out.write(b',"dataSha256":' + orjson.dumps(spool.data_sha256))
        out.write(b',"sections":[')
        for number, section in enumerate(spool.sections):
            # The section's own object is left open for its rows.
            opened = orjson.dumps({**header(section), "rowCount": section.row_count})
            out.write(b",\n" if number else b"\n")
            out.write(opened[:-1] + b',"rows":[')
            for index, row in enumerate(section.rows()):
                out.write(b",\n" if index else b"\n")
                out.write(orjson.dumps(row))
            out.write(b"]}")
        out.write(b"\n]}\n")


def _head(head: Head) -> dict[str, Any]:
    return {"title": head.title, "subject": head.subject, "facts": dict(head.facts)}
