"""What failed last night, what runs by the clock, and what is set: secrets aside."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery import states
from django.conf import settings
from django.utils import timezone
from django_celery_results.models import TaskResult
from kombu.exceptions import OperationalError

from config.admin import schedules, settings_in_force
from config.celery import app
from policies.models import JournalEntry
from tests.administration.asking import said
from tests.factories import make_principal
from tests.pages import story
from tests.pages.test_events import make_unapplied
from tests.test_docs import documented_settings

SECRET = "correct-horse-battery"


def test_what_failed_last_night_is_on_one_page(as_admin, harbour):
    make_unapplied()
    TaskResult.objects.create(
        task_id="t", task_name="lineage.tasks.make_event_months", status=states.FAILURE
    )

    page = as_admin.get("/admin/failures").content.decode()

    assert story.FAILING_JOB in page
    assert "lineage.tasks.make_event_months" in page
    assert "Events that did not apply" in page
    assert as_admin.get("/admin/failures?period=7d").status_code == 200


def test_what_failed_shows_tasks_to_those_alone_who_may(client, harbour):
    client.force_login(make_principal("stella", "steward"))

    page = client.get("/admin/failures").content.decode()

    assert story.FAILING_JOB in page
    assert "Tasks <span" not in page


def test_a_schedule_tells_its_rhythm_and_its_last_outcome(as_admin):
    TaskResult.objects.create(
        task_id="t",
        task_name="lineage.tasks.recover_from_rebuild",
        periodic_task_name="recover-from-rebuild",
        status=states.FAILURE,
    )

    page = as_admin.get("/admin/schedules").content.decode()

    for name in settings.CELERY_BEAT_SCHEDULE:
        assert name in page
    assert "every minute" in page
    assert "failure" in page


def test_a_schedule_is_run_now_and_that_is_journaled(as_admin, admin):
    ran = as_admin.post("/admin/schedules/journal-failed-attempts/run", follow=True)

    assert "sent to the worker" in said(ran)
    entry = JournalEntry.objects.get(act="schedule.started")
    assert entry.actor == admin.public_id
    assert entry.target_key == '["journal-failed-attempts"]'
    assert as_admin.post("/admin/schedules/nothing/run").status_code == 404
    assert (
        as_admin.get("/admin/schedules/journal-failed-attempts/run").status_code == 405
    )


def test_without_a_broker_nothing_is_started_nor_journaled(as_admin, monkeypatch):
    def unreachable(entry):
        raise OperationalError("no broker")

    monkeypatch.setattr(schedules, "send", unreachable)
    ran = as_admin.post("/admin/schedules/journal-failed-attempts/run", follow=True)

    assert "does not answer" in said(ran)
    assert not JournalEntry.objects.filter(act="schedule.started").exists()


def test_what_the_clock_starts_leaves_a_result_and_the_rest_leaves_none():
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert entry["options"]["ignore_result"] is False
        assert entry["options"]["headers"] == {"periodic_task_name": name}
    assert app.conf.task_ignore_result
    assert app.conf.result_backend == "django-db"
    assert app.conf.result_expires == settings.HEADWATER_TASK_RESULT_DAYS * 86_400


@pytest.mark.django_db
def test_a_result_is_stored_as_a_worker_stores_it():
    request = SimpleNamespace(
        task="lineage.tasks.recover_from_rebuild",
        periodic_task_name="recover-from-rebuild",
        argsrepr="()",
        kwargsrepr="{}",
        hostname="worker-1",
        children=[],
    )

    app.backend.store_result("an-id", True, states.SUCCESS, request=request)

    [stored] = TaskResult.objects.all()
    assert stored.periodic_task_name == "recover-from-rebuild"
    TaskResult.objects.update(date_done=timezone.now() - timedelta(days=30))
    app.backend.cleanup()
    assert not TaskResult.objects.exists()


def test_every_documented_setting_is_shown_with_what_it_means(as_admin):
    page = as_admin.get("/admin/settings").content.decode()

    for name in settings.SETTINGS_READ.keys() & documented_settings():
        assert f"<code>{name}</code>" in page
    assert str(settings.HEADWATER_HOME) in page


def test_no_secret_is_shown(as_admin, monkeypatch):
    for name, (reader, _) in settings.SETTINGS_READ.items():
        is_shown = name in settings_in_force.SHOWN_TEXTS
        if reader == "text" and not is_shown and name != "SECRET_KEY":
            monkeypatch.setitem(settings.SETTINGS_READ, name, (reader, True))
            address = f"amqps://{SECRET}:{SECRET}@db.example:5432/x?password={SECRET}"
            value = address if name in settings_in_force.ADDRESSES else SECRET
            if name == "HEADWATER_SEAL_KEY":  # the session goes on by the first one
                value = f"{settings.HEADWATER_SEAL_KEY}, {SECRET}"
            monkeypatch.setattr(settings, name, value)

    page = as_admin.get("/admin/settings").content.decode()

    assert SECRET not in page
    assert "amqps://db.example:5432" in page
    assert settings_in_force.NOT_SHOWN in page
    assert settings.SECRET_KEY not in page
    assert settings_in_force.shown("SECRET_KEY") in ("", settings_in_force.NOT_SHOWN)


def test_the_settings_that_are_shown_are_no_secrets():
    telling = ("PASSWORD", "SECRET", "TOKEN", "_URL", "INSTANCE_KEY", "BODY_KEY")
    shown = settings_in_force.SHOWN_TEXTS

    assert [name for name in shown if any(word in name for word in telling)] == []
