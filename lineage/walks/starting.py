"""Where does a walk from a node begin, and what is the node called?"""

from typing import Any

from lineage import job_io, nodeids
from lineage.graph import columns
from lineage.graph.columns import Column
from lineage.graph.cut import NOW, Cut
from lineage.graph.question import Level, Question
from lineage.graph.then.effective import effective_at
from lineage.graph.veil import Node as Place
from lineage.models import Edge
from lineage.nodeids import Named, Node
from lineage.reader import Reader


def resolve(
    node_id: str, reader: Reader, cut: Cut = NOW, *, of_columns: bool = False
) -> Node:
    """What a nodeId means. Raises UnknownNode.

    At a past cut a dataset is meant by a name that may be another one's now. With
    `of_columns` it may be one that is only named as what others come from.
    """
    rows = reader.column_datasets if of_columns else reader.linked_datasets
    past = None if cut.is_now else reader.linked_names
    named = Named(rows, reader.names, reader.veil, past)
    return nodeids.resolve(node_id, reader.linked_jobs, named)


def starts(node: Node, asked: Question, reader: Reader) -> list[Any]:
    """The places that a walk from a node begins at."""
    if asked.level is Level.DATASET:
        assert node.job or node.dataset
        if node.job is not None:
            return [Place(True, node.job.pk)]
        return [Place(False, node.dataset.pk)] if node.dataset else []
    if node.dataset is not None and node.field is not None:
        return [Column(node.dataset.pk, node.field)]
    if node.dataset is not None:
        datasets = {node.dataset.pk: node.dataset.canonical_id}
    else:
        assert node.job is not None
        datasets = _outputs(node.job.pk, asked.cut, reader)
    found = columns.columns_of(set(datasets.values()), veil=reader.veil)
    return sorted(
        Column(one, column.field)
        for one, canonical in datasets.items()
        for column in found
        if column.dataset == canonical
    )


def _outputs(job: int, cut: Cut, reader: Reader) -> dict[int, int]:
    """What a job writes, or wrote then, each with the dataset that it is now."""
    if cut.is_now:
        io = job_io.of_jobs([job], reader.column_datasets)[job]
        return {dataset.pk: dataset.pk for dataset in io.outputs}
    output = Edge.Direction.OUTPUT
    raw = {name for name, way in effective_at([job], cut)[job].io if way == output}
    rows = reader.linked_names.filter(pk__among=list(raw))
    return dict(rows.values_list("pk", "canonical"))


def node_id_of(node: Node) -> str:
    """The nodeId of what was meant, by its canonical name."""
    if node.job is not None:
        return nodeids.of_job(node.job.namespace.name, node.job.name)
    assert node.dataset is not None
    names = node.dataset.namespace.name, node.dataset.name
    if node.field is not None:
        return nodeids.of_field(*names, node.field)
    return nodeids.of_dataset(*names)
