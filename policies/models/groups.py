"""Who belongs together: groups of principals, each membership dated."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models.functions import Lower, Now

from policies.models.principals import Principal


class GroupQuerySet(models.QuerySet["Group"]):
    def in_use(self) -> Self:
        """Those that can get members, grants and things to answer for."""
        return self.filter(retired_at=None)


class Group(models.Model):
    """People and service accounts that answer for something together."""

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    name = models.CharField(max_length=150, unique=True)
    description = models.CharField(max_length=300, blank=True)
    # The directory's group whose members belong here, and nobody else; empty if people
    # are put in by hand.
    directory_name = models.CharField(max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="group_name_ci"),
            models.UniqueConstraint(
                fields=["directory_name"],
                condition=~models.Q(directory_name=""),
                name="group_directory_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_synchronised(self) -> bool:
        return bool(self.directory_name)


class DatedQuerySet[M: models.Model](models.QuerySet[M]):
    def standing(self) -> Self:
        """Those that nobody has ended."""
        return self.filter(recorded_to=None)


class Nesting(models.Model):
    """Who belongs to the inner group belongs to the outer one, too; never deleted."""

    outer = models.ForeignKey(Group, models.PROTECT, related_name="inner_nestings")
    inner = models.ForeignKey(Group, models.PROTECT, related_name="outer_nestings")
    recorded_from = models.DateTimeField(db_default=Now(), editable=False)
    recorded_to = models.DateTimeField(null=True, editable=False)

    objects = DatedQuerySet["Nesting"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["outer", "inner"],
                condition=models.Q(recorded_to=None),
                name="nesting_standing_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(outer=models.F("inner")), name="nesting_of_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inner} in {self.outer}"


class Membership(models.Model):
    """A principal belongs to a group, for as long as recorded; never deleted."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="memberships")
    principal = models.ForeignKey(Principal, models.PROTECT, related_name="memberships")
    recorded_from = models.DateTimeField(db_default=Now(), editable=False)
    recorded_to = models.DateTimeField(null=True, editable=False)

    objects = DatedQuerySet["Membership"].as_manager()

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
