"""How do people declare flows that no producer reports, and where do they all stand?"""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog import csv_text
from catalog.curation.csv_import import Row, Unreadable, read_csv
from catalog.curation.faults import Refused
from catalog.models import Change
from catalog.pages import page_of
from catalog.templatetags.curation import UNDO
from lineage import manual
from lineage.manual import FIELDS, FORMAT, KINDS, Drawn
from lineage.models import ManualEdge
from lineage.models.manual import ManualEdgeQuerySet
from lineage.reader import Reader
from lineage.services.manual import (
    EdgeEnded,
    declare_edges,
    end_edges,
    extend_edge,
    foresee_edges,
)
from policies import audit
from policies.actions import Action
from policies.gates import denial, requires
from policies.models import Principal
from policies.onward import onward
from policies.problems import Problem
from policies.row_keys import number_of, numbers_of

STATES = {"": "In force", "expired": "Expired", "ended": "Ended"}
FAULTS_SHOWN = 200

reading = requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW)
editing = requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW, Action.LINEAGE_EDIT)


@require_GET
@reading
def manual_list(request: HttpRequest) -> HttpResponse:
    """All declared edges that the reader may know of: in force, expired, or ended."""
    reader = Reader(request.user)
    edges = _chosen(request, reader).order_by("-recorded_from", "-pk").with_ends()
    page = page_of(request, edges)
    context = {
        "page": page,
        "editable": manual.editable_by(reader, list(page.object_list)),
        "states": STATES,
        "fields": FIELDS,
    }
    return render(request, "lineage/manual_list.html", context)


