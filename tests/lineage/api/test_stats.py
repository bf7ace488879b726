"""GET /api/v1/stats/lineage-events, /jobs, /datasets: hours of a day, days of a week"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lineage.stats import Period, edges
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import NOON, dataset, run_event, run_id, send

EVENTS = "/api/v1/stats/lineage-events"
JOBS = "/api/v1/stats/jobs"
DATASETS = "/api/v1/stats/datasets"
ALL = [EVENTS, JOBS, DATASETS]
HOUR = timedelta(hours=1)


def ago(**back: float) -> float:
    """That long before now, as minutes after noon of the history."""
    return (timezone.now() - timedelta(**back) - NOON) / timedelta(minutes=1)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("path", ALL)
def test_a_day_is_24_hours_and_ends_with_the_current_one(
    viewer: Api, path: str
) -> None:
    before = timezone.now()
    told = viewer.get(path, period="DAY")

    starts = [instant(one["startInterval"]) for one in told]
    assert len(told) == 24
    assert starts == [starts[0] + HOUR * n for n in range(24)]
    assert [instant(one["endInterval"]) for one in told[:-1]] == starts[1:]
    assert starts[-1] <= timezone.now()
    assert before < starts[-1] + HOUR
    assert told[0]["startInterval"].endswith(":00:00Z")


@pytest.mark.parametrize("path", ALL)
def test_a_week_is_seven_days_of_the_zone(viewer: Api, path: str) -> None:
    zone = ZoneInfo("Asia/Kolkata")

    told = viewer.get(path, period="week", timezone="Asia/Kolkata")

    starts = [instant(one["startInterval"]).astimezone(zone) for one in told]
    assert len(told) == 7
    assert {start.time().isoformat() for start in starts} == {"00:00:00"}
    assert starts[-1].date() == timezone.now().astimezone(zone).date()


@pytest.mark.parametrize(
    ("zone", "today", "hours"),
    [
        ("Europe/Vienna", datetime(2026, 3, 29, 20, tzinfo=UTC), 23),
        ("Europe/Vienna", datetime(2026, 10, 25, 20, tzinfo=UTC), 25),
        # Clocks go forward at midnight: the day begins at one.
        ("Asia/Beirut", datetime(2026, 3, 29, 20, tzinfo=UTC), 23),
        ("UTC", datetime(2026, 3, 29, 20, tzinfo=UTC), 24),
    ],
)
def test_a_day_is_as_long_as_the_clocks_of_the_zone_make_it(
    zone: str, today: datetime, hours: int
) -> None:
    bounds = edges(Period.WEEK, ZoneInfo(zone), today)

    assert bounds[-1] - bounds[-2] == HOUR * hours
    assert bounds[-2] - bounds[-3] == HOUR * 24


def test_an_hour_that_clocks_repeat_is_two_buckets() -> None:
    during = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 for the second time

    bounds = edges(Period.DAY, ZoneInfo("Europe/Vienna"), during)

    assert bounds[-1] == datetime(2026, 10, 25, 2, tzinfo=UTC)
    assert {end - start for start, end in pairwise(bounds)} == {HOUR}


def test_events_are_counted_by_the_hour_of_their_event_time(viewer: Api) -> None:
    send(
        run_event("START", ago(), run=run_id(1)),
        run_event("COMPLETE", ago(), run=run_id(1)),
        run_event("FAIL", ago(hours=3), run=run_id(2)),
        run_event("FAIL", ago(hours=3), run=run_id(3)),
        run_event("ABORT", ago(hours=22), run=run_id(4)),
        run_event("OTHER", ago(), run=run_id(5)),
        run_event("START", ago(hours=25), run=run_id(6)),
        run_event("START", ago(hours=-2), run=run_id(7)),
    )

    told = viewer.get(EVENTS, period="DAY")

    counts = [{k: v for k, v in one.items() if "Interval" not in k} for one in told]
    nothing = {"fail": 0, "start": 0, "complete": 0, "abort": 0}
    assert counts[-1] == {**nothing, "start": 1, "complete": 1}
    assert counts[-4] == {**nothing, "fail": 2}
    assert counts[-23] == {**nothing, "abort": 1}
    assert sum(sum(one.values()) for one in counts) == 5


def test_a_repeat_of_an_event_is_counted_once(viewer: Api) -> None:
    event = run_event("START", ago())
    send(event, event)

    assert viewer.get(EVENTS, period="WEEK")[-1]["start"] == 1


def test_jobs_and_datasets_add_up(viewer: Api) -> None:
    send(
        run_event(minutes=ago(days=40), job="old", outputs=[dataset("a")]),
        run_event(minutes=ago(hours=2), job="new", run=run_id(2)),
        run_event(minutes=ago(), job="old", run=run_id(3), inputs=[dataset("b")]),
    )

    assert counted(viewer, JOBS) == [1] * 21 + [2] * 3
    assert counted(viewer, DATASETS) == [1] * 23 + [2]


def counted(reader: Api, path: str) -> list[int]:
    return [one["count"] for one in reader.get(path, period="DAY")]


def test_what_may_not_be_seen_is_not_counted(reading_as: Reading) -> None:
    send(
        run_event("START", ago(), job="own", namespace="here"),
        run_event(
            "START", ago(), job="theirs", run=run_id(2), outputs=[dataset("secret")]
        ),
    )
    reader = reading_as("viewer", namespace="here")

    assert reader.get(EVENTS, period="DAY")[-1]["start"] == 1
    assert counted(reader, JOBS)[-1] == 1
    assert counted(reader, DATASETS)[-1] == 0


def test_what_was_deleted_is_no_longer_counted(admin: Api) -> None:
    send(run_event("START", ago(), outputs=[dataset("orders")]))
    admin.delete("/api/v1/namespaces/scheduler/jobs/load")

    assert counted(admin, JOBS)[-1] == 0
    assert counted(admin, DATASETS)[-1] == 1


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({}, "period"),
        ({"period": "MONTH"}, "period"),
        ({"period": "WEEK", "timezone": "Europe/Atlantis"}, "timezone"),
        ({"period": "WEEK", "timezone": "../../etc/passwd"}, "timezone"),
        ({"period": "DAY", "timezone": "Europe"}, "timezone"),
        ({"period": "DAY", "timezone": "\0"}, "timezone"),
    ],
)
def test_what_cannot_be_counted_by_is_refused_with_what_can(
    viewer: Api, path: str, query: dict[str, Any], parameter: str
) -> None:
    problem = viewer.get(path, status=400, **query)

    assert problem["code"] == "parameter_invalid"
    assert problem["parameter"] == parameter
    assert "DAY" in problem["detail"] or "Europe/Vienna" in problem["detail"]


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("size", [1, 30])
def test_counting_asks_few_queries_however_much_there_is(
    reading_as: Reading, path: str, size: int
) -> None:
    reader = reading_as("viewer", namespace="*")
    send(*(run_event("START", ago(), job=f"{n}", run=run_id(n)) for n in range(size)))
    reader.get(path, period="DAY")

    with CaptureQueriesContext(connection) as asked:
        reader.get(path, period="WEEK")

    assert len(asked) <= 5
