"""Which single assets were shared with whom: guardian's rows, by foreign keys."""

from guardian.models import UserObjectPermissionBase


class ObjectShare(UserObjectPermissionBase):
    """A principal may do one action on one asset: `permission.codename` is the action.

    An asset that can be shared has a concrete model of these, in its own app:

        class DatasetShare(ObjectShare):
            content_object = models.ForeignKey(Dataset, models.CASCADE)

    (guardian looks for this very name), and its migration ends with
    `policies.compiler.epochs.MovesPolicyEpoch("catalog_datasetshare")`. The
    compiled filter finds the model by itself.
    """

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True
