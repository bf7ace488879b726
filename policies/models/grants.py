"""What is granted: roles as sets of actions, and who holds them, where and when."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from policies.models.groups import Group
from policies.models.principals import Principal


class RoleQuerySet(models.QuerySet["Role"]):
    def in_use(self) -> Self:
        """Those that can be granted."""
        return self.filter(retired_at=None)


class Role(models.Model):
    """A named set of actions; a retired one is granted no more."""

    name = models.SlugField(max_length=64, unique=True)
    description = models.CharField(max_length=300, blank=True)
    actions = ArrayField(models.CharField(max_length=64))
    is_built_in = models.BooleanField(default=False, editable=False)
    # Whoever holds it signs in with a second factor, or does nothing.
    needs_second_factor = models.BooleanField(default=False, db_default=False)
    retired_at = models.DateTimeField(null=True, editable=False)

    objects = RoleQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Reach(models.TextChoices):
    """How far a grant or a token reaches in the tree of scopes."""

    EVERYTHING = "everything", "everything"
    DOMAIN = "domain", "a domain and those below it"
    NAMESPACE = "namespace", "namespaces of a name or glob"
    TAG = "tag", "what has a tag or one below it"
    ASSET = "asset", "one asset"


# Where a token may be used: it is judged before any asset is known.
TOKEN_REACH = (Reach.EVERYTHING, Reach.NAMESPACE)


def reach_constraint(name: str) -> models.CheckConstraint:
    """A pattern exactly where the reach needs one."""
    return models.CheckConstraint(
        condition=(
            Q(reach=Reach.EVERYTHING, namespace_glob="")
            | (Q(reach=Reach.NAMESPACE) & ~Q(namespace_glob=""))
        ),
        name=name,
    )


class GrantQuerySet(models.QuerySet["Grant"]):
    def standing(self) -> Self:
        """Grants that nobody has revoked; their validity may be past or to come."""
        return self.filter(recorded_to=None)

    def valid(self) -> Self:
        """Those that count just now."""
        begun = Q(valid_from=None) | Q(valid_from__lte=Now())
        return self.standing().filter(begun, Q(valid_to=None) | Q(valid_to__gt=Now()))


class Grant(models.Model):
    """A principal or group is allowed or denied a role within a reach, while valid.

    A grant is never changed or deleted: revoking it closes its recorded range, so
    that the access of any past instant can be told. `scope_id` is the id of a domain, a
    tag or an asset, as `reach` says; the assets lie in apps above.
    """

    class Effect(models.TextChoices):
        ALLOW = "allow", "allow"
        DENY = "deny", "deny"

    principal = models.ForeignKey(
        Principal, models.PROTECT, null=True, blank=True, related_name="grants"
    )
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="grants"
    )
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    effect = models.CharField(max_length=8, choices=Effect, default=Effect.ALLOW)
    reach = models.CharField(max_length=16, choices=Reach, default=Reach.EVERYTHING)
    namespace_glob = models.CharField(max_length=1024, blank=True)
    asset_kind = models.CharField(max_length=16, blank=True)  # of reach `asset`
    scope_id = models.BigIntegerField(null=True, blank=True)
    # As policies.compiler.conditions has it, with ids of tags; null always counts.
    condition = models.JSONField(null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(principal=None, group__isnull=False)
                | Q(principal__isnull=False, group=None),
                name="grant_holder",
            ),
            models.CheckConstraint(
                condition=Q(
                    reach=Reach.EVERYTHING,
                    namespace_glob="",
                    asset_kind="",
                    scope_id=None,
                )
                | (
                    Q(reach=Reach.NAMESPACE, asset_kind="", scope_id=None)
                    & ~Q(namespace_glob="")
                )
                | Q(
                    reach__in=[Reach.DOMAIN, Reach.TAG],
                    namespace_glob="",
                    asset_kind="",
                    scope_id__isnull=False,
                )
                | (
                    Q(reach=Reach.ASSET, namespace_glob="", scope_id__isnull=False)
                    & ~Q(asset_kind="")
                ),
                name="grant_reach",
            ),
            models.UniqueConstraint(
                fields=[
                    "principal",
                    "group",
                    "role",
                    "effect",
                    "reach",
                    "namespace_glob",
                    "asset_kind",
                    "scope_id",
                    "condition",
                ],
                condition=Q(recorded_to=None),
                nulls_distinct=False,
                name="grant_standing_once",
            ),
            models.CheckConstraint(
                condition=Q(recorded_to=None) | Q(recorded_to__gte=F("recorded_from")),
                name="grant_recorded_range",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from"))
                | Q(valid_from=None)
                | Q(valid_to=None),
                name="grant_validity",
            ),
        ]

    def __str__(self) -> str:
        effect = "" if self.effect == self.Effect.ALLOW else "no "
        return f"{self.holder}: {effect}{self.role} on {self.where}"

    @property
    def holder(self) -> Principal | Group:
        holder = self.principal or self.group
        assert holder is not None  # a constraint says so
        return holder

    @property
    def where(self) -> str:
        """Its reach, without what only the apps above can name."""
        match self.reach:
            case Reach.EVERYTHING:
                return "everything"
            case Reach.NAMESPACE:
                return self.namespace_glob
            case Reach.ASSET:
                return f"one {self.asset_kind}"
        return f"a {self.reach}"


class BreakGlassQuerySet(models.QuerySet["BreakGlass"]):
    def open(self) -> Self:
        """Those that count just now."""
        return self.filter(closed_at=None, opened_at__lte=Now(), expires_at__gt=Now())

    def run_out(self) -> Self:
        """Those whose time is over, and that nobody has closed."""
        return self.filter(closed_at=None, expires_at__lte=Now())


class BreakGlass(models.Model):
    """Somebody acts in an emergency, and no deny holds for them until it is over."""

    principal = models.ForeignKey(Principal, models.PROTECT, related_name="emergencies")
    reason = models.TextField()
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, editable=False)
    # Who closed it; null for one that is open, and for one that closed by itself.
    closed_by = models.ForeignKey(
        Principal, models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["principal"],
                condition=Q(closed_at=None),
                name="breakglass_open_once",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("opened_at")), name="breakglass_span"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principal} until {self.expires_at:%Y-%m-%d %H:%M} UTC"


class PolicyEpoch(models.Model):
    """The one row that moves with every change of rights; what is cached hangs on it.

    Statement triggers move it inside the transaction of the change, so that neither
    a bulk edit nor a hand at the database's prompt can go round it.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    epoch = models.BigIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="policy_epoch_one"),
        ]

    def __str__(self) -> str:
        return str(self.epoch)
