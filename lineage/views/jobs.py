"""What is a job, what does it read and write, and how did its runs go?"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from catalog import facets
from catalog.about import AboutJob, about_job
from catalog.models import Facet, Job
from catalog.pages import PAGE_SIZE, answer
from lineage import asserted, hierarchy, job_io, manual, runs
from lineage.listing import Counted
from lineage.models import JobDependency
from lineage.reader import Reader
from lineage.shown_facets import ShownFacet, show
from policies.actions import Action
from policies.gates import requires

# Those that the page shows in words of its own.
TOLD = {
    "documentation",
    "ownership",
    "tags",
    "sql",
    "sourceCode",
    "sourceCodeLocation",
    "jobType",
}


@require_GET
@requires(Action.ASSET_VIEW)
def job_detail(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """What a job is, does, and is part of."""
    about = about_job(request.user, namespace, name)
    reader = Reader(request.user)
    sees_code = bool(reader.code_of([about.job.pk]))
    return _tab(
        request,
        about,
        "overview",
        "lineage/_job_overview.html",
        sides=asserted.of_job(about.job, reader.linked_datasets),
        around=manual.around(about.job, reader),
        asset=about.job,
        hierarchy=hierarchy.of_job(about.job, reader.linked_jobs, reader.runs),
        last_runs=runs.latest([about.job.pk], reader.runs).get(about.job.pk, []),
        sees_code=sees_code,
        has_code="sql" in about.facets or "sourceCode" in about.facets,
        sql=about.word("sql", "query") if sees_code else "",
        source=facets.document(about.facets.get("sourceCode")) if sees_code else {},
        location=facets.document(about.facets.get("sourceCodeLocation")),
        facets=_shown(reader, about.job, about.facets.values()),
        **_control_flow(about, reader),
    )


@require_GET
@requires(Action.ASSET_VIEW, Action.RUN_VIEW)
def job_runs(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """A job's runs, latest first."""
    about = about_job(request.user, namespace, name)
    shown = Reader(request.user).runs

    def part(limit: int, offset: int) -> tuple[list[Any], int]:
        return runs.page_of_job(about.job, shown, limit=limit, offset=offset)

    page = Counted(part, request.GET.get("page"), PAGE_SIZE)
    longest = max([0, *(runs.duration_ms(run) or 0 for run in page.rows)])
    return _tab(
        request,
        about,
        "runs",
        "lineage/_job_runs.html",
        page=page,
        longest=longest,
    )


def _control_flow(about: AboutJob, reader: Reader) -> dict[str, Any]:
    """The jobs that it waits for and that wait for it; no data flows along these."""
    rows = JobDependency.objects.filter(downstream=about.job) | (
        JobDependency.objects.filter(upstream=about.job)
    )
    links = list(rows)
    ends = {pk for link in links for pk in (link.upstream_id, link.downstream_id)}
    known = reader.linked_jobs.select_related("namespace").in_bulk(ends)
    own = about.job.pk
    return {
        "waits_for": [
            (known[link.upstream_id], link)
            for link in links
            if link.downstream_id == own and link.upstream_id in known
        ],
        "awaited_by": [
            (known[link.downstream_id], link)
            for link in links
            if link.upstream_id == own and link.downstream_id in known
        ],
    }


def _shown(reader: Reader, job: Job, all_facets: Any) -> list[ShownFacet]:
    rest: list[Facet] = [facet for facet in all_facets if facet.key not in TOLD]
    hidden = job_io.hidden_in([job.pk], reader).get(job.pk, ())
    return show(reader.readable(rest, hidden=hidden))


def _tab(
    request: HttpRequest, about: AboutJob, tab: str, panel: str, **context: Any
) -> HttpResponse:
    return answer(
        request,
        "lineage/job_detail.html",
        "lineage/_job_tabs.html",
        {"about": about, "tab": tab, "panel": panel, **context},
    )
