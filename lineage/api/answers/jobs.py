"""What is told of a job and of its versions?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from catalog import facets
from catalog.facets import document, text
from catalog.models import Dataset, Facet, Job, JobVersion
from catalog.versions import JobDefinition, current_job_version, job_id, of_jobs
from lineage import job_io, runs
from lineage.api.answers.runs import RunAnswer, VersionId, answer_runs
from lineage.api.answers.tags import described, said_of, tags_of, united
from lineage.models import Run
from lineage.reader import FacetBodies, Reader
from lineage.runs import AnyRun

LATEST_RUNS = 10
NO_IO = job_io.JobIO()
OF_JOB = 0  # the key of no version
TYPES = {"STREAMING": "STREAM", "SERVICE": "SERVICE"}


@dataclass(frozen=True, slots=True)
class JobAnswer:
    id: Job
    type: str
    name: str
    simple_name: str
    parent_name: str | None
    parent_id: UUID | None
    created_at: datetime
    updated_at: datetime
    namespace: str
    inputs: list[Dataset]
    outputs: list[Dataset]
    location: str | None
    description: str | None
    latest_run: RunAnswer | None
    latest_runs: list[RunAnswer]
    facets: FacetBodies
    current_version: UUID | None
    labels: list[str]
    tags: list[str]


@dataclass(frozen=True, slots=True)
class JobVersionAnswer:
    id: VersionId
    type: str
    name: str
    created_at: datetime
    version: UUID
    namespace: str
    location: str | None
    description: str | None
    inputs: list[Dataset]
    outputs: list[Dataset]
    latest_run: RunAnswer | None
    facets: FacetBodies


def answer_jobs(jobs: Sequence[Job], reader: Reader) -> list[JobAnswer]:
    """Tell of jobs, which are permitted already; a fixed number of queries."""
    if not jobs:
        return []
    ids = [job.pk for job in jobs]
    held = facets.of_jobs(jobs)
    readable_code = reader.code_of(ids)
    linked = reader.linked_jobs.filter(pk__in=ids).values_list("pk", flat=True)
    io = job_io.of_jobs(linked, reader.linked_datasets)
    latest = runs.latest(ids, reader.runs, limit=LATEST_RUNS)
    parents = parents_of(
        {pk: own for pk, rows in latest.items() if (own := _started_by(rows))}, reader
    )
    flat = [run for job in jobs for run in latest.get(job.pk, ())]
    told = dict(zip((run.pk for run in flat), answer_runs(flat, reader), strict=True))
    versions = of_jobs(jobs)
    said = said_of(jobs)
    hidden = job_io.hidden_in(ids, reader)
    answers = []
    for job in jobs:
        by_key = held[job.pk]
        own_io = io.get(job.pk, NO_IO)
        parent = parents.get(job.pk)
        own_runs = [told[run.pk] for run in latest.get(job.pk, ())]
        current = current_job_version(versions[job.pk])
        answers.append(
            JobAnswer(
                id=job,
                type=job_type(by_key.get("jobType")),
                name=job.name,
                simple_name=simple_name(job.name, parent),
                parent_name=parent.name if parent else None,
                parent_id=job_id(parent) if parent else None,
                created_at=job.created_at,
                updated_at=job.updated_at,
                namespace=job.namespace.name,
                inputs=own_io.inputs,
                outputs=own_io.outputs,
                location=text(by_key.get("sourceCodeLocation"), "url"),
                description=described(
                    text(by_key.get("documentation"), "description"), said[job.pk]
                ),
                latest_run=own_runs[0] if own_runs else None,
                latest_runs=own_runs,
                facets=reader.bodies(
                    by_key.values(),
                    code=job.pk in readable_code,
                    lineage=job.pk in io,
                    hidden=hidden.get(job.pk, ()),
                ),
                current_version=current.id if current else None,
                labels=[],
                tags=united(tags_of(by_key.get("tags")), said[job.pk]),
            )
        )
    return answers


def job_type(facet: Facet | None) -> str:
    """Marquez's word for how a job processes; BATCH where nobody says."""
    processing = document(facet).get("processingType")
    return TYPES.get(str(processing).upper(), "BATCH")


