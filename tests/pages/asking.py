"""What people ask of each other about the harbour's access: pages with something on."""

from datetime import timedelta

from django.utils import timezone

from catalog.models import Dataset
from policies.models import AccessRequest, HeldChange, Principal, ReviewCampaign
from policies.services import ApprovalNeeded, grant_role
from policies.services.approvals import set_rule
from policies.services.grants import GrantScope
from policies.services.requests import Wish, ask_for_access, decline_request
from policies.services.reviews import Plan, decide_items, start_review
from tests.factories import make_principal
from tests.pages import story


def asking_pages():
    """The addresses of pages about requests, approvals and reviews, by short names."""
    if not AccessRequest.objects.exists():
        _ask_around(Principal.objects.get(username="ada"))
    mine = AccessRequest.objects.get(requester__username="ada", state="waiting")
    waiting = AccessRequest.objects.filter(requester__username="pim")
    held = HeldChange.objects.order_by("pk")
    campaign = ReviewCampaign.objects.get()
    return {
        "requests": "/access/requests",
        "request-new": "/access/requests/new",
        "request-mine": f"/access/requests/{mine.public_id}",
        "request-waiting": f"/access/requests/{waiting.earliest('pk').public_id}",
        "approvals": "/access/approvals",
        "approval": f"/access/approvals/{held[0].public_id}",
        "approval-mine": f"/access/approvals/{held[1].public_id}",
        "approval-rules": "/access/approvals/rules",
        "approval-rule-new": "/access/approvals/rules/new",
        "reviews": "/access/reviews",
        "review": f"/access/reviews/{campaign.public_id}",
        "review-new": "/access/reviews/new",
    }


def _ask_around(admin):
    deputy = make_principal("bas", "admin", name="Bas Vermeer")
    pim = make_principal("pim", name="Pim Zeilstra")
    mart = Dataset.objects.unrestricted("test").with_names().get(name=story.MART)
    _ask(pim, story.WAREHOUSE, story.MART, "Monthly figures for the harbour master")
    _ask(pim, story.WAREHOUSE, "harbour.nothing_like_it", "It was on a slide")
    _ask(admin, "elsewhere", "berths", "To compare with ours")
    declined = _ask(pim, story.WAREHOUSE, story.STAGED, "Curiosity")
    grant_role(pim, "viewer", namespace=story.LAKE, actor=deputy, reason="On call")
    start_review(
        Plan(
            "Autumn review of the warehouse",
            GrantScope(asset=mart),
            timezone.now() + timedelta(days=14),
            description="Who still needs it?",
        ),
        actor=deputy,
    )
    campaign = ReviewCampaign.objects.get()
    some = list(campaign.items.filter(reviewer=admin)[:1])
    decide_items(campaign, some, "keep", reason="Known to us", actor=admin)
    set_rule(
        GrantScope(namespace=story.WAREHOUSE), reason="Names of crews", actor=admin
    )
    decline_request(declined, answer="The mart has all you need.", actor=deputy)
    for maker, role in ((deputy, "viewer"), (admin, "steward")):
        try:
            grant_role(
                pim, role, namespace=story.WAREHOUSE, reason="Joins us", actor=maker
            )
        except ApprovalNeeded:
            continue
        raise AssertionError("a second person is asked there")


def _ask(who, namespace, name, reason):
    return ask_for_access(Wish("dataset", namespace, name), reason=reason, actor=who)
