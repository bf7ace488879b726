"""Which edges does a drawing show?"""

import re
from itertools import pairwise

Edges = set[tuple[str, str]]

# Something with a name, an arrow head, or a corner of a line.
MARK = re.compile(r"[^\s─┄►└├┘│]+|[►└├┘]")
CORNERS = "►└├┘"


def edges_of(chains: str) -> Edges:
    """Of `a > j > d, b > j`: a to j, j to d, and b to j."""
    found: Edges = set()
    for chain in filter(None, chains.split(", ")):
        found |= set(pairwise(chain.split(" > ")))
    return found


def drawn(lines: list[str]) -> Edges:
    """Of a drawing with `──►`; lines leave what is above at `└` or `├`, join it at `┘`.

    Dashes of the other kind, `┄┄►`, make the same edge.
    """
    found: Edges = set()
    for row, line in enumerate(lines):
        before, is_led = "", False
        for mark in MARK.finditer(line):
            text, at = mark.group(), mark.start()
            if text == "►":
                is_led = True
            elif text in "└├":
                before = above(lines, row, at)
            elif text == "┘":
                found.add((before, above(lines, row, at)))
            else:
                if is_led:
                    found.add((before, text))
                before, is_led = text, False
    return found


def above(lines: list[str], row: int, at: int) -> str:
    """What stands above a place, at the end of the line that leads up from it."""
    for line in reversed(lines[:row]):
        for mark in MARK.finditer(line):
            if mark.start() <= at < mark.end() and mark.group() not in CORNERS:
                return mark.group()
        assert line[at : at + 1] in ("│", "├", "└", "┘"), f"nothing above {at}: {line}"
    raise AssertionError(f"nothing above {at} in line {row}")
