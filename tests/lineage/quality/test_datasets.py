"""When datasets are written, how much, how well; whatever order events arrive in."""

import json
from datetime import timedelta
from random import Random

import pytest

from lineage.graph.cut import Cut
from lineage.models import Event
from lineage.services.replays import retract_event
from policies.services import grant_role
from tests.factories import make_principal
from tests.lineage.quality.happenings import (
    STREAMS,
    checks,
    columns,
    described,
    event,
    hour,
    place,
    quality,
    send,
    under,
    wrote,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db):
    return make_principal("ada", "admin")


def writes(found):
    return [write.at for write in found.rhythm.writes]


def test_the_usual_interval_is_the_median_of_the_gaps(ada):
    # Gaps of 24, 24, 6, 24 and 48 hours.
    at = [0, 24, 48, 54, 78, 126]
    send(*(wrote("load", "orders", hour(one)) for one in at))

    found = quality("orders", ada)

    assert found.rhythm.usual == timedelta(hours=24)
    assert found.rhythm.last == hour(126)
    assert found.rhythm.due_at == hour(150)
    # Distances from 24 hours: 0 0 18 0 24: MAD 0, their mean 8.4 h times 1.2533.
    assert found.rhythm.spread.scale == pytest.approx(8.4 * 3600 * 1.2533)
    assert found.rhythm.is_late(hour(200))
    assert not found.rhythm.is_late(hour(180))


def test_only_the_last_twenty_gaps_count(ada):
    early = [wrote("load", "orders", hour(100 * n)) for n in range(10)]
    late = [wrote("load", "orders", hour(901 + n)) for n in range(20)]
    send(*early, *late)

    assert quality("orders", ada).rhythm.usual == timedelta(hours=1)


@pytest.mark.parametrize("state", ["FAIL", "ABORT", "RUNNING", "START"])
def test_a_run_that_did_not_complete_is_no_write(ada, state):
    send(wrote("load", "orders", hour(1), rows=5))
    send(wrote("load", "orders", hour(2), rows=9, state=state))

    found = quality("orders", ada)

    assert writes(found) == [hour(1)]
    assert [count.rows for count in found.counts] == [5]
    assert found.rhythm.usual is None


def test_a_hundred_failures_do_not_hide_the_last_write(ada):
    send(wrote("load", "orders", hour(0)))
    send(*(wrote("load", "orders", hour(1 + n), state="FAIL") for n in range(120)))

    assert writes(quality("orders", ada)) == [hour(0)]


def test_mapped_tasks_under_one_parent_are_one_write(ada):
    for day in (0, 24, 48):
        send(
            *(
                wrote(
                    "load", "orders", hour(day) + timedelta(minutes=n),
                    run=f"{day} {n}", facets=under(f"dag {day}"),
                )
                for n in range(4)
            )
        )  # fmt: skip

    found = quality("orders", ada)

    assert found.rhythm.usual == timedelta(hours=24)
    assert found.rhythm.last == hour(48) + timedelta(minutes=3)
    assert [write.runs for write in found.rhythm.writes] == [4, 4, 4]


def test_a_stream_writes_whenever_it_is_heard_of(ada):
    send(event("flow", hour(0), "START", "s", job_facets=STREAMS))
    send(event("flow", hour(1), "RUNNING", "s", outputs=[place("orders")]))
    send(*(event("flow", hour(n), "RUNNING", "s") for n in (2, 3, 4)))
    send(event("flow", hour(9), "FAIL", "s"))

    found = quality("orders", ada)

    assert writes(found) == [hour(n) for n in (4, 3, 2, 1)]
    assert found.rhythm.usual == timedelta(hours=1)


def test_what_is_dropped_is_not_written(ada):
    drop = {"lifecycleStateChange": {**columns()["schema"]}}
    drop["lifecycleStateChange"]["lifecycleStateChange"] = "DROP"
    send(wrote("load", "orders", hour(1)))
    send(wrote("load", "orders", hour(2), shows=drop))

    assert writes(quality("orders", ada)) == [hour(1)]


