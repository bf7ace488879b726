"""What is downstream of a dataset, a job or a column, how far, by which way, and whose?

A walk meets everything; a reader is told what he may see. A stretch that is withheld is
one nameless step on the way to what lies beyond, however long it is, so that distances
tell nothing of it. What is deleted is a step without a name, too, and no hit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from catalog import facets
from catalog.about import About
from catalog.curation.reading import Curated, curated
from catalog.models import Dataset, Facet, Job
from lineage import runs
from lineage.column_sources import Transformation
from lineage.graph import asserting, columns, flow
from lineage.graph.columns import Column
from lineage.graph.layers import Stretch
from lineage.graph.veil import Node
from lineage.reader import Reader
from lineage.runs import LightRun

MAX_HOPS = 100
MAX_NODES = 10_000
FACETS = ("ownership", "tags")
SAID = ("owner", "tag", "domain")

type Named = Node | Column
# What is hidden is a place without a name, one for a whole stretch.
type Place = Named | Stretch[Node] | Stretch[Column]
type Link = tuple[Place, Place]  # as data flows
type Ways = dict[Link, list[Transformation]]
type Kind = Literal["dataset", "job", "column"]


class Owner(NamedTuple):
    """Who answers for a hit: as people declare, or as a producer says (harvested)."""

    name: str
    kind: str
    is_curated: bool


@dataclass(slots=True)
class Step:
    """One link of the way to a hit: what lies at its end, and how data gets there.

    `name` is empty for what is withheld or deleted. Between columns stand the jobs that
    derive one from the other, as far as the reader may know, and the transformations.
    """

    kind: Kind | Literal["withheld", "deleted"]
    namespace: str = ""
    name: str = ""
    column: str = ""
    is_manual: bool = False
    jobs: list[Job] = field(default_factory=list)
    ways: list[Transformation] = field(default_factory=list)


@dataclass(slots=True)
class Hit:
    """An asset or column that would be affected; `path` leads to it, itself last."""

    kind: Kind
    asset: Dataset | Job
    column: str
    hops: int
    path: list[Step]
    owners: list[Owner] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    domain: str = ""
    last_run: LightRun | None = (
        None  # of a job; the run that wrote a dataset's job last
    )

    @property
    def is_manual(self) -> bool:
        """Whether any step of the way rests on what people declare alone."""
        return any(step.is_manual for step in self.path)

    @property
    def is_curated(self) -> bool:
        return any(owner.is_curated for owner in self.owners)


@dataclass(slots=True)
class Impact:
    """All hits that a reader is told of, nearest first.

    `withheld` counts places that are hidden, `silent` are jobs that read a dataset on
    the way and do not tell which of its columns they use.
    """

    hits: list[Hit] = field(default_factory=list)
    withheld: int = 0
    is_truncated: bool = False
    silent: list[Job] = field(default_factory=list)
    has_hidden_silent: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether it can be all that is known to be downstream."""
        silent = self.silent or self.has_hidden_silent
        return not (self.withheld or self.is_truncated or silent)


@dataclass(slots=True)
class _Walk:
    """The places that a walk met, their distance, and by way of which of one hop less.

    Of these links, `manual` are those that people alone tell of.
    """

    hops: dict[Place, int] = field(default_factory=dict)
    before: defaultdict[Place, list[Place]] = field(
        default_factory=lambda: defaultdict(list)
    )
    manual: set[Link] = field(default_factory=set)
    ways: Ways = field(default_factory=dict)
    withheld: int = 0
    is_truncated: bool = False


def of_asset(
    start: Dataset | Job,
    reader: Reader,
    *,
    max_hops: int = MAX_HOPS,
    max_nodes: int = MAX_NODES,
) -> Impact:
    """What is made of an asset's data; a hop is from dataset to job or the other way.

    The cost follows the answer; the queries beside the walk are of a fixed number.
    """
    first = Node(isinstance(start, Job), start.pk)
    met = flow.downstream(
        first, max_hops=max_hops, max_nodes=max_nodes, veil=reader.veil
    )
    walk = _Walk(withheld=met.withheld, is_truncated=met.is_truncated)
    for place, how in met.met.items():
        walk.hops[place] = how.hops
        walk.before[place] += how.by_way_of
        walk.manual |= {(before, place) for before in how.manual}
    return _impact(walk, first, reader)


