"""What did tasks come to that the clock started, or that failed?"""

from typing import Any

from celery import states
from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_celery_results.models import TaskResult

from policies.actions import Action
from policies.admin_site import Desk, Section, Since, moment, pill, site

LOOKS = {states.SUCCESS: "good", states.FAILURE: "bad", states.STARTED: "busy"}


@admin.register(TaskResult, site=site)
class TaskDesk(Desk):
    section = Section.OPERATIONS
    purpose = "What tasks came to: those that the clock started, and all that failed."
    opens = (Action.OPERATIONS_VIEW,)
    is_long = True
    keeps_history = False
    ordering = ("-date_done", "-pk")
    list_display = (
        "task_name",
        "outcome",
        "periodic_task_name",
        moment("date_created", "sent"),
        moment("date_done", "done"),
        "worker",
    )
    sortable_by = ("date_done",)
    list_filter = ("status", Since("date_done", "done"))
    search_fields = ("=task_name", "=task_id", "=periodic_task_name")
    search_help_text = "The whole name of a task or schedule, or a task's id."
    fields = readonly_fields = (
        "task_name",
        "outcome",
        "task_id",
        "periodic_task_name",
        "task_args",
        "task_kwargs",
        "sent",
        "done",
        "worker",
        "answer",
        "trace",
    )
    sent = staticmethod(moment("date_created", "sent"))
    done = staticmethod(moment("date_done", "done"))

    @admin.display(description="outcome", ordering="status")
    def outcome(self, row: Any) -> SafeString:
        return pill(str(row.status).lower(), LOOKS.get(row.status, ""))

    @admin.display(description="answer")
    def answer(self, row: Any) -> SafeString:
        return format_html("<pre>{}</pre>", row.result or "")

    @admin.display(description="where it failed")
    def trace(self, row: Any) -> SafeString:
        return format_html("<pre>{}</pre>", row.traceback or "")
