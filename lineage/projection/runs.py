"""What is the state of each run, and what did it read and write?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog.models import Facet
from lineage.facets.job import JobType
from lineage.facets.run import Ancestor, Parent
from lineage.projection.evidence import OUTPUT, Evidence
from lineage.projection.facts import FacetFact, Moment
from lineage.projection.merging import RANKS, STATES, FacetFold, Held, greatest, least
from lineage.projection.rows import array, transpose
from lineage.projection.work import Work

JOB_TYPE = (Facet.Scope.JOB, "jobType")
LIFECYCLE = (Facet.Scope.DATASET, "lifecycleStateChange")
COLUMN_LINEAGE = (Facet.Scope.DATASET, "columnLineage")
JOB_LINEAGE = (Facet.Scope.JOB, "lineage")
DATASET_LINEAGE = (Facet.Scope.DATASET, "lineage")
STREAMING = ("STREAMING", "SERVICE")
# Run.State
RUNNING, COMPLETED, ABORTED, FAILED = 1, 2, 3, 4

# By primary key.
LOAD_RUNS = """
SELECT id, job_id, run_id, external_id, state, state_event, decided_at, start_at,
       first_event_at, last_event_at, stub_at, parent_id, root_id, nominal_start,
       nominal_end, is_streaming, is_snapshot, io_event, counts, job_version, facets,
       facet_events, job_facets, job_facet_events, former_ancestors, has_streamed
FROM lineage_run WHERE id = ANY(%s)
"""
# By primary key.
LOAD_RUN_DATASETS = """
SELECT run_id, dataset_id, direction, facets, facet_events, last_event
FROM lineage_rundataset WHERE run_id = ANY(%s)
"""
ADD_RUNS = """
INSERT INTO lineage_run (id, job_id, run_id, external_id, state, state_event,
  decided_at, started_at, start_at, ended_at, first_event_at, last_event_at, stub_at,
  parent_id, root_id, nominal_start, nominal_end, is_streaming, has_streamed,
  is_snapshot, io_event, counts, job_version, facets, facet_events, job_facets,
  job_facet_events, former_ancestors, updated_at, created_at)
SELECT id, job_id, run_id, external_id, state, state_event, decided_at, started_at,
  start_at, ended_at, first_event_at, last_event_at, stub_at, parent_id, root_id,
  nominal_start, nominal_end, is_streaming, has_streamed, is_snapshot, io_event, counts,
  job_version, facets::bigint[], facet_events::bigint[], job_facets::bigint[],
  job_facet_events::bigint[], former_ancestors::bigint[], coalesce(updated_at, %s),
  coalesce(updated_at, %s)
