"""Which page of a list is it, when the list itself knows how to give a part?"""

from collections.abc import Callable
from typing import Any, Self

Part = Callable[[int, int], tuple[list[Any], int]]


class Counted:
    """A page of what `part(limit, offset)` gives with its count, as a Paginator's.

    Whatever stands in the address, the nearest page that there is.
    """

    def __init__(self, part: Part, number: str | None, size: int) -> None:
        wanted = number or "1"
        self.number = int(wanted) if wanted.isdecimal() and len(wanted) < 9 else 1
        self.number = max(1, self.number)
        self.rows, self.count = part(size, (self.number - 1) * size)
        self.pages = max(1, -(-self.count // size))
        if self.number > self.pages:
            self.number = self.pages
            self.rows, self.count = part(size, (self.number - 1) * size)
        self.size = size

    @property
    def paginator(self) -> Self:
        return self  # where templates look for the count

    def start_index(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    def end_index(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)

    def has_previous(self) -> bool:
        return self.number > 1

    def has_next(self) -> bool:
        return self.number < self.pages

    def has_other_pages(self) -> bool:
        return self.pages > 1

    def previous_page_number(self) -> int:
        return self.number - 1

    def next_page_number(self) -> int:
        return self.number + 1
