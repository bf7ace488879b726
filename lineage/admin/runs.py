"""Which runs were there, and which of them failed?"""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lineage.models import Run
from policies.actions import Action
from policies.admin_site import (
    Desk,
    Section,
    Since,
    identifier,
    moment,
    pill,
    quiet,
    site,
)
from policies.audit import Target

LOOKS = {
    Run.State.RUNNING: "busy",
    Run.State.COMPLETED: "good",
    Run.State.ABORTED: "warn",
    Run.State.FAILED: "bad",
}


@admin.register(Run, site=site)
class RunDesk(Desk):
    section = Section.HAPPENED
    purpose = (
        "Executions of jobs: by state and time, the failed ones of last night too."
    )
    opens = (Action.EVENT_VIEW,)
    is_long = True
    ordering = ("-pk",)
    list_display = (
        "short",
        "of",
        "outcome",
        moment("started_at", "started"),
        moment("ended_at", "ended"),
        moment("updated_at", "last heard"),
    )
    sortable_by = ()
    list_select_related = ("job__namespace",)
    list_filter = ("state", Since("ended_at", "ended"), "is_streaming")
    search_fields = ("run_id",)
    search_help_text = "A run's id, the whole of it."
    fields = readonly_fields = (
        "page",
        "of",
        "outcome",
        "external_id",
        "started",
        "ended",
        "of_time",
        "is_streaming",
        "is_snapshot",
        "known",
    )
    started = staticmethod(moment("started_at", "started"))
    ended = staticmethod(moment("ended_at", "ended"))
    of_time = staticmethod(moment("nominal_start", "nominal time"))
    known = staticmethod(moment("created_at", "first heard"))

    def rows(self, request: HttpRequest) -> Any:
        return Run.objects.permitted(request.user, Action.RUN_VIEW).visible()

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(run_id=UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    @admin.display(description="run")
    def short(self, row: Run) -> SafeString:
        return identifier(str(row.run_id))

    @admin.display(description="job")
    def of(self, row: Run) -> str:
        return str(row.job)

    @admin.display(description="state")
    def outcome(self, row: Run) -> SafeString:
        state = Run.State(row.state)
        return pill(state.label.lower(), LOOKS.get(state, ""))

    @admin.display(description="its page")
    def page(self, row: Run) -> SafeString:
        if row.first_event_at is None:
            return quiet("named by other runs alone")
        job = row.job
        address = reverse("run-detail", args=[job.namespace.name, job.name, row.run_id])
        return format_html('<a class="id" href="{}">{}</a>', address, row.run_id)

    def journal_target(self, row: Run) -> Target:
        return Target("lineage.run", (str(row.run_id),))
