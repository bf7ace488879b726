"""Which OpenLineage events say what a client of Marquez's routes tells?

Events are the one origin of what the catalog knows: what comes by PUT and POST is
spelt as events, and goes the way of all events.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import attr
from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.facet_v2 import (
    DatasetFacet,
    dataset_type_dataset,
    datasource_dataset,
    documentation_dataset,
    documentation_job,
    execution_parameters_run,
    job_type_job,
    nominal_time_run,
    schema_dataset,
    source_code_location_job,
    sql_job,
    tags_dataset,
)
from openlineage.client.serde import Serde

PRODUCER = "urn:headwater:api"
INTEGRATION = "MARQUEZ"
# What this facet says no standard facet has a member for.
DECLARED = "headwater_declared"
DATASET_TYPES = {"DB_TABLE": "TABLE", "STREAM": "STREAM"}
PROCESSING_TYPES = {"BATCH": "BATCH", "STREAM": "STREAMING", "SERVICE": "SERVICE"}

Name = tuple[str, str]  # namespace, name
Facets = dict[str, Any]


@attr.define
class DeclaredDatasetFacet(DatasetFacet):
    """What Marquez's clients declare of a dataset, and OpenLineage has no word for."""

    physicalName: str  # noqa: N815 - a member of the facet
    schemaLocation: str | None = None  # noqa: N815

    @staticmethod
    def _get_schema() -> str:
        return f"urn:headwater:facet:{DECLARED}"


@dataclass(frozen=True, slots=True)
class FieldTold:
    name: str
    type: str | None = None
    description: str | None = None
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DatasetTold:
    """What somebody tells of a dataset. `type` is Marquez's word."""

    namespace: str
    name: str
    type: str
    physical_name: str
    source_name: str
    source_url: str | None = None
    schema_location: str | None = None
    description: str | None = None
    fields: Sequence[FieldTold] = ()
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class JobTold:
    """What somebody tells of a job. `type` is Marquez's word."""

    namespace: str
    name: str
    type: str
    description: str | None = None
    location: str | None = None
    sql: str | None = None
    inputs: Sequence[Name] = ()
    outputs: Sequence[Name] = ()


@dataclass(frozen=True, slots=True)
class RunTold:
    """What somebody tells of a run."""

    job: Name
    id: UUID
    nominal_start: datetime | None = None
    nominal_end: datetime | None = None
    args: Mapping[str, str] = field(default_factory=dict)


def dataset_event(told: DatasetTold, at: datetime) -> bytes:
    """The DatasetEvent that describes a dataset."""
    dataset = StaticDataset(told.namespace, told.name, facets=_of_dataset(told))
    event = DatasetEvent(eventTime=spell(at), producer=PRODUCER, dataset=dataset)
    return _written(event)


def written_event(told: DatasetTold, run: RunTold, at: datetime) -> bytes:
    """The RunEvent by which a run has the dataset among its outputs."""
    output = OutputDataset(told.namespace, told.name, facets=_of_dataset(told))
    return _run_event(run, RunState.OTHER, at, outputs=[output])


def job_event(told: JobTold, at: datetime) -> bytes:
    """The JobEvent that describes a job, with what it reads and writes."""
    event = JobEvent(
        eventTime=spell(at),
        producer=PRODUCER,
        job=Job(told.namespace, told.name, _of_job(told)),
        inputs=_inputs(told.inputs),
        outputs=_outputs(told.outputs),
    )
    return _written(event)


def ran_event(told: JobTold, run: RunTold, at: datetime) -> bytes:
    """The RunEvent by which a run has the job's definition."""
    return _run_event(
        run,
        RunState.OTHER,
        at,
        job_facets=_of_job(told),
        inputs=_inputs(told.inputs),
        outputs=_outputs(told.outputs),
    )


def run_event(
    told: RunTold,
    state: RunState,
    at: datetime,
    inputs: Iterable[Name] = (),
    outputs: Iterable[Name] = (),
    job_facets: Mapping[str, Any] | None = None,
) -> bytes:
    """The RunEvent that takes a run to a state; OTHER leaves its state as it is."""
    return _run_event(
        told,
        state,
        at,
        job_facets=dict(job_facets or {}),
        inputs=_inputs(inputs),
        outputs=_outputs(outputs),
    )


def spell(at: datetime) -> str:
    """A time as events have it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _run_event(
    told: RunTold, state: RunState, at: datetime, job_facets: Any = None, **io: Any
) -> bytes:
    event = RunEvent(
        eventTime=spell(at),
        producer=PRODUCER,
        eventType=state,
        run=Run(str(told.id), _of_run(told)),
        job=Job(*told.job, job_facets or {}),
        **io,
    )
    return _written(event)


def _of_dataset(told: DatasetTold) -> Facets:
    facets: Facets = {
        "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet(
            DATASET_TYPES[told.type], producer=PRODUCER
        ),
        "dataSource": datasource_dataset.DatasourceDatasetFacet(
            name=told.source_name, uri=told.source_url, producer=PRODUCER
        ),
        DECLARED: DeclaredDatasetFacet(
            told.physical_name, told.schema_location, producer=PRODUCER
        ),
    }
    if told.fields:
        facets["schema"] = schema_dataset.SchemaDatasetFacet(
            fields=[
                schema_dataset.SchemaDatasetFacetFields(
                    one.name, type=one.type, description=one.description
                )
                for one in told.fields
            ],
            producer=PRODUCER,
        )
    if told.description:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(
            told.description, producer=PRODUCER
        )
    tags = [_tag(tag) for tag in told.tags]
    tags += [_tag(tag, one.name) for one in told.fields for tag in one.tags]
    if tags:
        facets["tags"] = tags_dataset.TagsDatasetFacet(tags, producer=PRODUCER)
    return facets


def _tag(name: str, column: str | None = None) -> Any:
    return tags_dataset.TagsDatasetFacetFields(
        name, "true", source="USER", field=column
    )


def _of_job(told: JobTold) -> Facets:
    processing = PROCESSING_TYPES[told.type]
    facets: Facets = {
        "jobType": job_type_job.JobTypeJobFacet(
            processing, INTEGRATION, producer=PRODUCER
        )
    }
    if told.description:
        facets["documentation"] = documentation_job.DocumentationJobFacet(
            told.description, producer=PRODUCER
        )
    if told.sql:
        facets["sql"] = sql_job.SQLJobFacet(told.sql, producer=PRODUCER)
    if told.location:
        facets["sourceCodeLocation"] = (
            source_code_location_job.SourceCodeLocationJobFacet(
                "git", told.location, producer=PRODUCER
            )
        )
    return facets


def _of_run(told: RunTold) -> Facets:
    facets: Facets = {}
    if told.nominal_start:
        facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(
            spell(told.nominal_start),
            spell(told.nominal_end) if told.nominal_end else None,
            producer=PRODUCER,
        )
    if told.args:
        facets["executionParameters"] = (
            execution_parameters_run.ExecutionParametersRunFacet(
                [
                    execution_parameters_run.ExecutionParameter(key, value=value)
                    for key, value in sorted(told.args.items())
                ],
                producer=PRODUCER,
            )
        )
    return facets


def _inputs(names: Iterable[Name]) -> list[InputDataset]:
    return [InputDataset(*name) for name in names]


def _outputs(names: Iterable[Name]) -> list[OutputDataset]:
    return [OutputDataset(*name) for name in names]


def _written(event: Any) -> bytes:
    return Serde.to_json(event).encode()
