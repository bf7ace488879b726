"""What is in the catalog, what went wrong lately, and does anything arrive?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lineage import arrivals, events, recent
from lineage.models import Event
from lineage.reader import Reader
from policies.access import may_somewhere
from policies.actions import Action
from policies.gates import requires

SHOWN = 8


@require_GET
@requires(Action.ASSET_VIEW)
def home(request: HttpRequest) -> HttpResponse:
    """Counts, recent runs, what failed, and events arriving."""
    reader = Reader(request.user)
    now = timezone.now()
    context = {
        "dataset_count": reader.datasets.count(),
        "job_count": reader.jobs.count(),
        "namespace_count": reader.namespaces.count(),
        "server_url": request.build_absolute_uri("/").rstrip("/"),
    }
    if may_somewhere(request.user, Action.RUN_VIEW):
        shown = reader.runs.permitted(request.user, Action.ASSET_VIEW)
        context |= {
            "sees_runs": True,
            "recent": recent.in_the_news(shown, SHOWN),
            "failures": recent.failed(shown, SHOWN),
        }
    if may_somewhere(request.user, Action.EVENT_VIEW):
        readable = events.readable(request.user, Action.EVENT_VIEW)
        spans = arrivals.spans(readable, arrivals.DAY, now)
        context |= {
            "sees_events": True,
            "bars": arrivals.bars_of(spans, arrivals.DAY),
            "waiting_count": readable.filter(
                status__in=[Event.Status.NOT_APPLIED, Event.Status.PENDING]
            ).count(),
            "last_event": readable.order_by("-pk").first(),
        }
    return render(request, "lineage/home.html", context)
