"""Which flows of data do people declare, and how are they extended and ended?"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalog.curation.faults import Refused
from catalog.models import Change
from lineage import manual
from lineage.models import ManualEdge
from lineage.reader import Reader
from lineage.services.manual import end_edges, extend_edge
from policies.actions import Action
from policies.admin_site import (
    REFUSALS,
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
from policies.gates import denial


class ExtensionForm(ReasonForm):
    expires_at = forms.CharField(
        required=False,
        label="until",
        help_text="A day, 2026-12-31, or a time; empty is for good.",
    )


@admin.register(ManualEdge, site=site)
class ManualEdgeDesk(Desk):
    """Of edges both of whose ends the reader may know; new ones are made by page."""

    section = Section.CURATION
    purpose = "Flows of data that no producer reports. Declare new ones on a page."
    opens = (Action.LINEAGE_EDIT,)
    refusals = (*REFUSALS, Refused)
    ordering = ("-recorded_from", "-pk")
    list_display = (
        "flows_from",
        "flows_to",
        "reason",
        "state",
        "author",
        moment("recorded_from", "since"),
    )
    list_filter = (
        Answer(
            "state",
            "state",
            {
                "force": (
                    "in force",
                    lambda: (
                        Q(recorded_to=None)
                        & (Q(expires_at=None) | Q(expires_at__gt=Now()))
                    ),
                ),
                "expired": (
                    "expired",
                    lambda: Q(recorded_to=None, expires_at__lte=Now()),
                ),
                "ended": ("ended", lambda: Q(recorded_to__isnull=False)),
            },
        ),
    )
    search_fields = (
        "reason",
        "source_dataset__name",
        "source_job__name",
        "target_dataset__name",
        "target_job__name",
    )
    actions = ("extend", "end")
    fields = (
        *("flows_from", "flows_to", "reason", "state"),
        *("author", "since", "expires", "until"),
    )
    readonly_fields = fields
    since = staticmethod(moment("recorded_from", "since"))
    expires = staticmethod(moment("expires_at", "expires", "never"))
    until = staticmethod(moment("recorded_to", "until", "now"))

    def rows(self, request: HttpRequest) -> Any:
        edges = ManualEdge.objects.all()
        return manual.shown_to(Reader(request.user), edges).with_ends()

    @admin.display(description="from")
    def flows_from(self, row: ManualEdge) -> str:
        return _told(row.source, row.source_field)

    @admin.display(description="to")
    def flows_to(self, row: ManualEdge) -> str:
        return _told(row.target, row.target_field)

    @admin.display(description="state")
    def state(self, row: ManualEdge) -> SafeString:
        if row.recorded_to:
            return pill("ended")
        return pill("expired", "warn") if row.is_expired else pill("in force", "good")

    @admin.display(description="declared by")
    def author(self, row: ManualEdge) -> str:
        return str(row.opened_in.actor or "the system")

    @act(
        "Let hold until",
        needs=Action.LINEAGE_EDIT,
        said="{count} extended.",
        form=ExtensionForm,
        for_row=lambda row: row.recorded_to is None,
    )
    def extend(self, request: HttpRequest, rows: Any, given: Any) -> None:
        expires_at = manual.expiry_of(given["expires_at"])
        for row in _editable(request, rows):
            extend_edge(
                row,
                expires_at=expires_at,
                reason=given["reason"],
                actor=who(request),
                via=Change.Via.ADMIN,
            )

    @act(
        "End",
        needs=Action.LINEAGE_EDIT,
        said="{count} ended.",
        form=ReasonForm,
        warns="They no longer count. They stay to be read, and it can be undone.",
        for_row=lambda row: row.recorded_to is None,
    )
    def end(self, request: HttpRequest, rows: Any, given: Any) -> None:
        end_edges(
            _editable(request, rows),
            reason=given["reason"],
            actor=who(request),
            via=Change.Via.ADMIN,
        )


def _told(end: Any, column: str) -> str:
    name = f"{end.name}, column {column}" if column else end.name
    return f"{name} in {end.namespace.name}"


def _editable(request: HttpRequest, rows: Any) -> list[ManualEdge]:
    """The edges, if the reader may change all of them. Raises Problem (403)."""
    edges = list(rows)
    if len(manual.editable_by(Reader(request.user), edges)) < len(edges):
        raise denial(request, who(request), Action.LINEAGE_EDIT)
    return edges
