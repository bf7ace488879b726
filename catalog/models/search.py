"""What is known of each thing that can be found, as it is looked for?"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from catalog.models.datasets import Dataset
from catalog.models.jobs import Job
from catalog.models.namespaces import Namespace
from policies import access
from policies.actions import Action
from policies.models import Governed, GovernedQuerySet


class FindableQuerySet(GovernedQuerySet["Findable"]):
    def found_by(self, principal: access.Someone) -> Self:
        """What `principal` may find: assets within the rights, and the vocabulary.

        A name that is not a dataset's canonical one finds it only for those who may
        know that name too.
        """
        granted = access.permitted(principal, Action.ASSET_VIEW, Findable)
        names = access.permitted(principal, Action.ASSET_VIEW, Dataset)
        rows = self._release()
        if granted:
            rows = rows.filter(granted | Q(namespace=None))
        if names:
            known = Dataset.objects.permitted(principal, Action.ASSET_VIEW)
            rows = rows.filter(
                Q(alias=None) | Exists(known.filter(pk=OuterRef("alias")))
            )
        return rows


class Findable(Governed):
    """A dataset, another name of one, a job, a namespace or a word of the vocabulary.

    It is derived from those and can be made anew from them at any time.
    """

    class Kind(models.IntegerChoices):
        DATASET = 1, "dataset"
        JOB = 2, "job"
        NAMESPACE = 3, "namespace"
        DOMAIN = 4, "domain"
        TAG = 5, "tag"
        TERM = 6, "term"
        PRODUCT = 7, "product"

    kind = models.SmallIntegerField(choices=Kind)
    thing_id = models.BigIntegerField()  # the row it is about, in the table of its kind
    subject_id = models.BigIntegerField()  # the same, but the canonical dataset's
    namespace = models.ForeignKey(  # the subject's; null in the vocabulary
        Namespace, models.CASCADE, null=True, db_constraint=False, related_name="+"
    )
    dataset = models.ForeignKey(  # the subject, if it is one
        Dataset, models.CASCADE, null=True, db_constraint=False, related_name="+"
    )
    job = models.ForeignKey(
        Job,
        models.CASCADE,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    alias = models.ForeignKey(  # set where the name is another than the canonical one
        Dataset,
        models.CASCADE,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    name = models.TextField()  # folded
    words = SearchVectorField()
    marks = ArrayField(models.IntegerField())  # Mark ids
    # Words that follow one another, as numbers: so phrases of common words are found
    # without a look at all rows that have the words.
    pairs = ArrayField(models.IntegerField(), default=list)
    # The same without all that is about columns with tags, for those who are denied one
    # of these; null where no column has one.
    bare_words = SearchVectorField(null=True)
    bare_marks = ArrayField(models.IntegerField(), null=True)
    bare_pairs = ArrayField(models.IntegerField(), null=True)

    objects = FindableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "thing_id"], name="findable_identity"
            )
        ]
        indexes = [
            models.Index(fields=["kind", "subject_id"], name="findable_subject"),
            # One index, so that words, rights and filters narrow each other down
            # before a row is read.
            GinIndex(
                fields=["words", "name", "marks", "pairs"],
                opclasses=["tsvector_ops", "gin_trgm_ops", "array_ops", "array_ops"],
                name="findable_found",
                gin_pending_list_limit=512,
            ),
        ]

    class Policy:
        namespace = "namespace"
        stands_for = ("dataset", "job")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"


class FindableText(models.Model):
    """What a result says of a findable, and where its words are marked in that."""

    findable = models.OneToOneField(
        Findable, models.CASCADE, primary_key=True, related_name="text"
    )
    body = models.JSONField()  # catalog.search.facts.Facts

    def __str__(self) -> str:
        return f"{self.findable_id}"


class Mark(models.Model):
    """A value by which results are filtered and counted: a tag, an owner, a tier …"""

    class Field(models.IntegerChoices):
        KIND = 1, "kind"
        NAMESPACE = 2, "namespace"
        DOMAIN = 3, "domain"
        TAG = 4, "tag"
        OWNER = 5, "owner"
        TIER = 6, "tier"
        LIFECYCLE = 7, "lifecycle"
        ENVIRONMENT = 8, "environment"
        TERM = 9, "term"
        PRODUCT = 10, "product"

    id = models.AutoField(primary_key=True)
    field = models.SmallIntegerField(choices=Field)
    value = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["field", "value"], name="mark_identity")
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()} {self.value}"


class SpokenWord(models.Model):
    """A word of letters that some findable has or had: what a mistyped one may mean.

    It tells nobody anything: what is found by it is subject to rights.
    """

    word = models.TextField(primary_key=True)
    # The word, and what is left of it without one of its letters.
    spellings = ArrayField(models.TextField())

    class Meta:
        indexes = [
            GinIndex(
                fields=["spellings"],
                name="spokenword_spellings",
                gin_pending_list_limit=128,
            ),
            GinIndex(
                fields=["word"],
                opclasses=["gin_trgm_ops"],
                name="spokenword_trigrams",
                gin_pending_list_limit=128,
            ),
        ]

    def __str__(self) -> str:
        return self.word


class Unfound(models.Model):
    """Something changed, and search does not show it yet; triggers write these."""

    kind = models.SmallIntegerField(choices=Findable.Kind)
    thing_id = models.BigIntegerField()
    is_urgent = models.BooleanField(default=False)  # somebody waits for it

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(is_urgent=True),
                name="unfound_urgent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.thing_id}"
