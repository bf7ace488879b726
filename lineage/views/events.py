"""What did one event say, who sent it, and what became of it?"""

import json
import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from lineage import events
from lineage.acceptances import receipt_of
from lineage.bodies import BodyLost
from lineage.models import Event, Retraction
from lineage.services.replays import (
    AlreadyRetracted,
    NotRetracted,
    reinstate_event,
    replay_events,
    retract_event,
)
from policies.actions import Action
from policies.gates import requires
from policies.models import Principal
from policies.onward import onward

DIGEST = re.compile("[0-9a-f]{64}")
MOST_BYTES_SHOWN = 256 * 1024
REASON_MAX = 500


@require_GET
@requires(Action.EVENT_VIEW)
def event_detail(request: HttpRequest, digest: str) -> HttpResponse:
    """An event's ledger: what it is about, who sent it, warnings, error, raw JSON."""
    event = _event(request, digest, Action.EVENT_VIEW)
    receipt = receipt_of(event, request.user)
    return render(
        request,
        "lineage/event_detail.html",
        {
            "event": event,
            "digest": digest,
            "warnings": receipt.warnings,
            "acceptances": receipt.senders,
            "retraction": _retraction(event),
            "is_retracted": event.status == Event.Status.RETRACTED,
            "may_replay": _may(request, event, Action.EVENT_REPLAY),
            "may_retract": _may(request, event, Action.EVENT_RETRACT),
            "reason_max": REASON_MAX,
            **_raw(request, event),
        },
    )


@require_POST
@requires(Action.EVENT_REPLAY)
def event_replay(request: HttpRequest, digest: str) -> HttpResponse:
    """Project an event once more, and go back to where that was asked for."""
    event = _event(request, digest, Action.EVENT_REPLAY)
    failed = replay_events([event], actor=request.user)
    if failed:
        messages.error(request, "The event was tried again, and did not apply.")
    else:
        messages.success(request, "The event was tried again: now it is applied.")
    return _back(request, digest)


@require_POST
@requires(Action.EVENT_RETRACT)
def event_retract(request: HttpRequest, digest: str) -> HttpResponse:
    """Take what an event says out of the catalog, for a reason."""
    event = _event(request, digest, Action.EVENT_RETRACT)
    if reason := _reason(request):
        try:
            retract_event(event, reason=reason, actor=request.user)
        except AlreadyRetracted:
            messages.warning(request, "The event was retracted already.")
        else:
            messages.success(
                request, "The event is retracted: the catalog is as if it never came."
            )
    return _back(request, digest)


@require_POST
@requires(Action.EVENT_RETRACT)
def event_reinstate(request: HttpRequest, digest: str) -> HttpResponse:
    """Believe a retracted event again, for a reason."""
    event = _event(request, digest, Action.EVENT_RETRACT)
    if reason := _reason(request):
        try:
            reinstate_event(event, reason=reason, actor=request.user)
        except NotRetracted:
            messages.warning(request, "The event is not retracted.")
        else:
            messages.success(request, "The event counts again.")
    return _back(request, digest)


@require_GET
@requires(Action.EVENT_VIEW_RAW)
def event_raw(request: HttpRequest, digest: str) -> HttpResponse:
    """The exact text that was sent, to keep."""
    event = _event(request, digest, Action.EVENT_VIEW_RAW)
    try:
        body = next(events.open_bodies([event]))
    except BodyLost as lost:
        raise Http404 from lost
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{digest[:16]}.json"'
    return response


def _event(request: HttpRequest, digest: str, action: Action) -> Event:
    if not DIGEST.fullmatch(digest):
        raise Http404
    readable = events.readable(request.user, action).select_related(
        "producer", "run", "job__namespace", "dataset__namespace"
    )
    return get_object_or_404(readable, digest=bytes.fromhex(digest))


def _may(request: HttpRequest, event: Event, action: Action) -> bool:
    return events.readable(request.user, action).filter(pk=event.pk).exists()


def _raw(request: HttpRequest, event: Event) -> dict[str, Any]:
    """The event's own text, set out in lines, for those who may see it."""
    if not _may(request, event, Action.EVENT_VIEW_RAW):
        return {"may_view_raw": False}
    if event.size_bytes > MOST_BYTES_SHOWN:
        return {"may_view_raw": True, "is_too_long": True}
    try:
        body = next(events.open_bodies([event])).decode(errors="replace")
    except BodyLost as lost:
        return {"may_view_raw": True, "lost": str(lost)}
    try:
        raw = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        raw = body
    return {"may_view_raw": True, "raw": raw}


def _reason(request: HttpRequest) -> str:
    """The reason that the form gives; "" with a message if there is none."""
    reason = request.POST.get("reason", "").strip()
    if 0 < len(reason) <= REASON_MAX:
        return reason
    messages.error(request, f"This needs a reason of 1 to {REASON_MAX} characters.")
    return ""


def _retraction(event: Event) -> dict[str, Any] | None:
    """The retraction in force, and by whom."""
    found = Retraction.objects.filter(event=event, recorded_to=None).first()
    if found is None:
        return None
    actor = None
    if found.actor is not None:
        actor = Principal.objects.filter(public_id=found.actor).first()
    return {"reason": found.reason, "at": found.recorded_from, "actor": actor}


def _back(request: HttpRequest, digest: str) -> HttpResponse:
    here = reverse("event-detail", args=[digest])
    return HttpResponseRedirect(onward(request, request.POST.get("next", ""), here))
