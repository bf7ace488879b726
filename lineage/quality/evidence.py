"""Which runs wrote and read datasets last, and what did they say of them?

Read from the folds for now, and from the events themselves for a past time: nothing is
stored beside these, so that the order of arrival cannot matter. Of each job that wrote
or read a dataset its last ends are looked at, so that the cost has a bound.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from catalog import facets
from catalog.models import Dataset, Facet, Job
from catalog.models.jobs import JobQuerySet
from lineage.graph.cut import NOW, Cut
from lineage.models import Edge, Run
from lineage.projection.evidence import OUTPUT
from lineage.quality import past
from lineage.quality.past import FACETS, Standing

WRITES = 100  # the latest ones that are told of a dataset
JOBS = 200  # of those that wrote or read a dataset: the latest ones
LOOKED_AT = 2000  # ends of one job that may have had to do with other datasets
EVER = datetime(9999, 12, 31, tzinfo=UTC)

# By the index event_ends, then the primary key of lineage_rundataset.
LAST_ENDS = """
SELECT w.dataset_id, t.run_id
FROM unnest(%(jobs)s::bigint[], %(datasets)s::bigint[], %(directions)s::smallint[])
  AS w(job_id, dataset_id, direction)
CROSS JOIN LATERAL (
  SELECT e.run_id FROM (
    SELECT run_id, event_time FROM lineage_event
    WHERE job_id = w.job_id AND kind = 1 AND type IN (3, 4, 5)
      AND type = ANY(%(types)s::smallint[])
      AND event_time <= %(as_of)s AND recorded_at <= %(recorded_at)s
    ORDER BY event_time DESC LIMIT %(looked_at)s
  ) AS e
  WHERE EXISTS (
    SELECT FROM lineage_rundataset AS d WHERE d.run_id = e.run_id
      AND d.dataset_id = w.dataset_id AND d.direction = w.direction
  )
  ORDER BY e.event_time DESC LIMIT %(limit)s
) AS t
UNION
SELECT w.dataset_id, t.id
FROM unnest(%(jobs)s::bigint[], %(datasets)s::bigint[], %(directions)s::smallint[])
  AS w(job_id, dataset_id, direction)
CROSS JOIN LATERAL (
  SELECT s.id FROM (
    SELECT id, started_at FROM lineage_run
    WHERE job_id = w.job_id AND is_streaming
      AND started_at <= %(as_of)s AND created_at <= %(recorded_at)s
    ORDER BY started_at DESC LIMIT %(limit)s
  ) AS s
  WHERE EXISTS (
    SELECT FROM lineage_rundataset AS d WHERE d.run_id = s.id
      AND d.dataset_id = w.dataset_id AND d.direction = w.direction
  )
) AS t
"""
COMPLETE, ENDS = (3,), (3, 4, 5)


@dataclass(frozen=True, slots=True)
class Touch:
    """What a run had to do with a dataset, under all of its names, and said of it.

    `run` is None of a dataset event. `writes` are the event times at which it wrote:
    none if it did not, or failed; one, its end; several if it streams.
    """

    at: datetime
    facets: tuple[Facet, ...]
    run: Standing | None = None
    writes: tuple[datetime, ...] = ()

    @property
    def key(self) -> tuple[datetime, str, list[bytes]]:
        """Orders touches: two at one time by the run's id, and by what they say."""
        run = str(self.run.run_id) if self.run else ""
        return self.at, run, sorted(bytes(facet.digest) for facet in self.facets)


class Pair(NamedTuple):
    """A job and a raw name of a dataset that it wrote or read."""

    job: int
    dataset: int
    direction: int


def touches(
    names: Mapping[int, int],
    jobs: JobQuerySet,
    *,
    limit: int = WRITES,
    cut: Cut = NOW,
) -> dict[int, list[Touch]]:
    """What the last runs of `jobs` did with datasets and said of them, latest first.

    `names` leads from raw ids to canonical ones. Of each dataset these are the last
    `limit` writes, and as many other ends of runs that had to do with it. The number of
    queries is fixed.
    """
    pairs = _pairs(names, jobs, cut)
    wrote = [pair for pair in pairs if pair.direction == OUTPUT]
    runs = _last_ends(wrote, COMPLETE, limit, cut) | _last_ends(pairs, ENDS, limit, cut)
    runs |= past.of_believed(list(names), jobs, cut)
    found = _of_runs(runs, names, cut)
    for canonical, described in _described(names, limit, cut).items():
        found[canonical] += described
    return {pk: _latest(some, limit) for pk, some in found.items()}


def _latest(some: Iterable[Touch], limit: int) -> list[Touch]:
    """The last writes among touches, and as many others that say something."""
    ordered = sorted(some, key=lambda touch: touch.key, reverse=True)
    writes = [touch for touch in ordered if touch.writes][:limit]
    others = [one for one in ordered if one.facets and not one.writes][:limit]
    return sorted(writes + others, key=lambda touch: touch.key, reverse=True)


