"""Does PostgreSQL read an array as it was meant?"""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.projection.rows import spell
from lineage.writing import session

pytestmark = pytest.mark.django_db

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
COLUMNS = [
    ("text", TEXTS | st.sampled_from(["NULL", '"', "\\", '","', "{}", ""])),
    ("bigint", st.integers(-(2**63), 2**63 - 1)),
    ("bytea", st.binary()),
    ("boolean", st.booleans()),
    ("uuid", st.uuids()),
    ("timestamptz", st.datetimes(timezones=st.just(UTC))),
]


@pytest.mark.parametrize(("kind", "values"), COLUMNS, ids=[kind for kind, _ in COLUMNS])
def test_an_array_is_read_as_it_was_meant(kind, values):
    @given(st.lists(st.none() | values) | st.lists(values))
    def holds(column):
        sql = f"SELECT * FROM unnest(%s::{kind}[])"
        read = [value for (value,) in session().fetch(sql, spell(column))]
        assert read == column

    holds()
