"""How is it asked who asserts an edge?

Edges come with the raw names of their datasets, `n`: of now out of the catalog, of a
past time from whoever knows which names were one then.
"""

from typing import LiteralString

from lineage.graph.then.evidence import COUNTS

# Edges of jobs with their datasets.
JOBS_NOW: LiteralString = """
WITH n AS (
  SELECT w.number, w.job, w.direction, d.id
  FROM unnest(%(jobs)b::bigint[], %(datasets)b::bigint[], %(directions)b::int[])
    WITH ORDINALITY AS w(job, dataset, direction, number)
  CROSS JOIN LATERAL (
    SELECT d.id FROM catalog_dataset d WHERE d.canonical_id = w.dataset OFFSET 0
  ) d
)"""
JOBS_THEN: LiteralString = """
WITH n AS (
  SELECT * FROM unnest(
    %(numbers)b::bigint[], %(jobs)b::bigint[], %(directions)b::int[],
    %(names)b::bigint[]
  ) AS n(number, job, direction, id)
)"""
# Edges without jobs, or between them.
PAIRS_NOW: LiteralString = """
WITH n AS (
  SELECT w.number, s.id AS source, t.id AS target
  FROM unnest(%(sources)b::bigint[], %(targets)b::bigint[])
    WITH ORDINALITY AS w(source, target, number)
  JOIN catalog_dataset s ON s.canonical_id = w.source
  JOIN catalog_dataset t ON t.canonical_id = w.target
)"""
PAIRS_THEN: LiteralString = """
WITH n AS (
  SELECT * FROM unnest(
    %(numbers)b::bigint[], %(sources)b::bigint[], %(targets)b::bigint[]
  ) AS n(number, source, target)
)"""
JOB_PAIRS: LiteralString = """
WITH n AS (
  SELECT * FROM unnest(%(sources)b::bigint[], %(targets)b::bigint[])
    WITH ORDINALITY AS n(source, target, number)
)"""
# Edges between columns.
COLUMNS_NOW: LiteralString = """
WITH n AS (
  SELECT w.number, o.id, w.field, i.id AS source, w.source_field
  FROM unnest(
    %(ids)b::bigint[], %(fields)b::text[],
    %(source_ids)b::bigint[], %(source_fields)b::text[]
  ) WITH ORDINALITY AS w(id, field, source, source_field, number)
  JOIN catalog_dataset o ON o.canonical_id = w.id
  JOIN catalog_dataset i ON i.canonical_id = w.source
)"""
COLUMNS_THEN: LiteralString = """
WITH n AS (
  SELECT * FROM unnest(
    %(numbers)b::bigint[], %(ids)b::bigint[], %(fields)b::text[],
    %(source_ids)b::bigint[], %(source_fields)b::text[]
  ) AS n(number, id, field, source, source_field)
)"""

