"""An app above the catalog adds a kind of file, unknown to the importer itself."""

from io import BytesIO

import pytest

from catalog.curation.csv_import import read_csv
from catalog.curation.faults import Refused
from catalog.curation.subjects import THE_SYSTEM
from catalog.models import Change, Tag
from catalog.services.entries import ensure_tag
from catalog.services.import_formats import refusal
from catalog.services.importing import Format, Result, formats, take_in_rows, try_rows


def carry_out(making, rows):
    results = []
    for row in rows:
        if not row.cells["colour"]:
            fault = Refused("The colour is missing.", field="colour")
            results.append(refusal(row.number, "colour", fault))
            continue
        ensure_tag(making, row.cells["colour"])
        results.append(Result(row.number, row.cells["colour"], "new"))
    return results


COLOURS = Format(
    name="colours",
    title="Colours",
    columns=("colour", "shade"),
    needed=frozenset({"colour", "shade"}),
    examples=(("red", "dark"),),
    prepare=lambda rows, asker: rows,
    carry_out=carry_out,
    standing=lambda asker: iter(()),
)


@pytest.fixture
def with_colours(settings, db):
    settings.CSV_FORMATS = [*settings.CSV_FORMATS, f"{__name__}.COLOURS"]
    formats.cache_clear()
    yield
    formats.cache_clear()


def test_a_format_from_above_is_recognised_tried_and_done(with_colours):
    read = read_csv(BytesIO(b"colour;shade\nred;dark\nblue;\n"), formats())
    rows = list(read.rows)
    how = {"asker": THE_SYSTEM, "via": Change.Via.CSV}

    assert read.format is COLOURS
    assert try_rows(read.format, rows, **how).counts == {"new": 2}
    assert not Tag.objects.exists()
    done = take_in_rows(read.format, rows, actor=None, **how)
    assert done.change.summary == "Tag: 2 defined."
    assert Tag.objects.current().count() == 2


def test_a_refused_line_takes_the_others_back(with_colours):
    read = read_csv(BytesIO(b"colour;shade\nred;dark\n;light\n"), formats())
    how = {"asker": THE_SYSTEM, "via": Change.Via.CSV, "actor": None}
    rows = list(read.rows)

    assert take_in_rows(read.format, rows, **how).change is None
    assert not Tag.objects.exists()
    assert take_in_rows(read.format, rows, is_partial=True, **how).change
