"""What do people say of assets, by which changes, and how is it taken back?"""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.text import capfirst

from catalog.admin.reach import ASSETS, STEWARDS, about_seen
from catalog.admin.saying import CuratedDesk
from catalog.curation.changes import why_not_undone_by
from catalog.curation.kinds import kind_of
from catalog.curation.subjects import Subject
from catalog.models import STATEMENTS, Change, OnAsset
from catalog.services import Saying, say, undo_change
from policies import access
from policies.actions import Action
from policies.admin_site import (
    Answer,
    ReasonForm,
    Refusal,
    Section,
    Since,
    act,
    at,
    moment,
    pill,
    site,
    who,
)
from policies.audit import Target

SHOWN = 140
NAMES = {
    "placement": "What belongs to which domain.",
    "ownership": "Who answers for what.",
    "tagassignment": "Which tag is on what.",
    "description": "What assets and columns are, in people's words.",
    "attribute": "Lifecycle, environment and tier.",
    "termlink": "Which asset or column is what a term means.",
    "propertyvalue": "The values of properties that were made up here.",
    "compliancedeclaration": "Purpose, legal basis, retention and the like.",
    "changeticket": "Which ticket asked for a change.",
    "productoutput": "Which dataset is an output of which product.",
    "proposalverdict": "What became of what producers proposed.",
}


def may_say(request: HttpRequest, row: OnAsset) -> bool:
    """Whether the reader may make and take back such a statement about its subject."""
    subject = Subject.of(row)
    if subject.kind not in ASSETS:
        return access.may(request.user, Action.GLOSSARY_EDIT)
    model = ASSETS[subject.kind]
    allowed = model._default_manager.permitted(request.user, kind_of(row).action)
    return bool(allowed.filter(pk=subject.row.pk).exists())


class StatementDesk(CuratedDesk):
    section = Section.CURATION
    rank = 1
    opens = STEWARDS
    is_long = True
    ordering = ("-recorded_from", "-pk")
    list_filter = (
        Answer(
            "state",
            "state",
            {
                "standing": ("said now", lambda: Q(recorded_to=None)),
                "ended": ("taken back", lambda: Q(recorded_to__isnull=False)),
            },
        ),
        Since("recorded_from", "said"),
    )
    list_display = (
        "about",
        "of_column",
        "what",
        "by",
        moment("recorded_from", "since"),
        "until",
    )
    sortable_by = ("recorded_from",)
    actions = ("withdraw",)
    fields = readonly_fields = (
        "about",
        "of_column",
        "what",
        "by",
        "since",
        "until",
        "why",
    )
    since = staticmethod(moment("recorded_from", "since"))

    def rows(self, request: HttpRequest) -> Any:
        rows: Any = self.model._default_manager
        related = [
            f"{field.name}__namespace"
            if field.name in ("dataset", "job")
            else field.name
            for field in self.model._meta.fields
            if field.is_relation and not field.name.startswith("successor")
        ]
        seen = rows.filter(about_seen(request))
        return seen.select_related(
            *related, "dataset__canonical__namespace", "opened_in__actor"
        )

    @admin.display(description="about")
    def about(self, row: OnAsset) -> str:
        subject = Subject.of(row).row
        return f"{subject._meta.verbose_name} {subject}"

    @admin.display(description="column")
    def of_column(self, row: OnAsset) -> str:
        return row.column

    @admin.display(description="says")
    def what(self, row: OnAsset) -> str:
        kind = kind_of(row)
        said = kind.value(row)
        said = (
            said if len(said) < SHOWN else f"{said[: SHOWN - 1]}\N{HORIZONTAL ELLIPSIS}"
        )
        return f"{kind.label}: {said}"

    @admin.display(description="by")
    def by(self, row: OnAsset) -> str:
        actor = row.opened_in.actor
        return actor.username if actor else "the system"

    @admin.display(description="until")
    def until(self, row: OnAsset) -> Any:
        return at(row.recorded_to, "now")

    @admin.display(description="why")
    def why(self, row: OnAsset) -> str:
        return row.opened_in.reason

    def journal_target(self, row: OnAsset) -> Target:
        return Subject.of(row).target

    @act(
        "Take back",
        needs=Action.ASSET_VIEW,
        said="{count} taken back.",
        form=ReasonForm,
        warns="That it was said stays recorded; the change can be undone.",
        for_row=lambda row: row.recorded_to is None,
    )
    def withdraw(self, request: HttpRequest, rows: Any, given: Any) -> None:
        if not all(may_say(request, row) for row in rows):
            raise Refusal("Some of these are not yours to take back.")
        sayings = [
            Saying(kind_of(row), Subject.of(row), None, kind_of(row).identity_of(row))
            for row in rows
        ]
        say(sayings, actor=who(request), via=Change.Via.ADMIN, reason=given["reason"])


for _model in STATEMENTS:
    site.register(
        _model,
        type(
            f"{_model.__name__}Desk",
            (StatementDesk,),
            {
                "purpose": NAMES.get(
                    _model._meta.model_name, "What people say of assets."
                )
            },
        ),
    )


@admin.register(Change, site=site)
class ChangeDesk(CuratedDesk):
    section = Section.CURATION
    purpose = "Acts of curation, each to be undone as a whole."
    opens = (*STEWARDS, Action.GLOSSARY_EDIT, Action.PROPERTY_DEFINE)
    is_long = True
    ordering = ("-recorded_at", "-pk")
    list_display = (
        "summary",
        "by",
        "via",
        moment("recorded_at", "when"),
        "reason",
        "state",
    )
    list_select_related = ("actor", "undone_by")
    list_filter = ("via", Since("recorded_at", "when"))
    search_fields = ("summary", "reason", "actor__username")
    sortable_by = ("recorded_at",)
    actions = ("undo",)
    fields = readonly_fields = (
        "summary",
        "by",
        "via",
        "when",
        "reason",
        "state",
        "rows_of",
    )
    when = staticmethod(moment("recorded_at", "when"))

    def rows(self, request: HttpRequest) -> Any:
        """One's own, and all for those who see all: a reason may name anything."""
        if access.may_everywhere(request.user, Action.ASSET_VIEW):
            return Change.objects.all()
        return Change.objects.filter(actor=who(request).pk)

    @admin.display(description="by")
    def by(self, row: Change) -> str:
        return row.actor.username if row.actor else "the system"

    @admin.display(description="state")
    def state(self, row: Change) -> Any:
        return pill("undone") if hasattr(row, "undone_by") else pill("stands", "good")

    @admin.display(description="statements")
    def rows_of(self, row: Change) -> int:
        return row.statement_count

    @act(
        "Undo",
        needs=Action.ASSET_VIEW,
        said="{count} undone.",
        form=ReasonForm,
        warns="What it said is taken back, and what it took back is said again.",
        for_row=lambda row: not hasattr(row, "undone_by"),
    )
    def undo(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in sorted(rows, key=lambda row: row.recorded_at, reverse=True):
            refuse_foreign(request, row)
            undo_change(
                row, actor=who(request), via=Change.Via.ADMIN, reason=given["reason"]
            )


def refuse_foreign(request: HttpRequest, change: Change) -> None:
    """Raise Refusal unless the reader may say all that the change touched."""
    if why_not_undone_by(change, request.user):
        raise Refusal(
            f"{capfirst(str(change))} It touched what is not yours to change."
        )
