"""How does what people declare of a dataset follow it when it is renamed?"""

from django.db import transaction
from django.db.models import Exists, OuterRef

from catalog.models import Change, Dataset
from catalog.services.carrying import carry_over
from lineage.models import CarriedOver, DatasetAlias

AT_ONCE = 500
_REASON = "the system follows a rename, whoever may see it"


def follow_renames() -> int:
    """Carry statements over for renames that are new; returns how many renames.

    Once for each: a steward may undo it, and it stays undone. At most AT_ONCE at a
    time; the next call goes on.
    """
    # By the partial index on renames.
    known = DatasetAlias.objects.filter(kind=DatasetAlias.Kind.RENAME)
    followed = CarriedOver.objects.filter(
        dataset_id=OuterRef("dataset_id"), former_id=OuterRef("alias_id")
    )
    new = known.exclude(Exists(followed)).order_by("first_at", "dataset_id", "alias_id")
    pairs = list(new.values_list("dataset_id", "alias_id")[:AT_ONCE])
    return sum(_follow(*pair) for pair in pairs)


@transaction.atomic
def _follow(dataset_id: int, former_id: int) -> bool:
    followed, is_new = CarriedOver.objects.get_or_create(
        dataset_id=dataset_id, former_id=former_id
    )
    if not is_new:
        return False  # another worker was quicker
    ids = Dataset.objects.unrestricted(_REASON).in_bulk([dataset_id, former_id])
    canonical = {row.canonical_id for row in ids.values()}
    if len(canonical) == 2:
        rows = (
            Dataset.objects.unrestricted(_REASON)
            .select_related("namespace")
            .in_bulk(canonical)
        )
        followed.change = carry_over(
            rows[ids[former_id].canonical_id],
            rows[ids[dataset_id].canonical_id],
            via=Change.Via.SYSTEM,
        )
        followed.save(update_fields=["change"])
    return True
