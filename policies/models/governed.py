"""Which rows may be seen: assets whose managers refuse to be read unfiltered."""

from typing import Any, Self, TypeVar

from django.db import models

from policies.actions import Action
from policies.models.principals import Principal

M = TypeVar("M", bound=models.Model)


class GovernedQuerySet(models.QuerySet[M]):
    def permitted(self, principal: Any, action: Action) -> Self:
        """The rows on which `principal` may do `action`."""
        return self.none()

    def unrestricted(self, reason: str) -> Self:
        """Every row: for the system's own work, never for an answer to a request."""
        return self._chain()


class Governed(models.Model):
    """An asset that policies govern; `class Policy` says how to reach its scope."""

    objects: models.Manager[Self] = GovernedQuerySet.as_manager()

    class Meta:
        abstract = True


__all__ = ["Governed", "GovernedQuerySet", "Principal"]
