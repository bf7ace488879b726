"""Which definitions did each job have?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from catalog.models import Facet
from lineage.projection.evidence import INPUT, JOB, OUTPUT, Evidence
from lineage.projection.rows import array, fetch, transpose
from lineage.projection.runs import RunFold, Runs
from lineage.projection.work import Work

SQL = (int(Facet.Scope.JOB), "sql")
LOCATION = (int(Facet.Scope.JOB), "sourceCodeLocation")

# By the unique index on (job, definition).
LOAD_VERSIONS = """
SELECT v.job_id, v.definition, v.first_at, v.last_at
FROM unnest(%s::bigint[], %s::bytea[]) AS w(job_id, definition)
JOIN catalog_jobversion v ON v.job_id = w.job_id AND v.definition = w.definition
"""
ADD_VERSIONS = """
INSERT INTO catalog_jobversion
  (job_id, definition, inputs, outputs, sql_id, location_id, first_at, last_at)
SELECT job_id, definition, inputs::bigint[], outputs::bigint[], sql_id, location_id,
       first_at, last_at
FROM unnest(%s::bigint[], %s::bytea[], %s::text[], %s::text[], %s::bigint[],
            %s::bigint[], %s::timestamptz[], %s::timestamptz[])
  AS w(job_id, definition, inputs, outputs, sql_id, location_id, first_at, last_at)
"""
# By the unique index on (job, definition).
SAVE_VERSIONS = """
UPDATE catalog_jobversion AS v SET first_at = w.first_at, last_at = w.last_at
FROM unnest(%s::bigint[], %s::bytea[], %s::timestamptz[], %s::timestamptz[])
  AS w(job_id, definition, first_at, last_at)
WHERE v.job_id = w.job_id AND v.definition = w.definition
"""
# By the index run_of_job.
SPANS_OF_RUNS = """
SELECT r.job_id, r.job_version, min(r.first_event_at), max(r.last_event_at)
FROM unnest(%s::bigint[], %s::bytea[]) AS w(job_id, definition)
JOIN lineage_run r ON r.job_id = w.job_id AND r.job_version = w.definition
GROUP BY 1, 2
"""
# By the index event_declarations, then by primary key.
DECLARATIONS = """
SELECT e.id, e.job_id, e.event_time, e.job_facets,
       array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.direction = 1),
       array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.direction = 2)
FROM lineage_event e LEFT JOIN lineage_ioevidence i ON i.event_id = e.id
WHERE e.job_id = ANY(%s) AND e.kind = 2 AND e.status = 0
GROUP BY e.id
"""
# By the unique index on (job, definition).
DROP_VERSIONS = """
DELETE FROM catalog_jobversion v
USING unnest(%s::bigint[], %s::bytea[]) AS w(job_id, definition)
WHERE v.job_id = w.job_id AND v.definition = w.definition
"""

Key = tuple[int, bytes]  # job, definition


@dataclass(frozen=True, slots=True)
class Definition:
    """What a job was: raw dataset ids, sorted, and the facets of its code."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    sql: int | None
    location: int | None

    @property
    def digest(self) -> bytes:
        parts = (self.inputs, self.outputs, self.sql, self.location)
        return sha256(repr(parts).encode()).digest()

    @property
    def says_anything(self) -> bool:
        return bool(self.inputs or self.outputs or self.sql or self.location)


@dataclass(slots=True)
class Shown:
    definition: Definition
    first_at: datetime
    last_at: datetime


