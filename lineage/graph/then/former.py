"""What had a job read or written until then, beside what was its own?"""

from collections.abc import Iterable, Iterator
from typing import LiteralString

from lineage.graph.then.effective import JobThen
from lineage.graph.then.evidence import COUNTS, IS_WHOLE, Counting
from lineage.models import Edge

FORMER, ATTEMPTED = int(Edge.Status.FORMER), int(Edge.Status.ATTEMPTED)

# What runs wholly within the cut read and wrote, and whether they ever did so for good.
# By the index run_of_job, and primary keys.
OF_RUNS: LiteralString = f"""
SELECT r.job_id, d.dataset_id, d.direction,
  bool_or(r.state = 2 OR (r.is_streaming AND r.state <> 0))
FROM lineage_run r JOIN lineage_rundataset d ON d.run_id = r.id
WHERE r.job_id = ANY(%(jobs)b::bigint[]) AND {IS_WHOLE}
GROUP BY 1, 2, 3
"""
BROKEN: LiteralString = f"""
SELECT r.id FROM lineage_run r
WHERE r.job_id = ANY(%(jobs)b::bigint[]) AND r.first_event_at <= %(as_of)b
  AND NOT {IS_WHOLE}
"""
# By the index event_declarations.
DECLARED: LiteralString = f"""
SELECT DISTINCT e.job_id, i.dataset_id, i.direction
FROM lineage_event e JOIN lineage_ioevidence i ON i.event_id = e.id
WHERE e.job_id = ANY(%(jobs)b::bigint[]) AND e.kind = 2 AND {COUNTS}
"""

type Key = tuple[int, int]  # raw dataset, direction


def former_io(
    counting: Counting, jobs: dict[int, JobThen]
) -> Iterator[tuple[int, Key, int]]:
    """(job, its I/O, status): FORMER, or ATTEMPTED where nothing ever completed it."""
    counted: dict[tuple[int, Key], bool] = {}
    for job, key, is_counted in _asserted(counting, sorted(jobs)):
        counted[job, key] = counted.get((job, key), False) or is_counted
    for (job, key), is_counted in counted.items():
        if key not in jobs[job].io:
            yield job, key, FORMER if is_counted else ATTEMPTED


def _asserted(counting: Counting, jobs: list[int]) -> Iterable[tuple[int, Key, bool]]:
    for job, dataset, way, is_counted in counting.fetch(OF_RUNS, jobs=jobs):
        yield job, (dataset, way), is_counted
    for job, dataset, way in counting.fetch(DECLARED, jobs=jobs):
        yield job, (dataset, way), True
    broken = {i for (i,) in counting.fetch(BROKEN, jobs=jobs)}
    broken |= {run for _, run in counting.unsure_runs(jobs)}
    for fold in counting.folded(broken)[1].values():
        for one in fold.evidence:
            for dataset, way, _ in one.io:
                yield fold.job, (dataset, way), fold.writes
