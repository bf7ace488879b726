"""CSV files that people send, however their programs write them."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.csv_text import lines
from catalog.curation import csv_import
from catalog.curation.csv_import import Unreadable, read_csv
from catalog.services.import_formats import DOMAINS, STATEMENTS, TERMS
from catalog.services.importing import formats

HEADER = "kind,namespace,name,column,aspect,value,detail,action,reason"


def read(content):
    raw = content.encode() if isinstance(content, str) else content
    found = read_csv(io.BytesIO(raw), formats())
    return found.format, list(found.rows)


def test_a_file_is_known_by_its_header():
    assert read(f"{HEADER}\n")[0] is STATEMENTS
    assert read("name,Aspect,value,kind\n")[0] is STATEMENTS
    assert read("domain,description\n")[0] is DOMAINS
    assert read("term,description,synonyms,related,domain\n")[0] is TERMS


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_whatever_parts_cells_and_lines(mark, end):
    text = end.join([f"domain{mark}description", f'Sales{mark}"two{end}lines"', ""])
    [row] = read(text)[1]

    assert row.cells["description"] == f"two{end}lines"
    assert (row.number, row.fault) == (2, "")


def test_a_line_is_numbered_where_it_begins():
    rows = read('\ndomain,description\n\na,"1\n2\n3"\n,\nb,\n')[1]

    assert [(row.number, row.cells["domain"]) for row in rows] == [(4, "a"), (8, "b")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xff\xfed\0", "UTF-16"),
        ("domain,description\nKäse,x".encode("latin-1"), "Line 2 is not UTF-8"),
        ("name,description\n", "no header that is known|lacks the column"),
        ("foo,bar\n", "no header that is known"),
        ("kind,name,aspect\n", "lacks the column value"),
        ("domain,description,colour\n", "column 'colour' too many"),
        ("domain,domain,description\n", "a column twice"),
        ('domain,description\na,"open\n', "Line 2 cannot be read"),
        ('domain,description\n"a"b,c\n', "Line 2 cannot be read"),
        ("domain,description\na," + "x" * 200_000, "Line 2 cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, said):
    with pytest.raises(Unreadable, match=said):
        read(content)


def test_a_mark_at_the_beginning_is_no_text():
    assert read("\ufeffdomain,description\n")[0] is DOMAINS


def test_a_line_of_too_many_cells_is_a_fault_of_its_own():
    rows = read("domain,description\na,b,c\nd\n\0,\n")[1]

    assert "3 cells, and the header 2" in rows[0].fault
    assert (rows[1].cells["description"], rows[1].fault) == ("", "")
    assert "NUL" in rows[2].fault


def test_there_are_bounds(monkeypatch):
    monkeypatch.setattr(csv_import, "MAX_LINES", 2)
    monkeypatch.setattr(csv_import, "MAX_BYTES", 60)

    assert len(read("domain,description\na,\nb,\n")[1]) == 2
    with pytest.raises(Unreadable, match="more than 2 lines"):
        read("domain,description\na,\nb,\nc,\n")
    with pytest.raises(Unreadable, match="larger than"):
        read(f"domain,description\n{'a' * 60}\n")


@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read_again(rows):
    told = [row for row in rows if any(row) and "\0" not in "".join(row)]
    told = [r for r in told if not any("\ud800" <= c <= "\udfff" for c in "".join(r))]
    text = "".join(lines([["domain", "description"], *told]))

    found = [[r.cells["domain"], r.cells["description"]] for r in read(text)[1]]
    assert found == told


@given(st.binary(max_size=200))
def test_no_bytes_break_it(content):
    try:
        read(b"domain,description\n" + content)
    except Unreadable as fault:
        assert str(fault)
