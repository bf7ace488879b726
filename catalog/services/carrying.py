"""How do statements follow a dataset to the name that it was renamed to?"""

from typing import Any

from catalog.curation.kinds import KINDS, VERDICT, kind_of
from catalog.curation.reading import Curated, curated
from catalog.curation.subjects import Subject
from catalog.models import Change, Dataset, OnAsset
from catalog.services.changing import Saying, changing

# The old name stands nowhere in it: who reads the new one may not see that.
RENAMED = "It was renamed, and what was said of the old name is said of the new one."
# What belongs to a row and not to what it says.
OF_THE_ROW = {field.name for field in OnAsset._meta.fields} | {"id"}


def carry_over(old: Dataset, new: Dataset, *, via: Change.Via) -> Change | None:
    """Say of `new` what is said of `old` and its columns, as one change of the system.

    What is said of `new` already stays. Both are canonical. None if nothing was to do.
    """
    found = curated([old, new])
    sayings = list(_sayings(found[old.pk], found[new.pk], new))
    reason = RENAMED
    with changing(actor=None, via=via, reason=reason) as making:
        making.say(sayings)
    return making.made


def _sayings(before: Curated, after: Curated, new: Dataset) -> Any:
    for kind in (*KINDS.values(), VERDICT):
        yield from _missing(before.own, after.own, kind.name, Subject("dataset", new))
        for column, said in before.columns.items():
            subject = Subject("dataset", new, column)
            yield from _missing(said, after.columns[column], kind.name, subject)


def _missing(
    before: dict[str, list[Any]],
    after: dict[str, list[Any]],
    kind_name: str,
    subject: Subject,
) -> Any:
    taken = {kind_of(row).identity_of(row) for row in after.get(kind_name, [])}
    for row in before.get(kind_name, []):
        kind = kind_of(row)
        if kind.identity_of(row) not in taken:
            yield Saying(kind, subject, _said_by(row))


def _said_by(row: OnAsset) -> dict[str, Any]:
    return {
        field.name: getattr(row, field.name)
        for field in row._meta.fields
        if field.name not in OF_THE_ROW and not _is_other_subject(row, field.name)
    }


def _is_other_subject(row: OnAsset, name: str) -> bool:
    """Whether a key is for what else such statements are about: of an Ownership."""
    return name in ("domain", "product", "term") and getattr(row, name) is None
