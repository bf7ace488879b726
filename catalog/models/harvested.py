"""Which tags are on things by other words than people's: producers', and lineage's?"""

from typing import Self

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5

from catalog.models.datasets import Dataset
from catalog.models.facets import Facet
from catalog.models.jobs import Job
from catalog.models.vocabulary import Tag


class FacetTag(models.Model):
    """One tag in a `tags` facet, by the name that it would have in the vocabulary.

    It hangs on the content-addressed facet, and is written with it: whoever was told
    that an event is stored can rely on what its tags forbid.
    """

    facet = models.ForeignKey(
        Facet, models.CASCADE, related_name="tags_said", db_constraint=False
    )
    column = models.TextField()  # empty for the whole
    name = models.CharField(max_length=300)

    class Meta:
        indexes = [
            # By the beginning, too: `PII.email` is said by whoever denies `PII`.
            models.Index(
                OpClass(F("name"), name="varchar_pattern_ops"), name="facet_tag_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ColumnTagQuerySet(models.QuerySet["ColumnTag"]):
    def counted(self) -> Self:
        """What came along lineage to a column, and is more than suggested."""
        return self.filter(hops__gt=0, is_suggested=False).exclude(column="")


class ColumnTag(models.Model):
    """A tag is at a column of a canonical dataset, as lineage was last followed.

    `hops` is how far it came: 0 is where people or producers put it. A suggested one
    came by an indirect dependency and goes no further; with an empty `column` it is
    suggested for the dataset as a whole. It is a fold: `lineage.classification` makes
    it, and can make it anew.
    """

    dataset = models.ForeignKey(
        Dataset,
        models.CASCADE,
        related_name="column_tags",
        db_constraint=False,
        db_index=False,
    )
    column = models.TextField()
    tag = models.ForeignKey(
        Tag,
        models.CASCADE,
        related_name="column_tags",
        db_constraint=False,
        db_index=False,
    )
    hops = models.IntegerField()
    is_suggested = models.BooleanField()
    since = models.DateTimeField()  # recorded time

    objects = ColumnTagQuerySet.as_manager()

    class Meta:
        constraints = [
            # The text may be too long for an index.
            models.UniqueConstraint(
                F("dataset"), F("tag"), MD5("column"), name="column_tag_once"
            )
        ]
        indexes = [
            models.Index(fields=["tag", "dataset"], name="column_tag_reach"),
            models.Index(
                fields=["dataset"],
                condition=Q(is_suggested=True),
                name="column_tag_suggested",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.column}: {self.tag_id}"


class Harvested(models.Model):
    """A view: a tag on an asset that nobody put there by hand and no steward rejects.

    Whether people say it, too, makes no difference here.
    """

    column = models.TextField()
    name = models.TextField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class HarvestedOnDataset(Harvested):
    """Of a dataset under one of its names; a rejection under any of them counts.

    A column has tags that producers put on it, and those that came along lineage.
    """

    pk = models.CompositePrimaryKey("dataset", "column", "name")
    dataset = models.ForeignKey(Dataset, models.DO_NOTHING, related_name="harvested")
    is_propagated = models.BooleanField()

    class Meta(Harvested.Meta):
        managed = False
        db_table = "catalog_harvested_on_dataset"


class HarvestedOnJob(Harvested):
    """Of a job."""

    pk = models.CompositePrimaryKey("job", "column", "name")
    job = models.ForeignKey(Job, models.DO_NOTHING, related_name="harvested")

    class Meta(Harvested.Meta):
        managed = False
        db_table = "catalog_harvested_on_job"
