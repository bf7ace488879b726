"""What failed since yesterday: runs, events, tasks?"""

from datetime import datetime, timedelta

from celery import states
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_celery_results.models import TaskResult

from lineage.events import readable
from lineage.models import Event, Run
from lineage.models.runs import RunQuerySet
from policies.actions import Action
from policies.admin_site import Page, Section, site
from policies.gates import holds

MOST_SHOWN = 100
PERIODS = {"24h": 24, "3d": 72, "7d": 168}


@require_safe
def failures(request: HttpRequest) -> HttpResponse:
    """What went wrong in the last hours, as far as the reader may know of it."""
    asked = request.GET.get("period", "")
    period = asked if asked in PERIODS else "24h"
    since = timezone.now() - timedelta(hours=PERIODS[period])
    waiting = readable(request.user, Action.EVENT_VIEW).not_applied()
    context = {
        **site.each_context(request),
        "title": "What failed",
        "periods": {name: f"{hours} hours" for name, hours in PERIODS.items()},
        "period": period,
        "runs": failed_runs(request, since)[:MOST_SHOWN],
        "events": waiting.order_by("-pk")[:MOST_SHOWN],
        "sees_tasks": holds(request.user, Action.OPERATIONS_VIEW),
        "most": MOST_SHOWN,
    }
    if context["sees_tasks"]:
        failed = TaskResult.objects.filter(
            status=states.FAILURE, date_done__gte=since
        ).order_by("-date_done")
        context["tasks"] = failed[:MOST_SHOWN]
    return render(request, "config/failures.html", context)


def failed_runs(request: HttpRequest, since: datetime) -> RunQuerySet:
    """Runs of which news of failing came since then, the last one first."""
    # Block ranges of recorded time lead to the events, and these to their runs.
    news = Event.objects.filter(
        recorded_at__gte=since, type__in=[Event.Type.FAIL, Event.Type.ABORT]
    )
    shown = Run.objects.permitted(request.user, Action.RUN_VIEW).visible()
    return (
        shown.filter(
            pk__in=news.values("run"),
            state__in=[Run.State.FAILED, Run.State.ABORTED],
            ended_at__gte=since,
        )
        .select_related("job__namespace")
        .order_by("-ended_at", "-pk")
    )


site.add_page(
    Page(
        name="failures",
        title="What failed",
        purpose="Runs, events and tasks that came to nothing since yesterday.",
        section=Section.HAPPENED,
        opens=(Action.EVENT_VIEW,),
        view=failures,
        route="failures",
    )
)
