"""Patterns of properties: all of a text has to fit, and no pattern takes for ever."""

import time

import pytest
from django.db import connection

from catalog.curation.faults import Refused
from catalog.curation.patterns import checked_pattern, is_fitting

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("pattern", "fitting", "unfitting"),
    [
        (r"\d{4}-\d{2}", "2026-05", "2026-05-01"),
        ("[A-Z]{2}|none", "NL", "NLD"),
        (r"CC-\w+", "CC-ä1", "CC-"),
        ("(?:a|b)+", "abba", "abc"),
        (r"a\\1", r"a\1", "a1"),
    ],
)
def test_all_of_a_text_fits_or_it_does_not(pattern, fitting, unfitting):
    assert checked_pattern(pattern) == pattern
    assert is_fitting(fitting, pattern)
    assert not is_fitting(unfitting, pattern)
    assert not is_fitting(f"{fitting}\n", pattern)


@pytest.mark.parametrize(
    "pattern", ["(", "*", "a)|(b", "[a", r"(a)\1", r"\\\1(a)", "a" * 301, "x{9,1}"]
)
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(Refused, match="pattern"):
        checked_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|aa)+b", "(a|a)*b", "(.*a){25}b", "((.?){99}x?){20}y"]
)
def test_no_pattern_keeps_the_server_busy(pattern):
    begun = time.monotonic()
    try:
        checked_pattern(pattern)
        assert not is_fitting("a" * 3999 + "!", pattern)
    except Refused as refusal:
        assert "too long" in str(refusal)  # noqa: PT017
    assert time.monotonic() - begun < 10


def test_other_statements_keep_their_time():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '77s'")
        is_fitting("a", "a")
        with pytest.raises(Refused):
            checked_pattern("(")
        cursor.execute("SHOW statement_timeout")

        assert cursor.fetchone() == ("77s",)
