"""Where is the dataset or job whose name somebody half remembers?"""

from typing import Any

from django.db.models import Case, IntegerField, Value, When
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.models import Dataset, Job
from catalog.models.datasets import DatasetQuerySet
from catalog.models.jobs import JobQuerySet
from catalog.pages import answer, asks_for_part
from policies.actions import Action
from policies.gates import requires

SHOWN = 8
SHOWN_ON_PAGE = 50
TEXT_MAX = 200


@require_GET
@requires(Action.ASSET_VIEW)
def find(request: HttpRequest) -> HttpResponse:
    """The datasets and jobs with a text in their names; straight on to a single one."""
    text = request.GET.get("q", "").strip()[:TEXT_MAX]
    most = SHOWN if asks_for_part(request) else SHOWN_ON_PAGE
    datasets = jobs = []
    if text:
        known = Dataset.objects.visible().permitted(request.user, Action.ASSET_VIEW)
        datasets = _best(known, text, most)
        running = Job.objects.visible().permitted(request.user, Action.ASSET_VIEW)
        jobs = _best(running, text, most)
    if not asks_for_part(request) and len(datasets) + len(jobs) == 1:
        found = (datasets + jobs)[0]
        route = "dataset-detail" if datasets else "job-detail"
        return HttpResponseRedirect(
            reverse(route, args=[found.namespace.name, found.name])
        )
    context = {"find_text": text, "datasets": datasets, "jobs": jobs, "most": most}
    return answer(request, "catalog/find.html", "catalog/_find_found.html", context)


def _best(known: DatasetQuerySet | JobQuerySet, text: str, most: int) -> list[Any]:
    """Whole names and ends of names first, then the short ones."""
    likely = Case(
        When(name__iexact=text, then=Value(0)),
        When(name__iendswith=text, then=Value(1)),
        When(name__istartswith=text, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    found = known.filter(name__icontains=text).select_related("namespace")
    return list(found.order_by(likely, Length("name"), "name", "pk")[:most])
