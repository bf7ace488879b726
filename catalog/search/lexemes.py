"""How is a thing written into a tsvector, so that each way to ask finds it?

A word stands by itself, weighted by where it is. Beside words stand whole names: `=`
and what is left of a name after one of its separators, `#` and a column, and signs.
"""

from collections.abc import Iterable

from catalog.search import words
from catalog.search.folding import fold, without_umlauts

# PostgreSQL's weights: which of them a word has decides how good a hit is.
NAME, MARK, PROSE, COLUMN = "A", "B", "C", "D"
MAX_POSITION = 16_383
MAX_LEXEMES = 20_000
MAX_PROSE = 20_000  # characters of a description
MAX_COLUMNS = 4_000
WHOLE_NAME, WHOLE_COLUMN = "=", "#"
GAP = 5  # between texts: a phrase does not reach from one into the next


class Lexemes:
    """The words of one thing, gathered text by text."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._position = 1
        self.spoken: set[str] = set()  # words of letters alone, which can be mistyped

    def add_name(self, name: str) -> None:
        """A name of the thing: its words, its endings, its signs."""
        for spelling in filter(None, (fold(name), without_umlauts(name))):
            endings = words.endings(spelling)
            for ending in (*endings, words.stem(endings[-1])):
                self._add(WHOLE_NAME + ending)
        for sign in words.symbols(name):
            self._add(sign)
        self._add_words(name, NAME)
        for part in words.SEPARATOR.split(fold(name)):
            # Who leaves out the signs within a part finds it too.
            if joined := words.joined(part):
                self._add(joined, NAME)

    def add_marks(self, texts: Iterable[str]) -> None:
        """Its tags, owners, terms, domain and products."""
        for text in texts:
            self._add_words(text, MARK)

    def add_prose(self, text: str) -> None:
        """What somebody wrote about it."""
        self._add_words(text[:MAX_PROSE], PROSE)
        for sign in words.pictures(text[:MAX_PROSE]):
            self._add(sign)

    def add_place(self, text: str) -> None:
        """Where it is: the name of its namespace."""
        self._add_words(text, COLUMN)

    def add_column(self, name: str) -> None:
        """A column of it."""
        folded = fold(name)
        self._add(WHOLE_COLUMN + words.key(folded))
        if joined := words.joined(folded):
            self._add(joined, COLUMN)
        self._add_words(name, COLUMN)

    def text(self) -> str:
        """The whole, as PostgreSQL reads a tsvector."""
        return " ".join(
            quoted(lexeme) + (f":{places}" if places else "")
            for lexeme, places in self._places.items()
        )

    def _add_words(self, text: str, weight: str) -> None:
        for run in words.runs(words.composed(text)):
            first = self._position
            for word in run.words:
                for spelling in (word.text, *word.joined):
                    self._add(spelling, weight)
                    if len(spelling) > 3 and spelling.isalpha() and not run.is_unspaced:
                        self.spoken.add(spelling)
                self._position += 1
            if len(run.words) > 1 and not run.is_unspaced:
                self._add(run.joined, weight, first)
        self._position += GAP

    def _add(self, lexeme: str, weight: str = "", position: int = 0) -> None:
        known = self._places.get(lexeme)
        if known is None and len(self._places) >= MAX_LEXEMES:
            return
        if not weight:
            self._places[lexeme] = known or ""
            return
        # D is what PostgreSQL takes it for where nothing is written.
        letter = "" if weight == COLUMN else weight
        place = f"{min(position or self._position, MAX_POSITION)}{letter}"
        if not known:
            self._places[lexeme] = place
        elif known.count(",") < 8:
            self._places[lexeme] = f"{known},{place}"


def quoted(lexeme: str) -> str:
    """A lexeme as tsvector and tsquery read it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
