"""What is a reader not told of where walks lead, and do they go on behind it?"""

from collections.abc import Collection
from typing import Any

from django.conf import settings

from catalog.models.datasets import DatasetQuerySet
from catalog.models.jobs import JobQuerySet
from lineage.graph.veil import Column, Node


class ReaderVeil:
    """What the rights of a reader hide; each asset is judged once.

    It makes no difference whether something hidden was deleted: that would tell of it.
    """

    def __init__(
        self, jobs: JobQuerySet, datasets: DatasetQuerySet, *, hides_nothing: bool
    ) -> None:
        self.told: dict[bool, Any] = {True: jobs, False: datasets}
        self.hides_nothing = hides_nothing
        self.passes = settings.HEADWATER_WALKS_HIDDEN == "PASS"
        self.tells = settings.HEADWATER_WALKS_HIDDEN != "SILENT"
        self._is_told: dict[Node, bool] = {}

    def hidden_nodes(self, nodes: Collection[Node]) -> set[Node]:
        if self.hides_nothing:
            return set()
        unknown = {node for node in nodes if node not in self._is_told}
        for is_job, rows in self.told.items():
            ids = {node.id for node in unknown if node.is_job is is_job}
            if not ids:
                continue
            told = set(rows.filter(pk__among=ids).values_list("pk", flat=True))
            self._is_told |= {Node(is_job, pk): pk in told for pk in ids}
        return {node for node in nodes if not self._is_told[node]}

    def hidden_columns(self, columns: Collection[Column]) -> set[Column]:
        hidden = self.hidden_nodes({Node(False, column.dataset) for column in columns})
        return {one for one in columns if Node(False, one.dataset) in hidden}
