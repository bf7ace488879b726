"""Which events arrived, what does each assert, and what is wrong with it?"""

from typing import Any

from django.contrib import admin
from django.db.models import Case, F, Q, TextField, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lineage.acceptances import NAMING, UNNAMED
from lineage.events import are_all_readable, readable
from lineage.models import Conformance, Event, IOEvidence, Producer, Retraction
from lineage.services.replays import (
    AlreadyRetracted,
    NotRetracted,
    reinstate_event,
    replay_events,
    retract_event,
)
from policies.actions import Action
from policies.admin_site import (
    REFUSALS,
    Answer,
    Desk,
    NeededReasonForm,
    Refusal,
    Section,
    Since,
    act,
    at,
    identifier,
    moment,
    pill,
    quiet,
    site,
    who,
)
from policies.audit import Target
from policies.models import Principal

LOOKS = {
    Event.Status.APPLIED: "good",
    Event.Status.NOT_APPLIED: "bad",
    Event.Status.PENDING: "busy",
}
MOST_SHOWN = 200


class EventDesk(Desk):
    section = Section.HAPPENED
    purpose = "What arrived: replay what did not apply, retract what is not true."
    opens = (Action.EVENT_VIEW,)
    refusals = (*REFUSALS, AlreadyRetracted, NotRetracted)
    is_long = True
    ordering = ("-pk",)
    list_display = (
        "short",
        "kind",
        "type",
        "about",
        "state",
        moment("event_time", "event time"),
        moment("recorded_at", "arrived"),
        "error_line",
    )
    sortable_by = ()
    list_select_related = ("job__namespace", "dataset__namespace")
    list_filter = (
        "status",
        "kind",
        "type",
        Since("recorded_at", "arrived"),
        Answer(
            "warned",
            "conforms",
            {
                "no": ("with warnings", lambda: Q(pk__in=_warned())),
                "yes": ("without", lambda: ~Q(pk__in=_warned())),
            },
        ),
    )
    search_fields = ("digest",)
    search_help_text = "An event's digest, or a run's id: the whole of it."
    actions = ("replay", "retract", "reinstate")
    fields = readonly_fields = (
        "page",
        "state",
        "error",
        "kind",
        "type",
        "about",
        "of_run",
        "evidence",
        "from_producer",
        "event_at",
        "arrived",
        "projector",
    )
    event_at = staticmethod(moment("event_time", "event time"))
    arrived = staticmethod(moment("recorded_at", "arrived"))

    def rows(self, request: HttpRequest) -> Any:
        return readable(request.user, Action.EVENT_VIEW)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        bare = term.replace("-", "")
        try:
            number = bytes.fromhex(bare)
        except ValueError:
            return queryset.none(), False
        if len(number) == 16:
            return queryset.filter(run__run_id=bare), False
        return queryset.filter(digest=number), False

    @admin.display(description="event")
    def short(self, row: Event) -> SafeString:
        return identifier(str(row)[:12])

    @admin.display(description="about")
    def about(self, row: Event) -> str:
        return str(row.job or row.dataset or "")

    @admin.display(description="state")
    def state(self, row: Event) -> SafeString:
        status = Event.Status(row.status)
        return pill(status.label.lower(), LOOKS.get(status, ""))

    @admin.display(description="error")
    def error_line(self, row: Event) -> str:
        return row.error.partition("\n")[0][:200]

    @admin.display(description="its page")
    def page(self, row: Event) -> SafeString:
        address = reverse("event-detail", args=[str(row)])
        return format_html('<a class="id" href="{}">{}</a>', address, row)

    @admin.display(description="run")
    def of_run(self, row: Event) -> SafeString:
        return identifier(str(row.run.run_id)) if row.run else quiet("none")

    @admin.display(description="producer")
    def from_producer(self, row: Event) -> SafeString:
        return identifier(row.producer.uri)

    @admin.display(description="reads and writes")
    def evidence(self, row: Event) -> SafeString:
        """All of it: who may see an event may see each dataset that it names."""
        found = IOEvidence.objects.filter(event=row).select_related(
            "dataset__namespace"
        )
        words = {
            IOEvidence.Direction.INPUT: "reads",
            IOEvidence.Direction.OUTPUT: "writes",
            IOEvidence.Direction.STATIC: "describes",
        }
        lines = [(words[each.direction], each.dataset) for each in found[:MOST_SHOWN]]  # type: ignore[index]
        listed = format_html_join("", '<li>{} <span class="id">{}</span></li>', lines)
        return format_html("<ul>{}</ul>", listed) if lines else quiet("nothing")

    def journal_target(self, row: Event) -> Target:
        return Target("lineage.event", (str(row),))

    @act(
        "Replay",
        needs=Action.EVENT_REPLAY,
        said="{count} tried again.",
    )
    def replay(self, request: HttpRequest, rows: Any, given: Any) -> str | None:
        _refuse_foreign(request, rows, Action.EVENT_REPLAY)
        failed = replay_events(rows, actor=who(request))
        return f"{failed} of {len(rows)} did not apply again." if failed else None

    @act(
        "Retract",
        needs=Action.EVENT_RETRACT,
        said="{count} retracted: the catalog is as if they never came.",
        form=NeededReasonForm,
        warns="What they assert is ignored until somebody believes them again.",
        for_row=lambda row: row.status != Event.Status.RETRACTED,
    )
    def retract(self, request: HttpRequest, rows: Any, given: Any) -> None:
        _refuse_foreign(request, rows, Action.EVENT_RETRACT)
        for row in rows:
            _or_refuse(retract_event, row, request, given, "is retracted already")

    @act(
        "Believe again",
        needs=Action.EVENT_RETRACT,
        said="{count} counting again.",
        form=NeededReasonForm,
        for_row=lambda row: row.status == Event.Status.RETRACTED,
    )
    def reinstate(self, request: HttpRequest, rows: Any, given: Any) -> None:
        _refuse_foreign(request, rows, Action.EVENT_RETRACT)
        for row in rows:
            _or_refuse(reinstate_event, row, request, given, "is not retracted")


