"""Which rows would the projection have folded of the events of a story?"""

from array import array
from collections.abc import Callable
from functools import cached_property
from typing import Final

from benchmarks.graph_events import (
    DAG_SPACE,
    SCHEMAS,
    SPACES,
    dag_name,
    dataset_name,
    dataset_space,
    job_name,
    job_space,
    space_of,
)
from benchmarks.graph_rows import (
    INPUT,
    NONE,
    OUTPUT,
    Evidence,
    Lines,
    dataset_id,
    event_id,
    hexed,
    job_id,
    line,
    listed,
)
from benchmarks.graph_shape import COLUMNS, DAG
from catalog.models import DatasetVersion, Job
from lineage.models import Edge, Run
from lineage.projection.facts import EMPTY_DEFINITION, read_facet
from lineage.projection.job_versions import Definition

DAG_SPACE_ID: Final = 2 * SPACES + 1


class Folds(Evidence):
    """The evidence of a story, and what it comes to."""

    @property
    def tables(self) -> dict[str, Callable[[], Lines]]:
        """What is copied where."""
        return {
            "catalog_namespace (id, name, first_seen, last_seen, created_at,"
            " updated_at)": self.namespaces,
            "lineage_producer (id, uri, first_seen, last_seen, event_count)": (
                self.producers
            ),
            "catalog_facet (id, scope, key, digest, body, is_deleted, definition)": (
                self.facets
            ),
            "lineage_columnderivation (id, facet_id, out_field, dataset_id, in_field,"
            " type, subtype, masking, description)": self.column_derivations,
            "lineage_event (id, digest, recorded_at, event_time, kind, type, status,"
            " projector, size_bytes, producer_id, job_id, run_id, run_facets,"
            " job_facets, error)": self.events,
            "lineage_acceptance (event_id, principal_id, inert_hash, recorded_at)": (
                self.acceptances
            ),
            "lineage_ioevidence (event_id, dataset_id, direction, facets)": (
                self.io_evidence
            ),
            "lineage_run (id, job_id, run_id, external_id, state, state_event,"
            " decided_at, started_at, start_at, ended_at, first_event_at,"
            " last_event_at, stub_at, parent_id, is_streaming, is_snapshot, io_event,"
            " counts, job_version, facets, facet_events, job_facets, job_facet_events,"
            " created_at, updated_at)": self.runs,
            "lineage_rundataset (run_id, dataset_id, direction, facets, facet_events,"
            " last_event)": self.run_datasets,
            "catalog_job (id, namespace_id, name, first_seen, last_seen, facets,"
            " facet_events, effective_kind, effective_run, created_at, updated_at)": (
                self.jobs
            ),
            "catalog_jobversion (job_id, definition, inputs, outputs, first_at,"
            " last_at)": self.job_versions,
            "catalog_dataset (id, canonical_id, namespace_id, name, first_seen,"
            " last_seen, last_written, facets, facet_events, created_at, updated_at)": (
                self.datasets
            ),
            "catalog_datasetversion (dataset_id, origin, definition, first_at, last_at,"
            " facet_id, facet_event)": self.dataset_versions,
            "catalog_column (dataset_id, name)": self.columns,
            "lineage_edge (job_id, dataset_id, direction, status, counted, first_event,"
            " last_event, first_at, last_at)": self.edges,
            "lineage_columnsource (job_id, dataset_id, facet_id, is_effective,"
            " first_event, last_event, first_at, last_at)": self.column_sources,
        }

    @cached_property
    def read(self) -> tuple["array[int]", "array[int]"]:
        """The first and the last event that reads each dataset."""
        first = array("q", [NONE]) * self.shape.datasets
        last = array("q", [NONE]) * self.shape.datasets
        for job in range(self.shape.jobs):
            for dataset, runs in self.spans(job).items():
                begins, ends = self.end(job, runs[0]), self.end(job, runs[-1])
                if first[dataset] == NONE or begins < first[dataset]:
                    first[dataset] = begins
                last[dataset] = max(last[dataset], ends)
        return first, last

    def seen(self, dataset: int) -> tuple[int, int]:
        """The first and the last event about a dataset; NONE if there is none."""
        first, last = (events[dataset] for events in self.read)
        job = dataset - self.shape.width
        if job < 0:
            return first, last
        return self.end(job, 0), max(self.end(job, self.shape.runs - 1), last)

    def namespaces(self) -> Lines:
        seen: dict[int, tuple[int, int]] = {}

        def see(pk: int, first: int, last: int) -> None:
            begins, ends = seen.get(pk, (first, last))
            seen[pk] = min(begins, first), max(ends, last)

        runs = self.shape.runs
        for job in range(self.shape.jobs):
            span = self.begin(job, 0), self.end(job, runs - 1)
            see(SPACES + 1 + space_of(job), *span)
            see(DAG_SPACE_ID, *span)
        for dataset in range(self.shape.datasets):
            first, last = self.seen(dataset)
            if first != NONE:
                see(1 + space_of(dataset), first, last)
        names = [
            *map(dataset_space, range(SPACES)),
            *map(job_space, range(SPACES)),
            DAG_SPACE,
        ]
        for pk, (first, last) in sorted(seen.items()):
            told = self.at(first), self.at(last)
            yield line(
                pk, names[pk - 1], *told, self.recorded(first), self.recorded(last)
            )

    def runs(self) -> Lines:
        for run in range(self.shape.runs):
            for job in range(self.shape.jobs):
                yield self.run(job, run)
        for run in range(self.shape.runs):
            for dag in range(self.shape.dags):
                first, _ = self.members(dag)
                stub, recorded = self.begin(first, run), self.recorded
                yield line(
                    *(self.parent_pk(dag, run), self.shape.jobs + dag + 1),
                    *(self.story.parent_id(dag, run), "", 0),
                    *(None, None, None, None, None, None, None),
                    *(self.at(stub), None, "f", "f", None, "f"),
                    *(None, None, None, None, None),
                    *(recorded(stub), recorded(stub)),
                )

    def run(self, job: int, run: int) -> str:
        begin, end = self.begin(job, run), self.end(job, run)
        begins, ends, last = self.at(begin), self.at(end), event_id(end)
        counts = self.shape.completes(job, run)
        dag, told = job // DAG, listed(last)
        return line(
            *(self.run_pk(job, run), job_id(job), self.story.run_id(job, run), ""),
            int(Run.State.COMPLETED if counts else Run.State.FAILED),
            *(last, ends, begins, begins, ends, begins, ends, None),
            *(self.parent_pk(dag, run), "f", "f", last, "t" if counts else "f"),
            hexed(self.definition(job, run).digest),
            *(listed(self.parent_facet(dag, run)), told),
            *(listed(self.job_type_facet), told),
            *(self.recorded(begin), self.recorded(end)),
        )

    def definition(self, job: int, run: int) -> Definition:
        inputs = sorted(map(dataset_id, self.shape.read_by(job, run)))
        output = dataset_id(self.shape.output(job))
        return Definition(tuple(inputs), (output,), None, None)

    def run_datasets(self) -> Lines:
        for job, run, dataset, direction in self.io():
            event = event_id(self.end(job, run))
            facets, events = None, None
            if direction == OUTPUT:
                facets, events = self.output_facets(job, run), listed(event, event)
            way = dataset_id(dataset), direction
            yield line(self.run_pk(job, run), *way, facets, events, event)

    def jobs(self) -> Lines:
        runs = self.shape.runs
        for job in range(self.shape.jobs):
            first, last = self.begin(job, 0), self.end(job, runs - 1)
            effective = self.shape.effective_run(job)
            is_run = self.shape.completes(job, effective)
            kind = Job.EffectiveKind.RUN if is_run else Job.EffectiveKind.ATTEMPT
            yield line(
                *(job_id(job), SPACES + 1 + space_of(job), job_name(job)[1]),
                *(self.at(first), self.at(last)),
                *(listed(self.job_type_facet), listed(event_id(last))),
                *(int(kind), self.run_pk(job, effective)),
                *(self.recorded(first), self.recorded(last)),
            )
        for dag in range(self.shape.dags):
            one, other = self.members(dag)
            first, last = self.begin(one, 0), self.end(other, runs - 1)
            yield line(
                *(self.shape.jobs + dag + 1, DAG_SPACE_ID, dag_name(dag)[1]),
                *(self.at(first), self.at(last), "{}", "{}", 0, None),
                *(self.recorded(first), self.recorded(last)),
            )

    def job_versions(self) -> Lines:
        for job in range(self.shape.jobs):
            for runs in self.phases(job):
                known = self.definition(job, runs[0])
                yield line(
                    *(job_id(job), hexed(known.digest)),
                    *(listed(*known.inputs), listed(*known.outputs)),
                    self.at(self.begin(job, runs[0])),
                    self.at(self.end(job, runs[-1])),
                )

    def datasets(self) -> Lines:
        runs = self.shape.runs
        for dataset in range(self.shape.datasets):
            first, last = self.seen(dataset)
            if first == NONE:
                continue
            job = dataset - self.shape.width
            written, facets, events = None, "{}", "{}"
            if job >= 0:
                told = event_id(self.end(job, runs - 1))
                facets = self.output_facets(job, runs - 1)
                events = listed(told, told)
                completed = self.completed(job, range(runs))
                written = self.at(self.end(job, completed[-1])) if completed else None
            pk = dataset_id(dataset)
            yield line(
                *(pk, pk, 1 + space_of(dataset), dataset_name(dataset)[1]),
                *(self.at(first), self.at(last), written, facets, events),
                *(self.recorded(first), self.recorded(last)),
            )

    def dataset_versions(self) -> Lines:
        empty = hexed(EMPTY_DEFINITION)
        written, shown = (int(one) for one in DatasetVersion.Origin)
        schemas = [
            read_facet("dataset", "schema", self.story.schema(number).encode())
            for number in range(SCHEMAS)
        ]
        definitions = [hexed(one.fact.definition or b"") for one in schemas]
        first, last = self.read
        for dataset in range(self.shape.datasets):
            pk, job = dataset_id(dataset), dataset - self.shape.width
            if first[dataset] != NONE:
                span = self.at(first[dataset]), self.at(last[dataset])
                yield line(pk, shown, empty, *span, None, event_id(last[dataset]))
            completed = self.completed(job, range(self.shape.runs)) if job >= 0 else []
            if completed:
                one, other = (self.end(job, completed[at]) for at in (0, -1))
                yield line(
                    *(pk, written, definitions[job % SCHEMAS]),
                    *(self.at(one), self.at(other)),
                    *(self.schema_facet(job), event_id(other)),
                )

    def columns(self) -> Lines:
        for job in range(self.shape.jobs):
            if self.completed(job, range(self.shape.runs)):
                for name in COLUMNS:
                    yield line(dataset_id(self.shape.output(job)), name)

    def edges(self) -> Lines:
        effective, former = int(Edge.Status.EFFECTIVE), int(Edge.Status.FORMER)
        attempt, attempted = int(Edge.Status.ATTEMPT), int(Edge.Status.ATTEMPTED)
        for job in range(self.shape.jobs):
            run = self.shape.effective_run(job)
            now = {*self.shape.read_by(job, run), self.shape.output(job)}
            here = effective if self.shape.completes(job, run) else attempt
            spans = [(d, INPUT, runs) for d, runs in self.spans(job).items()]
            spans.append((self.shape.output(job), OUTPUT, range(self.shape.runs)))
            for dataset, direction, runs in spans:
                counted = bool(self.completed(job, runs))
                apart = former if counted else attempted
                yield line(
                    *(job_id(job), dataset_id(dataset), direction),
                    *(here if dataset in now else apart, "t" if counted else "f"),
                    *self.span(job, runs),
                )

    def column_sources(self) -> Lines:
        for job in range(self.shape.jobs):
            effective = self.column_facet(job, self.shape.effective_run(job))
            for runs in self.phases(job):
                facet = self.column_facet(job, runs[0])
                yield line(
                    *(job_id(job), dataset_id(self.shape.output(job)), facet),
                    "t" if facet == effective else "f",
                    *self.span(job, runs),
                )

    def span(self, job: int, runs: range) -> tuple[int, int, str, str]:
        """The first and the last event of some runs, and their times."""
        first, last = self.end(job, runs[0]), self.end(job, runs[-1])
        return event_id(first), event_id(last), self.at(first), self.at(last)
