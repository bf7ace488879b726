"""Which namespaces does a right reach, alone and together with others?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Self

from django.db.models import Q

# `*` stands for any characters, none and slashes included. Nothing else is special, but
# that `[*]` stands for a star itself: host names, paths and instance names hold every
# other sign (`?`, `%`, `\`, brackets) as plain text.
STAR = re.compile(r"\[\*\]|\*")
REGEX_SIGNS = re.compile(r"[\\^$.|?*+()\[\]{}]")


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern over namespace names, case and accents as they are.

    `literals` are the texts between its stars: one for a name without any.
    """

    literals: tuple[str, ...]

    @classmethod
    def parse(cls, pattern: str) -> Self:
        """Read a pattern; every string is one."""
        literals = [""]
        start = 0
        for star in STAR.finditer(pattern):
            literals[-1] += pattern[start : star.start()]
            start = star.end()
            if star.group() == "*":
                literals.append("")
            else:
                literals[-1] += "*"
        literals[-1] += pattern[start:]
        return cls(tuple(literals))

    def matches(self, name: str) -> bool:
        """Whether the whole of `name` fits; in time linear in its length."""
        first, *rest = self.literals
        if not rest:
            return name == first
        *middle, last = rest
        if len(name) < len(first) + len(last):
            return False
        if not (name.startswith(first) and name.endswith(last)):
            return False
        position, end = len(first), len(name) - len(last)
        for literal in middle:
            # The leftmost place is always good enough: what follows a star may begin
            # anywhere later.
            found = name.find(literal, position, end)
            if found < 0:
                return False
            position = found + len(literal)
        return True

    def as_q(self, lookup: str) -> Q:
        """The same rule for SQL, over the text that `lookup` leads to."""
        if len(self.literals) == 1:
            return Q(**{lookup: self.literals[0]})
        if len(self.literals) == 2 and not self.literals[1]:
            return Q(**{f"{lookup}__startswith": self.literals[0]})
        # What LIKE can say takes a fraction of the time of a regular expression.
        if self.literals[0] == "" and len(self.literals) == 2:
            return Q(**{f"{lookup}__endswith": self.literals[1]})
        if len(self.literals) == 3 and self.literals[0] == self.literals[2] == "":
            return Q(**{f"{lookup}__contains": self.literals[1]})
        between = ".*".join(REGEX_SIGNS.sub(r"\\\g<0>", part) for part in self.literals)
        return Q(**{f"{lookup}__regex": f"^{between}$"})


def exactly(name: str) -> str:
    """The pattern that fits `name` alone."""
    return name.replace("*", "[*]")


@dataclass(frozen=True, slots=True)
class NamespaceScope:
    """A set of namespaces: those that fit a glob of each clause, and no denied one.

    No clause at all is everything; an empty clause fits nothing. A principal's grants
    make one clause, the narrowing of a token a second one.
    """

    clauses: tuple[frozenset[Glob], ...] = ()
    denied: frozenset[Glob] = frozenset()

    @classmethod
    def any_of(cls, globs: Iterable[Glob]) -> Self:
        """What fits at least one of `globs`; nothing, if there is none."""
        return cls((frozenset(globs),))

    @property
    def is_everything(self) -> bool:
        return not self.clauses and not self.denied

    @property
    def is_nothing(self) -> bool:
        """Whether no name whatever can fit: decided by the rule, not by the catalog."""
        return any(not clause for clause in self.clauses)

    def allows(self, name: str) -> bool:
        """Whether the namespace of this exact name is inside."""
        return all(
            any(glob.matches(name) for glob in clause) for clause in self.clauses
        ) and not any(glob.matches(name) for glob in self.denied)

    def __and__(self, other: "NamespaceScope") -> "NamespaceScope":
        return NamespaceScope(self.clauses + other.clauses, self.denied | other.denied)

    def without(self, globs: Iterable[Glob] | None) -> "NamespaceScope":
        """What is left when these are denied; nothing, if None."""
        if globs is None:
            return NOWHERE
        return NamespaceScope(self.clauses, self.denied | frozenset(globs))

    def as_q(self, lookup: str) -> Q:
        """The filter over the namespace name that `lookup` leads to."""
        if self.is_nothing:
            return Q(pk__in=[])
        result = Q()
        for clause in self.clauses:
            # One IN for all plain names keeps the index of the name in use.
            names = sorted(g.literals[0] for g in clause if len(g.literals) == 1)
            globs = sorted(g.literals for g in clause if len(g.literals) > 1)
            parts = [Glob(literals).as_q(lookup) for literals in globs]
            if names:
                parts.append(Q(**{f"{lookup}__in": names}))
            result &= reduce(or_, parts)
        for literals in sorted(glob.literals for glob in self.denied):
            result &= ~Glob(literals).as_q(lookup)
        return result


EVERYWHERE = NamespaceScope()
NOWHERE = NamespaceScope((frozenset(),))
