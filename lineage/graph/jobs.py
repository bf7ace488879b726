"""What is connected with a job or dataset, by what jobs read and write now?"""

from collections.abc import Iterable

from lineage.graph import around
from lineage.graph.links import EFFECTIVE, Walk, fetch
from lineage.graph.veil import NO_VEIL, Node, Veil

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


def around_job(
    job: int, *, max_hops: int, max_nodes: int, veil: Veil = NO_VEIL
) -> Walk:
    """Walk from a job to all jobs that share a dataset with it, and on from those.

    A hop is from job to job, whichever way the data flows. Jobs come with all of their
    datasets; a cycle ends where it meets itself. Of `max_nodes` the start is one.
    """
    return around.walk(Node(True, job), 2 * max_hops + 1, max_nodes - 1, veil)


def around_dataset(
    dataset: int, *, max_hops: int, max_nodes: int, veil: Veil = NO_VEIL
) -> Walk:
    """Walk from a canonical dataset: one hop is to the jobs that read or write it."""
    return around.walk(Node(False, dataset), 2 * max_hops, max_nodes - 1, veil)


def newest_job(dataset: int, veil: Veil = NO_VEIL) -> int | None:
    """The job that wrote a canonical dataset last; if none does, that read it last."""
    limit = 1 if veil.hides_nothing else None
    found = [job for [job] in fetch(NEWEST_JOB, [dataset, list(EFFECTIVE), limit])]
    hidden = veil.hidden_nodes([Node(True, job) for job in found])
    return next((job for job in found if Node(True, job) not in hidden), None)


def last_runs(jobs: Iterable[int]) -> list[int]:
    """The last run of each job that has any."""
    return [run for [run] in fetch(LAST_RUNS, [list(jobs)]) if run is not None]


def last_parents(jobs: Iterable[int], *, among: int) -> dict[int, int]:
    """The run that started each job last, where one of its last `among` runs tells."""
    return dict(fetch(LAST_PARENTS, [list(jobs), among]))
