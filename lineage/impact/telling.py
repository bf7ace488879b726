"""What of a walk is told to its reader: which hits, by which ways?"""

from collections.abc import Callable, Collection, Iterable, Mapping

from catalog.models import Dataset, Job
from lineage.graph.columns import Column
from lineage.graph.layers import Stretch
from lineage.graph.veil import Node
from lineage.impact.answers import Hit, Kind, Start, Step, once
from lineage.impact.explaining import Reached, explain
from lineage.impact.severities import Rule
from lineage.impact.walking import Link, Named, Place, Walk
from lineage.reader import Reader

type Judge = Callable[[Walk, Link], Rule]


class Told:
    """The assets of a walk by their ids; what is deleted is not among them."""

    def __init__(self, reader: Reader, met: Iterable[Place]) -> None:
        places = [place for place in met if not isinstance(place, Stretch)]
        jobs = {one.id for one in places if _is_job(one)}  # type: ignore[union-attr]
        datasets = {_id_of(one) for one in places if not _is_job(one)}
        self.jobs: dict[int, Job] = {}
        self.datasets: dict[int, Dataset] = {}
        if jobs:
            found = reader.linked_jobs.filter(pk__among=jobs)
            self.jobs = {job.pk: job for job in found.select_related("namespace")}
        if datasets:
            known = reader.linked_datasets
            if any(isinstance(one, Column) for one in places):
                known = reader.column_datasets
            rows = known.filter(pk__among=datasets).with_names()
            self.datasets = {dataset.pk: dataset for dataset in rows}

    def asset(self, place: Place) -> Dataset | Job | None:
        if isinstance(place, Stretch):
            return None
        rows: Mapping[int, Dataset | Job] = (
            self.jobs if _is_job(place) else self.datasets
        )
        return rows.get(_id_of(place))

    def order(self, place: Place) -> tuple[bool, bool, str, str, str]:
        """By names, what has none last."""
        asset = self.asset(place)
        if asset is None:
            return True, isinstance(place, Stretch), "", "", ""
        names = asset.namespace.name, asset.name
        return False, isinstance(asset, Job), *names, _column(place)


def tell(
    walk: Walk, starts: Collection[Named], reader: Reader, judge: Judge
) -> tuple[list[Hit], dict[Place, Reached[Place]], Told]:
    """The hits of a walk, each by the way that explains how it is judged.

    Beside them: how each place was reached, and the assets of the walk.
    """
    told = Told(reader, [*starts, *walk.hops])
    rules = {link: judge(walk, link) for link in walk.links}
    reached = explain(set(starts), rules, told.order)
    ends = [(place, how.parent) for place, how in reached.items()]
    derivers = _derivers(walk, ends, reader)
    paths: dict[Place, list[Step]] = {start: [] for start in starts}
    origins: dict[Place, Place] = {start: start for start in starts}
    hits = []
    for place, before in ends:
        step = _step(place, told)
        if not {type(before), type(place)} & {Stretch}:
            step.is_manual = (before, place) in walk.manual
            step.ways = walk.links[before, place]
            step.jobs = derivers.get((before, place), [])
        path = paths[place] = [*paths[before], step]
        origin = origins[place] = origins[before]
        asset = told.asset(place)
        if asset is None:
            continue
        hit = Hit(_kind(place), asset, _column(place), walk.hops[place], path)
        first = told.asset(origin)
        hit.start = Start(first, _column(origin)) if first else None
        hit.rule = reached[place].rule
        hits.append(hit)
    return once(hits), reached, told


def _is_job(place: Named) -> bool:
    return isinstance(place, Node) and place.is_job


def _id_of(place: Named) -> int:
    return place.id if isinstance(place, Node) else place.dataset


def _column(place: Place) -> str:
    return place.field if isinstance(place, Column) else ""


def _kind(place: Place) -> Kind:
    if isinstance(place, Column):
        return "column" if place.field else "dataset"
    return "job" if isinstance(place, Node) and place.is_job else "dataset"


def _step(place: Place, told: Told) -> Step:
    asset = told.asset(place)
    if asset is None:
        return Step("withheld" if isinstance(place, Stretch) else "deleted")
    return Step(_kind(place), asset.namespace.name, asset.name, _column(place))


def _derivers(
    walk: Walk, ends: Iterable[tuple[Place, Place]], reader: Reader
) -> dict[Link, list[Job]]:
    """The jobs that say so of each link between columns, if they may be named."""
    told: dict[Link, list[int]] = {
        (before, place): walk.derivers[before, place]
        for place, before in ends
        if isinstance(place, Column)
        and isinstance(before, Column)
        and (before, place) in walk.derivers
    }
    wanted = {job for jobs in told.values() for job in jobs}
    if not wanted:
        return {}
    found = reader.linked_jobs.filter(pk__among=wanted).select_related("namespace")
    known = {job.pk: job for job in found}
    return {
        link: [known[job] for job in jobs if job in known]
        for link, jobs in told.items()
    }
