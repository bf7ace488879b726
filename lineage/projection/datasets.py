"""What is known of each dataset name: its facets, definitions and columns?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from catalog.models import DatasetVersion, Facet
from lineage.projection.evidence import INPUT, OUTPUT, RUN, Evidence
from lineage.projection.facts import EMPTY_DEFINITION, Moment
from lineage.projection.merging import FacetFold, greatest, least
from lineage.projection.rows import array, fetch, transpose
from lineage.projection.runs import RunFold, Runs, is_drop
from lineage.projection.tags import DATASET_TAGS, holder
from lineage.projection.work import Work

SCHEMA = (Facet.Scope.DATASET, "schema")
SOURCE = (Facet.Scope.DATASET, "dataSource")
WRITTEN, READ = DatasetVersion.Origin.WRITTEN, DatasetVersion.Origin.READ

# By primary key.
LOAD_DATASETS = """
SELECT id, first_seen, last_seen, last_written, facets, facet_events
FROM catalog_dataset WHERE id = ANY(%s)
"""
# By primary key.
SAVE_DATASETS = """
UPDATE catalog_dataset AS d SET first_seen = w.first_seen, last_seen = w.last_seen,
  last_written = w.last_written, facets = coalesce(w.facets::bigint[], '{}'),
  facet_events = coalesce(w.facet_events::bigint[], '{}'),
  data_source_id = w.data_source_id, tags_facet_id = w.tags_facet_id,
  updated_at = greatest(d.updated_at, w.updated_at)
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
            %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[])
  AS w(id, first_seen, last_seen, last_written, facets, facet_events, data_source_id,
       tags_facet_id, updated_at)
WHERE d.id = w.id
"""
# By the unique index on (dataset, definition, origin).
LOAD_VERSIONS = """
SELECT v.id, v.dataset_id, v.definition, v.origin, v.first_at, v.last_at, v.facet_id,
       v.facet_event
FROM unnest(%s::bigint[], %s::bytea[], %s::smallint[])
  AS w(dataset_id, definition, origin)
JOIN catalog_datasetversion v
  ON v.dataset_id = w.dataset_id AND v.definition = w.definition AND v.origin = w.origin
"""
ADD_VERSIONS = """
INSERT INTO catalog_datasetversion
  (dataset_id, definition, origin, first_at, last_at, facet_id, facet_event)
SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::smallint[], %s::timestamptz[],
                     %s::timestamptz[], %s::bigint[], %s::bigint[])
"""
# By primary key.
SAVE_VERSIONS = """
UPDATE catalog_datasetversion AS v SET first_at = w.first_at, last_at = w.last_at,
  facet_id = w.facet_id, facet_event = w.facet_event
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[],
            %s::bigint[]) AS w(id, first_at, last_at, facet_id, facet_event)
