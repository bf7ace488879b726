"""Which job reads and writes which dataset, and which job waits for which?"""

from typing import Self

from django.db import models

from catalog.models import Dataset, Job


class EdgeQuerySet(models.QuerySet["Edge"]):
    def effective(self) -> Self:
        """The job's I/O now; of a job that never completed, its latest attempt."""
        return self.filter(status__in=[Edge.Status.EFFECTIVE, Edge.Status.ATTEMPT])


class Edge(models.Model):
    """A job reads or writes a (raw) dataset, by any of its runs or declarations.

    Which assets it may be shown to is decided on its two ends.
    """

    class Direction(models.IntegerChoices):
        INPUT = 1
        OUTPUT = 2

    class Status(models.IntegerChoices):
        EFFECTIVE = 1  # part of the job's effective I/O
        ATTEMPT = 2  # effective for want of any completed run or declaration
        FORMER = 3  # a completed run or a declaration had it, the effective ones do not
        ATTEMPTED = 4  # only unfinished or failed runs had it

    pk = models.CompositePrimaryKey("job_id", "dataset_id", "direction")
    job = models.ForeignKey(
        Job, models.CASCADE, related_name="edges", db_constraint=False, db_index=False
    )
    dataset = models.ForeignKey(
        Dataset,
        models.PROTECT,
        related_name="edges",
        db_constraint=False,
        db_index=False,
    )
    direction = models.SmallIntegerField(choices=Direction)
    status = models.SmallIntegerField(choices=Status)
    counted = models.BooleanField(default=False)  # by a run that counts or declaration
    first_event = models.BigIntegerField()  # Event with the earliest (time, digest)
    last_event = models.BigIntegerField()  # Event with the latest (time, digest)
    first_at = models.DateTimeField()  # their event times
    last_at = models.DateTimeField()

    objects = EdgeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "direction", "job"], name="edge_reverse")
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.direction} {self.dataset_id}"


class JobDependency(models.Model):
    """Control flow: the downstream job waits for the upstream one. No data flows."""

    pk = models.CompositePrimaryKey("upstream_id", "downstream_id", "kind")
    upstream = models.ForeignKey(
        Job,
        models.CASCADE,
        related_name="dependents",
        db_constraint=False,
        db_index=False,
    )
    downstream = models.ForeignKey(
        Job, models.CASCADE, related_name="dependencies", db_constraint=False
    )
    kind = models.TextField()  # dependency_type, as sent
    first_at = models.DateTimeField()  # event time
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.upstream_id} before {self.downstream_id}"
