"""Which single datasets and jobs were shared, with whom, to do what?"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog.admin.reach import hanging_on
from catalog.curation.subjects import target_of
from catalog.models import Dataset, DatasetShare, Job, JobShare
from policies import services
from policies.actions import Action
from policies.admin_site import Desk, Listed, ReasonForm, Section, act, site, who
from policies.audit import Target


class SharesOf(Listed):
    """The shares of one asset."""

    fk_name = "content_object"
    opens = (Action.ACCESS_VIEW,)
    verbose_name_plural = "shares"
    fields = readonly_fields = ("whom", "action")

    @admin.display(description="with")
    def whom(self, row: Any) -> str:
        return str(row.user.username)

    @admin.display(description="to do")
    def action(self, row: Any) -> str:
        return str(row.permission.codename)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = self.model._default_manager
        related = rows.select_related("user", "permission", "content_object__namespace")
        return related.order_by("user__username", "permission__codename")


def of_datasets(inline: type[SharesOf]) -> type[SharesOf]:
    return type("DatasetShares", (inline,), {"model": DatasetShare})


def of_jobs(inline: type[SharesOf]) -> type[SharesOf]:
    return type("JobShares", (inline,), {"model": JobShare})


class ShareDesk(Desk):
    section = Section.ACCESS
    opens = (Action.ACCESS_VIEW,)
    asset: Any
    ordering = ("user__username", "pk")
    list_display = ("whom", "action", "what")
    list_select_related = ("user", "permission", "content_object__namespace")
    search_fields = ("user__username", "user__name", "content_object__name")
    search_help_text = "A part of the name of a person or an asset."
    actions = ("unshare",)
    fields = readonly_fields = ("whom", "action", "what")

    def rows(self, request: HttpRequest) -> Any:
        """Those of assets that the reader may see: others would be told of by name."""
        rows: Any = self.model._default_manager
        return hanging_on(rows.all(), "content_object", self.asset, request)

    @admin.display(description="with", ordering="user__username")
    def whom(self, row: Any) -> str:
        return str(row.user.username)

    @admin.display(description="to do", ordering="permission__codename")
    def action(self, row: Any) -> str:
        return str(row.permission.codename)

    @admin.display(description="asset", ordering="content_object__name")
    def what(self, row: Any) -> str:
        return str(row.content_object)

    def journal_target(self, row: Any) -> Target:
        return target_of(row.content_object)

    @act(
        "Take back",
        needs=Action.ACCESS_GRANT,
        said="{count} taken back.",
        form=ReasonForm,
        warns="What they may do by grants stays as it is.",
    )
    def unshare(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.unshare_asset(
                row.content_object,
                row.user,
                Action(row.permission.codename),
                actor=who(request),
                reason=given["reason"],
            )


@admin.register(DatasetShare, site=site)
class DatasetShareDesk(ShareDesk):
    asset = Dataset
    purpose = (
        "Single datasets that somebody may see or change. Share on a dataset's page."
    )


@admin.register(JobShare, site=site)
class JobShareDesk(ShareDesk):
    asset = Job
    purpose = "Single jobs that somebody may see or change. Share on a job's page."
