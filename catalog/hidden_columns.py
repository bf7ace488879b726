"""Which columns is a reader denied, by the tags on them?

Every surface that names columns asks here. Whoever is denied no tag costs no query.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat, Left, Length

from catalog.curation.reading import Curated
from catalog.facets import Field
from catalog.models import (
    ColumnTag,
    Dataset,
    FacetTag,
    HarvestedOnDataset,
    TagAssignment,
)
from policies.access import Someone
from policies.actions import Action
from policies.compiler.column_denies import column_denies

VIEW = (Action.ASSET_VIEW,)
LINEAGE = (Action.ASSET_VIEW, Action.LINEAGE_VIEW)


@dataclass(frozen=True)
class HiddenColumns:
    """The columns that a reader is denied, of some datasets, by canonical id.

    What is nested in a hidden column is hidden with it.
    """

    of: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.of)

    def hides(self, dataset: int, column: str) -> bool:
        """Whether a column is denied itself, or one that it is nested in."""
        return is_within(column, self.of.get(dataset, frozenset()))

    def all_of(self, datasets: Iterable[int]) -> frozenset[str]:
        """The columns of some datasets, by name alone."""
        return frozenset().union(*(self.of.get(pk, frozenset()) for pk in datasets))

    def shown(self, dataset: int, fields: Iterable[Field]) -> list[Field]:
        """The columns of a schema that are left."""
        hidden = self.of.get(dataset, frozenset())
        return [one for one in fields if not is_within(one.path, hidden)]

    def leave(self, said: Mapping[int, Curated]) -> None:
        """Take what people say of the columns out of what was read for a reader."""
        for dataset, hidden in self.of.items():
            if dataset in said:
                columns = said[dataset].columns
                for column in [c for c in columns if is_within(c, hidden)]:
                    del columns[column]

    def with_others(self, others: "HiddenColumns") -> "HiddenColumns":
        """Those of these datasets and of others."""
        return HiddenColumns({**self.of, **others.of}) if others else self

    def is_mentioned(self, text: str) -> bool:
        """Whether a text, of a transformation for instance, names any of them."""
        return bool(self.of) and bool(self._mentions.search(text))

    @cached_property
    def _mentions(self) -> re.Pattern[str]:
        return mentions(column for hidden in self.of.values() for column in hidden)


NONE = HiddenColumns()


def mentions(columns: Iterable[str]) -> re.Pattern[str]:
    """What a text holds that names one of these columns, wholly or by its leaf.

    What stands beside it may be no letter or digit: `not_null_crew_ssn` names `ssn`.
    """
    names = {name for c in columns for name in (c, c.rpartition(".")[2]) if name}
    words = "|".join(re.escape(name) for name in sorted(names))
    if not words:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE)


def is_within(column: str, hidden: Collection[str]) -> bool:
    """Whether a column is one of some, or is nested in one of them."""
    if not hidden:
        return False
    if column in hidden:
        return True
    ends = (index for index, sign in enumerate(column) if sign == ".")
    return any(column[:end] in hidden for end in ends)


def hidden_columns(
    principal: Someone, datasets: Iterable[int], actions: Collection[Action] = VIEW
) -> HiddenColumns:
    """The columns of canonical datasets on which `principal` is denied an action.

    One query, or none for whoever is denied no tag.
    """
    denies = column_denies(principal, *actions)
    ids = list(datasets) if denies else []
    if not ids:
        return NONE
    of_dataset = Q(dataset__canonical__among=ids)
    assigned = (
        TagAssignment.objects.filter(of_dataset, recorded_to=None)
        .exclude(column="")
        .filter(denies.of_assigned(TagAssignment, "dataset"))
    )
    harvested = (
        HarvestedOnDataset.objects.filter(of_dataset)
        .exclude(column="")
        .filter(denies.of_harvested(HarvestedOnDataset, "dataset"))
    )
    pair = ("dataset__canonical", "column")
    found: dict[int, set[str]] = defaultdict(set)
    rows = assigned.order_by().values_list(*pair)
    for dataset, column in rows.union(harvested.order_by().values_list(*pair)):
        found[dataset].add(column)
    return HiddenColumns({pk: frozenset(columns) for pk, columns in found.items()})


def tagged_columns(datasets: Iterable[int]) -> HiddenColumns:
    """The columns of canonical datasets that have any tag, in force or rejected.

    Whatever denies there are: others than these are hidden from nobody.
    """
    names = dict(_names_of(datasets))
    assigned = TagAssignment.objects.filter(recorded_to=None, dataset__among=names)
    said = FacetTag.objects.filter(facet__tagged_datasets__among=names)
    came = ColumnTag.objects.counted().filter(dataset__among=names)
    found: dict[int, set[str]] = defaultdict(set)
    for rows, dataset in (
        (assigned, "dataset"),
        (said, "facet__tagged_datasets"),
        (came, "dataset"),
    ):
        pairs = rows.exclude(column="").order_by().values_list(dataset, "column")
        for pk, column in pairs:
            if pk in names:
                found[names[pk]].add(column)
    return HiddenColumns({pk: frozenset(columns) for pk, columns in found.items()})


def _names_of(datasets: Iterable[int]) -> Any:
    rows = Dataset.objects.unrestricted("columns are looked for under all names")
    found = rows.filter(canonical__among=list(datasets))
    return found.values_list("pk", "canonical")


def with_hidden_columns(
    principal: Someone, actions: Collection[Action] = VIEW
) -> frozenset[int]:
    """The canonical datasets that have columns which `principal` is denied.

    One query, or none for whoever is denied no tag.
    """
    denies = column_denies(principal, *actions)
    if not denies:
        return frozenset()
    assigned = (
        TagAssignment.objects.filter(recorded_to=None, dataset__isnull=False)
        .exclude(column="")
        .filter(denies.of_assigned(TagAssignment, "dataset"))
    )
    harvested = HarvestedOnDataset.objects.exclude(column="").filter(
        denies.of_harvested(HarvestedOnDataset, "dataset")
    )
    rows = assigned.order_by().values_list("dataset__canonical", flat=True)
    others = harvested.order_by().values_list("dataset__canonical", flat=True)
    return frozenset(rows.union(others))


def about_shown_columns(
    principal: Someone,
    dataset: str = "dataset",
    column: str = "column",
    actions: Collection[Action] = VIEW,
) -> Q:
    """The rows that are about no hidden column; empty where nothing is hidden.

    `dataset` is the lookup to the dataset under any of its names, and `column` that to
    the column; the latter is empty for the whole.
    """
    denies = column_denies(principal, *actions)
    if not denies:
        return Q()
    assigned = TagAssignment.objects.filter(
        denies.of_assigned(TagAssignment, "dataset"), recorded_to=None
    )
    harvested = HarvestedOnDataset.objects.filter(
        denies.of_harvested(HarvestedOnDataset, "dataset")
    )
    return ~Q(Exists(_around(assigned, dataset, column))) & ~Q(
        Exists(_around(harvested, dataset, column))
    )


def _around(rows: Any, dataset: str, column: str) -> Any:
    """The rows about the column of the query around, or one that it is nested in."""
    return (
        rows.exclude(column="")
        .filter(dataset__canonical=OuterRef(f"{dataset}__canonical"))
        .alias(
            within=Concat(F("column"), Value(".")),
            beginning=Left(OuterRef(column), Length("column") + 1),
        )
        .filter(Q(column=OuterRef(column)) | Q(beginning=F("within")))
    )
