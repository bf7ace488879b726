"""The routes that tell of jobs and their versions, describe them and hide them."""

from typing import Any, cast

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import In as InStates
from django.db.models.lookups import IsNull
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Job, Namespace
from catalog.models.jobs import JobQuerySet
from catalog.versions import current_job_version, of_jobs
from lineage.api.addresses import PREFIX, Reading, readings
from lineage.api.answers.jobs import answer_job_versions, answer_jobs
from lineage.api.base import (
    PAGING,
    NamedView,
    ReadView,
    demand,
    invalid,
    not_found,
    page,
    version_of,
)
from lineage.api.inputs import JobInput
from lineage.api.outputs import (
    JobOutput,
    JobsOutput,
    JobVersionOutput,
    JobVersionsOutput,
)
from lineage.api.sending import (
    BodyInvalid,
    Sender,
    put,
    read_input,
    told_again,
    told_of,
)
from lineage.composing import JobTold, job_event, ran_event
from lineage.models import Run
from lineage.reader import Reader
from lineage.runs import STATE_NAMES
from lineage.services.hiding import hide_job
from policies.actions import Action
from policies.problems import Problem

TAGS = ["Jobs"]
STATES = {name: state for state, name in STATE_NAMES.items()}
LISTING = [
    *PAGING,
    OpenApiParameter(
        "lastRunStates",
        OpenApiTypes.STR,
        many=True,
        enum=list(STATES),
        description="Only jobs whose latest run is in one of these states.",
    ),
]


def in_last_states(request: Request, jobs: JobQuerySet, reader: Reader) -> JobQuerySet:
    """The jobs whose latest run is in a state that was asked for, if any was.

    Raises Problem (400).
    """
    asked = {
        word.strip().upper()
        for text in request.query_params.getlist("lastRunStates")
        for word in text.split(",")
        if word.strip()
    }
    if not asked:
        return jobs
    if not asked <= STATES.keys():
        raise invalid("lastRunStates", f"A state is one of {', '.join(STATES)}.")
    runs = reader.runs.filter(job=OuterRef("pk"))
    begun = runs.filter(started_at__isnull=False).order_by("-started_at", "-run_id")
    states = {STATES[name] for name in asked}
    last_state = Subquery(begun.values("state")[:1])
    chosen: Any = Q(InStates(last_state, states))
    if Run.State.UNKNOWN in states:
        # A run that has not begun is new, and is the latest only where none has.
        chosen |= Q(IsNull(last_state, True)) & Exists(
            runs.filter(started_at__isnull=True)
        )
    return jobs.filter(chosen)


def list_jobs(request: Request, jobs: JobQuerySet, reader: Reader) -> Response:
    """A page of jobs, what was heard of last first."""
    asked = page(request)
    jobs = in_last_states(request, jobs, reader)
    rows: QuerySet[Job] = jobs.select_related("namespace").order_by("-updated_at", "pk")
    answers = answer_jobs(asked.of(rows), reader)
    return Response(
        {"jobs": JobOutput(answers, many=True).data, "totalCount": jobs.count()}
    )


class JobListView(ReadView):
    """The jobs of all namespaces."""

    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="listAllJobs", parameters=LISTING, responses=JobsOutput, tags=TAGS
    )
    def get(self, request: Request) -> Response:
        """List jobs, what was heard of last first."""
        reader = self.reader(request)
        return list_jobs(request, reader.jobs, reader)


@extend_schema_view(
    get=extend_schema(
        operation_id="listJobs",
        description="List the jobs of a namespace; none, if there is no such name.",
        parameters=LISTING,
        responses=JobsOutput,
        tags=TAGS,
    )
)
class NamespaceJobListView(NamedView):
    route = "namespace-job-list"
    actions = {"GET": Action.ASSET_VIEW}

    def get(self, request: Request, **names: str) -> Response:
        try:
            return super().get(request, **names)
        except Problem as problem:
            likeliest = next(readings(request.path_info.removeprefix(PREFIX)))
            if problem.status != 404 or likeliest.route != self.route:
                raise
        reader = self.reader(request)
        return list_jobs(request, reader.jobs.none(), reader)

    def answer(
        self, request: Request, reader: Reader, asset: Namespace, reading: Reading
    ) -> Response:
        return list_jobs(request, reader.jobs.filter(namespace=asset), reader)


@extend_schema_view(
    get=extend_schema(
        operation_id="getJob",
        description="Tell of a job.",
        responses=JobOutput,
        tags=TAGS,
    )
)
class JobDetailView(NamedView):
    route = "job-detail"
    actions = {
        "GET": Action.ASSET_VIEW,
        "PUT": Action.EVENT_INGEST,
        "DELETE": Action.ASSET_EDIT,
    }

    def answer(
        self, request: Request, reader: Reader, asset: Job, reading: Reading
    ) -> Response:
        return Response(JobOutput(answer_jobs([asset], reader)[0]).data)

    @extend_schema(
        operation_id="putJob", request=JobInput, responses=JobOutput, tags=TAGS
    )
    def put(self, request: Request, **names: str) -> Response:
        """Describe a job, as an event would; with runId, as one of its runs had it."""
        return put(request)

    def write(self, request: Request, sender: Sender, reading: Reading) -> Response:
        told = read_input(request, JobInput)
        job = read_job(reading, told)
        for namespace, _ in job.outputs:
            sender.demand(namespace)
        at = timezone.now()
        events = [job_event(job, at)]
        if told.get("runId"):
            run = told_of(sender.find_run(str(told["runId"])))
            if run.job != (job.namespace, job.name):
                raise BodyInvalid({"runId": ["It is the run of another job."]})
            events.append(ran_event(job, run, at))
        sender.send(*events)
        return told_again(self, request, sender, reading)

    @extend_schema(operation_id="deleteJob", responses={200: JobOutput}, tags=TAGS)
    def delete(self, request: Request, **names: str) -> Response:
        """Hide a job until something new is heard of it; tells of it once more."""
        return self.locate_and_delete(request)

    def hide(self, request: Request, reader: Reader, asset: Any) -> Response:
        demand(request, Action.ASSET_EDIT, asset)
        told = JobOutput(answer_jobs([asset], reader)[0]).data
        hide_job(asset, actor=request.user)
        return Response(told)


def read_job(reading: Reading, told: Any) -> JobTold:
    """What a body tells of the job that a path names."""
    context = told.get("context") or {}
    return JobTold(
        reading.namespace,
        cast(str, reading.name),
        type=told["type"],
        description=told.get("description") or None,
        location=told.get("location") or None,
        sql=next((v for k, v in context.items() if k.lower() == "sql" and v), None),
        inputs=[(one["namespace"], one["name"]) for one in told.get("inputs") or ()],
        outputs=[(one["namespace"], one["name"]) for one in told.get("outputs") or ()],
    )


@extend_schema_view(
    get=extend_schema(
        operation_id="listJobVersions",
        description="List the versions of a job, the newest first.",
        parameters=PAGING,
        responses=JobVersionsOutput,
        tags=TAGS,
    )
)
class JobVersionListView(NamedView):
    route = "job-version-list"
    actions = {"GET": Action.ASSET_VIEW}

    def answer(
        self, request: Request, reader: Reader, asset: Job, reading: Reading
    ) -> Response:
        asked = page(request)
        known = of_jobs([asset])[asset.pk]
        current = current_job_version(known)
        answers = answer_job_versions(asset, asked.of(known[::-1]), current, reader)
        return Response(
            {
                "versions": JobVersionOutput(answers, many=True).data,
                "totalCount": len(known),
            }
        )


@extend_schema_view(
    get=extend_schema(
        operation_id="getJobVersion",
        description="Tell of one version of a job.",
        responses=JobVersionOutput,
        tags=TAGS,
    )
)
class JobVersionDetailView(NamedView):
    route = "job-version-detail"
    actions = {"GET": Action.ASSET_VIEW}

    def answer(
        self, request: Request, reader: Reader, asset: Job, reading: Reading
    ) -> Response:
        wanted = version_of(reading)
        known = of_jobs([asset])[asset.pk]
        found = [one for one in known if one.id == wanted]
        if not found:
            raise not_found("version")
        current = current_job_version(known)
        [answer] = answer_job_versions(asset, found, current, reader)
        return Response(JobVersionOutput(answer).data)
