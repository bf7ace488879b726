"""Which edges does a drawing show, and which of them on whose word?"""

import re
from itertools import pairwise

Edge = tuple[str, str]

# Something with a name, an arrow head, or a corner of a line.
MARK = re.compile(r"[^\s─┄═►└├┘╘╞╛│]+|[►└├┘╘╞╛]")
LEAVE, JOIN = "└├╘╞", "┘╛"


def edges_of(chains: str) -> set[Edge]:
    """Of `a > j > d, b > j`: a to j, j to d, and b to j."""
    found: set[Edge] = set()
    for chain in filter(None, chains.split(", ")):
        found |= set(pairwise(chain.split(" > ")))
    return found


def drawn(lines: list[str]) -> dict[Edge, str]:
    """The edges of a drawing with `──►`, each with its stroke: `─`, `═` or `┄`.

    Lines leave what is above them at `└`, `├`, `╘` or `╞`, and join it at `┘` or `╛`.
    """
    found: dict[Edge, str] = {}
    for row, line in enumerate(lines):
        before, stroke = "", ""
        for mark in MARK.finditer(line):
            text, at = mark.group(), mark.start()
            if text == "►":
                stroke = line[at - 1]
            elif text in LEAVE:
                before = above(lines, row, at)
            elif text in JOIN:
                found[before, above(lines, row, at)] = line[at - 1]
            else:
                if stroke:
                    found[before, text] = stroke
                before, stroke = text, ""
    return found


def above(lines: list[str], row: int, at: int) -> str:
    """What stands above a place, at the end of the line that leads up from it."""
    for line in reversed(lines[:row]):
        for mark in MARK.finditer(line):
            is_name = mark.group() not in f"►{LEAVE}{JOIN}"
            if is_name and mark.start() <= at < mark.end():
                return mark.group()
        assert line[at : at + 1] in (*"│└├┘╘╞╛",), f"nothing above {at}: {line}"
    raise AssertionError(f"nothing above {at} in line {row}")
