"""How much happened in each hour of a day, or on each day of a week?"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, DateTimeField, Func, IntegerField, QuerySet, Value

from catalog.models import Job
from lineage.models import Event
from policies.access import Someone, permitted
from policies.actions import Action

HOURS = 24
DAYS = 7


class Period(StrEnum):
    DAY = "DAY"
    WEEK = "WEEK"


def edges(period: Period, zone: ZoneInfo, now: datetime) -> list[datetime]:
    """Where the buckets of a period begin, and last where the newest one ends, in UTC.

    A day has the 24 hours up to the end of the current one. A week has the seven days
    up to the end of today, as the zone's clocks tell days: one of them may be an hour
    longer or shorter.
    """
    local = now.astimezone(zone)
    if period is Period.DAY:
        into = timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        end = now.astimezone(UTC) - into + timedelta(hours=1)
        return [end - timedelta(hours=back) for back in range(HOURS, -1, -1)]
    first = local.date() - timedelta(days=DAYS - 1)
    days = [first + timedelta(days=ahead) for ahead in range(DAYS + 1)]
    return [
        datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        for day in days
    ]


def run_events(
    principal: Someone, bounds: Sequence[datetime]
) -> list[Counter[Event.Type]]:
    """How many run events of each type every bucket has, by event time; one query.

    Counted are those of jobs whose runs `principal` may see. By index event_time_order.
    """
    found = Event.objects.filter(
        kind=Event.Kind.RUN, event_time__gte=bounds[0], event_time__lt=bounds[-1]
    ).exclude(status=Event.Status.RETRACTED)
    # What was not applied may have no job yet: it takes the right on everything.
    if permitted(principal, Action.RUN_VIEW, Job):
        jobs: Any = Job.objects.permitted(principal, Action.RUN_VIEW).values("pk")
        found = found.filter(job__in=jobs)
    counts: dict[int, Counter[Event.Type]] = defaultdict(Counter)
    for bucket, of_type, count in _counted(found, "event_time", bounds, "type"):
        counts[bucket][Event.Type(of_type)] = count
    return [counts[bucket] for bucket in range(1, len(bounds))]


def known(
    rows: QuerySet[Any], bounds: Sequence[datetime], *, since: str = "first_seen"
) -> list[int]:
    """How many of `rows` there were at the end of each bucket; one query."""
    found = rows.filter(**{f"{since}__lt": bounds[-1]})
    counts: dict[int, int] = dict(_counted(found, since, bounds))
    totals = accumulate(counts.get(bucket, 0) for bucket in range(len(bounds)))
    return list(totals)[1:]


def _counted(
    rows: QuerySet[Any], time: str, bounds: Sequence[datetime], *by: str
) -> Any:
    """Counts by bucket, from 1; 0 is all that came before the first."""
    bucket = Func(
        time,
        Value(list(bounds), output_field=ArrayField(DateTimeField())),
        function="width_bucket",
        output_field=IntegerField(),
    )
    return rows.order_by().values_list(bucket, *by).annotate(count=Count("pk"))
