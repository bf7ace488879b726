"""What was done: the journal's rows, written by `policies.audit` alone."""

import json
from typing import Any

from django.db import models
from django.db.models.functions import Now


class JournalEntry(models.Model):
    """One audited act, for ever: `body` is the record, the other columns find it.

    `body` holds canonical JSON (RFC 8785), byte for byte what later proofs are about.
    Actors and targets are public ids, so that no personal data stands in it.
    """

    id = models.UUIDField(primary_key=True)
    recorded_at = models.DateTimeField(db_default=Now())
    act = models.TextField()
    actor = models.UUIDField(null=True)
    target_kind = models.TextField()
    target_key = models.TextField()
    request_id = models.TextField()
    body = models.BinaryField()

    class Meta:
        managed = False
        db_table = "policies_journalentry"

    def __str__(self) -> str:
        return f"{self.act} {self.target_kind} {self.target_key}"

    @property
    def record(self) -> dict[str, Any]:
        """The entry as it was recorded."""
        record: dict[str, Any] = json.loads(bytes(self.body))
        return record

    @property
    def changes(self) -> dict[str, Any]:
        """What was before and what is after, by field."""
        changes: dict[str, Any] = self.record["changes"]
        return changes
