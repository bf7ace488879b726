"""What do producers say of assets that people could take up?"""

from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from catalog.models.datasets import Dataset
from catalog.models.jobs import Job
from catalog.models.namespaces import Namespace
from catalog.models.statements import (
    Description,
    Ownership,
    ProposalVerdict,
    TagAssignment,
)
from policies import access
from policies.actions import Action
from policies.models import Governed, GovernedQuerySet

Aspect = ProposalVerdict.Aspect


class ProposalQuerySet(GovernedQuerySet["Proposal"]):
    def pending(self) -> Self:
        """Those that nobody has judged, or said by hand."""
        return self.filter(is_pending=True)

    def judged_by(self, principal: access.Someone) -> Self:
        """Those that `principal` may accept and reject: tags by asset.tag."""

        def may(action: Action) -> Q:
            return access.permitted(principal, action, Proposal)

        by_aspect = (Q(aspect=Aspect.TAG) & may(Action.ASSET_TAG)) | (
            ~Q(aspect=Aspect.TAG) & may(Action.ASSET_EDIT)
        )
        return self.filter(may(Action.ASSET_VIEW), by_aspect)._release()

    def settle(self, datasets: Collection[int], jobs: Collection[int]) -> None:
        """Say anew which proposals about these raw datasets and jobs are pending.

        Its cost follows the proposals about those, by their index.
        """
        for key, ids in (("dataset", datasets), ("job", jobs)):
            if ids:
                about = self.unrestricted("which are pending").filter(_about(key, ids))
                about.update(
                    is_pending=Case(
                        When(_is_settled(key), then=Value(False)), default=Value(True)
                    )
                )


def _about(key: str, ids: Collection[int]) -> Q:
    if key == "job":
        return Q(job__in=list(ids))
    names = Dataset.objects.unrestricted("the canonical ones of statements")
    return Q(dataset__in=names.filter(pk__in=list(ids)).values("canonical"))


def _is_settled(key: str) -> Q:
    """Judged, or said by people in so many words."""

    def said(
        model: type[models.Model], **same: object
    ) -> models.QuerySet[models.Model]:
        holder = "dataset__canonical" if key == "dataset" else "job"
        rows = model._default_manager.filter(
            **{holder: OuterRef(f"{key}_id")}, recorded_to=None
        )
        return rows.filter(column=OuterRef("column"), **same)

    verdicts = said(
        ProposalVerdict, aspect=OuterRef("aspect"), content=OuterRef("content")
    )
    tags = said(TagAssignment, tag__name=OuterRef("content"))
    word = OuterRef("word")
    owners = said(Ownership).filter(
        Q(name=OuterRef("content"))
        | Q(group__name__iexact=word)
        | Q(principal__username__iexact=word)
        | (Q(principal__email__iexact=word) & ~Q(principal__email=""))
    )
    return (
        Q(Exists(verdicts))
        | (Q(aspect=Aspect.TAG) & Q(Exists(tags)))
        | (Q(aspect=Aspect.OWNER) & Q(Exists(owners)))
        | (Q(aspect=Aspect.DESCRIPTION) & Q(Exists(said(Description))))
    )


class Proposal(Governed):
    """A producer says an owner, a tag or a description of an asset or a column.

    It is derived from facets in force, and can be made anew from them at any time.
    """

    # The asset's, which is a canonical dataset or a job.
    namespace = models.ForeignKey(
        Namespace,
        models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    dataset = models.ForeignKey(
        Dataset,
        models.CASCADE,
        null=True,
        db_constraint=False,
        db_index=False,  # the one of identity begins with it
        related_name="proposals",
    )
    job = models.ForeignKey(
        Job, models.CASCADE, null=True, db_constraint=False, related_name="proposals"
    )
    column = models.TextField(blank=True, default="")
    aspect = models.CharField(max_length=16, choices=Aspect)
    content = models.TextField()  # as ProposalVerdict has it
    word = models.TextField(blank=True, default="")  # an owner's bare name, folded
    excerpt = models.TextField()  # of what is proposed, for lists
    producer = models.TextField()  # its URI, without a version
    is_pending = models.BooleanField(default=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(dataset__isnull=False, job=None)
                | Q(dataset=None, job__isnull=False),
                name="proposal_subject",
            ),
            models.UniqueConstraint(
                fields=["dataset", "job", "column", "aspect", "content"],
                nulls_distinct=False,
                name="proposal_identity",
            ),
        ]
        indexes = [
            models.Index(
                fields=["namespace", "dataset", "job", "id"],
                condition=Q(is_pending=True),
                name="proposal_pending",
            ),
        ]

    class Policy:
        namespace = "namespace"
        stands_for = ("dataset", "job")

    def __str__(self) -> str:
        return f"{self.aspect} {self.excerpt}"

    @property
    def asset(self) -> Dataset | Job:
        asset = self.dataset or self.job
        assert asset is not None, "a constraint says so"
        return asset


class Unharvested(models.Model):
    """What producers say of an asset changed, and proposals do not show it yet.

    Triggers write these, in the transaction of the change.
    """

    dataset_id = models.BigIntegerField(null=True)
    job_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"dataset {self.dataset_id}, job {self.job_id}"
