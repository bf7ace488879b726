"""What do people say, since when, and by which act?"""

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from catalog.models.datasets import Dataset
from catalog.models.jobs import Job
from catalog.models.namespaces import Namespace
from policies import audit
from policies.actions import Action
from policies.models import Principal


class Change(models.Model):
    """One act of curation: all that it said and took back can be undone together.

    Its rows are found by `opened_in` and `closed_in` of every Declared model.
    """

    class Via(models.TextChoices):
        PAGE = "page", "a page"
        BULK = "bulk", "a bulk action"
        API = "api", "the API"
        ADMIN = "admin", "the admin"
        CSV = "csv", "a CSV file"
        MARQUEZ = "marquez", "an import from Marquez"
        SYSTEM = "system", "the system"

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    via = models.CharField(max_length=16, choices=Via)
    actor = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="changes"
    )
    reason = models.TextField(blank=True)
    summary = models.TextField()  # for people: "3 tags assigned, 1 owner removed"
    statement_count = models.IntegerField()
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="undone_by"
    )
    recorded_at = models.DateTimeField(db_index=True)

    told_summary = ""  # set by `curation.changes` to what a reader may know of it

    class Meta:
        ordering = ["-recorded_at", "-pk"]

    def __str__(self) -> str:
        return self.summary


class DeclaredQuerySet[M: models.Model](models.QuerySet[M]):
    def standing(self) -> Self:
        """What is said now."""
        return self.filter(recorded_to=None)

    def as_recorded_at(self, moment: datetime) -> Self:
        """What was said at a moment of recorded time."""
        return self.filter(
            Q(recorded_to=None) | Q(recorded_to__gt=moment), recorded_from__lte=moment
        )


class Declared(models.Model):
    """A dated row that is never changed nor deleted: closing it ends its range."""

    recorded_from = models.DateTimeField(editable=False)
    recorded_to = models.DateTimeField(null=True, editable=False)
    opened_in = models.ForeignKey(
        Change, models.PROTECT, related_name="+", editable=False
    )
    closed_in = models.ForeignKey(
        Change, models.PROTECT, null=True, related_name="+", editable=False
    )

    objects = DeclaredQuerySet.as_manager()

    # What is read along with a row of another app to write it as text.
    told_with: ClassVar[tuple[str, ...]] = ()
    # Which columns such a row names: the lookups to the dataset and to the column.
    told_columns: ClassVar[tuple[tuple[str, str], ...]] = ()
    # Which right such a row is told by, beside `asset.view`, and said and undone by.
    told_to: ClassVar[Action] = Action.LINEAGE_VIEW
    said_by: ClassVar[Action] = Action.LINEAGE_EDIT

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(recorded_to=None, closed_in=None)
                | Q(recorded_to__gte=F("recorded_from"), closed_in__isnull=False),
                name="%(class)s_recorded_range",
            )
        ]

    def noted(self, *, is_said: bool) -> list[audit.Entry]:
        """What the journal is told when it is said or taken back; of a statement about
        an asset, its kind tells.
        """
        return []


# The kinds of things that statements are about, each a foreign key of its own.
SUBJECTS = ("namespace", "dataset", "job", "domain", "product", "term")


def about_one(*levels: str) -> Q:
    """Exactly one of these keys is set."""
    condition = Q()
    for level in levels:
        others = {f"{other}__isnull": other != level for other in levels}
        condition |= Q(**others)
    return condition


class OnAsset(Declared):
    """A statement about a namespace, a dataset, a column of it, or a job.

    It hangs on the raw name of a dataset and is read for all names of the canonical
    one. `column` is empty where it is about the whole.
    """

    namespace = models.ForeignKey(
        Namespace, models.PROTECT, null=True, related_name="%(class)ss"
    )
    dataset = models.ForeignKey(
        Dataset, models.PROTECT, null=True, related_name="%(class)ss"
    )
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="%(class)ss")
    column = models.TextField(blank=True, default="")

    class Meta(Declared.Meta):
        abstract = True

    @property
    def subject_row(self) -> Any:
        """The row that it is about."""
        for name in SUBJECTS:
            if getattr(self, f"{name}_id", None) is not None:
                return getattr(self, name)
        raise AssertionError("a statement is about something: a constraint says so")


def said_index(name: str, *value: str) -> models.Index:
    """Finds what stands of a value, without a look at the rows: for those who may."""
    return models.Index(
        fields=[*value, "dataset", "job", "namespace"],
        condition=Q(recorded_to=None, column=""),
        name=name,
    )


def statement_constraints(
    name: str, *value: str, levels: tuple[str, ...] = ("namespace", "dataset", "job")
) -> list[Any]:
    """What holds for a table of statements: dated, about one thing, standing once.

    `value` are the fields beside the subject of which only one row may stand.
    """
    return [
        models.CheckConstraint(
            condition=Q(recorded_to=None, closed_in=None)
            | Q(recorded_to__gte=F("recorded_from"), closed_in__isnull=False),
            name=f"{name}_recorded_range",
        ),
        models.CheckConstraint(condition=about_one(*levels), name=f"{name}_subject"),
        models.CheckConstraint(
            condition=Q(column="") | Q(dataset__isnull=False), name=f"{name}_column"
        ),
        models.UniqueConstraint(
            fields=[*levels, "column", *value],
            condition=Q(recorded_to=None),
            nulls_distinct=False,
            name=f"{name}_standing_once",
        ),
    ]