# What facets say of an edge: which, in which events they came, and whether they are in
# force now; by which ends, so that it can be found out whether they were then.
_EXPLICIT: LiteralString = """
'explicit', x.job_id, x.facet_id, x.first_event, x.last_event, x.is_effective,
x.target_dataset_id, x.target_job_id, x.source_dataset_id, x.source_job_id
"""
_COLUMN: LiteralString = """
'column', s.job_id, s.facet_id, s.first_event, s.last_event, s.is_effective,
s.dataset_id, NULL::bigint, NULL::bigint, NULL::bigint
"""
# By the indexes of explicit edges by their datasets, the primary key of column sources
# and the index of derivations by facet.
OF_JOBS: LiteralString = f"""
SELECT n.number, {_EXPLICIT}
FROM n JOIN lineage_explicitedge x ON x.target_dataset_id = n.id
WHERE n.direction = 2 AND (x.job_id = n.job OR x.source_job_id = n.job)
  AND num_nonnulls(x.source_dataset_id, x.source_job_id) = 1
UNION
SELECT n.number, {_EXPLICIT}
FROM n JOIN lineage_explicitedge x ON x.source_dataset_id = n.id
WHERE n.direction = 1 AND (x.job_id = n.job OR x.target_job_id = n.job)
UNION
SELECT n.number, {_COLUMN}
FROM n JOIN lineage_columnsource s ON s.job_id = n.job AND s.dataset_id = n.id
WHERE n.direction = 2
UNION
SELECT n.number, {_COLUMN}
FROM n JOIN lineage_columnsource s ON s.job_id = n.job
WHERE n.direction = 1 AND EXISTS (
  SELECT FROM lineage_columnderivation v
  WHERE v.facet_id = s.facet_id AND v.dataset_id = n.id
)
"""
OF_PAIRS: LiteralString = f"""
SELECT DISTINCT n.number, {_EXPLICIT}
FROM n JOIN lineage_explicitedge x
  ON x.target_dataset_id = n.target AND x.source_dataset_id = n.source
WHERE x.job_id IS NULL
"""
# By the indexes of the jobs that explicit edges lead to and come from.
OF_JOB_PAIRS: LiteralString = f"""
SELECT DISTINCT n.number, {_EXPLICIT}
FROM n JOIN lineage_explicitedge x
  ON x.target_job_id = n.target AND x.source_job_id = n.source
"""
# By the indexes of the datasets that column sources and explicit edges are of, and of
# derivations over (facet, start of out_field).
OF_COLUMNS: LiteralString = f"""
SELECT n.number, {_COLUMN}
FROM n
JOIN lineage_columnsource s ON s.dataset_id = n.id
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
  AND left(v.out_field, 64) = left(n.field, 64) AND v.out_field = n.field
  AND v.dataset_id = n.source AND v.in_field = n.source_field
UNION
SELECT n.number, {_EXPLICIT}
FROM n
JOIN lineage_explicitedge x ON x.target_dataset_id = n.id AND x.target_field = n.field
  AND x.source_dataset_id = n.source AND x.source_field = n.source_field
"""
# By the primary key of edge.
IO_NOW: LiteralString = f"""{JOBS_NOW}
SELECT n.number, n.job, e.first_event, e.last_event
FROM n CROSS JOIN LATERAL (
  SELECT e.first_event, e.last_event FROM lineage_edge e
  WHERE e.job_id = n.job AND e.dataset_id = n.id AND e.direction = n.direction
    AND e.status = ANY(%(statuses)b) OFFSET 0
) e
"""
_ENDS: LiteralString = """
(array_agg(c.id ORDER BY c.event_time, c.digest))[1],
(array_agg(c.id ORDER BY c.event_time DESC, c.digest DESC))[1]
"""
# Of each edge the first and last event that counts. By the index run_of_job, the
# primary keys of run datasets and evidence, the index of events by run, and
# event_declarations: at a cost that follows the history of the jobs.
IO_THEN: LiteralString = f"""{JOBS_THEN}, c AS (
  SELECT n.number, n.job, e.id, e.event_time, e.digest
  FROM n
  JOIN lineage_run r ON r.job_id = n.job
  JOIN lineage_event e ON e.run_id = r.id AND {COUNTS}
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = n.id AND i.direction = n.direction
  UNION ALL
  SELECT n.number, n.job, e.id, e.event_time, e.digest
  FROM n
  JOIN lineage_event e ON e.job_id = n.job AND e.kind = 2 AND {COUNTS}
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = n.id AND i.direction = n.direction
)
SELECT c.number, c.job, {_ENDS} FROM c GROUP BY 1, 2
"""
# Of each facet the first and last event that counts and carries it. By the same
# indexes; what no job said is said in events about datasets, by event_of_dataset.
CARRYING: LiteralString = f"""
WITH p AS (
  SELECT * FROM unnest(
    %(jobs)b::bigint[], %(facets)b::bigint[], %(datasets)b::bigint[]
  ) AS p(job, facet, dataset)
), c AS (
  SELECT p.job, p.facet, e.id, e.event_time, e.digest
  FROM p
  JOIN lineage_run r ON r.job_id = p.job
  JOIN lineage_event e ON e.run_id = r.id AND {COUNTS}
  WHERE p.facet = ANY(e.job_facets) OR EXISTS (
    SELECT FROM lineage_ioevidence i
    WHERE i.event_id = e.id AND p.facet = ANY(i.facets)
  )
  UNION ALL
  SELECT p.job, p.facet, e.id, e.event_time, e.digest
  FROM p
  JOIN lineage_event e ON e.job_id = p.job AND e.kind = 2 AND {COUNTS}
  WHERE p.facet = ANY(e.job_facets) OR EXISTS (
    SELECT FROM lineage_ioevidence i
    WHERE i.event_id = e.id AND p.facet = ANY(i.facets)
  )
  UNION ALL
  SELECT p.job, p.facet, e.id, e.event_time, e.digest
  FROM p
  JOIN lineage_event e ON e.dataset_id = p.dataset AND e.kind = 3 AND {COUNTS}
  JOIN lineage_ioevidence i ON i.event_id = e.id AND p.facet = ANY(i.facets)
  WHERE p.job = 0
)
SELECT c.job, c.facet, {_ENDS} FROM c GROUP BY 1, 2
"""
# The columns that facets of edges of jobs tell of, canonical: for readers from whom
# some may be hidden. By the primary key of column sources and the index of derivations
# by facet.
LINES: LiteralString = """
SELECT DISTINCT n.number, s.facet_id, o.canonical_id, v.out_field,
  i.canonical_id, v.in_field
FROM n
JOIN lineage_columnsource s ON s.job_id = n.job
  AND s.facet_id = ANY(%(facets)b::bigint[])
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
JOIN catalog_dataset o ON o.id = s.dataset_id
JOIN catalog_dataset i ON i.id = v.dataset_id
WHERE n.id = CASE WHEN n.direction = 2 THEN s.dataset_id ELSE v.dataset_id END
"""
CANONICAL: LiteralString = """
SELECT id, canonical_id FROM catalog_dataset WHERE id = ANY(%(ids)b::bigint[])
"""
