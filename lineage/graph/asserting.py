"""Which jobs say that a column comes from another, and which do not tell of columns?"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, LiteralString

from lineage.column_sources import Transformation
from lineage.graph.columns_now import IS_TOLD, Step
from lineage.graph.cut import NOW, Cut
from lineage.graph.layers import Link
from lineage.graph.links import fetch
from lineage.graph.then import silence
from lineage.graph.then.columns import ColumnLines, steps_of
from lineage.graph.then.past import Past
from lineage.graph.veil import Column, Node, Veil
from lineage.models import Edge

# By the indexes of the datasets that column sources and explicit edges are of, and of
# derivations over (facet, start of out_field).
JOBS_OF: LiteralString = """
SELECT w.number, s.job_id
FROM unnest(
  %(ids)b::bigint[], %(fields)b::text[],
  %(sources)b::bigint[], %(source_fields)b::text[]
) WITH ORDINALITY AS w(id, field, source, source_field, number)
JOIN catalog_dataset o ON o.canonical_id = w.id
JOIN lineage_columnsource s ON s.dataset_id = o.id AND s.is_effective
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
  AND left(v.out_field, 64) = left(w.field, 64) AND v.out_field = w.field
  AND v.in_field = w.source_field
JOIN catalog_dataset i ON i.id = v.dataset_id AND i.canonical_id = w.source
WHERE s.job_id <> 0
UNION
SELECT w.number, x.job_id
FROM unnest(
  %(ids)b::bigint[], %(fields)b::text[],
  %(sources)b::bigint[], %(source_fields)b::text[]
) WITH ORDINALITY AS w(id, field, source, source_field, number)
JOIN catalog_dataset o ON o.canonical_id = w.id
JOIN lineage_explicitedge x ON x.target_dataset_id = o.id AND x.is_effective
  AND x.target_field = w.field AND x.source_field = w.source_field
JOIN catalog_dataset i ON i.id = x.source_dataset_id AND i.canonical_id = w.source
WHERE x.job_id IS NOT NULL
ORDER BY 1, 2
"""
# Datasets that depend on columns as a whole. By the indexes of derivations over
# (dataset, start of in_field), of the column sources in force by facet, and of the
# datasets that explicit edges come from.
WHOLES: LiteralString = f"""
WITH f AS (
  SELECT w.id, w.field, d.id AS name
  FROM unnest(%(ids)b::bigint[], %(fields)b::text[]) AS w(id, field)
  JOIN catalog_dataset d ON d.canonical_id = w.id
)
SELECT o.canonical_id, f.id, f.field, v.type, v.subtype, v.description, v.masking
FROM f
JOIN lineage_columnderivation v ON v.dataset_id = f.name
  AND left(v.in_field, 64) = left(f.field, 64) AND v.in_field = f.field
JOIN lineage_columnsource s ON s.facet_id = v.facet_id AND s.is_effective
JOIN catalog_dataset o ON o.id = s.dataset_id
WHERE v.out_field = '' AND o.canonical_id <> f.id AND NOT {IS_TOLD}
UNION
SELECT o.canonical_id, f.id, f.field, x.type, x.subtype, x.description, x.masking
FROM f
JOIN lineage_explicitedge x ON x.source_dataset_id = f.name AND x.source_field = f.field
JOIN catalog_dataset o ON o.id = x.target_dataset_id
WHERE x.target_field = '' AND x.is_effective AND o.canonical_id <> f.id
ORDER BY 1, 2, 3 LIMIT %(limit)b
"""
# Jobs that read a dataset and write something, of whose columns they say nothing that
# comes from it. By edge_reverse, the primary key of edge, and the indexes above.
SILENT: LiteralString = """
SELECT DISTINCT e.job_id
FROM catalog_dataset n
JOIN lineage_edge e ON e.dataset_id = n.id AND e.direction = 1
  AND e.status = ANY(%(effective)b)
WHERE n.canonical_id = ANY(%(ids)b::bigint[])
AND EXISTS (
  SELECT FROM lineage_edge o WHERE o.job_id = e.job_id AND o.direction = 2
    AND o.status = ANY(%(effective)b)
)
AND NOT EXISTS (
  SELECT FROM catalog_dataset alias
  JOIN lineage_columnderivation v ON v.dataset_id = alias.id
  JOIN lineage_columnsource s ON s.facet_id = v.facet_id AND s.job_id = e.job_id
    AND s.is_effective
  WHERE alias.canonical_id = n.canonical_id
)
AND NOT EXISTS (
  SELECT FROM catalog_dataset alias
  JOIN lineage_explicitedge x ON x.source_dataset_id = alias.id
    AND x.job_id = e.job_id AND x.is_effective
  WHERE alias.canonical_id = n.canonical_id
)
ORDER BY 1
"""
# The same in parts, for readers from whom some of it is hidden.
READING: LiteralString = """
SELECT DISTINCT e.job_id, n.canonical_id
FROM catalog_dataset n
JOIN lineage_edge e ON e.dataset_id = n.id AND e.direction = 1
  AND e.status = ANY(%(effective)b)
