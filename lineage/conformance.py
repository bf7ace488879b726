"""How far may an event stray from the specification, and what is said about it?"""

import msgspec

from policies.problems import Problem


class Conformance(msgspec.Struct, frozen=True):
    """One deviation that did not matter.

    `pointer` is an RFC 6901 pointer into the event; that of a facet's reading starts at
    the facet.
    """

    pointer: str
    code: str
    message: str


class Refused(Problem):
    """An event that cannot be used, with a pointer to what is wrong with it."""

    pointer: str

    def __init__(self, status: int, code: str, at: str, detail: str) -> None:
        super().__init__(status, code, detail, pointer=at)
