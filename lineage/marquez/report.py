"""What became of each thing that an import read, and what could not be carried?"""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Literal

from catalog import csv_text

MEMBERS = ("outcome", "what", "place", "code", "pointer", "reason")
SUFFIXES = (".csv", ".jsonl")

# Nothing of a refused thing came over; of a partial one, all but what the reason names.
Kind = Literal["refused", "partial"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing of Marquez that was not carried, or not whole."""

    outcome: Kind
    what: str  # a table of Marquez
    place: str
    code: str
    reason: str
    pointer: str = ""


@dataclass(slots=True)
class Tally:
    """How much of one kind there was, and what became of it."""

    read: int = 0
    new: int = 0
    known: int = 0
    refused: int = 0


class Report:
    """Counts in memory; each finding to the file at once, if there is one."""

    def __init__(self, path: Path | None) -> None:
        self.tallies: dict[str, Tally] = {}
        self.reasons: Counter[tuple[Kind, str, str]] = Counter()
        self.examples: dict[tuple[Kind, str, str], Finding] = {}
        self.path = path
        self.file: IO[str] | None = None

    def __enter__(self) -> "Report":
        if self.path is not None:
            self.file = self.path.open("w", encoding="utf-8", newline="")
            if self.path.suffix == ".csv":
                self.file.writelines(csv_text.lines([MEMBERS]))
        return self

    def __exit__(self, *error: object) -> None:
        if self.file is not None:
            self.file.close()

    def tally(self, what: str) -> Tally:
        return self.tallies.setdefault(what, Tally())

    def add(self, finding: Finding) -> None:
        """Note what was not carried; alike ones are counted together."""
        if finding.outcome == "refused":
            self.tally(finding.what).refused += 1
        alike = (finding.outcome, finding.what, finding.code)
        self.reasons[alike] += 1
        self.examples.setdefault(alike, finding)
        if self.file is None:
            return
        told = asdict(finding)
        if self.path is not None and self.path.suffix == ".csv":
            self.file.writelines(csv_text.lines([[told[name] for name in MEMBERS]]))
        else:
            self.file.write(json.dumps(told, ensure_ascii=False) + "\n")

    @property
    def refused(self) -> int:
        return sum(tally.refused for tally in self.tallies.values())
