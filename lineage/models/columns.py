"""Which column derives from which, and who says so?"""

from django.db import models
from django.db.models import F
from django.db.models.functions import MD5, Left

from catalog.models import Dataset, Facet, Job


class ColumnDerivation(models.Model):
    """One line of a columnLineage facet: an output field derives from an input field.

    It hangs on the content-addressed facet, never on a run. `out_field` is empty where
    the input affects the whole output (the facet's `dataset` list).
    """

    facet = models.ForeignKey(
        Facet,
        models.CASCADE,
        related_name="derivations",
        db_constraint=False,
        db_index=False,
    )
    out_field = models.TextField()
    dataset = models.ForeignKey(  # of the input field, raw
        Dataset,
        models.PROTECT,
        related_name="derived_to",
        db_constraint=False,
        db_index=False,
    )
    in_field = models.TextField()
    type = models.TextField()  # DIRECT, INDIRECT; empty is unknown
    subtype = models.TextField()
    masking = models.BooleanField(null=True)
    description = models.TextField()

    class Meta:
        # A btree entry has room for the beginning of a name, not for every name.
        indexes = [
            models.Index(F("facet"), Left("out_field", 64), name="derivation_column"),
            models.Index(F("dataset"), Left("in_field", 64), name="derivation_reverse"),
        ]

    def __str__(self) -> str:
        return f"{self.out_field} from {self.dataset_id}.{self.in_field}"


class ColumnSource(models.Model):
    """A job (or a static event) asserts a columnLineage facet of a dataset."""

    # No primary key of its own would need job to be null in it: job 0 is "no job".
    pk = models.CompositePrimaryKey("job_id", "dataset_id", "facet_id")
    job_id = models.BigIntegerField()  # Job, or 0
    dataset = models.ForeignKey(
        Dataset, models.PROTECT, related_name="column_sources", db_constraint=False
    )
    facet = models.ForeignKey(
        Facet,
        models.PROTECT,
        related_name="column_sources",
        db_constraint=False,
        db_index=False,
    )
    is_effective = models.BooleanField(default=False)
    first_event = models.BigIntegerField()  # Event with the earliest (time, digest)
    last_event = models.BigIntegerField()
    first_at = models.DateTimeField()  # event times
    last_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["facet", "dataset"],
                condition=models.Q(is_effective=True),
                name="column_source_reverse",
            )
        ]

    def __str__(self) -> str:
        return f"{self.job_id} on {self.dataset_id}: {self.facet_id}"


class ExplicitEdge(models.Model):
    """One edge of a `lineage` facet: the whole truth about the target that it names.

    Ends are datasets, or jobs where the facet says so; fields are empty at that level.
    Without any source it says that nothing flows into the target. What is in force no
    more, or was only attempted, is kept with its dates.
    """

    job = models.ForeignKey(  # whose facet it was; null for a DatasetEvent's
        Job,
        models.CASCADE,
        null=True,
        related_name="explicit_edges",
        db_constraint=False,
    )
    target_dataset = models.ForeignKey(
        Dataset,
        models.PROTECT,
        null=True,
        related_name="explicit_sources",
        db_constraint=False,
    )
    target_job = models.ForeignKey(
        Job, models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    target_field = models.TextField()
    source_dataset = models.ForeignKey(
        Dataset,
        models.PROTECT,
        null=True,
        related_name="explicit_targets",
        db_constraint=False,
    )
    source_job = models.ForeignKey(
        Job, models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    source_field = models.TextField()
    type = models.TextField()
    subtype = models.TextField()
    masking = models.BooleanField(null=True)
    description = models.TextField()
    facet = models.ForeignKey(
        Facet, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    is_effective = models.BooleanField(default=False)
    first_event = models.BigIntegerField()
    last_event = models.BigIntegerField()
    first_at = models.DateTimeField()  # event times
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The facet first: what it states is looked up by it. The texts may be too
            # long for an index.
            models.UniqueConstraint(
                F("facet"),
                F("job"),
                F("target_dataset"),
                F("target_job"),
                F("source_dataset"),
                F("source_job"),
                MD5("target_field"),
                MD5("source_field"),
                MD5("type"),
                MD5("subtype"),
                nulls_distinct=False,
                name="explicit_edge_identity",
            )
        ]
        indexes = [
            # What a job states now, beside all that it ever stated.
            models.Index(
                fields=["job"],
                condition=models.Q(is_effective=True),
                name="explicit_edge_effective",
            )
        ]

    def __str__(self) -> str:
        return f"{self.target_dataset_id} from {self.source_dataset_id}"
