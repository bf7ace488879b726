"""What programs show instead of a password: hashed bearer tokens."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from policies.models.grants import Reach, Role, reach_constraint
from policies.models.principals import Principal

KEY_ID_LENGTH = 12
LIVE_TOKENS_PER_NAME = 2  # the old and the new one, while a secret is rotated


class TokenQuerySet(models.QuerySet["Token"]):
    def live(self) -> Self:
        """Tokens that would be let in now."""
        unexpired = models.Q(expires_at=None) | models.Q(expires_at__gt=Now())
        return self.filter(unexpired, revoked_at=None, principal__is_active=True)


class Token(models.Model):
    """A bearer token of a principal, kept as its id and the hash of its secret.

    Its role, reach and pattern narrow the rights of its principal; they never add.
    """

    key_id = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.BinaryField(max_length=32)
    principal = models.ForeignKey(Principal, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=150)
    slot = models.SmallIntegerField()
    role = models.ForeignKey(Role, models.PROTECT, null=True, related_name="tokens")
    reach = models.CharField(max_length=16, choices=Reach, default=Reach.EVERYTHING)
    namespace_glob = models.CharField(max_length=1024, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="tokens_given"
    )
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            reach_constraint("token_reach"),
            models.CheckConstraint(
                condition=models.Q(slot__gte=1, slot__lte=LIVE_TOKENS_PER_NAME),
                name="token_slot",
            ),
            models.UniqueConstraint(
                fields=["principal", "name", "slot"],
                condition=models.Q(revoked_at=None),
                name="token_two_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"
