"""What breaks if a dataset, a column of it, or a job changes, and whom to tell?"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from catalog.about import AboutDataset, about_dataset, about_job
from catalog.models import Dataset, Job
from catalog.pages import answer
from lineage.impact import Hit, Impact, Severity, Start
from lineage.impact.asking import node_id
from lineage.impact.questions import Question, stamp
from lineage.impact.summaries import counted, summary
from lineage.impact.tables import as_file
from lineage.models import Run
from lineage.reader import Reader
from lineage.views import impact_asked
from lineage.views.impact_asked import Form, FormFault
from policies import audit
from policies.actions import Action
from policies.gates import requires

HITS_A_PAGE = 200
CHOICES = 500  # columns, owners or domains to choose from
KINDS = ("dataset", "job", "column")
FILTERS = ("severity", "kind", "owner", "domain", "tag")
ASKED = ("change", "column", "by", "depth", "asOf", "recordedAt")

reading = requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW)


@require_GET
@reading
def dataset_impact(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """What a change of a dataset would do, or of columns, as the tab of its page."""
    about, reader, form = _dataset(request, namespace, name)
    return answer(
        request,
        "catalog/dataset_detail.html",
        "catalog/_dataset_tabs.html",
        {
            "about": about,
            "columns": _columns(about, reader),
            **_context(request, form, about.dataset, reader, "dataset-impact-csv"),
        },
    )


@require_GET
@reading
def job_impact(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """What it would do if a job stopped or ran late, as the tab of its page."""
    about = about_job(request.user, namespace, name)
    reader = Reader(request.user)
    _demand(reader.linked_jobs, about.job)
    form = _without_columns(impact_asked.read(request))
    return answer(
        request,
        "lineage/job_detail.html",
        "lineage/_job_tabs.html",
        {
            "about": about,
            **_context(request, form, about.job, reader, "job-impact-csv"),
        },
    )


@require_GET
@reading
def dataset_impact_csv(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The same as a file."""
    about, reader, form = _dataset(request, namespace, name)
    return _file(request, about.dataset, form, reader)


