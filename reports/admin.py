"""Which reports were asked for, by whom, and what became of them?"""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from policies.actions import Action
from policies.admin_site import Answer, Desk, Section, Since, moment, pill, site
from policies.audit import Target
from reports.models import Report

LOOKS = {
    Report.Status.QUEUED: "",
    Report.Status.RUNNING: "busy",
    Report.Status.DONE: "good",
    Report.Status.FAILED: "bad",
    Report.Status.CANCELLED: "warn",
    Report.Status.EXPIRED: "",
}


@admin.register(Report, site=site)
class ReportDesk(Desk):
    """Reports about what the reader may report on: own ones, or all for auditors."""

    section = Section.HAPPENED
    purpose = "Reports that were asked for, with what became of each."
    opens = (Action.REPORT_CREATE,)
    is_long = True
    ordering = ("-created_at", "-pk")
    list_display = (
        "about",
        "by",
        "outcome",
        moment("created_at", "asked for"),
        moment("finished_at", "finished", "not yet"),
    )
    sortable_by = ()
    list_select_related = ("dataset__namespace", "job__namespace", "requester")
    list_filter = (
        "status",
        Since("created_at", "asked for"),
        Answer(
            "of",
            "about",
            {
                "dataset": ("a dataset", lambda: Q(dataset__isnull=False)),
                "job": ("a job", lambda: Q(job__isnull=False)),
            },
        ),
    )
    search_fields = ("requester__username",)
    search_help_text = "A part of the name of who asked."
    fields = readonly_fields = (
        "page",
        "about",
        "by",
        "outcome",
        "step",
        "error",
        "attempt",
        "asked",
        "started",
        "finished",
        "data_sha256",
    )
    asked = staticmethod(moment("created_at", "asked for"))
    started = staticmethod(moment("started_at", "started", "not yet"))
    finished = staticmethod(moment("finished_at", "finished", "not yet"))

    def rows(self, request: HttpRequest) -> Any:
        return Report.objects.readable(request.user)

    @admin.display(description="about")
    def about(self, row: Report) -> str:
        return str(row.asset)

    @admin.display(description="asked for by")
    def by(self, row: Report) -> str:
        return row.requester.username

    @admin.display(description="state")
    def outcome(self, row: Report) -> SafeString:
        status = Report.Status(row.status)
        return pill(status.label.lower(), LOOKS[status])

    @admin.display(description="its page")
    def page(self, row: Report) -> SafeString:
        address = reverse("report-detail", args=[row.public_id])
        return format_html('<a class="id" href="{}">{}</a>', address, row.public_id)

    def journal_target(self, row: Report) -> Target:
        """What was done about a report stands in the trail of what it is about."""
        asset = row.asset
        return Target(asset._meta.label_lower, asset.natural_key())
