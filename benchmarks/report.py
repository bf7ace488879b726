"""How are measurements shown, and kept in docs/benchmarks.md?"""

import os
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path

DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


@dataclass
class Table:
    """Rows under a heading; the first column is what was measured."""

    heading: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row; numbers get as many digits as they are worth."""
        self.rows.append(tuple(shown(cell) for cell in cells))

    def text(self) -> str:
        """For a screen."""
        lines = [self.columns, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        shaped = [
            "  ".join(
                cell.rjust(width) if place else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        ]
        return "\n".join(["", self.heading, *(f"  {line}" for line in shaped)])

    def markdown(self) -> str:
        """For the document."""
        ruler = ["---", *("--:" for _ in self.columns[1:])]
        lines = [self.columns, ruler, *self.rows]
        shaped = ("| " + " | ".join(line) + " |" for line in lines)
        return "\n".join([f"**{self.heading}**", "", *shaped])


def shown(value: object) -> str:
    """A number in three significant digits or so; anything else as it is."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def machine() -> str:
    """What the numbers were measured on, without its name."""
    with open("/proc/meminfo") as lines:
        kib = int(next(line for line in lines if "MemTotal" in line).split()[1])
    return (
        f"{os.cpu_count()} cores, {kib / 2**20:.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}; client, server and "
        "PostgreSQL (fsync on) share them."
    )


def keep(section: str, tables: list[Table], note: str) -> None:
    """Put the tables into the document, in the place of the section's last ones."""
    text = DOCUMENT.read_text()
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    body = "\n\n".join([note, *(table.markdown() for table in tables)])
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise LookupError(f"{DOCUMENT.name} has no place for {section}")
    place = f"{begin}\n{body}\n{end}"
    DOCUMENT.write_text(pattern.sub(lambda _: place, text))
