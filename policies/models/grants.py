"""What is granted: roles as sets of actions, and who holds them, where and when."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from policies.actions import Action
from policies.models.principals import Principal


class Role(models.Model):
    """A named set of actions."""

    name = models.SlugField(max_length=64, unique=True)
    description = models.CharField(max_length=300, blank=True)
    actions = ArrayField(models.CharField(max_length=64))
    is_built_in = models.BooleanField(default=False, editable=False)

    def __str__(self) -> str:
        return self.name


class Reach(models.TextChoices):
    """How far a grant or a token reaches in the tree of scopes."""

    EVERYTHING = "everything", "everything"
    NAMESPACE = "namespace", "namespaces of a name or glob"


def reach_constraint(name: str) -> models.CheckConstraint:
    """A pattern exactly where the reach needs one."""
    return models.CheckConstraint(
        condition=(
            models.Q(reach=Reach.EVERYTHING, namespace_glob="")
            | (models.Q(reach=Reach.NAMESPACE) & ~models.Q(namespace_glob=""))
        ),
        name=name,
    )


class GrantQuerySet(models.QuerySet["Grant"]):
    def standing(self) -> Self:
        """Grants that nobody has revoked; their validity may be past or to come."""
        return self.filter(recorded_to=None)

    def administering(self) -> Self:
        """Those by which somebody active may grant everything, now and for good."""
        return self.standing().filter(
            models.Q(valid_from=None) | models.Q(valid_from__lte=Now()),
            principal__is_active=True,
            role__actions__contains=[Action.ACCESS_GRANT],
            reach=Reach.EVERYTHING,
            valid_to=None,
        )


class Grant(models.Model):
    """A principal holds a role within a reach, for as long as recorded and valid.

    A grant is never changed or deleted: revoking it closes its recorded range, so
    that the access of any past instant can be told.
    """

    principal = models.ForeignKey(Principal, models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    reach = models.CharField(max_length=16, choices=Reach, default=Reach.EVERYTHING)
    namespace_glob = models.CharField(max_length=1024, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    granted_by = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="grants_given"
    )
    recorded_from = models.DateTimeField(db_default=Now(), editable=False)
    recorded_to = models.DateTimeField(null=True, editable=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            reach_constraint("grant_reach"),
            models.UniqueConstraint(
                fields=["principal", "role", "reach", "namespace_glob"],
                condition=models.Q(recorded_to=None),
                name="grant_standing_once",
            ),
            models.CheckConstraint(
                condition=models.Q(recorded_to=None)
                | models.Q(recorded_to__gte=models.F("recorded_from")),
                name="grant_recorded_range",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__gt=models.F("valid_from"))
                | models.Q(valid_from=None)
                | models.Q(valid_to=None),
                name="grant_validity",
            ),
        ]

    def __str__(self) -> str:
        where = self.namespace_glob or "everything"
        return f"{self.principal}: {self.role} on {where}"


class PolicyEpoch(models.Model):
    """The one row that moves with every change of rights; what is cached hangs on it.

    Statement triggers move it inside the transaction of the change, so that neither
    a bulk edit nor a hand at the database's prompt can go round it.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    epoch = models.BigIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="policy_epoch_one"),
        ]

    def __str__(self) -> str:
        return str(self.epoch)
