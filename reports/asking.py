"""Who asks for a report, about which time, and what does it turn out to tell of?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from catalog.hidden_columns import HiddenColumns
from catalog.models import Dataset, Job
from lineage.reader import Reader
from policies.actions import Action
from policies.models import Principal
from reports import rights
from reports.documents import Counts


@dataclass
class Asking:
    """One making of a report: `principal` has the rights by which everything is read.

    `since` and `until` bound event time; `recorded_at`, recorded time.
    """

    principal: Principal
    since: datetime
    until: datetime
    recorded_at: datetime
    counts: Counts = field(default_factory=Counts)
    _columns: dict[int, list[str]] = field(default_factory=dict)
    _told: dict[tuple[Action, str], set[int]] = field(
        default_factory=lambda: defaultdict(set)
    )

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.principal)

    def may(self, action: Action, asset: Dataset | Job) -> bool:
        """Whether the requester may do `action` on an asset, which is told of then."""
        if not rights.may(self.principal, action, asset):
            return False
        self.tells(action, asset)
        return True

    def tells(self, action: Action, *assets: Dataset | Job) -> None:
        """Note that the report tells of assets what one needs `action` to know."""
        for asset in assets:
            model = "dataset" if isinstance(asset, Dataset) else "job"
            self._told[action, model].add(asset.pk)

    def tells_by_id(self, action: Action, model: str, ids: Iterable[int]) -> None:
        """`tells`, by ids of a model's rows."""
        self._told[action, model] |= set(ids)

    def tells_columns(self, dataset: int, hidden: HiddenColumns) -> None:
        """Note that the report tells of a dataset's columns, hidden ones left out."""
        self._columns[dataset] = sorted(hidden.of.get(dataset, ()))

    def tells_at_large(self, action: Action) -> None:
        """Note that one needs `action` on everything to know what the report tells."""
        self._told[action, ""] = set()

    def told_of(self, model: str) -> set[int]:
        """The ids of a model's rows that the report tells anything of."""
        return {
            pk for (_, told), ids in self._told.items() if told == model for pk in ids
        }

    @property
    def needs(self) -> list[list[object]]:
        """The rights that a reader of the report needs, as it is stored."""
        needs: list[list[object]] = [
            [str(action), model, sorted(ids)]
            for (action, model), ids in sorted(self._told.items())
            if ids or not model
        ]
        columns = [list(told) for told in sorted(self._columns.items())]
        return [*needs, [str(Action.ASSET_VIEW), rights.COLUMNS, columns]]
