"""Which jobs read what changes and do not say what they do with it?

They may use it or not: each is a hit, with what it writes. What comes from that is not
followed, for then all that is downstream would be one: the answer says that it is not
complete.
"""

from collections.abc import Collection, Iterable

from catalog.models import Job
from lineage.graph.columns import Column
from lineage.graph.cut import Cut
from lineage.graph.veil import Node
from lineage.impact.answers import Hit, Impact, Start, Step, by_name
from lineage.impact.changes import Wave
from lineage.impact.severities import Rule
from lineage.impact.telling import Told
from lineage.impact.walking import Walk, over_assets, silent_jobs
from lineage.models import Edge
from lineage.reader import Reader

MAX_NODES = 10_000


def tell(impact: Impact, walk: Walk, reader: Reader, cut: Cut) -> None:
    """Say which jobs are silent about what a walk met, hidden or not."""
    silent, impact.has_hidden_silent = silent_jobs(walk, reader.veil, cut)
    shown = reader.linked_jobs.filter(pk__in=silent).select_related("namespace")
    impact.silent = by_name(shown)


def add_hits(
    impact: Impact, wave: Wave, told: Told, reader: Reader, cut: Cut, max_hops: int
) -> None:
    """Make hits of the silent jobs that read what was met, and of what they write."""
    ways = _ways(impact.hits, wave, told)
    reading = _reading(impact.silent, ways)
    found = {
        job.pk: _hit(job, ways[reading[job.pk]])
        for job in impact.silent
        if job.pk in reading and len(ways[reading[job.pk]].path) < max_hops
    }
    impact.hits += [*found.values(), *_written(found, reader, cut, max_hops)]


def _ways(hits: Iterable[Hit], wave: Wave, told: Told) -> dict[int, Hit]:
    """By which way each dataset with columns on the way is met first, by its id.

    What is changed itself is a way of no steps.
    """
    ways: dict[int, Hit] = {}
    for start in sorted(wave.starts):
        assert isinstance(start, Column)
        asset = told.datasets.get(start.dataset)
        if asset is not None:
            first = Start(asset, start.field)
            hit = Hit("column", asset, start.field, 0, [], start=first)
            ways.setdefault(asset.pk, hit)
    for hit in sorted(hits, key=lambda hit: (len(hit.path), hit.order)):
        if hit.kind == "column":
            ways.setdefault(hit.asset.pk, hit)
    return ways


def _reading(jobs: Collection[Job], ways: dict[int, Hit]) -> dict[int, int]:
    """Of each job the dataset that it reads and that was met first, by their ids."""
    rows = Edge.objects.filter(
        job__in=[job.pk for job in jobs],
        direction=Edge.Direction.INPUT,
        dataset__canonical__in=list(ways),
    ).values_list("job", "dataset__canonical")
    ordered = sorted(
        rows, key=lambda row: (len(ways[row[1]].path), ways[row[1]].order, row[0])
    )
    found: dict[int, int] = {}
    for job, dataset in ordered:
        found.setdefault(job, dataset)
    return found


def _hit(job: Job, way: Hit) -> Hit:
    step = Step("job", job.namespace.name, job.name)
    path = [*way.path, step]
    return Hit("job", job, "", len(path), path, start=way.start, rule=Rule.SILENT)


def _written(
    jobs: dict[int, Hit], reader: Reader, cut: Cut, max_hops: int
) -> list[Hit]:
    """What silent jobs write, each by the nearest of them."""
    near = {pk: hit for pk, hit in jobs.items() if hit.hops < max_hops}
    if not near:
        return []
    starts = [Node(True, pk) for pk in near]
    walk = over_assets(starts, reader.veil, cut, 1, MAX_NODES)
    told = Told(reader, walk.hops)
    hits: dict[int, Hit] = {}
    links = [
        (near[before.id], before, place)
        for before, place in walk.links
        if isinstance(before, Node) and before.id in near
    ]
    for way, before, place in sorted(links, key=lambda one: one[0].order):
        asset = told.asset(place)
        if asset is None or isinstance(asset, Job):
            continue
        step = Step("dataset", asset.namespace.name, asset.name)
        step.is_manual = (before, place) in walk.manual
        path = [*way.path, step]
        hit = Hit("dataset", asset, "", len(path), path, way.start, Rule.SILENT)
        hits.setdefault(asset.pk, hit)
    return list(hits.values())
