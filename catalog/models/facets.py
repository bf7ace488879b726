"""What did producers say, once per distinct content?"""

from django.db import models


class Facet(models.Model):
    """One OpenLineage facet payload, stored once per distinct content.

    It is not governed by itself: it is reached through the run, job or dataset that
    carries it, and through that one's policy.
    """

    class Scope(models.IntegerChoices):
        RUN = 1
        JOB = 2
        DATASET = 3
        INPUT = 4
        OUTPUT = 5

    scope = models.SmallIntegerField(choices=Scope)
    key = models.TextField()
    digest = models.BinaryField(max_length=32, unique=True)  # of scope, key and body
    body = models.TextField()  # compact JSON, redacted, without NUL
    is_deleted = models.BooleanField(default=False)  # a `_deleted: true` tombstone
    definition = models.BinaryField(max_length=32, null=True)  # of a schema's columns

    def __str__(self) -> str:
        return f"{self.Scope(self.scope).label} {self.key}"