site.register(Event, EventDesk)


def _warned() -> Any:
    return Conformance.objects.values("event")


def _or_refuse(
    service: Any, row: Event, request: HttpRequest, given: Any, fault: str
) -> None:
    try:
        service(row, reason=given["reason"], actor=who(request))
    except (AlreadyRetracted, NotRetracted) as refusal:
        raise Refusal(f"{str(row)[:12]} {fault}.") from refusal


def _refuse_foreign(request: HttpRequest, rows: Any, action: Action) -> None:
    keys = [row.pk for row in rows]
    allowed = set(
        readable(request.user, action).filter(pk__in=keys).values_list("pk", flat=True)
    )
    if lacking := [row for row in rows if row.pk not in allowed]:
        raise Refusal(f"{len(lacking)} of these are not yours to do that to.")


class OfEventDesk(Desk):
    """Rows that hang on events that the reader may see."""

    section = Section.HAPPENED
    opens = (Action.EVENT_VIEW,)
    is_long = True
    ordering = ("-pk",)
    sortable_by = ()

    def rows(self, request: HttpRequest) -> Any:
        rows: Any = self.model._default_manager
        if are_all_readable(request.user, Action.EVENT_VIEW):
            return rows.all()
        return rows.filter(event__in=readable(request.user, Action.EVENT_VIEW))

    @admin.display(description="event")
    def short(self, row: Any) -> SafeString:
        return identifier(str(row.event)[:12])

    @admin.display(description="event")
    def of(self, row: Any) -> SafeString:
        address = reverse("event-detail", args=[str(row.event)])
        name = str(row.event)[:12]
        return format_html('<a class="id" href="{}">{}</a>', address, name)


@admin.register(Conformance, site=site)
class ConformanceDesk(OfEventDesk):
    title = "Warnings"
    purpose = "Where accepted events do not conform, and what that means."
    keeps_history = False
    list_display = ("code", "said", "pointer", "of")
    list_select_related = ("event",)
    search_fields = ("=code",)
    search_help_text = "A warning's code, the whole of it."
    fields = readonly_fields = ("code", "said", "pointer", "of")

    def rows(self, request: HttpRequest) -> Any:
        """What names others' assets is told to those alone who see everything."""
        said: Any = F("message")
        if not are_all_readable(request.user, Action.EVENT_VIEW):
            said = Case(
                When(code=NAMING, then=Value(UNNAMED, output_field=TextField())),
                default=said,
            )
        return super().rows(request).annotate(said_to_reader=said)

    @admin.display(description="message")
    def said(self, row: Any) -> str:
        return str(row.said_to_reader)


@admin.register(Retraction, site=site)
class RetractionDesk(OfEventDesk):
    purpose = "Which events are not believed, by whose word and why."
    is_long = False
    list_display = ("short", "reason", "by", moment("recorded_from", "since"), "until")
    list_select_related = ("event",)
    list_filter = (
        Answer(
            "state",
            "state",
            {
                "force": ("in force", lambda: Q(recorded_to=None)),
                "ended": ("withdrawn", lambda: Q(recorded_to__isnull=False)),
            },
        ),
    )
    search_fields = ("reason",)
    fields = readonly_fields = ("of", "reason", "by", "since", "until")
    since = staticmethod(moment("recorded_from", "since"))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        _name_actors(found.result_list)
        return found

    def get_object(self, request: HttpRequest, *args: Any) -> Any:
        row = super().get_object(request, *args)
        _name_actors([row] if row else [])
        return row

    @admin.display(description="until")
    def until(self, row: Retraction) -> SafeString:
        return at(row.recorded_to, "now")

    @admin.display(description="by")
    def by(self, row: Any) -> str:
        return str(row.who)

    def journal_target(self, row: Retraction) -> Target:
        return Target("lineage.event", (str(row.event),))


def _name_actors(rows: Any) -> None:
    ids = {row.actor for row in rows if row.actor}
    people = {p.public_id: p for p in Principal.objects.filter(public_id__in=ids)}
    for row in rows:
        row.who = people[row.actor].username if row.actor in people else "the system"


@admin.register(Producer, site=site)
class ProducerDesk(Desk):
    """Who sends tells what else there is: for those who see all events."""

    section = Section.HAPPENED
    purpose = "What sends events, as they call it themselves."
    keeps_history = False
    opens = (Action.EVENT_VIEW,)
    ordering = ("-last_seen", "pk")
    list_display = (
        "uri_or_none",
        "event_count",
        moment("first_seen", "first"),
        moment("last_seen", "last"),
    )
    list_filter = (Since("last_seen", "heard"),)
    search_fields = ("uri",)
    fields = readonly_fields = ("uri_or_none", "event_count", "first", "last")
    first = staticmethod(moment("first_seen", "first"))
    last = staticmethod(moment("last_seen", "last"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return are_all_readable(request.user, Action.EVENT_VIEW)

    @admin.display(description="producer", ordering="uri")
    def uri_or_none(self, row: Producer) -> SafeString:
        return identifier(row.uri) if row.uri else quiet("none named")
