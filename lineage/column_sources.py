"""Which columns does each column of a dataset come from now, by whoever writes it?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from catalog.hidden_columns import HiddenColumns
from catalog.models import Dataset
from catalog.models.datasets import DatasetQuerySet
from lineage.job_io import canonical
from lineage.models import ColumnDerivation, ColumnSource, ExplicitEdge, ManualEdge
from lineage.reader import Reader

NO_JOB = 0


class Transformation(NamedTuple):
    """How a value comes over. Empty type: unknown; masking None: not said."""

    type: str
    subtype: str
    description: str
    masking: bool | None

    @property
    def says_anything(self) -> bool:
        return any(self)

    @property
    def former_type(self) -> str | None:
        """The one word for it of older clients, who knew IDENTITY and MASKED alone."""
        if self.masking:
            return "MASKED"
        return "IDENTITY" if self.subtype == "IDENTITY" else self.type or None


@dataclass(slots=True)
class Source:
    """A column that another one comes from, and the ways in which it does.

    `is_manual` says that people declare it, beside events or alone.
    """

    dataset: Dataset  # canonical
    column: str
    transformations: list[Transformation] = field(default_factory=list)
    is_manual: bool = False


@dataclass(slots=True)
class DerivedColumn:
    """A column and what it comes from, by (namespace, name, column)."""

    name: str
    sources: list[Source]


class _Line(NamedTuple):
    output: int  # raw dataset
    out_field: str
    input: int  # raw dataset
    in_field: str
    how: Transformation | None  # None: people declare it


def of_datasets(
    datasets: Iterable[Dataset], sources: DatasetQuerySet, reader: Reader
) -> dict[int, list[DerivedColumn]]:
    """The columns of each canonical dataset that come from columns of `sources`.

    Those that are hidden from the reader are left out.

    The datasets come from `with_names()`; the queries are of a fixed number. What
    several writers say is united. A `lineage` facet in force is the whole truth about
    its target as far as its own job goes: then that job's columnLineage is passed over.
    """
    groups = list(datasets)
    names = {name.pk: name for group in groups for name in group.names.all()}
    edges = ExplicitEdge.objects.filter(target_dataset__in=names, is_effective=True)
    explained = {
        (edge.job_id or NO_JOB, names[edge.target_dataset_id].canonical_id)
        for edge in edges
        if edge.target_dataset_id is not None
    }
    lines = [
        _stated(edge)
        for edge in edges
        if edge.target_field and edge.source_field and edge.source_dataset_id
    ]
    lines += _derived(names, explained)
    lines += _declared(names)
    by_name = canonical(sources, {line.input for line in lines})
    met = {*(group.pk for group in groups), *(one.pk for one in by_name.values())}
    hidden = reader.hidden_columns(met if lines else (), lineage=True)
    found: dict[int, dict[str, dict[tuple[int, str], Source]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for line in lines:
        dataset = by_name.get(line.input)
        output = names[line.output].canonical_id
        if dataset is None or hidden.hides(output, line.out_field):
            continue
        if hidden.hides(dataset.pk, line.in_field):
            continue
        column = found[output][line.out_field]
        source = column.setdefault(
            (dataset.pk, line.in_field), Source(dataset, line.in_field)
        )
        how = line.how and told(line.how, hidden)
        if how is None:
            source.is_manual = True
        elif how not in source.transformations:
            source.transformations.append(how)
    return {
        group.pk: [
            DerivedColumn(name, _in_order(column.values()))
            for name, column in sorted(found[group.pk].items())
        ]
        for group in groups
    }


def told(how: Transformation, hidden: HiddenColumns) -> Transformation:
    """A transformation without a description that names hidden columns."""
    return how._replace(description="") if hidden.is_mentioned(how.description) else how


def _stated(edge: ExplicitEdge) -> _Line:
    how = Transformation(edge.type, edge.subtype, edge.description, edge.masking)
    assert edge.target_dataset_id is not None
    assert edge.source_dataset_id is not None
    return _Line(
        edge.target_dataset_id,
        edge.target_field,
        edge.source_dataset_id,
        edge.source_field,
        how,
    )


def _derived(names: dict[int, Dataset], explained: set[tuple[int, int]]) -> list[_Line]:
    """The lines of the columnLineage facets in force, but those explained otherwise."""
    writers: dict[int, set[int]] = defaultdict(set)
    for row in ColumnSource.objects.filter(dataset__in=list(names), is_effective=True):
        if (row.job_id, names[row.dataset_id].canonical_id) not in explained:
            writers[row.facet_id].add(row.dataset_id)
    if not writers:
        return []
    derivations = ColumnDerivation.objects.filter(facet__in=list(writers))
    return [
        _Line(
            output,
            row.out_field,
            row.dataset_id,
            row.in_field,
            Transformation(row.type, row.subtype, row.description, row.masking),
        )
        for row in derivations.exclude(out_field="")
        for output in writers[row.facet_id]
    ]


def _declared(names: Iterable[int]) -> list[_Line]:
    """What people declare of columns now."""
    rows = ManualEdge.objects.in_force().filter(target_dataset__in=list(names))
    ends = ("target_dataset", "target_field", "source_dataset", "source_field")
    found = rows.exclude(target_field="").values_list(*ends)
    return [
        _Line(output, out_field, source, in_field, None)
        for output, out_field, source, in_field in found
    ]


def _in_order(sources: Iterable[Source]) -> list[Source]:
    for source in sources:
        source.transformations.sort(key=lambda how: (*how[:3], str(how.masking)))
    return sorted(
        sources,
        key=lambda one: (one.dataset.namespace.name, one.dataset.name, one.column),
    )
