"""Who passed all denies in an emergency, and who does."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from policies import services
from policies.actions import Action
from policies.admin_site import (
    Answer,
    Desk,
    ReasonForm,
    Section,
    act,
    moment,
    pill,
    site,
    who,
)
from policies.models import BreakGlass


def still_open() -> Q:
    return Q(closed_at=None, expires_at__gt=timezone.now())


@admin.register(BreakGlass, site=site)
class EmergencyDesk(Desk):
    section = Section.ACCESS
    title = "Emergencies"
    purpose = "Who passes all denies for a while, or did. They are begun under Access."
    opens = (Action.ACCESS_VIEW,)
    ordering = ("-opened_at", "-pk")
    list_display = (
        "by",
        "state",
        "reason",
        moment("opened_at", "from"),
        moment("expires_at", "until at most"),
        moment("closed_at", "closed", "not"),
    )
    list_select_related = ("principal", "closed_by")
    list_filter = (
        Answer(
            "state",
            "state",
            {
                "open": ("open", still_open),
                "over": ("over", lambda: ~still_open()),
            },
        ),
    )
    search_fields = ("principal__username", "principal__name", "reason")
    actions = ("close",)
    fields = ("by", "state", "reason", "since", "until", "ended", "closed_by")
    readonly_fields = ("by", "state", "reason", "since", "until", "ended", "closed_by")
    since = staticmethod(moment("opened_at", "from"))
    until = staticmethod(moment("expires_at", "until at most"))
    ended = staticmethod(moment("closed_at", "closed", "not"))

    @admin.display(description="by", ordering="principal__username")
    def by(self, row: BreakGlass) -> str:
        return row.principal.username

    @admin.display(description="state")
    def state(self, row: BreakGlass) -> SafeString:
        is_open = row.closed_at is None and row.expires_at > timezone.now()
        return pill("open", "bad") if is_open else pill("over")

    def journal_target(self, row: BreakGlass) -> Any:
        return super().journal_target(row.principal)

    @act(
        "Close",
        needs=Action.ACCESS_GRANT,
        said="{count} closed.",
        form=ReasonForm,
        warns="Denies hold for them again, at once.",
        for_row=lambda row: row.closed_at is None,
    )
    def close(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.close_glass(row, actor=who(request), reason=given["reason"])
