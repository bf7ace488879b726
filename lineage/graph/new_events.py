"""Which events count at one time of a question, and not yet at an earlier one?"""

from collections.abc import Collection
from datetime import datetime
from typing import LiteralString, NamedTuple

from lineage.graph.cut import Cut
from lineage.graph.then.evidence import COUNTS, FOREVER, Counting

# More than these are not looked through for the one that made a difference.
MAX_EVENTS = 10_000

_NEW: LiteralString = f"""
{COUNTS} AND (e.event_time > %(old_as_of)b OR e.recorded_at > %(old_recorded_at)b)
"""
# By the indexes run_of_job and event_declarations, and that of events by run.
OF_JOBS: LiteralString = f"""
SELECT e.id, e.event_time, e.digest, e.recorded_at, e.job_id
FROM lineage_run r JOIN lineage_event e ON e.run_id = r.id
WHERE r.job_id = ANY(%(jobs)b::bigint[]) AND {_NEW}
  AND (r.last_event_at > %(old_as_of)b OR r.updated_at > %(old_recorded_at)b)
UNION
SELECT e.id, e.event_time, e.digest, e.recorded_at, e.job_id
FROM lineage_event e
WHERE e.job_id = ANY(%(jobs)b::bigint[]) AND e.kind = 2 AND {_NEW}
"""
# By primary key, and the indexes on canonical and event_of_dataset.
OF_DATASETS: LiteralString = f"""
SELECT e.id, e.event_time, e.digest, e.recorded_at, e.job_id
FROM catalog_dataset w JOIN catalog_dataset d ON d.canonical_id = w.canonical_id
JOIN lineage_event e ON e.dataset_id = d.id
WHERE w.id = ANY(%(datasets)b::bigint[]) AND e.kind = 3 AND {_NEW}
"""


class NewEvent(NamedTuple):
    """An event by its own time, and by when it was recorded."""

    id: int
    at: datetime
    digest: bytes
    recorded_at: datetime
    job: int | None


def new_events(
    jobs: Collection[int], datasets: Collection[int], old: Cut, new: Cut
) -> list[NewEvent]:
    """What was said by jobs, or of datasets alone, that counts at `new` and not `old`.

    In the order of its time, `MAX_EVENTS` at the most.
    """
    found: list[NewEvent] = []
    for sql, ids in ((OF_JOBS, jobs), (OF_DATASETS, datasets)):
        if not ids:
            continue
        rows = Counting(new).fetch(
            f"{sql} ORDER BY 2, 3 LIMIT {MAX_EVENTS:d}",
            jobs=sorted(ids),
            datasets=sorted(ids),
            old_as_of=old.as_of or FOREVER,
            old_recorded_at=old.recorded_at or FOREVER,
        )
        found += [NewEvent(*row) for row in rows]
    return sorted(found, key=lambda event: (event.at, event.digest))
