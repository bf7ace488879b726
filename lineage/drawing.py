"""What does a picture of lineage show a reader, and what does it keep to itself?

What the reader may not know of is drawn as a placeholder without name, kind or degree.
Deleted nodes are not drawn. Of columns, those of one dataset are one node.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalog import lifecycle
from lineage import runs
from lineage.column_sources import Transformation
from lineage.graph.question import Kind
from lineage.graph.veil import Node
from lineage.lacks import Lacks, lacks_of
from lineage.models import Edge, Run
from lineage.reader import Reader
from lineage.walks.answers import Answer, Told, ToldEdge
from lineage.walks.control_flow import Dependency
from lineage.walks.last_runs import LastRun
from lineage.walks.naming import Known
from lineage.walks.words import Word

STATES = {
    Run.State.RUNNING: ("busy", "Running"),
    Run.State.ABORTED: ("warn", "Aborted"),
    Run.State.FAILED: ("bad", "Failed"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A word that stands at a node, and its tone."""

    tone: str
    word: str


@dataclass(slots=True)
class DrawnNode:
    """A job, a group of jobs or a dataset as it is drawn, or what is withheld.

    `number` tells it from others in its drawing, which nodeIds do not always. `at` is
    when the job's last run began, or when the dataset was written last, told only of
    now. `more` says by whether it is downstream where there is more next to it.
    `change` is what became of it, in a drawing of changes, and `is_of_past` says that
    the walk did not meet it. `inner` counts the datasets within a group.
    """

    id: str
    kind: str  # job, group, dataset or withheld
    known: Known | None = None
    at: datetime | None = None
    marks: list[Mark] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    hops: int = 0
    is_start: bool = False
    more: set[bool] = field(default_factory=set)
    last_run: LastRun | None = None
    change: str = ""
    is_of_past: bool = False
    inner: int = 0
    number: int = 0
    inputs: int = 0
    outputs: int = 0

    @property
    def asset(self) -> str:
        """Whose page tells more of it."""
        return "job" if self.kind == "group" else self.kind

    @property
    def namespace(self) -> str:
        return self.known.namespace if self.known else ""

    @property
    def name(self) -> str:
        return self.known.name if self.known else ""


@dataclass(frozen=True, slots=True)
class DrawnWord:
    """On whose word an edge stands; `job` says so, where that is none of its ends."""

    word: Word
    job: Known | None

    @property
    def kind(self) -> Kind:
        return self.word.kind


@dataclass(slots=True)
class DrawnEdge:
    """Data flows from one node to another; of what is withheld, no more is told.

    `status` is None where no event tells of it. An edge of columns has their names, one
    that leads `through` nodes that were left out how many, and `count` edges that are
    told as one are no one's word.
    """

    origin: DrawnNode
    destination: DrawnNode
    columns: tuple[str, str] = ("", "")
    status: Edge.Status | None = None
    words: list[DrawnWord] = field(default_factory=list)
    transformations: list[Transformation] = field(default_factory=list)
    through: int = 0
    change: str = ""
    count: int = 1

    @property
    def is_manual(self) -> bool:
        return any(one.kind is Kind.MANUAL for one in self.words)

    @property
    def is_asserted(self) -> bool:
        """Whether events tell of it."""
        return any(one.kind is not Kind.MANUAL for one in self.words)

    @property
    def first_at(self) -> datetime | None:
        """By when it is asserted, in event time."""
        times = (one.word.first.at for one in self.words if one.word.first)
        return min(times, default=None)

    @property
    def last_at(self) -> datetime | None:
        times = (one.word.last.at for one in self.words if one.word.last)
        return max(times, default=None)

    @property
    def how(self) -> list[str]:
        """How a column comes from the other, in the words of producers."""
        words = [" ".join(filter(None, one[:2])) for one in self.transformations]
        return sorted({word.replace("_", " ").lower() for word in words if word})

    @property
    def masks(self) -> bool:
        return any(one.masking for one in self.transformations)


@dataclass(slots=True)
class Drawing:
    nodes: list[DrawnNode]
    edges: list[DrawnEdge]
    lacks: Lacks
    control_flow: list[Dependency] = field(default_factory=list)

    @property
    def start(self) -> DrawnNode:
        return next((node for node in self.nodes if node.is_start), self.nodes[0])

    @property
    def withheld(self) -> int:
        return self.count("withheld")

    @property
    def is_of_columns(self) -> bool:
        return any(node.columns for node in self.nodes)

    @property
    def has_manual(self) -> bool:
        return any(edge.is_manual and not edge.is_asserted for edge in self.edges)

    @property
    def statuses(self) -> set[str]:
        return {edge.status.name.lower() for edge in self.edges if edge.status}

    @property
    def has_through(self) -> bool:
        return any(edge.through for edge in self.edges)

    def count(self, kind: str) -> int:
        return sum(node.kind == kind for node in self.nodes)

    def order(self) -> None:
        """Put the nodes and edges in order, and number and count them."""
        self.nodes.sort(key=lambda n: (n.kind == "withheld", n.kind, *_name(n)))
        for number, node in enumerate(self.nodes):
            node.number, node.inputs, node.outputs = number, 0, 0
            node.columns.sort()
        for edge in self.edges:
            edge.origin.outputs += 1
            edge.destination.inputs += 1
        self.edges.sort(
            key=lambda e: (e.origin.number, e.destination.number, e.columns)
        )


