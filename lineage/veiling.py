"""What is a reader not told of where walks lead, and do they go on behind it?"""

from collections.abc import Callable, Collection
from functools import cached_property
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import EmptyResultSet

from catalog.hidden_columns import NONE, HiddenColumns
from catalog.models.datasets import DatasetQuerySet
from catalog.models.jobs import JobQuerySet
from lineage.graph.links import fetch
from lineage.graph.veil import Column, Node
from lineage.models import ManualEdge

SOME_IDS: Final = [-1]  # what stands in a statement for the ids that it is asked about


class Told:
    """Those of some rows that a reader is told of, put into words once for all hops."""

    def __init__(self, rows: DatasetQuerySet | JobQuerySet) -> None:
        self.rows = rows

    @cached_property
    def statement(self) -> tuple[Any, tuple[Any, ...]] | None:
        """None where the rights leave nothing."""
        rows = self.rows.filter(pk__among=SOME_IDS).order_by()
        try:
            return rows.values_list("pk").query.sql_with_params()
        except EmptyResultSet:
            return None

    def among(self, ids: Collection[int]) -> set[int]:
        """By primary key."""
        if self.statement is None:
            return set()
        sql, parameters = self.statement
        asked = [sorted(ids) if one == SOME_IDS else one for one in parameters]
        return {pk for (pk,) in fetch(sql, asked)}


class ReaderVeil:
    """What the rights of a reader hide; each asset is judged once.

    It makes no difference whether something hidden was deleted: that would tell of it.
    `columns_of` tells of datasets, by id, which of their columns are denied by tags.
    """

    def __init__(
        self,
        jobs: JobQuerySet,
        datasets: DatasetQuerySet,
        *,
        hides_nothing: bool,
        columns_of: Callable[[Collection[int]], HiddenColumns],
    ) -> None:
        self.columns_of = columns_of
        self.denied = NONE
        self._asked: set[int] = set()  # datasets whose columns are judged already
        self.told = {True: Told(jobs), False: Told(datasets)}
        self.hides_nothing = hides_nothing
        self.passes = settings.HEADWATER_WALKS_HIDDEN == "PASS"
        self.tells = settings.HEADWATER_WALKS_HIDDEN != "SILENT"
        self._judged: set[Node] = set()
        self._hidden: set[Node] = set()
        self._unsaid: list[int] | None = None

    def hidden_nodes(self, nodes: Collection[Node]) -> set[Node]:
        if self.hides_nothing:
            return set()
        asked = set(nodes)
        unknown = asked - self._judged
        for is_job, rows in self.told.items():
            ids = {node.id for node in unknown if node.is_job is is_job}
            if not ids:
                continue
            self._hidden |= {Node(is_job, pk) for pk in ids - rows.among(ids)}
        self._judged |= unknown
        return asked & self._hidden

    def hidden_columns(self, columns: Collection[Column]) -> set[Column]:
        if self.hides_nothing:
            return set()
        hidden = self.hidden_nodes({Node(False, column.dataset) for column in columns})
        inside = {one for one in columns if Node(False, one.dataset) in hidden}
        return inside | self.denied_columns(set(columns) - inside)

    def denied_columns(self, columns: Collection[Column]) -> set[Column]:
        if self.hides_nothing:
            return set()
        unknown = {column.dataset for column in columns} - self._asked
        if unknown:
            self._asked |= unknown
            self.denied = self.denied.with_others(self.columns_of(unknown))
        return {one for one in columns if self.denied.hides(*one)}

    def unsaid_edges(self) -> list[int]:
        if self.hides_nothing or self.passes:
            return []
        if self._unsaid is None:
            self._unsaid = self._judge_edges()
        return self._unsaid

    def _judge_edges(self) -> list[int]:
        edges = ManualEdge.objects.in_force().exclude(source_field="")
        found = edges.values_list(
            *("pk", "source_dataset__canonical", "source_field"),
            *("target_dataset__canonical", "target_field"),
        )
        ends = {row[0]: (Column(*row[1:3]), Column(*row[3:5])) for row in found}
        denied = self.denied_columns({one for both in ends.values() for one in both})
        return sorted(pk for pk, both in ends.items() if not denied.isdisjoint(both))

    def is_unsaid(self, text: str) -> bool:
        return self.denied.is_mentioned(text)
