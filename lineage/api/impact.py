"""The route that tells what is downstream, and what a change would do to it."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Dataset
from lineage import impact
from lineage.api import impact_inputs
from lineage.api.base import ReadView, invalid, not_found, number
from lineage.api.graphs import TAGS, resolve
from lineage.api.impact_inputs import (
    THRESHOLDS,
    ImpactParser,
    ImpactQuestion,
    SQLParser,
)
from lineage.api.impact_outputs import (
    ConsequencesOutput,
    ImpactOutput,
    told_consequences,
    told_impact,
)
from lineage.api.times import AS_OF, RECORDED_AT, cut
from lineage.impact import Impact
from lineage.impact.asking import ASKED, node_id
from lineage.impact.markdown import text
from lineage.impact.proposals import DIALECTS
from lineage.impact.questions import Question, fails
from lineage.impact.tables import XLSX, as_file
from lineage.reader import Reader
from policies import audit
from policies.actions import Action
from policies.rendering import JSONRenderer

VERDICT = "X-Impact-Verdict"
THRESHOLD = OpenApiParameter(
    "failOn",
    enum=THRESHOLDS,
    description="How hard something must be hit for the verdict to be `fail`.",
)
DEPTH = OpenApiParameter(
    "depth",
    OpenApiTypes.INT,
    default=impact.MAX_HOPS,
    description=f"How many hops, up to {impact.MAX_HOPS}.",
)
FORMATS = {
    (200, "text/markdown"): OpenApiTypes.STR,
    (200, "text/csv"): OpenApiTypes.STR,
    (200, XLSX): OpenApiTypes.BINARY,
}


class MarkdownRenderer(BaseRenderer):
    """The answer as a comment on a pull request."""

    media_type = "text/markdown"
    format = "md"
    charset = "utf-8"

    def render(self, data: Any, *args: Any, **more: Any) -> bytes:
        # What is refused is refused as JSON, whatever was asked for.
        return data if isinstance(data, bytes) else JSONRenderer().render(data)


class CSVRenderer(MarkdownRenderer):
    """The hits as a table, a row for each."""

    media_type = "text/csv"
    format = "csv"


class WorkbookRenderer(MarkdownRenderer):
    """The same as an Excel workbook."""

    media_type = XLSX
    format = "xlsx"
    charset = ""


class ImpactView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW, "POST": Action.LINEAGE_VIEW}
    parser_classes = [ImpactParser, SQLParser]
    renderer_classes = [JSONRenderer, MarkdownRenderer, CSVRenderer, WorkbookRenderer]

    @extend_schema(
        operation_id="getImpact",
        summary="Tell what is downstream of a dataset, a job or a column.",
        description=(
            "Each asset or column that is made of it, nearest first, with the way that "
            "leads there, whose it is, and how its job's last run went. `nodeId` is "
            "`dataset:…`, `job:…` or `datasetField:…`. What the reader may not know of "
            "is a step `withheld` on the way, one for a whole stretch; `withheld` "
            "counts such places. `complete` is false if anything is withheld, left out "
            "for its size, or, of a column, if a job reads its dataset and does not "
            "tell which columns it uses (`silentJobs`).\n\n"
            "With `change`, or `changes` as a JSON array of what POST takes, it tells "
            "what POST tells: the address of an answer that can be had again."
        ),
        parameters=[
            OpenApiParameter("nodeId", OpenApiTypes.STR, many=True),
            DEPTH,
            OpenApiParameter("change", enum=[str(kind) for kind in ASKED]),
            OpenApiParameter("changes", OpenApiTypes.STR),
            OpenApiParameter("namespace", description="Of `change=revoke-source`."),
            OpenApiParameter("was", description="The name or type as it is."),
            OpenApiParameter("to", description="The new name or type."),
            OpenApiParameter("by", description="How late: PT3H, `45 min`."),
            THRESHOLD,
            AS_OF,
            RECORDED_AT,
        ],
        responses={200: ImpactOutput, **FORMATS},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response | HttpResponse:
        reader = self.reader(request)
        if request.query_params.get("change") or request.query_params.get("changes"):
            question = impact_inputs.of_address(request, reader)
            return _consequences(request, question, reader)
        return _downstream(request, reader)

    @extend_schema(
        operation_id="foreseeImpact",
        summary="Tell what a change would do to all that is downstream.",
        description=(
            "The change is named (`change`, or several `changes`), or found by "
            "comparing: a `manifest.json` of dbt with the tables that stand, or `sql` "
            "(CREATE, ALTER, DROP of tables). Each hit has a `severity` with its rule: "
            "`breaks`, `alters`, `may-alter` or `stale`; the way that explains it; "
            "when it was made last and how often it is; and which checks test it. "
            "Nothing is changed by asking.\n\n"
            "`failOn` makes a verdict, in the answer and in the header "
            f"`{VERDICT}`: `fail` or `pass`. With `Accept: text/markdown` the answer "
            "is a comment for a pull request."
        ),
        parameters=[
            OpenApiParameter("namespace", description="Where the tables lie."),
            OpenApiParameter("dialect", enum=DIALECTS),
            THRESHOLD,
            AS_OF,
            RECORDED_AT,
            DEPTH,
        ],
        request={
            "application/json": ImpactQuestion,
            "application/sql": {"type": "string"},
        },
        responses={200: ConsequencesOutput, **FORMATS},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response | HttpResponse:
        reader = self.reader(request)
        question = impact_inputs.of_body(request, reader)
        return _consequences(request, question, reader)


def _downstream(request: Request, reader: Reader) -> Response | HttpResponse:
    """What is downstream of one node, whatever would be changed."""
    if request.accepted_renderer.format == MarkdownRenderer.format:
        raise invalid("change", "A comment is about a change: say which.")
    depth = number(request, "depth", impact.MAX_HOPS, most=impact.MAX_HOPS)
    node = resolve(request, reader, reader.linked_datasets)
    if node.version is not None:
        raise not_found("node")
    start = node.job or node.dataset
    assert start is not None
    asked: Any = {"max_hops": depth, "cut": cut(request)}
    if node.field is not None and isinstance(start, Dataset):
        found = impact.of_column(start, node.field, reader, **asked)
    else:
        found = impact.of_asset(start, reader, **asked)
    for hit in found.hits:
        hit.start = impact.Start(start, node.field or "")
    told = told_impact(found, node_id(start, node.field or ""))
    return _as_asked(request, found, told)


def _consequences(
    request: Request, question: Question, reader: Reader
) -> Response | HttpResponse:
    found = question.answer(reader)
    path = reverse("api:impact")
    again = f"{path}?{question.link}" if question.link else None
    told = told_consequences(question, found, again)
    address = request.build_absolute_uri(again) if again else None
    comment = text(question, found, address).encode()
    answer = _as_asked(request, found, told, question, comment)
    answer[VERDICT] = "fail" if fails(found, question.fail_on) else "pass"
    return answer


def _as_asked(
    request: Request,
    found: Impact,
    told: dict[str, Any],
    question: Question | None = None,
    markdown: bytes = b"",
) -> Response | HttpResponse:
    """The answer in the form that was asked for; as a file it is journaled first."""
    match request.accepted_renderer.format:
        case "md":
            return Response(markdown)
        case "csv" | "xlsx" as form:
            _journal(request, found, form, question)
            return as_file(found, form)
        case form:
            answer = Response(told)
            if request.query_params.get("format") == form:
                _journal(request, found, form, question)
                name = 'attachment; filename="impact.json"'
                answer["Content-Disposition"] = name
            return answer


def _journal(
    request: Request, found: Impact, form: str, question: Question | None
) -> None:
    """Note that somebody takes the hits away as a file."""
    changes = question.changes if question else []
    starts = [start for change in changes for start in change.starts]
    starts += [hit.start for hit in found.hits if hit.start]
    audit.record_alone(
        audit.Act.LINEAGE_EXPORTED,
        audit.Target.of(starts[0].asset)
        if starts
        else audit.Target("route", ("api:impact",)),
        actor=request.user,
        changes={
            "table": "impact",
            "format": form,
            "kinds": sorted({str(change.kind) for change in changes}),
            "is_partial": not found.is_complete,
        },
    )
