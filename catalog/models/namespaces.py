"""Which OpenLineage namespaces are known?"""

from typing import Self

from django.db import models
from django.db.models import F, Q

from policies.models import Governed, GovernedQuerySet


class NamespaceQuerySet(GovernedQuerySet["Namespace"]):
    def seen(self) -> Self:
        """Those that evidence in force names as a home, or that somebody declared."""
        return self.filter(Q(first_seen__isnull=False) | Q(declared_at__isnull=False))

    def visible(self) -> Self:
        """Seen ones that no DELETE hides: later news brings one back."""
        return self.seen().filter(Q(hidden_at=None) | Q(updated_at__gt=F("hidden_at")))


class Namespace(Governed):
    """An OpenLineage namespace: of datasets (`postgres://host:5432`) or of jobs.

    Rows are identities and are never deleted; `first_seen` is null while no evidence
    in force names it as the home of a job or dataset.
    """

    name = models.TextField(unique=True)
    first_seen = models.DateTimeField(null=True)  # event time
    last_seen = models.DateTimeField(null=True)  # event time
    declared_at = models.DateTimeField(null=True)  # recorded time of the first PUT
    hidden_at = models.DateTimeField(null=True)  # recorded time of a DELETE
    created_at = models.DateTimeField()  # recorded time
    updated_at = models.DateTimeField()  # recorded time

    objects = NamespaceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    class Policy:
        kind = "namespace"
        namespace = ""  # the namespace is itself
        placements = "placements"
        tags = "tagassignments"
        owners = "ownerships"
        attributes = "attributes"

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        """As the journal names it."""
        return (self.name,)
