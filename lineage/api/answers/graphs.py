"""What is told of the jobs and datasets that a walk met, in Marquez's shapes?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from catalog import facet_columns, facets
from catalog.curation.reading import Curated
from catalog.facets import text
from catalog.models import Dataset, Facet, Job
from catalog.versions import Identity, current_schemas, job_id
from lineage import nodeids, runs
from lineage.api.answers.datasets import (
    answer_fields,
    dataset_type,
    lifecycle_state,
    source_name,
)
from lineage.api.answers.jobs import (
    LATEST_RUNS,
    job_type,
    parents_of,
    simple_name,
)
from lineage.api.answers.runs import arguments
from lineage.api.answers.tags import described, said_of_ids, tags_of, united
from lineage.composing import DECLARED
from lineage.graph.jobs import last_parents
from lineage.graph.links import Link, Walk
from lineage.reader import Reader
from lineage.runs import LightRun, duration_ms, state_name

Node = dict[str, Any]
Edge = dict[str, Any]

# What of a node's facets its data is made of; the others are not even read.
JOB_FACETS = ("documentation", "jobType", "sourceCodeLocation")
DATASET_FACETS = (
    "dataSource",
    "datasetType",
    "documentation",
    DECLARED,
    "lifecycleStateChange",
    "tags",
)


class JobRow(NamedTuple):
    """What is read of a job: rows this light are read by the hundred."""

    pk: int
    namespace: str
    name: str
    created_at: datetime
    updated_at: datetime
    facets: list[int]
    facet_events: list[int]


class NameRow(NamedTuple):
    """What is read of one name of a dataset."""

    pk: int
    created_at: datetime
    updated_at: datetime
    last_written: datetime | None
    facets: list[int]
    facet_events: list[int]


class DatasetRow(NamedTuple):
    """A canonical dataset and its names."""

    identity: Identity
    names: list[NameRow]


def answer_walk(walk: Walk, reader: Reader) -> list[Node]:
    """The nodes of a walk that the reader may know of, by id; edges among them alone.

    A fixed number of queries, however many nodes there are.
    """
    jobs = _jobs(walk.jobs, reader)
    datasets = _datasets(walk.datasets, reader)
    links = [
        link
        for link in walk.links.values()
        if link.job in jobs and link.dataset in datasets
    ]
    ids = _NodeIds(jobs, datasets)
    ends = _Ends(links, datasets, ids)
    ends.add_flows(walk, ids)
    nodes = _dataset_nodes(datasets, ends, ids, reader)
    nodes += _job_nodes(jobs, ends, ids, reader)
    return sorted(nodes, key=lambda node: str(node["id"]))


def _jobs(ids: Iterable[int], reader: Reader) -> dict[int, JobRow]:
    rows = reader.linked_jobs.filter(pk__among=ids).values_list(
        *("pk", "namespace__name", "name", "created_at", "updated_at"),
        *("facets", "facet_events"),
    )
    return {row[0]: JobRow(*row) for row in rows}


def _datasets(ids: Iterable[int], reader: Reader) -> dict[int, DatasetRow]:
    shown = reader.linked_datasets.filter(pk__among=ids).values("pk")
    names = Dataset.objects.unrestricted("names of datasets that are permitted")
    rows: dict[int, DatasetRow] = {}
    for canonical, namespace, name, *row in names.filter(
        canonical__in=shown
    ).values_list(
        *("canonical", "canonical__namespace__name", "canonical__name"),
        *NameRow._fields,
    ):
        if canonical not in rows:
            rows[canonical] = DatasetRow(Identity(namespace, name), [])
        rows[canonical].names.append(NameRow(*row))
    return rows


class _NodeIds:
    """The nodeIds of an answer, each written once."""

    def __init__(
        self, jobs: Mapping[int, JobRow], datasets: Mapping[int, DatasetRow]
    ) -> None:
        self.jobs = {
            pk: nodeids.of_job(job.namespace, job.name) for pk, job in jobs.items()
        }
        self.datasets = {
            pk: nodeids.of_dataset(*dataset.identity)
            for pk, dataset in datasets.items()
        }

    def ends(self, link: Link) -> tuple[str, str]:
        """The link as it flows: into the job, or out of it."""
        job, dataset = self.jobs[link.job], self.datasets[link.dataset]
        return (job, dataset) if link.is_output else (dataset, job)


@dataclass(slots=True)
class _Sides:
    """What lies before and behind one node."""

    inputs: list[Edge] = field(default_factory=list)
    outputs: list[Edge] = field(default_factory=list)


class _Ends:
    """The edges at each node, and the names that each job reads and writes, in order.

    Sorted once for all nodes: most have too few to be worth a sorting of their own.
    """

    def __init__(
        self, links: list[Link], datasets: Mapping[int, DatasetRow], ids: _NodeIds
    ) -> None:
        self.of_jobs: defaultdict[int, _Sides] = defaultdict(_Sides)
        self.of_datasets: defaultdict[int, _Sides] = defaultdict(_Sides)
        self.names: defaultdict[int, _Sides] = defaultdict(_Sides)
        flows = [(*ids.ends(link), link) for link in links]
        for origin, destination, link in sorted(flows, key=itemgetter(0, 1)):
            edge: Edge = {"origin": origin, "destination": destination}
            if link.is_manual:
                edge["assertedBy"] = ["events"] * link.is_asserted + ["manual"]
            job, dataset = self.of_jobs[link.job], self.of_datasets[link.dataset]
            (job.outputs if link.is_output else job.inputs).append(edge)
            (dataset.inputs if link.is_output else dataset.outputs).append(edge)
        # What a job's own runs say it reads and writes, and nothing that is declared.
        asserted = [link for link in links if link.is_asserted]
        for link in sorted(asserted, key=lambda link: datasets[link.dataset].identity):
            namespace, name = datasets[link.dataset].identity
            named = self.names[link.job]
            side = named.outputs if link.is_output else named.inputs
            side.append({"namespace": namespace, "name": name})

    def add_flows(self, walk: Walk, ids: _NodeIds) -> None:
        """Add what people say flows from dataset to dataset, after all other edges."""
        shown = [f for f in walk.flows if f[0] in ids.datasets and f[1] in ids.datasets]
        named = [(ids.datasets[a], ids.datasets[b], a, b) for a, b in shown]
        for origin, destination, source, target in sorted(named):
            edge: Edge = {"origin": origin, "destination": destination}
            edge["assertedBy"] = ["manual"]
            self.of_datasets[source].outputs.append(edge)
            self.of_datasets[target].inputs.append(edge)


def _job_nodes(
    jobs: Mapping[int, JobRow],
    ends: _Ends,
    ids: _NodeIds,
    reader: Reader,
) -> list[Node]:
    held = facets.by_key(
        {pk: [(job.facets, job.facet_events)] for pk, job in jobs.items()}, JOB_FACETS
    )
    last = runs.last(jobs, reader.runs)
    parents = parents_of(_started_by(last), reader)
    said = said_of_ids(Job, jobs, ["description"])
    return [
        {
            "id": ids.jobs[pk],
            "type": "JOB",
            "data": _job_data(
                job,
                held[pk],
                parents.get(pk),
                last.get(pk),
                ends.names[pk],
                said[pk],
            ),
            "inEdges": ends.of_jobs[pk].inputs,
            "outEdges": ends.of_jobs[pk].outputs,
        }
        for pk, job in jobs.items()
    ]


def _started_by(last: Mapping[int, LightRun]) -> dict[int, int]:
    """The run that started each job last: mostly its last run names it."""
    named = {pk: run.parent_id for pk, run in last.items() if run.parent_id is not None}
    if silent := last.keys() - named.keys():
        named |= last_parents(silent, among=LATEST_RUNS)
    return named


def _job_data(
    job: JobRow,
    by_key: Mapping[str, Facet],
    parent: Job | None,
    run: LightRun | None,
    names: _Sides,
    said: Curated,
) -> dict[str, Any]:
    return {
        "id": {"namespace": job.namespace, "name": job.name},
        "type": job_type(by_key.get("jobType")),
        "name": job.name,
        "simpleName": simple_name(job.name, parent),
        "parentJobName": parent.name if parent else None,
        "parentJobUuid": job_id(parent) if parent else None,
        "currentRunUuid": run.run_id if run else None,
        "createdAt": job.created_at,
        "updatedAt": job.updated_at,
        "namespace": job.namespace,
        "inputs": names.inputs,
        "outputs": names.outputs,
        "location": text(by_key.get("sourceCodeLocation"), "url"),
        "description": described(
            text(by_key.get("documentation"), "description"), said
        ),
        "latestRun": _run_data(run) if run else None,
    }


def _run_data(run: LightRun) -> dict[str, Any]:
    """The run, without what its own route gathers from elsewhere."""
    return {
        "id": run.run_id,
        "createdAt": run.created_at,
        "updatedAt": run.updated_at,
        "nominalStartTime": run.nominal_start,
        "nominalEndTime": run.nominal_end,
        "state": state_name(run),
        "startedAt": run.started_at if run.state else None,
        "endedAt": run.ended_at,
        "durationMs": duration_ms(run),
        "args": arguments(run),
    }


def _dataset_nodes(
    datasets: Mapping[int, DatasetRow], ends: _Ends, ids: _NodeIds, reader: Reader
) -> list[Node]:
    held = facets.by_key(
        {
            pk: [(name.facets, name.facet_events) for name in dataset.names]
            for pk, dataset in datasets.items()
        },
        DATASET_FACETS,
    )
    schemas = _schemas(datasets)
    said = said_of_ids(Dataset, datasets)
    for pk, hidden in reader.hidden_columns(datasets).of.items():
        held[pk] = facet_columns.shown(held[pk], hidden)
        if pk in schemas:
            schemas |= facet_columns.shown({pk: schemas[pk]}, hidden)
    return [
        {
            "id": ids.datasets[pk],
            "type": "DATASET",
            "data": _dataset_data(dataset, held[pk], schemas.get(pk), said[pk]),
            "inEdges": ends.of_datasets[pk].inputs,
            "outEdges": ends.of_datasets[pk].outputs,
        }
        for pk, dataset in datasets.items()
    ]


def _schemas(datasets: Mapping[int, DatasetRow]) -> dict[int, Facet]:
    """The schema facet of each dataset's current version, where there is one."""
    names = {name.pk: pk for pk, dataset in datasets.items() for name in dataset.names}
    chosen = current_schemas(names)
    schemas = facets.load(chosen.values())
    return {pk: schemas[facet] for pk, facet in chosen.items()}


def _dataset_data(
    dataset: DatasetRow,
    by_key: Mapping[str, Facet],
    schema: Facet | None,
    said: Curated,
) -> dict[str, Any]:
    namespace, name = dataset.identity
    written = [one.last_written for one in dataset.names if one.last_written]
    return {
        "id": {"namespace": namespace, "name": name},
        "type": dataset_type(by_key),
        "name": name,
        "physicalName": text(by_key.get(DECLARED), "physicalName") or name,
        "createdAt": min(one.created_at for one in dataset.names),
        "updatedAt": max(one.updated_at for one in dataset.names),
        "namespace": namespace,
        "sourceName": source_name(by_key),
        "fields": [
            {
                "name": field.name,
                "type": field.type,
                "tags": field.tags,
                "description": field.description,
            }
            for field in answer_fields(schema, by_key, said)
        ],
        "tags": united(tags_of(by_key.get("tags")), said),
        "lastModifiedAt": max(written, default=None),
        "description": described(
            text(by_key.get("documentation"), "description"), said
        ),
        "lastLifecycleState": lifecycle_state(by_key),
    }
