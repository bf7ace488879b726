"""Which instant does a text name?"""

import re
from datetime import UTC, datetime, timedelta, timezone

_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<minute>\d{2}:\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,32}))?)?"
    r"(?:(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?)"
    r"(?:\[[A-Za-z0-9_+\-/:]{1,64}\])?)?",
    re.ASCII,
)


class NoInstant(ValueError):
    """A text that names no instant."""


def read_time(text: str) -> tuple[datetime, bool]:
    """Read an RFC 3339 time, and say whether it named its zone.

    Without a zone it is taken as UTC. More than six digits of a second are cut off, a
    leap second is the last microsecond before it, and Java's `[Europe/Paris]` is
    ignored beside the offset that always precedes it.

    Raises NoInstant for anything else: dates alone, epoch numbers, years outside 1 to
    9999.
    """
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise NoInstant(text)
    second = found["second"] or "00"
    fraction = (found["fraction"] or "")[:6].ljust(6, "0")
    if second == "60":
        second, fraction = "59", "999999"
    try:
        local = datetime.fromisoformat(
            f"{found['date']}T{found['minute']}:{second}.{fraction}"
        )
        zone = UTC if found["sign"] is None else _offset(found)
        return local.replace(tzinfo=zone).astimezone(UTC), _has_zone(found)
    except (ValueError, OverflowError) as error:
        raise NoInstant(text) from error


def _offset(found: re.Match[str]) -> timezone:
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)


def _has_zone(found: re.Match[str]) -> bool:
    return found["utc"] is not None or found["sign"] is not None
