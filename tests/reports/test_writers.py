"""The files of a report, read back: all rows, no formula, no sign gone unsaid."""

import csv
import io
import json
import re
import zipfile
import zlib
from xml.etree import ElementTree

import pytest

from reports.documents import Column, Head, Section, facts
from reports.spool import spool
from reports.writers import csv_files, json_text, paper, workbook
from tests.reports.world import HOSTILE

COLUMNS = (Column("name", "Name", 3, is_name=True), Column("note", "Note", 3))
HEAD = Head("What is known", "there / =this", (("Report", "42"), ("Period", "May")))
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def spooled(tmp_path):
    """`spooled(rows)`: a report of one table after some facts."""

    def made(rows, **more):
        folder = tmp_path / "spool"
        folder.mkdir(exist_ok=True)
        sections = [
            facts("identity", "Identity", [("Name", "=1+1"), ("Count", 3)]),
            Section("things", "Things: [all] / more?", COLUMNS, rows, **more),
            Section("trail", "Trail", COLUMNS, withheld="Withheld: no right."),
        ]
        return spool(sections, folder, lambda *_: None)

    return made


@pytest.fixture
def written(tmp_path):
    """`written(writer, spool)`: the file's bytes."""

    def write(writer, spool):
        path = tmp_path / "file"
        writer.write(HEAD, spool, path)
        return path.read_bytes()

    return write


def hostile():
    return [(name, f"{name} again") for name in HOSTILE]


def sheets(body):
    """Each sheet's cells, as (reference, type, text or number), and its formulas."""
    archive = zipfile.ZipFile(io.BytesIO(body))
    for name in sorted(archive.namelist()):
        if name.startswith("xl/worksheets/sheet"):
            root = ElementTree.fromstring(archive.read(name))
            cells = [
                (c.get("r"), c.get("t"), "".join(c.itertext()))
                for c in root.iter(f"{SPREADSHEET}c")
            ]
            yield cells, list(root.iter(f"{SPREADSHEET}f")), archive.read(name)


def test_a_workbook_has_every_text_as_text_and_no_formula_or_link(spooled, written):
    body = written(workbook, spooled(hostile()))

    texts = set()
    for cells, formulas, raw in sheets(body):
        assert formulas == []
        assert b"<hyperlink" not in raw
        texts |= {text for _, kind, text in cells if kind == "inlineStr"}
        assert all(kind in ("inlineStr", None) for _, kind, _ in cells)
    assert set(HOSTILE) - {"\rreturned"} <= texts
    assert "=1+1" in texts


def test_a_workbook_names_its_sheets_as_excel_can(spooled, written):
    body = written(workbook, spooled(hostile()))
    archive = zipfile.ZipFile(io.BytesIO(body))
    names = re.findall(rb'<sheet name="([^"]*)"', archive.read("xl/workbook.xml"))

    assert names == [b"Report", b"Identity", b"Things   all    more ", b"Trail"] or (
        all(len(name) <= 31 and not set(name) & set(b"[]:*?/\\") for name in names)
    )


def test_numbers_are_numbers_and_what_excel_cannot_hold_is_text(spooled, written):
    rows = [(1, 2.5), (2**60, True), ("y" * 40_000, None)]
    body = written(workbook, spooled(rows))

    [_, _, (cells, _, _), _] = list(sheets(body))
    told = {reference: (kind, text) for reference, kind, text in cells}
    assert told["A4"] == (None, "1")
    assert told["B4"] == (None, "2.5")
    assert told["A5"] == ("inlineStr", str(2**60))
    assert told["B5"] == ("inlineStr", "yes")
    assert len(told["A6"][1]) == 32_767
    assert told["A6"][1].endswith("the whole is in the JSON)")


def test_the_same_rows_make_the_same_workbook_and_csv(spooled, written):
    for writer in (workbook, csv_files, json_text):
        assert written(writer, spooled(hostile())) == written(
            writer, spooled(hostile())
        )