def simple_name(name: str, parent: Job | None) -> str:
    """A job's name inside of its parent's."""
    prefix = f"{parent.name}." if parent else ""
    return name.removeprefix(prefix) or name


def _started_by(latest: Sequence[AnyRun]) -> int | None:
    return next((run.parent_id for run in latest if run.parent_id is not None), None)


def parents_of(started_by: Mapping[int, int], reader: Reader) -> dict[int, Job]:
    """The job of the run that started each job, where the reader may know of it."""
    if not started_by:
        return {}
    job_of_run = dict(
        Run.objects.unrestricted("their jobs are asked for by right below")
        .filter(pk__in=set(started_by.values()))
        .values_list("pk", "job")
    )
    jobs = reader.linked_jobs.select_related("namespace").in_bulk(
        set(job_of_run.values())
    )
    return {
        job: jobs[job_of_run[parent]]
        for job, parent in started_by.items()
        if job_of_run.get(parent) in jobs
    }


def answer_job_versions(
    job: Job,
    versions: Sequence[JobDefinition],
    current: JobDefinition | None,
    reader: Reader,
) -> list[JobVersionAnswer]:
    """Tell of versions of one job; a fixed number of queries.

    The current one has the job's facets, an older one those of its latest run.
    """
    rows = [version.row for version in versions]
    datasets = {pk for row in rows for pk in (*row.inputs, *row.outputs)}
    is_linked = reader.linked_jobs.filter(pk=job.pk).exists()
    known = job_io.canonical(reader.linked_datasets, datasets if is_linked else ())
    latest = _latest_runs(rows, reader)
    told = dict(zip(latest, answer_runs([*latest.values()], reader), strict=True))
    own, held = _version_facets(job, latest)
    if current is not None:
        held[current.row.pk] = own
    hidden = job_io.hidden_in([job.pk], reader).get(job.pk, ())
    can_read_code = job.pk in reader.code_of([job.pk])
    return [
        JobVersionAnswer(
            id=VersionId(job.namespace.name, job.name, version.id),
            type=job_type((own | by_key).get("jobType")),
            name=job.name,
            created_at=version.row.first_at,
            version=version.id,
            namespace=job.namespace.name,
            location=text(version.row.location, "url"),
            description=text(by_key.get("documentation"), "description"),
            inputs=_once(known, version.row.inputs),
            outputs=_once(known, version.row.outputs),
            latest_run=told.get(version.row.pk),
            facets=reader.bodies(
                by_key.values(), code=can_read_code, lineage=is_linked, hidden=hidden
            ),
        )
        for version in versions
        for by_key in [held.get(version.row.pk, {})]
    ]


def _version_facets(
    job: Job, latest: Mapping[int, Run]
) -> tuple[dict[str, Facet], dict[int, dict[str, Facet]]]:
    """The job's facets in force, and by version those of its latest run."""
    folds: dict[int, list[facets.Fold]] = {
        version: [(run.job_facets or (), run.job_facet_events or ())]
        for version, run in latest.items()
    }
    folds[OF_JOB] = [(job.facets, job.facet_events)]
    held = facets.by_key(folds)
    return held.pop(OF_JOB), held


def _once(known: dict[int, Dataset], raw: Sequence[int]) -> list[Dataset]:
    found = {known[pk].pk: known[pk] for pk in raw if pk in known}
    return sorted(found.values(), key=lambda one: (one.namespace.name, one.name))


def _latest_runs(rows: Sequence[JobVersion], reader: Reader) -> dict[int, Run]:
    """The last run of each version; the index finds it from the version's end on."""
    own = reader.runs.filter(
        job=OuterRef("job"),
        job_version=OuterRef("definition"),
        started_at__lte=OuterRef("last_at"),
    )
    chosen = dict(
        JobVersion.objects.filter(pk__in=[row.pk for row in rows])
        .annotate(
            latest=Subquery(own.order_by("-started_at", "-run_id").values("pk")[:1])
        )
        .filter(latest__isnull=False)
        .values_list("pk", "latest")
    )
    found = Run.objects.unrestricted("chosen among the reader's just above").in_bulk(
        list(chosen.values())
    )
    return {version: found[run] for version, run in chosen.items()}