def test_rows_out_of_the_usual_are_flagged_with_the_numbers(ada):
    rows = [100, 104, 98, 101, 99, 103, 20]
    send(*(wrote("load", "orders", hour(n), rows=r) for n, r in enumerate(rows)))

    [series] = quality("orders", ada).series

    [point] = series.unusual
    assert (series.source, series.unit, point.count.rows) == ("written", "rows", 20)
    # Of 100 104 98 101 99 103 the median is 100.5, distances .5 3.5 2.5 .5 1.5 2.5.
    assert (point.judged.past.median, point.judged.past.mad) == (100.5, 2.0)
    assert point.judged.score == pytest.approx(-80.5 / (2 * 1.4826))


def test_profiles_are_no_writes_and_counted_apart(ada):
    profile = {"dataQualityMetrics": {**columns()["schema"], "rowCount": 70}}
    send(wrote("load", "orders", hour(1), rows=7, size=900))
    send(event("profile", hour(2), "COMPLETE", inputs=[place("orders", profile)]))
    send(described("orders", hour(3), profile))

    found = quality("orders", ada)

    assert writes(found) == [hour(1)]
    assert [(c.source, c.rows, c.bytes) for c in found.counts] == [
        ("written", 7, 900),
        ("profiled", 70, None),
        ("profiled", 70, None),
    ]


def test_an_assertion_is_one_by_column_name_and_params_whatever_else_is_said(ada):
    same = {"column": "id", "params": {"a": 1, "b": 2}}
    again = {"column": "id", "params": {"b": 2, "a": 1}, "severity": "warn"}
    other = {"column": "id", "params": {"a": 1}}
    send(checks("t", "orders", hour(1), ("not_null", True, same)))
    send(checks("t", "orders", hour(2), ("not_null", False, again), state="FAIL"))
    send(checks("t", "orders", hour(3), ("not_null", True, other)))

    found = {one.key.params: one for one in quality("orders", ada).assertions}

    assert len(found) == 2
    one = found['{"a": 1, "b": 2}']
    assert [o.success for o in one.outcomes] == [False, True]
    assert (one.failures, one.since) == (1, hour(2))


def test_of_one_run_that_says_both_the_worse_counts(ada):
    send(checks("t", "orders", hour(1), ("unique", True, {}), ("unique", False, {})))

    [one] = quality("orders", ada).assertions
    assert [o.success for o in one.outcomes] == [False]


def test_columns_that_come_and_go_are_told_with_their_time(ada):
    shows = [("id", "total"), ("id", "total"), ("id",), ("id", "total")]
    for number, names in enumerate(shows):
        send(wrote("load", "orders", hour(number), shows=columns(*names)))
    # A reader's projection is no change.
    send(event("read", hour(9), "COMPLETE", inputs=[place("orders", columns("id"))]))

    told = quality("orders", ada).schema_changes

    assert [
        (c.at, [f.path for f in c.diff.added], [f.path for f in c.diff.removed])
        for c in told
    ] == [(hour(3), ["total"], []), (hour(2), [], ["total"])]


def history():
    """Two jobs, a retry, a stream, checks, changes of columns and dataset events."""
    events = []
    for day in range(8):
        names = ("id", "total") if day % 3 else ("id",)
        state = "FAIL" if day == 5 else "COMPLETE"
        events += [
            event("load", hour(24 * day), "START", f"l{day}"),
            wrote(
                "load", "orders", hour(24 * day + 1), rows=100 + day, run=f"l{day}",
                state=state, shows=columns(*names),
            ),
            checks("t", "orders", hour(24 * day + 2), ("unique", day % 2 == 0, {})),
        ]  # fmt: skip
    events.append(wrote("fix", "orders", hour(130), rows=3))
    # It failed, and completed after all; and the other way round.
    events.append(wrote("load", "orders", hour(122), rows=7, run="l5"))
    events.append(wrote("fix", "orders", hour(131), rows=3, run="f"))
    events.append(event("fix", hour(132), "FAIL", "f"))
    events.append(event("flow", hour(50), "START", "s", job_facets=STREAMS))
    out = [place("orders")]
    events += [event("flow", hour(60 + n), "RUNNING", "s", outputs=out) for n in (0, 9)]
    profile = {"dataQualityMetrics": {**columns()["schema"], "rowCount": 70}}
    events.append(described("orders", hour(100), profile))
    return events


