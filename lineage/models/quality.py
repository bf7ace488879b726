"""What do people expect of a dataset, when was it not so, and who was told?"""

from typing import Any, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5

from catalog.models import Dataset, Declared
from catalog.models.declared import DeclaredQuerySet
from policies import audit
from policies.actions import Action
from policies.models import Principal

TOLD_WITH = (
    "dataset__canonical__namespace",
    "owner",
    "opened_in__actor",
    "closed_in__actor",
)


class ExpectationKind(models.TextChoices):
    FRESH = "fresh", "fresh"
    ROWS = "rows", "rows"
    SIZE = "size", "size"
    ASSERTION = "assertion", "assertion"
    COLUMNS = "columns", "columns"


class Severity(models.TextChoices):
    INFO = "info", "info"
    WARNING = "warning", "warning"
    CRITICAL = "critical", "critical"


class ExpectationQuerySet(DeclaredQuerySet["Expectation"]):
    def of(self, dataset: Dataset) -> Self:
        """Those of a canonical dataset, under whichever name they were declared."""
        return self.filter(dataset__canonical=dataset)

    def told(self) -> Self:
        """With all that tells an expectation."""
        return self.select_related(*TOLD_WITH)


class Expectation(Declared):
    """Somebody expects something of a dataset; an incident lasts while it is not so.

    `identity` stays the same while it is said anew with other values. It hangs on a raw
    name and is read for all names of the canonical dataset.
    """

    identity = models.UUIDField(default=uuid4, editable=False)
    dataset = models.ForeignKey(
        Dataset, models.PROTECT, related_name="expectations", db_index=False
    )
    kind = models.CharField(max_length=16, choices=ExpectationKind)
    # Of FRESH: a write within so many seconds. Of ROWS and SIZE: at least so many.
    bound = models.BigIntegerField(null=True)
    # Of ASSERTION: which one; what is empty fits any.
    column = models.TextField(blank=True, default="")
    assertion = models.TextField(blank=True, default="")
    name = models.TextField(blank=True, default="")
    # Of COLUMNS: none of those of this DatasetVersion.definition may be missing.
    definition = models.BinaryField(max_length=32, null=True)
    severity = models.CharField(
        max_length=16, choices=Severity, default=Severity.WARNING
    )
    owner = models.ForeignKey(Principal, models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True, default="")

    told_with = TOLD_WITH
    told_columns = (("dataset", "column"),)
    told_to = Action.RUN_VIEW
    said_by = Action.ASSET_EDIT

    objects = ExpectationQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = "expectation"
        constraints = [
            models.CheckConstraint(
                condition=Q(recorded_to=None, closed_in=None)
                | Q(recorded_to__gte=F("recorded_from"), closed_in__isnull=False),
                name="expectation_recorded_range",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["fresh", "rows", "size"], bound__gte=1)
                | Q(kind__in=["assertion", "columns"], bound=None),
                name="expectation_bound",
            ),
            models.CheckConstraint(
                condition=Q(kind="assertion") & ~Q(assertion="", name="")
                | ~Q(kind="assertion") & Q(column="", assertion="", name=""),
                name="expectation_assertion",
            ),
            models.CheckConstraint(
                condition=Q(kind="columns", definition__isnull=False)
                | ~Q(kind="columns") & Q(definition=None),
                name="expectation_definition",
            ),
            models.UniqueConstraint(
                fields=["identity"],
                condition=Q(recorded_to=None),
                name="expectation_said_once",
            ),
            # One of a kind and severity; the texts may be too long for an index.
            models.UniqueConstraint(
                F("dataset"),
                F("kind"),
                F("severity"),
                MD5("column"),
                MD5("assertion"),
                MD5("name"),
                condition=Q(recorded_to=None),
                name="expectation_standing_once",
            ),
        ]

    def __str__(self) -> str:
        words = {
            ExpectationKind.FRESH: f"a write within {span(self.bound or 0)}",
            ExpectationKind.ROWS: f"at least {self.bound} rows",
            ExpectationKind.SIZE: f"at least {self.bound} bytes",
            # Names of assertions may tell of columns that a reader may not know of.
            ExpectationKind.ASSERTION: "an assertion holds"
            + (f" on {self.column}" if self.column else ""),
            ExpectationKind.COLUMNS: "no column is lost",
        }
        return words[ExpectationKind(self.kind)]

    @property
    def words(self) -> dict[str, str]:
        """As the form that would say it is filled in."""
        is_fresh = self.kind == ExpectationKind.FRESH
        bound = "" if self.bound is None else f"{self.bound}"
        return {
            "kind": str(self.kind),
            "hours": f"{(self.bound or 0) / 3600:g}" if is_fresh else "",
            "at_least": "" if is_fresh else bound,
            "column": self.column,
            "assertion": self.assertion,
            "name": self.name,
            "severity": str(self.severity),
            "owner": self.owner.username if self.owner else "",
            "note": self.note,
        }

    def noted(self, *, is_said: bool) -> list[audit.Entry]:
        """As the journal has it: one entry in the trail of its dataset."""
        act = audit.Act.EXPECTATION_SET if is_said else audit.Act.EXPECTATION_ENDED
        facts: dict[str, Any] = {
            "expectation": self.identity,
            "kind": str(self.kind),
            "severity": str(self.severity),
        }
        facts |= {"bound": self.bound} if self.bound is not None else {}
        facts |= {"column": self.column} if self.column else {}
        return [audit.Entry(act, audit.Target.of(self.dataset.canonical), facts)]


