"""Which columns come from which, by what is said now?

One query over a frontier, by index, whichever size the catalog has.
"""

from collections.abc import Callable, Collection
from typing import Any, LiteralString

from lineage.column_sources import Transformation
from lineage.graph.layers import Link
from lineage.graph.links import IN_FORCE, fetch
from lineage.graph.veil import Column, Veil

# The frontier, and the raw names of its datasets; by the index of canonical_id.
FRONTIER = """
f AS (
  SELECT w.id, w.field, d.id AS name
  FROM unnest(%(ids)b::bigint[], %(fields)b::text[]) AS w(id, field)
  JOIN catalog_dataset d ON d.canonical_id = w.id
),
n AS (
  SELECT d.id, d.canonical_id FROM catalog_dataset d
  WHERE d.canonical_id = ANY(%(ids)b::bigint[])
)
"""
# What is said of these names now: `x` by lineage facets, `s` by columnLineage. By the
# indexes of the datasets that explicit edges lead to and that column sources are of.
SAID = """
x AS (
  SELECT x.*, n.canonical_id AS target FROM n
  JOIN lineage_explicitedge x ON x.target_dataset_id = n.id AND x.is_effective
),
s AS (
  SELECT s.job_id, s.dataset_id, s.facet_id, n.canonical_id AS target
  FROM n JOIN lineage_columnsource s ON s.dataset_id = n.id AND s.is_effective
)
"""
# By the index of derivations over (facet, start of out_field).
UPSTREAM = """
SELECT f.id, f.field, i.canonical_id, v.in_field,
  v.type, v.subtype, v.description, v.masking, false
FROM f
JOIN s ON s.dataset_id = f.name
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
  AND left(v.out_field, 64) = left(f.field, 64) AND v.out_field = f.field
JOIN catalog_dataset i ON i.id = v.dataset_id
WHERE NOT EXISTS (
  SELECT FROM x WHERE x.target = s.target AND coalesce(x.job_id, 0) = s.job_id
)
UNION ALL
SELECT f.id, f.field, i.canonical_id, x.source_field,
  x.type, x.subtype, x.description, x.masking, false
FROM f
JOIN x ON x.target_dataset_id = f.name AND x.target_field = f.field
JOIN catalog_dataset i ON i.id = x.source_dataset_id
WHERE x.source_field <> ''
"""
# Whether a job (0: a static event) tells by a lineage facet what it makes a dataset
# from. By the indexes of canonical_id, and of the datasets that explicit edges lead to.
IS_TOLD: LiteralString = """
EXISTS (
  SELECT FROM catalog_dataset t
  JOIN lineage_explicitedge x ON x.target_dataset_id = t.id AND x.is_effective
  WHERE t.canonical_id = o.canonical_id AND coalesce(x.job_id, 0) = s.job_id
)
"""
# By the indexes of derivations over (dataset, start of in_field), of the column sources
# in force by facet, and of the datasets that explicit edges come from.
DOWNSTREAM: LiteralString = f"""
SELECT o.canonical_id, v.out_field, f.id, f.field,
  v.type, v.subtype, v.description, v.masking, false
FROM f
JOIN lineage_columnderivation v ON v.dataset_id = f.name
  AND left(v.in_field, 64) = left(f.field, 64) AND v.in_field = f.field
JOIN lineage_columnsource s ON s.facet_id = v.facet_id AND s.is_effective
JOIN catalog_dataset o ON o.id = s.dataset_id
WHERE v.out_field <> '' AND NOT {IS_TOLD}
UNION ALL
SELECT o.canonical_id, x.target_field, f.id, f.field,
  x.type, x.subtype, x.description, x.masking, false
FROM f
JOIN lineage_explicitedge x ON x.source_dataset_id = f.name AND x.source_field = f.field
JOIN catalog_dataset o ON o.id = x.target_dataset_id
WHERE x.target_field <> '' AND x.is_effective
"""
# What people declare now; they say nothing of event time. By the partial indexes of
# manual edges.
UPSTREAM_MANUAL: LiteralString = f"""
UNION ALL
SELECT f.id, f.field, i.canonical_id, m.source_field, '', '', '', NULL, true
FROM f
JOIN lineage_manualedge m
  ON m.target_dataset_id = f.name AND m.target_field = f.field AND {IN_FORCE}
JOIN catalog_dataset i ON i.id = m.source_dataset_id
WHERE m.source_field <> ''
"""
DOWNSTREAM_MANUAL: LiteralString = f"""
UNION ALL
SELECT o.canonical_id, m.target_field, f.id, f.field, '', '', '', NULL, true
FROM f
JOIN lineage_manualedge m
  ON m.source_dataset_id = f.name AND m.source_field = f.field AND {IN_FORCE}
JOIN catalog_dataset o ON o.id = m.target_dataset_id
WHERE m.target_field <> ''
"""
ORDERED: LiteralString = "ORDER BY 1, 2, 3, 4 LIMIT %(limit)b"

type Said = tuple[Transformation, bool]  # how, and whether people alone say so
type Step = Link[Column, Said]
type More = Callable[[Collection[Column], int], list[Step]]
type Passes = Callable[[Transformation], bool]


class ColumnsNow:
    """Columns, one way, as they stand now."""

    def __init__(
        self,
        veil: Veil,
        *,
        is_downstream: bool,
        with_manual: bool = True,
        also: More | None = None,
        passes: Passes | None = None,
    ) -> None:
        self.veil = veil
        self.is_downstream = is_downstream
        self.also, self.passes = also, passes
        said = DOWNSTREAM if is_downstream else f"{UPSTREAM}"
        manual = DOWNSTREAM_MANUAL if is_downstream else UPSTREAM_MANUAL
        frame: LiteralString = FRONTIER if is_downstream else f"{FRONTIER}, {SAID}"
        self.sql: LiteralString = (
            f"WITH {frame} {said} {manual if with_manual else ''} {ORDERED}"
        )

    def starts(self, columns: Collection[Column]) -> list[Column]:
        return sorted(columns)

    def links(self, frontier: list[Column], limit: int) -> list[Step]:
        found = []
        for output, out_field, source, in_field, *how, is_manual in fetch(
            self.sql, frontier_of(frontier) | {"limit": limit}
        ):
            ends = Column(source, in_field), Column(output, out_field)
            near, far = ends if self.is_downstream else reversed(ends)
            found.append(Link(near, far, (Transformation(*how), is_manual)))
        found += self.also(frontier, limit) if self.also else []
        return passing(found, self.passes)

    def hidden(self, nodes: Collection[Column]) -> set[Column]:
        return self.veil.hidden_columns(nodes)

    def is_long(self, link: Step) -> bool:
        return False

    def is_last(self, node: Column) -> bool:
        return True


def passing(steps: list[Step], passes: Passes | None) -> list[Step]:
    """The steps to go along: what people declare, and what events say if it passes."""
    if passes is None:
        return steps
    return [step for step in steps if step.what[1] or passes(step.what[0])]


def frontier_of(columns: Collection[Column]) -> dict[str, Any]:
    """Columns as the parameters of a statement."""
    ordered = sorted(columns)
    return {
        "ids": [column.dataset for column in ordered],
        "fields": [column.field for column in ordered],
    }
