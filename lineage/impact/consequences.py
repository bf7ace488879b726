"""What does a change do to all that is downstream of it, and by when?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from catalog.models import Dataset, Job
from lineage.graph.columns import Column
from lineage.graph.cut import NOW, Cut
from lineage.graph.veil import Node
from lineage.impact import schedules, silence
from lineage.impact.answers import Hit, Impact, Late, Schedule, by_name
from lineage.impact.changes import Change, Wave, changed, waves
from lineage.impact.describing import describe, describe_making
from lineage.impact.explaining import Reached
from lineage.impact.severities import OF_COLUMNS, OF_JOBS, Rule, effect
from lineage.impact.telling import Judge, Told, tell
from lineage.impact.walking import Link, Place, Walk, over_assets, over_columns
from lineage.models import Run
from lineage.reader import Reader

MAX_HOPS = 100
MAX_NODES = 10_000


def of_asset(
    start: Dataset | Job,
    reader: Reader,
    *,
    max_hops: int = MAX_HOPS,
    max_nodes: int = MAX_NODES,
    cut: Cut = NOW,
) -> Impact:
    """What is made of an asset's data; a hop is from dataset to job or the other way.

    The cost follows the answer; the queries beside the walk are of a fixed number.
    """
    first = Node(isinstance(start, Job), start.pk)
    walk = over_assets([first], reader.veil, cut, max_hops, max_nodes)
    return _plain(walk, first, reader, cut)


def of_column(
    dataset: Dataset,
    column: str,
    reader: Reader,
    *,
    max_hops: int = MAX_HOPS,
    max_nodes: int = MAX_NODES,
    cut: Cut = NOW,
) -> Impact:
    """What comes from a column, column by column; a hop is from one to the next.

    A dataset that depends on it as a whole (what it filters or joins by) is a hit by
    itself, of no column; what comes from that one is not followed.
    """
    first = Column(dataset.pk, column)
    walk = over_columns([first], reader.veil, cut, max_hops, max_nodes)
    impact = _plain(walk, first, reader, cut)
    silence.tell(impact, walk, reader, cut)
    return impact


def _plain(walk: Walk, first: Node | Column, reader: Reader, cut: Cut) -> Impact:
    """What is downstream, whatever would be changed: no hit is judged."""
    hits, _, _ = tell(walk, [first], reader, lambda walk, link: Rule.COMPUTED)
    for hit in hits:
        hit.rule = None
    describe(hits, reader, cut)
    hits.sort(key=lambda hit: hit.order)
    return Impact(hits, walk.withheld, walk.is_truncated)


def of_changes(
    changes: Sequence[Change],
    reader: Reader,
    *,
    max_hops: int = MAX_HOPS,
    max_nodes: int = MAX_NODES,
    cut: Cut = NOW,
) -> Impact:
    """What some changes do together: each thing once, as it is hit hardest.

    What is changed itself is no hit. The queries follow the number of kinds of changes,
    never that of hits.
    """
    impact = Impact(is_truncated=any(change.is_partial for change in changes))
    for wave in waves(changes):
        bounds = max_hops, max_nodes
        if wave.kind in OF_COLUMNS:
            impact.take_in(_of_columns(wave, reader, cut, *bounds))
        else:
            impact.take_in(_of_assets(wave, reader, cut, *bounds))
    itself = changed(changes)
    impact.hits = [hit for hit in impact.hits if hit.key not in itself]
    describe(impact.hits, reader, cut)
    describe_making(impact.hits, reader, cut)
    impact.failed = _failed(impact.hits, reader, cut)
    return impact


def _of_columns(
    wave: Wave, reader: Reader, cut: Cut, max_hops: int, max_nodes: int
) -> Impact:
    starts = [start for start in wave.starts if isinstance(start, Column)]
    walk = over_columns(starts, reader.veil, cut, max_hops, max_nodes)
    hits, _, told = tell(walk, starts, reader, _judge(wave))
    impact = Impact(hits, walk.withheld, walk.is_truncated)
    silence.tell(impact, walk, reader, cut)
    silence.add_hits(impact, wave, walk, told, silence.Asked(reader, cut, max_hops))
    return impact


def _of_assets(
    wave: Wave, reader: Reader, cut: Cut, max_hops: int, max_nodes: int
) -> Impact:
    starts = [start for start in wave.starts if isinstance(start, Node)]
    walk = over_assets(starts, reader.veil, cut, max_hops, max_nodes)
    hits, reached, told = tell(walk, starts, reader, _judge(wave))
    impact = Impact(hits, walk.withheld, walk.is_truncated)
    if wave.kind in OF_JOBS:
        _tell_lateness(impact, wave, reached, told, reader, cut)
    return impact


def _judge(wave: Wave) -> Judge:
    def judge(walk: Walk, link: Link) -> Rule:
        is_first = link[0] in wave.starts
        return effect(wave.kind, walk.carries(link), is_first=is_first)

    return judge


def _tell_lateness(
    impact: Impact,
    wave: Wave,
    reached: Mapping[Place, Reached[Place]],
    told: Told,
    reader: Reader,
    cut: Cut,
) -> None:
    """Say from when to when each hit is stale; leave out what is made in time."""
    made = _made(told, reader, cut)
    now = cut.as_of or cut.recorded_at or timezone.now()
    late: dict[Node, Late] = {}
    for place, one in _lateness(wave, reached, made, now).items():
        if isinstance(place, Node):
            late.setdefault(place.whole, one)  # of a job the part that is met first
    kept: list[Hit] = []
    for hit in impact.hits:
        hit.late = late.get(Node(isinstance(hit.asset, Job), hit.asset.pk))
        if hit.late is not None:
            kept.append(hit)
    impact.in_time = len(impact.hits) - len(kept)
    impact.hits = kept


def _made(told: Told, reader: Reader, cut: Cut) -> dict[Node, Schedule]:
    jobs = schedules.of_jobs(told.jobs, reader, cut)
    return {Node(True, pk): one for pk, one in jobs.items()}


def _lateness(
    wave: Wave,
    reached: Mapping[Place, Reached[Place]],
    made: Mapping[Node, Schedule],
    now: datetime,
) -> dict[Place, Late]:
    """How late each place is, along the way by which it is reached.

    A job comes late to its next runs; what it writes is as late as the job.
    """
    late: dict[Place, Late] = {}
    for start in wave.starts:
        assert isinstance(start, Node)
        since = schedules.first_missed(made.get(start), now)
        late[start] = Late(since, _until(since, wave.by))
    for place, how in reached.items():
        before = late.get(how.parent)
        if before is None:
            continue
        own = made.get(place.whole) if isinstance(place, Node) else None
        passed = schedules.passed_on(before, own)
        if passed is not None:
            late[place] = passed
    return late


def _until(since: datetime | None, by: timedelta | None) -> datetime | None:
    return since + by if since is not None and by is not None else None


def _failed(hits: Collection[Hit], reader: Reader, cut: Cut) -> list[Job]:
    """The jobs on the ways whose last run failed."""
    jobs = {job.pk: job for hit in hits for step in hit.path for job in step.jobs}
    jobs |= {hit.asset.pk: hit.asset for hit in hits if isinstance(hit.asset, Job)}
    last = schedules.last_runs(list(jobs), reader, cut)
    return by_name(
        job
        for pk, job in jobs.items()
        if pk in last and last[pk].state == Run.State.FAILED
    )
