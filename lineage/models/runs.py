"""Which runs happened, and what did each read and write?"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from catalog.models import Dataset, Job
from policies.models import Governed, GovernedQuerySet


class RunQuerySet(GovernedQuerySet["Run"]):
    def visible(self) -> Self:
        """Those that evidence in force names, of jobs that no DELETE hides."""
        return self.filter(
            Q(first_event_at__isnull=False) | Q(stub_at__isnull=False),
            Q(job__hidden_at=None) | Q(job__updated_at__gt=F("job__hidden_at")),
            job__first_seen__isnull=False,
        )


class Run(Governed):
    """One execution of a job: the fold of its events.

    Keyed by (job, runId), since producers reuse one runId for several jobs. A run that
    only other runs' parent or root facets name has `stub_at` and no `first_event_at`.
    """

    class State(models.IntegerChoices):
        UNKNOWN = 0
        RUNNING = 1
        COMPLETED = 2
        ABORTED = 3
        FAILED = 4

    job = models.ForeignKey(
        Job, models.PROTECT, related_name="runs", db_constraint=False, db_index=False
    )
    run_id = models.UUIDField()
    external_id = models.TextField(default="")  # as sent, when it was no UUID
    state = models.SmallIntegerField(choices=State, default=State.UNKNOWN)
    state_event = models.BigIntegerField(null=True)  # the Event that decides `state`
    decided_at = models.DateTimeField(null=True)  # its event time
    started_at = models.DateTimeField(null=True)  # earliest START, else first event
    start_at = models.DateTimeField(null=True)  # earliest START
    ended_at = models.DateTimeField(null=True)  # the deciding terminal's event time
    first_event_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField(null=True)
    stub_at = models.DateTimeField(null=True)  # earliest event that names it as parent
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="children",
        db_constraint=False,
        db_index=False,
    )
    root = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # What events of it named as parent or root, and is so no more; null if nothing.
    former_ancestors = ArrayField(models.BigIntegerField(), null=True)
    nominal_start = models.DateTimeField(null=True)
    nominal_end = models.DateTimeField(null=True)
    is_streaming = models.BooleanField(default=False)  # STREAMING or SERVICE
    # … or was said to be by any event, so that it may have been at a past time.
    has_streamed = models.BooleanField(default=False, db_default=False)
    is_snapshot = models.BooleanField(default=False)  # COMPLETE_SNAPSHOT
    io_event = models.BigIntegerField(null=True)  # the latest Event with any I/O
    # Its I/O is the job's effective I/O if no later run's is.
    counts = models.BooleanField(default=False)
    job_version = models.BinaryField(max_length=32, null=True)  # JobVersion.definition
    # Folds of run facets and of the job facets that its own events carried.
    facets = ArrayField(models.BigIntegerField(), null=True)
    facet_events = ArrayField(models.BigIntegerField(), null=True)
    job_facets = ArrayField(models.BigIntegerField(), null=True)
    job_facet_events = ArrayField(models.BigIntegerField(), null=True)
    created_at = models.DateTimeField()  # recorded time
    updated_at = models.DateTimeField()  # recorded time

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            # runId first: the same index answers a look-up by the bare runId.
            models.UniqueConstraint(fields=["run_id", "job"], name="run_identity")
        ]
        indexes = [
            models.Index(fields=["job", "-started_at"], name="run_of_job"),
            models.Index(
                fields=["parent", "job"],
                condition=models.Q(parent__isnull=False),
                name="run_children",
            ),
            GinIndex(
                fields=["former_ancestors"],
                condition=models.Q(former_ancestors__isnull=False),
                name="run_former_children",
            ),
            models.Index(
                fields=["job", "-decided_at", "-run_id"],
                condition=models.Q(counts=True),
                name="run_effective",
            ),
            models.Index(
                fields=["job", "-started_at"],
                condition=models.Q(is_streaming=True),
                name="run_streaming",
            ),
            models.Index(
                fields=["job"],
                condition=models.Q(has_streamed=True),
                name="run_has_streamed",
            ),
        ]

    class Policy:
        follows = "job"
        namespace = "job__namespace"

    def __str__(self) -> str:
        return str(self.run_id)


class RunDataset(models.Model):
    """The fold of a run's evidence about one dataset that it read or wrote."""

    pk = models.CompositePrimaryKey("run_id", "dataset_id", "direction")
    run = models.ForeignKey(
        Run,
        models.CASCADE,
        related_name="datasets",
        db_constraint=False,
        db_index=False,
    )
    dataset = models.ForeignKey(
        Dataset,
        models.PROTECT,
        related_name="run_datasets",
        db_constraint=False,
        db_index=False,
    )
    direction = models.SmallIntegerField()  # IOEvidence.Direction
    facets = ArrayField(models.BigIntegerField(), null=True)
    facet_events = ArrayField(models.BigIntegerField(), null=True)
    last_event = models.BigIntegerField()  # the latest Event that asserts it

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "direction"], name="run_dataset_reverse")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.direction} {self.dataset_id}"
