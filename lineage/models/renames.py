"""Which renames were followed by what people declare?"""

from django.db import models

from catalog.models import Change, Dataset


class CarriedOver(models.Model):
    """What was said of a dataset's former name has been said of its new one, once.

    No fold: it stands whatever is rebuilt, so that what a steward undid stays undone.
    """

    pk = models.CompositePrimaryKey("dataset_id", "former_id")
    dataset = models.ForeignKey(
        Dataset, models.PROTECT, related_name="+", db_constraint=False
    )
    former = models.ForeignKey(
        Dataset, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    change = models.ForeignKey(  # null: nothing was said
        Change, models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.former_id} → {self.dataset_id}"
