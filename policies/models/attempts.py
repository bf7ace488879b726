"""Which attempts to get in failed lately: counted here until the journal has them."""

from django.db import models


class FailedAttempt(models.Model):
    """So many failures of one kind, from one source, within one minute.

    A minute may have several rows; `policies.signing_in.attempts` turns them into one
    entry of the journal when the minute is over, and deletes them.
    """

    minute = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=32)
    source = models.CharField(max_length=64)
    principal = models.UUIDField(null=True)  # whose name or token was used, if known
    count = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.count} {self.kind} from {self.source}"
