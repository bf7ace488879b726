"""What breaks if a dataset, a column of it, or a job changes, and whom to tell?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from catalog import csv_text
from catalog.about import AboutDataset, about_dataset, about_job
from catalog.models import Dataset, Job
from catalog.pages import answer
from lineage import impact
from lineage.graph import columns
from lineage.graph.columns import Column
from lineage.impact import Hit, Impact, Step
from lineage.models import Run
from lineage.reader import Reader
from lineage.runs import state_name
from policies import audit
from policies.actions import Action
from policies.gates import requires

DEPTHS = (1, 2, 4, 6, 10, 20, impact.MAX_HOPS)
HITS_A_PAGE = 200
CHOICES = 500  # columns, owners or domains to choose from
KINDS = ("dataset", "job", "column")
ARROW = " \N{RIGHTWARDS ARROW} "

reading = requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW)


@require_GET
@reading
def dataset_impact(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """What comes from a dataset, or from one column of it, as the tab of its page."""
    about, reader, column = _dataset(request, namespace, name)
    found = _of(about.dataset, column, reader, _depth(request))
    return answer(
        request,
        "catalog/dataset_detail.html",
        "catalog/_dataset_tabs.html",
        {
            "about": about,
            "column": column,
            "columns": _columns(about, reader),
            **_context(request, found, "dataset-impact-csv", (namespace, name)),
        },
    )


@require_GET
@reading
def job_impact(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """What comes from what a job writes, as the tab of its page."""
    about = about_job(request.user, namespace, name)
    reader = Reader(request.user)
    _demand(reader.linked_jobs, about.job)
    found = _of(about.job, "", reader, _depth(request))
    return answer(
        request,
        "lineage/job_detail.html",
        "lineage/_job_tabs.html",
        {
            "about": about,
            **_context(request, found, "job-impact-csv", (namespace, name)),
        },
    )


@require_GET
@reading
def dataset_impact_csv(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The same as a file."""
    about, reader, column = _dataset(request, namespace, name)
    return _file(request, about.dataset, column, reader)


