"""Who asked for access to what, and what was answered?"""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from policies.models.approvals import HeldChange
from policies.models.grants import Grant, Role
from policies.models.principals import Principal


class AccessRequestQuerySet(models.QuerySet["AccessRequest"]):
    def waiting(self) -> Self:
        """Those that somebody may still answer."""
        return self.filter(state=AccessRequest.State.WAITING, expires_at__gt=Now())

    def overdue(self) -> Self:
        """Those that nobody answered in time, and that are not closed yet."""
        return self.filter(state=AccessRequest.State.WAITING, expires_at__lte=Now())


class AccessRequest(models.Model):
    """Somebody asks for a role on what they name, whether or not there is such a thing.

    `namespace` and `name` are as they were typed. What they lead to is looked up when
    somebody decides, never when somebody asks: the answer to asking must not tell.
    """

    class About(models.TextChoices):
        DATASET = "dataset", "a dataset"
        JOB = "job", "a job"
        NAMESPACE = "namespace", "a namespace"
        DOMAIN = "domain", "a domain"
        EVERYTHING = "everything", "everything"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting for an answer"
        HELD = "held", "waiting for a second person"
        GRANTED = "granted", "granted"
        DECLINED = "declined", "declined"
        WITHDRAWN = "withdrawn", "withdrawn"
        EXPIRED = "expired", "expired unanswered"

    public_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    requester = models.ForeignKey(
        Principal, models.PROTECT, related_name="access_requests"
    )
    about = models.CharField(max_length=16, choices=About)
    namespace = models.CharField(max_length=1024, blank=True)
    name = models.CharField(max_length=1024, blank=True)
    fingerprint = models.CharField(max_length=64)  # of what is asked for
    role = models.ForeignKey(Role, models.PROTECT, related_name="access_requests")
    days = models.IntegerField()  # for how long it is wished
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()

    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    decided_by = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="access_requests_decided"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    grant = models.ForeignKey(
        Grant, models.PROTECT, null=True, related_name="access_requests"
    )
    held = models.ForeignKey(
        HeldChange, models.PROTECT, null=True, related_name="access_requests"
    )

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "fingerprint"],
                condition=Q(state__in=["waiting", "held"]),
                name="accessrequest_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="accessrequest_decided",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | Q(state="withdrawn")
                | ~Q(decided_by=models.F("requester")),
                name="accessrequest_not_oneself",
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(grant__isnull=False),
                name="accessrequest_granted",
            ),
            models.CheckConstraint(
                condition=(
                    Q(about__in=["dataset", "job"]) & ~Q(namespace="") & ~Q(name="")
                )
                | Q(about="namespace", name="") & ~Q(namespace="")
                | Q(about="domain", namespace="") & ~Q(name="")
                | Q(about="everything", namespace="", name=""),
                name="accessrequest_about",
            ),
            models.CheckConstraint(condition=Q(days__gte=1), name="accessrequest_days"),
        ]
        indexes = [
            models.Index(fields=["state", "expires_at"], name="accessrequest_state"),
            models.Index(fields=["requester", "-asked_at"], name="accessrequest_of"),
        ]

    def __str__(self) -> str:
        return f"{self.role} on {self.where}"

    @property
    def where(self) -> str:
        """What it is about, as it was typed."""
        if self.about == self.About.EVERYTHING:
            return "everything"
        return " / ".join(filter(None, (self.namespace, self.name)))