def of_column(
    dataset: Dataset,
    column: str,
    reader: Reader,
    *,
    max_hops: int = MAX_HOPS,
    max_nodes: int = MAX_NODES,
) -> Impact:
    """What comes from a column, column by column; a hop is from one to the next.

    A dataset that depends on it as a whole (what it filters or joins by) is a hit by
    itself, of no column; what comes from that one is not followed.
    """
    first = Column(dataset.pk, column)
    met = columns.walk(
        [first],
        max_hops=max_hops + 1,  # what lies beyond is not told, but that it is there
        max_columns=max_nodes,
        is_upstream=False,
        is_downstream=True,
        also=asserting.to_wholes,
        veil=reader.veil,
    )
    impact = _impact(_column_walk(met), first, reader)
    beyond = [hit for hit in impact.hits if hit.hops > max_hops]
    impact.hits = impact.hits[: len(impact.hits) - len(beyond)]
    impact.is_truncated |= bool(beyond)
    _tell_silent(impact, met, reader)
    return impact


def _tell_silent(impact: Impact, met: columns.ColumnWalk, reader: Reader) -> None:
    """Add the jobs that read what the walk met, hidden or not, and do not tell how.

    Of hidden jobs only those count that read what the reader knows.
    """
    silent = asserting.silent_jobs(_datasets(met.at), reader.veil)
    hidden = reader.veil.hidden_nodes({Node(True, job) for job in silent})
    impact.has_hidden_silent = bool(hidden) and reader.veil.tells
    if reader.veil.passes and met.hidden:
        silent |= asserting.silent_jobs(_datasets(met.hidden), reader.veil)
    impact.silent = list(
        reader.linked_jobs.filter(pk__in=silent).select_related("namespace")
    )


def _datasets(met: Iterable[Column]) -> set[int]:
    # What comes from a dataset that depends on columns as a whole is not followed.
    return {column.dataset for column in met if column.field}


def _column_walk(met: columns.ColumnWalk) -> _Walk:
    """The walk, with the datasets that depend on columns as a whole."""
    walk = _Walk(withheld=len(met.withheld), is_truncated=met.is_truncated)
    walk.hops |= {place: hops for place, hops in met.at.items() if hops}
    for (output, source), how in met.links.items():
        walk.ways[source, output] = how
        if not how:
            walk.manual.add((source, output))
        if met.at[output] == met.at[source] + 1:
            walk.before[output].append(source)
    for stretch in met.stretches:
        walk.hops[stretch] = stretch.hops
        walk.before[stretch] += sorted(stretch.before)
        for column in sorted(stretch.behind):
            walk.before[column].append(stretch)
    return walk


class _Told:
    """The assets of a walk by their ids; what is deleted is not among them."""

    def __init__(self, reader: Reader, met: Iterable[Place]) -> None:
        places = [place for place in met if not isinstance(place, Stretch)]
        jobs = {one.id for one in places if isinstance(one, Node) and one.is_job}
        datasets = {_id_of(one) for one in places if not _is_job(one)}
        found = reader.linked_jobs.filter(pk__among=jobs).select_related("namespace")
        self.jobs = {job.pk: job for job in found}
        rows = reader.linked_datasets.filter(pk__among=datasets).with_names()
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
        column = place.field if isinstance(place, Column) else ""
        return False, isinstance(asset, Job), *names, column


def _is_job(place: Named) -> bool:
    return isinstance(place, Node) and place.is_job


def _id_of(place: Named) -> int:
    return place.id if isinstance(place, Node) else place.dataset


