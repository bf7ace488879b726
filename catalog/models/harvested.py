"""Which tags do producers put on things, as of the facets in force?"""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F

from catalog.models.datasets import Dataset
from catalog.models.facets import Facet
from catalog.models.jobs import Job


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


class Harvested(models.Model):
    """A view: a tag on an asset, as a producer says it and no steward rejects it.

    Whether people say it, too, makes no difference here.
    """

    column = models.TextField()
    name = models.TextField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class HarvestedOnDataset(Harvested):
    """Of a dataset under one of its names; a rejection under any of them counts."""

    pk = models.CompositePrimaryKey("dataset", "column", "name")
    dataset = models.ForeignKey(Dataset, models.DO_NOTHING, related_name="harvested")

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
