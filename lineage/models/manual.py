"""Which flow of data do people declare, because no producer reports it?"""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Now
from django.utils import timezone

from catalog.models import Dataset, Declared, Job
from catalog.models.declared import DeclaredQuerySet
from policies import audit

# What tells an edge: its two ends, and who declared it.
TOLD_WITH = (
    "source_dataset__canonical__namespace",
    "source_job__namespace",
    "target_dataset__canonical__namespace",
    "target_job__namespace",
    "opened_in__actor",
    "closed_in__actor",
)


class ManualEdgeQuerySet(DeclaredQuerySet["ManualEdge"]):
    def in_force(self) -> Self:
        """What is said now and has not expired."""
        return self.standing().exclude(expires_at__lte=Now())

    def expired(self) -> Self:
        """What nobody took back and whose time is over."""
        return self.standing().filter(expires_at__lte=Now())

    def ended(self) -> Self:
        """What somebody took back, or said anew."""
        return self.filter(recorded_to__isnull=False)

    def naming(self, text: str) -> Self:
        """Those of which an end's name holds a text."""
        found = Q()
        for end in ("source", "target"):
            found |= Q(**{f"{end}_dataset__canonical__name__icontains": text})
            found |= Q(**{f"{end}_job__name__icontains": text})
        return self.filter(found)

    def with_ends(self) -> Self:
        """With all that tells an edge."""
        return self.select_related(*TOLD_WITH)


class ManualEdge(Declared):
    """Somebody says that data flows from one dataset or job to another.

    A job reads or writes a dataset, or a dataset comes from another one without a job
    that the catalog knows; then single columns can be named. Ends are raw names and are
    read for all names of the canonical dataset. What has expired is former, and what is
    taken back is closed; neither is deleted.
    """

    source_dataset = models.ForeignKey(
        Dataset, models.PROTECT, null=True, related_name="+", db_index=False
    )
    source_job = models.ForeignKey(
        Job, models.PROTECT, null=True, related_name="+", db_index=False
    )
    source_field = models.TextField(blank=True, default="")
    target_dataset = models.ForeignKey(
        Dataset, models.PROTECT, null=True, related_name="+", db_index=False
    )
    target_job = models.ForeignKey(
        Job, models.PROTECT, null=True, related_name="+", db_index=False
    )
    target_field = models.TextField(blank=True, default="")
    reason = models.TextField()
    expires_at = models.DateTimeField(null=True)

    told_with = TOLD_WITH
    told_columns = (
        ("source_dataset", "source_field"),
        ("target_dataset", "target_field"),
    )

    objects = ManualEdgeQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = "manual edge"
        constraints = [
            models.CheckConstraint(
                condition=Q(recorded_to=None, closed_in=None)
                | Q(recorded_to__gte=F("recorded_from"), closed_in__isnull=False),
                name="manualedge_recorded_range",
            ),
            models.CheckConstraint(
                condition=Q(source_dataset__isnull=False, source_job=None)
                | Q(source_dataset=None, source_job__isnull=False),
                name="manualedge_source",
            ),
            models.CheckConstraint(
                condition=Q(target_dataset__isnull=False, target_job=None)
                | Q(target_dataset=None, target_job__isnull=False),
                name="manualedge_target",
            ),
            # Data flows from job to job by way of a dataset.
            models.CheckConstraint(
                condition=Q(source_job=None) | Q(target_job=None),
                name="manualedge_not_between_jobs",
            ),
            models.CheckConstraint(
                condition=Q(source_field="", target_field="")
                | (
                    ~Q(source_field="")
                    & ~Q(target_field="")
                    & Q(source_job=None, target_job=None)
                ),
                name="manualedge_columns",
            ),
            models.CheckConstraint(
                condition=Q(source_dataset=None)
                | Q(target_dataset=None)
                | ~Q(source_dataset=F("target_dataset")),
                name="manualedge_not_of_itself",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="manualedge_reason"),
            # The texts may be too long for an index.
            models.UniqueConstraint(
                F("source_dataset"),
                F("source_job"),
                F("target_dataset"),
                F("target_job"),
                MD5("source_field"),
                MD5("target_field"),
                condition=Q(recorded_to=None),
                nulls_distinct=False,
                name="manualedge_standing_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=[end], condition=Q(recorded_to=None), name=f"manualedge_{name}"
            )
            for end, name in (
                ("source_dataset", "from_dataset"),
                ("source_job", "from_job"),
                ("target_dataset", "to_dataset"),
                ("target_job", "to_job"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} to {self.target}"

    @property
    def source(self) -> Dataset | Job:
        """Where data flows from; the canonical dataset, or a job."""
        if self.source_dataset is not None:
            return self.source_dataset.canonical
        assert self.source_job is not None
        return self.source_job

    @property
    def target(self) -> Dataset | Job:
        """Where data flows to; the canonical dataset, or a job."""
        if self.target_dataset is not None:
            return self.target_dataset.canonical
        assert self.target_job is not None
        return self.target_job

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def noted(self, *, is_said: bool) -> list[audit.Entry]:
        """As the journal has it: one entry in the trail of each end."""
        act = (
            audit.Act.MANUAL_LINEAGE_DECLARED
            if is_said
            else audit.Act.MANUAL_LINEAGE_ENDED
        )
        source, target = audit.Target.of(self.source), audit.Target.of(self.target)
        facts: dict[str, object] = {}
        if self.source_field:
            facts = {"from_column": self.source_field, "to_column": self.target_field}
        if self.expires_at is not None:
            facts["expires_at"] = self.expires_at
        return [
            audit.Entry(act, target, {"from": source, **facts}),
            audit.Entry(act, source, {"to": target, **facts}),
        ]
