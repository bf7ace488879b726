"""The routes that tell of runs, announce them and say how they go on."""

from typing import Any, cast
from uuid import UUID, uuid4

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from openlineage.client.event_v2 import RunState
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import facets
from catalog.models import Job
from lineage import run_io, runs
from lineage.api.addresses import Reading
from lineage.api.answers.runs import answer_runs
from lineage.api.base import PAGING, NamedView, ReadView, invalid, not_found, page
from lineage.api.events import instant
from lineage.api.inputs import RunInput
from lineage.api.outputs import RunFacetsOutput, RunOutput, RunsOutput
from lineage.api.sending import Sender, put, read_input, told_of
from lineage.composing import Name, RunTold, run_event
from lineage.identities import run_uuid
from lineage.models import Edge, Run
from lineage.reader import Reader
from policies.actions import Action
from policies.problems import Problem

TAGS = ["Runs"]
TRANSITIONS = {
    "start": RunState.START,
    "complete": RunState.COMPLETE,
    "fail": RunState.FAIL,
    "abort": RunState.ABORT,
}
AT = OpenApiParameter(
    "at", OpenApiTypes.DATETIME, description="When it did; now, unless told."
)
SELECT = OpenApiParameter(
    "job",
    OpenApiTypes.STR,
    description="Which job's run, where several share the id: the job's name, "
    "`namespace:name` or `job:namespace:name`. Without it, the one that started first.",
)
FACET_TYPE = OpenApiParameter(
    "type",
    OpenApiTypes.STR,
    enum=["run", "job"],
    required=True,
    description="The run's own facets, or those that it gave its job.",
)


@extend_schema_view(
    get=extend_schema(
        operation_id="listRuns",
        description="List the runs of a job, the latest start first.",
        parameters=PAGING,
        responses=RunsOutput,
        tags=TAGS,
    )
)
class JobRunListView(NamedView):
    route = "job-run-list"
    actions = {"GET": Action.RUN_VIEW, "POST": Action.EVENT_INGEST}

    def answer(
        self, request: Request, reader: Reader, asset: Job, reading: Reading
    ) -> Response:
        asked = page(request)
        rows, count = runs.page_of_job(
            asset, reader.runs, limit=asked.limit, offset=asked.offset
        )
        answers = answer_runs(rows, reader)
        return Response(
            {"runs": RunOutput(answers, many=True).data, "totalCount": count}
        )

    @extend_schema(
        operation_id="createRun",
        request=RunInput,
        responses={201: RunOutput},
        tags=TAGS,
    )
    def post(self, request: Request, **names: str) -> Response:
        """Announce a run of a job; it is NEW until it starts.

        It has the inputs, outputs, location and SQL that the job has now.
        """
        return put(request, "POST")

    def write(self, request: Request, sender: Sender, reading: Reading) -> Response:
        if not sender.knows(reading):
            raise not_found("job")
        told = read_input(request, RunInput)
        job = reading.namespace, cast(str, reading.name)
        run = RunTold(
            job,
            told.get("id") or uuid4(),
            told.get("nominalStartTime"),
            told.get("nominalEndTime"),
            told.get("args") or {},
        )
        if is_taken(run, self.reader(request)):
            raise Problem(
                400,
                "run_exists",
                f"There is a run {run.id} already. Send another id, or none.",
                pointer="/id",
            )
        io = current_io(job, sender)
        code = current_code(job)
        sender.send(run_event(run, RunState.OTHER, timezone.now(), *io, code))
        response = told_run(request, sender, run.id, job)
        response.status_code = 201
        response.headers["Location"] = reverse("api:run-detail", args=[run.id])
        return response


def is_taken(run: RunTold, reader: Reader) -> bool:
    """Whether the job, or a job that the reader may know of, has a run of this id."""
    rows = Run.objects.unrestricted("whoever may send for a job may know its runs")
    own = Q(job__namespace__name=run.job[0], job__name=run.job[1])
    seen = Q(pk__in=reader.runs.filter(run_id=run.id).values("pk"))
    return rows.filter(own | seen, run_id=run.id).exists()


