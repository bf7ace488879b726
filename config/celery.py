"""The application that a Celery worker runs: the tasks of all apps."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init

from config.supervisor import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("headwater")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# The process that has read this module; beat is forked by it.
_worker = os.getpid()


@beat_embedded_init.connect  # type: ignore[untyped-decorator]
def end_with_worker(**_: Any) -> None:
    """Let the beat of a worker end with it: a fork does not inherit being told so."""
    end_with_parent()
    if os.getppid() != _worker:  # it had died before
        raise SystemExit("the worker has ended")
