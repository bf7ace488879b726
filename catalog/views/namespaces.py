"""Which namespaces are there, and how much lies in each?"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from catalog.curation.reading import curated
from catalog.models import Dataset, Job, Namespace
from catalog.pages import answer, page_of
from catalog.spans import shown_to, spans_of
from policies.access import Someone
from policies.actions import Action
from policies.gates import requires

LISTED = ("domain", "owner", "description", "environment")


@require_GET
@requires(Action.ASSET_VIEW)
def namespace_list(request: HttpRequest) -> HttpResponse:
    """The namespaces that the reader may see; only the rows when htmx asks."""
    known = shown_to(request.user)
    if text := request.GET.get("q", "").strip():
        known = known.filter(name__icontains=text)
    page = page_of(request, known.order_by("name"))
    return answer(
        request,
        "catalog/namespace_list.html",
        "catalog/_namespace_rows.html",
        {
            "page": page,
            "rows": rows_of(page.object_list, request.user),
            "is_filtered": bool(text),
        },
    )


def rows_of(namespaces: Iterable[Namespace], reader: Someone) -> list[dict[str, Any]]:
    """What the list says of each namespace, in a fixed number of queries."""
    shown = list(namespaces)
    said = curated(shown, LISTED)
    counts = {
        word: _counts(model, shown, reader)
        for word, model in (("datasets", Dataset), ("jobs", Job))
    }
    spans = spans_of(shown, reader)
    return [
        {
            "namespace": space,
            "span": spans[space.pk],
            "said": said[space.pk],
            "datasets": counts["datasets"].get(space.pk, 0),
            "jobs": counts["jobs"].get(space.pk, 0),
        }
        for space in shown
    ]


def _counts(model: Any, shown: list[Namespace], reader: Someone) -> dict[int, int]:
    """How many rows that the reader may see lie in each namespace, by its id."""
    rows = model.objects.visible().permitted(reader, Action.ASSET_VIEW)
    held = rows.filter(namespace__among=[space.pk for space in shown])
    return dict(held.order_by().values_list("namespace").annotate(Count("pk")))
