"""The routes that tell of runs."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import facets
from catalog.models import Job
from lineage import runs
from lineage.api.addresses import Reading
from lineage.api.answers.runs import answer_runs
from lineage.api.base import PAGING, NamedView, ReadView, invalid, not_found, page
from lineage.api.outputs import RunFacetsOutput, RunOutput, RunsOutput
from lineage.identities import run_uuid
from lineage.models import Run
from lineage.reader import Reader
from policies.actions import Action

TAGS = ["Runs"]
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
    actions = {"GET": Action.RUN_VIEW}

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
        shown = reader.bodies(held, code=code, lineage=linked)
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
