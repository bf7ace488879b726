"""Which names are one dataset?"""

from typing import Self

from django.db import models

from catalog.models import Dataset


class DatasetAlias(models.Model):
    """An event says that a dataset is also known by another name, or was renamed.

    Kept from its first assertion on; only a later tombstone of the facet ends it.
    """

    class Kind(models.IntegerChoices):
        NAME = 1  # a symlink of any type but LOCATION: merges
        LOCATION = 2  # merges unless several datasets claim it
        RENAME = 3  # previousIdentifier: never merges
        RULE = 4  # from an AliasRule: merges
        END = 5  # of itself: a tombstone of the facet, ends what was asserted before

    pk = models.CompositePrimaryKey("dataset_id", "alias_id", "kind")
    dataset = models.ForeignKey(
        Dataset,
        models.PROTECT,
        related_name="aliases",
        db_constraint=False,
        db_index=False,
    )
    alias = models.ForeignKey(
        Dataset, models.PROTECT, related_name="alias_of", db_constraint=False
    )
    kind = models.SmallIntegerField(choices=Kind)
    first_event = models.BigIntegerField(null=True)  # null: from a rule
    last_event = models.BigIntegerField(null=True)
    first_at = models.DateTimeField(null=True)  # event times
    last_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["first_at"], condition=models.Q(kind=3), name="dataset_renames"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} is {self.alias_id}"


class AliasRuleQuerySet(models.QuerySet["AliasRule"]):
    def current(self) -> Self:
        return self.filter(recorded_to__isnull=True)


class AliasRule(models.Model):
    """A steward's rule that makes names one dataset, or keeps one apart."""

    class Kind(models.TextChoices):
        NAMESPACE = "namespace", "these two namespaces are one"
        QUOTES = "quotes", "quoted and unquoted names are one"
        DEFAULT_PORT = "default_port", "with and without the default port is one"
        TRAILING_SLASH = "trailing_slash", "with and without a trailing slash is one"
        MERGE = "merge", "these two datasets are one"
        SPLIT = "split", "this name stands alone"

    kind = models.TextField(choices=Kind)
    namespace = models.TextField(blank=True)  # where it holds; empty is everywhere
    name = models.TextField(blank=True)  # of MERGE and SPLIT
    other_namespace = models.TextField(blank=True)  # the one it becomes
    other_name = models.TextField(blank=True)
    reason = models.TextField()
    recorded_from = models.DateTimeField()
    recorded_to = models.DateTimeField(null=True)

    objects = AliasRuleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace} {self.name}".strip()
