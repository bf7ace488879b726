"""What is told of a dataset?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog import facet_columns, facets, lifecycle, versions
from catalog.curation.reading import Curated
from catalog.facets import document, text
from catalog.models import Dataset, Facet
from lineage import column_sources, sources
from lineage.api.answers.tags import by_field, described, said_of, tags_of, united
from lineage.column_sources import DerivedColumn, Source, Transformation
from lineage.composing import DECLARED
from lineage.reader import FacetBodies, Reader

STREAMS = {"TOPIC", "STREAM"}


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    name: str
    type: str | None
    tags: list[str]
    description: str | None


@dataclass(frozen=True, slots=True)
class TransformationAnswer:
    type: str | None
    subtype: str | None
    description: str | None
    masking: bool | None


@dataclass(frozen=True, slots=True)
class InputFieldAnswer:
    namespace: str
    dataset: str
    field: str
    description: str | None
    type: str | None
    transformations: list[TransformationAnswer]


@dataclass(frozen=True, slots=True)
class ColumnAnswer:
    name: str
    inputs: list[InputFieldAnswer]
    description: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class DatasetAnswer:
    id: Dataset
    type: str
    name: str
    physical_name: str
    created_at: datetime
    updated_at: datetime
    namespace: str
    source_name: str
    fields: list[FieldAnswer]
    tags: list[str]
    last_modified_at: datetime | None
    lifecycle_state: str | None
    description: str | None
    current_version: UUID | None
    column_lineage: list[ColumnAnswer] | None
    facets: FacetBodies
    is_deleted: bool


def answer_datasets(datasets: Sequence[Dataset], reader: Reader) -> list[DatasetAnswer]:
    """Tell of canonical datasets `with_names()`, which are permitted already.

    A fixed number of queries.
    """
    if not datasets:
        return []
    held = facets.of_datasets(datasets)
    current = {
        pk: versions.current(known)
        for pk, known in versions.of_datasets(datasets).items()
    }
    schemas = facets.load(v.facet_id for v in current.values() if v and v.facet_id)
    linked = reader.linked_datasets.filter(pk__in=[one.pk for one in datasets])
    shown = set(linked.values_list("pk", flat=True))
    columns = column_sources.of_datasets(
        [one for one in datasets if one.pk in shown], reader.column_datasets, reader
    )
    hidden = reader.hidden_columns(one.pk for one in datasets)
    dropped = lifecycle.dropped(datasets, held)
    said = said_of(datasets)
    answers = []
    for dataset in datasets:
        by_key = held[dataset.pk]
        version = current[dataset.pk]
        schema = schemas.get(version.facet_id or 0) if version else None
        if schema is not None:
            by_key["schema"] = schema
        by_key = facet_columns.shown(by_key, hidden.of.get(dataset.pk, ()))
        own = said[dataset.pk]
        fields = answer_fields(by_key.get("schema") if schema else None, by_key, own)
        answers.append(
            DatasetAnswer(
                id=dataset,
                type=dataset_type(by_key),
                name=dataset.name,
                physical_name=physical_name(dataset, by_key),
                created_at=min(name.created_at for name in dataset.names.all()),
                updated_at=max(name.updated_at for name in dataset.names.all()),
                namespace=dataset.namespace.name,
                source_name=source_name(by_key),
                fields=fields,
                tags=united(tags_of(by_key.get("tags")), own),
                last_modified_at=lifecycle.last_written(dataset),
                lifecycle_state=lifecycle_state(by_key),
                description=described(
                    text(by_key.get("documentation"), "description"), own
                ),
                current_version=version.id if version else None,
                column_lineage=_columns(columns.get(dataset.pk, []), fields),
                facets=reader.bodies(by_key.values(), lineage=dataset.pk in shown),
                is_deleted=dataset.pk in dropped,
            )
        )
    return answers


def answer_fields(
    schema: Facet | None, by_key: Mapping[str, Facet], said: Curated
) -> list[FieldAnswer]:
    """The fields of the first level, with what is `said` of them beside."""
    tags = by_field(by_key.get("tags"))
    return [
        FieldAnswer(
            one.path,
            one.type,
            united(tags.get(one.path, []), said, one.path),
            described(one.description, said, one.path),
        )
        for one in facets.fields(schema)
        if not one.is_nested
    ]


def dataset_type(by_key: Mapping[str, Facet]) -> str:
    """Marquez's word for the kind of a dataset."""
    of_type = document(by_key.get("datasetType")).get("datasetType")
    return "STREAM" if str(of_type).upper() in STREAMS else "DB_TABLE"


def physical_name(dataset: Dataset, by_key: Mapping[str, Facet]) -> str:
    """The name in its store, where somebody declared one apart."""
    return text(by_key.get(DECLARED), "physicalName") or dataset.name


def source_name(by_key: Mapping[str, Facet]) -> str:
    return text(by_key.get("dataSource"), "name") or sources.DEFAULT


def lifecycle_state(by_key: Mapping[str, Facet]) -> str | None:
    return text(by_key.get("lifecycleStateChange"), "lifecycleStateChange")


def _columns(
    columns: list[DerivedColumn], fields: list[FieldAnswer]
) -> list[ColumnAnswer] | None:
    """Column lineage in the order of the fields; None where there is none."""
    order = {field.name: index for index, field in enumerate(fields)}
    columns.sort(key=lambda column: (order.get(column.name, len(order)), column.name))
    answers = []
    for column in columns:
        inputs = [_input(source) for source in column.sources]
        first = inputs[0]
        answers.append(ColumnAnswer(column.name, inputs, first.description, first.type))
    return answers or None


def _input(source: Source) -> InputFieldAnswer:
    # What people declare says nothing of how.
    first = next(iter(source.transformations), None)
    return InputFieldAnswer(
        namespace=source.dataset.namespace.name,
        dataset=source.dataset.name,
        field=source.column,
        description=(first and first.description) or None,
        type=first.former_type if first else None,
        transformations=[
            _answer(how) for how in source.transformations if how.says_anything
        ],
    )


def _answer(how: Transformation) -> TransformationAnswer:
    return TransformationAnswer(
        how.type or None, how.subtype or None, how.description or None, how.masking
    )
