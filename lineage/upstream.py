"""Which runs wrote what a run read, and which wrote what those had read?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.models import Dataset
from lineage import run_io
from lineage.models import Run, RunDataset
from lineage.projection.evidence import INPUT
from lineage.reader import Reader
from lineage.run_io import Known, RunDatasetVersion

# Into the jobs that ever wrote the dataset, under any of its names, by the index of
# catalog_dataset.canonical_id and edge_reverse; of each the run that wrote it last
# until then, by run_effective and, of streams, by run_streaming. A stream writes for as
# long as it runs. LATERAL keeps the planner to these.
WRITERS = """
SELECT DISTINCT ON (w.number) w.number, p.id
FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::timestamptz[])
  AS w(number, reader_id, dataset_id, at)
CROSS JOIN LATERAL (
  SELECT id FROM catalog_dataset WHERE canonical_id = w.dataset_id OFFSET 0
) AS d
CROSS JOIN LATERAL (
  SELECT job_id FROM lineage_edge
  WHERE dataset_id = d.id AND direction = 2 OFFSET 0
) AS e
CROSS JOIN LATERAL (
  (SELECT r.id, r.run_id, r.decided_at AS written_at FROM lineage_run r
   WHERE r.job_id = e.job_id AND r.counts AND r.state = 2 AND NOT r.is_streaming
     AND r.decided_at <= w.at AND r.id <> w.reader_id
     AND EXISTS (SELECT FROM lineage_rundataset o
                 WHERE o.run_id = r.id AND o.dataset_id = d.id AND o.direction = 2)
   ORDER BY r.decided_at DESC, r.run_id DESC LIMIT 1)
  UNION ALL
  (SELECT r.id, r.run_id, least(w.at, coalesce(r.ended_at, w.at)) FROM lineage_run r
   WHERE r.job_id = e.job_id AND r.is_streaming AND r.state <> 0
     AND r.started_at <= w.at AND r.id <> w.reader_id
     AND EXISTS (SELECT FROM lineage_rundataset o
                 WHERE o.run_id = r.id AND o.dataset_id = d.id AND o.direction = 2)
   ORDER BY r.started_at DESC, r.run_id DESC LIMIT 1)
) AS p
ORDER BY w.number, p.written_at DESC, p.run_id DESC
"""


@dataclass(frozen=True, slots=True)
class Input:
    """What a run read; `producer` is the run that had written it, if it may be told."""

    read: RunDatasetVersion
    producer: Run | None


@dataclass(frozen=True, slots=True)
class Step:
    """One run of a walk, with what it read."""

    run: Run
    inputs: list[Input]


@dataclass(slots=True)
class Upstream:
    """The runs of a walk, the nearest first.

    `withheld` counts those of them of whose sources the reader may not know all.
    """

    steps: list[Step] = field(default_factory=list)
    known: Known = field(default_factory=Known)
    withheld: int = 0
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    """A run read a canonical dataset."""

    run: Run
    dataset: int
    read: RunDatasetVersion


def upstream(run: Run, reader: Reader, *, max_hops: int, max_runs: int) -> Upstream:
    """Walk from a run to those that wrote what it read; each once, breadth first.

    A run read what had been written when it started, else what was written while it
    ran; as of versions, nobody says so at the time. A fixed number of queries a hop.
    """
    walk = Upstream()
    met = {run.pk}
    level = [run]
    for hop in range(max_hops + 1):
        readings = _readings(level, reader, walk.known)
        written = _writers(readings)
        allowed = _permitted(set(written.values()), reader)
        withheld = _withheld(set(written.values()) - allowed.keys())
        behind: dict[int, list[Input]] = {one.pk: [] for one in level}
        incomplete = _with_hidden_inputs(level, walk.known)
        following: dict[int, Run] = {}
        for number, reading in enumerate(readings):
            producer = allowed.get(written.get(number, 0))
            if written.get(number) in withheld:
                incomplete.add(reading.run.pk)
            behind[reading.run.pk].append(Input(reading.read, producer))
            if producer is not None and producer.pk not in met:
                following.setdefault(producer.pk, producer)
        walk.steps += [Step(one, behind[one.pk]) for one in level]
        walk.withheld += len(incomplete) if reader.veil.tells else 0
        room = max_runs - len(walk.steps)
        if hop == max_hops or not following:
            break
        level = list(following.values())
        if len(level) > room:
            level, walk.is_truncated = level[:room], True
        if not level:
            break
        met |= following.keys()
    return walk


def _readings(level: Sequence[Run], reader: Reader, known: Known) -> list[_Reading]:
    io = run_io.of_runs(level, reader.past_datasets, reader, known)
    ids = {identity: pk for pk, identity in known.identities.items()}
    return [
        _Reading(run, ids[entry.identity], entry)
        for run in level
        for entry in io[run.pk].inputs
    ]


def _writers(readings: Sequence[_Reading]) -> dict[int, int]:
    """The run (id) that wrote what was read, by the reading's place in the list."""
    written = _written_until(
        (number, one, one.run.started_at) for number, one in enumerate(readings)
    )
    return written | _written_until(
        (number, one, one.run.ended_at or one.run.last_event_at)
        for number, one in enumerate(readings)
        if number not in written
    )


def _written_until(
    asked: Iterable[tuple[int, _Reading, datetime | None]],
) -> dict[int, int]:
    rows = [(number, one.run.pk, one.dataset, at) for number, one, at in asked if at]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(WRITERS, [list(column) for column in zip(*rows, strict=True)])
        return dict(cursor.fetchall())


def _permitted(runs: set[int], reader: Reader) -> dict[int, Run]:
    """Those of the runs that may be shown as where data came from."""
    if not runs:
        return {}
    found = reader.runs.filter(pk__among=runs, job__in=reader.linked_jobs)
    return {run.pk: run for run in found.select_related("job__namespace")}


def _withheld(runs: set[int]) -> set[int]:
    """Those that are there, for whoever may see them: a DELETE hides from everybody."""
    if not runs:
        return set()
    real = Run.objects.unrestricted("only whether there are any is told").visible()
    return set(real.filter(pk__among=runs).values_list("pk", flat=True))


def _with_hidden_inputs(level: Sequence[Run], known: Known) -> set[int]:
    """The runs (by id) that also read what the reader may not know of."""
    real: Any = Dataset.objects.unrestricted("only whether there are any is told")
    hidden: Any = RunDataset.objects.filter(
        run__in=[run.pk for run in level],
        direction=INPUT,
        dataset__canonical__in=real.canonical().exclude(pk__in=list(known.identities)),
    )
    return set(hidden.values_list("run", flat=True))
