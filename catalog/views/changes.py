"""What did people declare, who did it when, and how is it undone?"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.curation import changes
from catalog.curation.faults import Refused
from catalog.models import Change
from catalog.pages import answer
from catalog.services import undo_change
from catalog.views.saying import actor_of, offer_undo, reason_of, way_back
from policies.actions import Action
from policies.gates import denial, requires
from policies.problems import Problem
from policies.row_keys import key_of_number, number_of


@require_GET
@requires(Action.ASSET_VIEW)
def change_list(request: HttpRequest) -> HttpResponse:
    """The acts of curation of which the reader may know, latest first."""
    sought: dict[str, object] = {}
    who = request.GET.get("who", "").strip()[:150]
    if who == "me":
        sought["actor"] = request.user.pk
    elif who == "system":
        sought["actor"] = None
    elif who:
        sought["actor__username__iexact"] = who
    via = request.GET.get("via", "")
    if via in Change.Via.values:
        sought["via"] = via
    after = request.GET.get("after", "")
    found, following = changes.latest(
        request.user,
        after=number_of(Change, after),
        **sought,
    )
    context = {
        "changes": found,
        "next": key_of_number(Change, following) if following else None,
        "is_later_part": bool(after),
        "is_filtered": bool(who or via),
        "vias": Change.Via.choices,
    }
    return answer(
        request, "catalog/change_list.html", "catalog/_change_rows.html", context
    )


@require_GET
@requires(Action.ASSET_VIEW)
def change_detail(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """What one act said and took back, as far as the reader may see it."""
    change = _change(request, change_id)
    undo = Change.objects.filter(undoes=change).select_related("actor").first()
    context = {
        "change": change,
        "undo": undo,
        "told": changes.tell(change, request.user),
        "why_not": changes.why_not_undone_by(change, request.user),
    }
    return render(request, "catalog/change_detail.html", context)


@require_POST
@requires(Action.ASSET_VIEW)
def change_undo(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Undo a change, if the reader may do to each thing what that does."""
    change = _change(request, change_id)
    if why_not := changes.why_not_undone_by(change, request.user):
        denial(request, actor_of(request), Action.ASSET_EDIT)  # for the journal
        raise Problem(403, "action_forbidden", why_not)
    here = reverse("change-detail", args=[change_id])
    try:
        undo = undo_change(
            change,
            actor=actor_of(request),
            via=Change.Via.PAGE,
            reason=reason_of(request),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        offer_undo(request, f"Undone: {change.summary}", undo)
    return way_back(request, here)


def _change(request: HttpRequest, change_id: UUID) -> Change:
    known = Change.objects.select_related("actor", "undoes")
    change = get_object_or_404(known, public_id=change_id)
    if not changes.is_told_to(change, request.user):
        raise Http404
    return change
