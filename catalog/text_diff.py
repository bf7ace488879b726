"""Which lines of a text are new, and which are gone?"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

CONTEXT_LINES = 3
# Matching costs time that grows with the square of the lines.
MOST_LINES = 2000


class Line(NamedTuple):
    """`sign` is "+", "-", " ", or "…" where unchanged lines were left out."""

    sign: str
    text: str


def diff(old: str, new: str) -> list[Line]:
    """The changed lines with a few around them; nothing for texts that are too long."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > MOST_LINES:
        return []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    lines: list[Line] = []
    for index, group in enumerate(matcher.get_grouped_opcodes(CONTEXT_LINES)):
        if index:
            lines.append(Line("…", ""))
        for opcode in group:
            lines.extend(_lines(opcode, before, after))
    return lines


def _lines(
    opcode: tuple[str, int, int, int, int], before: list[str], after: list[str]
) -> Iterator[Line]:
    tag, old_start, old_end, new_start, new_end = opcode
    if tag == "equal":
        yield from (Line(" ", text) for text in before[old_start:old_end])
        return
    yield from (Line("-", text) for text in before[old_start:old_end])
    yield from (Line("+", text) for text in after[new_start:new_end])
