"""In which jobs did the last runs of jobs run, as of any time?"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import LiteralString, NamedTuple

from lineage.graph.cut import Cut
from lineage.graph.links import fetch
from lineage.graph.then.evidence import FOREVER, Counting

# Of a job's last runs so many are looked at for one that names a parent: one that
# somebody started by hand may have none.
LAST_RUNS = 3
# So far up a run is followed.
MAX_DEPTH = 50

# By the index run_of_job.
LAST: LiteralString = """
SELECT w.job_id, r.id, r.parent_id, r.root_id
FROM unnest(%(jobs)b::bigint[]) AS w(job_id)
CROSS JOIN LATERAL (
  SELECT r.id, r.parent_id, r.root_id, r.started_at, r.run_id FROM lineage_run r
  WHERE r.job_id = w.job_id AND r.started_at <= %(as_of)b
    AND r.created_at <= %(recorded_at)b AND r.first_event_at IS NOT NULL
  ORDER BY r.started_at DESC, r.run_id DESC LIMIT %(among)b
) AS r
ORDER BY w.job_id, r.started_at DESC, r.run_id DESC
"""
# By primary key.
RUNS: LiteralString = """
SELECT r.id, r.job_id, r.parent_id, r.root_id FROM lineage_run r
WHERE r.id = ANY(%(runs)b::bigint[])
"""


class _Above(NamedTuple):
    """What a run says that it ran in."""

    parent: int | None
    root: int | None


@dataclass(frozen=True, slots=True)
class Ancestors:
    """The jobs around a job, the nearest first, and the one that is called its root."""

    chain: tuple[int, ...]
    root: int | None


def ancestors(jobs: Collection[int], cut: Cut) -> dict[int, Ancestors]:
    """The ancestors of those jobs that have any; a query for each level, and a few.

    Where runs are each other's parents the chain ends before it comes back.
    """
    return _Climb(cut).of(jobs)


class _Climb:
    """The way up from runs, at one cut."""

    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self.counting = None if cut.is_now else Counting(cut)
        self.job_of: dict[int, int] = {}
        self.above: dict[int, _Above] = {}

    def of(self, jobs: Collection[int]) -> dict[int, Ancestors]:
        first = self.first(jobs)
        self.read({up for one in first.values() for up in one if up is not None})
        level = {one.parent for one in first.values() if one.parent is not None}
        for _ in range(MAX_DEPTH):
            level = {
                above.parent
                for run in level
                if (above := self.above.get(run)) and above.parent is not None
            } - self.job_of.keys()
            if not level:
                break
            self.read(level)
        return {
            job: Ancestors(tuple(self.chain(job, one)), self.job_of.get(one.root or 0))
            for job, one in first.items()
        }

    def first(self, jobs: Collection[int]) -> dict[int, _Above]:
        """What the last run of each job that names a parent says."""
        asked = {
            "jobs": sorted(jobs),
            "as_of": self.cut.as_of or FOREVER,
            "recorded_at": self.cut.recorded_at or FOREVER,
            "among": LAST_RUNS,
        }
        rows = fetch(LAST, asked) if jobs else []
        said = self.as_then((run, _Above(*above)) for _, run, *above in rows)
        found: dict[int, _Above] = {}
        for job, run, *_ in rows:
            if run in said and said[run].parent is not None:
                found.setdefault(job, said[run])
        return found

    def read(self, runs: Collection[int]) -> None:
        rows = fetch(RUNS, {"runs": sorted(runs)}) if runs else []
        self.job_of |= {run: job for run, job, *_ in rows}
        self.above |= self.as_then((run, _Above(*above)) for run, _, *above in rows)

    def as_then(self, said: Iterable[tuple[int, _Above]]) -> dict[int, _Above]:
        """The same as of the cut."""
        now = dict(said)
        if self.counting is None:
            return now
        folds = self.counting.folded(now)[1]
        return {run: _Above(fold.parent, fold.root) for run, fold in folds.items()}

    def chain(self, job: int, first: _Above) -> Iterable[int]:
        seen, run = {job}, first.parent
        runs: set[int] = set()
        while run is not None and run in self.job_of and run not in runs:
            runs.add(run)
            above = self.job_of[run]
            if above not in seen:
                seen.add(above)
                yield above
            run = self.above[run].parent if run in self.above else None
