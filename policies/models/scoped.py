"""How far does something reach in the tree of scopes, as columns say it?"""

from django.db import models
from django.db.models import Q

from policies.models.grants import Reach


class Scoped(models.Model):
    """A row with a scope as a Grant has one: `reach`, and what it leads to.

    `scope_id` is the id of a domain, a tag or an asset; they lie in apps above.
    """

    reach = models.CharField(max_length=16, choices=Reach, default=Reach.EVERYTHING)
    namespace_glob = models.CharField(max_length=1024, blank=True)
    asset_kind = models.CharField(max_length=16, blank=True)  # of reach `asset`
    scope_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def scope_fields(self) -> dict[str, str | int | None]:
        """The columns that make its scope."""
        return {
            "reach": self.reach,
            "namespace_glob": self.namespace_glob,
            "asset_kind": self.asset_kind,
            "scope_id": self.scope_id,
        }


def scope_constraint(name: str) -> models.CheckConstraint:
    """Exactly those columns are filled that the reach needs."""
    everything = Q(
        reach=Reach.EVERYTHING, namespace_glob="", asset_kind="", scope_id=None
    )
    namespaces = Q(reach=Reach.NAMESPACE, asset_kind="", scope_id=None)
    branch = Q(
        reach__in=[Reach.DOMAIN, Reach.TAG],
        namespace_glob="",
        asset_kind="",
        scope_id__isnull=False,
    )
    asset = Q(reach=Reach.ASSET, namespace_glob="", scope_id__isnull=False)
    return models.CheckConstraint(
        condition=everything
        | (namespaces & ~Q(namespace_glob=""))
        | branch
        | (asset & ~Q(asset_kind="")),
        name=name,
    )
