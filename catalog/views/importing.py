"""How does somebody take in a file: tried first, then just as it was shown?"""

from io import BytesIO
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from catalog.api.files import TAKING_IN, template
from catalog.curation.csv_import import MAX_BYTES, Read, Unreadable, read_csv
from catalog.curation.drafts import Draft, NoDraft
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
from catalog.views.saying import REASON_MAX, actor_of, offer_undo
from policies import asked
from policies.gates import requires_any

SHOWN = 300  # lines of a report
CHANGING = ("new", "replaced", "removed")


@require_http_methods(["GET", "HEAD", "POST"])
@requires_any(*TAKING_IN)
def curation_import(request: HttpRequest) -> HttpResponse:
    """The form for a file, and what taking in the file that was sent would do."""
    if request.method != "POST":
        return _page(request)
    if "draft" in request.POST:
        return _take_in(request)
    sent = request.FILES.get("file")
    if sent is None:
        return _page(request, fault="Choose a file first.")
    content = sent.read(MAX_BYTES + 1)
    return _try(request, content, sent.name or "")


@require_GET
@requires_any(*TAKING_IN)
def import_template(request: HttpRequest, name: str) -> HttpResponse:
    """A file to begin with, of one format."""
    chosen = format_named(name)
    if chosen is None:
        raise asked.not_found("format")
    return HttpResponse(
        template(chosen),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _try(
    request: HttpRequest,
    content: bytes,
    name: str,
    *,
    expected: list[str] | None = None,
) -> HttpResponse:
    """Show what a file would do; with `expected`, what has changed since."""
    try:
        read, rows = _read(content)
    except Unreadable as fault:
        return _page(request, fault=str(fault))
    report = try_rows(read.format, rows, asker=request.user, via=Change.Via.CSV)
    draft = Draft(content.decode("utf-8-sig"), report.traces).pack()
    return _page(
        request, report=report, format=read.format, draft=draft, file_name=name,
        **_shown(report, expected),
    )  # fmt: skip


def _take_in(request: HttpRequest) -> HttpResponse:
    """Do just what was shown, or show what would be done now instead."""
    try:
        draft = Draft.unpack(request.POST["draft"])
        read, rows = _read(draft.text.encode("utf-8", "replace"))
    except (NoDraft, Unreadable):
        return _page(request, fault="The page was incomplete. Send the file again.")
    report = take_in_rows(
        read.format,
        rows,
        asker=request.user,
        actor=actor_of(request),
        via=Change.Via.CSV,
        reason=request.POST.get("reason", "").replace("\0", "").strip()[:REASON_MAX],
        is_partial="partial" in request.POST,
        expected=draft.traces,
    )
    if report.change is None:
        name = request.POST.get("file_name", "")[:200]
        since = list(draft.traces) if report.is_stale else None
        return _try(request, draft.text.encode(), name, expected=since)
    lines = "line" if report.changing == 1 else "lines"
    offer_undo(request, f"{report.changing} {lines} taken in.", report.change)
    where = reverse("change-detail", args=[report.change.public_id])
    return HttpResponseRedirect(where)


def _read(content: bytes) -> tuple[Read[Format], list[Any]]:
    read = read_csv(BytesIO(content), formats())
    return read, list(read.rows)


def _shown(report: Report, expected: list[str] | None) -> dict[str, Any]:
    """The lines of a report that a page has room for, faults first."""
    since: set[int] = set()
    if expected is not None:
        pairs = zip(report.results, report.traces, strict=True)
        known = dict(enumerate(expected))
        since = {
            each.number
            for index, (each, trace) in enumerate(pairs)
            if known.get(index) != trace
        }

    def of(outcomes: tuple[str, ...]) -> list[Result]:
        return [each for each in report.results if each.outcome in outcomes]

    faults, changing = of((REFUSED,)), of(CHANGING)
    changing.sort(key=lambda each: each.number not in since)
    return {
        "faults": faults[:SHOWN],
        "faults_more": max(0, len(faults) - SHOWN),
        "lines": changing[:SHOWN],
        "lines_more": max(0, len(changing) - SHOWN),
        "since": since,
        "is_stale": expected is not None,
    }


def _page(request: HttpRequest, **context: Any) -> HttpResponse:
    context |= {"formats": formats(), "most": MAX_BYTES // 2**20}
    status = 400 if context.get("fault") else 200
    return render(request, "catalog/import.html", context, status=status)
