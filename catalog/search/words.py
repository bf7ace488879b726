"""Which words is a text made of, be it prose, a path or `someCamelCase_name2`?"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from catalog.search.folding import fold, without_umlauts

# Scripts whose words have no space between them: Chinese, Japanese, Korean, Thai …
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003134f"
)
RUN = re.compile(
    rf"(?P<unspaced>[{UNSPACED}]+)|(?P<spaced>(?:(?![{UNSPACED}])[^\W_])+)"
)
HALF_WIDTH = re.compile("[\uff61-\uff9f]+")
SEPARATOR = re.compile(r"[./:\\|,;\s]+")
MAX_WORD = 100
MAX_KEY = 200
MAX_KEYS = 12  # parts of a name by whose beginning it is found


class Word(NamedTuple):
    """A word as it is compared, and where it stands in the text.

    `joined` are spellings that find the whole run of letters and digits as well.
    """

    text: str
    start: int
    end: int
    joined: tuple[str, ...] = ()


class Run(NamedTuple):
    """Letters and digits without a break: the words in them, or pairs of signs."""

    words: tuple[Word, ...]
    joined: str
    is_unspaced: bool


def composed(text: str) -> str:
    """The text as it is cut into words: letters with their accents are one sign."""
    whole = HALF_WIDTH.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text)
    return unicodedata.normalize("NFC", whole)


def runs(text: str) -> Iterator[Run]:
    """The runs of a composed text."""
    for found in RUN.finditer(text):
        start = found.start()
        if found["unspaced"] is not None:
            yield Run(tuple(_pairs(found[0], start)), fold(found[0]), True)
        else:
            yield Run(tuple(_parts(found[0], start)), _whole(found[0]), False)


def spellings(word: str) -> tuple[str, ...]:
    """How a word stands in the index: its stem, and its umlauts written out."""
    other = without_umlauts(word)
    return tuple(
        dict.fromkeys(stem(each)[:MAX_WORD] for each in (fold(word), other) if each)
    )


def stem(word: str) -> str:
    """An English word without its plural; any other as it is."""
    if len(word) > 3 and word[-1] == "s" and word.isascii() and word.isalpha():
        if word.endswith("ies") and len(word) > 4:
            return word[:-3] + "y"
        if word[-2] not in "sui":
            return word[:-1]
    return word


def symbols(text: str) -> set[str]:
    """The signs that are neither letters, digits nor spaces: `%`, `_`, an emoji."""
    return {
        sign
        for sign in text
        if not sign.isalnum()
        and not sign.isspace()
        and unicodedata.category(sign)[0] in "SP"
    }


def pictures(text: str) -> set[str]:
    """Emoji, and other signs that mean something by themselves."""
    if text.isascii():
        return set()
    return {sign for sign in text if unicodedata.category(sign) == "So"}


def key(text: str) -> str:
    """A folded name as one word of the index, whatever its length."""
    if len(text) <= MAX_KEY:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[:40]}\N{HORIZONTAL ELLIPSIS}{digest}"


def joined(part: str) -> str:
    """A folded part of a name without the signs in it; empty if it has none."""
    letters = "".join(sign for sign in part if sign.isalnum())
    return stem(letters)[:MAX_WORD] if letters != part else ""


def endings(name: str) -> list[str]:
    """A folded name, and what is left of it after each separator: `b.c` of `a.b.c`."""
    starts = [found.end() for found in SEPARATOR.finditer(name)]
    starts = [start for start in starts if start < len(name)][-MAX_KEYS + 1 :]
    return [key(name), *(key(name[start:]) for start in starts)]


def _pairs(run: str, start: int) -> Iterator[Word]:
    signs = [fold(sign) for sign in run]
    for place in range(len(run) - 1):
        pair = fold(run[place : place + 2])
        yield Word(pair, start + place, start + place + 2)
    # The last sign alone: so every sign begins a word, and finds by itself.
    yield Word(signs[-1], start + len(run) - 1, start + len(run))


def _parts(run: str, start: int) -> Iterator[Word]:
    for begin, end, (text, *others) in _cut(run):
        yield Word(text, start + begin, start + end, tuple(others))


# The same few thousand words make up most names and columns.
@lru_cache(maxsize=32_768)
def _cut(run: str) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    ends = [at for at in range(1, len(run)) if _breaks(run, at)] + [len(run)]
    begins = [0, *ends]
    return tuple(
        (begin, end, spellings(run[begin:end]))
        for begin, end in zip(begins, ends, strict=False)
    )


def _breaks(run: str, place: int) -> bool:
    """Whether a new word begins: `customer|Id`, `HTTP|Server`, `v|2`."""
    before, here = run[place - 1], run[place]
    if before.isdigit() != here.isdigit():
        return True
    if here.isupper():
        after = run[place + 1] if place + 1 < len(run) else ""
        return not before.isupper() or (before.isalpha() and after.islower())
    return False


def _whole(run: str) -> str:
    return stem(fold(run))[:MAX_WORD]
