"""Which reports were asked for, what became of them, and where are their files?"""

from typing import Any, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models import Dataset, Job
from policies import access
from policies.access import Someone
from policies.actions import Action
from policies.models import Principal, Token


class ReportQuerySet(models.QuerySet["Report"]):
    def readable(self, principal: Someone) -> Self:
        """Those about assets on which `principal` may make reports: own ones.

        Whoever reads the journal finds there who asked for which report, and so may
        see those of others, too.
        """
        chosen = self.filter(
            Q(dataset__in=_reportable(Dataset, principal))
            | Q(job__in=_reportable(Job, principal))
        )
        if access.may(principal, Action.JOURNAL_VIEW):
            return chosen
        return chosen.filter(requester=principal.pk)

    def unfinished(self) -> Self:
        """Those that a worker has yet to make, or makes just now."""
        return self.filter(status__in=(Report.Status.QUEUED, Report.Status.RUNNING))


class Report(models.Model):
    """One report that somebody asked for, about one asset.

    `period_from` and `period_to` are event time; `recorded_at` is the recorded time as
    of which it tells, set when a worker first takes it up unless it was asked for.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=32)
    dataset = models.ForeignKey(
        Dataset, models.PROTECT, null=True, related_name="reports"
    )
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="reports")
    period_from = models.DateTimeField()
    period_to = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True)
    requester = models.ForeignKey(Principal, models.PROTECT, related_name="reports")
    # The token by which it was asked for, and what that leaves of the rights.
    token = models.ForeignKey(Token, models.PROTECT, null=True, related_name="+")
    narrowing = models.JSONField(null=True)

    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    progress = models.SmallIntegerField(default=0)  # percent
    step = models.TextField(default="", blank=True)  # what is being made just now
    error = models.TextField(default="", blank=True)  # with the way out
    attempt = models.SmallIntegerField(default=0)  # who holds a lower one has lost it
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    queued_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    alive_at = models.DateTimeField(null=True)  # its worker's last sign of life
    finished_at = models.DateTimeField(null=True)

    data_sha256 = models.CharField(max_length=64, default="", blank=True)
    manifest = models.JSONField(null=True)
    preview = models.JSONField(null=True)  # the first rows of each section
    # What it tells of, by action and model: whoever reads it needs all of these rights.
    needs = models.JSONField(default=list)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dataset=None, job__isnull=False)
                | Q(dataset__isnull=False, job=None),
                name="report_about_one_asset",
            ),
            models.CheckConstraint(
                condition=Q(period_to__gt=F("period_from")), name="report_period"
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=100), name="report_progress"
            ),
        ]
        indexes = [
            models.Index(
                fields=["status", "alive_at"],
                condition=Q(status__in=("queued", "running")),
                name="report_unfinished",
            ),
            models.Index(fields=["requester", "-created_at"], name="report_of"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def asset(self) -> Dataset | Job:
        """What it is about; loaded with its namespace by whoever asks for it."""
        asset = self.dataset or self.job
        assert asset is not None
        return asset

    @property
    def is_finished(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)


class ReportFile(models.Model):
    """One file of a report; its bytes are its chunks, in order."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="files")
    name = models.TextField()
    media_type = models.TextField()
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "name"], name="report_file_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ReportChunk(models.Model):
    """Some bytes of a file: few enough to be held in memory by whoever serves it."""

    file = models.ForeignKey(ReportFile, models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file", "number"], name="report_chunk_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_id} {self.number}"


def _reportable(model: Any, principal: Someone) -> Any:
    rows = model.objects.permitted(principal, Action.REPORT_CREATE)
    return rows.permitted(principal, Action.ASSET_VIEW).values("pk")
