"""Where in a text does it say what was asked for?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.search import words
from catalog.search.folding import fold
from catalog.search.queries import Query

Range = tuple[int, int]
SNIPPET = 180  # characters of a long text that are shown
BEFORE = 60  # of them, at most, before what was found


@dataclass(frozen=True, slots=True)
class Marked:
    """A text, and the ranges of characters in it that fit: from, up to and without."""

    text: str
    ranges: tuple[Range, ...]

    def pieces(self) -> list[tuple[str, bool]]:
        """The text cut up, each piece with whether it is marked."""
        cut, at = [], 0
        for start, end in self.ranges:
            cut += [(self.text[at:start], False), (self.text[start:end], True)]
            at = end
        return [piece for piece in [*cut, (self.text[at:], False)] if piece[0]]


@dataclass
class Marker:
    """What of a query can be seen in a text."""

    whole: set[str] = field(default_factory=set)
    beginnings: set[str] = field(default_factory=set)
    unspaced: list[str] = field(default_factory=list)
    text: str = ""
    signs: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: Query, taken: Mapping[str, tuple[str, ...]]) -> "Marker":
        marker = cls(text=query.folded, signs=query.signs)
        for term in query.terms:
            for run in term.runs:
                if run.is_unspaced:
                    marker.unspaced.append(run.joined)
                    continue
                seen = {run.joined} if len(run.words) > 1 else set()
                for word in run.words:
                    seen |= {word.text, *word.joined}
                    marker.whole |= set(taken.get(word.text, ()))
                longer = {
                    w
                    for w in seen
                    if not term.is_phrase
                    and (len(w) >= 3 or (term.is_beginning and len(w) == 2))
                }
                marker.beginnings |= longer
                marker.whole |= seen - longer
        return marker

    def mark(self, text: str) -> Marked | None:
        """The text with what fits marked, None if nothing does."""
        shown = words.composed(text)
        ranges = self._ranges(shown)
        return Marked(shown, tuple(ranges)) if ranges else None

    def snippet(self, text: str) -> Marked | None:
        """The part of a long text around what fits first; None if nothing does."""
        marked = self.mark(" ".join(text.split()))
        if marked is None or len(marked.text) <= SNIPPET:
            return marked
        start = max(0, marked.ranges[0][0] - BEFORE)
        if start:
            space = marked.text.find(" ", start, marked.ranges[0][0])
            start = space + 1 if space >= 0 else start
        end = min(len(marked.text), start + SNIPPET)
        head = "\N{HORIZONTAL ELLIPSIS}" if start else ""
        tail = "\N{HORIZONTAL ELLIPSIS}" if end < len(marked.text) else ""
        moved = [
            (a - start + len(head), min(b, end) - start + len(head))
            for a, b in marked.ranges
            if start <= a < end
        ]
        return Marked(head + marked.text[start:end] + tail, tuple(moved))

    def _ranges(self, text: str) -> list[Range]:
        found: list[Range] = []
        for run in words.runs(text):
            first, last = run.words[0].start, run.words[-1].end
            if run.is_unspaced:
                found += self._among_signs(run.joined, first, last)
            elif len(run.words) > 1 and self._fits(run.joined):
                found.append((first, last))
            else:
                found += [
                    (word.start, word.end)
                    for word in run.words
                    if any(map(self._fits, (word.text, *word.joined)))
                ]
        found += [(at, at + 1) for at, sign in enumerate(text) if sign in self.signs]
        if len(self.text) > 1:
            found += _occurrences(text, self.text)
        return _united(found)

    def _fits(self, word: str) -> bool:
        return word in self.whole or word.startswith(tuple(self.beginnings))

    def _among_signs(self, folded: str, first: int, last: int) -> list[Range]:
        if last - first != len(folded):
            return [(first, last)] if any(q in folded for q in self.unspaced) else []
        ranges = []
        for sought in self.unspaced:
            at = folded.find(sought)
            while at >= 0:
                ranges.append((first + at, first + at + len(sought)))
                at = folded.find(sought, at + 1)
        return ranges


def _occurrences(text: str, sought: str) -> list[Range]:
    """Where the folded text has `sought`, told in characters of the text."""
    letters = [(fold(sign), at) for at, sign in enumerate(text)]
    folded = "".join(letter for letter, _ in letters)
    if sought not in folded:
        return []
    origin = [at for letter, at in letters for _ in letter]
    ranges = []
    at = folded.find(sought)
    while at >= 0:
        ranges.append((origin[at], origin[at + len(sought) - 1] + 1))
        at = folded.find(sought, at + 1)
    return ranges


def _united(ranges: list[Range]) -> list[Range]:
    united: list[Range] = []
    for start, end in sorted(ranges):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united
