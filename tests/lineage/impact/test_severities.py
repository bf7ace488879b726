"""Which rule holds over a link, and which way explains a hit: by hand."""

import pytest

from lineage.column_sources import Transformation
from lineage.impact.explaining import explain
from lineage.impact.severities import Carry, Kind, Rule, carry_of, effect

STRUCTURE = (
    *(Kind.DROP_COLUMN, Kind.RENAME_COLUMN, Kind.DROP_DATASET, Kind.RENAME_DATASET),
    Kind.REVOKE_SOURCE,
)
# Further on: what a change does over each kind of link.
FURTHER = {
    "breaks": ("identity", "transformation", "aggregation", "masked", "unknown"),
    "may-alter": ("indirect", "withheld"),
}
VALUES = {
    "alters": ("identity", "transformation", "aggregation", "masked"),
    "may-alter": ("indirect", "unknown", "withheld"),
}
TABLE: dict[Kind, dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(STRUCTURE, FURTHER),
    Kind.NULL_COLUMN: VALUES,
    Kind.REDEFINE_COLUMN: VALUES,
    Kind.RETYPE_COLUMN: {
        "alters": ("identity", "transformation", "masked"),
        "may-alter": ("aggregation", "indirect", "unknown", "withheld"),
    },
    Kind.ERASE_SUBJECT: {
        "alters": ("identity", "transformation", "aggregation"),
        "may-alter": ("masked", "indirect", "unknown", "withheld"),
    },
    Kind.STOP_JOB: {"stale": ("flow", "withheld")},
    Kind.DELAY_JOB: {"stale": ("flow", "withheld")},
}
LINES = [
    (kind, carry, severity)
    for kind, lines in TABLE.items()
    for severity, carries in lines.items()
    for carry in carries
]


@pytest.mark.parametrize(("kind", "carry", "severity"), LINES)
def test_each_link_does_what_the_table_says(kind, carry, severity):
    assert effect(kind, [Carry(carry)], is_first=False).severity == severity


@pytest.mark.parametrize("kind", STRUCTURE)
@pytest.mark.parametrize("carry", [*FURTHER["breaks"], "indirect"])
def test_whoever_reads_what_goes_breaks_however_it_reads(kind, carry):
    assert effect(kind, [Carry(carry)], is_first=True) is Rule.READS


def test_of_several_ways_over_one_link_the_strongest_counts():
    both = [Carry.INDIRECT, Carry.IDENTITY]
    assert effect(Kind.NULL_COLUMN, both, is_first=True) is Rule.COMPUTED


@pytest.mark.parametrize(
    ("way", "carry"),
    [
        (("DIRECT", "IDENTITY", "", False), "identity"),
        (("DIRECT", "AGGREGATION", "", None), "aggregation"),
        (("DIRECT", "TRANSFORMATION", "", True), "masked"),
        (("direct", "", "", None), "transformation"),
        (("INDIRECT", "FILTER", "", True), "indirect"),
        (("", "", "", None), "unknown"),
        (("", "", "", True), "masked"),
    ],
)
def test_what_producers_say_of_a_transformation_is_how_it_carries(way, carry):
    assert carry_of(Transformation(*way)) is Carry(carry)


def test_a_longer_way_that_hits_harder_explains_the_hit():
    #  a ─masked→ d          the short way
    #  a ─→ b ─→ c ─→ d      the plain one
    links = {
        ("a", "d"): Rule.MASKED,
        ("a", "b"): Rule.HOLDS,
        ("b", "c"): Rule.HOLDS,
        ("c", "d"): Rule.HOLDS,
        ("d", "e"): Rule.MASKED,
    }
    found = explain(["a"], links, lambda place: place)

    assert (found["d"].rule, found["d"].parent) == (Rule.HOLDS, "c")
    assert (found["e"].rule, found["e"].parent) == (Rule.MASKED, "d")


def test_a_way_is_as_strong_as_its_weakest_link():
    links = {("a", "b"): Rule.INDIRECT, ("b", "c"): Rule.COMPUTED}
    found = explain(["a"], links, lambda place: place)

    assert found["c"].rule is Rule.INDIRECT


def test_cycles_end_and_starts_are_no_hits():
    links = {
        ("a", "b"): Rule.COMPUTED,
        ("b", "a"): Rule.COMPUTED,
        ("b", "b"): Rule.COMPUTED,
    }
    assert set(explain(["a"], links, lambda place: place)) == {"b"}