FROM unnest(
  %s::bigint[], %s::text[], %s::smallint[], %s::bigint[], %s::timestamptz[],
  %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
  %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::timestamptz[],
  %s::timestamptz[], %s::boolean[], %s::boolean[], %s::boolean[], %s::bigint[],
  %s::boolean[], %s::bytea[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::text[], %s::bigint[], %s::uuid[]
) AS w(id, external_id, state, state_event, decided_at, started_at, start_at, ended_at,
  first_event_at, last_event_at, stub_at, parent_id, root_id, nominal_start,
  nominal_end, is_streaming, has_streamed, is_snapshot, io_event, counts, job_version,
  updated_at, facets, facet_events, job_facets, job_facet_events, former_ancestors,
  job_id, run_id)
"""
# By primary key.
SAVE_RUNS = """
UPDATE lineage_run AS r SET
  external_id = w.external_id, state = w.state, state_event = w.state_event,
  decided_at = w.decided_at, started_at = w.started_at, start_at = w.start_at,
  ended_at = w.ended_at, first_event_at = w.first_event_at,
  last_event_at = w.last_event_at, stub_at = w.stub_at, parent_id = w.parent_id,
  root_id = w.root_id, nominal_start = w.nominal_start, nominal_end = w.nominal_end,
  is_streaming = w.is_streaming, has_streamed = w.has_streamed,
  is_snapshot = w.is_snapshot, io_event = w.io_event, counts = w.counts,
  job_version = w.job_version, facets = w.facets::bigint[],
  facet_events = w.facet_events::bigint[], job_facets = w.job_facets::bigint[],
  job_facet_events = w.job_facet_events::bigint[],
  former_ancestors = w.former_ancestors::bigint[],
  updated_at = greatest(r.updated_at, w.updated_at)
FROM unnest(
  %s::bigint[], %s::text[], %s::smallint[], %s::bigint[], %s::timestamptz[],
  %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
  %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::timestamptz[],
  %s::timestamptz[], %s::boolean[], %s::boolean[], %s::boolean[], %s::bigint[],
  %s::boolean[], %s::bytea[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::text[]
) AS w(id, external_id, state, state_event, decided_at, started_at, start_at, ended_at,
  first_event_at, last_event_at, stub_at, parent_id, root_id, nominal_start,
  nominal_end, is_streaming, has_streamed, is_snapshot, io_event, counts, job_version,
  updated_at, facets, facet_events, job_facets, job_facet_events, former_ancestors)
WHERE r.id = w.id
"""
ADD_RUN_DATASETS = """
INSERT INTO lineage_rundataset
  (run_id, dataset_id, direction, facets, facet_events, last_event)
SELECT run_id, dataset_id, direction, facets::bigint[], facet_events::bigint[],
       last_event
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[], %s::text[],
            %s::bigint[])
  AS w(run_id, dataset_id, direction, facets, facet_events, last_event)
"""
# By primary key.
SAVE_RUN_DATASETS = """
UPDATE lineage_rundataset AS r SET facets = w.facets::bigint[],
  facet_events = w.facet_events::bigint[], last_event = w.last_event
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[], %s::text[],
            %s::bigint[])
  AS w(run_id, dataset_id, direction, facets, facet_events, last_event)
