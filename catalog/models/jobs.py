"""Which jobs are known, and how were they defined?"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from catalog.models.facets import Facet
from catalog.models.namespaces import Namespace
from policies.models import Governed, GovernedQuerySet


class JobQuerySet(GovernedQuerySet["Job"]):
    def seen(self) -> Self:
        """Those that some evidence in force names."""
        return self.filter(first_seen__isnull=False)

    def visible(self) -> Self:
        """Seen ones that no DELETE hides: later news brings one back."""
        return self.seen().filter(Q(hidden_at=None) | Q(updated_at__gt=F("hidden_at")))


class Job(Governed):
    """A process that reads and writes datasets, named exactly as its producer did.

    Rows are identities and are never deleted; `first_seen` is null while no evidence
    in force names it.
    """

    class EffectiveKind(models.IntegerChoices):
        NONE = 0
        RUN = 1  # a completed or running streaming run, with its siblings
        DECLARED = 2  # a newer JobEvent
        ATTEMPT = 3  # never completed: the latest failed or aborted run

    namespace = models.ForeignKey(
        Namespace, models.PROTECT, related_name="jobs", db_index=False
    )
    name = models.TextField()
    first_seen = models.DateTimeField(null=True)  # event time
    last_seen = models.DateTimeField(null=True)  # event time
    # Fold of job facets, one per key (tombstones too), and the lineage.Event beside.
    facets = ArrayField(models.BigIntegerField(), default=list)
    facet_events = ArrayField(models.BigIntegerField(), default=list)
    # Whose I/O is the job's now; lineage.Run and lineage.Event ids.
    effective_kind = models.SmallIntegerField(choices=EffectiveKind, default=0)
    effective_run = models.BigIntegerField(null=True)
    declared_event = models.BigIntegerField(null=True)  # the newest JobEvent with I/O
    lineage_event = models.BigIntegerField(null=True)  # … with a `lineage` facet
    # Of its facets the one that says its tags: FacetTag has those.
    tags_facet = models.ForeignKey(
        Facet,
        models.PROTECT,
        null=True,
        related_name="tagged_jobs",
        db_constraint=False,
        db_index=False,
    )
    hidden_at = models.DateTimeField(null=True)  # recorded time of a DELETE
    created_at = models.DateTimeField()  # recorded time
    updated_at = models.DateTimeField()  # recorded time of the last event about it

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["namespace__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["namespace", "name"], name="job_identity")
        ]
        indexes = [
            models.Index(
                fields=["tags_facet"],
                condition=Q(tags_facet__isnull=False),
                name="job_by_tags",
            )
        ]

    class Policy:
        kind = "job"
        namespace = "namespace"
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


class JobVersion(models.Model):
    """One distinct definition of a job: its inputs, outputs, code location and SQL."""

    job = models.ForeignKey(
        Job,
        models.CASCADE,
        related_name="versions",
        db_constraint=False,
        db_index=False,
    )
    definition = models.BinaryField(max_length=32)
    inputs = ArrayField(models.BigIntegerField(), default=list)  # Dataset, sorted
    outputs = ArrayField(models.BigIntegerField(), default=list)  # Dataset, sorted
    sql = models.ForeignKey(
        Facet,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    location = models.ForeignKey(
        Facet,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    first_at = models.DateTimeField()  # event time
    last_at = models.DateTimeField()  # event time

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["job", "definition"], name="job_version_identity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {bytes(self.definition).hex()[:12]}"
