"""Which jobs are there, and how did their last runs go?"""

from typing import Any

from django.db.models import Exists, F, IntegerField, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET, require_POST

from catalog import facets
from catalog.curation.filtering import Curation
from catalog.curation.reading import curated
from catalog.models import Job, Namespace
from catalog.models.jobs import JobQuerySet
from catalog.models.namespaces import NamespaceQuerySet
from catalog.pages import answer, asks_for_part, page_of
from catalog.views import bulk
from catalog.views.datasets import FILTERS, LISTED, said_in_row
from lineage import runs
from lineage.models import Run
from lineage.models.runs import RunQuerySet
from policies.access import Someone
from policies.actions import Action
from policies.gates import requires

CHOICES = 200  # namespaces in a list to choose from
LAST_RUNS = 10
STATES = {
    "completed": Run.State.COMPLETED,
    "failed": Run.State.FAILED,
    "running": Run.State.RUNNING,
    "aborted": Run.State.ABORTED,
}
ORDERS = {
    "name": [F("namespace__name").asc(), F("name").asc()],
    "seen": [F("last_seen").desc(nulls_last=True), F("pk").desc()],
}


@require_GET
@requires(Action.ASSET_VIEW)
def job_list(request: HttpRequest) -> HttpResponse:
    """All the jobs the reader may see; only the rows when htmx asks."""
    known = Job.objects.visible().permitted(request.user, Action.ASSET_VIEW)
    shown_runs = Run.objects.visible().permitted(request.user, Action.RUN_VIEW)
    order = ORDERS.get(request.GET.get("order", ""), ORDERS["name"])
    found = filtered(known, shown_runs, request.GET, request.user)
    page = page_of(request, found.select_related("namespace").order_by(*order))
    asked = Curation.asked(request.GET)
    context = {
        "page": page,
        "rows": rows_of(list(page), shown_runs),
        "is_filtered": any(request.GET.get(k) for k in FILTERS) or bool(asked),
        "asked": asked,
    }
    if not asks_for_part(request):
        homes = Namespace.objects.permitted(request.user, Action.ASSET_VIEW)
        context["namespaces"] = homes_of(homes, known)
        context["state_choices"] = [(word, word.capitalize()) for word in STATES]
    return answer(request, "lineage/job_list.html", "lineage/_job_rows.html", context)


@require_POST
@requires(Action.ASSET_VIEW)
def job_bulk(request: HttpRequest) -> HttpResponse:
    """Say the same of many jobs at once."""
    known = Job.objects.visible().permitted(request.user, Action.ASSET_VIEW)
    shown = Run.objects.visible().permitted(request.user, Action.RUN_VIEW)
    narrowed = filtered(known, shown, bulk.query_of(request), request.user)
    chosen = bulk.chosen_of(request, known, narrowed)
    return bulk.page(request, "job", chosen.order_by(*ORDERS["name"]))


def filtered(
    jobs: JobQuerySet, shown: RunQuerySet, query: QueryDict, principal: Someone
) -> JobQuerySet:
    """The jobs that the reader's filters leave; the state is that of the last run."""
    if text := query.get("q", "").strip():
        jobs = jobs.filter(name__icontains=text)
    if namespace := query.get("namespace"):
        jobs = jobs.filter(namespace__name=namespace)
    jobs = Curation.asked(query).narrow(jobs, principal)
    state = STATES.get(query.get("state", ""))
    if state is not None:
        last = shown.filter(job=OuterRef("pk"), started_at__isnull=False)
        newest = last.order_by("-started_at", "-run_id").values("state")[:1]
        jobs = jobs.alias(
            last_state=Subquery(newest, output_field=IntegerField())
        ).filter(last_state=state)
    return jobs


def rows_of(jobs: list[Job], shown: RunQuerySet) -> list[dict[str, Any]]:
    """What the list says of each job, in a fixed number of queries."""
    described = facets.of_jobs(jobs)
    said = curated(jobs, LISTED)
    latest = runs.latest([job.pk for job in jobs], shown, limit=LAST_RUNS)
    rows = []
    for job in jobs:
        kind = described[job.pk].get("jobType")
        words = (facets.text(kind, "integration"), facets.text(kind, "jobType"))
        rows.append(
            {
                "job": job,
                "type": " ".join(filter(None, words)).replace("_", " ").lower(),
                "description": facets.text(
                    described[job.pk].get("documentation"), "description"
                ),
                **said_in_row(said[job.pk]),
                "runs": latest.get(job.pk, []),
            }
        )
    return rows


def homes_of(namespaces: NamespaceQuerySet, known: JobQuerySet) -> list[str]:
    """The names of namespaces that hold jobs, to choose one from."""
    holding = namespaces.filter(Exists(known.filter(namespace=OuterRef("pk"))))
    return list(holding.order_by("name").values_list("name", flat=True)[:CHOICES])
