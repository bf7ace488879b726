"""What happens by the clock, when did it last, what came of it, and when is it next?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import states
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_celery_results.models import TaskResult
from kombu.exceptions import OperationalError

from config.celery import app
from policies import audit
from policies.actions import Action
from policies.admin_site import Page, Section, site, who
from policies.gates import holds

# Of tasks that are not ours, and say nothing of themselves.
PURPOSES = {"celery.backend_cleanup": "Drop results that are older than they are kept."}
LOOKS = {states.SUCCESS: "good", states.FAILURE: "bad", states.STARTED: "busy"}


@dataclass(frozen=True)
class Scheduled:
    """One entry of the clock's list, and its last result that is kept."""

    name: str
    task: str
    purpose: str
    every: timedelta | None
    rhythm: str
    last: TaskResult | None

    @property
    def look(self) -> str:
        return LOOKS.get(self.last.status, "") if self.last else ""

    @property
    def next_at(self) -> datetime | None:
        """About when it is due; the clock itself keeps the exact moment."""
        started = self.last.date_created if self.last else None
        return started + self.every if started and self.every else None


@require_safe
def schedules(request: HttpRequest) -> HttpResponse:
    """Each scheduled task, with how it went last and when it is due."""
    context = {
        **site.each_context(request),
        "title": "Schedules",
        "scheduled": list(scheduled()),
        "may_run": holds(request.user, Action.OPERATIONS_RUN),
        "days": settings.HEADWATER_TASK_RESULT_DAYS,
    }
    return render(request, "config/schedules.html", context)


@require_POST
def run_now(request: HttpRequest, name: str) -> HttpResponse:
    """Have the worker do a scheduled task now, beside its rhythm."""
    entry = settings.CELERY_BEAT_SCHEDULE.get(name)
    if entry is None:
        raise Http404
    try:
        with transaction.atomic():
            target = audit.Target("config.schedule", (name,))
            audit.record(audit.Act.SCHEDULE_STARTED, target, actor=who(request))
            send(entry)
    except OperationalError:
        messages.error(request, "The broker does not answer, so nothing was started.")
    else:
        messages.success(request, f"{name} is sent to the worker.")
    return HttpResponseRedirect(reverse("admin:schedules"))


def send(entry: dict[str, Any]) -> None:
    """Put a scheduled task on the worker's queue. Raises kombu's OperationalError."""
    app.loader.import_default_modules()  # a web process knows no tasks by itself
    task = app.tasks[entry["task"]]
    task.apply_async(entry.get("args"), entry.get("kwargs"), **entry["options"])


def scheduled() -> list[Scheduled]:
    """The clock's list, by name. One query."""
    app.loader.import_default_modules()
    names = list(settings.CELERY_BEAT_SCHEDULE)
    last = {
        result.periodic_task_name: result
        for result in TaskResult.objects.filter(periodic_task_name__in=names)
        .order_by("periodic_task_name", "-date_done")
        .distinct("periodic_task_name")
    }
    return [
        _entry(name, settings.CELERY_BEAT_SCHEDULE[name], last.get(name))
        for name in sorted(names)
    ]


def _entry(name: str, entry: dict[str, Any], last: TaskResult | None) -> Scheduled:
    schedule = entry["schedule"]
    every = timedelta(seconds=schedule) if isinstance(schedule, int | float) else None
    if isinstance(schedule, timedelta):
        every = schedule
    task = app.tasks.get(entry["task"])
    said = (getattr(task, "__doc__", "") or "").strip().partition("\n")[0]
    purpose = PURPOSES.get(entry["task"], said)
    rhythm = _in_words(every) if every else str(schedule)
    return Scheduled(name, entry["task"], purpose, every, rhythm, last)


def _in_words(every: timedelta) -> str:
    seconds = int(every.total_seconds())
    for unit, word in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % unit == 0:
            count = seconds // unit
            return f"every {word}" if count == 1 else f"every {count} {word}s"
    return f"every {seconds} seconds"


site.add_page(
    Page(
        name="schedules",
        title="Schedules",
        purpose="What happens by the clock, and what came of it; run one now.",
        section=Section.OPERATIONS,
        opens=(Action.OPERATIONS_VIEW,),
        view=schedules,
        route="schedules",
    )
)
site.add_page(
    Page(
        name="schedule-run",
        title="Run a schedule now",
        purpose="Sends one to the worker.",
        section=Section.OPERATIONS,
        opens=(Action.OPERATIONS_RUN,),
        view=run_now,
        route="schedules/<str:name>/run",
        is_listed=False,
    )
)
