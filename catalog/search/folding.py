"""Which letters are the same to somebody who searches?

Case, accents and width do not count: `Résumé` is `resume`, `Straße` is `strasse`.
Nothing is asked of the database, whose locales and extensions differ.
"""

import unicodedata
from functools import lru_cache

# Letters that decompose into nothing simpler, and that people type without them.
PLAIN = str.maketrans(
    {
        "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i",  # noqa: RUF001
        "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n", "ĸ": "k",
    }
)  # fmt: skip
# As Germans write umlauts where there are none on the keyboard.
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def fold(text: str) -> str:
    """The text as it is compared: lower case, without accents, composed."""
    if text.isascii():
        return text.lower()
    folded = "".join(map(_fold_letter, unicodedata.normalize("NFC", text)))
    # A mark of voice that stood beside its kana joins it here.
    return unicodedata.normalize("NFC", folded)


def without_umlauts(text: str) -> str | None:
    """The text with `ae` for `ä` and so on, folded; None where there is no umlaut."""
    if text.isascii():
        return None
    composed = unicodedata.normalize("NFC", text).lower()
    spelled = composed.translate(UMLAUTS)
    return fold(spelled) if spelled != composed else None


@lru_cache(maxsize=16_384)
def _fold_letter(letter: str) -> str:
    lower = letter.casefold().translate(PLAIN)
    parts = unicodedata.normalize("NFKD", lower).casefold()
    # Marks of Latin, Greek and Cyrillic; those of other scripts make other letters.
    kept = "".join(part for part in parts if not "\u0300" <= part <= "\u036f")
    return unicodedata.normalize("NFC", kept.translate(PLAIN))
