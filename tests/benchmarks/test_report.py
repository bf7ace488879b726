"""Do the numbers get into the document, and only they?"""

import pytest

from benchmarks import report
from benchmarks.report import DOCUMENT, Table, keep, shown


@pytest.fixture
def document(tmp_path, monkeypatch):
    path = tmp_path / "benchmarks.md"
    path.write_text("# Above\n<!-- speed -->\nold\n<!-- end of speed -->\nBelow\n")
    monkeypatch.setattr(report, "DOCUMENT", path)
    return path


@pytest.fixture
def table():
    table = Table("Speed", ("", "events/s"))
    table.add("one", 1234.5)
    return table


def test_only_what_lies_between_the_marks_is_replaced(document, table):
    keep("speed", [table], "A machine.")
    keep("speed", [table], "A machine.")

    assert document.read_text() == (
        "# Above\n<!-- speed -->\nA machine.\n\n**Speed**\n\n"
        "|  | events/s |\n| --- | --: |\n| one | 1,234 |\n"
        "<!-- end of speed -->\nBelow\n"
    )


def test_a_section_without_a_place_is_an_error(document, table):
    with pytest.raises(LookupError):
        keep("growth", [table], "A machine.")


@pytest.mark.parametrize("section", ["ingest", "growth", "lineage"])
def test_the_document_has_a_place_for_each_benchmark(section):
    text = DOCUMENT.read_text()

    assert text.index(f"<!-- {section} -->") < text.index(f"<!-- end of {section} -->")


def test_numbers_are_shown_with_as_many_digits_as_they_are_worth():
    assert [shown(number) for number in (0.1234, 12.34, 123.4, 12345, "x")] == [
        "0.12",
        "12.3",
        "123",
        "12,345",
        "x",
    ]