def names_of(datasets: Iterable[int]) -> dict[int, int]:
    """From the raw ids of canonical datasets to these."""
    rows = Dataset.objects.unrestricted("ids of names of datasets that were chosen")
    return dict(
        rows.filter(canonical__among=list(datasets)).values_list("pk", "canonical")
    )


def all_jobs() -> JobQuerySet:
    """For the system, which looks at everything."""
    return Job.objects.unrestricted("the system judges by all runs").visible()


def _pairs(names: Mapping[int, int], jobs: JobQuerySet, cut: Cut) -> list[Pair]:
    """The jobs that wrote and read the datasets last, up to JOBS of each."""
    edges = Edge.objects.filter(dataset__in=list(names), job__in=jobs.values("pk"))
    if cut.as_of is not None:
        edges = edges.filter(first_at__lte=cut.as_of)
    rows = edges.order_by("-last_at", "job").values_list("job", "dataset", "direction")
    count: dict[tuple[int, int], int] = defaultdict(int)
    found = []
    for pair in map(Pair._make, rows):
        place = names[pair.dataset], pair.direction
        count[place] += 1
        if count[place] <= JOBS:
            found.append(pair)
    return found


def _last_ends(
    pairs: Sequence[Pair], types: Collection[int], limit: int, cut: Cut
) -> set[tuple[int, int]]:
    """The last runs of these jobs that ended, or stream, by the raw dataset."""
    if not pairs:
        return set()
    asked: dict[str, Any] = {
        "jobs": [pair.job for pair in pairs],
        "datasets": [pair.dataset for pair in pairs],
        "directions": [pair.direction for pair in pairs],
        "types": list(types),
        "limit": limit,
        "looked_at": LOOKED_AT,
        **_bounds(cut),
    }
    with connection.cursor() as cursor:
        cursor.execute(LAST_ENDS, asked)
        return set(cursor.fetchall())


def _bounds(cut: Cut) -> dict[str, datetime]:
    return {"as_of": cut.as_of or EVER, "recorded_at": cut.recorded_at or EVER}


def _of_runs(
    runs: Collection[tuple[int, int]], names: Mapping[int, int], cut: Cut
) -> dict[int, list[Touch]]:
    """A touch for each run and canonical dataset; what it wrote is told first."""
    rows: dict[tuple[int, int], list[tuple[int, Sequence[int]]]] = defaultdict(list)
    ids = {run for _, run in runs}
    standing, all_said = past.standing_and_said(ids, list(names), cut)
    wanted = {(names[dataset], run) for dataset, run in runs if run in standing}
    for run, dataset, direction, shown in all_said:
        if (names.get(dataset), run) in wanted:
            rows[names[dataset], run].append((direction, shown))
    bodies = _load(shown for said in rows.values() for _, shown in said)
    streams = {pk for pk, run in standing.items() if run.is_streaming}
    moments = past.moments_of_streams(streams, names, cut)
    found: dict[int, list[Touch]] = {pk: [] for pk in names.values()}
    for (canonical, run), said in rows.items():
        said.sort(key=lambda one: one[0] != OUTPUT)
        told = tuple(bodies[f] for _, shown in said for f in shown if f in bodies)
        own = standing[run]
        writes: tuple[datetime, ...] = ()
        if said[0][0] == OUTPUT and not _is_dropped(told):
            writes = _writes(own, moments.get((run, canonical), ()))
        at = max(writes, default=own.at)
        found[canonical].append(Touch(at, told, own, writes))
    return found


def _load(shown: Iterable[Sequence[int]]) -> dict[int, Facet]:
    """The facets in question, without what takes one back."""
    found = facets.load((facet for some in shown for facet in some), FACETS)
    return {pk: facet for pk, facet in found.items() if not facet.is_deleted}


def _writes(run: Standing, flowing: Sequence[datetime]) -> tuple[datetime, ...]:
    if run.is_streaming:
        return tuple(sorted(flowing))
    return (run.at,) if run.state == Run.State.COMPLETED else ()


def _is_dropped(told: Iterable[Facet]) -> bool:
    states = (
        facets.text(facet, "lifecycleStateChange")
        for facet in told
        if facet.key == "lifecycleStateChange"
    )
    return any((state or "").upper() == "DROP" for state in states)


def _described(
    names: Mapping[int, int], limit: int, cut: Cut
) -> dict[int, list[Touch]]:
    """What the last dataset events say; they write nothing."""
    rows = past.described(names, limit, cut)
    bodies = _load(shown for *_, shown in rows)
    found: dict[int, list[Touch]] = defaultdict(list)
    for dataset, at, shown in rows:
        told = tuple(bodies[facet] for facet in shown if facet in bodies)
        if told:
            found[names[dataset]].append(Touch(at, told))
    return found
