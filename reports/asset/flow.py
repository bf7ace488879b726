"""What is an asset made of, back to the sources, and what is made of it?"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Dataset, Job
from lineage.graph import flow
from lineage.graph.flow import Flow, Node
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

    names: dict[Node, tuple[str, str]]  # namespace and name
    hidden: set[Node]
    paths: dict[Node, str] = field(default_factory=dict)


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
    walk = go(start, max_hops=MAX_HOPS, max_nodes=MAX_NODES)
    told = _tell(walk, start, asset, asking)
    withheld = _count_withheld(walk, told)
    asking.counts.nodes_withheld += withheld
    if walk.is_truncated:
        asking.counts.partial.append(key)
    return Section(
        key,
        title,
        columns,
        _rows(walk, told, is_downstream=is_downstream),
        note=_note(walk, withheld),
        empty="Nothing, as far as events tell.",
    )


def _note(walk: Flow, withheld: int) -> str:
    said = ["By what jobs read and write now; each thing once, by a shortest way."]
    if withheld:
        said.append(
            f"{withheld:,} {'place is' if withheld == 1 else 'places are'} withheld: "
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
    names = {start: (asset.namespace.name, asset.name)}
    for is_job, rows in shown.items():
        found = list(rows.values_list("pk", "namespace__name", "name"))
        names |= {Node(is_job, pk): (namespace, name) for pk, namespace, name in found}
        for action in (Action.ASSET_VIEW, Action.LINEAGE_VIEW):
            model = "job" if is_job else "dataset"
            asking.tells_by_id(action, model, [pk for pk, *_ in found])
    return _Told(names, _hidden(walk, names))


def _hidden(walk: Flow, names: dict[Node, tuple[str, str]]) -> set[Node]:
    """What is there and may not be named; what is deleted is not there at all."""
    why = "only that there is something is told"
    unnamed = {node for node in walk.met if node not in names}
    hidden: set[Node] = set()
    for is_job, model in ((True, Job), (False, Dataset)):
        ids = [node.id for node in unnamed if node.is_job is is_job]
        kept = model.objects.unrestricted(why).visible().filter(pk__among=ids)
        hidden |= {Node(is_job, pk) for pk in kept.values_list("pk", flat=True)}
    return hidden


def _count_withheld(walk: Flow, told: _Told) -> int:
    """How many places are withheld: neighbours are one, and so are those alike."""
    leader = {node: node for node in told.hidden}

    def of(node: Node) -> Node:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    links = [(node, way) for node, met in walk.met.items() for way in met.by_way_of]
    for node, way in links:
        if node in leader and way in leader:
            leader[of(node)] = of(way)
    around: defaultdict[Node, set[tuple[bool, Node]]] = defaultdict(set)
    for node, way in links:
        if node in leader and way not in leader:
            around[of(node)].add((False, way))
        elif way in leader and node not in leader:
            around[of(way)].add((True, node))
    return len({frozenset(neighbours) for neighbours in around.values()})


def _rows(
    walk: Flow, told: _Told, *, is_downstream: bool
) -> Iterator[tuple[Value, ...]]:
    named = [node for node in walk.met if node in told.names]
    named.sort(key=lambda n: (walk.met[n].hops, n.is_job, told.names[n]))
    made = set() if is_downstream else _made(walk)
    for node in named:
        row: tuple[Value, ...] = (
            walk.met[node].hops,
            "job" if node.is_job else "dataset",
            *told.names[node],
            _path(node, walk, told, is_downstream=is_downstream),
        )
        is_source = None if node.is_job else node.id not in made
        yield row if is_downstream else (*row, is_source)


def _made(walk: Flow) -> set[int]:
    """The datasets of a walk that something is known to write."""
    ids = walk.ids(jobs=False)
    writing = Edge.objects.effective().filter(
        direction=Edge.Direction.OUTPUT, dataset__canonical__among=ids
    )
    declared = ManualEdge.objects.in_force().filter(
        target_dataset__canonical__among=ids
    )
    return {
        *writing.values_list("dataset__canonical", flat=True),
        *declared.values_list("target_dataset__canonical", flat=True),
    }


def _path(node: Node, walk: Flow, told: _Told, *, is_downstream: bool) -> str:
    """The names on the shortest way between node and start, as the data flows."""
    words = [_word(node, told)]
    while (met := walk.met.get(node)) is not None:
        before = min(met.by_way_of, key=lambda one: _order(one, told))
        words += [DECLARED if before in met.manual else ARROW, _word(before, told)]
        node = before
    return "".join(reversed(words) if is_downstream else words)


def _order(node: Node, told: _Told) -> tuple[bool, tuple[str, str]]:
    return node not in told.names, told.names.get(node, ("", ""))


def _word(node: Node, told: _Told) -> str:
    if node in told.names:
        return told.names[node][1]
    return WITHHELD if node in told.hidden else GONE