WHERE n.canonical_id = ANY(%(ids)b::bigint[])
"""
WRITING: LiteralString = """
SELECT DISTINCT e.job_id, n.canonical_id
FROM lineage_edge e
JOIN catalog_dataset n ON n.id = e.dataset_id
WHERE e.job_id = ANY(%(jobs)b::bigint[]) AND e.direction = 2
  AND e.status = ANY(%(effective)b)
"""
TELLING: LiteralString = """
SELECT s.job_id, i.canonical_id, v.in_field, o.canonical_id, v.out_field
FROM lineage_columnsource s
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
JOIN catalog_dataset i ON i.id = v.dataset_id
JOIN catalog_dataset o ON o.id = s.dataset_id
WHERE s.job_id = ANY(%(jobs)b::bigint[]) AND s.is_effective
  AND i.canonical_id = ANY(%(ids)b::bigint[])
UNION
SELECT x.job_id, i.canonical_id, x.source_field, o.canonical_id, x.target_field
FROM lineage_explicitedge x
JOIN catalog_dataset i ON i.id = x.source_dataset_id
JOIN catalog_dataset o ON o.id = x.target_dataset_id
WHERE x.job_id = ANY(%(jobs)b::bigint[]) AND x.is_effective
  AND i.canonical_id = ANY(%(ids)b::bigint[])
"""

EFFECTIVE = [int(Edge.Status.EFFECTIVE), int(Edge.Status.ATTEMPT)]


def jobs_of(
    links: Collection[tuple[Column, Column]], cut: Cut = NOW
) -> dict[tuple[Column, Column], list[int]]:
    """The jobs that derive the second column of each link from the first one."""
    ordered = sorted(links)
    if not ordered:
        return {}
    if not cut.is_now:
        return _jobs_then(set(ordered), cut)
    asked = {
        "ids": [output.dataset for _, output in ordered],
        "fields": [output.field for _, output in ordered],
        "sources": [source.dataset for source, _ in ordered],
        "source_fields": [source.field for source, _ in ordered],
    }
    found: dict[tuple[Column, Column], list[int]] = defaultdict(list)
    for number, job in fetch(JOBS_OF, asked):
        found[ordered[number - 1]].append(job)
    return found


def _jobs_then(
    links: set[tuple[Column, Column]], cut: Cut
) -> dict[tuple[Column, Column], list[int]]:
    lines = ColumnLines(Past(cut)).into({output for _, output in links}, manual=False)
    found: dict[tuple[Column, Column], set[int]] = defaultdict(set)
    for line in lines:
        if line.job and (line.source, line.output) in links:
            found[line.source, line.output].add(line.job)
    return {link: sorted(jobs) for link, jobs in found.items()}


def to_wholes(sources: Collection[Column], limit: int, cut: Cut = NOW) -> list[Step]:
    """The steps from columns to datasets that depend on them as a whole.

    These are as columns of no name.
    """
    if not cut.is_now:
        lines = ColumnLines(Past(cut)).out_of(set(sources), manual=False, wholes=True)
        return steps_of(lines, is_downstream=True)[:limit]
    ordered = sorted(sources)
    asked = {
        "ids": [column.dataset for column in ordered],
        "fields": [column.field for column in ordered],
        "limit": limit,
    }
    return [
        Link(Column(source, field), Column(output, ""), (Transformation(*how), False))
        for output, source, field, *how in fetch(WHOLES, asked)
    ]


def silent_jobs(datasets: Collection[int], veil: Veil, cut: Cut = NOW) -> set[int]:
    """Jobs that make something of the datasets, and tell of no columns of theirs.

    Where walks stop, as if nothing hidden had been said.
    """
    if not cut.is_now:
        return silence.silent_jobs(datasets, veil, Past(cut))
    if not (veil.passes or veil.hides_nothing):
        return _silent_as_told(datasets, veil)
    asked = {"ids": sorted(datasets), "effective": EFFECTIVE}
    return {job for (job,) in fetch(SILENT, asked)}


def _silent_as_told(datasets: Collection[int], veil: Veil) -> set[int]:
    """The same of what is left of it for a reader.

    What a job makes that is hidden makes it no job that makes something, and what it
    tells of columns there, or of hidden ones, is not told.
    """
    asked: dict[str, Any] = {"ids": sorted(datasets), "effective": EFFECTIVE}
    reading = {(job, dataset) for job, dataset in fetch(READING, asked)}
    asked["jobs"] = sorted({job for job, _ in reading})
    writing = [(job, Node(False, pk)) for job, pk in fetch(WRITING, asked)]
    unseen = veil.hidden_nodes({node for _, node in writing})
    makers = {job for job, node in writing if node not in unseen}
    told = [
        (job, Column(source, source_field), Column(target, target_field))
        for job, source, source_field, target, target_field in fetch(TELLING, asked)
    ]
    hidden = veil.hidden_columns({column for _, *both in told for column in both})
    telling = {
        (job, source.dataset)
        for job, source, target in told
        if source not in hidden and target not in hidden
    }
    return {job for job, dataset in reading - telling if job in makers}
