"""Tables as text."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.csv_text import bare, cell, lines


def test_every_line_ends_as_rfc_4180_has_it():
    assert list(lines([["a", "b"], [1, None]])) == ["a,b\r\n", "1,\r\n"]


def test_what_would_break_a_line_is_quoted():
    [line] = lines([['says "no"', "two\nlines", "a,b"]])

    assert line == '"says ""no""","two\nlines","a,b"\r\n'


def test_what_is_written_is_read_again():
    row = ["plain", 'q"', "a\r\nb", "ä", ""]

    assert list(csv.reader(io.StringIO("".join(lines([row])), newline=""))) == [row]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_text_that_a_spreadsheet_would_run_is_marked_as_text(sign):
    assert cell(f"{sign}cmd|' /C calc'!A0") == f"'{sign}cmd|' /C calc'!A0"


def test_a_number_below_zero_stays_a_number():
    assert cell(-1) == -1


def test_a_time_is_written_exactly():
    at = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)

    assert cell(at) == "2026-03-01T12:00:00.000005+00:00"


@given(st.text(st.sampled_from("'=+-@\t\r\nab"), max_size=6))
def test_a_guard_is_taken_off_again(text):
    assert bare(cell(text)) == text
