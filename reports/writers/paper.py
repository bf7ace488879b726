"""How is a report set on paper: a tagged PDF in which no sign goes missing unsaid?"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import typst

from reports.documents import Head, filled, shown
from reports.spool import Spool
from reports.writers.workbook import note_of

TEMPLATE = Path(__file__).with_name("report.typ")
# PDF/UA: for screen readers too. It also makes the typesetter name each sign that no
# font has, which would otherwise become an empty box.
STANDARD = "ua-1"
# The typesetter holds the whole document: about 100 KB a row at its worst.
ROWS_A_SECTION = 1000
ROWS_IN_ALL = 2500
LONGEST_CELL, LONGEST_FACT = 600, 6000
MISSING = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
SPELT = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
ROUNDS = 4  # of finding signs that no font has
# Where a long word may go on in the next line; and after so many signs anywhere.
LONG_WORD = re.compile(r"[^\s]{17,}")
AFTER_SEPARATOR = re.compile(r"(?<=[./_:\-,=&?@|])(?=[^\s])|(?<=[a-z])(?=[A-Z])")
UNBROKEN = re.compile(r"([^\s\u200b]{11})(?=[^\s\u200b])")
BREAK = "\u200b"
# Signs without a form: no font shows them, and some would turn a line round.
FORMLESS = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f"
    r"\U000f0000-\U0010ffff]"
)


class PaperRefused(Exception):
    """The typesetter could not make a PDF of it; the message is its own."""


def write(head: Head, spool: Spool, path: Path) -> None:
    """Write the report as one PDF, long tables cut short and said to be.

    Signs that no font of this machine has are spelt as `[U+1F600]`, and the PDF says
    how many kinds of them there were.
    """
    path.write_bytes(_set(head, list(_sections(spool)), set()))


def _set(head: Head, sections: list[dict[str, Any]], missing: set[str]) -> bytes:
    for _ in range(ROUNDS):
        data = _spelt(_data(head, sections, len(missing)), missing)
        data["name"] = FORMLESS.sub("", f"{head.title}: {head.subject}")
        try:
            made: Any = _compiler().compile(
                input=TEMPLATE.read_bytes(),
                format="pdf",
                sys_inputs={"data": orjson.dumps(data).decode()},
                pdf_standards=STANDARD,
            )
        except typst.TypstError as error:
            found = {sign for text in _missing(str(error.diagnostic)) for sign in text}
            if not found - missing:
                raise PaperRefused(error.message) from error
            missing |= found
        else:
            return bytes(made)
    raise PaperRefused("Its fonts lack more signs the longer one looks.")


@cache
def _compiler() -> Any:
    # Looking for fonts takes a while; they do not change under a worker.
    return typst.Compiler(font_paths=typst.Fonts())


def _data(head: Head, sections: list[dict[str, Any]], missing: int) -> dict[str, Any]:
    facts = [[name, value] for name, value in head.facts]
    if missing:
        facts.append(
            [
                "Signs without a font",
                f"No font of the machine that made this PDF has {missing} of the "
                "signs in it: they are spelt as [U+…]. The other files have them.",
            ]
        )
    foot = next((value for name, value in head.facts if name == "Report"), "")
    return {
        "title": head.title,
        "subject": head.subject,
        "facts": facts,
        "foot": f"Headwater, report {foot}",
        "sections": sections,
    }


def _sections(spool: Spool) -> Iterator[dict[str, Any]]:
    left = ROWS_IN_ALL
    for section in spool.sections:
        room = min(ROWS_A_SECTION, left)
        longest = LONGEST_FACT if section.layout == "facts" else LONGEST_CELL
        rows = [
            [_short(shown(value), longest) for value in row]
            for row in islice(section.rows(), room)
        ]
        left -= len(rows)
        kept = filled(rows, len(section.columns))
        empty = [c.title for i, c in enumerate(section.columns) if i not in kept]
        columns = [section.columns[i] for i in kept]
        yield {
            "title": section.title,
            "layout": section.layout,
            "note": " ".join(filter(None, [note_of(section, room), _left_out(empty)])),
            "columns": [
                {"title": c.title, "share": c.share, "is_name": c.is_name}
                for c in columns
            ],
            "rows": [[row[i] for i in kept] for row in rows],
        }


def _left_out(titles: list[str]) -> str:
    return f"Nothing stands under: {', '.join(titles)}." if titles else ""


def _short(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[:longest]} … ({len(text):,} characters; the JSON has all)"


def _spelt(value: Any, missing: set[str]) -> Any:
    """Every text in a form that can be set and broken into lines."""
    match value:
        case str():
            return _settable(value, missing)
        case list():
            return [_spelt(each, missing) for each in value]
        case dict():
            return {key: _spelt(each, missing) for key, each in value.items()}
    return value


def _settable(text: str, missing: set[str]) -> str:
    text = FORMLESS.sub(lambda sign: _code(sign[0]), text)
    if missing:
        text = "".join(_code(s) if s in missing else s for s in text)
    return LONG_WORD.sub(lambda word: _breakable(word[0]), text)


def _breakable(word: str) -> str:
    return UNBROKEN.sub(rf"\1{BREAK}", AFTER_SEPARATOR.sub(BREAK, word))


def _code(sign: str) -> str:
    return f"[U+{ord(sign):04X}]"


def _missing(diagnostic: str) -> Iterator[str]:
    """The texts that the typesetter says it has no signs for."""
    for found in MISSING.findall(diagnostic):
        yield ESCAPE.sub(
            lambda m: chr(int(m[1], 16)) if m[1] else SPELT.get(m[2], m[2]), found
        )
