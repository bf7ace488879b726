"""Who passes all denies in an emergency, and how does one begin and end it?"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from policies import emergencies, services
from policies.actions import Action
from policies.gates import denial, holds, signed_in
from policies.models import BreakGlass
from policies.services.glass import DEFAULT_MINUTES
from policies.views.base import cut, demand, reader_of, see_other

SPANS = (15, 30, 60, 120, 240, 480, 1440)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def break_glass(request: HttpRequest) -> HttpResponse:
    """Who has broken the glass; a form to do it for those who hold the action."""
    fault = ""
    if request.method == "POST":
        demand(request, Action.ACCESS_BREAK_GLASS)
        try:
            services.break_glass(
                reader_of(request),
                reason=request.POST.get("reason", ""),
                minutes=_minutes(request.POST.get("minutes", "")),
                most_minutes=settings.HEADWATER_BREAK_GLASS_MINUTES,
            )
        except ValidationError as refusal:
            fault = " ".join(refusal.messages)
        else:
            messages.warning(request, "No deny holds for you until it is over.")
            return see_other("break-glass")
    status = 422 if fault else 200
    return render(request, "policies/glass.html", _told(request, fault), status=status)


@require_POST
@signed_in
def close_glass(request: HttpRequest, emergency: int) -> HttpResponse:
    """Let denies hold again: one's own emergency, or as an administrator."""
    reader = reader_of(request)
    rows = BreakGlass.objects.select_related("principal")
    found = rows.filter(pk=emergency).first() if emergency < 2**63 else None
    if found is None:
        raise Http404
    if found.principal != reader and not holds(reader, Action.ACCESS_GRANT):
        raise denial(request, reader, Action.ACCESS_GRANT)
    services.close_glass(found, actor=reader, reason=request.POST.get("reason", ""))
    messages.success(request, "The glass is whole again: denies hold.")
    return see_other("break-glass")


def _told(request: HttpRequest, fault: str) -> dict[str, Any]:
    reader = reader_of(request)
    most = settings.HEADWATER_BREAK_GLASS_MINUTES
    sees_past = holds(reader, Action.ACCESS_VIEW)
    known = BreakGlass.objects.select_related("principal", "closed_by")
    past = known.exclude(pk__in=BreakGlass.objects.open()).order_by("-opened_at", "-pk")
    still = emergencies.open_now()
    return {
        "open": still,
        "mine": next((one for one in still if one.principal == reader), None),
        "may_break": holds(reader, Action.ACCESS_BREAK_GLASS),
        "may_close": holds(reader, Action.ACCESS_GRANT),
        "past": cut(request, past) if sees_past else None,
        "spans": [span for span in SPANS if span < most] + [most],
        "chosen": _minutes(request.POST.get("minutes", "")) or DEFAULT_MINUTES,
        "reason": request.POST.get("reason", ""),
        "fault": fault,
    }


def _minutes(text: str) -> int:
    """A whole number of minutes; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
