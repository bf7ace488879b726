"""What arrived, what did not apply and why, what does not conform, who still sends?"""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lineage import arrivals, events
from lineage.models import Event, Producer
from lineage.models.events import EventQuerySet
from policies.actions import Action
from policies.gates import requires

SCALES = {"24h": arrivals.DAY, "7d": arrivals.WEEK, "30d": arrivals.MONTH}
NOT_APPLIED_SHOWN = 50
PRODUCERS_SHOWN = 100
EVENTS_A_PAGE = 50
STATUSES = {
    "applied": Event.Status.APPLIED,
    "not-applied": Event.Status.NOT_APPLIED,
    "retracted": Event.Status.RETRACTED,
    "pending": Event.Status.PENDING,
}


@require_GET
@requires(Action.EVENT_VIEW)
def ingestion(request: HttpRequest) -> HttpResponse:
    """Arrivals, events that did not apply, warnings by kind, and producers."""
    now = timezone.now()
    asked = request.GET.get("range", "")
    scale_name = asked if asked in SCALES else "24h"
    scale = SCALES[scale_name]
    readable = events.readable(request.user, Action.EVENT_VIEW)
    spans = arrivals.spans(readable, scale, now)
    waiting = readable.filter(status=Event.Status.NOT_APPLIED)
    context: dict[str, Any] = {
        "scales": {name: one.name for name, one in SCALES.items()},
        "scale_name": scale_name,
        "bars": arrivals.bars_of(spans, scale),
        "not_applied": waiting.order_by("-pk")[:NOT_APPLIED_SHOWN],
        "not_applied_count": waiting.count(),
        "pending_count": readable.filter(status=Event.Status.PENDING).count(),
        "warnings": arrivals.warning_kinds(readable, since=scale.start(now)),
        "last_events": list(_listed(readable)[:10]),
        "replayable": _replayable(request),
        "server_url": request.build_absolute_uri("/").rstrip("/"),
    }
    context["sized"] = events.with_texts(context["last_events"], request.user)
    # Who sends tells what else there is: it is for those who see all of it.
    if events.are_all_readable(request.user, Action.EVENT_VIEW):
        producers = Producer.objects.order_by("-last_seen", "uri")
        context["producers"] = producers[:PRODUCERS_SHOWN]
    return render(request, "lineage/ingestion.html", context)


@require_GET
@requires(Action.EVENT_VIEW)
def event_list(request: HttpRequest) -> HttpResponse:
    """Events, the last to arrive first; by status and by kind of warning."""
    found = _listed(events.readable(request.user, Action.EVENT_VIEW))
    status = STATUSES.get(request.GET.get("status", ""))
    if status is not None:
        found = found.filter(status=status)
    if warning := request.GET.get("warning", ""):
        found = found.filter(warnings__code=warning).distinct()
    if start := _event_before(request.GET.get("before", "")):
        found = found.filter(pk__lt=start)
    shown = list(found[: EVENTS_A_PAGE + 1])
    context = {
        "events": shown[:EVENTS_A_PAGE],
        "sized": events.with_texts(shown, request.user),
        "has_more": len(shown) > EVENTS_A_PAGE,
        "statuses": STATUSES,
        "is_filtered": status is not None or bool(warning),
    }
    return render(request, "lineage/event_list.html", context)


def _listed(readable: EventQuerySet) -> EventQuerySet:
    return (
        readable.select_related(
            "producer", "job__namespace", "run", "dataset__namespace"
        )
        .annotate(warning_count=Count("warnings", distinct=True))
        .order_by("-pk")
    )


def _event_before(digest: str) -> int | None:
    """The number of the event whose successors in the list were asked for."""
    try:
        known = Event.objects.filter(digest=bytes.fromhex(digest)) if digest else None
    except ValueError:
        return None
    return known.values_list("pk", flat=True).first() if known is not None else None


def _replayable(request: HttpRequest) -> set[int]:
    """Those of the events that did not apply which the reader may have tried again."""
    may_replay = events.readable(request.user, Action.EVENT_REPLAY)
    waiting = may_replay.filter(status=Event.Status.NOT_APPLIED).order_by("-pk")
    return set(waiting.values_list("pk", flat=True)[:NOT_APPLIED_SHOWN])
