"""How are the folds of some entities made anew from all of their evidence?

Merging is idempotent: the chosen entities start from nothing, all events that touch
them are merged again, and whatever else those events touch stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import LiteralString

from lineage.identities import run_uuid
from lineage.projection.admission import resolve_names
from lineage.projection.aliases import choose_canonical
from lineage.projection.evidence import Evidence
from lineage.projection.facts import FacetFact, Moment
from lineage.projection.fold import Scope, fold
from lineage.projection.rows import Session, fetch
from lineage.projection.work import Work

CHUNK = 2000

# By the indexes run_of_job and event.run; event_declarations; event_of_dataset; and
# run_dataset_reverse, edge_reverse for what touches a dataset.
EVENTS_OF = """
SELECT e.id FROM lineage_event e WHERE e.run_id = ANY(%(runs)s) AND e.status = 0
UNION
SELECT e.id FROM lineage_event e JOIN lineage_run r ON r.id = e.run_id
WHERE r.job_id = ANY(%(jobs)s) AND e.status = 0
UNION
SELECT id FROM lineage_event WHERE job_id = ANY(%(jobs)s) AND kind = 2 AND status = 0
UNION
SELECT e.id FROM lineage_rundataset d JOIN lineage_event e ON e.run_id = d.run_id
WHERE d.dataset_id = ANY(%(datasets)s) AND e.status = 0
UNION
SELECT e.id FROM lineage_edge g JOIN lineage_event e ON e.job_id = g.job_id
WHERE g.dataset_id = ANY(%(datasets)s) AND e.kind = 2 AND e.status = 0
UNION
SELECT id FROM lineage_event
WHERE dataset_id = ANY(%(datasets)s) AND kind = 3 AND status = 0
UNION
SELECT e.id FROM lineage_run r JOIN lineage_event e ON e.run_id = r.id
WHERE (r.parent_id = ANY(%(stubs)s) OR r.root_id = ANY(%(stubs)s)
       OR r.former_ancestors && %(stubs)s::bigint[]) AND e.status = 0
"""
LOAD_EVENTS = """
SELECT e.id, e.event_time, e.digest, e.kind, e.type, e.job_id, e.run_id, e.dataset_id,
       e.run_facets, e.job_facets, e.recorded_at, r.run_id, r.external_id