WHERE r.run_id = w.run_id AND r.dataset_id = w.dataset_id AND r.direction = w.direction
"""


@dataclass(slots=True)
class RunDatasetFold:
    """A run read or wrote a dataset: with which facets, and last by which event."""

    facets: FacetFold
    last_event: int
    last_moment: Moment
    is_new: bool
    changed: bool = False


@dataclass(slots=True)
class RunFold:
    """A run as its events make it. `was_*` is how it stood before this pass."""

    id: int
    job: int
    run_id: UUID
    is_new: bool
    external_id: str = ""
    state: int = 0
    state_event: int | None = None
    decided: Moment | None = None
    start_at: datetime | None = None
    first_event_at: datetime | None = None
    last_event_at: datetime | None = None
    stub_at: datetime | None = None
    parent: int | None = None
    root: int | None = None
    # Every run that an event of its named as parent or root, also one that is none now.
    ancestors: set[int] = field(default_factory=set)
    nominal_start: datetime | None = None
    nominal_end: datetime | None = None
    is_streaming: bool = False
    has_streamed: bool = False  # by any of its events, whatever later ones say
    is_snapshot: bool = False
    io_event: int | None = None
    job_version: bytes | None = None
    facets: FacetFold = field(default_factory=FacetFold)
    job_facets: FacetFold = field(default_factory=FacetFold)
    datasets: dict[tuple[int, int], RunDatasetFold] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    changed: bool = False
    updated_at: datetime | None = None  # recorded time of the latest event at hand
    was_counting: bool = False
    was_writing: bool = False
    was_parent: int | None = None
    was_key: tuple[datetime, UUID] | None = None
    was_version: bytes | None = None
    was_written: dict[int, datetime] = field(default_factory=dict)
    was_deriving: set[tuple[int, int]] = field(default_factory=set)
    was_stating: Held | None = None

    @property
    def counts(self) -> bool:
        """Its I/O can be the job's effective I/O.

        Only one that completed says by its silence that the job reads and writes
        nothing; a stream may be yet to tell.
        """
        is_flowing = self.is_streaming and self.state == RUNNING and bool(self.datasets)
        return self.state == COMPLETED or is_flowing

    @property
    def writes(self) -> bool:
        """Its outputs make dataset versions: it completed, or streamed at any time."""
        return self.state == COMPLETED or (self.is_streaming and self.state != 0)

    @property
    def is_ended(self) -> bool:
        return self.state > RUNNING

    @property
    def key(self) -> tuple[datetime, UUID]:
        """Orders the runs of a job; only of a run whose state is decided."""
        assert self.decided is not None
        return self.decided.at, self.run_id

    @property
    def started_at(self) -> datetime | None:
        return self.start_at or self.first_event_at

    def written_at(self, dataset: int, facts: dict[int, FacetFact]) -> datetime | None:
        """When it wrote one of its outputs; None if it did not, or dropped it."""
        output = self.datasets.get((dataset, OUTPUT))
        if output is None or not self.writes:
            return None
        lifecycle = output.facets.facet(LIFECYCLE, facts)
        if lifecycle is not None and is_drop(lifecycle):
            return None
        if self.state == RUNNING:
            return self.last_event_at
        return self.decided and self.decided.at

    def deriving(self) -> set[tuple[int, int]]:
        """The columnLineage facets that it holds, each with its dataset."""
        return {
            (dataset, holder.facet)
            for (dataset, direction), fold in self.datasets.items()
            if direction == OUTPUT
            and (holder := fold.facets.held.get(COLUMN_LINEAGE)) is not None
        }

    def stating(self) -> Held | None:
        """The `lineage` facet that it holds, or a tombstone of it."""
        return self.job_facets.held.get(JOB_LINEAGE)

    def note_before(self, facts: dict[int, FacetFact]) -> None:
        """Keep how it stands now, before anything is merged into it."""
        self.was_counting, self.was_writing = self.counts, self.writes
        self.was_parent, self.was_version = self.parent, self.job_version
        if self.counts:
            self.was_key, self.was_deriving = self.key, self.deriving()
            self.was_stating = self.stating()
        if self.writes:
            self.was_written = {
                dataset: at
                for dataset, direction in self.datasets
                if direction == OUTPUT
                and (at := self.written_at(dataset, facts)) is not None
            }

    def columns(self) -> list[Any]:
        """What SAVE_RUNS takes, in its order; the last five are arrays."""
        facets, facet_events = self.facets.rows()
        job_facets, job_facet_events = self.job_facets.rows()
        return [
            self.external_id, self.state, self.state_event,
            self.decided and self.decided.at, self.started_at, self.start_at,
            self.decided.at if self.decided and self.is_ended else None,
            self.first_event_at, self.last_event_at, self.stub_at, self.parent,
            self.root, self.nominal_start, self.nominal_end, self.is_streaming,
            self.has_streamed, self.is_snapshot, self.io_event, self.counts,
            self.job_version, self.updated_at, facets, facet_events, job_facets,
            job_facet_events,
            sorted(self.ancestors - {self.parent, self.root}) or None,
        ]  # fmt: skip


Runs = dict[int, RunFold]


def load_runs(work: Work, blank: Iterable[int] = ()) -> Runs:
    """Read the runs that the evidence touches, and what they read and wrote.

    Those in `blank` start from nothing but their identity.
    """
    keys = {i: key for key, i in work.registry.runs.items()}
    touched = {e.run for e in work.evidence if e.run is not None}
    touched |= keys.keys()
    runs: Runs = {}
    old = touched - work.registry.new_runs
    rows, io = (
        work.cursor.fetch_all(
            (LOAD_RUNS, (sorted(old),)), (LOAD_RUN_DATASETS, (sorted(old),))
        )
        if old
        else ([], [])
    )
    blanked = set(blank)
    work.need_facets(
        f for row in rows for array_ in (row[20], row[22]) for f in array_ or ()
    )
    work.need_facets(f for row in io for f in row[3] or ())
    work.need_moments(
        event
        for row in rows
        for event in (row[5], row[17], *(row[21] or ()), *(row[23] or ()))
    )
    work.need_moments(event for row in io for event in (row[5], *(row[4] or ())))
    for row in rows:
        runs[row[0]] = (
            RunFold(row[0], row[1], row[2], is_new=False, changed=True)
            if row[0] in blanked
            else _loaded(row, work)
        )
    for i, dataset, direction, facets, events, last_event in io:
        if i not in blanked:
            runs[i].datasets[dataset, direction] = RunDatasetFold(
                FacetFold.load(facets, events, work.facts, work.moments),
                last_event,
                work.moments[last_event],
                is_new=False,
            )
    for run in runs.values():
        run.note_before(work.facts)
    for i in work.registry.new_runs:
        job, run_id = keys[i]
        runs[i] = RunFold(i, job, run_id, is_new=True)
    return runs


def _loaded(row: tuple[Any, ...], work: Work) -> RunFold:
    (
        i, job, run_id, external_id, state, state_event, _, start_at, first_event_at,
        last_event_at, stub_at, parent, root, nominal_start, nominal_end, is_streaming,
        is_snapshot, io_event, _, job_version, facets, facet_events, job_facets,
        job_facet_events, former_ancestors, has_streamed,
    ) = row  # fmt: skip
    decided = work.moments[state_event] if state_event else None
    ancestors = {parent, root, *(former_ancestors or ())} - {None}
    return RunFold(
        i, job, run_id, False, external_id, state, state_event, decided, start_at,
        first_event_at, last_event_at, stub_at, parent, root, ancestors, nominal_start,
        nominal_end, is_streaming, has_streamed, is_snapshot, io_event,
        job_version and bytes(job_version),
        FacetFold.load(facets, facet_events, work.facts, work.moments),
        FacetFold.load(job_facets, job_facet_events, work.facts, work.moments),
    )  # fmt: skip


def merge_runs(work: Work, runs: Runs) -> None:
    """Merge the evidence into the runs."""
    for evidence in work.evidence:
        if evidence.run is not None:
            run = runs[evidence.run]
            _merge_event(work, run, evidence)
            _merge_stubs(work, runs, run, evidence)


def _merge_event(work: Work, run: RunFold, evidence: Evidence) -> None:
    moment = evidence.moment
    run.changed = True
    run.updated_at = greatest(run.updated_at, evidence.recorded_at)
    run.evidence.append(evidence)
    run.external_id = _least_text(run.external_id, evidence.external_run_id)
    run.first_event_at = least(run.first_event_at, moment.at)
    run.last_event_at = greatest(run.last_event_at, moment.at)
    if evidence.type == 1:
        run.start_at = least(run.start_at, moment.at)
    rank = RANKS[evidence.type]
    held = 2 if run.is_ended else 1 if run.state else 0
    if rank and (rank, moment) > (held, run.decided or moment):
        run.state = STATES[evidence.type]
        run.state_event, run.decided = evidence.event, moment
    for facet in evidence.run_facets:
        fact = work.facts[facet]
        if run.facets.merge(facet, fact, moment, evidence.event):
            _derive_from_run_facet(work, run, evidence, fact)
    for facet in evidence.job_facets:
        fact = work.facts[facet]
        run.job_facets.merge(facet, fact, moment, evidence.event)
        run.has_streamed |= is_of_stream(fact)
    fact_of_type = run.job_facets.facet(JOB_TYPE, work.facts)
    job_type: JobType | None = fact_of_type.value if fact_of_type else None
    run.is_streaming = fact_of_type is not None and is_of_stream(fact_of_type)
    run.is_snapshot = (
        job_type is not None and job_type.event_content_mode == "COMPLETE_SNAPSHOT"
    )
    _merge_io(work, run, evidence)


def is_of_stream(fact: FacetFact) -> bool:
    """Does the facet of a job say that it streams?"""
    if (fact.scope, fact.key) != JOB_TYPE or fact.value is None:
        return False
    job_type: JobType = fact.value
    return job_type.processing_type in STREAMING


def _derive_from_run_facet(
    work: Work, run: RunFold, evidence: Evidence, fact: FacetFact
) -> None:
    if fact.key == "parent":
        run.parent, run.root = linked_runs(work, evidence, fact.value, run.id)
    elif fact.key == "nominalTime":
        run.nominal_start = fact.value and fact.value.start
        run.nominal_end = fact.value and fact.value.end


def linked_runs(
    work: Work, evidence: Evidence, value: Parent | None, own: int | None = None
) -> tuple[int | None, int | None]:
    """The parent and the root that a parent facet names, where the sender may."""
    if value is None:
        return None, None
    found = [_linked_run(work, evidence, named) for named in (value.parent, value.root)]
    return (None if found[0] == own else found[0]), (
        None if found[1] == own else found[1]
    )


def _linked_run(work: Work, evidence: Evidence, named: Ancestor | None) -> int | None:
    if named is None or is_inert(evidence, "job", named.job_namespace, named.job_name):
        return None
    job = work.registry.job((named.job_namespace, named.job_name))
    return work.registry.run((job, named.run_id))


def is_inert(evidence: Evidence, kind: str, namespace: str, name: str) -> bool:
    """Was this assertion outside the scope of everyone who sent the event?"""
    return bool(evidence.inert) and f"{kind} {namespace} {name}" in evidence.inert


def _merge_stubs(work: Work, runs: Runs, child: RunFold, evidence: Evidence) -> None:
    at = evidence.moment.at
    for facet in evidence.run_facets:
        fact = work.facts[facet]
        if fact.key != "parent" or fact.value is None:
            continue
        for named in fact.value.ancestors:
            stub = _linked_run(work, evidence, named)
            if stub is not None:
                run = runs[stub]
                external_id = _least_text(run.external_id, named.external_run_id)
                run.changed |= run.stub_at is None or at < run.stub_at
                run.changed |= external_id != run.external_id
                run.stub_at, run.external_id = least(run.stub_at, at), external_id
                run.updated_at = greatest(run.updated_at, evidence.recorded_at)
                child.ancestors.add(stub)


def is_drop(fact: FacetFact) -> bool:
    """Does the facet of a dataset say that it was dropped?"""
    return (
        (fact.scope, fact.key) == LIFECYCLE
        and fact.value is not None
        and fact.value.state == "DROP"
    )


def _least_text(a: str, b: str | None) -> str:
    return min(a, b) if a and b else a or b or ""


def _merge_io(work: Work, run: RunFold, evidence: Evidence) -> None:
    for dataset, direction, facets in evidence.io:
        fold = run.datasets.get((dataset, direction))
        if fold is None:
            fold = run.datasets[dataset, direction] = RunDatasetFold(
                FacetFold(), evidence.event, evidence.moment, is_new=True
            )
        elif evidence.moment > fold.last_moment:
            fold.last_event, fold.last_moment = evidence.event, evidence.moment
            fold.changed = True
        for facet in facets:
            fold.facets.merge(facet, work.facts[facet], evidence.moment, evidence.event)
    if evidence.io and (
        run.io_event is None or evidence.moment > work.moments[run.io_event]
    ):
        run.io_event = evidence.event


def save_runs(work: Work, runs: Runs) -> None:
    """Write the runs and what they read and wrote."""
    new = [run for run in runs.values() if run.is_new]
    old = [run for run in runs.values() if run.changed and not run.is_new]
    if new:
        rows = [[*_row(run), run.job, run.run_id] for run in sorted(new, key=_id)]
        now = work.registry.recorded_at  # of one that only an inert assertion names
        work.cursor.write(ADD_RUNS, now, now, *transpose(rows, 29))
    if old:
        rows = [_row(run) for run in sorted(old, key=_id)]
        work.cursor.write(SAVE_RUNS, *transpose(rows, 27))
    _save_run_datasets(work, runs)


def _id(run: RunFold) -> int:
    return run.id


def _row(run: RunFold) -> list[Any]:
    columns = run.columns()
    return [run.id, *columns[:21], *map(array, columns[21:])]


def _save_run_datasets(work: Work, runs: Runs) -> None:
    folds = [
        (run.id, dataset, direction, fold)
        for run in sorted(runs.values(), key=lambda run: run.id)
        for (dataset, direction), fold in sorted(
            run.datasets.items(), key=lambda item: item[0]
        )
        if fold.is_new or fold.changed or fold.facets.changed
    ]
    for statement, is_new in ((ADD_RUN_DATASETS, True), (SAVE_RUN_DATASETS, False)):
        rows = [
            (r, d, way, *map(array, f.facets.rows()), f.last_event)
            for r, d, way, f in folds
            if f.is_new == is_new
        ]
        if rows:
            work.cursor.write(statement, *transpose(rows, 6))
