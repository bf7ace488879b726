"""What is an asset made of, back to the sources, and what is made of it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog.models import Dataset, Job
from lineage.graph import flow
from lineage.graph.flow import Flow, Place
from lineage.graph.layers import Stretch
from lineage.graph.veil import Node
from lineage.manual import shown_to
from lineage.models import Edge, ManualEdge
from policies.actions import Action
from reports.asking import Asking
from reports.documents import Column, Section, Value

MAX_HOPS = 100
MAX_NODES = 10_000
COLUMNS = (
    Column("hops", "Hops", 1),
    Column("kind", "Kind", 1),
    Column("namespace", "Namespace", 3, is_name=True),
    Column("name", "Name", 4, is_name=True),
    Column("path", "Path of the data", 5, is_name=True),
)
SOURCE = Column("is_source", "Source", 1)
WITHHELD = "(withheld)"
GONE = "(deleted)"
ARROW = " \N{RIGHTWARDS ARROW} "
# Of this step people say that it is there, and no event does.
DECLARED = " \N{RIGHTWARDS ARROW} (declared) \N{RIGHTWARDS ARROW} "


@dataclass(slots=True)
class _Told:
    """A walk as one reader may see it."""

    names: dict[Place, tuple[str, str]]  # namespace and name
    ways: dict[Place, Place]  # by way of which place each is told


def upstream(asset: Dataset | Job, asking: Asking) -> Section:
    """Everything that data comes from on its way to the asset."""
    return _section(asset, asking, is_downstream=False)


def downstream(asset: Dataset | Job, asking: Asking) -> Section:
    """Everything that is made of the asset's data."""
    return _section(asset, asking, is_downstream=True)


def _section(asset: Dataset | Job, asking: Asking, *, is_downstream: bool) -> Section:
    key = "downstream" if is_downstream else "upstream"
    title = "Downstream" if is_downstream else "Upstream, to the sources"
    columns = COLUMNS if is_downstream else (*COLUMNS, SOURCE)
    if not asking.may(Action.LINEAGE_VIEW, asset):
        why = "Withheld: it takes lineage.view on the asset."
        return Section(key, title, columns, withheld=why)
    start = Node(isinstance(asset, Job), asset.pk)
    go = flow.downstream if is_downstream else flow.upstream
    veil = asking.reader.veil
    walk = go(start, max_hops=MAX_HOPS, max_nodes=MAX_NODES, veil=veil)
    told = _tell(walk, start, asset, asking)
    asking.counts.nodes_withheld += walk.withheld
    if walk.is_truncated:
        asking.counts.partial.append(key)
    return Section(
        key,
        title,
        columns,
        _rows(walk, told, asking, is_downstream=is_downstream),
        note=_note(walk),
        empty="Nothing, as far as events tell.",
    )


def _note(walk: Flow) -> str:
    said = ["By what jobs read and write now; each thing once, by a shortest way."]
    if walk.withheld:
        places = "place is" if walk.withheld == 1 else "places are"
        said.append(
            f"{walk.withheld:,} {places} withheld: "
            "the requester may not see what is there."
        )
    if walk.is_truncated:
        said.append(
            f"Cut short at {MAX_NODES:,} nodes or {MAX_HOPS} hops: there is more."
        )
    return " ".join(said)


def _tell(walk: Flow, start: Node, asset: Dataset | Job, asking: Asking) -> _Told:
    shown: dict[bool, Any] = {
        True: asking.reader.linked_jobs.filter(pk__among=walk.ids(jobs=True)),
        False: asking.reader.linked_datasets.filter(pk__among=walk.ids(jobs=False)),
    }
    names: dict[Place, tuple[str, str]] = {start: (asset.namespace.name, asset.name)}
    for is_job, rows in shown.items():
        found = list(rows.values_list("pk", "namespace__name", "name"))
        names |= {Node(is_job, pk): (namespace, name) for pk, namespace, name in found}
        for action in (Action.ASSET_VIEW, Action.LINEAGE_VIEW):
            model = "job" if is_job else "dataset"
            asking.tells_by_id(action, model, [pk for pk, *_ in found])
    return _Told(names, _ways(walk, start, names))


def _ways(
    walk: Flow, start: Node, names: dict[Place, tuple[str, str]]
) -> dict[Place, Place]:
    """By way of which place each is told: names decide, and how these were met."""
    ranks: dict[Place, tuple[object, ...]] = {start: ()}
    ways: dict[Place, Place] = {}
    for place, met in walk.met.items():  # the nearest first
        ways[place] = min(met.by_way_of, key=ranks.__getitem__)
        named = (place not in names, isinstance(place, Stretch), names.get(place, ()))
        ranks[place] = (named, ranks[ways[place]])
    return ways


def _rows(
    walk: Flow, told: _Told, asking: Asking, *, is_downstream: bool
) -> Iterator[tuple[Value, ...]]:
    named = [n for n in walk.met if isinstance(n, Node) and n in told.names]
    named.sort(key=lambda n: (walk.met[n].hops, n.is_job, told.names[n]))
    made = set() if is_downstream else _made(walk, asking)
    for node in named:
        row: tuple[Value, ...] = (
            walk.met[node].hops,
            "job" if node.is_job else "dataset",
            *told.names[node],
            _path(node, walk, told, is_downstream=is_downstream),
        )
        is_source = None if node.is_job else node.id not in made
        yield row if is_downstream else (*row, is_source)


def _made(walk: Flow, asking: Asking) -> set[int]:
    """The datasets of a walk that something is known to write.

    Where walks stop at what is hidden, what writes them unseen does not count.
    """
    ids = walk.ids(jobs=False)
    writing = Edge.objects.effective().filter(
        direction=Edge.Direction.OUTPUT, dataset__canonical__among=ids
    )
    declared = ManualEdge.objects.in_force().filter(
        target_dataset__canonical__among=ids
    )
    if not asking.reader.veil.passes:
        writing = writing.filter(job__in=asking.reader.linked_jobs.values("pk"))
        declared = shown_to(asking.reader, declared)
    return {
        *writing.values_list("dataset__canonical", flat=True),
        *declared.values_list("target_dataset__canonical", flat=True),
    }


def _path(node: Node, walk: Flow, told: _Told, *, is_downstream: bool) -> str:
    """The names on the shortest way between node and start, as the data flows."""
    words: list[str] = [_word(node, told)]
    place: Place = node
    while (before := told.ways.get(place)) is not None:
        is_declared = before in walk.met[place].manual
        words += [DECLARED if is_declared else ARROW, _word(before, told)]
        place = before
    return "".join(reversed(words) if is_downstream else words)


def _word(place: Place, told: _Told) -> str:
    if place in told.names:
        return told.names[place][1]
    return WITHHELD if isinstance(place, Stretch) else GONE
