"""The routes by which reports are asked for, watched and fetched."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from policies.actions import Action
from policies.gates import SIGNED_IN
from policies.json_api import demand_any
from policies.models import Principal
from policies.problems import Problem
from reports import services
from reports.api.outputs import (
    ReportDetailOutput,
    ReportInput,
    ReportListOutput,
    ReportOutput,
)
from reports.downloads import download, download_review
from reports.models import Report
from reports.periods import NoPeriod, read_period, read_recorded
from reports.tasks import send_on_its_way

TAGS = ["Reports"]
DEFAULT_LIMIT, MAX_LIMIT = 100, 1000


class ReportListView(APIView):
    actions = {"GET": Action.REPORT_CREATE, "POST": Action.REPORT_CREATE}

    @extend_schema(
        operation_id="listReports",
        summary="List reports, the latest first.",
        description="One's own; with `journal.view`, everybody's.",
        parameters=[
            OpenApiParameter("limit", OpenApiTypes.INT, default=DEFAULT_LIMIT),
            OpenApiParameter("offset", OpenApiTypes.INT, default=0),
        ],
        responses=ReportListOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        limit = _number(request, "limit", DEFAULT_LIMIT, MAX_LIMIT)
        offset = _number(request, "offset", 0, 2**31)
        rows = Report.objects.readable(request.user)
        shown = rows.select_related(
            "dataset__namespace", "job__namespace", "requester"
        ).defer("preview", "manifest", "needs")
        page = {
            "reports": shown[offset : offset + limit],
            "total_count": rows.count(),
        }
        return Response(ReportListOutput(page).data)

    @extend_schema(
        operation_id="createReport",
        summary="Ask for a report about a dataset or job.",
        description=(
            "A worker makes it, with the rights that the asker has then, and no more "
            "than the token leaves. The answer says where to look for it: ask there "
            "until `status` is neither `queued` nor `running`."
        ),
        request=ReportInput,
        responses={202: ReportOutput},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        asked = ReportInput(data=request.data)
        asked.is_valid(raise_exception=True)
        told = asked.validated_data
        actor = _asker(request)
        asset = services.reportable(actor, **_named(told["asset"]))
        if asset is None:
            raise Problem(
                404,
                "not_found",
                "There is no such asset, or none about which you may have reports.",
                pointer="/asset",
            )
        try:
            since, until = read_period(told["from"], told["to"])
            report = services.request_report(
                asset,
                since=since,
                until=until,
                recorded_at=read_recorded(told["recordedAt"]),
                kind=told["kind"],
                token_id=getattr(request.auth, "token_id", None),
                actor=actor,
            )
        except NoPeriod as refusal:
            raise Problem(
                400, "value_invalid", str(refusal), pointer=f"/{refusal.field}"
            ) from None
        except services.TooManyUnfinished as refusal:
            raise Problem(
                429,
                "reports_unfinished",
                f"You have {refusal} reports on their way. Wait for one of them, or "
                "delete one.",
                headers={"Retry-After": "30"},
            ) from None
        send_on_its_way(report)
        report = services.find_report(actor, report.public_id)
        where = reverse("report-api:report-detail", args=[report.public_id])
        return Response(
            ReportOutput(report).data, status=202, headers={"Location": where}
        )


class ReportDetailView(APIView):
    actions = {"GET": Action.REPORT_CREATE, "DELETE": Action.REPORT_CREATE}

    @extend_schema(
        operation_id="getReport",
        summary="Tell how far a report is, and what files it has.",
        responses=ReportDetailOutput,
        tags=TAGS,
    )
    def get(self, request: Request, report_id: UUID) -> Response:
        report = services.find_report(_asker(request), report_id)
        return Response(ReportDetailOutput(report).data)

    @extend_schema(
        operation_id="deleteReport",
        summary="Throw a report of one's own away, made or not.",
        responses={204: None},
        tags=TAGS,
    )
    def delete(self, request: Request, report_id: UUID) -> Response:
        actor = _asker(request)
        services.delete_report(services.own_report(actor, report_id), actor=actor)
        return Response(status=204)


class ReportFileView(APIView):
    actions = {"GET": Action.REPORT_CREATE}

    @extend_schema(
        operation_id="getReportFile",
        summary="Fetch a file of a report, or its manifest; journaled.",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        tags=TAGS,
    )
    def get(
        self, request: Request, report_id: UUID, name: str
    ) -> HttpResponse | StreamingHttpResponse:
        actor = _asker(request)
        return download(services.find_report(actor, report_id), name, actor)


class ReviewFileView(APIView):
    actions = {"GET": SIGNED_IN}

    @extend_schema(
        operation_id="getAccessReviewFile",
        summary="Fetch an access review as a file; journaled.",
        description=(
            "For those who see all access: `review.pdf`, `review.xlsx`, "
            "`review-csv.zip`, `review.json`, or `review.zip` with all of them and a "
            "manifest."
        ),
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        tags=["Access: reviews"],
    )
    def get(self, request: Request, id: UUID, name: str) -> HttpResponse:
        demand_any(request, Action.ACCESS_VIEW, Action.ACCESS_GRANT)
        return download_review(id, name, _asker(request))


def _asker(request: Request) -> Principal:
    # The gate lets an anonymous role in, which has nobody to make a report for.
    if not request.user.is_authenticated:
        raise Problem(
            401,
            "token_missing",
            "Reports are made for somebody: sign in, or send a token.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return request.user


def _named(asset: dict[str, Any]) -> dict[str, str]:
    return {
        "kind": asset["type"],
        "namespace": asset["namespace"],
        "name": asset["name"],
    }


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) > most:
        raise Problem(
            400,
            "parameter_invalid",
            f"{name} is a whole number from 0 to {most}.",
            extra={"parameter": name},
        )
    return int(text)
