"""Which successors of what is deprecated may somebody be told of?"""

from collections.abc import Iterable
from typing import Any

from catalog.curation.subjects import Asker, open_to
from catalog.models import Attribute, Dataset, Job
from policies.actions import Action

ENDS: dict[str, type[Any]] = {"successor_dataset": Dataset, "successor_job": Job}


def conceal_successors[R](rows: Iterable[R], asker: Asker) -> list[R]:
    """The same statements, without the successors that `asker` may not see.

    The rows are changed in memory, and are not to be saved. A query or two, if any.
    """
    shown = list(rows)
    for name, model in ENDS.items():
        naming = [
            row
            for row in shown
            if isinstance(row, Attribute) and getattr(row, f"{name}_id") is not None
        ]
        if not naming:
            continue
        ids = list({getattr(row, f"{name}_id") for row in naming})
        known = open_to(model, asker, Action.ASSET_VIEW).filter(pk__among=ids)
        seen = set(known.values_list("pk", flat=True))
        for row in naming:
            if getattr(row, f"{name}_id") not in seen:
                setattr(row, name, None)
    return shown