def told(found):
    """All that is told of a dataset, without ids of rows."""
    return (
        writes(found),
        [(w.run.run_id, w.runs) for w in found.rhythm.writes],
        found.rhythm.usual,
        [(s.source, s.unit, [(p.count.at, p.judged) for p in s.points])
         for s in found.series],
        [(a.key, [(o.at, o.success) for o in a.outcomes]) for a in found.assertions],
        [(c.at, c.diff) for c in found.schema_changes],
    )  # fmt: skip


def test_the_order_of_arrival_does_not_matter(ada):
    found = []
    for number in range(3):
        # One history under three names, in three orders of arrival.
        text = json.dumps(history()).replace('"orders"', f'"orders{number}"')
        sent = json.loads(text.replace('"jobs"', f'"jobs{number}"'))
        Random(number).shuffle(sent)
        send(*sent)
        found.append(told(quality(f"orders{number}", ada)))

    assert found[0] == found[1] == found[2]


def test_as_of_now_is_what_is_told_now_and_the_past_is_what_was_told_then(ada):
    events = history()
    send(*(one for one in events if one["eventTime"] <= hour(100).isoformat()))
    then = told(quality("orders", ada))
    at = Event.objects.latest("pk").recorded_at
    send(*(one for one in events if one["eventTime"] > hour(100).isoformat()))

    assert told(quality("orders", ada, cut=Cut(as_of=hour(9999)))) == told(
        quality("orders", ada)
    )
    assert told(quality("orders", ada, cut=Cut(as_of=hour(100)))) == then
    assert told(quality("orders", ada, cut=Cut(recorded_at=at))) == then


def test_a_late_event_changes_the_past_and_not_what_was_known_of_it(ada):
    send(wrote("load", "orders", hour(1)), wrote("load", "orders", hour(3)))
    at = Event.objects.latest("pk").recorded_at
    send(wrote("load", "orders", hour(2)))

    past = Cut(as_of=hour(3))
    assert writes(quality("orders", ada, cut=past)) == [hour(3), hour(2), hour(1)]
    known = Cut(as_of=hour(3), recorded_at=at)
    assert writes(quality("orders", ada, cut=known)) == [hour(3), hour(1)]


def test_a_retracted_event_counts_no_more_but_did_until_then(ada):
    send(wrote("load", "orders", hour(1)), wrote("load", "orders", hour(3)))
    late = Event.objects.get(event_time=hour(3))
    retract_event(late, reason="a test of theirs", actor=ada)

    assert writes(quality("orders", ada)) == [hour(1)]
    known = Cut(recorded_at=late.recorded_at)
    assert writes(quality("orders", ada, cut=known)) == [hour(3), hour(1)]


def test_runs_that_a_reader_may_not_see_tell_them_nothing(ada):
    hal = make_principal("hal", "viewer", namespace="data")
    send(wrote("load", "orders", hour(1), rows=5, shows=columns("id")))
    send(wrote("load", "orders", hour(2), rows=5, shows=columns("id", "x")))

    hidden = quality("orders", hal)
    assert (writes(hidden), hidden.counts, hidden.schema_changes) == ([], [], [])
    grant_role(hal, "viewer", namespace="jobs", actor=None)
    assert told(quality("orders", hal)) == told(quality("orders", ada))
