"""What would the platform have sent over the past days?"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from openlineage.client.event_v2 import DatasetEvent, JobEvent, RunEvent

from demo.clickstream import landing
from demo.declarations import alteration, declarations, legacy, renaming
from demo.nightly import failed_night, night

type Event = RunEvent | JobEvent | DatasetEvent

NIGHT_BEGINS = timedelta(hours=2)
NIGHT_LASTS = timedelta(hours=1)


def history(now: datetime) -> list[Event]:
    """The events from Monday of last week until `now`, in order of time.

    The same day gives the same events, so that sending them again adds nothing.
    """
    events = sorted(_events(now), key=lambda event: event.eventTime)
    return [event for event in events if event.eventTime <= now.isoformat()]


def _events(now: datetime) -> Iterator[Event]:
    midnight = datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
    monday = midnight - timedelta(days=now.weekday() + 7)
    yield from legacy(monday + timedelta(minutes=30))
    yield from declarations(monday + timedelta(hours=1, minutes=20))
    yield from renaming(monday + timedelta(hours=1, minutes=15))
    yield from landing(monday + timedelta(hours=1, minutes=30), until=now)

    thursday, friday = monday + timedelta(days=3), monday + timedelta(days=4)
    yield from alteration(thursday + timedelta(minutes=30))
    day = monday
    while day + NIGHT_BEGINS + NIGHT_LASTS < now:
        begins = day + NIGHT_BEGINS
        if day == friday:
            yield from failed_night(begins)
            # In the morning somebody cleared the DAG's run, and it went through.
            begins += timedelta(hours=5, minutes=12)
        yield from night(begins, has_loyalty_tier=day >= thursday)
        day += timedelta(days=1)
