"""How is a review of access begun, worked through, watched and closed, on pages?"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from policies import access
from policies.actions import Action
from policies.gates import requires, signed_in
from policies.lists.reviews import (
    known_items,
    known_reviews,
    progress,
    sees_every_review,
    tell_items,
    tell_where,
    waiting_count,
)
from policies.models import Principal, ReviewCampaign, ReviewItem
from policies.services import reviews
from policies.telling.meaning import Unclear, principal_called
from policies.views.base import REFUSALS, cut, reader_of, see_other
from policies.views.forms import InstantField, Suggested
from policies.views.scope_form import ScopeForm

# What the app of reports makes of a review.
FILES = [
    ("review.pdf", "PDF"),
    ("review.xlsx", "Excel workbook"),
    ("review-csv.zip", "CSV"),
    ("review.json", "JSON"),
    ("review.zip", "all of them with a manifest"),
]
USUAL_SPAN = timedelta(days=14)
MOST_CHOSEN = 500
REFUSED: tuple[type[Exception], ...] = (
    *REFUSALS,
    Unclear,
    reviews.NothingToReview,
    reviews.ReviewClosed,
)
STATES = {
    "waiting": Q(decision=""),
    "kept": Q(decision=ReviewItem.Decision.KEEP),
    "revoked": Q(decision=ReviewItem.Decision.REVOKE),
}


class ReviewForm(ScopeForm):
    name = forms.CharField(max_length=reviews.NAME_MAX, label="Name")
    description = forms.CharField(
        label="What it is for",
        required=False,
        max_length=reviews.REASON_MAX,
        help_text="Reviewers read it.",
    )
    due = InstantField(
        label="Due", required=True, help_text="UTC. It closes by itself then."
    )
    on_undecided = forms.ChoiceField(
        label="What nobody has decided by then",
        choices=[("keep", "stays"), ("revoke", "is revoked")],
    )
    reviewers = forms.CharField(
        label="Reviewers",
        required=False,
        max_length=4000,
        widget=Suggested("principal"),
        help_text="Sign-in names, parted by commas. Empty: the owners of what is "
        "reviewed, or else administrators.",
    )

    def clean_reviewers(self) -> list[Principal]:
        words = [one.strip() for one in self.cleaned_data["reviewers"].split(",")]
        try:
            return [principal_called(one, "reviewers") for one in filter(None, words)]
        except Unclear as unclear:
            raise forms.ValidationError(str(unclear)) from None


@require_GET
@signed_in
def review_list(request: HttpRequest) -> HttpResponse:
    """The reviews that the reader takes part in, or all of them."""
    reader = reader_of(request)
    rows = known_reviews(reader).with_progress().order_by("-frozen_at", "-pk")
    page = cut(request, rows)
    where = tell_where(list(page.object_list), reader)
    context = {
        "page": page,
        "reviews": [(each, where[each.pk]) for each in page.object_list],
        "waiting": waiting_count(reader),
        "may_start": access.may(reader, Action.ACCESS_GRANT),
        "sees_all": sees_every_review(reader),
    }
    return render(request, "policies/review_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.ACCESS_GRANT)
def review_new(request: HttpRequest) -> HttpResponse:
    """Freeze the access within a scope, and put it before reviewers."""
    reader = reader_of(request)
    if request.method != "POST":
        due = (timezone.now() + USUAL_SPAN).replace(second=0, microsecond=0)
        form = ReviewForm(initial={"due": due}, reader=reader)
        return render(request, "policies/review_form.html", {"form": form})
    form = ReviewForm(request.POST, reader=reader)
    if form.is_valid():
        told = form.cleaned_data
        plan = reviews.Plan(
            name=told["name"],
            scope=form.scope,
            due_at=told["due"],
            on_undecided=told["on_undecided"],
            description=told["description"],
            reviewers=told["reviewers"],
        )
        try:
            campaign = reviews.start_review(plan, actor=reader)
        except ValidationError as faults:
            for field, said in faults.message_dict.items():
                form.refuse(" ".join(said), field)
        except REFUSED as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "The access is frozen, and given to reviewers.")
            return see_other("review-detail", campaign.public_id)
    return render(request, "policies/review_form.html", {"form": form}, status=422)


@require_GET
@signed_in
def review_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A review: its items, to be kept or revoked, and how far it is."""
    return _detail(request, _find(request, public_id))