class IncidentQuerySet(models.QuerySet["Incident"]):
    def open(self) -> Self:
        """Those that have not ended, acknowledged or not."""
        return self.filter(ended_at=None)

    def told(self) -> Self:
        """With all that tells an incident."""
        return self.select_related(
            "dataset__canonical__namespace",
            "expectation__dataset__canonical__namespace",
            "expectation__owner",
            "expectation__opened_in__actor",
            "acknowledged_by",
            "ended_by",
        )


class Incident(models.Model):
    """A time during which an expectation did not hold; of each, one at most is open."""

    class Ending(models.TextChoices):
        RESOLVED = "resolved", "resolved"  # it holds again
        CLOSED = "closed", "closed by hand"
        WITHDRAWN = "withdrawn", "nobody expects it any more"

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    identity = models.UUIDField()  # Expectation.identity
    # As it stood when it was judged last.
    expectation = models.ForeignKey(
        Expectation, models.PROTECT, related_name="incidents"
    )
    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="incidents")
    severity = models.CharField(max_length=16, choices=Severity)
    opened_at = models.DateTimeField()
    since = models.DateTimeField(null=True)  # event time from which on it did not hold
    facts = models.JSONField(default=dict)  # the numbers found, the latest ones
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="+"
    )
    acknowledgement = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=16, choices=Ending, blank=True, default="")
    ended_by = models.ForeignKey(Principal, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True, default="")
    # Closed by hand although it does not hold: no other one until it has held again.
    is_silenced = models.BooleanField(default=False)
    # Those who answer for what is downstream were found and told.
    is_told = models.BooleanField(default=False)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["identity"],
                condition=Q(ended_at=None) | Q(is_silenced=True),
                name="incident_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="")
                | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="incident_ending",
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="incident_latest"),
            models.Index(
                fields=["id"], condition=Q(is_told=False), name="incident_untold"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def state(self) -> str:
        """open, acknowledged, resolved, closed or withdrawn."""
        if self.ended_at is not None:
            return self.ending
        return "acknowledged" if self.acknowledged_at else "open"


class IncidentNotice(models.Model):
    """Somebody was told of an incident, because they answer for something there."""

    class Why(models.TextChoices):
        NAMED = "named", "named in the expectation"
        OWNER = "owner", "owner of the dataset"
        DOWNSTREAM = "downstream", "owner of something downstream"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="notices")
    principal = models.ForeignKey(Principal, models.PROTECT, related_name="+")
    why = models.CharField(max_length=16, choices=Why)
    told_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "principal"], name="incident_told_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.principal_id} of {self.incident_id}"


def span(seconds: int) -> str:
    """A span in the largest unit that it is a whole number of: `36 hours`."""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        count = seconds / size
        if seconds >= size and seconds % size == 0 and (unit != "day" or count > 2):
            return f"{seconds // size} {unit}{'s' * (seconds != size)}"
    return f"{seconds} second{'s' * (seconds != 1)}"
