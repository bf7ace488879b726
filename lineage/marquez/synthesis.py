"""Which OpenLineage events say what a row of Marquez's tables says?

The same row always makes the same bytes, so that a second import finds them known.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

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
    column_lineage_dataset,
    dataset_type_dataset,
    datasource_dataset,
    documentation_dataset,
    documentation_job,
    execution_parameters_run,
    job_type_job,
    lifecycle_state_change_dataset,
    nominal_time_run,
    parent_run,
    schema_dataset,
    source_code_location_job,
    symlinks_dataset,
)
from openlineage.client.serde import Serde

from lineage.composing import DECLARED, DeclaredDatasetFacet
from lineage.marquez.rows import (
    DatasetRow,
    Facets,
    Field,
    JobRow,
    RunDataset,
    RunJob,
    RunRow,
)
from lineage.redaction import scrub

PRODUCER = "urn:headwater:import_marquez"
INTEGRATION = "MARQUEZ"
EVENT_TYPES = {
    "NEW": RunState.OTHER,
    "RUNNING": RunState.RUNNING,
    "COMPLETED": RunState.COMPLETE,
    "FAILED": RunState.FAIL,
    "ABORTED": RunState.ABORT,
}
PROCESSING = {"BATCH": "BATCH", "STREAM": "STREAMING", "SERVICE": "SERVICE"}
DATASET_TYPES = {"DB_TABLE": "TABLE", "STREAM": "STREAM"}
LIFECYCLES = {
    one.value: one for one in lifecycle_state_change_dataset.LifecycleStateChange
}
NOMINAL = ("nominal_start_time", "nominal_end_time")

Keyed = dict[str, Any]


class Lost(NamedTuple):
    """Something of a row that its events do not say."""

    code: str
    reason: str


class Synthesis:
    """The events of one row, and what of the row they could not take along."""

    def __init__(self) -> None:
        self.lost: list[Lost] = []

    def _lose(self, code: str, reason: str) -> None:
        self.lost.append(Lost(code, reason))

    def of_dataset(self, row: DatasetRow) -> list[bytes]:
        """A DatasetEvent. Raises ValueError if an event cannot say it."""
        own = self._schema(row.fields) | self._lifecycle(row.lifecycle)
        if word := DATASET_TYPES.get((row.type or "").upper()):
            of_type = dataset_type_dataset.DatasetTypeDatasetFacet(datasetType=word)
            own["datasetType"] = _told(of_type)
        if row.description:
            text = documentation_dataset.DocumentationDatasetFacet(row.description)
            own["documentation"] = _told(text)
        physical = row.physical_name or row.name
        if row.schema_location or physical != row.name:
            declared = DeclaredDatasetFacet(physical, row.schema_location)
            own[DECLARED] = _told(declared)
        if row.source:
            url = scrub(row.source_url) if row.source_url else None
            source = datasource_dataset.DatasourceDatasetFacet(name=row.source, uri=url)
            own["dataSource"] = _told(source)
        if row.symlinks:
            names = [
                symlinks_dataset.Identifier(
                    one.namespace, one.name, one.type or "TABLE"
                )
                for one in row.symlinks
            ]
            own["symlinks"] = _told(symlinks_dataset.SymlinksDatasetFacet(names))
        facets = own | self._merged(row.facets)
        dataset = StaticDataset(row.namespace, row.name, facets=facets)
        return [
            _bytes(DatasetEvent(eventTime=row.at, producer=PRODUCER, dataset=dataset))
        ]

    def of_job(self, row: JobRow) -> list[bytes]:
        """A JobEvent. Raises ValueError if an event cannot say it."""
        facets = self._of_job(row) | self._merged(row.facets)
        event = JobEvent(
            eventTime=row.at,
            producer=PRODUCER,
            job=Job(row.namespace, row.name, facets),
            inputs=[InputDataset(one.namespace, one.name) for one in row.inputs or ()],
            outputs=[
                OutputDataset(one.namespace, one.name) for one in row.outputs or ()
            ],
        )
        return [_bytes(event)]

    def of_run(self, row: RunRow) -> list[bytes]:
        """A RunEvent for each state that the run went through.

        Raises ValueError if an event cannot say it.
        """
        if row.job is None:
            raise ValueError("The run names no job: job_uuid leads nowhere.")
        self._tell_of_id(row)
        transitions = list(self._transitions(row))
        job_facets = self._of_job(row.job) | self._merged(row.job_facets)
        events = []
        for index, (state, at) in enumerate(transitions):
            is_first, is_last = index == 0, index == len(transitions) - 1
            event = RunEvent(
                eventTime=at,
                producer=PRODUCER,
                eventType=state,
                run=Run(row.id, self._of_run(row) if is_first else {}),
                job=Job(
                    row.job.namespace, row.job.name, job_facets if is_first else {}
                ),
                inputs=self._inputs(row.inputs) if is_last else [],
                outputs=self._outputs(row.outputs) if is_last else [],
            )
            events.append(_bytes(event))
        return events

    def _tell_of_id(self, row: RunRow) -> None:
        given = row.external_id
        if given and given != row.id:
            reason = f"Of the run's own id {given!r} its UUID is kept."
            self._lose("external_id", reason)

    def _transitions(self, row: RunRow) -> Iterator[tuple[RunState, str]]:
        """What the run went through: its states, or else what its row remembers."""
        states = row.states or []
        if not states:
            if row.started_at and row.state != "NEW":
                states.append(("RUNNING", row.started_at))
            if row.state not in ("RUNNING", None) or not states:
                at = row.ended_at or row.started_at or row.created_at
                states.append((row.state or "NEW", at))
        is_started = False
        for word, at in states:
            state = EVENT_TYPES.get(word.upper())
            if state is None:
                self._lose(
                    "run_state", f"OpenLineage has no word for the state {word!r}."
                )
                state = RunState.OTHER
            if state is RunState.RUNNING and not is_started:
                state, is_started = RunState.START, True
            yield state, at

    def _of_run(self, row: RunRow) -> Keyed:
        facets: Keyed = {}
        args = self._arguments(row.args)
        args_start, args_end = (args.pop(name, None) for name in NOMINAL)
        start, end = row.nominal_start or args_start, row.nominal_end or args_end
        if isinstance(start, str):
            nominal = nominal_time_run.NominalTimeRunFacet(
                start, end if isinstance(end, str) else None
            )
            facets["nominalTime"] = _told(nominal)
        if row.parent is not None:
            parent = parent_run.ParentRunFacet(
                run=parent_run.Run(row.parent.id),
                job=parent_run.Job(row.parent.namespace, row.parent.name),
            )
            facets["parent"] = _told(parent)
        if args:
            parameters = [
                execution_parameters_run.ExecutionParameter(
                    key, value=value if isinstance(value, str) else json.dumps(value)
                )
                for key, value in sorted(args.items())
            ]
            told = execution_parameters_run.ExecutionParametersRunFacet(parameters)
            facets["executionParameters"] = _told(told)
        return facets | self._merged(row.run_facets)

    def _arguments(self, text: str | None) -> Keyed:
        if not text:
            return {}
        try:
            args = json.loads(text)
        except (ValueError, RecursionError):
            args = None
        if not isinstance(args, dict):
            self._lose("run_args", "The run's arguments are no JSON object.")
            return {}
        return args

    def _of_job(self, row: JobRow | RunJob) -> Keyed:
        facets: Keyed = {}
        if word := PROCESSING.get((row.type or "").upper()):
            of_type = job_type_job.JobTypeJobFacet(word, INTEGRATION)
            facets["jobType"] = _told(of_type)
        if row.description:
            text = documentation_job.DocumentationJobFacet(row.description)
            facets["documentation"] = _told(text)
        if row.location:
            place = source_code_location_job.SourceCodeLocationJobFacet(
                "git", scrub(row.location)
            )
            facets["sourceCodeLocation"] = _told(place)
        return facets

    def _inputs(self, rows: Iterable[RunDataset] | None) -> list[InputDataset]:
        return [
            InputDataset(
                one.namespace,
                one.name,
                facets=self._schema(one.fields) | self._merged(one.facets),
                inputFacets=self._merged(one.io_facets),
            )
            for one in rows or ()
        ]

    def _outputs(self, rows: Iterable[RunDataset] | None) -> list[OutputDataset]:
        return [
            OutputDataset(
                one.namespace,
                one.name,
                facets=self._schema(one.fields)
                | self._lifecycle(one.lifecycle)
                | _columns(one)
                | self._merged(one.facets),
                outputFacets=self._merged(one.io_facets),
            )
            for one in rows or ()
        ]

    def _schema(self, fields: list[Field] | None) -> Keyed:
        if not fields:
            return {}
        told = [
            schema_dataset.SchemaDatasetFacetFields(
                one.name, type=one.type, description=one.description
            )
            for one in fields
        ]
        return {"schema": _told(schema_dataset.SchemaDatasetFacet(fields=told))}

    def _lifecycle(self, word: str | None) -> Keyed:
        if not word:
            return {}
        change = LIFECYCLES.get(word.upper())
        if change is None:
            self._lose("lifecycle", f"OpenLineage has no lifecycle state {word!r}.")
            return {}
        of_type = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
            change
        )
        return {"lifecycleStateChange": _told(of_type)}

    def _merged(self, rows: Facets) -> Keyed:
        """Facets as Marquez reads them: the latest of each key."""
        merged: Keyed = {}
        for row in rows or ():
            if not isinstance(row, dict):
                self._lose("facet", "A facet is no JSON object.")
                continue
            merged |= row
        return merged


def _columns(output: RunDataset) -> Keyed:
    """Column lineage as the tables have it; where there is the facet, that one wins."""
    fields: dict[str, column_lineage_dataset.Fields] = {}
    for one in output.columns or ():
        source = column_lineage_dataset.InputField(
            one.namespace, one.dataset, one.field
        )
        if one.name in fields:
            fields[one.name].inputFields.append(source)
            continue
        fields[one.name] = column_lineage_dataset.Fields(
            inputFields=[source],
            transformationDescription=one.description,
            transformationType=one.type,
        )
    if not fields:
        return {}
    facet = column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields)
    return {"columnLineage": _told(facet)}


def _told(facet: Any) -> Mapping[str, Any]:
    facet._producer = PRODUCER
    return Serde.to_dict(facet)


def _bytes(event: Any) -> bytes:
    return Serde.to_json(event).encode()