WHERE v.id = w.id
"""
ADD_COLUMNS = """
INSERT INTO catalog_column (dataset_id, name)
SELECT * FROM unnest(%s::bigint[], %s::text[]) AS w(dataset_id, name) ORDER BY 1, 2
ON CONFLICT DO NOTHING
"""
# By the index on run, then the primary key of io_evidence. LATERAL keeps the planner to
# these: it takes the few events of a run for many, and would read all evidence.
LOAD_RUN_IO = """
SELECT e.id, e.event_time, e.digest, i.dataset_id, i.facets
FROM unnest(%s::bigint[]) AS w(run_id)
CROSS JOIN LATERAL (
  SELECT id, event_time, digest FROM lineage_event
  WHERE run_id = w.run_id AND status = 0 OFFSET 0
) AS e
CROSS JOIN LATERAL (
  SELECT dataset_id, facets FROM lineage_ioevidence
  WHERE event_id = e.id AND direction = 2 OFFSET 0
) AS i
"""
# By primary key.
FACET_BODIES = "SELECT id, body FROM catalog_facet WHERE id = ANY(%s)"


@dataclass(slots=True)
class DatasetFold:
    """What all evidence about one raw name adds up to.

    `updated_at` is the recorded time of the latest event at hand that is about it.
    """

    id: int
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    last_written: datetime | None = None
    facets: FacetFold = field(default_factory=FacetFold)
    was_first_seen: datetime | None = None
    updated_at: datetime | None = None


@dataclass(slots=True)
class VersionFold:
    """One definition of a raw name, from its first to its last showing."""

    first_at: datetime
    last: Moment
    facet: int | None
    event: int
    id: int | None = None


VersionKey = tuple[int, bytes, int]  # dataset, definition, origin
Datasets = dict[int, DatasetFold]


def fold_datasets(work: Work, runs: Runs, blank: Iterable[int] = ()) -> Datasets:
    """Merge the evidence into datasets, their versions and their columns."""
    _unsettle(work, runs)
    touched = {io[0] for e in work.evidence for io in e.io} | set(blank)
    touched |= {d for run in runs.values() for d in _newly_written(run)}
    if not touched:
        return {}
    datasets = _load(work, sorted(touched), set(blank))
    shown: dict[VersionKey, VersionFold] = {}
    for evidence in work.evidence:
        for dataset, direction, facets in evidence.io:
            _merge(work, datasets[dataset], evidence, direction, facets)
            if direction == INPUT:
                _show(
                    work, shown, dataset, READ, evidence.moment, evidence.event, facets
                )
            elif evidence.kind != RUN:
                _merge_static_write(work, datasets[dataset], evidence, facets)
                _show(
                    work,
                    shown,
                    dataset,
                    WRITTEN,
                    evidence.moment,
                    evidence.event,
                    facets,
                )
    _merge_run_writes(work, runs, datasets, shown)
    _save(work, datasets)
    _save_versions(work, shown)
    return datasets


def _unsettle(work: Work, runs: Runs) -> None:
    """Find the datasets that a run wrote before, and wrote earlier or never now."""
    for run in runs.values():
        if run.was_writing and not run.writes:
            work.unsettled_datasets |= {
                d for d, direction in run.datasets if direction == OUTPUT
            }
        for dataset, before in run.was_written.items():
            now = run.written_at(dataset, work.facts)
            if now is None or now < before:
                work.unsettled_datasets.add(dataset)


def _newly_written(run: RunFold) -> Iterable[int]:
    """The outputs that a run confirms in this pass, whenever it named them."""
    if run.writes and run.changed:
        yield from (d for d, direction in run.datasets if direction == OUTPUT)


def _load(work: Work, touched: list[int], blank: set[int]) -> Datasets:
    rows = fetch(work.cursor, LOAD_DATASETS, touched)
    work.need_facets(f for row in rows for f in row[4])
    work.need_moments(e for row in rows for e in row[5])
    datasets = {}
    for i, first_seen, last_seen, last_written, facets, events in rows:
        datasets[i] = DatasetFold(i)
        if i not in blank:
            fold = FacetFold.load(facets, events, work.facts, work.moments)
            datasets[i] = DatasetFold(
                i, first_seen, last_seen, last_written, fold, first_seen
            )
    return datasets


def _merge(
    work: Work, fold: DatasetFold, evidence: Evidence, direction: int, facets: list[int]
) -> None:
    moment = evidence.moment
    fold.first_seen = least(fold.first_seen, moment.at)
    fold.last_seen = greatest(fold.last_seen, moment.at)
    fold.updated_at = greatest(fold.updated_at, evidence.recorded_at)
    for facet in facets:
        fact = work.facts[facet]
        # What a reader shows may be a projection: it never defines the dataset.
        is_projection = direction == INPUT and fact.key == "schema"
        if fact.scope == Facet.Scope.DATASET and not is_projection:
            # Of one event that reads and writes it, the output is the better witness.
            fold.facets.merge(
                facet, fact, moment, evidence.event, wins_ties=direction != INPUT
            )


def _merge_static_write(
    work: Work, fold: DatasetFold, evidence: Evidence, facets: list[int]
) -> None:
    if not any(is_drop(work.facts[facet]) for facet in facets):
        fold.last_written = greatest(fold.last_written, evidence.moment.at)


def _show(
    work: Work,
    shown: dict[VersionKey, VersionFold],
    dataset: int,
    origin: int,
    moment: Moment,
    event: int,
    facets: Iterable[int],
) -> None:
    """Note that an event shows a dataset, and with it one definition."""
    facet = next(
        (f for f in facets if work.facts[f].key == "schema" and _defines(work, f)), None
    )
    definition = work.facts[facet].definition if facet else None
    key = (dataset, definition or EMPTY_DEFINITION, int(origin))
    version = shown.get(key)
    if version is None:
        shown[key] = VersionFold(moment.at, moment, facet, event)
        return
    version.first_at = min(version.first_at, moment.at)
    if moment > version.last:
        version.last, version.facet, version.event = moment, facet, event


def _defines(work: Work, facet: int) -> bool:
    fact = work.facts[facet]
    return fact.scope == Facet.Scope.DATASET and fact.definition is not None


def _merge_run_writes(
    work: Work, runs: Runs, datasets: Datasets, shown: dict[VersionKey, VersionFold]
) -> None:
    """Outputs count from the moment on at which their run does, with all its events."""
    begun = []
    for run in runs.values():
        if not run.writes or not run.changed:
            continue
        if not run.was_writing and not run.is_new:
            begun.append(run.id)
        for dataset in _newly_written(run):
            at = run.written_at(dataset, work.facts)
            fold = datasets[dataset]
            fold.last_written = greatest(fold.last_written, at)
            for evidence in run.evidence:  # and not those that name it as a parent
                fold.updated_at = greatest(fold.updated_at, evidence.recorded_at)
        for evidence in run.evidence:
            for dataset, direction, facets in evidence.io:
                if direction == OUTPUT:
                    _show(
                        work,
                        shown,
                        dataset,
                        WRITTEN,
                        evidence.moment,
                        evidence.event,
                        facets,
                    )
    if begun:
        rows = fetch(work.cursor, LOAD_RUN_IO, begun)
        work.need_facets(f for row in rows for f in row[4] or ())
        for event, at, digest, dataset, facets in rows:
            _show(
                work, shown, dataset, WRITTEN, Moment(at, digest), event, facets or ()
            )


def _save(work: Work, datasets: Datasets) -> None:
    rows = [
        (
            d.id, d.first_seen, d.last_seen, d.last_written,
            *map(array, d.facets.rows()), holder(d.facets, SOURCE, work.facts),
            holder(d.facets, DATASET_TAGS, work.facts), d.updated_at,
        )
        for d in sorted(datasets.values(), key=lambda d: d.id)
    ]  # fmt: skip
    work.cursor.write(SAVE_DATASETS, *transpose(rows, 9))


def _save_versions(work: Work, shown: dict[VersionKey, VersionFold]) -> None:
    if not shown:
        return
    keys = sorted(shown)
    known = fetch(work.cursor, LOAD_VERSIONS, *transpose(keys, 3))
    work.need_moments(row[7] for row in known)
    for i, dataset, definition, origin, first_at, _, facet, event in known:
        version = shown[dataset, bytes(definition), origin]
        version.id = i
        version.first_at = min(version.first_at, first_at)
        if work.moments[event] > version.last:
            version.last = work.moments[event]
            version.facet, version.event = facet, event
    new = [
        (*key, v.first_at, v.last.at, v.facet, v.event)
        for key in keys
        if (v := shown[key]).id is None
    ]
    old = [
        (v.id, v.first_at, v.last.at, v.facet, v.event)
        for key in keys
        if (v := shown[key]).id is not None
    ]
    if old:
        work.cursor.write(SAVE_VERSIONS, *transpose(old, 5))
    if new:
        work.cursor.write(ADD_VERSIONS, *transpose(new, 7))
        _add_columns(work, [(row[0], row[5]) for row in new if row[5] is not None])


def _add_columns(work: Work, defined: list[tuple[int, int]]) -> None:
    """Give the columns of new definitions their identity."""
    unread = [
        facet for _, facet in defined if "value" not in work.facts[facet].__dict__
    ]
    if unread:
        for facet, body in fetch(work.cursor, FACET_BODIES, unread):
            work.facts[facet].body = body
    names = {
        (dataset, column.path)
        for dataset, facet in defined
        for column in work.facts[facet].value.columns
    }
    if names:
        work.cursor.write(ADD_COLUMNS, *transpose(sorted(names), 2))