@require_POST
@signed_in
def review_decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep, revoke, or hand on the items that are chosen."""
    campaign, reader = _find(request, public_id), reader_of(request)
    chosen = _chosen(request, campaign)
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    fault = "" if chosen else "Choose some first."
    if not fault:
        try:
            if act == "assign":
                told = _assign(request, campaign, chosen)
            else:
                told = reviews.decide_items(
                    campaign, chosen, act, reason=reason, actor=reader
                )
        except ValidationError as faults:
            fault = " ".join(faults.messages)
        except REFUSED as refusal:
            fault = str(refusal)
        else:
            _tell(request, told, act)
            return see_other("review-detail", public_id, query=_asked(request))
    return _detail(request, campaign, fault=fault)


@require_POST
@requires(Action.ACCESS_GRANT)
def review_close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End a review before its day."""
    campaign = _find(request, public_id)
    try:
        reviews.close_review(campaign, actor=reader_of(request))
    except reviews.ReviewClosed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "The review is closed; nothing of it changes now.")
    return see_other("review-detail", public_id)


def _assign(
    request: HttpRequest, campaign: ReviewCampaign, chosen: list[ReviewItem]
) -> reviews.Decided:
    reader = reader_of(request)
    if not access.may(reader, Action.ACCESS_GRANT):
        raise Unclear("reviewer", "Only administrators give items to somebody else.")
    reviewer = principal_called(request.POST.get("reviewer", ""), "reviewer")
    return reviews.assign_items(campaign, chosen, reviewer, actor=reader)


def _tell(request: HttpRequest, told: reviews.Decided, act: str) -> None:
    words = {"keep": "kept", "revoke": "revoked", "assign": "given on"}
    if told.done:
        messages.success(request, f"{told.done} {words[act]}.")
    for item, why in told.refused[:5]:
        messages.warning(request, f"{item}: {why}")
    if len(told.refused) > 5:
        messages.warning(request, f"… and {len(told.refused) - 5} more, likewise.")


def _asked(request: HttpRequest) -> dict[str, str]:
    """What part of the items is looked at, on which page."""
    names = ("state", "whose", "page")
    return {name: request.GET[name] for name in names if request.GET.get(name)}


def _chosen(request: HttpRequest, campaign: ReviewCampaign) -> list[ReviewItem]:
    words = request.POST.getlist("item")[:MOST_CHOSEN]
    ids = [int(word) for word in words if word.isascii() and word.isdigit()]
    rows = known_items(reader_of(request), campaign)
    return list(rows.filter(pk__in=[pk for pk in ids if pk < 2**63]))


def _find(request: HttpRequest, public_id: UUID) -> ReviewCampaign:
    rows = known_reviews(reader_of(request)).with_progress()
    campaign: ReviewCampaign = get_object_or_404(
        rows.select_related("made_by", "closed_by"), public_id=public_id
    )
    return campaign


def _detail(
    request: HttpRequest, campaign: ReviewCampaign, *, fault: str = ""
) -> HttpResponse:
    reader = reader_of(request)
    sees_all = sees_every_review(reader)
    rows = known_items(reader, campaign)
    mine = rows.filter(reviewer=reader)
    asked = _asked(request)
    shown = mine if asked.get("whose") == "mine" else rows
    page = cut(request, shown.filter(STATES.get(asked.get("state", ""), Q())))
    context: dict[str, Any] = {
        "campaign": campaign,
        "where": tell_where([campaign], reader)[campaign.pk],
        "page": page,
        "items": tell_items(list(page.object_list), reader),
        "waiting_for_me": mine.filter(decision="").count() if campaign.is_open else 0,
        "asked": asked,
        "fault": fault,
        "told": request.POST,
        "chosen": set(request.POST.getlist("item")),
        "sees_all": sees_all,
        "progress": progress(campaign) if sees_all else [],
        "is_admin": access.may(reader, Action.ACCESS_GRANT),
        "files": FILES,
    }
    status = 422 if fault else 200
    return render(request, "policies/review_detail.html", context, status=status)
