"""Keys of rows, as they are called outside, tell nothing of other rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Dataset, Job
from policies.row_keys import KEY_CHARACTERS, key_of_number, number_of, numbers_of

NUMBERS = st.integers(1, 2**63 - 1)


@given(number=NUMBERS)
def test_a_key_leads_back_to_its_row(number):
    key = key_of_number(Job, number)

    assert number_of(Job, key) == number
    assert len(key) == KEY_CHARACTERS


@given(number=NUMBERS)
def test_a_key_of_one_kind_is_none_of_another(number):
    assert number_of(Dataset, key_of_number(Job, number)) is None


def test_keys_of_neighbours_have_nothing_in_common():
    keys = [key_of_number(Job, number) for number in range(1, 2001)]

    assert len({key[:5] for key in keys}) > 1990
    assert sorted(keys) != keys


@pytest.mark.parametrize(
    "text", ["", "1", "12", "A" * 22, "~" * 22, "é" * 22, "A" * 21 + "\0", "A" * 300]
)
def test_what_somebody_makes_up_is_no_key(text):
    assert number_of(Job, text) is None


@given(number=NUMBERS, last=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_key_has_one_spelling(number, last):
    key = key_of_number(Job, number)

    assert number_of(Job, key[:-1] + last) in (
        None,
        number if last == key[-1] else None,
    )


def test_of_many_those_that_are_keys_are_taken():
    keys = [key_of_number(Job, 7), "7", key_of_number(Dataset, 8), ""]

    assert numbers_of(Job, keys) == [7]
