"""What do pages tell of freshness, volume, quality, and of what is expected?"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.about import AboutDataset, about_dataset, about_job
from catalog.curation.faults import Refused
from catalog.models import Change, Dataset
from catalog.pages import answer
from catalog.templatetags.curation import UNDO
from lineage.models import Expectation, ExpectationKind, Severity
from lineage.quality import incidents, schemas
from lineage.quality.drawing import chart_of, chart_of_runs
from lineage.quality.expecting import FIELDS, NOTE_MAX, read
from lineage.quality.of_dataset import DatasetQuality, of_dataset
from lineage.quality.of_job import of_job
from lineage.reader import Reader
from lineage.services.expectations import (
    end_expectation,
    revise_expectation,
    set_expectation,
)
from policies.actions import Action
from policies.gates import denial, requires
from policies.models import Principal
from policies.problems import Problem

INCIDENTS = 20  # that the tab of a dataset shows
KINDS = {
    ExpectationKind.FRESH: "It is written within some hours",
    ExpectationKind.ROWS: "It has at least so many rows",
    ExpectationKind.SIZE: "It has at least so many bytes",
    ExpectationKind.ASSERTION: "An assertion holds",
    ExpectationKind.COLUMNS: "No column is lost",
}

reading = requires(Action.ASSET_VIEW, Action.RUN_VIEW)
editing = requires(Action.ASSET_VIEW, Action.RUN_VIEW, Action.ASSET_EDIT)


@require_http_methods(["GET", "POST"])
@reading
def dataset_quality(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """How fresh, big and good a dataset is; a POST expects something of it."""
    about = about_dataset(request.user, namespace, name)
    reader = Reader(request.user)
    quality = of_dataset(about.dataset, reader)
    if request.method == "GET":
        return _tab(request, about, quality)
    actor = _demand(request, reader, about.dataset)
    said = _said(request)
    try:
        row = set_expectation(
            about.dataset,
            read(said, schemas.shown(quality.touches)),
            actor=actor,
            via=Change.Via.PAGE,
            reason=_reason(request),
        )
    except Refused as fault:
        return _tab(request, about, quality, fault=fault, said=said)
    return _done(request, "It is expected from now on.", row.opened_in, about.dataset)


@require_POST
@editing
def expectation_revise(request: HttpRequest, id: UUID) -> HttpResponse:
    """Say an expectation anew."""
    reader = Reader(request.user)
    row = _find(reader, id)
    dataset = row.dataset.canonical
    actor = _demand(request, reader, dataset)
    about = about_dataset(request.user, dataset.namespace.name, dataset.name)
    quality = of_dataset(about.dataset, reader)
    said = _said(request)
    try:
        again = revise_expectation(
            row,
            read(said, schemas.shown(quality.touches)),
            actor=actor,
            via=Change.Via.PAGE,
            reason=_reason(request),
        )
    except Refused as fault:
        return _tab(request, about, quality, fault=fault, said=said, revised=id)
    return _done(request, "The expectation is changed.", again.opened_in, dataset)


@require_POST
@editing
def expectation_end(request: HttpRequest, id: UUID) -> HttpResponse:
    """Expect it no more."""
    reader = Reader(request.user)
    row = _find(reader, id)
    dataset = row.dataset.canonical
    actor = _demand(request, reader, dataset)
    try:
        change = end_expectation(
            row, actor=actor, via=Change.Via.PAGE, reason=_reason(request)
        )
    except Refused as fault:
        messages.error(request, str(fault))
        return _back(dataset)
    assert change is not None
    return _done(request, "It is expected no more.", change, dataset)


@require_GET
@reading
def job_quality(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """How often a job succeeds, how long it takes, and what failed last."""
    about = about_job(request.user, namespace, name)
    reader = Reader(request.user)
    shown: Any = reader.jobs.permitted(request.user, Action.RUN_VIEW)
    if not shown.filter(pk=about.job.pk).exists():
        raise Http404
    found = of_job(about.job, reader)
    return answer(
        request,
        "lineage/job_detail.html",
        "lineage/_job_tabs.html",
        {
            "about": about,
            "tab": "quality",
            "panel": "lineage/_job_quality.html",
            "quality": found,
            "chart": chart_of_runs(found),
            "jobs": {about.job.pk: about.job},
        },
    )


def _tab(
    request: HttpRequest,
    about: AboutDataset,
    quality: DatasetQuality,
    *,
    fault: Refused | None = None,
    said: Mapping[str, str] | None = None,
    revised: UUID | None = None,
) -> HttpResponse:
    reader = Reader(request.user)
    standing = Expectation.objects.standing().of(about.dataset)
    shown = incidents.expectations_of(reader, standing).told()
    expected = list(shown.order_by("kind", "recorded_from"))
    running = incidents.running(expected)
    response = answer(
        request,
        "catalog/dataset_detail.html",
        "catalog/_dataset_tabs.html",
        {
            "about": about,
            "tab": "quality",
            "panel": "lineage/_dataset_quality.html",
            "quality": quality,
            "charts": [(series, chart_of(series)) for series in quality.series],
            "failing": sum(one.last.success is False for one in quality.assertions),
            "expected": [(one, running.get(one.identity)) for one in expected],
            "incidents": incidents.latest_of(about.dataset, reader, INCIDENTS),
            "may_expect": incidents.may_expect(reader, about.dataset),
            "kinds": KINDS,
            "severities": Severity.choices,
            "note_max": NOTE_MAX,
            "fault": fault,
            "said": said,
            "blank": dict.fromkeys(FIELDS, ""),
            "revised": revised,
        },
    )
    response.status_code = 422 if fault else 200
    return response


def _said(request: HttpRequest) -> dict[str, str]:
    """What a form says; the choice of an assertion holds three of its fields."""
    said = {name: request.POST.get(name, "") for name in FIELDS}
    if choice := request.POST.get("check"):
        said |= _chosen(choice)
    return said


def _chosen(choice: str) -> dict[str, str]:
    """The column, assertion and name of a choice; nothing of what was no choice."""
    try:
        parts = json.loads(choice)
    except ValueError:
        return {}
    names = ("column", "assertion", "name")
    is_choice = isinstance(parts, list) and len(parts) == len(names)
    if not is_choice or not all(isinstance(part, str) for part in parts):
        return {}
    return dict(zip(names, parts, strict=True))


def _find(reader: Reader, identity: UUID) -> Expectation:
    standing = Expectation.objects.standing().filter(identity=identity)
    found = incidents.expectations_of(reader, standing).told().first()
    if found is None:
        raise Http404
    return found


def _demand(request: HttpRequest, reader: Reader, dataset: Dataset) -> Principal:
    """Who says it, if they may. Raises Problem (403)."""
    if not isinstance(request.user, Principal):
        raise Problem(403, "action_forbidden", "Sign in: what is said has an author.")
    if not incidents.may_expect(reader, dataset):
        raise denial(request, request.user, Action.ASSET_EDIT)
    return request.user


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\0", "").strip()[:500]


def _done(
    request: HttpRequest, text: str, change: Change, dataset: Dataset
) -> HttpResponseRedirect:
    messages.success(request, text, extra_tags=f"{UNDO}{change.public_id}")
    return _back(dataset)


def _back(dataset: Dataset) -> HttpResponseRedirect:
    names = dataset.namespace.name, dataset.name
    return HttpResponseRedirect(reverse("dataset-quality", args=names))
