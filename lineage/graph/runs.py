"""Which run had written what a run read, and which runs read what a run wrote?

A run read what had been written when it started; where nothing had, what was written
while it ran. As of versions, nobody says so at the time.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from lineage.graph.cut import Cut
from lineage.graph.links import fetch
from lineage.graph.then.evidence import COUNTS, Counting

# Of a job's runs that had begun before something was written, so many are looked at for
# some that were still under way.
LOOK_BACK = 1_000
# So many runs are looked at for those that read what some runs wrote.
MAX_READERS = 100_000

# The names of datasets, and the jobs that ever wrote (or read) them, by the index of
# catalog_dataset.canonical_id and edge_reverse. LATERAL keeps the planner to these.
_NAMES: LiteralString = """
CROSS JOIN LATERAL (
  SELECT id FROM catalog_dataset WHERE canonical_id = w.dataset_id OFFSET 0
) AS d
"""
_TOUCHING: LiteralString = """
SELECT job_id FROM lineage_edge
WHERE dataset_id = d.id AND direction = %(direction)b
"""
_JOBS: LiteralString = f"{_NAMES} CROSS JOIN LATERAL ({_TOUCHING} OFFSET 0) AS j"
# With those of which no fold tells what counted by the recorded time.
_BELIEVED: LiteralString = """
SELECT e.job_id FROM lineage_event e JOIN lineage_ioevidence i ON i.event_id = e.id
WHERE e.id = ANY(%(believed)b::bigint[]) AND e.job_id IS NOT NULL
  AND i.dataset_id = d.id AND i.direction = %(direction)b
"""
_JOBS_THEN: LiteralString = f"""
{_NAMES} CROSS JOIN LATERAL ({_TOUCHING} UNION {_BELIEVED} OFFSET 0) AS j
"""
_ASKED: LiteralString = """
unnest(
  %(numbers)b::int[], %(runs)b::bigint[], %(datasets)b::bigint[],
  %(times)b::timestamptz[]
) AS w(number, reader_id, dataset_id, at)
"""
# Of each job the run that wrote it last until then, by run_effective and, of streams,
# by run_streaming. A stream writes for as long as it runs.
WRITERS: LiteralString = f"""
SELECT DISTINCT ON (w.number) w.number, p.id
FROM {_ASKED} {_JOBS}
CROSS JOIN LATERAL (
  (SELECT r.id, r.run_id, r.decided_at AS written_at FROM lineage_run r
   WHERE r.job_id = j.job_id AND r.counts AND r.state = 2 AND NOT r.is_streaming
     AND r.decided_at <= w.at AND r.id <> w.reader_id
     AND EXISTS (SELECT FROM lineage_rundataset o
                 WHERE o.run_id = r.id AND o.dataset_id = d.id AND o.direction = 2)
   ORDER BY r.decided_at DESC, r.run_id DESC LIMIT 1)
  UNION ALL
  (SELECT r.id, r.run_id, least(w.at, coalesce(r.ended_at, w.at)) FROM lineage_run r
   WHERE r.job_id = j.job_id AND r.is_streaming AND r.state <> 0
     AND r.started_at <= w.at AND r.id <> w.reader_id
     AND EXISTS (SELECT FROM lineage_rundataset o
                 WHERE o.run_id = r.id AND o.dataset_id = d.id AND o.direction = 2)
   ORDER BY r.started_at DESC, r.run_id DESC LIMIT 1)
) AS p
ORDER BY w.number, p.written_at DESC, p.run_id DESC
"""
# The same by the evidence within a cut. By the indexes event_ends and run_streaming,
# and that of events by run.
_SAID_TO_WRITE: LiteralString = f"""
EXISTS (
  SELECT FROM lineage_event v JOIN lineage_ioevidence i ON i.event_id = v.id
  WHERE v.run_id = r.id AND i.dataset_id = d.id AND i.direction = 2
    AND {COUNTS.replace("e.", "v.")}
)
"""
WRITERS_THEN: LiteralString = f"""
SELECT DISTINCT ON (w.number) w.number, p.id
FROM {_ASKED} {_JOBS_THEN}
CROSS JOIN LATERAL (
  (SELECT r.id, r.run_id, e.event_time AS written_at
   FROM lineage_event e JOIN lineage_run r ON r.id = e.run_id
   WHERE e.job_id = j.job_id AND e.kind = 1 AND e.type = 3 AND e.type IN (3, 4, 5)
     AND e.event_time <= w.at AND {COUNTS} AND NOT r.is_streaming
     AND r.id <> w.reader_id AND {_SAID_TO_WRITE}
     AND NOT EXISTS (
       SELECT FROM lineage_event l WHERE l.run_id = r.id AND l.kind = 1
         AND l.type IN (3, 4, 5)
         AND (l.event_time, l.digest) > (e.event_time, e.digest)
         AND {COUNTS.replace("e.", "l.")}
     )
   ORDER BY e.event_time DESC, r.run_id DESC LIMIT 1)
  UNION ALL
  (SELECT r.id, r.run_id, least(w.at, CASE
     WHEN r.ended_at <= %(as_of)b AND r.updated_at <= %(recorded_at)b
     THEN r.ended_at END)
   FROM lineage_run r
   WHERE r.job_id = j.job_id AND r.is_streaming AND r.state <> 0
     AND r.started_at <= least(w.at, %(as_of)b) AND r.id <> w.reader_id
     AND {_SAID_TO_WRITE}
   ORDER BY r.started_at DESC, r.run_id DESC LIMIT 1)
) AS p
ORDER BY w.number, p.written_at DESC, p.run_id DESC
"""
# When each was next written, by run_effective.
NEXT_WRITES: LiteralString = f"""
SELECT w.number, min(p.decided_at) FROM {_ASKED} {_JOBS}
CROSS JOIN LATERAL (
  SELECT r.decided_at FROM lineage_run r
  WHERE r.job_id = j.job_id AND r.counts AND r.state = 2 AND NOT r.is_streaming
    AND r.decided_at > w.at AND r.id <> w.reader_id
    AND EXISTS (SELECT FROM lineage_rundataset o
                WHERE o.run_id = r.id AND o.dataset_id = d.id AND o.direction = 2)
  ORDER BY r.decided_at LIMIT 1
) AS p
GROUP BY w.number
"""


def _readers(
    jobs: LiteralString, unsure: LiteralString, reads: LiteralString
) -> LiteralString:
    """Runs that may have read what was written `since`, until it was written anew.

    By run_of_job and the primary key of run datasets.
    """
    return f"""