def _name(node: DrawnNode) -> tuple[Any, ...]:
    if node.known is None:  # withheld:1, withheld:2 …
        return "", len(node.id), node.id
    return node.namespace, 0, node.name


def draw(answer: Answer, reader: Reader, *, is_now: bool) -> Drawing:
    """Draw what was answered; four queries where `is_now`, else none."""
    nodes: dict[str, DrawnNode] = {}
    ends: dict[str, tuple[DrawnNode, str]] = {}
    for told in answer.places:
        node = _node(nodes, told.node_id, told.known)
        _take(node, told)
        ends[told.node_id] = node, told.column
    for edge in answer.wholes:
        for end in (edge.source, edge.target):
            if end not in ends and (known := answer.assets.get(end)):
                ends[end] = _node(nodes, end, known), ""
    told_edges = [*answer.edges, *answer.wholes]
    edges = [
        _edge(ends[one.source], ends[one.target], one, answer)
        for one in told_edges
        if one.source in ends and one.target in ends
    ]
    drawing = Drawing([*nodes.values()], edges, lacks_of(answer), answer.control_flow)
    _mark_attempts(edges)
    if is_now:
        _add_times(drawing.nodes, reader)
    drawing.order()
    return drawing


def _node(nodes: dict[str, DrawnNode], node_id: str, known: Known | None) -> DrawnNode:
    if known is None:
        return nodes.setdefault(node_id, DrawnNode(node_id, "withheld"))
    if known.node_id in nodes:
        return nodes[known.node_id]
    node = DrawnNode(known.node_id, "job" if known.node.is_job else "dataset", known)
    if known.is_dropped:
        node.marks.append(Mark("warn", "Dropped"))
    if known.is_unresolved:
        node.marks.append(Mark("hollow", "Named only"))
    if known.job_type.processing.upper() == "STREAMING":
        node.marks.append(Mark("busy", "Streaming"))
    nodes[known.node_id] = node
    return node


def _take(node: DrawnNode, told: Told) -> None:
    """Add what is told of a place that lies in a node."""
    is_first = not node.columns and not node.hops
    node.hops = told.nearest if is_first else min(node.hops, told.nearest)
    node.is_start |= told.is_start
    node.more |= told.more
    if told.column:
        node.columns.append(told.column)
    if told.last_run is not None:
        node.last_run = told.last_run
        if told.last_run.state in STATES:
            node.marks.insert(0, Mark(*STATES[told.last_run.state]))


def _edge(
    origin: tuple[DrawnNode, str],
    destination: tuple[DrawnNode, str],
    told: ToldEdge,
    answer: Answer,
) -> DrawnEdge:
    status = told.way.status
    ends = {origin[0].id, destination[0].id}
    return DrawnEdge(
        origin[0],
        destination[0],
        (origin[1], destination[1]),
        Edge.Status(status) if status is not None else None,
        [*_words(told.words, ends, answer)],
        sorted(told.way.transformations, key=str),
        told.through,
    )


def _words(
    words: Iterable[Word], ends: Collection[str], answer: Answer
) -> Iterable[DrawnWord]:
    for word in words:
        job = None
        if word.job is not None:
            job = answer.assets.get(answer.names.get(Node(True, word.job), ""))
        is_end = job is not None and job.node_id in ends
        yield DrawnWord(word, None if is_end else job)


def _mark_attempts(edges: Iterable[DrawnEdge]) -> None:
    for edge in edges:
        if edge.status == Edge.Status.ATTEMPT:
            for node in (edge.origin, edge.destination):
                mark = Mark("warn", "Never completed")
                if node.kind == "job" and mark not in node.marks:
                    node.marks.append(mark)


def _add_times(nodes: Iterable[DrawnNode], reader: Reader) -> None:
    """Say when jobs ran and datasets were written last; four queries."""
    by_node = {node.known.node: node for node in nodes if node.known}
    jobs = [node.id for node in by_node if node.is_job]
    for job, some in runs.latest(jobs, reader.runs, limit=1).items():
        for run in some:
            by_node[Node(True, job)].at = run.started_at
    ids = [node.id for node in by_node if not node.is_job]
    for dataset in reader.linked_datasets.filter(pk__among=ids).with_names():
        by_node[Node(False, dataset.pk)].at = lifecycle.last_written(dataset)
