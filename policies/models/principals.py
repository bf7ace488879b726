"""Who acts: people and service accounts."""

from typing import Self
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now

from policies.signing_in.credentials import Narrowing


class PrincipalQuerySet(models.QuerySet["Principal"]):
    def active(self) -> Self:
        """Those who may sign in and whose tokens count."""
        return self.filter(is_active=True)

    def get_by_natural_key(self, username: str | None) -> "Principal":
        """The principal of this sign-in name, whatever its case."""
        folded = Lower(models.Value(username))
        return self.alias(folded=Lower("username")).get(folded=folded)


class Principal(AbstractBaseUser, PermissionsMixin):
    """A person or a service account: whoever can be granted rights and be answerable.

    Rights come from grants alone: `is_superuser` and `is_staff` are Django's, and open
    nothing.
    """

    class Kind(models.TextChoices):
        PERSON = "person", "person"
        SERVICE = "service", "service account"

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.PERSON)
    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    # Somebody else knows the password: another is chosen before anything else.
    must_change_password = models.BooleanField(default=False, db_default=False)
    # The directory says how they are called and whether they are let in.
    is_synchronised = models.BooleanField(default=False, db_default=False)
    # Since when the directory no longer lets them in; null for those stopped by hand.
    left_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PrincipalQuerySet.as_manager()

    # What the token of this request leaves of the rights; None for a session.
    narrowing: Narrowing | None = None

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="principal_username_ci"),
            models.CheckConstraint(
                condition=models.Q(kind__in=("person", "service")),
                name="principal_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    # Of Django's permissions none is asked for, and they would give superusers all.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.username
