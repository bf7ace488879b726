"""How long is it: as people and machines write it, and as it is told?"""

import re
from datetime import timedelta

DURATION = re.compile(
    r"P(?=.)(?:(\d{1,4})D)?(?:T(?=.)(?:(\d{1,5})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?"
)
PLAIN_DURATION = re.compile(r"(\d{1,7}) ?(d|h|min|m)")
UNITS = {"d": 86_400, "h": 3_600, "min": 60, "m": 60}


def duration(text: str) -> timedelta | None:
    """`PT3H`, `P1D`, or `3 h`, `45 min`, `2 d`; None if it is none."""
    if found := DURATION.fullmatch(text.strip().upper()):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if found := PLAIN_DURATION.fullmatch(text.strip().lower()):
        return timedelta(seconds=int(found[1]) * UNITS[found[2]])
    return None


def told_duration(span: timedelta | None) -> str:
    """A span as people say it: `3 h`, `1 d 2 h`, `45 min`."""
    if span is None:
        return ""
    seconds = round(span.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
