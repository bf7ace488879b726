"""Medians, spreads and scores, reckoned by hand."""

import pytest

from lineage.quality.robust import judge_all, percentile, spread


@pytest.mark.parametrize(
    ("values", "median", "mad", "scale"),
    [
        # Distances from 4: 3 2 1 0 1 2 5; the middle one of them is 2.
        ([1, 2, 3, 4, 5, 6, 9], 4, 2, 1.4826 * 2),
        # An even number: the median lies between 20 and 30; distances 15 5 5 5 5 975.
        ([10, 20, 20, 30, 30, 1000], 25, 5, 1.4826 * 5),
        # More than half alike: MAD is 0, the mean distance (0+0+0+0+10)/5 stands in.
        ([100, 100, 100, 100, 110], 100, 0, 1.2533 * 2),
        # Constant: one part in a hundred of it.
        ([500] * 6, 500, 0, 5),
        # Constant and small, or 0: the least that counts.
        ([7] * 5, 7, 0, 1),
        ([0] * 5, 0, 0, 1),
    ],
)
def test_a_spread_is_as_reckoned_by_hand(values, median, mad, scale):
    found = spread(values, least=1)

    assert (found.median, found.mad) == (median, mad)
    assert found.scale == pytest.approx(scale)
    assert found.high - found.median == pytest.approx(3.5 * scale)


def test_four_values_tell_nothing():
    assert spread([1, 2, 3, 4], least=1) is None


def test_a_value_is_judged_by_those_before_it_alone():
    judged = judge_all([10, 11, 10, 12, 11, 40, 11], least=1)

    assert [one.is_unusual for one in judged] == [False] * 5 + [True, False]
    # Median 11, distances 1 0 1 1 0, MAD 1: (40 - 11) / 1.4826.
    assert judged[5].score == pytest.approx(19.56, abs=0.01)
    assert judged[4].past is None


def test_a_constant_history_calls_only_what_matters_unusual():
    history = [1000.0] * 10

    assert not judge_all([*history, 1030.0], least=1)[-1].is_unusual
    low = judge_all([*history, 960.0], least=1)[-1]
    assert low.is_unusual
    assert low.is_low
    assert low.score == pytest.approx(-4)


def test_the_window_forgets():
    judged = judge_all([1.0] * 30 + [100.0] * 30, least=1)

    assert judged[30].is_unusual
    assert not judged[59].is_unusual


@pytest.mark.parametrize(
    ("values", "found"),
    [([], None), ([3], 3), (range(1, 21), 19), (range(1, 101), 95), ([5, 1, 9], 9)],
)
def test_the_95th_percentile_is_a_value_that_there_is(values, found):
    assert percentile(list(values), 0.95) == found
