"""Which checks of data or code did a run make, and what did it count?"""

from collections.abc import Iterable
from typing import NamedTuple

from catalog.models import Facet
from lineage.facets.dataset import InputStatistics, OutputStatistics
from lineage.facets.quality import Assertion, DataQualityAssertions, DataQualityMetrics
from lineage.facets.reading import read
from lineage.facets.run import Tests
from lineage.projection.facts import SCOPE_NAMES


class Check(NamedTuple):
    """One check. `outcome` is pass, fail, skip, or what else the producer said."""

    name: str
    outcome: str
    severity: str
    column: str
    expected: str
    actual: str
    description: str


class Statistic(NamedTuple):
    name: str  # rows, bytes or files
    amount: int


def checks_of(facets: Iterable[Facet]) -> list[Check]:
    """The checks that facets tell of, each once: producers send some in two places."""
    found: dict[Check, None] = {}
    for facet in facets:
        match read_facet(facet):
            case DataQualityAssertions(assertions=assertions):
                for one in assertions:
                    found[_assertion_check(one)] = None
            case Tests(tests=tests):
                for test in tests:
                    found[
                        Check(
                            test.name,
                            test.status,
                            test.severity,
                            "",
                            test.expected,
                            test.actual,
                            test.description,
                        )
                    ] = None
    return sorted(found, key=lambda one: (one.outcome != "fail", one.column, one.name))


def _assertion_check(one: Assertion) -> Check:
    kind = one.assertion if one.name else ""
    return Check(
        one.name or one.assertion,
        {True: "pass", False: "fail", None: ""}[one.success],
        one.severity,
        one.column,
        one.expected,
        one.actual,
        one.description or (kind if kind != one.name else ""),
    )


def statistics_of(facets: Iterable[Facet]) -> list[Statistic]:
    """Rows, bytes and files; what was counted as written or read before the rest."""
    found: dict[str, int] = {}
    for facet in sorted(facets, key=lambda one: -one.scope):
        match read_facet(facet):
            case (InputStatistics() | OutputStatistics()) as counted:
                amounts = (counted.row_count, counted.size, counted.file_count)
            case DataQualityMetrics() as counted:
                amounts = (counted.row_count, counted.bytes, counted.file_count)
            case _:
                continue
        for name, amount in zip(("rows", "bytes", "files"), amounts, strict=True):
            if amount is not None:
                found.setdefault(name, amount)
    return [Statistic(*pair) for pair in found.items()]


def read_facet(facet: Facet) -> object:
    """A facet's value, or None where it is no standard one or says nothing."""
    return read(SCOPE_NAMES[facet.scope], facet.key, facet.body.encode()).value