SELECT w.number, p.id
FROM unnest(
  %(numbers)b::int[], %(runs)b::bigint[], %(datasets)b::bigint[],
  %(since)b::timestamptz[], %(until)b::timestamptz[]
) AS w(number, writer_id, dataset_id, since, until) {jobs}
CROSS JOIN LATERAL (
  SELECT r.id FROM lineage_run r
  WHERE r.job_id = j.job_id AND r.started_at >= w.since
    AND r.started_at <= coalesce(w.until, 'infinity')
  UNION
  (SELECT r.id FROM (
     SELECT r.id, coalesce(r.ended_at, r.last_event_at) AS last_at FROM lineage_run r
     WHERE r.job_id = j.job_id AND r.started_at < w.since
     ORDER BY r.started_at DESC LIMIT {LOOK_BACK:d}
   ) AS r WHERE r.last_at >= w.since)
  {unsure}
) AS p
WHERE p.id <> w.writer_id AND ({reads})
ORDER BY 1, 2 LIMIT %(limit)b
"""


_READS: LiteralString = """
EXISTS (
  SELECT FROM lineage_rundataset i
  WHERE i.run_id = p.id AND i.dataset_id = d.id AND i.direction = 1
)
"""
_SAID_TO_READ: LiteralString = """
EXISTS (
  SELECT FROM lineage_event e JOIN lineage_ioevidence i ON i.event_id = e.id
  WHERE e.id = ANY(%(believed)b::bigint[]) AND e.run_id = p.id
    AND i.dataset_id = d.id AND i.direction = 1
)
"""
# Of runs that were told otherwise than they are now, nobody knows when they began.
_UNSURE: LiteralString = """
UNION
SELECT r.id FROM lineage_run r
WHERE r.job_id = j.job_id AND r.id = ANY(%(unsure_runs)b::bigint[])
"""
READERS: LiteralString = _readers(_JOBS, "", _READS)
READERS_THEN: LiteralString = _readers(
    _JOBS_THEN, _UNSURE, f"{_READS} OR {_SAID_TO_READ}"
)
INPUT, OUTPUT = 1, 2


class Reading(NamedTuple):
    """A run reads a canonical dataset: when it began to, and when it had ended."""

    run: int
    dataset: int
    started_at: datetime | None
    last_at: datetime | None


class Writing(NamedTuple):
    """A run wrote a canonical dataset, from `since` on and until it had `ended_at`.

    A stream writes all the while, and may not have ended; others write at their end.
    """

    run: int
    dataset: int
    since: datetime
    ended_at: datetime | None


def writers(readings: Collection[Reading], cut: Cut) -> list[int | None]:
    """Of each reading the run (id) that had written what was read, if any had."""
    counting = None if cut.is_now else Counting(cut)
    found = _written(
        counting,
        ((n, one.run, one.dataset, one.started_at) for n, one in enumerate(readings)),
    )
    found |= _written(
        counting,
        (
            (n, one.run, one.dataset, one.last_at)
            for n, one in enumerate(readings)
            if n not in found
        ),
    )
    return [found.get(number) for number in range(len(readings))]


def _written(
    counting: Counting | None,
    asked: Iterable[tuple[int, int, int, datetime | None]],
) -> dict[int, int]:
    rows = [row for row in asked if row[-1] is not None]
    if not rows:
        return {}
    parameters = _columns(rows, OUTPUT)
    if counting is None:
        return dict(fetch(WRITERS, parameters))
    return dict(counting.fetch(WRITERS_THEN, **parameters))


def readers(writings: Collection[Writing], cut: Cut) -> tuple[list[set[int]], bool]:
    """Of each writing the runs (ids) that may have read what was written.

    `writers` says which of them did. The second is whether there may be more.
    """
    rows = [(n, *one) for n, one in enumerate(writings)]
    found: list[set[int]] = [set() for _ in rows]
    if not rows:
        return found, False
    until: dict[int, datetime] = {}
    if cut.recorded_at is None:  # else the next one may not have been known
        ended = [(n, run, dataset, end) for n, run, dataset, _, end in rows if end]
        until = dict(fetch(NEXT_WRITES, _columns(ended, OUTPUT))) if ended else {}
    asked = _columns([row[:-1] for row in rows], INPUT)
    asked["since"] = asked.pop("times")
    asked["until"] = [until.get(number) for number in range(len(rows))]
    asked["limit"] = MAX_READERS
    if cut.is_now:
        told = fetch(READERS, asked)
    else:
        told = Counting(cut).fetch(READERS_THEN, **asked)
    for number, run in told:
        found[number].add(run)
    return found, len(told) >= MAX_READERS


def _columns(rows: Collection[tuple[Any, ...]], direction: int) -> dict[str, Any]:
    numbers, runs, datasets, times = map(list, zip(*rows, strict=True))
    return {
        "numbers": numbers,
        "runs": runs,
        "datasets": datasets,
        "times": times,
        "direction": direction,
    }
