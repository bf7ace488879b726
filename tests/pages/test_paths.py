"""A name of any characters is one segment of an address, and comes back from it."""

from urllib.parse import unquote

import pytest
from django.urls import Resolver404, resolve, reverse
from hypothesis import given
from hypothesis import strategies as st

from catalog.paths import escape, unescape

NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
)


@given(NAMES)
def test_a_name_comes_back_from_its_segment(name):
    assert unescape(escape(name)) == name


@given(NAMES)
def test_a_segment_has_nothing_that_servers_and_browsers_treat_as_their_own(name):
    segment = escape(name)

    assert not set(segment) & set("/\\%?#;\n\r\t")
    assert segment not in (".", "..")


@pytest.mark.parametrize("segment", ["~61", "~2f", "~", "a~zz", "..", "a\nb"])
def test_a_segment_that_no_name_makes_is_refused(segment):
    with pytest.raises(ValueError, match="no escaped name"):
        unescape(segment)


@pytest.mark.parametrize(
    "name",
    [
        "postgres://db:5432",
        "s3://bucket",
        "..",
        "a/b/versions",
        "50% off?#;x",
        "~",
        "ñ 名",
    ],
)
def test_each_name_has_one_address(name):
    address = reverse("dataset-detail", args=["file", name])
    found = resolve(unquote(address))  # as a WSGI server hands it over

    assert found.url_name == "dataset-detail"
    assert found.kwargs["name"] == name


@pytest.mark.parametrize("address", ["/datasets/a/~61", "/datasets/a/~2f"])
def test_a_second_address_of_a_name_leads_nowhere(address):
    with pytest.raises(Resolver404):
        resolve(address)