class JobVersions:
    """The job versions that one pass of the folds shows, and those it leaves."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.shown: dict[Key, Shown] = {}
        self.left: set[Key] = set()

    def define(self, runs: Runs) -> None:
        """Give each ended or streaming run its definition; before runs are saved."""
        for run in runs.values():
            if not run.evidence:
                continue
            if run.is_ended or run.writes:
                definition = self._of_run(run)
                run.job_version = definition.digest
                assert run.first_event_at is not None
                assert run.last_event_at is not None
                self._show(run.job, definition, run.first_event_at, run.last_event_at)
            else:
                run.job_version = None
            if run.was_version is not None and run.was_version != run.job_version:
                self.left.add((run.job, run.was_version))
        for evidence in self.work.evidence:
            if evidence.kind == JOB and evidence.job is not None:
                definition = self._of_declaration(evidence)
                if definition.says_anything:
                    at = evidence.moment.at
                    self._show(evidence.job, definition, at, at)

    def _of_run(self, run: RunFold) -> Definition:
        ways = sorted(run.datasets)
        return Definition(
            tuple(d for d, direction in ways if direction == INPUT),
            tuple(d for d, direction in ways if direction == OUTPUT),
            self._held(run, SQL),
            self._held(run, LOCATION),
        )

    def _held(self, run: RunFold, key: tuple[int, str]) -> int | None:
        holder = run.job_facets.held.get(key)
        if holder is None or self.work.facts[holder.facet].is_deleted:
            return None
        return holder.facet

    def _of_declaration(self, evidence: Evidence) -> Definition:
        return self._declared(
            evidence.job_facets,
            [d for d, direction, _ in evidence.io if direction == INPUT],
            [d for d, direction, _ in evidence.io if direction == OUTPUT],
        )

    def _declared(
        self, facets: Iterable[int], inputs: Iterable[int], outputs: Iterable[int]
    ) -> Definition:
        code = {
            (fact.scope, fact.key): facet
            for facet in facets
            if not (fact := self.work.facts[facet]).is_deleted
        }
        return Definition(
            tuple(sorted(inputs)),
            tuple(sorted(outputs)),
            code.get(SQL),
            code.get(LOCATION),
        )

    def _show(
        self, job: int, definition: Definition, first_at: datetime, last_at: datetime
    ) -> None:
        shown = self.shown.setdefault(
            (job, definition.digest), Shown(definition, first_at, last_at)
        )
        shown.first_at = min(shown.first_at, first_at)
        shown.last_at = max(shown.last_at, last_at)

    def save(self) -> None:
        """Merge what was shown, and look again at what was left; runs are saved."""
        cursor = self.work.cursor
        keys = sorted(self.shown)
        known = fetch(cursor, LOAD_VERSIONS, *transpose(keys, 2)) if keys else []
        old = []
        for job, definition, first_at, last_at in known:
            shown = self.shown.pop((job, bytes(definition)))
            old.append(
                (
                    job, bytes(definition), min(first_at, shown.first_at),
                    max(last_at, shown.last_at),
                )
            )  # fmt: skip
        if old:
            cursor.write(SAVE_VERSIONS, *transpose(sorted(old), 4))
        new = [
            (
                *key, array(s.definition.inputs), array(s.definition.outputs),
                s.definition.sql, s.definition.location, s.first_at, s.last_at,
            )
            for key, s in sorted(self.shown.items(), key=lambda item: item[0])
        ]  # fmt: skip
        if new:
            cursor.write(ADD_VERSIONS, *transpose(new, 8))
        if self.left:
            self._leave()

    def _leave(self) -> None:
        """Some run is no evidence any more of what it was evidence of."""
        cursor = self.work.cursor
        keys = sorted(self.left)
        spans = {
            (job, bytes(definition)): (first_at, last_at)
            for job, definition, first_at, last_at in fetch(
                cursor, SPANS_OF_RUNS, *transpose(keys, 2)
            )
        }
        rows = fetch(cursor, DECLARATIONS, sorted({job for job, _ in keys}))
        self.work.need_facets(f for row in rows for f in row[3] or ())
        for _, job, at, facets, inputs, outputs in rows:
            declared = self._declared(facets or (), inputs or (), outputs or ())
            if not declared.says_anything:
                continue
            digest = declared.digest
            first_at, last_at = spans.get((job, digest), (at, at))
            spans[job, digest] = (min(first_at, at), max(last_at, at))
        gone = [key for key in keys if key not in spans]
        kept = [(*key, *spans[key]) for key in keys if key in spans]
        if gone:
            cursor.write(DROP_VERSIONS, *transpose(gone, 2))
        if kept:
            cursor.write(SAVE_VERSIONS, *transpose(kept, 4))
