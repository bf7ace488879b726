"""Which row stands for which name?

Identity rows are never deleted, so a process may remember their ids for as long as the
`generation` of ProjectionState stands. All writers hold the writer's lock: looking up
and inserting are two statements without a race between them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from lineage.projection.facts import FacetFact
from lineage.projection.rows import Session, Statement, fetch, transpose

Name = tuple[str, str]  # namespace, name
RunKey = tuple[int, UUID]  # job id, run id

MAX_REMEMBERED = 200_000

# Each look-up goes by the unique index of its table.
FIND_NAMESPACES = "SELECT name, id FROM catalog_namespace WHERE name = ANY(%s::text[])"
ADD_NAMESPACES = """
INSERT INTO catalog_namespace (name, created_at, updated_at)
SELECT name, %s, %s FROM unnest(%s::text[]) AS n(name) ORDER BY name RETURNING name, id
"""
FIND_PRODUCERS = "SELECT uri, id FROM lineage_producer WHERE uri = ANY(%s::text[])"
ADD_PRODUCERS = """
INSERT INTO lineage_producer (uri, first_seen, last_seen, event_count)
SELECT uri, %s, %s, 0 FROM unnest(%s::text[]) AS p(uri) ORDER BY uri RETURNING uri, id
"""
FIND_JOBS = """
SELECT w.namespace_id, w.name, j.id
FROM unnest(%s::bigint[], %s::text[]) AS w(namespace_id, name)
JOIN catalog_job j ON j.namespace_id = w.namespace_id AND j.name = w.name
"""
ADD_JOBS = """
INSERT INTO catalog_job (namespace_id, name, facets, facet_events, effective_kind,
                         created_at, updated_at)
SELECT w.namespace_id, w.name, '{}', '{}', 0, %s, %s
FROM unnest(%s::bigint[], %s::text[]) AS w(namespace_id, name)
ORDER BY 1, 2 RETURNING namespace_id, name, id
"""
FIND_DATASETS = """
SELECT w.namespace_id, w.name, d.id
FROM unnest(%s::bigint[], %s::text[]) AS w(namespace_id, name)
JOIN catalog_dataset d ON d.namespace_id = w.namespace_id AND d.name = w.name
"""
ADD_DATASETS = """
INSERT INTO catalog_dataset (id, canonical_id, namespace_id, name, facets, facet_events,
                             created_at, updated_at)
SELECT w.id, w.id, w.namespace_id, w.name, '{}', '{}', %s, %s
FROM (SELECT nextval('catalog_dataset_id_seq') AS id, namespace_id, name
      FROM unnest(%s::bigint[], %s::text[]) AS w(namespace_id, name)
      ORDER BY 2, 3) AS w
RETURNING namespace_id, name, id
"""
FIND_FACETS = "SELECT digest, id FROM catalog_facet WHERE digest = ANY(%s::bytea[])"
ADD_FACETS = """
INSERT INTO catalog_facet (id, scope, key, digest, body, is_deleted, definition)
SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::bytea[], %s::text[],
                     %s::boolean[], %s::bytea[])
