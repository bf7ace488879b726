"""What is told of a version of a dataset?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog import facet_columns, facets
from catalog.models import Dataset, Facet
from catalog.versions import Version
from lineage.api.answers.datasets import (
    FieldAnswer,
    answer_fields,
    dataset_type,
    lifecycle_state,
    physical_name,
    source_name,
)
from lineage.api.answers.runs import RunAnswer, VersionId, answer_runs
from lineage.api.answers.tags import said_of, tags_of, united
from lineage.models import Event, IOEvidence, RunDataset
from lineage.projection.facts import EMPTY_DEFINITION
from lineage.reader import FacetBodies, Reader


@dataclass(frozen=True, slots=True)
class DatasetVersionAnswer:
    id: VersionId
    type: str
    name: str
    physical_name: str
    created_at: datetime
    version: UUID
    namespace: str
    source_name: str
    fields: list[FieldAnswer]
    tags: list[str]
    lifecycle_state: str | None
    description: str | None
    schema_version: UUID | None
    created_by: RunAnswer | None
    facets: FacetBodies


@dataclass(frozen=True, slots=True)
class Origin:
    """The event that showed a version first, and with which facets of the dataset."""

    event: Event
    facets: list[Facet]


def answer_dataset_versions(
    dataset: Dataset, versions: Sequence[Version], reader: Reader
) -> list[DatasetVersionAnswer]:
    """Tell of versions of one dataset `with_names()`; a fixed number of queries."""
    is_linked = reader.linked_datasets.filter(pk=dataset.pk).exists()
    origins = _origins(dataset, versions)
    schemas = facets.load(v.facet_id for v in versions if v.facet_id is not None)
    made_by = [origin.event.run_id for origin in origins.values()]
    runs = list(reader.runs.filter(pk__in=[run for run in made_by if run is not None]))
    told = dict(zip((run.pk for run in runs), answer_runs(runs, reader), strict=True))
    said = said_of([dataset])[dataset.pk]
    hidden = reader.hidden_columns([dataset.pk]).of.get(dataset.pk, frozenset())
    answers = []
    for version in versions:
        origin = origins.get(version.definition)
        by_key = {facet.key: facet for facet in origin.facets} if origin else {}
        schema = schemas[version.facet_id] if version.facet_id else None
        if schema is not None:
            by_key["schema"] = schema
        by_key = facet_columns.shown(by_key, hidden)
        run = origin.event.run_id if origin else None
        answers.append(
            DatasetVersionAnswer(
                id=VersionId(dataset.namespace.name, dataset.name, version.id),
                type=dataset_type(by_key),
                name=dataset.name,
                physical_name=physical_name(dataset, by_key),
                created_at=version.first_at,
                version=version.id,
                namespace=dataset.namespace.name,
                source_name=source_name(by_key),
                fields=answer_fields(
                    by_key.get("schema") if schema else None, by_key, said
                ),
                tags=united(tags_of(by_key.get("tags")), said),
                lifecycle_state=lifecycle_state(by_key),
                description=facets.text(by_key.get("documentation"), "description"),
                schema_version=version.id if schema else None,
                created_by=told.get(run) if run is not None else None,
                facets=reader.bodies(by_key.values(), lineage=is_linked),
            )
        )
    return answers


def _origins(dataset: Dataset, versions: Sequence[Version]) -> dict[bytes, Origin]:
    """Where each definition comes from, by definition."""
    names = [name.pk for name in dataset.names.all()]
    # By the index on event time: dataset alone leads to no evidence.
    events = Event.objects.filter(
        event_time__in={version.first_at for version in versions},
        status=Event.Status.APPLIED,
    ).in_bulk()
    evidence = IOEvidence.objects.filter(event__in=list(events), dataset__in=names)
    rows: dict[tuple[datetime, bytes], list[IOEvidence]] = defaultdict(list)
    held = facets.in_force(
        {
            index: [(row.facets or (), row.facets or ())]
            for index, row in enumerate(evidence)
        }
    )
    shown = {row.pk: held[index] for index, row in enumerate(evidence)}
    for row in evidence:
        event = events[row.event_id]
        rows[event.event_time, _definition(shown[row.pk])].append(row)
    first = {
        version.definition: min(
            found, key=lambda row: (-row.direction, bytes(events[row.event_id].digest))
        )
        for version in versions
        if (found := rows.get((version.first_at, version.definition)))
    }
    of_runs = _of_runs([(row, events[row.event_id]) for row in first.values()])
    return {
        definition: Origin(events[row.event_id], of_runs.get(row.pk) or shown[row.pk])
        for definition, row in first.items()
    }


def _definition(shown: list[Facet]) -> bytes:
    for facet in shown:
        if facet.scope == Facet.Scope.DATASET and facet.definition is not None:
            return bytes(facet.definition)
    return EMPTY_DEFINITION


def _of_runs(
    shown: Sequence[tuple[IOEvidence, Event]],
) -> dict[tuple[int, int, int], list[Facet]]:
    """What the whole run of an event said of the dataset, by the evidence's key."""
    by_run = {
        (event.run_id, row.dataset_id, row.direction): row.pk
        for row, event in shown
        if event.run_id is not None
    }
    folds = [
        fold
        for fold in RunDataset.objects.filter(
            run__in={run for run, _, _ in by_run},
            dataset__in={dataset for _, dataset, _ in by_run},
        )
        if (fold.run_id, fold.dataset_id, fold.direction) in by_run
    ]
    held = facets.in_force(
        {
            index: [(fold.facets or (), fold.facet_events or ())]
            for index, fold in enumerate(folds)
        }
    )
    return {
        by_run[fold.run_id, fold.dataset_id, fold.direction]: held[index]
        for index, fold in enumerate(folds)
    }