@require_GET
@reading
def job_impact_csv(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The same as a file."""
    about = about_job(request.user, namespace, name)
    reader = Reader(request.user)
    _demand(reader.linked_jobs, about.job)
    form = _without_columns(impact_asked.read(request))
    return _file(request, about.job, form, reader)


def _dataset(
    request: HttpRequest, namespace: str, name: str
) -> tuple[AboutDataset, Reader, Form]:
    """The dataset, who asks, and what. Raises Http404."""
    about = about_dataset(request.user, namespace, name)
    reader = Reader(request.user)
    _demand(reader.linked_datasets, about.dataset)
    form = impact_asked.read(request)
    impact_asked.demand_columns(form, about.dataset, reader)
    return about, reader, form


def _without_columns(form: Form) -> Form:
    return Form(form.verb, [], form.by, form.depth, form.times)


def _demand(rows: Any, asset: Dataset | Job) -> None:
    if not rows.filter(pk=asset.pk).exists():
        raise Http404


def _columns(about: AboutDataset, reader: Reader) -> list[str]:
    [fields] = about.fields(about.current)
    hidden = reader.hidden_columns([about.dataset.pk], lineage=True)
    shown = hidden.shown(about.dataset.pk, fields)
    return [field.path for field in shown][:CHOICES]


def _context(
    request: HttpRequest, form: Form, start: Dataset | Job, reader: Reader, csv: str
) -> dict[str, Any]:
    """What lineage/_impact.html needs."""
    fault = ""
    try:
        found, question = impact_asked.answer(form, start, reader)
    except FormFault as refusal:
        found, question, fault = Impact(), None, str(refusal)
    hits = _filtered(request, found.hits)
    if question:
        severities = list(Severity)
        hits.sort(key=lambda hit: severities.index(hit.severity or Severity.STALE))
    page = Paginator(hits, HITS_A_PAGE).get_page(request.GET.get("page"))
    return {
        "tab": "impact",
        "panel": "lineage/_impact.html",
        "impact": found,
        "question": question,
        "fault": fault,
        "page": page,
        "groups": _groups(page, question),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        **impact_asked.context(form, start),
        **_counts(found),
        **_links(request, form, start, question, csv),
    }


def _groups(hits: Any, question: Question | None) -> list[tuple[Any, list[Hit]]]:
    """The hits of a page: of a change by severity, otherwise by distance."""
    if question:
        return [(key, list(some)) for key, some in groupby(hits, lambda h: h.severity)]
    return [(hops, list(some)) for hops, some in groupby(hits, lambda hit: hit.hops)]


def _counts(found: Impact) -> dict[str, Any]:
    hits = found.hits
    counts = summary(found)
    failed = Run.State.FAILED
    return {
        "severities": counts.told_severities,
        "count": {kind: sum(h.kind == kind for h in hits) for kind in KINDS},
        "kinds": [kind for kind in KINDS if any(h.kind == kind for h in hits)],
        "farthest": max((hit.hops for hit in hits), default=0),
        "failed": sum(
            hit.last_run is not None and hit.last_run.state == failed for hit in hits
        ),
        "owners": counts.owners[:CHOICES],
        "unowned": counts.unowned,
        "domains": counts.domains[:CHOICES],
        "tags": counted(tag for hit in hits for tag in hit.tags)[:CHOICES],
    }


def _links(
    request: HttpRequest,
    form: Form,
    start: Dataset | Job,
    question: Question | None,
    csv: str,
) -> dict[str, str]:
    """Where the answer can be had as a file, and later."""
    asked = [(n, value) for n in ASKED for value in request.GET.getlist(n) if value]
    names = start.namespace.name, start.name
    files = f"{reverse(csv, args=names)}?{urlencode(asked)}"
    query = question.link if question else _plain_query(form, start)
    api = f"{reverse('api:impact')}?{query}" if query else ""
    later = ""
    if question:
        asked = [(name, value) for name, value in asked if name != "recordedAt"]
        asked.append(("recordedAt", stamp(question.recorded_at)))
        later = f"?{urlencode(asked)}"
    return {
        "csv_url": files,
        "xlsx_url": f"{api}&format=xlsx" if api else "",
        "json_url": f"{api}&format=json" if api else "",
        "later_url": later,
    }


def _plain_query(form: Form, start: Dataset | Job) -> str:
    asked = [("nodeId", node_id(start, form.column)), ("depth", str(form.depth))]
    return urlencode([*asked, *form.times.items()])


def _filtered(request: HttpRequest, hits: Sequence[Hit]) -> list[Hit]:
    severity, kind, owner, domain, tag = (request.GET.get(n) for n in FILTERS)
    return [
        hit
        for hit in hits
        if (not severity or hit.severity == severity)
        and (not kind or hit.kind == kind)
        and (not owner or any(one.name == owner for one in hit.owners))
        and (not domain or hit.domain == domain)
        and (not tag or tag in hit.tags)
    ]


def _file(
    request: HttpRequest, start: Dataset | Job, form: Form, reader: Reader
) -> HttpResponse:
    try:
        found, question = impact_asked.answer(form, start, reader)
    except FormFault as refusal:
        raise Http404 from refusal
    kind = "catalog.job" if isinstance(start, Job) else "catalog.dataset"
    facts: dict[str, object] = {"table": "impact", "depth": form.depth}
    if form.column:
        facts["column"] = form.column
    if question:
        facts["kinds"] = [str(change.kind) for change in question.changes]
    audit.record_alone(
        audit.Act.LINEAGE_EXPORTED,
        audit.Target(kind, (start.namespace.name, start.name)),
        actor=request.user,
        changes=facts | {"is_partial": not found.is_complete},
    )
    return as_file(found, "csv", Start(start, form.column))
