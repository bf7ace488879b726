"""Who did what, to what, when and why: the journal, and the trail of one asset."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import batched
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from catalog import csv_text
from catalog.about import AboutDataset, AboutJob, about_dataset, about_job
from catalog.models import Dataset, Job
from catalog.pages import answer
from lineage import journal_asked, trails
from lineage.journal_asked import KINDS, PARAMETERS
from lineage.reader import Reader
from lineage.trails import ToldEntry
from policies import audit, journal
from policies.actions import Action
from policies.gates import denial, holds, requires
from policies.journal import Cursor, Sought
from policies.models import Governed
from policies.problems import Problem

ENTRIES_A_PAGE = 50
LINES_AT_ONCE = 200
COLUMNS = (
    *("recorded_at", "act", "actor_kind", "actor_id", "actor", "on_behalf_of"),
    *("target_kind", "target", "withheld", "reason", "changes", "request_id", "id"),
)


@require_GET
@requires(Action.JOURNAL_VIEW)
def journal_list(request: HttpRequest) -> HttpResponse:
    """The journal, newest first, by who, what, which asset and when."""
    reader = Reader(request.user)
    asked = journal_asked.read(request.GET.dict(), reader)
    context = _part(request, asked.sought, reader) | {
        "asked": {name: request.GET.get(name, "") for name in PARAMETERS},
        "faults": asked.faults,
        "nouns": journal.nouns(),
        "kinds": KINDS,
        "is_filtered": any(request.GET.get(name) for name in PARAMETERS),
        "shows_more": any(request.GET.get(name) for name in PARAMETERS[2:6])
        or bool(request.GET.get("request")),
    }
    return render(request, "lineage/journal.html", context)


@require_GET
@requires(Action.JOURNAL_VIEW)
def journal_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the filters leave, as a table."""
    found = _export(request, "csv")
    return _file(csv_text.lines(_rows(found)), "text/csv; header=present", "csv")


@require_GET
@requires(Action.JOURNAL_VIEW)
def journal_ndjson(request: HttpRequest) -> StreamingHttpResponse:
    """What the filters leave, one JSON object a line."""
    lines = (
        f"{json.dumps(trails.as_json(entry))}\n" for entry in _export(request, "ndjson")
    )
    return _file(lines, "application/x-ndjson", "ndjson")


@require_GET
@requires(Action.ASSET_VIEW)
def dataset_trail(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """What people did to a dataset, under any of its names."""
    about = about_dataset(request.user, namespace, name)
    return _trail(
        request, about, "catalog/dataset_detail.html", "catalog/_dataset_tabs.html"
    )


@require_GET
@requires(Action.ASSET_VIEW)
def job_trail(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """What people did to a job."""
    about = about_job(request.user, namespace, name)
    return _trail(request, about, "lineage/job_detail.html", "lineage/_job_tabs.html")


def _part(request: HttpRequest, sought: Sought, reader: Reader) -> dict[str, Any]:
    """One page of entries. An unreadable place is the beginning."""
    try:
        after = Cursor.parse(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        after = None
    entries, goes_on = trails.part(sought, after, ENTRIES_A_PAGE, reader)
    return {
        "entries": entries,
        "is_later_part": after is not None,
        "next": str(goes_on or ""),
    }


def _trail(
    request: HttpRequest, about: AboutDataset | AboutJob, page: str, part: str
) -> HttpResponse:
    asset: Dataset | Job = (
        about.dataset if isinstance(about, AboutDataset) else about.job
    )
    reads_journal = holds(request.user, Action.JOURNAL_VIEW)
    if not reads_journal and not _edits(request, asset):
        if request.user.is_anonymous:
            raise Problem(403, "action_forbidden", "Sign in to read the trail.")
        raise denial(request, request.user, Action.JOURNAL_VIEW)
    sought = Sought(targets=trails.trail_of(asset))
    if not reads_journal:
        nouns = journal.nouns()
        acts = frozenset(act for noun in trails.CURATION for act in nouns.get(noun, ()))
        sought = replace(sought, acts=acts)
    context = {
        "about": about,
        "tab": "trail",
        "panel": "lineage/_trail.html",
        "is_whole": reads_journal,
        **_part(request, sought, Reader(request.user)),
    }
    return answer(request, page, part, context)


def _edits(request: HttpRequest, asset: Governed) -> bool:
    rows: Any = type(asset)._default_manager
    permitted = rows.permitted(request.user, Action.ASSET_EDIT)
    return bool(permitted.filter(pk=asset.pk).exists())


def _export(request: HttpRequest, form: str) -> Iterator[ToldEntry]:
    """All entries up to now that the filters leave; the export is journaled first.

    Raises Problem (400).
    """
    reader = Reader(request.user)
    asked = journal_asked.read(request.GET.dict(), reader)
    for parameter, detail in asked.faults.items():
        raise Problem(400, "parameter_invalid", detail, extra={"parameter": parameter})
    told = {name: request.GET[name] for name in PARAMETERS if request.GET.get(name)}
    audit.record_alone(
        audit.Act.JOURNAL_EXPORTED,
        audit.Target("policies.journal", ()),
        actor=request.user,
        changes={"format": form, **told},
    )
    now = timezone.now()
    sought = replace(asked.sought, before=min(asked.sought.before or now, now))
    return _told(sought, reader)


def _told(sought: Sought, reader: Reader) -> Iterator[ToldEntry]:
    for rows in journal.batches(sought):
        yield from trails.tell(rows, reader, is_by_name=sought.targets is not None)


def _rows(found: Iterable[ToldEntry]) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    for entry in found:
        target = "" if entry.target.is_withheld else json.dumps(list(entry.target.key))
        yield (
            entry.recorded_at,
            entry.act,
            entry.actor.kind,
            entry.actor.id,
            entry.actor.name,
            str(entry.on_behalf_of) if entry.on_behalf_of else None,
            entry.target.kind,
            target,
            "yes" if entry.is_withheld else "no",
            entry.reason,
            json.dumps(entry.changes) if entry.changes else "",
            entry.request_id,
            entry.id,
        )


def _file(lines: Iterable[str], kind: str, ending: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        ("".join(some).encode() for some in batched(lines, LINES_AT_ONCE)),
        content_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="journal.{ending}"'},
    )
