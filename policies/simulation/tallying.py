"""How often was each bit added? Counters of many principals at once."""

from collections import Counter


class Tally:
    """For each bit, how often it was added: many counters, sliced by binary digit."""

    def __init__(self) -> None:
        self._added: Counter[int] = Counter()

    def add(self, bits: int, times: int) -> None:
        self._added[bits] += times

    def counts(self, size: int) -> list[int]:
        digits: list[int] = []
        for bits, times in self._added.items():
            for place in range(times.bit_length()):
                if times >> place & 1:
                    _carry(digits, bits, place)
        counts = [0] * size
        for place, digit in enumerate(digits):
            text = digit.to_bytes((size + 7) // 8, "little")
            for index in range(size):
                if text[index >> 3] >> (index & 7) & 1:
                    counts[index] += 1 << place
        return counts


def _carry(digits: list[int], bits: int, place: int) -> None:
    while bits:
        while len(digits) <= place:
            digits.append(0)
        digits[place], bits = digits[place] ^ bits, digits[place] & bits
        place += 1
