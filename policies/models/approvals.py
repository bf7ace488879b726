"""Which changes of access wait for a second person, and where do they have to?"""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from policies.models.grants import Grant
from policies.models.groups import Group
from policies.models.principals import Principal
from policies.models.scoped import Scoped, scope_constraint


class ApprovalRuleQuerySet(models.QuerySet["ApprovalRule"]):
    def standing(self) -> Self:
        """Those that nobody has lifted."""
        return self.filter(recorded_to=None)


class ApprovalRule(Scoped):
    """Whoever widens access within a scope needs a second person's word.

    Never changed or deleted: lifting it closes its recorded range.
    """

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    covers_emergencies = models.BooleanField(default=False)  # breaking glass, too
    reason = models.CharField(max_length=500, blank=True)
    set_by = models.ForeignKey(Principal, models.PROTECT, null=True, related_name="+")
    recorded_from = models.DateTimeField(db_default=Now(), editable=False)
    recorded_to = models.DateTimeField(null=True, editable=False)

    objects = ApprovalRuleQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_from", "-pk"]
        constraints = [
            scope_constraint("approvalrule_reach"),
            models.UniqueConstraint(
                fields=["reach", "namespace_glob", "asset_kind", "scope_id"],
                condition=Q(recorded_to=None),
                nulls_distinct=False,
                name="approvalrule_standing_once",
            ),
            models.CheckConstraint(
                condition=Q(recorded_to=None) | Q(recorded_to__gte=F("recorded_from")),
                name="approvalrule_recorded_range",
            ),
        ]

    def __str__(self) -> str:
        return f"second person: {self.reach}"


class HeldChangeQuerySet(models.QuerySet["HeldChange"]):
    def waiting(self) -> Self:
        """Those that somebody may still approve."""
        return self.filter(state=HeldChange.State.WAITING, expires_at__gt=Now())

    def overdue(self) -> Self:
        """Those that nobody answered in time, and that are not closed yet."""
        return self.filter(state=HeldChange.State.WAITING, expires_at__lte=Now())


class HeldChange(models.Model):
    """A change of access that one person asked for and another one has to approve.

    `facts` are the arguments of the service that does it (`policies.holding`);
    `fingerprint` tells equal changes, of which one waits at a time.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", "gives a grant"
        REVOKE_DENY = "revoke_deny", "revokes a deny"
        SHARE = "share", "shares an asset"
        ADD_MEMBER = "add_member", "adds to a group"
        REMOVE_MEMBER = "remove_member", "takes out of a group"
        NEST = "nest", "nests a group"
        UNNEST = "unnest", "ends a nesting"
        CHANGE_ROLE = "change_role", "changes a role"
        SET_RULE = "set_rule", "asks for a second person"
        LIFT_RULE = "lift_rule", "lifts the second person"
        BREAK_GLASS = "break_glass", "breaks the glass"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        APPROVED = "approved", "approved"
        DECLINED = "declined", "declined"
        WITHDRAWN = "withdrawn", "withdrawn"
        EXPIRED = "expired", "expired"

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    facts = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    rule = models.ForeignKey(ApprovalRule, models.PROTECT, related_name="held")
    maker = models.ForeignKey(Principal, models.PROTECT, related_name="changes_held")
    # Who would gain by it: nobody of these approves.
    gainer = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="changes_gaining"
    )
    gaining_group = models.ForeignKey(
        Group, models.PROTECT, null=True, related_name="changes_gaining"
    )
    reason = models.TextField(blank=True)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()

    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    decided_by = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="changes_decided"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    grant = models.ForeignKey(  # that it gave
        Grant, models.PROTECT, null=True, related_name="approvals"
    )

    objects = HeldChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=Q(state="waiting"),
                name="heldchange_waiting_once",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None, decided_by=None)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="heldchange_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "declined"])
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("maker")),
                name="heldchange_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(gainer=None)
                | ~Q(decided_by=F("gainer")),
                name="heldchange_not_who_gains",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "expires_at"], name="heldchange_state"),
            models.Index(fields=["maker", "-made_at"], name="heldchange_of"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.state})"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING
