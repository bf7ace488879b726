"""What is told of a run?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef

from catalog import facets
from catalog.models import Facet, Job, JobVersion
from catalog.versions import DEFINED, Defined, Identity, job_version_ids
from lineage import run_io
from lineage.models import Run
from lineage.reader import FacetBodies, Reader
from lineage.run_io import Known, RunDatasetVersion
from lineage.runs import AnyRun, duration_ms, state_name

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


def answer_runs(
    runs: Sequence[AnyRun],
    reader: Reader,
    known: Known | None = None,
    jobs: Mapping[int, Identity] | None = None,
) -> list[RunAnswer]:
    """Tell of runs, which are permitted already; a fixed number of queries.

    What is `known` of datasets and `jobs` already is not read again.
    """
    if not runs:
        return []
    held = facets.by_key(
        {run.pk: [(run.facets or (), run.facet_events or ())] for run in runs}
    )
    known = known or Known()
    io = run_io.of_runs(runs, reader.past_datasets, reader, known)
    none = reader.bodies(())
    hidden = run_io.hidden_in(runs, reader)
    versions = job_versions(runs, known, jobs)
    return [
        RunAnswer(
            id=run.run_id,
            created_at=run.created_at,
            updated_at=run.updated_at,
            nominal_start=run.nominal_start,
            nominal_end=run.nominal_end,
            state=state_name(run),
            # A run that was only announced has not started.
            started_at=run.started_at if run.state else None,
            ended_at=run.ended_at,
            duration_ms=duration_ms(run),
            args=arguments(run, held[run.pk].get("executionParameters")),
            job_version=versions.get((run.job_id, bytes(run.job_version or b""))),
            inputs=[_answer_io(entry, reader, none) for entry in io[run.pk].inputs],
            outputs=[_answer_io(entry, reader, none) for entry in io[run.pk].outputs],
            facets=reader.bodies(held[run.pk].values(), hidden=hidden.get(run.pk, ())),
        )
        for run in runs
    ]


def _answer_io(
    entry: RunDatasetVersion, reader: Reader, none: FacetBodies
) -> RunDatasetAnswer:
    shown = [facet for facet in entry.facets if _is_shown(facet)]
    return RunDatasetAnswer(
        VersionId(*entry.identity, entry.id),
        reader.bodies(shown) if shown else none,  # the input's own come last, and win
    )


def _is_shown(facet: Facet) -> bool:
    return facet.scope != Facet.Scope.DATASET or facet.key in MEASURED


def arguments(run: AnyRun, parameters: Facet | None = None) -> dict[str, str]:
    """What Marquez shows as the run's arguments: with its nominal times."""
    told = facets.document(parameters).get("parameters")
    args = {
        str(one["key"]): str(one.get("value") or "")
        for one in (told if isinstance(told, list) else ())
        if isinstance(one, dict) and one.get("key")
    }
    times = {
        "nominal_start_time": run.nominal_start,
        "nominal_end_time": run.nominal_end,
    }
    return args | {n: at.isoformat() for n, at in times.items() if at is not None}


def job_versions(
    runs: Iterable[AnyRun], known: Known, jobs: Mapping[int, Identity] | None
) -> dict[tuple[int, bytes], VersionId]:
    defined = [run for run in runs if run.job_version is not None]
    if not defined:
        return {}
    jobs = jobs or _identities({run.job_id for run in defined})
    own = Run.objects.unrestricted("runs that are permitted").filter(
        pk__among=[run.pk for run in defined],
        job=OuterRef("job"),
        job_version=OuterRef("definition"),
    )
    rows = [
        Defined(*row)
        for row in JobVersion.objects.filter(Exists(own)).values_list(*DEFINED)
    ]
    ids = job_version_ids(jobs, rows, known.named)
    return {
        (row.job, bytes(row.definition)): VersionId(*jobs[row.job], ids[row.pk])
        for row in rows
    }


def _identities(jobs: Iterable[int]) -> dict[int, Identity]:
    named = Job.objects.unrestricted("the jobs of runs that are permitted")
    rows = named.filter(pk__among=jobs).values_list("pk", "namespace__name", "name")
    return {pk: Identity(*identity) for pk, *identity in rows}
