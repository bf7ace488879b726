"""Which datasets are known, and how were they defined?"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.db.models.lookups import Exact

from catalog.models.facets import Facet
from catalog.models.namespaces import Namespace
from policies.compiler.ways import apart
from policies.models import Governed, GovernedQuerySet


class DatasetQuerySet(GovernedQuerySet["Dataset"]):
    def canonical(self) -> Self:
        """Each dataset once, under its canonical name, if evidence names it."""
        return self.filter(Exact(apart("canonical"), 0), first_seen__isnull=False)

    def visible(self) -> Self:
        """Canonical ones that no DELETE hides; later news of any name reverts it."""
        shown = Q(hidden_at=None) | Q(updated_at__gt=F("hidden_at"))
        names = Dataset.objects.unrestricted("names of the rows of this very query")
        return self.canonical().filter(
            shown | Exists(names.filter(shown, canonical=OuterRef("pk")))
        )

    def with_names(self) -> Self:
        """With `names.all()` loaded, each with its namespace: the raw names of each."""
        names = Dataset.objects.unrestricted("names of the rows of this very query")
        return self.select_related("namespace").prefetch_related(
            Prefetch("names", names.select_related("namespace"))
        )


class Dataset(Governed):
    """A (namespace, name) that some event uses: a table, topic, file set or model.

    Rows are raw identities and are never deleted. `canonical` folds names of one thing
    together; evidence and folds stay with the raw name, and readers unite them.
    """

    namespace = models.ForeignKey(
        Namespace, models.PROTECT, related_name="datasets", db_index=False
    )
    name = models.TextField()
    canonical = models.ForeignKey("self", models.PROTECT, related_name="names")
    first_seen = models.DateTimeField(null=True)  # event time, as a dataset's own name
    last_seen = models.DateTimeField(null=True)  # event time
    # The latest event time at which a run or a static event wrote it and did not drop
    # it; null if nothing ever did.
    last_written = models.DateTimeField(null=True)
    # Fold of dataset facets, one per key (tombstones too), and beside each facet the
    # event that decided it (lineage.Event ids; lineage lies above catalog).
    facets = ArrayField(models.BigIntegerField(), default=list)
    facet_events = ArrayField(models.BigIntegerField(), default=list)
    # Of these facets the one that says in which source it lies.
    data_source = models.ForeignKey(
        Facet,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # And the one that says its tags: FacetTag has those.
    tags_facet = models.ForeignKey(
        Facet,
        models.PROTECT,
        null=True,
        related_name="tagged_datasets",
        db_constraint=False,
        db_index=False,
    )
    hidden_at = models.DateTimeField(null=True)  # recorded time of a DELETE
    created_at = models.DateTimeField()  # recorded time
    updated_at = models.DateTimeField()  # recorded time of the last event about it

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["namespace__name", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["namespace", "name"], name="dataset_identity"
            )
        ]
        indexes = [
            models.Index(
                fields=["data_source"],
                condition=Q(data_source__isnull=False),
                name="dataset_of_source",
            ),
            models.Index(
                fields=["tags_facet"],
                condition=Q(tags_facet__isnull=False),
                name="dataset_by_tags",
            ),
        ]

    class Policy:
        kind = "dataset"
        namespace = "namespace"
        names = "canonical__names"
        placements = "placements"
        tags = "tagassignments"
        harvested = "harvested"
        owners = "ownerships"
        attributes = "attributes"

    def __str__(self) -> str:
        return f"{self.namespace.name}:{self.name}"

    def natural_key(self) -> tuple[str, str]:
        """As the journal names it."""
        return self.namespace.name, self.name


class DatasetVersion(models.Model):
    """One distinct definition (schema) that a raw dataset name had, by content.

    `WRITTEN` comes from outputs of completed or streaming runs and from static events;
    `READ` from inputs, and counts only for a dataset that has no `WRITTEN` one. A write
    or read that shows no schema makes the empty definition, which readers pass over as
    soon as there is another.
    """

    class Origin(models.IntegerChoices):
        WRITTEN = 1
        READ = 2

    dataset = models.ForeignKey(
        Dataset,
        models.CASCADE,
        related_name="versions",
        db_constraint=False,
        db_index=False,
    )
    origin = models.SmallIntegerField(choices=Origin)
    definition = models.BinaryField(max_length=32)  # Facet.definition
    first_at = models.DateTimeField()  # event time
    last_at = models.DateTimeField()  # event time
    facet = models.ForeignKey(  # the schema facet that said so last
        Facet,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    facet_event = models.BigIntegerField()  # lineage.Event

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "definition", "origin"],
                name="dataset_version_identity",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} {bytes(self.definition).hex()[:12]}"


class Column(models.Model):
    """A column of a raw dataset name; it keeps its identity across schema versions.

    An identity, never deleted: which version has it is said by the version's facet.
    """

    dataset = models.ForeignKey(
        Dataset,
        models.CASCADE,
        related_name="columns",
        db_constraint=False,
        db_index=False,
    )
    name = models.TextField()  # nested fields are dotted

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "name"], name="column_identity")
        ]

    def __str__(self) -> str:
        return self.name
