"""How are reports asked for, watched, read and thrown away on pages?"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.models import Dataset, Job
from catalog.pages import answer, page_of
from policies import access
from policies.actions import Action
from policies.gates import requires, requires_any
from policies.models import Principal
from reports import services
from reports.documents import filled, shown
from reports.downloads import download, download_review
from reports.models import Report
from reports.periods import NoPeriod, read_period, read_recorded
from reports.producing import title_of
from reports.tasks import send_on_its_way
from reports.writers import FORMATS

# Not of the rows: what a list tells of each report.
LIST_WITHOUT = ("preview", "manifest", "needs")


@require_GET
@requires(Action.REPORT_CREATE)
def report_list(request: HttpRequest) -> HttpResponse:
    """The reports that the reader asked for; those who read the journal see all."""
    readable = Report.objects.readable(request.user)
    if request.GET.get("whose") == "mine":
        readable = readable.filter(requester=request.user.pk)
    rows = readable.select_related(
        "dataset__namespace", "job__namespace", "requester"
    ).defer(*LIST_WITHOUT)
    context = {
        "page": page_of(request, rows),
        "sees_all": access.may(request.user, Action.JOURNAL_VIEW),
        "whose": request.GET.get("whose", ""),
    }
    return answer(
        request, "reports/report_list.html", "reports/_report_rows.html", context
    )


@require_http_methods(["GET", "POST"])
@requires(Action.REPORT_CREATE)
def report_new(request: HttpRequest) -> HttpResponse:
    """The form for a report about one asset; sent, the report is on its way."""
    told = request.POST if request.method == "POST" else request.GET
    asset = _asset(request, told)
    fault = None
    if request.method == "POST":
        try:
            since, until = read_period(told.get("from", ""), told.get("to", ""))
            report = services.request_report(
                asset,
                since=since,
                until=until,
                recorded_at=read_recorded(told.get("recorded_at", "")),
                actor=_reader(request),
            )
        except NoPeriod as refusal:
            fault = {"field": refusal.field, "message": str(refusal)}
        except services.TooManyUnfinished as refusal:
            fault = {
                "field": "",
                "message": f"You have {refusal} reports on their way. Wait for one of "
                "them, or cancel one.",
            }
        else:
            send_on_its_way(report)
            return HttpResponseRedirect(_url(report))
    context = {
        "asset": asset,
        "is_job": isinstance(asset, Job),
        "told": told,
        "fault": fault,
        "formats": FORMATS,
    }
    status = 400 if fault else 200
    return render(request, "reports/report_form.html", context, status=status)


@require_GET
@requires(Action.REPORT_CREATE)
def report_detail(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """How far a report is, while it is made; then what it says, and its files."""
    report = services.find_report(_reader(request), report_id)
    context = {
        "report": report,
        "title": title_of(report),
        "asset": report.asset,
        "is_own": report.requester_id == request.user.pk,
        "files": list(report.files.all()),
        "sections": [_shown(section) for section in report.preview or []],
    }
    return answer(
        request, "reports/report_detail.html", "reports/_report.html", context
    )


@require_GET
@requires(Action.REPORT_CREATE)
def report_file(request: HttpRequest, report_id: UUID, name: str) -> HttpResponseBase:
    """A file of a report, or its manifest, to keep; journaled."""
    report = services.find_report(_reader(request), report_id)
    return download(report, name, _reader(request))


@require_POST
@requires(Action.REPORT_CREATE)
def report_cancel(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Give up a report that is on its way."""
    report = services.own_report(_reader(request), report_id)
    if services.cancel_report(report, actor=_reader(request)):
        messages.success(request, "The report is cancelled.")
    else:
        messages.warning(request, "The report had ended before.")
    return HttpResponseRedirect(_url(report))


@require_POST
@requires(Action.REPORT_CREATE)
def report_retry(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Have a report made once more, as of the same times."""
    report = services.own_report(_reader(request), report_id)
    try:
        services.retry_report(report, actor=_reader(request))
    except services.NotRetriable:
        messages.warning(request, "The report is on its way, or done.")
    else:
        send_on_its_way(report)
    return HttpResponseRedirect(_url(report))


@require_POST
@requires(Action.REPORT_CREATE)
def report_delete(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Throw a report away."""
    report = services.own_report(_reader(request), report_id)
    services.delete_report(report, actor=_reader(request))
    messages.success(request, "The report is deleted.")
    return HttpResponseRedirect(reverse("report-list"))


@require_GET
@requires_any(Action.ACCESS_VIEW, Action.ACCESS_GRANT)
def review_report(request: HttpRequest, public_id: UUID, name: str) -> HttpResponse:
    """An access review as a file, to keep; journaled."""
    return download_review(public_id, name, _reader(request))


def _shown(section: dict[str, Any]) -> dict[str, Any]:
    """A section of the preview, its cells as people read them."""
    rows = [[shown(cell) for cell in row] for row in section["rows"]]
    is_cut = section["row_count"] > len(rows)
    names, width = section["names"], len(section["columns"])
    kept = list(range(width)) if is_cut else filled(rows, width)
    return {
        **section,
        "columns": [section["columns"][i] for i in kept],
        "empty_columns": [
            section["columns"][i]["title"] for i in range(width) if i not in kept
        ],
        "rows": [[(row[i], names[i]) for i in kept] for row in rows],
        "is_cut": is_cut,
    }


def _reader(request: HttpRequest) -> Principal:
    """Who asks: the gate has let nobody in but principals, and the anonymous role."""
    if isinstance(request.user, Principal):
        return request.user
    raise Http404


def _asset(request: HttpRequest, told: Any) -> Dataset | Job:
    """The asset that the address or the form names. Raises Http404."""
    asset = services.reportable(
        _reader(request),
        told.get("type", ""),
        told.get("namespace", ""),
        told.get("name", ""),
    )
    if asset is None:
        raise Http404
    return asset


def _url(report: Report) -> str:
    return reverse("report-detail", args=[report.public_id])
