"""What does somebody ask for who types `"order items" cust`?"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from catalog.search import words
from catalog.search.folding import fold
from catalog.search.lexemes import WHOLE_COLUMN, WHOLE_NAME, quoted
from catalog.search.words import Run

TEXT_MAX = 200
MAX_TERMS = 12
PHRASE = re.compile(r'"([^"]*)"')
SUBSTRING_LEAST = 3  # fewer signs make no trigram
SUBSTRING_MOST = 32  # what is longer is a name, and found by its words
MISTYPED_LEAST = 4
MISTYPED_MOST = 5  # words of a text in which mistakes are looked for


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must be there. `runs` stand one after another in a phrase."""

    runs: tuple[Run, ...]
    is_phrase: bool = False
    is_beginning: bool = False


@dataclass(frozen=True)
class Query:
    """A text that is looked for, and the words and phrases that it asks for."""

    text: str
    terms: tuple[Term, ...]
    signs: tuple[str, ...]  # what must be there where there is no word, or an emoji

    @cached_property
    def folded(self) -> str:
        """The text as names are compared, without the marks of phrases."""
        parts = fold(self.text).replace('"', " ").split()
        said = [part for part in parts if any(map(_says_something, part))]
        return " ".join(said if self.terms else parts)

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.signs)

    @property
    def substring(self) -> str | None:
        """What names may have in the midst of words; None if too short or long."""
        is_of_use = SUBSTRING_LEAST <= len(self.folded) <= SUBSTRING_MOST
        return self.folded if is_of_use and self.terms and not self.is_prose else None

    @property
    def is_prose(self) -> bool:
        """Whether there are spaces in it, which names hardly have."""
        return " " in self.folded

    @property
    def mistypeable(self) -> list[str]:
        """The words that may be mistyped, each once."""
        if len(self.terms) > MISTYPED_MOST:
            return []
        found = (
            word.text
            for term in self.terms
            if not term.is_phrase
            for run in term.runs
            if not run.is_unspaced
            for word in run.words
        )
        return [
            word
            for word in dict.fromkeys(found)
            if len(word) >= MISTYPED_LEAST and word.isalpha()
        ]

    def tsquery(
        self,
        weight: str = "",
        instead: Mapping[str, tuple[str, ...]] | None = None,
        *,
        is_typed: bool = True,
    ) -> str:
        """All terms as a tsquery; `instead` has what words are taken for as well.

        With `is_typed` the last word may be the beginning of one.
        """
        terms = [
            term if is_typed else replace(term, is_beginning=False)
            for term in self.terms
        ]
        parts = [_term(term, weight, instead or {}) for term in terms]
        parts += [quoted(sign) for sign in self.signs]
        return " & ".join(parts)

    @property
    def whole_name(self) -> str:
        """A tsquery for what is called so, or has a name that ends so."""
        spellings = dict.fromkeys((self.folded, words.stem(self.folded)))
        return _any([quoted(WHOLE_NAME + words.key(each)) for each in spellings])

    @property
    def name_beginning(self) -> str:
        """A tsquery for names, or parts of them, that begin so."""
        return quoted(WHOLE_NAME + self.folded[: words.MAX_KEY]) + ":*"

    @property
    def whole_column(self) -> str:
        return quoted(WHOLE_COLUMN + words.key(self.folded))


def read(text: str) -> Query:
    """Understand a text; every text is a query, and an empty one asks for nothing."""
    text = _cleaned(text)
    terms: list[Term] = []
    for place, part in enumerate(PHRASE.split(text)):
        found = tuple(words.runs(words.composed(part)))
        if place % 2 and found:
            terms.append(Term(found, is_phrase=True))
        elif not place % 2:
            terms += [Term((run,)) for run in found]
    terms = terms[:MAX_TERMS]
    if terms and not terms[-1].is_phrase:
        terms[-1] = Term(terms[-1].runs, is_beginning=True)
    signs = words.pictures(text) if terms else words.symbols(text) - {'"'}
    return Query(text, tuple(terms), tuple(sorted(signs)[:MAX_TERMS]))


def _says_something(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign) == "So"


def _cleaned(text: str) -> str:
    shown = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text
    )
    return " ".join(shown.split())[:TEXT_MAX]


def _term(term: Term, weight: str, instead: Mapping[str, tuple[str, ...]]) -> str:
    if term.is_phrase:
        signs = [word.text for run in term.runs for word in run.words]
        if term.runs[-1].is_unspaced and len(signs) > 1:
            signs.pop()  # the last sign alone is in the pair before it
        suffix = f":{weight}" if weight else ""
        return "(" + " <-> ".join(quoted(sign) + suffix for sign in signs) + ")"
    [run] = term.runs
    if run.is_unspaced:
        pairs = [word.text for word in run.words]
        # One sign is the beginning of pairs; more are the pairs that they make.
        suffix = _suffix(weight, len(pairs) == 1)
        return _all([quoted(pair) + suffix for pair in pairs[:-1] or pairs])
    parts = [
        _any(
            [
                quoted(spelling) + _suffix(weight, _opens(spelling, term, run, place))
                for spelling in (word.text, *word.joined)
            ]
            + [
                quoted(other) + _suffix(weight, False)
                for other in instead.get(word.text, ())
            ]
        )
        for place, word in enumerate(run.words)
    ]
    if len(parts) == 1:
        return parts[0]
    is_long = len(run.joined) >= SUBSTRING_LEAST
    whole = quoted(run.joined) + _suffix(weight, term.is_beginning and is_long)
    return _any([whole, _all(parts)])


def _opens(spelling: str, term: Term, run: Run, place: int) -> bool:
    """Whether longer words count that begin so: only of what may still be typed.

    Every such beginning costs a walk through all words that have it.
    """
    is_last = term.is_beginning and place == len(run.words) - 1
    return is_last and len(spelling) >= SUBSTRING_LEAST


def _suffix(weight: str, is_beginning: bool) -> str:
    letters = ("*" if is_beginning else "") + weight
    return f":{letters}" if letters else ""


def _any(parts: list[str]) -> str:
    unique = list(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else "(" + " | ".join(unique) + ")"


def _all(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else "(" + " & ".join(parts) + ")"
