"""What is told of a run?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef

from catalog import facets
from catalog.models import Facet, Job, JobVersion
from catalog.versions import Identity, job_version_ids
from lineage import run_io
from lineage.models import Run
from lineage.reader import FacetBodies, Reader
from lineage.run_io import RunDatasetVersion
from lineage.runs import duration_ms, state_name

# Marquez shows with a run's input what its producer measured there; some producers put
# the same facets among the dataset's own.
MEASURED = {"dataQualityAssertions", "dataQualityMetrics"}


class VersionId(NamedTuple):
    namespace: str
    name: str
    version: UUID


@dataclass(frozen=True, slots=True)
class RunDatasetAnswer:
    version_id: VersionId
    facets: FacetBodies


@dataclass(frozen=True, slots=True)
class RunAnswer:
    id: UUID
    created_at: datetime
    updated_at: datetime
    nominal_start: datetime | None
    nominal_end: datetime | None
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    duration_ms: int | None
    args: dict[str, str]
    job_version: VersionId | None
    inputs: list[RunDatasetAnswer]
    outputs: list[RunDatasetAnswer]
    facets: FacetBodies


def answer_runs(runs: Sequence[Run], reader: Reader) -> list[RunAnswer]:
    """Tell of runs, which are permitted already; a fixed number of queries."""
    if not runs:
        return []
    held = facets.by_key(
        {run.pk: [(run.facets or (), run.facet_events or ())] for run in runs}
    )
    io = run_io.of_runs(runs, reader.past_datasets)
    versions = _job_versions(runs)
    return [
        RunAnswer(
            id=run.run_id,
            created_at=run.created_at,
            updated_at=run.updated_at,
            nominal_start=run.nominal_start,
            nominal_end=run.nominal_end,
            state=state_name(run),
            started_at=run.started_at,
            ended_at=run.ended_at,
            duration_ms=duration_ms(run),
            args=_arguments(run),
            job_version=versions.get((run.job_id, bytes(run.job_version or b""))),
            inputs=[_answer_io(entry, reader) for entry in io[run.pk].inputs],
            outputs=[_answer_io(entry, reader) for entry in io[run.pk].outputs],
            facets=reader.bodies(held[run.pk].values()),
        )
        for run in runs
    ]


def _answer_io(entry: RunDatasetVersion, reader: Reader) -> RunDatasetAnswer:
    dataset = entry.dataset
    return RunDatasetAnswer(
        VersionId(dataset.namespace.name, dataset.name, entry.id),
        # The input's own come last, and win.
        reader.bodies(facet for facet in entry.facets if _is_shown(facet)),
    )


def _is_shown(facet: Facet) -> bool:
    return facet.scope != Facet.Scope.DATASET or facet.key in MEASURED


def _arguments(run: Run) -> dict[str, str]:
    times = {
        "nominal_start_time": run.nominal_start,
        "nominal_end_time": run.nominal_end,
    }
    return {name: at.isoformat() for name, at in times.items() if at is not None}


def _job_versions(runs: Iterable[Run]) -> dict[tuple[int, bytes], VersionId]:
    defined = [run for run in runs if run.job_version is not None]
    if not defined:
        return {}
    named = Job.objects.unrestricted("the jobs of runs that are permitted")
    jobs = {
        pk: Identity(namespace, name)
        for pk, namespace, name in named.filter(
            pk__among={run.job_id for run in defined}
        ).values_list("pk", "namespace__name", "name")
    }
    own = Run.objects.unrestricted("runs that are permitted").filter(
        pk__among=[run.pk for run in defined],
        job=OuterRef("job"),
        job_version=OuterRef("definition"),
    )
    rows = (
        JobVersion.objects.filter(Exists(own))
        .select_related("location", "sql")
        .only(
            *("job", "definition", "inputs", "outputs"),
            *("location__digest", "sql__digest"),
        )
    )
    ids = job_version_ids(jobs, rows)
    return {
        (row.job_id, bytes(row.definition)): VersionId(*jobs[row.job_id], ids[row.pk])
        for row in rows
    }
