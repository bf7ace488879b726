"""Which incidents are there, and what becomes of one?"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.pages import page_of
from lineage.models import Incident, Severity
from lineage.quality import incidents
from lineage.quality.expecting import NOTE_MAX
from lineage.reader import Reader
from lineage.services.incidents import (
    IncidentEnded,
    NoReason,
    acknowledge_incident,
    close_incident,
)
from policies.actions import Action
from policies.gates import denial, requires
from policies.models import Principal
from policies.problems import Problem

STATES = {
    "open": "Open",
    "acknowledged": "Acknowledged",
    "ended": "Ended",
    "all": "All",
}

reading = requires(Action.ASSET_VIEW, Action.RUN_VIEW)
editing = requires(Action.ASSET_VIEW, Action.RUN_VIEW, Action.ASSET_EDIT)


@require_GET
@reading
def incident_list(request: HttpRequest) -> HttpResponse:
    """The incidents that the reader may know of, latest first; open ones at first."""
    reader = Reader(request.user)
    asked = request.GET
    state = asked.get("state") if asked.get("state") in STATES else "open"
    found = incidents.in_state(Incident.objects.all(), state or "open")
    found = incidents.of_severity(found, asked.get("severity", ""))
    found = incidents.fitting(found, asked.get("q", ""))
    if asked.get("mine"):
        found = incidents.told_to(found, request.user)
    shown = incidents.incidents_of(reader, found).told()
    page = page_of(request, shown.order_by("-opened_at", "-pk"))
    return render(
        request,
        "lineage/incident_list.html",
        {
            "page": page,
            "state": state,
            "states": STATES,
            "severities": Severity.choices,
            "notices": incidents.notices_to(request.user, list(page.object_list)),
            "is_filtered": any(asked.get(n) for n in ("q", "severity", "mine")),
        },
    )


@require_GET
@reading
def incident_detail(request: HttpRequest, id: UUID) -> HttpResponse:
    """An incident: what was expected, what was found, and who is downstream."""
    reader = Reader(request.user)
    incident = _find(reader, id)
    return render(
        request,
        "lineage/incident_detail.html",
        {
            "incident": incident,
            "expectation": incident.expectation,
            "dataset": incident.dataset.canonical,
            "downstream": incidents.downstream(incident, reader),
            "notice": incidents.notices_to(request.user, [incident]).get(incident.pk),
            "may_act": incident.ended_at is None
            and incidents.may_expect(reader, incident.dataset.canonical),
            "note_max": NOTE_MAX,
        },
    )


@require_POST
@editing
def incident_acknowledge(request: HttpRequest, id: UUID) -> HttpResponse:
    """Say that one sees to an incident."""
    incident, actor = _acting(request, id)
    try:
        acknowledge_incident(incident, actor=actor, note=request.POST.get("note", ""))
    except IncidentEnded as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Everybody can see now that you see to it.")
    return _back(incident)


@require_POST
@editing
def incident_close(request: HttpRequest, id: UUID) -> HttpResponse:
    """End an incident although what is expected does not hold."""
    incident, actor = _acting(request, id)
    try:
        close_incident(incident, actor=actor, reason=request.POST.get("reason", ""))
    except (IncidentEnded, NoReason) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, "It is closed. Another begins only after it has held again."
        )
    return _back(incident)


def _find(reader: Reader, public_id: UUID) -> Incident:
    rows = Incident.objects.filter(public_id=public_id)
    found = incidents.incidents_of(reader, rows).told().first()
    if found is None:
        raise Http404
    return found


def _acting(request: HttpRequest, public_id: UUID) -> tuple[Incident, Principal]:
    """The incident, and who acts, if they may. Raises 404, Problem (403)."""
    reader = Reader(request.user)
    incident = _find(reader, public_id)
    if not isinstance(request.user, Principal):
        raise Problem(403, "action_forbidden", "Sign in: what is said has an author.")
    if not incidents.may_expect(reader, incident.dataset.canonical):
        raise denial(request, request.user, Action.ASSET_EDIT)
    return incident, request.user


def _back(incident: Incident) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("incident-detail", args=[incident.public_id]))
