"""Which texts name an instant, and which one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.event_time import NoInstant, read_time

NOON = datetime(2026, 5, 4, 12, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-05-04T12:00:01Z", NOON),
        ("2026-05-04t12:00:01z", NOON),
        ("2026-05-04 12:00:01Z", NOON),
        ("2026-05-04T14:00:01+02:00", NOON),
        ("2026-05-04T14:00:01+0200", NOON),
        ("2026-05-04T14:00:01+02", NOON),
        ("2026-05-04T06:30:01-05:30", NOON),
        ("2026-05-04T12:00:01-00:00", NOON),
        ("2026-05-04T14:00:01+02:00[Europe/Paris]", NOON),
        ("2026-05-04T12:00:01Z[Etc/UTC]", NOON),
        ("2026-05-04T12:00Z", NOON.replace(second=0)),
        ("2026-05-04T12:00:01.5Z", NOON.replace(microsecond=500_000)),
        ("2026-05-04T12:00:01,5Z", NOON.replace(microsecond=500_000)),
        ("2026-05-04T12:00:01.123456789Z", NOON.replace(microsecond=123_456)),
        ("2026-05-04T12:00:01.9999999999Z", NOON.replace(microsecond=999_999)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_with_its_zone(text, instant):
    assert read_time(text) == (instant, True)


@pytest.mark.parametrize("text", ["2026-05-04T12:00:01", "2026-05-04 12:00:01.000"])
def test_a_time_without_a_zone_is_utc_and_says_so(text):
    assert read_time(text) == (NOON, False)


def test_a_zones_name_without_an_offset_is_no_zone():
    with pytest.raises(NoInstant):
        read_time("2026-05-04T12:00:01[Europe/Paris]")


@given(st.datetimes(timezones=st.timezones()))
def test_whatever_python_writes_is_read_back(moment):
    offset = moment.utcoffset()
    if offset is None or offset % timedelta(minutes=1):
        return  # before 1972 some zones have seconds
    try:
        wanted = moment.astimezone(UTC)
    except OverflowError:
        with pytest.raises(NoInstant):
            read_time(moment.isoformat())
        return
    assert read_time(moment.isoformat()) == (wanted, True)


@given(st.text(max_size=40) | st.from_regex(r"[0-9:TZ+\-. ]{10,30}", fullmatch=True))
def test_any_text_is_an_instant_or_none(text):
    try:
        instant, _ = read_time(text)
    except NoInstant:
        return
    assert instant.tzinfo is UTC
