"""Who belongs together: groups of principals, each membership dated."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models.functions import Lower, Now

from policies.models.principals import Principal


class Group(models.Model):
    """People and service accounts that answer for something together."""

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    name = models.CharField(max_length=150, unique=True)
    description = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="group_name_ci")]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def standing(self) -> Self:
        """Those that nobody has ended."""
        return self.filter(recorded_to=None)


class Membership(models.Model):
    """A principal belongs to a group, for as long as recorded; never deleted."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="memberships")
    principal = models.ForeignKey(Principal, models.PROTECT, related_name="memberships")
    recorded_from = models.DateTimeField(db_default=Now(), editable=False)
    recorded_to = models.DateTimeField(null=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "principal"],
                condition=models.Q(recorded_to=None),
                name="membership_standing_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principal} in {self.group}"
