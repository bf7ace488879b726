"""A report is made once, whatever becomes of messages, workers and wishes."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from policies.models import JournalEntry
from reports import services, tasks
from reports.models import Report, ReportChunk, ReportFile
from reports.services import production
from tests.reports import world
from tests.reports.conftest import Asker

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def wanted(admin):
    """A report that no worker has taken up."""
    since, until = world.instants()
    return services.request_report(
        world.dataset(), since=since, until=until, actor=admin
    )


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


def left_running(report, *, silent_seconds, attempt=1):
    """As a worker leaves it that is killed in the middle."""
    Report.objects.filter(pk=report.pk).update(
        status="running",
        progress=40,
        attempt=attempt,
        started_at=ago(silent_seconds),
        alive_at=ago(silent_seconds),
        recorded_at=ago(silent_seconds),
    )


LEASE = settings.HEADWATER_TASK_LEASE_SECONDS


def status(report):
    report.refresh_from_db()
    return report.status


def test_two_messages_make_one_report(wanted):
    assert tasks.produce_report.delay(wanted.pk).get() == "done"
    assert tasks.produce_report.delay(wanted.pk).get() is None

    assert JournalEntry.objects.filter(act="report.finished").count() == 1
    assert wanted.files.count() == 5


def test_a_report_whose_message_was_lost_is_found(wanted):
    assert tasks.take_up_reports() == 0  # it was asked for just now
    Report.objects.update(queued_at=ago(120))

    assert tasks.take_up_reports() == 1
    assert status(wanted) == "done"


def test_a_report_whose_worker_died_is_made_by_another(wanted):
    left_running(wanted, silent_seconds=LEASE + 1)
    recorded_at = Report.objects.get().recorded_at

    assert tasks.take_up_reports() == 1
    assert status(wanted) == "done"
    assert wanted.attempt == 2
    assert wanted.recorded_at == recorded_at


def test_a_report_whose_worker_lives_is_left_to_it(wanted):
    left_running(wanted, silent_seconds=LEASE - 30)

    assert tasks.take_up_reports() == 0
    assert services.produce_report(wanted.pk) is None
    assert status(wanted) == "running"


def test_after_three_dead_workers_it_is_given_up_with_a_word_of_why(wanted):
    left_running(wanted, silent_seconds=LEASE + 1, attempt=3)
    tasks.take_up_reports()

    assert status(wanted) == "failed"
    assert "died 3 times" in wanted.error
    assert JournalEntry.objects.filter(act="report.failed").count() == 1


def test_a_worker_that_was_taken_for_dead_does_not_overwrite(wanted):
    """It lost its report to another while it was out of reach."""
    left_running(wanted, silent_seconds=LEASE + 1)
    late = production._claim(wanted.pk)
    left_running(wanted, silent_seconds=LEASE + 1, attempt=2)
    assert services.produce_report(wanted.pk) == "done"

    with pytest.raises(production.NotWanted):
        production._advance(late)(50, "Columns")
    assert production._fail(late, "too late") is None
    assert status(wanted) == "done"


def test_a_cancelled_report_is_not_made(wanted, admin):
    assert services.cancel_report(wanted, actor=admin)
    assert services.produce_report(wanted.pk) is None
    assert status(wanted) == "cancelled"
    assert not services.cancel_report(wanted, actor=admin)


def test_a_report_that_is_deleted_while_it_is_made_leaves_nothing(wanted, admin):
    held = production._claim(wanted.pk)
    services.delete_report(wanted, actor=admin)

    with pytest.raises(production.NotWanted):
        production._advance(held)(10, "Identity")
    assert not ReportFile.objects.exists()


def test_a_report_that_takes_too_long_says_what_to_do(wanted, monkeypatch):
    def run_out(*_):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(production, "make", run_out)

    assert services.produce_report(wanted.pk) == "failed"
    assert status(wanted) == "failed"
    assert "shorter period" in wanted.error


def test_a_full_disk_fails_clean(wanted, monkeypatch, tmp_path):
    monkeypatch.setattr(production.tempfile, "tempdir", str(tmp_path / "not-there"))

    assert services.produce_report(wanted.pk) == "failed"
    assert status(wanted) == "failed"
    assert "room" in wanted.error
    assert not ReportFile.objects.exists()


def test_a_failed_report_is_made_again_as_of_the_same_time(wanted, admin):
    left_running(wanted, silent_seconds=LEASE + 1, attempt=3)
    tasks.take_up_reports()
    recorded_at = Report.objects.get().recorded_at
    client = Asker(admin).client

    assert client.post(f"/reports/{wanted.public_id}/retry").status_code == 302
    assert status(wanted) == "done"
    assert wanted.recorded_at == recorded_at
    assert wanted.error == ""


def test_a_report_that_is_done_is_not_made_again(wanted, admin):
    services.produce_report(wanted.pk)
    wanted.refresh_from_db()

    with pytest.raises(services.NotRetriable):
        services.retry_report(wanted, actor=admin)


def test_old_files_go_and_what_they_were_stays(wanted, admin):
    services.produce_report(wanted.pk)
    assert tasks.expire_reports() == 0
    days = settings.HEADWATER_REPORT_DAYS
    Report.objects.update(finished_at=ago((days * 24 + 1) * 3600))

    assert tasks.expire_reports() == 1
    assert status(wanted) == "expired"
    assert not ReportChunk.objects.exists()
    assert wanted.manifest["data"]["sha256"] == wanted.data_sha256
    asker = Asker(admin)
    at = f"/api/v1/reports/{wanted.public_id}"
    assert asker.get(f"{at}/files/report.pdf").status_code == 404
    assert asker.get(f"{at}/files/manifest.json").status_code == 200
    assert asker.client.get(f"/reports/{wanted.public_id}").status_code == 200


def test_one_requester_has_ten_reports_on_their_way_at_the_most(admin):
    since, until = world.instants()
    for _ in range(services.MOST_UNFINISHED):
        services.request_report(world.dataset(), since=since, until=until, actor=admin)
    answer = Asker(admin).ask()

    assert answer.status_code == 429
    assert answer.json()["code"] == "reports_unfinished"
    assert answer.headers["Retry-After"]
    assert Report.objects.count() == services.MOST_UNFINISHED


def test_a_file_is_kept_in_chunks_and_given_back_whole(wanted, admin, monkeypatch):
    monkeypatch.setattr(production, "CHUNK_BYTES", 1000)
    services.produce_report(wanted.pk)
    file = ReportFile.objects.get(name="report.pdf")

    assert file.chunks.count() == -(-file.size_bytes // 1000)
    assert Asker(admin).file(wanted, "report.pdf").endswith(b"%%EOF\n") or (
        len(Asker(admin).file(wanted, "report.pdf")) == file.size_bytes
    )
