"""How is the access within a scope put before reviewers, and what do they decide?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from policies import audit
from policies.administrators import administrators
from policies.compiler.standing import scope_of_grant
from policies.freezing import freeze
from policies.models import (
    PolicyEpoch,
    Principal,
    ReviewCampaign,
    ReviewItem,
    ReviewReminder,
)
from policies.reviewing import Reviewers, may_review, owners_within
from policies.services.grants import GrantScope, LastAdministrator
from policies.services.groups import FollowsDirectory
from policies.services.revoking import revoke_ground
from policies.telling.places import place

MOST_REVIEWERS = 200
NAME_MAX, REASON_MAX = 150, 500
Decision, Outcome = ReviewItem.Decision, ReviewItem.Outcome
UNDECIDED = "Undecided when the review closed."
# What keeps a ground of access from being revoked.
REFUSED = (LastAdministrator, FollowsDirectory)


class NothingToReview(RuntimeError):
    """Nobody has access within the scope."""


class ReviewClosed(RuntimeError):
    """The review is over, and nothing of it changes any more."""


class NotReviewable(RuntimeError):
    """Somebody cannot answer for an item; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a review is about, until when, and by whom: owners, unless named."""

    name: str
    scope: GrantScope
    due_at: datetime
    on_undecided: str = ReviewCampaign.Undecided.KEEP
    description: str = ""
    reviewers: Sequence[Principal] = ()


@dataclass
class Decided:
    """What became of a decision about several items."""

    done: int = 0
    refused: list[tuple[ReviewItem, str]] = field(default_factory=list)


@transaction.atomic
def start_review(plan: Plan, *, actor: Principal | None) -> ReviewCampaign:
    """Freeze the access within a scope, and give each ground of it to a reviewer.

    Raises ValidationError by field, ScopeInvalid, NothingToReview.
    """
    _check(plan)
    campaign = ReviewCampaign(
        **plan.scope.as_fields(),
        name=plan.name.strip(),
        description=plan.description.strip(),
        on_undecided=plan.on_undecided,
        due_at=plan.due_at,
        made_by=actor,
    )
    campaign.where = place(campaign, None)
    # Every change of rights moves this row, and waits while it is held: what is read
    # from here on is of one instant.
    PolicyEpoch.objects.select_for_update().get()
    frozen = freeze(scope_of_grant(campaign))
    if not frozen.items:
        raise NothingToReview(f"Nobody has access to {campaign.where}.")
    people = list(plan.reviewers) or owners_within(campaign)
    reviewers = Reviewers(people, administrators(MOST_REVIEWERS))
    reviewers.assign(frozen.items, frozen.beyond)
    campaign.item_count = len(frozen.items)
    campaign.save()
    for item in frozen.items:
        item.campaign = campaign
    ReviewItem.objects.bulk_create(frozen.items, batch_size=1000)
    audit.record(
        audit.Act.REVIEW_STARTED,
        campaign,
        actor=actor,
        reason=campaign.description or None,
        changes={
            "scope": campaign.scope_fields,
            "items": campaign.item_count,
            "due_at": campaign.due_at,
            "on_undecided": str(campaign.on_undecided),
            "reviewers": {
                str(each.reviewer.public_id)
                for each in frozen.items
                if each.reviewer is not None
            },
        },
    )
    return campaign


def decide_items(
    campaign: ReviewCampaign,
    items: Iterable[ReviewItem],
    decision: str,
    *,
    reason: str,
    actor: Principal,
) -> Decided:
    """Keep or revoke items; what is revoked is so in the same transaction.

    An item that was kept can be revoked while the review is open. Each item stands for
    itself: what cannot be done is told, and undoes nothing else. Raises ReviewClosed,
    and ValidationError for no reason.
    """
    if decision not in Decision.values:
        raise ValidationError({"decision": "Say keep or revoke."})
    if not reason.strip() or len(reason) > REASON_MAX or "\0" in reason:
        raise ValidationError({"reason": f"Say why, in up to {REASON_MAX} letters."})
    told = Decided()
    for item in items:
        try:
            _decide(campaign, item, decision, reason=reason.strip(), actor=actor)
        except (NotReviewable, *REFUSED) as refusal:
            told.refused.append((item, str(refusal)))
        else:
            told.done += 1
    return told


@transaction.atomic
def _decide(
    campaign: ReviewCampaign,
    item: ReviewItem,
    decision: str,
    *,
    reason: str,
    actor: Principal,
) -> None:
    # The campaign's row is the lock: it does not close meanwhile.
    _open(campaign)
    rows = ReviewItem.objects.select_for_update(of=("self",))
    locked = rows.select_related("grant", "holder", "group").get(pk=item.pk)
    if locked.decision == Decision.REVOKE:
        raise NotReviewable("It is revoked already.")
    if not may_review(actor, locked):
        raise NotReviewable("This is not yours to review.")
    outcome: str = Outcome.KEPT
    if decision == Decision.REVOKE:
        outcome = revoke_ground(
            locked, reason=f"Review {campaign.name}: {reason}"[:REASON_MAX], actor=actor
        )
    _answer(locked, decision, outcome, reason=reason, actor=actor)


@transaction.atomic
def assign_items(
    campaign: ReviewCampaign,
    items: Iterable[ReviewItem],
    reviewer: Principal,
    *,
    actor: Principal | None,
) -> Decided:
    """Give undecided items to somebody else; who may not review one does not get it.

    Raises ReviewClosed.
    """
    _open(campaign)
    told = Decided()
    for item in items:
        before = item.reviewer
        if item.decision:
            told.refused.append((item, "It is decided already."))
            continue
        item.reviewer = reviewer
        if not may_review(reviewer, item):
            item.reviewer = before
            told.refused.append((item, f"{reviewer} has it, or gave it."))
            continue
        item.save(update_fields=["reviewer"])
        told.done += 1
    if told.done:
        audit.record(
            audit.Act.REVIEW_ASSIGNED,
            campaign,
            actor=actor,
            changes={"reviewer": reviewer.public_id, "items": told.done},
        )
    return told


@transaction.atomic
def close_review(campaign: ReviewCampaign, *, actor: Principal | None) -> None:
    """End a review; what is undecided stays or goes, as was said when it began.

    Raises ReviewClosed.
    """
    locked = _open(campaign)
    waiting = locked.items.filter(decision="").select_related(
        "grant", "holder", "group"
    )
    for item in waiting.select_for_update(of=("self",)):
        decision, outcome = Decision.KEEP, str(Outcome.KEPT)
        if locked.on_undecided == ReviewCampaign.Undecided.REVOKE:
            decision, outcome = Decision.REVOKE, _revoke_undecided(locked, item, actor)
        _answer(item, decision, outcome, reason=UNDECIDED, actor=None)
    locked.closed_at, locked.closed_by = timezone.now(), actor
    locked.save(update_fields=["closed_at", "closed_by"])
    counts = locked.items.values("outcome").annotate(number=Count("pk"))
    audit.record(
        audit.Act.REVIEW_CLOSED,
        locked,
        actor=actor,
        changes={each["outcome"]: each["number"] for each in counts},
    )
    campaign.closed_at, campaign.closed_by = locked.closed_at, actor


def close_due_reviews() -> int:
    """Close the reviews whose day has come; how many there were."""
    count = 0
    for campaign in ReviewCampaign.objects.open().filter(due_at__lte=timezone.now()):
        try:
            close_review(campaign, actor=None)
        except ReviewClosed:
            continue  # somebody was quicker
        count += 1
    return count


def _revoke_undecided(
    campaign: ReviewCampaign, item: ReviewItem, actor: Principal | None
) -> str:
    """End what nobody decided; what came of it.

    Whoever leaves a group may be rid of a deny. No clock does that, but whoever began
    the review, and so a second person where one is asked.
    """
    leaves = item.kind == ReviewItem.Kind.MEMBERSHIP
    by = (actor or campaign.made_by) if leaves else None
    why = f"Review {campaign.name}: {UNDECIDED}"
    try:
        return revoke_ground(item, reason=why, actor=by)
    except REFUSED:
        return Outcome.REFUSED


def remind_reviewers() -> int:
    """Remind those who have left something undecided for long; how many were.

    What nobody can answer for any more goes to an administrator first.
    """
    count = 0
    for campaign in ReviewCampaign.objects.open():
        _place_orphans(campaign)
        count += _remind(campaign)
    return count


@transaction.atomic
def _place_orphans(campaign: ReviewCampaign) -> None:
    orphaned = campaign.items.undecided().filter(
        Q(reviewer=None) | Q(reviewer__is_active=False)
    )
    items = list(orphaned.select_for_update(of=("self",)))
    if not items:
        return
    before = {item.pk: item.reviewer_id for item in items}
    Reviewers([], administrators(MOST_REVIEWERS)).assign(items, set())
    moved = [item for item in items if item.reviewer_id != before[item.pk]]
    ReviewItem.objects.bulk_update(moved, ["reviewer"], batch_size=1000)
    if moved:
        audit.record(
            audit.Act.REVIEW_ASSIGNED,
            campaign,
            actor=None,
            changes={"items": len(moved)},
        )


@transaction.atomic
def _remind(campaign: ReviewCampaign) -> int:
    since = timezone.now() - timedelta(days=settings.HEADWATER_REVIEW_REMINDER_DAYS)
    if campaign.frozen_at > since:
        return 0
    # The campaign's row is the lock: nobody is reminded twice at once.
    rows = ReviewCampaign.objects.select_for_update(skip_locked=True)
    if not rows.filter(pk=campaign.pk, closed_at=None).exists():
        return 0
    lately = ReviewReminder.objects.filter(campaign=campaign, sent_at__gt=since)
    undecided = (
        campaign.items.undecided()
        .filter(reviewer__is_active=True)
        .exclude(reviewer__in=lately.values("reviewer"))
        .values("reviewer")
        .annotate(number=Count("pk"))
    )
    told = {each["reviewer"]: each["number"] for each in undecided}
    people = Principal.objects.in_bulk(told)
    for pk, number in told.items():
        ReviewReminder.objects.create(
            campaign=campaign, reviewer=people[pk], undecided=number
        )
        audit.record(
            audit.Act.REVIEW_REMINDED,
            campaign,
            actor=None,
            changes={"reviewer": people[pk].public_id, "undecided": number},
        )
    return len(told)


def last_reminders(campaign: ReviewCampaign) -> dict[int, datetime]:
    """When each reviewer was reminded last."""
    rows = campaign.reminders.values("reviewer").annotate(last=Max("sent_at"))
    return {each["reviewer"]: each["last"] for each in rows}


def _answer(
    item: ReviewItem,
    decision: str,
    outcome: str,
    *,
    reason: str,
    actor: Principal | None,
) -> None:
    item.decision, item.outcome, item.reason = decision, outcome, reason
    item.decided_by, item.decided_at = actor, timezone.now()
    item.save(
        update_fields=["decision", "outcome", "reason", "decided_by", "decided_at"]
    )
    audit.record(
        audit.Act.REVIEW_DECIDED,
        item,
        actor=actor,
        reason=reason,
        changes={
            "decision": str(decision),
            "outcome": str(outcome),
            "kind": item.kind,
            "holder": item.holder and item.holder.public_id,
            "group": item.group and item.group.public_id,
            "what": item.what,
        },
    )


def _open(campaign: ReviewCampaign) -> ReviewCampaign:
    rows = ReviewCampaign.objects.select_for_update(of=("self",))
    locked = rows.get(pk=campaign.pk)
    if not locked.is_open:
        raise ReviewClosed("This review is closed; nothing of it changes any more.")
    return locked


def _check(plan: Plan) -> None:
    faults: dict[str, str] = {}
    if not plan.name.strip() or len(plan.name) > NAME_MAX or "\0" in plan.name:
        faults["name"] = f"Give it a name of up to {NAME_MAX} letters."
    if len(plan.description) > REASON_MAX or "\0" in plan.description:
        faults["description"] = f"Up to {REASON_MAX} letters."
    if plan.due_at <= timezone.now():
        faults["due"] = "It must be due in the future."
    if plan.on_undecided not in ReviewCampaign.Undecided.values:
        faults["on_undecided"] = "Say keep or revoke."
    if any(not each.is_active for each in plan.reviewers):
        faults["reviewers"] = "Somebody of these is not active."
    if faults:
        raise ValidationError(dict(faults))
