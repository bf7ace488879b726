"""What is left of what a run had counted for, when it counts no more?

A run completes, and then it fails; or it was no stream after all. What it alone had
shown goes. The answers come from evidence and runs as they are stored by now, so that
the cost follows what is doubtful, not all that was ever said of a job or a dataset.
"""

from datetime import datetime

from lineage.projection.facts import EMPTY_DEFINITION
from lineage.projection.rows import fetch, transpose
from lineage.projection.runs import is_drop
from lineage.projection.work import Work

EdgeKey = tuple[int, int, int]  # job, dataset, direction

# By the indexes run_dataset_reverse and event_declarations, then by primary keys.
STILL_COUNTED = """
SELECT w.job_id, w.dataset_id, w.direction
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[])
  AS w(job_id, dataset_id, direction)
WHERE EXISTS (
  SELECT FROM lineage_rundataset d JOIN lineage_run r ON r.id = d.run_id
  WHERE d.dataset_id = w.dataset_id AND d.direction = w.direction
    AND r.job_id = w.job_id AND (r.state = 2 OR (r.is_streaming AND r.state <> 0))
) OR EXISTS (
  SELECT FROM lineage_event e JOIN lineage_ioevidence i ON i.event_id = e.id
  WHERE e.job_id = w.job_id AND e.kind = 2 AND e.status = 0
    AND i.dataset_id = w.dataset_id AND i.direction = w.direction
)
"""
# What writes a dataset: outputs of runs that wrote, of declarations, and static events.
# By the indexes run_dataset_reverse, event.run, edge_reverse, event_declarations and
# event_of_dataset, then by primary keys.
WRITES = """
WITH written AS (
  SELECT i.dataset_id, e.id, e.event_time, e.digest, i.facets
  FROM lineage_rundataset d
  JOIN lineage_run r ON r.id = d.run_id
    AND (r.state = 2 OR (r.is_streaming AND r.state <> 0))
  JOIN lineage_event e ON e.run_id = r.id AND e.status = 0
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = d.dataset_id AND i.direction = 2
  WHERE d.dataset_id = ANY(%(datasets)s) AND d.direction = 2
  UNION ALL
  SELECT i.dataset_id, e.id, e.event_time, e.digest, i.facets
  FROM lineage_edge g
  JOIN lineage_event e ON e.job_id = g.job_id AND e.kind = 2 AND e.status = 0
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = g.dataset_id AND i.direction = 2
  WHERE g.dataset_id = ANY(%(datasets)s) AND g.direction = 2
  UNION ALL
  SELECT i.dataset_id, e.id, e.event_time, e.digest, i.facets
  FROM lineage_event e
  JOIN lineage_ioevidence i ON i.event_id = e.id AND i.direction = 3
  WHERE e.dataset_id = ANY(%(datasets)s) AND e.kind = 3 AND e.status = 0
)
"""
DROP_VERSIONS = """
DELETE FROM catalog_datasetversion WHERE dataset_id = ANY(%s) AND origin = 1
"""
ADD_VERSIONS = f"""
INSERT INTO catalog_datasetversion
  (dataset_id, definition, origin, first_at, last_at, facet_id, facet_event)
{WRITES}
SELECT w.dataset_id, coalesce(f.definition, %(empty)s::bytea), 1, min(w.event_time),
  max(w.event_time), (array_agg(f.id ORDER BY w.event_time DESC, w.digest DESC))[1],
  (array_agg(w.id ORDER BY w.event_time DESC, w.digest DESC))[1]
FROM written w
LEFT JOIN LATERAL (
  SELECT id, definition FROM catalog_facet
  WHERE id = ANY(w.facets) AND scope = 3 AND key = 'schema' AND definition IS NOT NULL
) AS f ON true
GROUP BY 1, 2
"""
# When each dataset was written, and the lifecycle change that went with it.
WRITTEN_AT = """
SELECT w.dataset_id, f.id, max(w.at)
FROM (
  SELECT d.dataset_id, d.facets,
         CASE WHEN r.state = 1 THEN r.last_event_at ELSE r.decided_at END AS at
  FROM lineage_rundataset d
  JOIN lineage_run r ON r.id = d.run_id
    AND (r.state = 2 OR (r.is_streaming AND r.state <> 0))
  WHERE d.dataset_id = ANY(%(datasets)s) AND d.direction = 2
  UNION ALL
  SELECT i.dataset_id, i.facets, e.event_time
  FROM lineage_edge g
  JOIN lineage_event e ON e.job_id = g.job_id AND e.kind = 2 AND e.status = 0
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = g.dataset_id AND i.direction = 2
  WHERE g.dataset_id = ANY(%(datasets)s) AND g.direction = 2
  UNION ALL
  SELECT i.dataset_id, i.facets, e.event_time
  FROM lineage_event e
  JOIN lineage_ioevidence i ON i.event_id = e.id AND i.direction = 3
  WHERE e.dataset_id = ANY(%(datasets)s) AND e.kind = 3 AND e.status = 0
) AS w
LEFT JOIN LATERAL (
  SELECT id FROM catalog_facet
  WHERE id = ANY(w.facets) AND scope = 3 AND key = 'lifecycleStateChange'
) AS f ON true
GROUP BY 1, 2
"""
# By primary key.
SAVE_WRITTEN = """
UPDATE catalog_dataset AS d SET last_written = w.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS w(id, at) WHERE d.id = w.id
"""


def still_counted(work: Work, doubtful: set[EdgeKey]) -> set[EdgeKey]:
    """Which edges another run, or a declaration, counts for."""
    if not doubtful:
        return set()
    rows = fetch(work.cursor, STILL_COUNTED, *transpose(sorted(doubtful), 3))
    return {(job, dataset, direction) for job, dataset, direction in rows}


def recount_writes(work: Work) -> None:
    """Judge anew what was written, of the unsettled datasets; edges are saved."""
    datasets = sorted(work.unsettled_datasets)
    if not datasets:
        return
    work.cursor.write(DROP_VERSIONS, datasets)
    parameters = {"datasets": datasets, "empty": EMPTY_DEFINITION}
    work.cursor.write(ADD_VERSIONS, parameters)
    rows = fetch(work.cursor, WRITTEN_AT, {"datasets": datasets})
    work.need_facets(facet for _, facet, _ in rows if facet is not None)
    latest: dict[int, datetime | None] = dict.fromkeys(datasets)
    for dataset, facet, at in rows:
        if facet is None or not is_drop(work.facts[facet]):
            known = latest[dataset]
            latest[dataset] = at if known is None else max(at, known)
    work.cursor.write(SAVE_WRITTEN, *transpose(sorted(latest.items()), 2))