def _impact(walk: _Walk, start: Named, reader: Reader) -> Impact:
    """Tell a walk from its start, nearest first, each place by one of its ways."""
    told = _Told(reader, [start, *walk.hops])
    impact = Impact(withheld=walk.withheld, is_truncated=walk.is_truncated)
    parents = _parents(walk, start, told)
    derivers = _derivers(parents.items(), reader) if walk.ways else {}
    paths: dict[Place, list[Step]] = {start: []}
    for place, before in parents.items():
        step = _step(place, told)
        if not {type(before), type(place)} & {Stretch}:
            step.is_manual = (before, place) in walk.manual
            step.ways = walk.ways.get((before, place), [])
            step.jobs = derivers.get((before, place), [])
        path = paths[place] = [*paths[before], step]
        asset = told.asset(place)
        if asset is not None:
            column = place.field if isinstance(place, Column) else ""
            impact.hits.append(Hit(_kind(place), asset, column, len(path), path))
    _describe(impact.hits, reader)
    impact.hits.sort(key=_order)
    return impact


def _order(hit: Hit) -> tuple[int, str, str, str, str]:
    return hit.hops, hit.kind, hit.asset.namespace.name, hit.asset.name, hit.column


def _parents(walk: _Walk, start: Named, told: _Told) -> dict[Place, Place]:
    """By way of which place each was met, the nearest first.

    Where there are several ways, names decide, and how the ways to them are named.
    """
    ranks: dict[Place, tuple[object, ...]] = {start: ()}
    parents: dict[Place, Place] = {}
    for place in sorted(walk.hops, key=walk.hops.__getitem__):
        parents[place] = min(walk.before[place], key=ranks.__getitem__)
        ranks[place] = (told.order(place), ranks[parents[place]])
    return parents


def _kind(place: Place) -> Kind:
    if isinstance(place, Column):
        return "column" if place.field else "dataset"
    return "job" if isinstance(place, Node) and place.is_job else "dataset"


def _step(place: Place, told: _Told) -> Step:
    asset = told.asset(place)
    if asset is None:
        return Step("withheld" if isinstance(place, Stretch) else "deleted")
    column = place.field if isinstance(place, Column) else ""
    return Step(_kind(place), asset.namespace.name, asset.name, column)


def _derivers(parents: Iterable[Link], reader: Reader) -> dict[Link, list[Job]]:
    """The jobs that say so of each link between columns, if they may be named."""
    links = {
        (one, other)
        for other, one in parents
        if isinstance(one, Column) and isinstance(other, Column)
    }
    told = asserting.jobs_of(links)
    wanted = {job for jobs in told.values() for job in jobs}
    if not wanted:
        return {}
    found = reader.linked_jobs.filter(pk__among=wanted).select_related("namespace")
    known = {job.pk: job for job in found}
    return {
        link: [known[job] for job in jobs if job in known]
        for link, jobs in told.items()
    }


def _describe(hits: Sequence[Hit], reader: Reader) -> None:
    """Add whose the hits are, what they are tagged with, and how their jobs went."""
    jobs = {hit.asset.pk: hit.asset for hit in hits if isinstance(hit.asset, Job)}
    datasets = {h.asset.pk: h.asset for h in hits if isinstance(h.asset, Dataset)}
    harvested = {
        True: facets.by_key(
            {pk: [(job.facets, job.facet_events)] for pk, job in jobs.items()}, FACETS
        ),
        False: facets.by_key(
            {
                pk: [(name.facets, name.facet_events) for name in dataset.names.all()]
                for pk, dataset in datasets.items()
            },
            FACETS,
        ),
    }
    said = {
        True: curated(list(jobs.values()), SAID),
        False: curated(list(datasets.values()), SAID),
    }
    last = runs.last(list(jobs), reader.runs) if jobs else {}
    for hit in hits:
        is_job = isinstance(hit.asset, Job)
        _say(hit, harvested[is_job][hit.asset.pk], said[is_job][hit.asset.pk])
        if is_job:
            hit.last_run = last.get(hit.asset.pk)


def _say(hit: Hit, held: dict[str, Facet], said: Curated) -> None:
    about = About(held)
    hit.owners = [Owner(str(row), str(row.kind), True) for row in said.all("owner")]
    hit.owners += [Owner(one.name, one.type, False) for one in about.owners]
    rows = [*said.all("tag"), *said.of_column(hit.column, "tag")]
    tags = [str(row) for row in rows]
    tags += [str(tag) for tag in about.all_tags if tag.field in ("", hit.column)]
    hit.tags = list(dict.fromkeys(tags))
    placement = said.one("domain")
    hit.domain = placement.domain.name if placement else ""
