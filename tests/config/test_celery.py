"""The worker knows its tasks, and loses none that it was working on."""

import pytest
from django.conf import settings

from config.celery import app


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values())
def test_a_scheduled_task_exists(entry):
    app.loader.import_default_modules()

    assert entry["task"] in app.tasks


def test_what_is_to_be_done_by_the_clock_is_scheduled():
    app.loader.import_default_modules()
    by_the_clock = {
        name
        for name, task in app.tasks.items()
        if (task.__doc__ or "").startswith("Every ")
    }

    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert by_the_clock == scheduled - {"celery.backend_cleanup"}


def test_a_task_is_acknowledged_when_it_has_ended():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost


def test_no_task_outlives_its_lease():
    assert app.conf.task_time_limit < settings.HEADWATER_TASK_LEASE_SECONDS
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit
