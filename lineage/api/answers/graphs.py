"""What is told of the jobs and datasets that a walk met, in Marquez's shapes?"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from catalog import facets, versions
from catalog.facets import text
from catalog.models import Dataset, Facet, Job
from catalog.versions import job_id
from lineage import nodeids, runs
from lineage.api.answers.datasets import (
    answer_fields,
    dataset_type,
    last_written,
    lifecycle_state,
    source_name,
)
from lineage.api.answers.jobs import job_type, parents_of, simple_name
from lineage.api.answers.runs import RunAnswer, RunDatasetAnswer, VersionId, answer_runs
from lineage.api.answers.tags import by_field
from lineage.graph.jobs import Link, Walk
from lineage.reader import Reader

Node = dict[str, Any]


def answer_walk(walk: Walk, reader: Reader) -> list[Node]:
    """The nodes of a walk that the reader may know of, by id; edges among them alone.

    A fixed number of queries, however many nodes there are.
    """
    jobs = {
        job.pk: job
        for job in reader.linked_jobs.filter(pk__in=walk.jobs).select_related(
            "namespace"
        )
    }
    datasets = {
        dataset.pk: dataset
        for dataset in reader.linked_datasets.filter(pk__in=walk.datasets).with_names()
    }
    links = [
        link
        for link in walk.links.values()
        if link.job in jobs and link.dataset in datasets
    ]
    ids = _NodeIds(jobs, datasets)
    nodes = _job_nodes(list(jobs.values()), _by_job(links), datasets, ids, reader)
    nodes += _dataset_nodes(list(datasets.values()), _by_dataset(links), ids)
    return sorted(nodes, key=lambda node: str(node["id"]))


class _NodeIds:
    """The nodeIds of an answer, each written once."""

    def __init__(self, jobs: dict[int, Job], datasets: dict[int, Dataset]) -> None:
        self.jobs = {
            pk: nodeids.of_job(job.namespace.name, job.name) for pk, job in jobs.items()
        }
        self.datasets = {
            pk: nodeids.of_dataset(dataset.namespace.name, dataset.name)
            for pk, dataset in datasets.items()
        }

    def edge(self, link: Link) -> dict[str, str]:
        """The link as it flows: into the job, or out of it."""
        job, dataset = self.jobs[link.job], self.datasets[link.dataset]
        if link.is_output:
            return {"origin": job, "destination": dataset}
        return {"origin": dataset, "destination": job}


class _Sides:
    """The links of one node."""

    __slots__ = ("inputs", "outputs")

    def __init__(self) -> None:
        self.inputs: list[Link] = []
        self.outputs: list[Link] = []

    def add(self, link: Link) -> None:
        (self.outputs if link.is_output else self.inputs).append(link)


def _by_job(links: Iterable[Link]) -> defaultdict[int, _Sides]:
    sides: defaultdict[int, _Sides] = defaultdict(_Sides)
    for link in links:
        sides[link.job].add(link)
    return sides


def _by_dataset(links: Iterable[Link]) -> defaultdict[int, _Sides]:
    sides: defaultdict[int, _Sides] = defaultdict(_Sides)
    for link in links:
        sides[link.dataset].add(link)
    return sides


def _edges(links: Iterable[Link], ids: _NodeIds) -> list[dict[str, str]]:
    edges = [ids.edge(link) for link in links]
    return sorted(edges, key=lambda edge: (edge["origin"], edge["destination"]))


def _job_nodes(
    jobs: list[Job],
    sides: defaultdict[int, _Sides],
    datasets: dict[int, Dataset],
    ids: _NodeIds,
    reader: Reader,
) -> list[Node]:
    held = facets.of_jobs(jobs)
    latest = runs.latest([job.pk for job in jobs], reader.runs, limit=1)
    parents = parents_of(latest, reader)
    last = {pk: found[0] for pk, found in latest.items()}
    told = dict(zip(last, answer_runs(list(last.values()), reader), strict=True))
    return [
        {
            "id": ids.jobs[job.pk],
            "type": "JOB",
            "data": _job_data(
                job,
                held[job.pk],
                parents.get(job.pk),
                told.get(job.pk),
                [datasets[link.dataset] for link in sides[job.pk].inputs],
                [datasets[link.dataset] for link in sides[job.pk].outputs],
            ),
            "inEdges": _edges(sides[job.pk].inputs, ids),
            "outEdges": _edges(sides[job.pk].outputs, ids),
        }
        for job in jobs
    ]


def _job_data(
    job: Job,
    by_key: dict[str, Facet],
    parent: Job | None,
    run: RunAnswer | None,
    inputs: list[Dataset],
    outputs: list[Dataset],
) -> dict[str, Any]:
    return {
        "id": {"namespace": job.namespace.name, "name": job.name},
        "type": job_type(by_key.get("jobType")),
        "name": job.name,
        "simpleName": simple_name(job, parent),
        "parentJobName": parent.name if parent else None,
        "parentJobUuid": job_id(parent) if parent else None,
        "currentRunUuid": run.id if run else None,
        "createdAt": job.created_at,
        "updatedAt": job.updated_at,
        "namespace": job.namespace.name,
        "inputs": _names(inputs),
        "outputs": _names(outputs),
        "location": text(by_key.get("sourceCodeLocation"), "url"),
        "description": text(by_key.get("documentation"), "description"),
        "latestRun": _run_data(run) if run else None,
    }


def _names(datasets: list[Dataset]) -> list[dict[str, str]]:
    return [
        {"namespace": namespace, "name": name}
        for namespace, name in sorted((d.namespace.name, d.name) for d in datasets)
    ]


def _run_data(run: RunAnswer) -> dict[str, Any]:
    return {
        "id": run.id,
        "createdAt": run.created_at,
        "updatedAt": run.updated_at,
        "nominalStartTime": run.nominal_start,
        "nominalEndTime": run.nominal_end,
        "state": run.state,
        "startedAt": run.started_at,
        "endedAt": run.ended_at,
        "durationMs": run.duration_ms,
        "args": run.args,
        "jobVersion": _version_id(run.job_version) if run.job_version else None,
        "inputDatasetVersions": [_run_dataset(one) for one in run.inputs],
        "outputDatasetVersions": [_run_dataset(one) for one in run.outputs],
        "facets": run.facets.as_json(),
    }


def _version_id(version: VersionId) -> dict[str, Any]:
    return version._asdict()


def _run_dataset(one: RunDatasetAnswer) -> dict[str, Any]:
    return {
        "datasetVersionId": _version_id(one.version_id),
        "facets": one.facets.as_json(),
    }


def _dataset_nodes(
    datasets: list[Dataset], sides: defaultdict[int, _Sides], ids: _NodeIds
) -> list[Node]:
    held = facets.of_datasets(datasets)
    current = {
        pk: versions.current(known)
        for pk, known in versions.of_datasets(datasets).items()
    }
    schemas = facets.load(
        one.facet_id for one in current.values() if one and one.facet_id
    )
    nodes = []
    for dataset in datasets:
        version = current[dataset.pk]
        schema = schemas[version.facet_id] if version and version.facet_id else None
        nodes.append(
            {
                "id": ids.datasets[dataset.pk],
                "type": "DATASET",
                "data": _dataset_data(dataset, held[dataset.pk], schema),
                "inEdges": _edges(sides[dataset.pk].outputs, ids),
                "outEdges": _edges(sides[dataset.pk].inputs, ids),
            }
        )
    return nodes


def _dataset_data(
    dataset: Dataset, by_key: dict[str, Facet], schema: Facet | None
) -> dict[str, Any]:
    names = dataset.names.all()
    return {
        "id": {"namespace": dataset.namespace.name, "name": dataset.name},
        "type": dataset_type(by_key),
        "name": dataset.name,
        "physicalName": dataset.name,
        "createdAt": min(name.created_at for name in names),
        "updatedAt": max(name.updated_at for name in names),
        "namespace": dataset.namespace.name,
        "sourceName": source_name(by_key),
        "fields": [
            {
                "name": field.name,
                "type": field.type,
                "tags": field.tags,
                "description": field.description,
            }
            for field in answer_fields(schema, by_key)
        ],
        "tags": by_field(by_key.get("tags")).get(None, []),
        "lastModifiedAt": last_written(dataset),
        "description": text(by_key.get("documentation"), "description"),
        "lastLifecycleState": lifecycle_state(by_key),
    }
