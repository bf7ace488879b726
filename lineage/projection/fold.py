"""In which order are the folds made?"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lineage.projection.aliases import fold_aliases
from lineage.projection.columns import fold_column_sources
from lineage.projection.datasets import fold_datasets
from lineage.projection.edges import fold_edges
from lineage.projection.effective import settle_effective_io
from lineage.projection.explicit import fold_dependencies, fold_explicit_edges
from lineage.projection.explicit_force import judge_explicit_edges
from lineage.projection.job_versions import JobVersions
from lineage.projection.jobs import load_jobs, merge_jobs, save_jobs
from lineage.projection.recounting import recount_writes
from lineage.projection.runs import load_runs, merge_runs, save_runs
from lineage.projection.work import Work

# By primary key. The span of a namespace is that of what lives in it; news of any of
# that also brings back a namespace that was hidden.
SAVE_NAMESPACES = """
UPDATE catalog_namespace AS n SET first_seen = least(n.first_seen, w.first_seen),
  last_seen = greatest(n.last_seen, w.last_seen),
  updated_at = greatest(n.updated_at, w.updated_at)
FROM (
  SELECT namespace_id, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
         max(updated_at) AS updated_at
  FROM (
    SELECT namespace_id, first_seen, last_seen, updated_at FROM catalog_dataset
    WHERE id = ANY(%s)
    UNION ALL
    SELECT namespace_id, first_seen, last_seen, updated_at FROM catalog_job
    WHERE id = ANY(%s)
  ) AS touched GROUP BY namespace_id
) AS w
WHERE n.id = w.namespace_id
  AND (n.first_seen IS NULL OR w.first_seen < n.first_seen OR w.last_seen > n.last_seen
       OR (n.updated_at <= n.hidden_at AND w.updated_at > n.hidden_at))
"""


@dataclass(slots=True)
class Scope:
    """Entities whose folds start from nothing instead of from what is stored."""

    runs: set[int] = field(default_factory=set)
    jobs: set[int] = field(default_factory=set)
    datasets: set[int] = field(default_factory=set)


def fold(work: Work, blank: Scope | None = None) -> None:
    """Merge the work's evidence into every fold that it touches."""
    blank = blank or Scope()
    work.need_facets(_facets(work))
    work.moments.update((e.event, e.moment) for e in work.evidence)
    runs = load_runs(work, blank.runs)
    merge_runs(work, runs)
    versions = JobVersions(work)
    versions.define(runs)
    save_runs(work, runs)
    datasets = fold_datasets(work, runs, blank.datasets)
    jobs = load_jobs(work, runs, blank.jobs)
    merge_jobs(work, runs, jobs)
    effective = settle_effective_io(work, runs, jobs)
    save_jobs(work, jobs)
    versions.save()
    fold_edges(work, runs, jobs, effective)
    recount_writes(work)
    fold_column_sources(work, effective)
    fold_explicit_edges(work)
    judge_explicit_edges(work, jobs, effective)
    fold_dependencies(work)
    fold_aliases(work, datasets)
    if datasets or jobs:
        work.cursor.write(SAVE_NAMESPACES, sorted(datasets), sorted(jobs))


def _facets(work: Work) -> Iterable[int]:
    for evidence in work.evidence:
        yield from evidence.run_facets
        yield from evidence.job_facets
        for _, _, facets in evidence.io:
            yield from facets
