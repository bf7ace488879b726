"""What may somebody have meant who mistyped a word?"""

from collections.abc import Sequence
from typing import Final, LiteralString

from django.db import connection, transaction

from catalog.models import SpokenWord
from catalog.search.edits import distance
from catalog.search.indexing import spellings

TWO_MISTAKES_LEAST: Final = 8  # letters of a word that may have two

# By the trigrams of words: two mistakes leave this much in common of eight letters.
LESS_SIMILAR: LiteralString = "SET LOCAL pg_trgm.similarity_threshold = 0.18"
SIMILAR: LiteralString = """
SELECT w.word, s.word FROM unnest(%s::text[]) AS w(word)
JOIN catalog_spokenword s ON s.word %% w.word
  AND length(s.word) BETWEEN length(w.word) - 2 AND length(w.word) + 2
"""


def likely(mistyped: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The known words that each of these may mean: all of them within its mistakes.

    None is left out for being rare: which are taken must not depend on things that
    the reader may not see.
    """
    left = {word: spellings(word) for word in mistyped}
    near = SpokenWord.objects.filter(
        spellings__overlap=sorted({s for each in left.values() for s in each})
    )
    known = [
        (word, other)
        for other, theirs in near.values_list("word", "spellings")
        for word, mine in left.items()
        if not mine.isdisjoint(theirs)
    ]
    long = [word for word in mistyped if len(word) >= TWO_MISTAKES_LEAST]
    if long:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LESS_SIMILAR)
            cursor.execute(SIMILAR, [long])
            known += cursor.fetchall()
    close: dict[str, set[str]] = {}
    for word, other in known:
        most = 2 if len(word) >= TWO_MISTAKES_LEAST else 1
        # A mistake changes one letter for another at most.
        if len(set(word).symmetric_difference(other)) > 2 * most:
            continue
        if word != other and distance(word, other) <= most:
            close.setdefault(word, set()).add(other)
    return {word: tuple(sorted(others)) for word, others in close.items()}
