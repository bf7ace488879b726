"""Who reviews whose access, as it was when a campaign began, and what did they say?"""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Now

from policies.models.grants import Grant
from policies.models.groups import Group
from policies.models.principals import Principal
from policies.models.scoped import Scoped, scope_constraint


class ReviewCampaignQuerySet(models.QuerySet["ReviewCampaign"]):
    def open(self) -> Self:
        """Those in which decisions are still taken."""
        return self.filter(closed_at=None)

    def with_progress(self) -> Self:
        """With `decided_count` and `revoked_count`."""
        decided = Q(items__decision__in=ReviewItem.Decision.values)
        revoked = Q(items__decision=ReviewItem.Decision.REVOKE)
        return self.annotate(
            decided_count=Count("items", filter=decided),
            revoked_count=Count("items", filter=revoked),
        )


class ReviewCampaign(Scoped):
    """The access within a scope, frozen at `frozen_at`, put before reviewers.

    A trigger lets nothing of it be changed afterwards but its closing.
    """

    class Undecided(models.TextChoices):
        KEEP = "keep", "stays"
        REVOKE = "revoke", "is revoked"

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    name = models.CharField(max_length=150)
    description = models.CharField(max_length=500, blank=True)
    where = models.TextField()  # the scope as people read it, when it was frozen
    on_undecided = models.CharField(max_length=8, choices=Undecided)
    made_by = models.ForeignKey(Principal, models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField()
    item_count = models.IntegerField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="+"
    )

    objects = ReviewCampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-frozen_at", "-pk"]
        constraints = [
            scope_constraint("reviewcampaign_reach"),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("frozen_at")), name="reviewcampaign_due"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(closed_at=None),
                name="reviewcampaign_open",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class ReviewItemQuerySet(models.QuerySet["ReviewItem"]):
    def undecided(self) -> Self:
        """Those of open campaigns about which nothing is said yet."""
        return self.filter(decision="", campaign__closed_at=None)


class ReviewItem(models.Model):
    """One ground by which somebody had access when the campaign was frozen.

    Of a grant to a group there is one row for the grant, with `group` alone, and one
    for each person in it, whose `group` is the one that they belong to themselves and
    whose `path` leads from there to the one that holds the grant.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", "grant"
        GROUP_GRANT = "group_grant", "grant of a group"
        MEMBERSHIP = "membership", "membership"
        SHARE = "share", "share"
        OWNERSHIP = "ownership", "ownership"

    class Decision(models.TextChoices):
        KEEP = "keep", "keep"
        REVOKE = "revoke", "revoke"

    class Outcome(models.TextChoices):
        KEPT = "kept", "kept"
        REVOKED = "revoked", "revoked"
        GONE = "gone", "was gone already"
        HELD = "held", "waits for a second person"
        REFUSED = "refused", "could not be revoked"

    campaign = models.ForeignKey(ReviewCampaign, models.PROTECT, related_name="items")
    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    holder = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="reviewed_access"
    )
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="+")
    path = models.JSONField(default=list)  # names of groups, the nearest first
    grant = models.ForeignKey(Grant, models.PROTECT, null=True, related_name="+")
    # Of a share or an ownership: of which asset, and by which row.
    asset_kind = models.CharField(max_length=16, blank=True)
    asset_id = models.BigIntegerField(null=True)
    statement_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=64, blank=True)  # of a share
    what = models.TextField()  # the role, the action, or the kind of ownership
    where = models.TextField()  # how far it reaches, as people read it
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    given_by = models.ForeignKey(Principal, models.PROTECT, null=True, related_name="+")
    denies = models.IntegerField(default=0)  # of the holder, that meet the scope

    reviewer = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="reviews"
    )
    decision = models.CharField(max_length=8, choices=Decision, blank=True)
    decided_by = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(holder__isnull=False) | Q(group__isnull=False),
                name="reviewitem_holder",
            ),
            models.CheckConstraint(
                condition=Q(reviewer=None)
                | (
                    (Q(holder=None) | ~Q(reviewer=F("holder")))
                    & (Q(given_by=None) | ~Q(reviewer=F("given_by")))
                ),
                name="reviewitem_reviewer",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | (
                    (Q(holder=None) | ~Q(decided_by=F("holder")))
                    & (Q(given_by=None) | ~Q(decided_by=F("given_by")))
                ),
                name="reviewitem_not_oneself",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None, outcome="")
                | ~Q(decision="") & Q(decided_at__isnull=False) & ~Q(outcome=""),
                name="reviewitem_decided",
            ),
        ]
        indexes = [
            models.Index(
                fields=["reviewer", "campaign"],
                condition=Q(decision=""),
                name="reviewitem_undecided",
            )
        ]

    def __str__(self) -> str:
        return f"{self.holder or self.group}: {self.what} on {self.where}"


class ReviewReminder(models.Model):
    """A reviewer was reminded of a campaign."""

    campaign = models.ForeignKey(
        ReviewCampaign, models.PROTECT, related_name="reminders"
    )
    reviewer = models.ForeignKey(Principal, models.PROTECT, related_name="+")
    undecided = models.IntegerField()
    sent_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [
            models.Index(fields=["campaign", "reviewer"], name="reviewreminder_of")
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} of {self.campaign}"