FROM lineage_event e LEFT JOIN lineage_run r ON r.id = e.run_id
WHERE e.id = ANY(%s) ORDER BY e.id
"""
LOAD_IO = """
SELECT event_id, dataset_id, direction, facets FROM lineage_ioevidence
WHERE event_id = ANY(%s)
"""
LOAD_INERT = "SELECT event_id, inert FROM lineage_acceptance WHERE event_id = ANY(%s)"
LOAD_VALUES = """
SELECT id, scope, key, body, is_deleted, definition, digest FROM catalog_facet
WHERE id = ANY(%s) AND key = ANY(%s)
"""
LOAD_RUN_KEYS = "SELECT job_id, run_id, id FROM lineage_run WHERE id = ANY(%s)"
# The other ends of control flow: their events state it too. By primary key and index.
DEPENDENCY_ENDS = """
SELECT downstream_id FROM lineage_jobdependency WHERE upstream_id = ANY(%s)
UNION
SELECT upstream_id FROM lineage_jobdependency WHERE downstream_id = ANY(%s)
"""
# By primary key.
OUTPUTS = """
SELECT dataset_id FROM lineage_rundataset WHERE run_id = ANY(%s) AND direction = 2
"""
# By primary key. They may be parted from these, and meet others for it.
NAMED_BY = "SELECT alias_id FROM lineage_datasetalias WHERE dataset_id = ANY(%s)"
# The runs of the jobs, since the definition of a job is made from them.
RUNS_OF_JOBS = "SELECT id FROM lineage_run WHERE job_id = ANY(%s)"

CLEAR: list[LiteralString] = [
    "DELETE FROM lineage_rundataset WHERE run_id = ANY(%(runs)s)",
    "DELETE FROM catalog_datasetversion WHERE dataset_id = ANY(%(datasets)s)",
    "DELETE FROM lineage_datasetalias WHERE dataset_id = ANY(%(datasets)s)"
    " AND kind <> 4",
    "DELETE FROM lineage_edge WHERE job_id = ANY(%(jobs)s)",
    "DELETE FROM catalog_jobversion WHERE job_id = ANY(%(jobs)s)",
    "DELETE FROM lineage_columnsource WHERE job_id = ANY(%(jobs)s)"
    " OR (job_id = 0 AND dataset_id = ANY(%(datasets)s))",
    "DELETE FROM lineage_explicitedge WHERE job_id = ANY(%(jobs)s)"
    " OR (job_id IS NULL AND target_dataset_id = ANY(%(datasets)s))",
    "DELETE FROM lineage_jobdependency WHERE upstream_id = ANY(%(jobs)s)"
    " OR downstream_id = ANY(%(jobs)s)",
]
# The span of a namespace is that of what lives in it.
SETTLE_NAMESPACES = """
UPDATE catalog_namespace AS n SET first_seen = w.first_seen, last_seen = w.last_seen
FROM (
  SELECT n.id, least(d.first_seen, j.first_seen) AS first_seen,
         greatest(d.last_seen, j.last_seen) AS last_seen
  FROM catalog_namespace n
  LEFT JOIN LATERAL (SELECT min(first_seen) AS first_seen, max(last_seen) AS last_seen
                     FROM catalog_dataset WHERE namespace_id = n.id) AS d ON true
  LEFT JOIN LATERAL (SELECT min(first_seen) AS first_seen, max(last_seen) AS last_seen
                     FROM catalog_job WHERE namespace_id = n.id) AS j ON true
  WHERE n.id IN (SELECT namespace_id FROM catalog_dataset WHERE id = ANY(%(datasets)s)
                 UNION SELECT namespace_id FROM catalog_job WHERE id = ANY(%(jobs)s))
) AS w
WHERE n.id = w.id
"""


def refold(work: Work, scope: Scope) -> None:
    """Make the folds in `scope` anew.

    Its runs' jobs are taken in, and what its runs wrote: they may write no more.
    """
    cursor = work.cursor
    runs = sorted(scope.runs)
    keys = fetch(cursor, LOAD_RUN_KEYS, runs)
    scope.jobs |= {job for job, _, _ in keys}
    scope.datasets |= {i for (i,) in fetch(cursor, OUTPUTS, runs)} if runs else set()
    events = _events(cursor, scope)
    parted = {i for (i,) in fetch(cursor, NAMED_BY, sorted(scope.datasets))}
    _clear(cursor, scope)
    for start in range(0, max(len(events), 1), CHUNK):
        work.registry.runs = {(job, run): i for job, run, i in keys}
        work.registry.new_runs = set()
        work.evidence = load_evidence(work, events[start : start + CHUNK])
        # Only the first pass starts from nothing: the others merge into it.
        fold(work, scope if start == 0 else None)
        keys = []
    if scope.datasets:
        choose_canonical(work, scope.datasets | parted)


def settle_namespaces(work: Work, scope: Scope) -> None:
    """Give the namespaces of what is in `scope` the span that is left to them."""
    work.cursor.write(
        SETTLE_NAMESPACES,
        {"datasets": sorted(scope.datasets), "jobs": sorted(scope.jobs)},
    )


def _events(cursor: Session, scope: Scope) -> list[int]:
    jobs = sorted(scope.jobs)
    others = {i for (i,) in fetch(cursor, DEPENDENCY_ENDS, jobs, jobs)}
    rows = cursor.fetch(
        EVENTS_OF,
        {
            "runs": sorted(scope.runs),
            "jobs": sorted(scope.jobs | others),
            "datasets": sorted(scope.datasets),
            "stubs": sorted(
                scope.runs
                | {i for (i,) in fetch(cursor, RUNS_OF_JOBS, sorted(scope.jobs))}
            ),
        },
    )
    return sorted(i for (i,) in rows)


def _clear(cursor: Session, scope: Scope) -> None:
    parameters = {
        "runs": sorted(scope.runs),
        "jobs": sorted(scope.jobs),
        "datasets": sorted(scope.datasets),
    }
    for statement in CLEAR:
        cursor.write(statement, parameters)


def load_evidence(work: Work, events: Iterable[int]) -> list[Evidence]:
    """Read evidence back from its rows, with the names that its facets need."""
    ids = list(events)
    cursor = work.cursor
    inert: dict[int, list[frozenset[str]]] = defaultdict(list)
    for event, identities in fetch(cursor, LOAD_INERT, ids):
        inert[event].append(frozenset(identities or ()))
    io: dict[int, list[tuple[int, int, list[int]]]] = defaultdict(list)
    for event, dataset, direction, facets in fetch(cursor, LOAD_IO, ids):
        io[event].append((dataset, direction, facets or []))
    evidence = []
    keys: set[int] = set()
    for (
        i, at, digest, kind, type_, job, run, dataset, run_facets, job_facets,
        recorded_at, run_id, external_id,
    ) in fetch(cursor, LOAD_EVENTS, ids):  # fmt: skip
        if run is not None:
            keys.add(run)
        evidence.append(
            Evidence(
                i,
                Moment(at, bytes(digest)),
                kind,
                type_,
                job,
                run,
                dataset,
                run_facets or [],
                job_facets or [],
                recorded_at,
                io[i],
                frozenset.intersection(*inert[i]) if inert[i] else frozenset(),
                # A run's own events say the UUID itself, or what it was hashed from;
                # other names for it come from those whom it contains.
                external_id if external_id and run_uuid(external_id) == run_id else "",
            )
        )
    for job, run_id, i in fetch(cursor, LOAD_RUN_KEYS, sorted(keys)):
        work.registry.runs[job, run_id] = i
    _resolve(work, evidence)
    return evidence


def _resolve(work: Work, evidence: list[Evidence]) -> None:
    """Resolve the names that the facets of the evidence give."""
    ids = {f for e in evidence for f in (*e.run_facets, *e.job_facets)}
    ids |= {f for e in evidence for _, _, facets in e.io for f in facets}
    keys = ["parent", "jobDependencies", "lineage", "symlinks", "lifecycleStateChange"]
    facts = []
    for i, scope, key, body, is_deleted, definition, digest in fetch(
        work.cursor, LOAD_VALUES, sorted(ids), keys
    ):
        fact = FacetFact(
            scope, key, body, is_deleted=is_deleted, definition=definition,
            digest=bytes(digest),
        )  # fmt: skip
        work.facts[i] = fact
        facts.append(fact)
    resolve_names(work.registry, facts)
