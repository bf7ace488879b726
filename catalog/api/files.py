"""The routes that take in and give out what people say, as files."""

from collections.abc import Iterator
from io import BytesIO
from itertools import batched
from typing import Any, BinaryIO

import orjson
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.base import told_change
from catalog.api.outputs import ImportOutput
from catalog.api.statements import EDITING, TRYING, told_result
from catalog.csv_text import lines
from catalog.curation import exporting
from catalog.curation.csv_import import MAX_BYTES, Unreadable, read_csv
from catalog.models import Change
from catalog.services.importing import (
    REFUSED,
    Format,
    Report,
    Result,
    format_named,
    formats,
    take_in_rows,
    try_rows,
)
from policies import asked, audit
from policies.actions import Action
from policies.json_api import REASON_MAX, View, asker, demand_any, too_large
from policies.problems import Problem

TAGS = ["Curation"]
LINES_TOLD = 1000
ENVELOPE_BYTES = 2**16  # of a form, around the file
LINES_AT_ONCE = 500
TAKING_IN = (*EDITING, Action.PROPERTY_DEFINE, Action.LINEAGE_EDIT)
FILE = {"type": "string", "format": "binary"}


class CSVParser(BaseParser):
    """The bytes of a file, as they were sent."""

    media_type = "text/csv"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise too_large(MAX_BYTES)
        return BytesIO(content)


class CSVRenderer(BaseRenderer):
    """The export as CSV; the answer is a stream of its own."""

    media_type = "text/csv"
    format = "csv"


class NDJSONRenderer(BaseRenderer):
    """The export as NDJSON; the answer is a stream of its own."""

    media_type = "application/x-ndjson"
    format = "ndjson"


class ImportView(View):
    actions = {"POST": Action.ASSET_VIEW}
    parser_classes = [CSVParser, MultiPartParser]

    @extend_schema(
        operation_id="importCuration",
        summary="Take in a CSV file of statements or words, as one change.",
        description=(
            "The file is known by its header. All of it is done, or with `partial` "
            "what can be done; where lines are refused and nothing was done, the "
            "answer is 422 with the same `lines`. At most "
            f"{LINES_TOLD} of the lines are told, those refused first."
        ),
        parameters=[
            *TRYING,
            OpenApiParameter("reason", description="Why; else the lines' own reasons."),
        ],
        request={
            "text/csv": FILE,
            "multipart/form-data": {"type": "object", "properties": {"file": FILE}},
        },
        responses=ImportOutput,
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        demand_any(request, *TAKING_IN)
        is_trial = asked.is_asked(request, "dryRun")
        is_partial = asked.is_asked(request, "partial")
        reason = request.query_params.get("reason", "").replace("\0", "")[:REASON_MAX]
        try:
            read = read_csv(_file(request), formats())
            rows = list(read.rows)
        except Unreadable as fault:
            where = {"line": fault.line} if fault.line else {}
            raise Problem(400, "csv_unreadable", str(fault), extra=where) from None
        who = asker(request)
        if is_trial:
            report = try_rows(read.format, rows, asker=who, via=Change.Via.CSV)
        else:
            report = take_in_rows(
                read.format, rows, asker=who, actor=who, via=Change.Via.CSV,
                reason=reason, is_partial=is_partial,
            )  # fmt: skip
        told = _told(read.format, report)
        if report.refused and not is_trial and not is_partial:
            first = report.refused[0]
            raise Problem(
                422,
                "lines_refused",
                f"{len(report.refused)} of {len(rows)} lines cannot be taken in, so "
                f"that nothing was changed. Line {first.number}: {first.message}",
                extra=told,
            )
        return Response(told)


class ExportView(View):
    actions = {"GET": Action.ASSET_VIEW}
    renderer_classes = [CSVRenderer, NDJSONRenderer]

    @extend_schema(
        operation_id="exportCuration",
        summary="Give out what people say of all that the reader may see.",
        description=(
            "As CSV, the file that the import takes; `words` picks the file of one "
            "kind of word instead. As NDJSON, each statement with who said it, when "
            "and why. The export stands in the journal."
        ),
        parameters=[
            OpenApiParameter("format", enum=["csv", "ndjson"], default="csv"),
            OpenApiParameter(
                "words", enum=["domains", "tags", "terms", "products", "properties"],
                description="Of CSV: the words instead of the statements.",
            ),
        ],
        responses={
            200: OpenApiResponse(OpenApiTypes.STR, description="The file, streamed.")
        },
        tags=TAGS,
    )  # fmt: skip
    def get(self, request: Request) -> StreamingHttpResponse:
        form = request.accepted_renderer.format
        word = request.query_params.get("words", "") or "statements"
        chosen = format_named(word)
        if chosen is None:
            names = ", ".join(each.name for each in formats())
            raise asked.invalid("words", f"words is one of {names}.")
        if form == "ndjson" and word != "statements":
            raise asked.invalid("words", "Words are given out as CSV.")
        return export(request._request, chosen, form)


def export(request: Any, chosen: Format, form: str = "csv") -> StreamingHttpResponse:
    """A file of all that stands and that the reader may see; journaled first."""
    audit.record_alone(
        audit.Act.CURATION_EXPORTED,
        audit.Target("catalog.curation", ()),
        actor=request.user,
        changes={"format": form, "what": chosen.name},
    )
    if form == "ndjson":
        parts = (_as_json(each) for each in exporting.standing(request.user))
    else:
        rows = chosen.standing(request.user)
        parts = (line.encode() for line in lines(_with_header(chosen, rows)))
    kind = "application/x-ndjson" if form == "ndjson" else "text/csv"
    name = "curation" if chosen.name == "statements" else chosen.name
    return StreamingHttpResponse(
        (b"".join(some) for some in batched(parts, LINES_AT_ONCE)),
        content_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'},
    )


def template(chosen: Format) -> str:
    """A file to begin with: the header, and examples."""
    return "".join(lines([chosen.columns, *chosen.examples]))


def _with_header(chosen: Format, rows: Iterator[Any]) -> Iterator[Any]:
    yield chosen.columns
    yield from rows


def _as_json(each: exporting.Stated) -> bytes:
    told = {
        "kind": each.kind,
        "namespace": each.namespace or None,
        "name": each.name,
        "column": each.column,
        "aspect": each.aspect,
        "value": each.value,
        "detail": each.detail,
        "said": told_change(each.change),
    }
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


def _file(request: Request) -> BinaryIO:
    """The file that was sent, as the body or as a part of a form."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > MAX_BYTES + ENVELOPE_BYTES:
        raise too_large(MAX_BYTES)
    if isinstance(request.data, BytesIO):
        return request.data
    found: Any = request.FILES.get("file")
    if found is None:
        raise Problem(
            400,
            "upload_missing",
            "Send the file as the body, with the media type text/csv, or as the part "
            "`file` of a form.",
        )
    return found.file  # type: ignore[no-any-return]


def _told(format: Format, report: Report) -> dict[str, Any]:
    ordered = [
        *report.refused,
        *(each for each in report.results if each.outcome != REFUSED),
    ]
    return {
        "format": format.name,
        "dryRun": report.is_trial,
        "change": str(report.change.public_id) if report.change else None,
        "counts": dict(report.counts),
        "lines": [_line(each) for each in ordered[:LINES_TOLD]],
        "linesLeftOut": max(0, len(ordered) - LINES_TOLD),
    }


def _line(each: Result) -> dict[str, Any]:
    told = {"line": each.number, **told_result(each)}
    if each.field:
        told["column"] = each.field
    return told