def test_csv_guards_what_a_spreadsheet_would_run(spooled, written):
    body = written(csv_files, spooled(hostile()))

    archive = zipfile.ZipFile(io.BytesIO(body))
    assert archive.namelist() == [
        "about.csv",
        "01-identity.csv",
        "02-things.csv",
        "03-trail.csv",
    ]
    for name in archive.namelist():
        text = archive.read(name).decode()
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell
    rows = list(csv.reader(io.StringIO(archive.read("02-things.csv").decode(), "")))
    assert [row[0].removeprefix("'") for row in rows[1:]] == list(HOSTILE)


def test_json_keeps_every_value_as_it_is(spooled, written):
    told = json.loads(written(json_text, spooled([*hostile(), (None, 2**60)])))

    [_, things, trail] = told["sections"]
    assert [row[0] for row in things["rows"]] == [*HOSTILE, None]
    assert things["rows"][-1][1] == 2**60
    assert things["rowCount"] == len(HOSTILE) + 1
    assert trail["withheld"] == "Withheld: no right."


def test_no_rows_are_still_a_report(spooled, written):
    for writer in (workbook, csv_files, json_text, paper):
        assert written(writer, spooled([]))


def text_streams(body):
    """What of a PDF can be inflated, as one."""
    streams = []
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", body, re.DOTALL):
        try:
            streams.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    return b"\n".join([body, *streams])


def test_a_pdf_is_tagged_for_screen_readers_and_says_its_language(spooled, written):
    body = text_streams(written(paper, spooled(hostile())))

    assert b"/StructTreeRoot" in body
    assert b"/Marked true" in body
    assert b"<pdfuaid:part>1</pdfuaid:part>" in body
    assert re.search(rb"/Lang\s*\(en\)", body)
    for kind in (b"/TH", b"/TD", b"/H1", b"/H2"):
        assert kind in body, kind


def test_a_sign_that_no_font_has_is_spelt_and_counted():
    # Private use, tags, and signs of which nobody has made a font.
    head = Head("t", "s \ue000", ())
    made = paper._set(head, [], set())

    assert made.startswith(b"%PDF-")
    assert paper._settable("a\u202eb \ue000", set()) == "a[U+202E]b [U+E000]"
    assert paper._settable("a\U0001f600", {"\U0001f600"}) == "a[U+1F600]"
    told = paper._data(HEAD, [], 2)["facts"][-1]
    assert told[0] == "Signs without a font"
    assert "2 of the signs" in told[1]


def test_the_typesetter_says_which_signs_it_lacks():
    said = (
        'error: PDF/UA-1 error: the text `"顧"` could not be displayed with font '
        '`"Libertinus Serif"`\n'
        'error: PDF/UA-1 error: the text `"\\u{13000}\\""` could not be displayed with'
    )
    assert list(paper._missing(said)) == ["顧", '\U00013000"']


def test_signs_of_every_script_become_a_pdf_whatever_fonts_there_are(spooled, written):
    """The unassigned have no font anywhere: then they are found out and spelt."""
    rows = [("\U0001fbff\u0378\u2fef", "nobody's signs")]
    assert written(paper, spooled([*hostile(), *rows])).startswith(b"%PDF-")


def test_a_pdf_holds_so_many_rows_and_says_how_many_more_there_are(spooled):
    rows = [(f"column_{i}", f"text {i}") for i in range(10_000)]
    sections = list(paper._sections(spooled(rows)))

    assert len(sections[1]["rows"]) == paper.ROWS_A_SECTION
    assert "9,000 of 10,000 rows are not in this file" in sections[1]["note"]


def test_long_words_may_break_and_times_may_not():
    assert paper._settable("2026-11-26 15:03:01 UTC", set()) == (
        "2026-11-26 15:03:01 UTC"
    )
    assert "\u200b" in paper._settable("warehouse.marts.orders", set())
    longest = max(map(len, paper._settable("x" * 900, set()).split("\u200b")))
    assert longest <= 11


def test_rows_are_read_once_and_the_digest_is_of_what_was_read(spooled):
    once = iter(hostile())
    first = spooled(once)

    assert list(once) == []
    assert first.sections[1].row_count == len(HOSTILE)
    assert [row[0] for row in first.sections[1].rows()] == list(HOSTILE)
    assert first.data_sha256 == spooled(hostile()).data_sha256
    assert first.data_sha256 != spooled(hostile()[1:]).data_sha256
    assert first.data_sha256 != spooled(hostile(), note="another").data_sha256
