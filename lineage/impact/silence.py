"""Which jobs read what changes and do not say what they do with it?

They may use it or not: each is a hit, with what it writes. What comes from that is not
followed, for then all that is downstream would be one: the answer says that it is not
complete.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from catalog.models import Job
from lineage.graph.columns import Column
from lineage.graph.cut import Cut
from lineage.graph.veil import Node
from lineage.impact.answers import Hit, Impact, Start, Step, by_name, once
from lineage.impact.changes import Wave
from lineage.impact.code import Using, naming_jobs
from lineage.impact.severities import Rule
from lineage.impact.telling import Told
from lineage.impact.walking import Walk, over_assets, silent_jobs
from lineage.models import Edge
from lineage.reader import Reader

MAX_NODES = 10_000


class Asked(NamedTuple):
    """By whom, as of when, and how far."""

    reader: Reader
    cut: Cut
    max_hops: int


def tell(impact: Impact, walk: Walk, reader: Reader, cut: Cut) -> None:
    """Say which jobs are silent about what a walk met, hidden or not."""
    silent, impact.has_hidden_silent = silent_jobs(walk, reader.veil, cut)
    shown = reader.linked_jobs.filter(pk__in=silent).select_related("namespace")
    impact.silent = by_name(shown)


def add_hits(impact: Impact, wave: Wave, walk: Walk, told: Told, asked: Asked) -> None:
    """Make hits of jobs that read what was met, and do not say how or not all of it.

    Of what they write too: what comes from that is not followed.
    """
    ways = _ways(impact.hits, wave, told)
    using = _silent(impact.silent, ways)
    explained = {
        (job, source) for (source, _), jobs in walk.derivers.items() for job in jobs
    }
    using += naming_jobs(wave.kind, ways, explained, asked.reader, asked.cut)
    hits = once(_hit(one) for one in using if len(one.way.path) < asked.max_hops)
    impact.hits = once([*impact.hits, *hits, *_written(hits, asked)])


def _ways(hits: Iterable[Hit], wave: Wave, told: Told) -> dict[Column, Hit]:
    """How each column on the way is hit; what is changed itself is so by no steps."""
    ways: dict[Column, Hit] = {}
    for start in sorted(wave.starts):
        assert isinstance(start, Column)
        asset = told.datasets.get(start.dataset)
        if asset is not None:
            first = Start(asset, start.field)
            ways[start] = Hit("column", asset, start.field, 0, [], start=first)
    for hit in hits:
        if hit.kind == "column":
            ways.setdefault(Column(hit.asset.pk, hit.column), hit)
    return ways


def _silent(jobs: Collection[Job], ways: Mapping[Column, Hit]) -> list[Using]:
    """Silent jobs, each by the nearest column of a dataset that it reads."""
    near: dict[int, Hit] = {}
    for column, way in sorted(ways.items(), key=lambda one: _nearness(one[1])):
        near.setdefault(column.dataset, way)
    rows = Edge.objects.filter(
        job__in=[job.pk for job in jobs],
        direction=Edge.Direction.INPUT,
        dataset__canonical__in=list(near),
    ).values_list("job", "dataset__canonical")
    of_job: defaultdict[int, list[Hit]] = defaultdict(list)
    for job, dataset in rows:
        of_job[job].append(near[dataset])
    return [
        Using(job, min(of_job[job.pk], key=_nearness), Rule.SILENT)
        for job in jobs
        if job.pk in of_job
    ]


def _nearness(way: Hit) -> tuple[Any, ...]:
    return len(way.path), way.order


def _hit(one: Using) -> Hit:
    job, way = one.job, one.way
    path = [*way.path, Step("job", job.namespace.name, job.name)]
    return Hit("job", job, "", len(path), path, start=way.start, rule=one.rule)


def _written(jobs: Collection[Hit], asked: Asked) -> list[Hit]:
    """What such jobs write, each by the one that hits it hardest."""
    near = {hit.asset.pk: hit for hit in jobs if hit.hops < asked.max_hops}
    if not near:
        return []
    starts = [Node(True, pk) for pk in near]
    walk = over_assets(starts, asked.reader.veil, asked.cut, 1, MAX_NODES)
    told = Told(asked.reader, walk.hops)
    hits = []
    for before, place in walk.links:
        asset = told.asset(place)
        if not isinstance(before, Node) or asset is None or isinstance(asset, Job):
            continue
        way = near[before.id]
        step = Step("dataset", asset.namespace.name, asset.name)
        step.is_manual = (before, place) in walk.manual
        path = [*way.path, step]
        rule = Rule.BROKEN if way.rule is Rule.READS else way.rule
        hits.append(Hit("dataset", asset, "", len(path), path, way.start, rule))
    return once(sorted(hits, key=lambda hit: (hit.strength, hit.path[-2].name)))
