"""What arrived, from whom, and what does each event assert?"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from catalog.models import Dataset, Job


class ProjectionState(models.Model):
    """The one row that says which life of the folds the caches of a process belong to.

    `generation` changes when identity rows may have changed under a process: a restored
    backup, a flushed database. `mode` says whether events are projected as they arrive.
    """

    class Mode(models.IntegerChoices):
        LIVE = 0
        REBUILDING = 1  # events are stored as PENDING

    id = models.SmallIntegerField(primary_key=True, default=1)
    generation = models.UUIDField()
    mode = models.SmallIntegerField(choices=Mode, default=Mode.LIVE)
    projector = models.SmallIntegerField()  # version that made the folds

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1), name="one_projection_state"
            )
        ]

    def __str__(self) -> str:
        return f"projector {self.projector}"


class Producer(models.Model):
    """The `producer` URI that events name as their author."""

    uri = models.TextField(unique=True)
    first_seen = models.DateTimeField()  # recorded time
    last_seen = models.DateTimeField()  # recorded time
    event_count = models.BigIntegerField(default=0)  # distinct events received

    def __str__(self) -> str:
        return self.uri


class EventQuerySet(models.QuerySet["Event"]):
    def not_applied(self) -> Self:
        """Stored, but the projection failed on them."""
        return self.filter(status=Event.Status.NOT_APPLIED)


class Event(models.Model):
    """One distinct OpenLineage message, and what it asserts about its run and job.

    The row is the ledger of identity (`digest`) and the run-level evidence; the bytes
    are in RawEvent, the datasets in IOEvidence.
    """

    class Kind(models.IntegerChoices):
        RUN = 1
        JOB = 2
        DATASET = 3

    class Type(models.IntegerChoices):
        ABSENT = 0
        START = 1
        RUNNING = 2
        COMPLETE = 3
        ABORT = 4
        FAIL = 5
        OTHER = 6

    class Status(models.IntegerChoices):
        APPLIED = 0
        NOT_APPLIED = 1
        RETRACTED = 2
        PENDING = 3  # stored while a rebuild runs; projected by it

    digest = models.BinaryField(max_length=32, unique=True)  # SHA-256, inflated bytes
    recorded_at = models.DateTimeField()  # commit order, as is `id`
    event_time = models.DateTimeField()
    kind = models.SmallIntegerField(choices=Kind)
    type = models.SmallIntegerField(choices=Type, default=Type.ABSENT)
    status = models.SmallIntegerField(choices=Status, default=Status.APPLIED)
    projector = models.SmallIntegerField()  # version that applied, or failed on, it
    size_bytes = models.IntegerField()  # of the inflated body
    producer = models.ForeignKey(
        Producer,
        models.PROTECT,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    job = models.ForeignKey(
        Job,
        models.PROTECT,
        null=True,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    run = models.ForeignKey(
        "lineage.Run",
        models.PROTECT,
        null=True,
        related_name="events",
        db_constraint=False,
    )
    dataset = models.ForeignKey(  # of a DatasetEvent
        Dataset,
        models.PROTECT,
        null=True,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    run_facets = ArrayField(models.BigIntegerField(), null=True)
    job_facets = ArrayField(models.BigIntegerField(), null=True)
    error = models.TextField(default="")  # why it was not applied

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["event_time", "id"], name="event_time_order"),
            # Rows lie in recorded order, so that a block range says as much as a tree.
            BrinIndex(
                fields=["recorded_at"], name="event_recorded", autosummarize=True
            ),
            models.Index(
                fields=["job", "event_time"],
                condition=models.Q(kind=2),
                name="event_declarations",
            ),
            models.Index(
                fields=["dataset", "event_time"],
                condition=models.Q(kind=3),
                name="event_of_dataset",
            ),
            models.Index(
                fields=["recorded_at"],
                condition=models.Q(status__in=[1, 3]),
                name="event_not_applied",
            ),
            # The run of a job that had ended last at a past time.
            models.Index(
                fields=["job", "event_time"],
                condition=models.Q(kind=1, type__in=[3, 4, 5]),
                name="event_ends",
            ),
            # Of those, what was told before it was to happen.
            models.Index(
                fields=["job", "event_time"],
                condition=models.Q(
                    kind=1, type__in=[3, 4, 5], event_time__gt=models.F("recorded_at")
                ),
                name="event_ends_foretold",
            ),
        ]

    def __str__(self) -> str:
        return bytes(self.digest).hex()


class RawEvent(models.Model):
    """The exact bytes of one event, compressed and encrypted (lineage.bodies).

    Partitioned by month of `recorded_at`; no foreign key leads here or away.
    """

    pk = models.CompositePrimaryKey("recorded_at", "event_id")
    event_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    body = models.BinaryField()

    class Meta:
        managed = False
        db_table = "lineage_rawevent"

    def __str__(self) -> str:
        return f"{self.event_id}"


class Acceptance(models.Model):
    """Who sent an event, and which of its assertions were outside their scope.

    One row per distinct acceptance. What is inert in every acceptance of an event is
    stored and not projected.
    """

    pk = models.CompositePrimaryKey("event_id", "principal_id", "inert_hash")
    event = models.ForeignKey(
        Event,
        models.CASCADE,
        related_name="acceptances",
        db_constraint=False,
        db_index=False,
    )
    principal_id = models.BigIntegerField()  # policies.Principal; 0 is the system
    inert_hash = models.BigIntegerField()  # of `inert`; 0 when nothing is inert
    inert = ArrayField(models.TextField(), null=True)  # sorted identities
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event_id} by {self.principal_id}"


class Conformance(models.Model):
    """A warning about an accepted event: what does not conform, where, and so what."""

    event = models.ForeignKey(
        Event, models.CASCADE, related_name="warnings", db_constraint=False
    )
    pointer = models.TextField()  # JSON pointer
    code = models.TextField()
    message = models.TextField()

    def __str__(self) -> str:
        return f"{self.code} at {self.pointer}"


class Retraction(models.Model):
    """A steward's word that an event is not to be believed, until it is withdrawn.

    An input of rebuild: the event stays stored, and is in no fold.
    """

    event = models.ForeignKey(Event, models.PROTECT, related_name="retractions")
    reason = models.TextField()
    actor = models.UUIDField(null=True)  # Principal.public_id; null is the system
    recorded_from = models.DateTimeField()
    recorded_to = models.DateTimeField(null=True)  # when it was withdrawn

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event"],
                condition=models.Q(recorded_to__isnull=True),
                name="one_retraction_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.reason}"


class IOEvidence(models.Model):
    """One event asserts that its run (or declaration) reads or writes a dataset."""

    class Direction(models.IntegerChoices):
        INPUT = 1
        OUTPUT = 2
        STATIC = 3  # a DatasetEvent describes it

    pk = models.CompositePrimaryKey("event_id", "dataset_id", "direction")
    event = models.ForeignKey(
        Event, models.CASCADE, related_name="io", db_constraint=False, db_index=False
    )
    dataset = models.ForeignKey(
        Dataset, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    direction = models.SmallIntegerField(choices=Direction)
    facets = ArrayField(models.BigIntegerField(), null=True)  # and input/output facets

    def __str__(self) -> str:
        return f"{self.event_id} {self.direction} {self.dataset_id}"