@require_GET
@reading
def manual_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same as a file, in the columns that an import reads."""
    edges = _chosen(request, Reader(request.user)).order_by("pk").with_ends()
    audit.record_alone(
        audit.Act.LINEAGE_EXPORTED,
        audit.Target("lineage.manualedge", ()),
        actor=request.user,
        changes={"table": "manual", "state": request.GET.get("state") or "in-force"},
    )
    return StreamingHttpResponse(
        csv_text.lines(_rows(edges)),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": 'attachment; filename="lineage-manual.csv"'},
    )


@require_http_methods(["GET", "POST"])
@editing
def manual_declare(request: HttpRequest) -> HttpResponse:
    """The form for one edge, filled in as far as its address says."""
    told = request.POST if request.method == "POST" else request.GET
    said = {name: told.get(name, "") for name in FIELDS}
    fault = None
    if request.method == "POST":
        [drawn] = manual.read([said], Reader(request.user))
        if isinstance(drawn, Drawn):
            return _declare_one(request, drawn)
        if isinstance(drawn, manual.NotAllowed):
            raise denial(request, _actor(request), Action.LINEAGE_EDIT)
        fault = drawn
    return render(
        request,
        "lineage/manual_form.html",
        {
            "said": said,
            "fault": fault,
            "kinds": KINDS,
            "next": _onward(request),
            "reason_max": manual.REASON_MAX,
        },
        status=400 if fault else 200,
    )


@require_POST
@editing
def manual_extend(request: HttpRequest, key: str) -> HttpResponse:
    """Let an edge hold until another day, or for good."""
    pk = number_of(ManualEdge, key)
    if pk is None:
        raise Http404
    [edge] = _editable(request, [pk])
    try:
        again = extend_edge(
            edge,
            expires_at=manual.expiry_of(request.POST.get("expires_at", "")),
            reason=_reason(request),
            actor=_actor(request),
            via=Change.Via.PAGE,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        until = f"{again.expires_at:%Y-%m-%d %H:%M} UTC" if again.expires_at else None
        text = f"The edge holds until {until}." if until else "The edge holds for good."
        _offer_undo(request, text, again.opened_in)
    return _back(request)


@require_POST
@editing
def manual_end(request: HttpRequest) -> HttpResponse:
    """Take back the edges that were ticked; they stay to be read."""
    ids = numbers_of(ManualEdge, request.POST.getlist("edge"))
    if not ids:
        messages.error(request, "Tick the edges to end.")
        return _back(request)
    edges = _editable(request, ids)
    try:
        change = end_edges(
            edges,
            reason=_reason(request),
            actor=_actor(request),
            via=Change.Via.BULK if len(edges) > 1 else Change.Via.PAGE,
        )
    except EdgeEnded as refusal:
        messages.error(request, str(refusal))
    else:
        assert change is not None
        what = "The edge is" if len(edges) == 1 else f"{len(edges)} edges are"
        _offer_undo(request, f"{what} ended.", change)
    return _back(request)


@require_POST
@editing
def manual_import(request: HttpRequest) -> HttpResponse:
    """Declare the lines of a CSV file, all or none; or say what they would do."""
    try:
        rows, unreadable = _lines_of(request), ""
    except Unreadable as fault:
        rows, unreadable = [], str(fault)
    read = manual.read([row.cells for row in rows], Reader(request.user))
    faults = [
        (row.number, row.fault or str(one))
        for row, one in zip(rows, read, strict=True)
        if row.fault or isinstance(one, Refused)
    ]
    drawn = [one for one in read if isinstance(one, Drawn)]
    if drawn and not faults and "dry_run" not in request.POST:
        return _declare_many(request, drawn)
    context = {
        "unreadable": unreadable,
        "faults": faults[:FAULTS_SHOWN],
        "fault_count": len(faults),
        "drawn": drawn[:FAULTS_SHOWN],
        "drawn_count": len(drawn),
        "foreseen": foresee_edges(drawn),
    }
    status = 400 if faults or not rows else 200
    return render(request, "lineage/manual_import.html", context, status=status)


def _chosen(request: HttpRequest, reader: Reader) -> ManualEdgeQuerySet:
    edges = ManualEdge.objects.all()
    match request.GET.get("state"):
        case "expired":
            edges = edges.expired()
        case "ended":
            edges = edges.ended()
        case _:
            edges = edges.in_force()
    if text := request.GET.get("q", "").strip():
        edges = edges.naming(text)
    return manual.shown_to(reader, edges)


def _rows(edges: ManualEdgeQuerySet) -> Iterator[Sequence[object]]:
    yield FORMAT.columns
    for edge in edges.iterator(chunk_size=1000):
        row: list[object] = []
        ends = (("source", edge.source), ("target", edge.target))
        for which, asset in ends:
            kind = "job" if getattr(edge, f"{which}_job_id") else "dataset"
            column = getattr(edge, f"{which}_field")
            row += [kind, asset.namespace.name, asset.name, column]
        author = edge.opened_in.actor
        row += [edge.reason, edge.expires_at, str(author) if author else "the system"]
        yield [*row, edge.recorded_from, edge.recorded_to]


def _declare_one(request: HttpRequest, drawn: Drawn) -> HttpResponse:
    done = declare_edges(
        [drawn], actor=_actor(request), via=Change.Via.PAGE, reason=drawn.reason
    )
    if done.change is None:
        messages.info(request, "The edge was declared so already.")
    else:
        _offer_undo(request, "The edge is declared.", done.change)
    return _back(request)


def _declare_many(request: HttpRequest, drawn: Sequence[Drawn]) -> HttpResponse:
    done = declare_edges(
        drawn, actor=_actor(request), via=Change.Via.CSV, reason=_reason(request)
    )
    if done.change is None:
        messages.info(request, "All of these edges were declared already.")
    else:
        text = f"Declared edges: {done.new} new, {done.replaced} said anew."
        _offer_undo(request, text, done.change)
    return _back(request)


def _editable(request: HttpRequest, ids: Sequence[int]) -> list[ManualEdge]:
    """The edges, which the reader may know of and change. Raises 404, Problem (403)."""
    reader = Reader(request.user)
    rows = ManualEdge.objects.filter(pk__in=ids)
    edges = list(manual.shown_to(reader, rows).with_ends())
    if len(edges) < len(set(ids)):
        raise Http404
    if len(manual.editable_by(reader, edges)) < len(edges):
        raise denial(request, _actor(request), Action.LINEAGE_EDIT)
    return edges


def _lines_of(request: HttpRequest) -> list[Row]:
    """The lines of the file that was sent. Raises Unreadable, Problem (400)."""
    file = request.FILES.get("file")
    if file is None:
        raise Problem(400, "file_missing", "Choose a CSV file.")
    return list(read_csv(cast(BinaryIO, file), [FORMAT]).rows)


def _actor(request: HttpRequest) -> Principal:
    """Whoever declares something has a name. Raises Problem (403)."""
    if not isinstance(request.user, Principal):
        raise Problem(403, "action_forbidden", "Sign in: a declaration has an author.")
    return request.user


def _reason(request: HttpRequest) -> str:
    reason = request.POST.get("reason", "").replace("\0", "").strip()
    return reason[: manual.REASON_MAX]


def _offer_undo(request: HttpRequest, text: str, change: Change) -> None:
    messages.success(request, text, extra_tags=f"{UNDO}{change.public_id}")


def _onward(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return onward(request, wanted, reverse("manual-lineage"))


def _back(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(_onward(request))
