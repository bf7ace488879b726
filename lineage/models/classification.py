"""How far may a tag follow the data, where does it not, and what is to be looked at?"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5

from catalog.curation.subjects import target_of
from catalog.models import Dataset, Declared, Tag
from policies import audit
from policies.actions import Action

RECORDED_RANGE = Q(recorded_to=None, closed_in=None) | Q(
    recorded_to__gte=F("recorded_from"), closed_in__isnull=False
)


class TagRule(Declared):
    """How a tag, and each below it without a word of its own, follows the data.

    What is empty is as the tag above has it, and at the top the default: a tag follows
    the data, an aggregation keeps it, masking stops it.
    """

    class Propagation(models.TextChoices):
        FOLLOWS = "follows", "follows the data"
        STAYS = "stays", "stays where it is put"

    class Aggregation(models.TextChoices):
        KEEPS = "keeps", "keeps it, but for counts"
        VALUES = "values", "keeps it where single values show: max, min, first"
        STOPS = "stops", "stops it"

    class Masking(models.TextChoices):
        STOPS = "stops", "stops it"
        BECOMES = "becomes", "makes it another tag"

    tag = models.ForeignKey(Tag, models.PROTECT, related_name="rules")
    propagation = models.CharField(
        max_length=8, choices=Propagation, blank=True, default=""
    )
    aggregation = models.CharField(
        max_length=8, choices=Aggregation, blank=True, default=""
    )
    masking = models.CharField(max_length=8, choices=Masking, blank=True, default="")
    masked_as = models.ForeignKey(Tag, models.PROTECT, null=True, related_name="+")

    said_by: ClassVar[Action] = Action.GLOSSARY_EDIT
    told_with = ("tag", "masked_as")

    class Meta:
        verbose_name = "propagation rule"
        constraints = [
            models.CheckConstraint(
                condition=RECORDED_RANGE, name="tagrule_recorded_range"
            ),
            models.CheckConstraint(
                condition=Q(masking="becomes", masked_as__isnull=False)
                | (~Q(masking="becomes") & Q(masked_as=None)),
                name="tagrule_masked_as",
            ),
            models.UniqueConstraint(
                fields=["tag"],
                condition=Q(recorded_to=None),
                name="tagrule_standing_once",
            ),
        ]

    def __str__(self) -> str:
        said = [
            f"{name} {word}"
            for name, word in (
                ("propagation", self.propagation),
                ("aggregation", self.aggregation),
                ("masking", self.masking),
            )
            if word
        ]
        into = f" {self.masked_as}" if self.masked_as else ""
        return f"{self.tag}: {', '.join(said)}{into}"

    def noted(self, *, is_said: bool) -> list[audit.Entry]:
        """As the journal has it, with the tag."""
        act = audit.Act.TAG_RULE_SET if is_said else audit.Act.TAG_RULE_CLEARED
        facts = {
            "propagation": self.propagation,
            "aggregation": self.aggregation,
            "masking": self.masking,
            "masked_as": self.masked_as.name if self.masked_as else "",
        }
        told = {name: word for name, word in facts.items() if word}
        return [audit.Entry(act, target_of(self.tag), told)]


class PathRejection(Declared):
    """A steward says that a tag does not come into a column by one line of lineage.

    The line is a column (of `source`, a Dataset by any of its names) and how the value
    comes over: by another line the tag may come again. What it comes from is told to
    nobody here, since not everybody may know of it.
    """

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="rejected_paths")
    column = models.TextField(blank=True, default="")  # "" is the whole
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="rejected_paths")
    source = models.BigIntegerField()
    source_column = models.TextField()
    how = models.TextField()  # of lineage.classification.lines

    said_by: ClassVar[Action] = Action.ASSET_TAG
    told_with = ("dataset__canonical__namespace", "tag")
    told_columns = (("dataset", "column"),)

    class Meta:
        verbose_name = "rejected way of a tag"
        constraints = [
            models.CheckConstraint(
                condition=RECORDED_RANGE, name="pathrejection_recorded_range"
            ),
            models.UniqueConstraint(
                F("dataset"),
                F("tag"),
                F("source"),
                MD5("column"),
                MD5("source_column"),
                MD5("how"),
                condition=Q(recorded_to=None),
                name="pathrejection_standing_once",
            ),
        ]

    def __str__(self) -> str:
        of = f" of {self.column}" if self.column else ""
        return f"{self.tag}{of} in {self.dataset.canonical}"

    def noted(self, *, is_said: bool) -> list[audit.Entry]:
        """As the journal has it, in the trail of the dataset."""
        act = audit.Act.TAG_PATH_REJECTED if is_said else audit.Act.TAG_PATH_REOPENED
        where = {"column": self.column} if self.column else {}
        target = audit.Target.of(self.dataset.canonical)
        return [audit.Entry(act, target, {**where, "tag": self.tag.name})]


class Unclassified(models.Model):
    """Something changed after which tags may lie elsewhere; triggers write it.

    Of a dataset (raw) the columns are looked at, and `with_targets` those that come
    from them; of a tag the columns that have it or one below it, and those that come
    from them. Without either it is everything.
    """

    dataset = models.ForeignKey(
        Dataset, models.CASCADE, null=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    tag = models.ForeignKey(
        Tag, models.CASCADE, null=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    with_targets = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.dataset_id or self.tag_id or 'everything'}"


class Classification(models.Model):
    """One row: until when declared edges were looked through for expired ones."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    looked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="classification_one_row")
        ]

    def __str__(self) -> str:
        return f"{self.looked_at}"
