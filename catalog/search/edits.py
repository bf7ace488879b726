"""How many mistakes make one word of another?"""

from functools import lru_cache


def distance(one: str, other: str) -> int:
    """Letters wrong, missing, too many, or swapped with their neighbour.

    Optimal string alignment, a column of its table at once in the bits of numbers:
    H. Hyyro, "A bit-vector algorithm for computing Levenshtein and Damerau edit
    distances", Nordic Journal of Computing 10 (2003).
    """
    if not one:
        return len(other)
    places = _places(one)
    all_bits = (1 << len(one)) - 1
    last = 1 << (len(one) - 1)
    up, down = all_bits, 0  # where the column grows by one from row to row, or shrinks
    found, diagonal, before = len(one), 0, 0
    for letter in other:
        here = places.get(letter, 0)
        swapped = ((~diagonal & here) << 1) & before
        diagonal = swapped | ((((here & up) + up) ^ up) | here | down)
        grows = down | ~(diagonal | up)
        shrinks = diagonal & up
        found += bool(grows & last) - bool(shrinks & last)
        grows = (grows << 1) | 1
        shrinks <<= 1
        up = (shrinks | ~(diagonal | grows)) & all_bits
        down = grows & diagonal & all_bits
        before = here
    return found


@lru_cache(maxsize=64)
def _places(word: str) -> dict[str, int]:
    """Of each letter, where in the word it stands, as bits."""
    places: dict[str, int] = {}
    for at, letter in enumerate(word):
        places[letter] = places.get(letter, 0) | 1 << at
    return places