def current_io(job: Name, sender: Sender) -> tuple[list[Name], list[Name]]:
    """What the job reads and writes now, as far as the sender may say so."""
    edges = Edge.objects.effective().filter(
        job__namespace__name=job[0], job__name=job[1]
    )
    rows = edges.order_by("dataset__namespace__name", "dataset__name").values_list(
        "direction", "dataset__namespace__name", "dataset__name"
    )
    inputs: list[Name] = []
    outputs: list[Name] = []
    for direction, place, own in rows:
        if direction == Edge.Direction.INPUT:
            inputs.append((place, own))
        elif sender.may_send(place):
            outputs.append((place, own))
    return inputs, outputs


def current_code(job: Name) -> dict[str, Any]:
    """The facets of the job by which its versions are told apart, as they are now."""
    rows = Job.objects.unrestricted("what a run of it is made of; none of it is told")
    found = rows.filter(namespace__name=job[0], name=job[1])
    folds = {one.pk: [(one.facets, one.facet_events)] for one in found}
    return {
        facet.key: facets.document(facet)
        for held in facets.in_force(folds, ["sourceCodeLocation", "sql"]).values()
        for facet in held
    }


def told_run(request: Request, sender: Sender, run_id: UUID, job: Name) -> Response:
    """Answer what GET would, to whoever may see the run; to others its id."""
    reader = Reader(sender.principal)
    for run in runs.by_run_id(run_id, reader.runs):
        if (run.job.namespace.name, run.job.name) == job:
            return Response(RunOutput(answer_runs([run], reader)[0]).data)
    return Response({"id": run_id})


class RunDetailView(ReadView):
    """One run."""

    actions = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="getRun", parameters=[SELECT], responses=RunOutput, tags=TAGS
    )
    def get(self, request: Request, run_id: str) -> Response:
        """Tell of a run."""
        reader = self.reader(request)
        run = find_run(request, reader, run_id)
        return Response(RunOutput(answer_runs([run], reader)[0]).data)


class RunTransitionView(ReadView):
    """What becomes of a run."""

    actions = {"POST": Action.EVENT_INGEST}

    @extend_schema(
        operation_id="markRun",
        parameters=[SELECT, AT],
        request=None,
        responses=RunOutput,
        tags=TAGS,
    )
    def post(self, request: Request, run_id: str, transition: str) -> Response:
        """Say that a run started, completed, failed or was aborted, now or then."""
        sender = Sender.of(request)
        at = instant(request, "at") or timezone.now()
        run = sender.find_run(run_id, request.query_params.get("job"))
        told = told_of(run)
        sender.send(run_event(told, TRANSITIONS[transition], at))
        return told_run(request, sender, run.run_id, told.job)


class RunFacetsView(ReadView):
    """The facets of one run, or of its job as it was in that run."""

    actions = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="getRunFacets",
        parameters=[FACET_TYPE, SELECT],
        responses=RunFacetsOutput,
        tags=TAGS,
    )
    def get(self, request: Request, run_id: str) -> Response:
        """Show the facets of a run."""
        wanted = request.query_params.get("type", "").lower()
        if wanted not in ("run", "job"):
            raise invalid("type", "type is run or job.")
        reader = self.reader(request)
        run = find_run(request, reader, run_id)
        fold: facets.Fold = (run.facets or (), run.facet_events or ())
        code = linked = False
        if wanted == "job":
            fold = run.job_facets or (), run.job_facet_events or ()
            code = run.job_id in reader.code_of([run.job_id])
            linked = reader.linked_jobs.filter(pk=run.job_id).exists()
        held = facets.in_force({run.pk: [fold]})[run.pk]
        hidden = run_io.hidden_in([run], reader).get(run.pk, ())
        shown = reader.bodies(held, code=code, lineage=linked, hidden=hidden)
        return Response(RunFacetsOutput({"run_id": run.run_id, "facets": shown}).data)


def find_run(request: Request, reader: Reader, run_id: str) -> Run:
    """The run that is meant; an id that is no UUID is hashed, as the door does.

    Raises Problem (404).
    """
    found = runs.by_run_id(run_uuid(run_id), reader.runs)
    job = request.query_params.get("job")
    for run in found:
        name = f"{run.job.namespace.name}:{run.job.name}"
        if job is None or job in (run.job.name, name, f"job:{name}"):
            return run
    raise not_found("run")
