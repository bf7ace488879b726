"""Where does a walk from a node begin, and what is the node called?"""

from typing import Any

from lineage import job_io, nodeids
from lineage.graph import columns
from lineage.graph.columns import Column
from lineage.graph.question import Level, Question
from lineage.graph.veil import Node as Place
from lineage.nodeids import Node
from lineage.reader import Reader


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
        datasets = {node.dataset.pk}
    else:
        assert node.job is not None
        io = job_io.of_jobs([node.job.pk], reader.column_datasets)[node.job.pk]
        datasets = {dataset.pk for dataset in io.outputs}
    return sorted(columns.columns_of(datasets, veil=reader.veil))


def node_id_of(node: Node) -> str:
    """The nodeId of what was meant, by its canonical name."""
    if node.job is not None:
        return nodeids.of_job(node.job.namespace.name, node.job.name)
    assert node.dataset is not None
    names = node.dataset.namespace.name, node.dataset.name
    if node.field is not None:
        return nodeids.of_field(*names, node.field)
    return nodeids.of_dataset(*names)