@require_GET
@reading
def job_impact_csv(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The same as a file."""
    about = about_job(request.user, namespace, name)
    reader = Reader(request.user)
    _demand(reader.linked_jobs, about.job)
    return _file(request, about.job, "", reader)


def _dataset(
    request: HttpRequest, namespace: str, name: str
) -> tuple[AboutDataset, Reader, str]:
    """The dataset, who asks, and which column of it. Raises Http404."""
    about = about_dataset(request.user, namespace, name)
    reader = Reader(request.user)
    _demand(reader.linked_datasets, about.dataset)
    column = request.GET.get("column", "")
    if column and not ("\0" not in column and _has(about.dataset, column, reader)):
        raise Http404
    return about, reader, column


def _has(dataset: Dataset, column: str, reader: Reader) -> bool:
    return bool(columns.known({Column(dataset.pk, column)}, veil=reader.veil))


def _demand(rows: Any, asset: Dataset | Job) -> None:
    if not rows.filter(pk=asset.pk).exists():
        raise Http404


def _of(start: Dataset | Job, column: str, reader: Reader, depth: int) -> Impact:
    if column and isinstance(start, Dataset):
        return impact.of_column(start, column, reader, max_hops=depth)
    return impact.of_asset(start, reader, max_hops=depth)


def _depth(request: HttpRequest) -> int:
    word = request.GET.get("depth", "")
    return int(word) if word in map(str, DEPTHS) else impact.MAX_HOPS


def _columns(about: AboutDataset, reader: Reader) -> list[str]:
    [fields] = about.fields(about.current)
    hidden = reader.hidden_columns([about.dataset.pk], lineage=True)
    shown = hidden.shown(about.dataset.pk, fields)
    return [field.path for field in shown][:CHOICES]


def _context(
    request: HttpRequest, found: Impact, csv: str, names: tuple[str, str]
) -> dict[str, Any]:
    """What lineage/_impact.html needs."""
    hits = _filtered(request, found.hits)
    page = Paginator(hits, HITS_A_PAGE).get_page(request.GET.get("page"))
    asked = [(n, request.GET[n]) for n in ("column", "depth") if request.GET.get(n)]
    failed = Run.State.FAILED
    return {
        "tab": "impact",
        "panel": "lineage/_impact.html",
        "impact": found,
        "page": page,
        "groups": [
            (hops, list(some)) for hops, some in groupby(page, lambda hit: hit.hops)
        ],
        "count": {kind: sum(h.kind == kind for h in found.hits) for kind in KINDS},
        "farthest": found.hits[-1].hops if found.hits else 0,
        "failed": sum(
            hit.last_run is not None and hit.last_run.state == failed
            for hit in found.hits
        ),
        "owners": _counted(o.name for hit in found.hits for o in set(hit.owners)),
        "unowned": sum(not hit.owners for hit in found.hits),
        "domains": _counted(hit.domain for hit in found.hits if hit.domain),
        "depth": _depth(request),
        "depths": DEPTHS,
        "max_depth": impact.MAX_HOPS,
        "kinds": [k for k in KINDS if any(h.kind == k for h in found.hits)],
        "is_filtered": any(request.GET.get(n) for n in ("kind", "owner", "domain")),
        "csv_url": f"{reverse(csv, args=names)}?{urlencode(asked)}",
    }


def _filtered(request: HttpRequest, hits: Sequence[Hit]) -> list[Hit]:
    kind, owner, domain = (request.GET.get(n) for n in ("kind", "owner", "domain"))
    return [
        hit
        for hit in hits
        if (not kind or hit.kind == kind)
        and (not owner or any(one.name == owner for one in hit.owners))
        and (not domain or hit.domain == domain)
    ]


def _counted(names: Iterator[str]) -> list[tuple[str, int]]:
    """Names and how often each stands, most frequent first."""
    counts = Counter(names)
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:CHOICES]


def _file(
    request: HttpRequest, start: Dataset | Job, column: str, reader: Reader
) -> HttpResponse:
    found = _of(start, column, reader, _depth(request))
    kind = "catalog.job" if isinstance(start, Job) else "catalog.dataset"
    facts = {"table": "impact", "depth": _depth(request)}
    audit.record_alone(
        audit.Act.LINEAGE_EXPORTED,
        audit.Target(kind, (start.namespace.name, start.name)),
        actor=request.user,
        changes=facts
        | ({"column": column} if column else {})
        | {"is_partial": not found.is_complete},
    )
    part = "-part" if found.is_truncated else ""
    return HttpResponse(
        csv_text.lines(_rows(start, column, found)),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="impact{part}.csv"'},
    )


def _rows(
    start: Dataset | Job, column: str, found: Impact
) -> Iterator[Sequence[object]]:
    yield [
        *("from_namespace", "from_name", "from_column"),
        *("kind", "to_namespace", "to_name", "to_column", "hops", "path"),
        *("owners", "harvested_owners", "tags", "domain"),
        *("last_run_state", "last_run_started", "declared"),
    ]
    for hit in found.hits:
        run = hit.last_run
        yield [
            *(start.namespace.name, start.name, column),
            *(hit.kind, hit.asset.namespace.name, hit.asset.name, hit.column, hit.hops),
            ARROW.join([start.name, *(_told(step) for step in hit.path)]),
            "; ".join(owner.name for owner in hit.owners if owner.is_curated),
            "; ".join(owner.name for owner in hit.owners if not owner.is_curated),
            "; ".join(hit.tags),
            hit.domain,
            state_name(run) if run else None,
            run.started_at if run else None,
            "manual" if hit.is_manual else None,
        ]


def _told(step: Step) -> str:
    name = f"{step.name}.{step.column}" if step.column else step.name
    name = name or f"({step.kind})"
    how = [job.name for job in step.jobs]
    how += [" ".join(filter(None, way[:2])) for way in step.ways if way.type]
    how += ["declared"] * step.is_manual
    return f"{name} [{', '.join(how)}]" if how else name
