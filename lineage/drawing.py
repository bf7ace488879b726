"""What does a picture of a walk show a reader, and what does it keep to itself?

What the reader may not know of is drawn as a placeholder without name, kind or degree:
neighbours that are withheld are one, and so are those that look alike from outside.
Deleted nodes are not drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from catalog import facets, lifecycle
from catalog.facets import text
from catalog.models import Dataset, Job
from lineage import nodeids, runs
from lineage.graph.jobs import Span, link_spans
from lineage.graph.links import Link, Walk
from lineage.models import Edge, Run
from lineage.reader import Reader

# A walk's own name for a node: is it a job, and its id.
type Key = tuple[bool, int]
type LinkKey = tuple[int, int, int]

STATES = {
    Run.State.RUNNING: ("busy", "Running"),
    Run.State.ABORTED: ("warn", "Aborted"),
    Run.State.FAILED: ("bad", "Failed"),
}


class Mark(NamedTuple):
    """A word that stands at a node, and its tone."""

    tone: str
    word: str


@dataclass(slots=True)
class DrawnNode:
    """A job or dataset as it is drawn, or what is withheld (neither of them).

    `number` tells it from others in its drawing, which nodeIds do not always. `at` is
    when the job's last run began, or when the dataset was written last.
    """

    id: str
    kind: Literal["job", "dataset", "withheld"]
    namespace: str = ""
    name: str = ""
    at: datetime | None = None
    marks: list[Mark] = field(default_factory=list)
    number: int = 0
    inputs: int = 0
    outputs: int = 0


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """Data flows from one node to another; of what is withheld, no more is told.

    `status` is None where no event tells of it, `is_manual` where people declare it.
    """

    origin: DrawnNode
    destination: DrawnNode
    status: Edge.Status | None = None
    is_manual: bool = False
    first_at: datetime | None = None  # event times: by when it is asserted
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    nodes: list[DrawnNode]
    edges: list[DrawnEdge]
    is_truncated: bool

    @property
    def withheld(self) -> int:
        return sum(node.kind == "withheld" for node in self.nodes)

    @property
    def has_manual(self) -> bool:
        return any(edge.is_manual for edge in self.edges)

    def count(self, kind: str) -> int:
        return sum(node.kind == kind for node in self.nodes)


def draw(walk: Walk, reader: Reader) -> Drawing:
    """Draw a walk for a reader; a fixed number of queries."""
    jobs = reader.linked_jobs.filter(pk__in=walk.jobs).select_related("namespace")
    datasets = reader.linked_datasets.filter(pk__in=walk.datasets).with_names()
    nodes: dict[Key, DrawnNode] = {
        **_job_nodes(list(jobs), reader, walk),
        **_dataset_nodes(list(datasets)),
    }
    spans = link_spans(walk)
    edges = [
        _edge(nodes[True, link.job], nodes[False, link.dataset], link, spans)
        for link in walk.links.values()
        if (True, link.job) in nodes and (False, link.dataset) in nodes
    ]
    edges += [
        DrawnEdge(nodes[False, source], nodes[False, target], is_manual=True)
        for source, target in walk.flows
        if (False, source) in nodes and (False, target) in nodes
    ]
    placeholders = []
    for number, neighbours in enumerate(_withheld(walk, nodes), 1):
        placeholder = DrawnNode(f"withheld:{number}", "withheld")
        placeholders.append(placeholder)
        for neighbour, is_origin in neighbours:
            ends = (neighbour, placeholder) if is_origin else (placeholder, neighbour)
            edges.append(DrawnEdge(*ends))
    ordered = sorted(nodes.values(), key=lambda n: (n.kind, n.namespace, n.name))
    ordered += placeholders
    for number, node in enumerate(ordered):
        node.number = number
    for edge in edges:
        edge.origin.outputs += 1
        edge.destination.inputs += 1
    edges.sort(key=lambda edge: (edge.origin.number, edge.destination.number))
    return Drawing(ordered, edges, walk.is_truncated)


def _edge(
    job: DrawnNode, dataset: DrawnNode, link: Link, spans: Mapping[LinkKey, Span]
) -> DrawnEdge:
    ends = (job, dataset) if link.is_output else (dataset, job)
    status = Edge.Status(link.status) if link.is_asserted else None
    first_at, last_at = spans.get(link.key, (None, None))
    return DrawnEdge(*ends, status, link.is_manual, first_at, last_at)


def _job_nodes(jobs: list[Job], reader: Reader, walk: Walk) -> dict[Key, DrawnNode]:
    held = facets.of_jobs(jobs)
    latest = runs.latest([job.pk for job in jobs], reader.runs, limit=1)
    attempts = {
        link.job for link in walk.links.values() if link.status == Edge.Status.ATTEMPT
    }
    nodes = {}
    for job in jobs:
        run = next(iter(latest.get(job.pk, ())), None)
        processing = text(held[job.pk].get("jobType"), "processingType") or ""
        node = DrawnNode(
            nodeids.of_job(job.namespace.name, job.name),
            "job",
            job.namespace.name,
            job.name,
            run.started_at if run else None,
        )
        if run is not None and run.state in STATES:
            node.marks.append(Mark(*STATES[Run.State(run.state)]))
        if processing.upper() == "STREAMING":
            node.marks.append(Mark("busy", "Streaming"))
        if job.pk in attempts:
            node.marks.append(Mark("warn", "Never completed"))
        nodes[True, job.pk] = node
    return nodes


def _dataset_nodes(datasets: list[Dataset]) -> dict[Key, DrawnNode]:
    dropped = lifecycle.dropped(datasets, facets.of_datasets(datasets))
    nodes = {}
    for dataset in datasets:
        nodes[False, dataset.pk] = DrawnNode(
            nodeids.of_dataset(dataset.namespace.name, dataset.name),
            "dataset",
            dataset.namespace.name,
            dataset.name,
            lifecycle.last_written(dataset),
            [Mark("warn", "Dropped")] if dataset.pk in dropped else [],
        )
    return nodes


def _withheld(
    walk: Walk, shown: dict[Key, DrawnNode]
) -> list[list[tuple[DrawnNode, bool]]]:
    """What is there and may not be named, as the neighbours of each placeholder.

    A neighbour comes with whether data flows from it. The order follows from what the
    reader sees anyhow.
    """
    around = (
        sorted(
            (shown[node.is_job, node.id].id, (node.is_job, node.id), is_origin)
            for node, is_origin in ends
            if (node.is_job, node.id) in shown
        )
        for ends in walk.withheld
    )
    told = sorted({tuple(ends) for ends in around if ends})
    return [[(shown[key], is_origin) for _, key, is_origin in one] for one in told]
