"""How did one run go, and what did it touch?"""

from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog import facet_columns, facets
from catalog.models import Facet
from lineage import events, run_io, runs
from lineage.checks import checks_of, read_facet, statistics_of
from lineage.facets.run import ErrorMessage
from lineage.models import Run
from lineage.reader import Reader
from lineage.run_io import RunDatasetVersion
from lineage.shown_facets import ShownFacet, show
from policies.actions import Action
from policies.gates import requires

MOST_EVENTS = 200
MOST_CHILDREN = 100


@require_GET
@requires(Action.RUN_VIEW)
def run_find(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Go to the run of this id; of several jobs' runs, to the one that began first."""
    found = runs.by_run_id(run_id, _readable_runs(request))
    if not found:
        raise Http404
    return HttpResponseRedirect(run_url(found[0]))


@require_GET
@requires(Action.RUN_VIEW)
def run_detail(
    request: HttpRequest, namespace: str, name: str, run_id: UUID
) -> HttpResponse:
    """A run's state, events, family, inputs, outputs and facets."""
    reader = Reader(request.user)
    shown = _readable_runs(request).select_related("job__namespace")
    run = get_object_or_404(
        shown, job__namespace__name=namespace, job__name=name, run_id=run_id
    )
    io = run_io.of_runs([run], reader.past_datasets, reader)[run.pk]
    own = facets.in_force(
        {
            0: [(run.facets or (), run.facet_events or ())],
            1: [(run.job_facets or (), run.job_facet_events or ())],
        }
    )
    hidden = run_io.hidden_in([run], reader).get(run.pk, frozenset())
    own_facets = facet_columns.shown(dict(enumerate(own[0])), hidden)
    sees_code = bool(reader.code_of([run.job_id]))
    children = shown.filter(parent=run).order_by("started_at", "run_id")
    timeline = list(_events(request, run)[: MOST_EVENTS + 1])
    return render(
        request,
        "lineage/run_detail.html",
        {
            "run": run,
            "error": _error(own[0]),
            "parent": shown.filter(pk=run.parent_id).first(),
            "root": shown.filter(pk=run.root_id).first(),
            "children": list(children[:MOST_CHILDREN]),
            "child_count": children.count(),
            "events": timeline[:MOST_EVENTS],
            "has_more_events": len(timeline) > MOST_EVENTS,
            "inputs": [_described(reader, one) for one in io.inputs],
            "outputs": [_described(reader, one) for one in io.outputs],
            "checks": checks_of(own_facets.values()),
            "run_facets": show(reader.readable(own_facets.values())),
            "job_facets": show(reader.readable(own[1], code=sees_code, hidden=hidden)),
            "namesakes": [
                other for other in runs.by_run_id(run_id, shown) if other != run
            ],
        },
    )


def run_url(run: Run) -> str:
    """The address of a run's page; its job comes with its namespace."""
    return reverse(
        "run-detail", args=[run.job.namespace.name, run.job.name, run.run_id]
    )


def _readable_runs(request: HttpRequest) -> Any:
    # A run tells its job's name, which takes the right to see that.
    shown = Run.objects.visible().permitted(request.user, Action.RUN_VIEW)
    return shown.permitted(request.user, Action.ASSET_VIEW)


def _events(request: HttpRequest, run: Run) -> Any:
    readable = events.readable(request.user, Action.EVENT_VIEW).filter(run=run)
    return readable.annotate(warning_count=Count("warnings")).order_by(
        "event_time", "digest"
    )


def _error(own: list[Facet]) -> ErrorMessage | None:
    for facet in own:
        value = read_facet(facet)
        if isinstance(value, ErrorMessage) and (value.message or value.stack_trace):
            return value
    return None


def _described(reader: Reader, entry: RunDatasetVersion) -> dict[str, Any]:
    shown: list[ShownFacet] = show(reader.readable(entry.facets))
    return {
        "entry": entry,
        "statistics": statistics_of(entry.facets),
        "checks": checks_of(entry.facets),
        "facets": shown,
    }
