"""What is connected with a job or dataset, by what jobs read and write now?"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, LiteralString

from lineage.graph import around
from lineage.graph.layers import LINKS_PER_NODE
from lineage.graph.links import (
    EFFECTIVE,
    FLOW,
    IN_FORCE,
    MANUAL,
    Link,
    Walk,
    fetch,
)
from lineage.graph.veil import NO_VEIL, Node, Veil

# By the primary keys of edge and dataset.
IO_OF_JOBS: LiteralString = f"""
SELECT e.job_id, d.canonical_id, e.direction, e.status
FROM (
  SELECT e.job_id, e.dataset_id, e.direction, e.status FROM lineage_edge e
  WHERE e.job_id = ANY(%(jobs)b) AND e.status = ANY(%(effective)b)
  UNION ALL
  SELECT m.source_job_id, m.target_dataset_id, 2, 0 FROM lineage_manualedge m
  WHERE m.source_job_id = ANY(%(jobs)b) AND {IN_FORCE}
  UNION ALL
  SELECT m.target_job_id, m.source_dataset_id, 1, 0 FROM lineage_manualedge m
  WHERE m.target_job_id = ANY(%(jobs)b) AND {IN_FORCE}
) e
JOIN catalog_dataset d ON d.id = e.dataset_id
ORDER BY e.job_id, e.dataset_id, e.direction LIMIT %(limit)b
"""
# Into the jobs by the index of catalog_dataset.canonical_id and edge_reverse, out of
# them by the primary keys of edge and dataset. LATERAL keeps the planner to these, for
# it takes any frontier for a long one. All jobs of a dataset that are known already
# were met in the hop that found the dataset, so those alone are passed over.
IO_OF_NEXT_JOBS: LiteralString = f"""
WITH n AS (
  SELECT n.id FROM unnest(%(datasets)b::bigint[]) AS w(id)
  CROSS JOIN LATERAL (
    SELECT n.id FROM catalog_dataset n WHERE n.canonical_id = w.id OFFSET 0
  ) n
)
SELECT e.job_id, d.canonical_id, e.direction, e.status
FROM (
  SELECT DISTINCT r.job_id
  FROM n
  CROSS JOIN LATERAL (
    SELECT r.job_id FROM lineage_edge r
    WHERE r.dataset_id = n.id AND r.status = ANY(%(effective)b)
    UNION ALL
    SELECT m.source_job_id FROM lineage_manualedge m
    WHERE m.target_dataset_id = n.id AND m.source_job_id IS NOT NULL AND {IN_FORCE}
    UNION ALL
    SELECT m.target_job_id FROM lineage_manualedge m
    WHERE m.source_dataset_id = n.id AND m.target_job_id IS NOT NULL AND {IN_FORCE}
    OFFSET 0
  ) r
  WHERE r.job_id <> ALL(%(jobs)b)
  ORDER BY r.job_id LIMIT %(most)b
) j
CROSS JOIN LATERAL (
  SELECT e.job_id, e.dataset_id, e.direction, e.status FROM lineage_edge e
  WHERE e.job_id = j.job_id AND e.status = ANY(%(effective)b)
  UNION ALL
  SELECT m.source_job_id, m.target_dataset_id, 2, 0 FROM lineage_manualedge m
  WHERE m.source_job_id = j.job_id AND {IN_FORCE}
  UNION ALL
  SELECT m.target_job_id, m.source_dataset_id, 1, 0 FROM lineage_manualedge m
  WHERE m.target_job_id = j.job_id AND {IN_FORCE}
  OFFSET 0
) e
CROSS JOIN LATERAL (
  SELECT d.canonical_id FROM catalog_dataset d WHERE d.id = e.dataset_id OFFSET 0
) d
UNION ALL
SELECT s.canonical_id, t.canonical_id, 3, 0
FROM n
CROSS JOIN LATERAL (
  SELECT m.source_dataset_id, m.target_dataset_id FROM lineage_manualedge m
  WHERE m.source_dataset_id = n.id AND m.target_dataset_id IS NOT NULL AND {IN_FORCE}
  UNION ALL
  SELECT m.source_dataset_id, m.target_dataset_id FROM lineage_manualedge m
  WHERE m.target_dataset_id = n.id AND m.source_dataset_id IS NOT NULL AND {IN_FORCE}
  OFFSET 0
) m
JOIN catalog_dataset s ON s.id = m.source_dataset_id
JOIN catalog_dataset t ON t.id = m.target_dataset_id
WHERE s.canonical_id <> t.canonical_id
ORDER BY 1, 2, 3 LIMIT %(limit)b
"""
# By the primary keys of edge and dataset.
SPANS = """
SELECT e.job_id, d.canonical_id, e.direction, min(e.first_at), max(e.last_at)
FROM lineage_edge e JOIN catalog_dataset d ON d.id = e.dataset_id
WHERE e.job_id = ANY(%b) AND e.status = ANY(%b)
GROUP BY 1, 2, 3
"""
# By the index of catalog_dataset.canonical_id and edge_reverse. Writers come first, the
# newest one first; names decide between equals, since ids follow arrival.
NEWEST_JOB = """
SELECT e.job_id
FROM catalog_dataset n
JOIN lineage_edge e ON e.dataset_id = n.id
JOIN catalog_job j ON j.id = e.job_id
JOIN catalog_namespace s ON s.id = j.namespace_id
WHERE n.canonical_id = %b AND e.status = ANY(%b)
ORDER BY e.direction DESC, e.last_at DESC, s.name, j.name LIMIT %b
"""
# By the index run_of_job: the latest to begin, else, of runs that are only named as
# parents, the latest to be named. What has no evidence in force is no run.
LAST_RUNS = """
SELECT coalesce(
  (SELECT r.id FROM lineage_run r
   WHERE r.job_id = w.job_id AND r.started_at IS NOT NULL
     AND (r.first_event_at IS NOT NULL OR r.stub_at IS NOT NULL)
   ORDER BY r.started_at DESC, r.run_id DESC LIMIT 1),
  (SELECT r.id FROM lineage_run r
   WHERE r.job_id = w.job_id AND r.started_at IS NULL
     AND (r.first_event_at IS NOT NULL OR r.stub_at IS NOT NULL)
   ORDER BY r.stub_at DESC, r.run_id DESC LIMIT 1)
)
FROM unnest(%b::bigint[]) AS w(job_id)
"""
# By the index run_of_job: of the last runs to begin, the latest that names a parent.
LAST_PARENTS = """
SELECT w.job_id, p.parent_id
FROM unnest(%b::bigint[]) AS w(job_id)
CROSS JOIN LATERAL (
  SELECT * FROM (
    SELECT r.parent_id, r.started_at, r.run_id FROM lineage_run r
    WHERE r.job_id = w.job_id AND r.started_at IS NOT NULL
      AND (r.first_event_at IS NOT NULL OR r.stub_at IS NOT NULL)
    ORDER BY r.started_at DESC, r.run_id DESC LIMIT %b
  ) AS latest WHERE latest.parent_id IS NOT NULL
  ORDER BY latest.started_at DESC, latest.run_id DESC LIMIT 1
) p
"""


type Span = tuple[datetime, datetime]  # event times of the first and the last event


def around_job(
    job: int, *, max_hops: int, max_nodes: int, veil: Veil = NO_VEIL
) -> Walk:
    """Walk from a job to all jobs that share a dataset with it, and on from those.

    A hop is from job to job, whichever way the data flows. Jobs come with all of their
    datasets; a cycle ends where it meets itself.
    """
    if not veil.hides_nothing:
        return around.walk(Node(True, job), 2 * max_hops + 1, max_nodes, veil)
    walker = _Walker(max_nodes)
    walker.go_on(walker.begin(job), [job], max_hops)
    return walker.walk


def around_dataset(
    dataset: int, *, max_hops: int, max_nodes: int, veil: Veil = NO_VEIL
) -> Walk:
    """Walk from a canonical dataset: one hop is to the jobs that read or write it."""
    if not veil.hides_nothing:
        return around.walk(Node(False, dataset), 2 * max_hops, max_nodes, veil)
    walker = _Walker(max_nodes)
    walker.walk.datasets.add(dataset)
    walker.go_on([dataset], [], max_hops)
    return walker.walk


def newest_job(dataset: int, veil: Veil = NO_VEIL) -> int | None:
    """The job that wrote a canonical dataset last; if none does, that read it last."""
    limit = 1 if veil.hides_nothing else None
    found = [job for [job] in fetch(NEWEST_JOB, [dataset, list(EFFECTIVE), limit])]
    hidden = veil.hidden_nodes([Node(True, job) for job in found])
    return next((job for job in found if Node(True, job) not in hidden), None)


def link_spans(walk: Walk) -> dict[tuple[int, int, int], Span]:
    """When each link of a walk is asserted.

    A walk does without: reading them takes as long as all the rest of it.
    """
    rows = fetch(SPANS, [list(walk.jobs), list(EFFECTIVE)])
    return {row[:3]: row[3:] for row in rows}


def last_runs(jobs: Iterable[int]) -> list[int]:
    """The last run of each job that has any."""
    return [run for [run] in fetch(LAST_RUNS, [list(jobs)]) if run is not None]


def last_parents(jobs: Iterable[int], *, among: int) -> dict[int, int]:
    """The run that started each job last, where one of its last `among` runs tells."""
    return dict(fetch(LAST_PARENTS, [list(jobs), among]))


class _Walker:
    """A walk on its way, and what it may still take in."""

    def __init__(self, max_nodes: int) -> None:
        self.walk = Walk()
        self.max_nodes = max_nodes
        self.max_links = max_nodes * LINKS_PER_NODE

    def begin(self, job: int) -> set[int]:
        """Take a job in with all of its datasets, which are answered."""
        self.walk.jobs.add(job)
        limit = self.room_for_links + 1
        asked = {"jobs": [job], "effective": list(EFFECTIVE), "limit": limit}
        return self.take(fetch(IO_OF_JOBS, asked), limit)

    def go_on(
        self, datasets: Collection[int], jobs: Collection[int], max_hops: int
    ) -> None:
        """Walk on from the datasets that the last hop found, by way of `jobs`."""
        for _ in range(max_hops):
            if not datasets or self.walk.is_truncated:
                return
            limit = self.room_for_links + 1
            asked = {
                "datasets": list(datasets),
                "effective": list(EFFECTIVE),
                "jobs": list(jobs),
                "most": self.room_for_nodes + 1,
                "limit": limit,
            }
            rows = fetch(IO_OF_NEXT_JOBS, asked)
            jobs = {row[0] for row in rows if row[2] != FLOW}
            datasets = self.take(rows, limit)

    @property
    def room_for_nodes(self) -> int:
        return self.max_nodes - len(self.walk.jobs) - len(self.walk.datasets)

    @property
    def room_for_links(self) -> int:
        return self.max_links - len(self.walk.links) - len(self.walk.flows)

    def take(self, rows: Sequence[tuple[Any, ...]], limit: int) -> set[int]:
        """Take edges in, as far as there is room; answers the datasets that are new."""
        found: set[int] = set()
        walk = self.walk
        walk.is_truncated = len(rows) >= limit
        for row in rows:
            if row[2] == FLOW:
                ends = {row[0], row[1]} - walk.datasets
                is_new_job = False
            else:
                link = walk.links.get(row[:3])
                if link is not None:  # under another name, or by people too
                    link.unite(row[3])
                    continue
                ends = {row[1]} - walk.datasets
                is_new_job = row[0] not in walk.jobs
            if len(ends) + is_new_job > self.room_for_nodes or self.room_for_links < 1:
                walk.is_truncated = True
                break
            found |= ends
            walk.datasets |= ends
            if row[2] == FLOW:
                walk.flows.add(row[:2])
            else:
                walk.jobs.add(row[0])
                job, dataset, direction, status = row
                link = Link(job, dataset, direction, status, status == MANUAL)
                walk.links[link.key] = link
        return found
