"""Failed attempts are counted by source and minute, and journaled once a minute."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.db.models import Sum
from django.utils import timezone

from policies.models import FailedAttempt, JournalEntry
from policies.signing_in import attempts
from policies.signing_in.attempts import (
    ELSEWHERE,
    MAX_SOURCES,
    Kind,
    count_failure,
    journal_finished_minutes,
    network_of,
)
from policies.tasks import journal_failed_attempts

pytestmark = pytest.mark.django_db


def counted():
    return FailedAttempt.objects.aggregate(total=Sum("count"))["total"] or 0


def a_minute_passes():
    FailedAttempt.objects.update(minute=timezone.now() - timedelta(minutes=1))


def test_a_single_failure_is_written_at_once():
    count_failure(Kind.TOKEN, "203.0.113.7")

    row = FailedAttempt.objects.get()
    assert (row.kind, row.source, row.count) == ("token", "203.0.113.7", 1)


def test_a_flood_is_written_seldom_and_counted_to_more_than_half():
    for _ in range(1000):
        count_failure(Kind.TOKEN, "203.0.113.7")

    assert FailedAttempt.objects.count() < 20
    assert 500 < counted() <= 1000


def test_what_waited_is_written_with_the_next_failure(monkeypatch):
    for _ in range(1000):
        count_failure(Kind.TOKEN, "203.0.113.7")
    monkeypatch.setattr(attempts, "_flushed_at", -10.0)
    count_failure(Kind.TOKEN, "203.0.113.8")

    assert counted() == 1001


def test_a_flood_from_everywhere_is_held_in_bounds():
    for number in range(3 * MAX_SOURCES):
        count_failure(Kind.TOKEN, f"2001:db8:0:{number:x}::1")

    sources = FailedAttempt.objects.values_list("source", flat=True).distinct()
    assert len(sources) <= MAX_SOURCES + 1
    assert ELSEWHERE in sources
    assert len(attempts._written) + len(attempts._pending) <= 2 * MAX_SOURCES


def test_a_database_that_fails_loses_no_count_and_hurts_nobody(monkeypatch):
    def fail(*_, **__):
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(FailedAttempt.objects, "bulk_create", fail)
        count_failure(Kind.TOKEN, "203.0.113.7")
    monkeypatch.setattr(attempts, "_flushed_at", -10.0)
    count_failure(Kind.TOKEN, "203.0.113.7")

    assert counted() == 2


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("2001:db8::9", "2001:db8::/64"),
        ("", ELSEWHERE),
        ("a socket", ELSEWHERE),
    ],
)
def test_one_host_is_one_source(address, source):
    assert network_of(address) == source


def test_a_minute_becomes_one_entry_for_each_source_and_is_cleared():
    for _ in range(3):
        count_failure(Kind.TOKEN, "203.0.113.7")
    count_failure(Kind.SIGN_IN, "203.0.113.8")
    attempts._flushed_at = -10.0
    count_failure(Kind.TOKEN, "203.0.113.7")
    a_minute_passes()

    journal_failed_attempts()

    entries = JournalEntry.objects.filter(act="authentication.failed")
    found = {
        (entry.record["target"]["key"][0], entry.changes["source"]): entry.changes
        for entry in entries
    }
    assert found["token", "203.0.113.7"]["count"] == 4
    assert found["sign_in", "203.0.113.8"]["count"] == 1
    assert counted() == 0
    assert journal_finished_minutes() == 0


def test_the_running_minute_waits():
    count_failure(Kind.TOKEN, "203.0.113.7")
    FailedAttempt.objects.update(minute=timezone.now() + timedelta(minutes=1))

    assert journal_finished_minutes() == 0
    assert counted() == 1