"""
FIND_RUNS = """
SELECT r.job_id, r.run_id, r.id
FROM unnest(%s::bigint[], %s::uuid[]) AS w(job_id, run_id)
JOIN lineage_run r ON r.run_id = w.run_id AND r.job_id = w.job_id
"""
NEXT_IDS = "SELECT nextval(%s::text::regclass) FROM generate_series(1, %s)"


def next_ids(sequence: str, count: int) -> Statement:
    """Ask for as many ids as may be needed; those that are not are never given again.

    It goes along with the look-up that tells how many are, for one round trip.
    """
    return NEXT_IDS, (sequence, count)


class Names:
    """Ids by name, of what is committed or of one transaction."""

    def __init__(self) -> None:
        self.namespaces: dict[str, int] = {}
        self.producers: dict[str, int] = {}
        self.jobs: dict[Name, int] = {}
        self.datasets: dict[Name, int] = {}
        self.facets: dict[bytes, int] = {}

    def absorb(self, other: "Names") -> None:
        for mine, theirs in (
            (self.namespaces, other.namespaces),
            (self.producers, other.producers),
            (self.jobs, other.jobs),
            (self.datasets, other.datasets),
            (self.facets, other.facets),
        ):
            if len(mine) > MAX_REMEMBERED:
                mine.clear()
            mine.update(theirs)  # type: ignore[arg-type]


class Registry:
    """Names and their ids as one transaction sees them; what it adds stays its own."""

    def __init__(
        self, cursor: Session, committed: Names, recorded_at: datetime
    ) -> None:
        self.cursor = cursor
        self.committed = committed
        self.recorded_at = recorded_at
        self.own = Names()
        self.runs: dict[RunKey, int] = {}
        self.new_runs: set[int] = set()
        self.new_datasets: list[Name] = []

    def namespace(self, name: str) -> int:
        found = self.committed.namespaces.get(name)
        return self.own.namespaces[name] if found is None else found

    def producer(self, uri: str) -> int:
        found = self.committed.producers.get(uri)
        return self.own.producers[uri] if found is None else found

    def job(self, name: Name) -> int:
        found = self.committed.jobs.get(name)
        return self.own.jobs[name] if found is None else found

    def dataset(self, name: Name) -> int:
        found = self.committed.datasets.get(name)
        return self.own.datasets[name] if found is None else found

    def facet(self, digest: bytes) -> int:
        found = self.committed.facets.get(digest)
        return self.own.facets[digest] if found is None else found

    def run(self, key: RunKey) -> int:
        return self.runs[key]

    def resolve_producers(self, uris: Iterable[str]) -> None:
        self._resolve_texts(
            uris,
            self.committed.producers,
            self.own.producers,
            FIND_PRODUCERS,
            ADD_PRODUCERS,
        )

    def resolve_jobs(self, names: Iterable[Name]) -> None:
        self._resolve_names(
            names, self.committed.jobs, self.own.jobs, FIND_JOBS, ADD_JOBS
        )

    def resolve_datasets(self, names: Iterable[Name]) -> None:
        self.new_datasets += self._resolve_names(
            names,
            self.committed.datasets,
            self.own.datasets,
            FIND_DATASETS,
            ADD_DATASETS,
        )

    def resolve_facets(self, facts: dict[bytes, FacetFact]) -> list[FacetFact]:
        """Find or add facets by digest; returns those that are new here."""
        missing = [
            digest
            for digest in facts
            if digest not in self.committed.facets and digest not in self.own.facets
        ]
        if not missing:
            return []
        found, spare = self.cursor.fetch_all(
            (FIND_FACETS, (missing,)),
            next_ids("catalog_facet_id_seq", len(missing)),
        )
        self.own.facets.update((bytes(digest), i) for digest, i in found)
        new = sorted(digest for digest in missing if digest not in self.own.facets)
        if not new:
            return []
        ids = sorted(i for (i,) in spare)[: len(new)]
        self.own.facets.update(zip(new, ids, strict=True))
        self.cursor.write(
            ADD_FACETS,
            *transpose(
                [
                    (i, f.scope, f.key, digest, f.body, f.is_deleted, f.definition)
                    for i, digest in zip(ids, new, strict=True)
                    for f in (facts[digest],)
                ],
                7,
            ),
        )
        return [facts[digest] for digest in new]

    def resolve_runs(self, keys: Iterable[RunKey]) -> None:
        """Find runs; those that are new get an id, and their row from the fold."""
        missing = sorted(set(keys) - self.runs.keys())
        if not missing:
            return
        found, spare = self.cursor.fetch_all(
            (FIND_RUNS, transpose(missing, 2)),
            next_ids("lineage_run_id_seq", len(missing)),
        )
        self.runs.update(((job, run), i) for job, run, i in found)
        new = [key for key in missing if key not in self.runs]
        ids = sorted(i for (i,) in spare)[: len(new)]
        self.runs.update(zip(new, ids, strict=True))
        self.new_runs.update(ids)

    def _resolve_texts(
        self,
        texts: Iterable[str],
        committed: dict[str, int],
        own: dict[str, int],
        find: Any,
        add: Any,
    ) -> None:
        missing = sorted({t for t in texts if t not in committed and t not in own})
        if not missing:
            return
        own.update(fetch(self.cursor, find, missing))
        new = [text for text in missing if text not in own]
        if new:
            now = self.recorded_at
            own.update(fetch(self.cursor, add, now, now, new))

    def _resolve_names(
        self,
        names: Iterable[Name],
        committed: dict[Name, int],
        own: dict[Name, int],
        find: Any,
        add: Any,
    ) -> list[Name]:
        """Find or add (namespace, name) rows; returns the names that are new here."""
        missing = sorted({n for n in names if n not in committed and n not in own})
        if not missing:
            return []
        self._resolve_texts(
            (namespace for namespace, _ in missing),
            self.committed.namespaces,
            self.own.namespaces,
            FIND_NAMESPACES,
            ADD_NAMESPACES,
        )
        by_id = {self.namespace(namespace): namespace for namespace, _ in missing}

        def rows(wanted: list[Name]) -> list[str]:
            return transpose([(self.namespace(ns), name) for ns, name in wanted], 2)

        for namespace_id, name, i in fetch(self.cursor, find, *rows(missing)):
            own[by_id[namespace_id], name] = i
        new = [name for name in missing if name not in own]
        if new:
            now = self.recorded_at
            for namespace_id, name, i in fetch(self.cursor, add, now, now, *rows(new)):
                own[by_id[namespace_id], name] = i
        return new
