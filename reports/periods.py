"""Which period is a report about, going by two dates or times that somebody wrote?"""

from datetime import UTC, datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

DEFAULT_DAYS = 30
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


class NoPeriod(ValueError):
    """What was written is no period; `field` is at fault."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def read_period(since: str, until: str) -> tuple[datetime, datetime]:
    """The first instant and the one after the last; by default the last 30 days.

    A date is its whole day, in UTC. A time without a zone is UTC's.

    Raises NoPeriod.
    """
    end = read_time(until, "to", is_end=True) if until.strip() else timezone.now()
    start = (
        read_time(since, "from")
        if since.strip()
        else end - timedelta(days=DEFAULT_DAYS)
    )
    if start >= end:
        raise NoPeriod("The period must end after it begins.", "to")
    return start, end


def read_time(text: str, field: str, *, is_end: bool = False) -> datetime:
    """An instant; of a date its beginning, or the end of its day. Raises NoPeriod."""
    try:
        day = parse_date(text.strip())
        found = None if day else parse_datetime(text.strip())
    except ValueError:
        day = found = None
    if day is not None:
        found = datetime.combine(day, time.min, UTC)
        # The last day that there is has no next one.
        if is_end and found.year < 9999:
            found += timedelta(days=1)
    if found is None:
        raise NoPeriod(
            f"{field} is a date or a time, such as 2026-05-31 or 2026-05-31T12:00:00Z.",
            field,
        )
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        found = found.astimezone(UTC)
    except OverflowError:
        raise NoPeriod(f"{field} lies outside of the calendar.", field) from None
    if found < EARLIEST:
        raise NoPeriod(f"{field} lies before {EARLIEST:%Y-%m-%d}.", field)
    return found


def read_recorded(text: str) -> datetime | None:
    """The recorded time as of which a report tells; None is now. Raises NoPeriod."""
    if not text.strip():
        return None
    found = read_time(text, "recordedAt", is_end=False)
    if found > timezone.now():
        raise NoPeriod("recordedAt is not in the future.", "recordedAt")
    return found
