"""What do producers propose that nobody has judged, and what becomes of it?"""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.curation import proposals
from catalog.models import Proposal
from catalog.models.proposals import ProposalQuerySet
from catalog.pages import PAGE_SIZE, answer, page_of
from catalog.services.proposals import ACCEPTED_AT_ONCE
from catalog.views.governance import judge, told_to
from catalog.views.saying import way_back
from policies.actions import Action
from policies.gates import requires_any
from policies.row_keys import numbers_of

FILTERS = ("aspect", "producer", "namespace", "kind")
COUNTED = 100_000  # beyond, counts say "more than"
CHOICES = 50


@require_GET
@requires_any(Action.ASSET_EDIT, Action.ASSET_TAG)
def proposal_list(request: HttpRequest) -> HttpResponse:
    """What the reader may accept or reject, by producer, aspect and namespace."""
    found = _found(request)
    rows = found.select_related(
        "namespace", "dataset__namespace", "job__namespace"
    ).order_by("namespace", "dataset", "job", "pk")
    page = page_of(request, rows, PAGE_SIZE)
    everything = proposals.pending(request.user)
    context = {
        "page": page,
        "by_aspect": _counted(everything, "aspect"),
        "by_producer": _counted(everything, "producer"),
        "by_namespace": _counted(everything, "namespace__name"),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "asked": {name: request.GET.get(name, "") for name in FILTERS},
        "most": ACCEPTED_AT_ONCE,
    }
    return answer(
        request, "catalog/proposal_list.html", "catalog/_proposal_rows.html", context
    )


@require_POST
@requires_any(Action.ASSET_EDIT, Action.ASSET_TAG)
def proposal_judge(request: HttpRequest) -> HttpResponse:
    """Accept or reject the chosen ones, or all that fit, up to a bound."""
    found = _found(request, request.POST)
    if request.POST.get("which") != "all":
        chosen = numbers_of(Proposal, request.POST.getlist("proposal"))
        found = found.filter(pk__among=chosen)
    rows = list(found.order_by("namespace", "dataset", "job", "pk")[:ACCEPTED_AT_ONCE])
    back = way_back(request, reverse("proposal-list"))
    if not rows:
        messages.info(request, "No proposal was chosen that waits for you.")
        return back
    told_to(request, judge(request, proposals.told_by(rows)))
    return back


def _found(request: HttpRequest, asked: Any = None) -> ProposalQuerySet:
    told = asked if asked is not None else request.GET
    return proposals.pending(
        request.user, **{name: told.get(name, "")[:2000] for name in FILTERS}
    )


def _counted(rows: ProposalQuerySet, field: str) -> list[tuple[str, int]]:
    """How many proposals there are by a field's values, most first."""
    counted = rows.values(field).annotate(number=Count("pk")).order_by("-number", field)
    return [(row[field], row["number"]) for row in counted[:CHOICES]]


assert Proposal.Policy.namespace == "namespace"
