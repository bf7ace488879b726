"""How long is it: as people and machines write it, and as it is told?"""

import re
from datetime import timedelta

DURATION = re.compile(
    r"P(?=.)(?:(\d{1,4})D)?(?:T(?=.)(?:(\d{1,5})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?"
)
PLAIN_DURATION = re.compile(r"(\d{1,7}) ?(d|h|min|m)")
MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = {"d": DAY, "h": HOUR, "min": MINUTE, "m": MINUTE}


def duration(text: str) -> timedelta | None:
    """`PT3H`, `P1D`, or `3 h`, `45 min`, `2 d`; None if it is none."""
    if found := DURATION.fullmatch(text.strip().upper()):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if found := PLAIN_DURATION.fullmatch(text.strip().lower()):
        return timedelta(seconds=int(found[1]) * UNITS[found[2]])
    return None


def rounded(span: timedelta) -> timedelta:
    """A span without what is noise in it: a day is a day, some seconds more or less."""
    seconds = span.total_seconds()
    for beyond, step in ((2 * DAY, HOUR), (2 * HOUR, 5 * MINUTE), (2 * MINUTE, MINUTE)):
        if seconds >= beyond:
            return timedelta(seconds=round(seconds / step) * step)
    return span


def told_duration(span: timedelta | None) -> str:
    """A span as people say it: `3 h`, `1 d 2 h`, `45 min`."""
    if span is None:
        return ""
    seconds = round(span.total_seconds())
    parts = []
    for unit, size in (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
