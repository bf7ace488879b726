"""What is downstream of a dataset, a job or a column, how far, by which way, and whose?

A walk meets everything; a reader is told what he may see. A stretch that is withheld is
one nameless step on the way to what lies beyond, however long it is, so that distances
tell nothing of it. What is deleted is a step without a name, too, and no hit.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from catalog import facets
from catalog.about import About
from catalog.curation.reading import Curated, curated
from catalog.models import Dataset, Facet, Job
from lineage import runs
from lineage.column_sources import Transformation
from lineage.drawing import Groups
from lineage.graph import asserting, columns, flow
from lineage.graph.columns import Column
from lineage.graph.flow import Node
from lineage.reader import Reader
from lineage.runs import LightRun

MAX_HOPS = 100
MAX_NODES = 10_000
FACETS = ("ownership", "tags")
SAID = ("owner", "tag", "domain")

type Place = Node | Column
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
    """The links that a walk met, as data flows, and which of them people alone tell."""

    links: dict[Link, bool] = field(default_factory=dict)
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
    met = flow.downstream(first, max_hops=max_hops, max_nodes=max_nodes)
    walk = _Walk(is_truncated=met.is_truncated)
    for node, how in met.met.items():
        for before in how.by_way_of:
            walk.links[before, node] = before in how.manual
    told = _Told(reader, met.met)
    return _impact(walk, first, told, reader)


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
    )
    reached = {first, *met.columns}
    whole = asserting.wholes(reached, limit=max_nodes)
    walk = _Walk(is_truncated=met.is_truncated or len(whole) >= max_nodes)
    ways: Ways = {(source, output): how for (output, source), how in met.links.items()}
    for source, output in ways:
        walk.links[source, output] = not ways[source, output]
    for (output, source), how in whole.items():
        walk.links.setdefault((source, output), False)
        ways[source, output] = how
    told = _Told(reader, {place for link in walk.links for place in link})
    impact = _impact(walk, first, told, reader, ways)
    beyond = [hit for hit in impact.hits if hit.hops > max_hops]
    impact.hits = impact.hits[: len(impact.hits) - len(beyond)]
    impact.is_truncated |= bool(beyond)
    silent = asserting.silent_jobs({place.dataset for place in reached})
    impact.silent = list(
        reader.linked_jobs.filter(pk__in=silent).select_related("namespace")
    )
    impact.has_hidden_silent = len(impact.silent) < len(silent)
    return impact


class _Told:
    """Which places of a walk the reader may be told of, and which are not there."""

    def __init__(self, reader: Reader, met: Iterable[Place]) -> None:
        places = set(met)
        jobs = {one.id for one in places if isinstance(one, Node) and one.is_job}
        datasets = {_dataset_of(one) for one in places} - {None}
        self.jobs = {
            job.pk: job
            for job in reader.linked_jobs.filter(pk__among=jobs).select_related(
                "namespace"
            )
        }
        found = reader.linked_datasets.filter(pk__among=datasets).with_names()
        self.datasets = {dataset.pk: dataset for dataset in found}
        why = "only that there is something is told"
        there: dict[bool, set[int]] = {}
        for is_job, model, ids, shown in (
            (True, Job, jobs, self.jobs),
            (False, Dataset, datasets, self.datasets),
        ):
            rows = model.objects.unrestricted(why).visible()
            hidden = [pk for pk in ids if pk not in shown]
            kept = rows.filter(pk__among=hidden) if hidden else rows.none()
            there[is_job] = set(kept.values_list("pk", flat=True))
        self.hidden = {
            place
            for place in places
            if _id_of(place) in there[isinstance(place, Node) and place.is_job]
        }

    def asset(self, place: Place) -> Dataset | Job | None:
        if isinstance(place, Node) and place.is_job:
            return self.jobs.get(place.id)
        return self.datasets.get(_id_of(place))


def _dataset_of(place: Place) -> int | None:
    if isinstance(place, Node):
        return None if place.is_job else place.id
    return place.dataset


def _id_of(place: Place) -> int:
    return place.id if isinstance(place, Node) else place.dataset


def _impact(
    walk: _Walk,
    start: Place,
    told: _Told,
    reader: Reader,
    ways: Ways | None = None,
) -> Impact:
    """Tell a walk: the merged graph anew from its start, nearest first."""
    groups = Groups(told.hidden)
    after: dict[Place, dict[Place, Link]] = defaultdict(dict)

    def merged(place: Place) -> Place:
        return groups.of(place) if place in told.hidden else place

    for one, other in walk.links:
        if one in told.hidden and other in told.hidden:
            groups.join(one, other)
    for one, other in walk.links:
        near, far = merged(one), merged(other)
        if near != far:
            after[near].setdefault(far, (one, other))
    parents, order = _breadth_first(start, after)
    impact = Impact(is_truncated=walk.is_truncated)
    impact.withheld = _placeholders(order, after, told)
    derivers = _derivers(parents.values(), reader) if ways is not None else {}
    paths: dict[Place, list[Step]] = {start: []}
    for place in order:
        before, link = parents[place]
        step = _step(place, told)
        if not {before, place} & told.hidden:
            step.is_manual = walk.links[link]
            step.ways = (ways or {}).get(link, [])
            step.jobs = derivers.get(link, [])
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


def _breadth_first(
    start: Place, after: Mapping[Place, Mapping[Place, Link]]
) -> tuple[dict[Place, tuple[Place, Link]], list[Place]]:
    """Each place's parent with the link between them, and the places in order."""
    parents: dict[Place, tuple[Place, Link]] = {}
    order: list[Place] = []
    frontier = [start]
    while frontier:
        found: list[Place] = []
        for place in frontier:
            for other, link in after.get(place, {}).items():
                if other != start and other not in parents:
                    parents[other] = place, link
                    found.append(other)
        order += found
        frontier = found
    return parents, order


def _placeholders(
    order: Collection[Place],
    after: Mapping[Place, Mapping[Place, Link]],
    told: _Told,
) -> int:
    """How many places are withheld; those that look alike from outside are one."""
    around: dict[Place, set[tuple[Place, bool]]] = defaultdict(set)
    for near, others in after.items():
        for far in others:
            if near in told.hidden:
                around[near].add((far, False))
            if far in told.hidden:
                around[far].add((near, True))
    met = [place for place in order if place in told.hidden]
    return len({frozenset(around[place]) for place in met})


def _kind(place: Place) -> Kind:
    if isinstance(place, Column):
        return "column" if place.field else "dataset"
    return "job" if place.is_job else "dataset"


def _step(place: Place, told: _Told) -> Step:
    asset = told.asset(place)
    if asset is None:
        return Step("withheld" if place in told.hidden else "deleted")
    column = place.field if isinstance(place, Column) else ""
    return Step(_kind(place), asset.namespace.name, asset.name, column)


def _derivers(
    parents: Iterable[tuple[Place, Link]], reader: Reader
) -> dict[Link, list[Job]]:
    """The jobs that say so of each link between columns, if they may be named."""
    links = {
        (one, other)
        for _, (one, other) in parents
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
