"""Where do a dataset's columns come from, and who made and used it, and when?"""

from collections import defaultdict
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from catalog.about import AboutDataset, about_dataset
from catalog.curation.subjects import Subject
from catalog.models import ColumnTag
from catalog.pages import answer, page_of
from catalog.views.saying import allowed_on
from lineage import asserted, column_sources, manual
from lineage.models import RunDataset
from lineage.projection.evidence import INPUT, OUTPUT
from lineage.reader import Reader
from policies.actions import Action
from policies.gates import requires

COLUMNS_A_PAGE = 500
EDGES_A_PAGE = 100


@require_GET
@requires(Action.ASSET_VIEW)
def dataset_detail(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """A dataset's columns, each with the columns that it comes from."""
    about = about_dataset(request.user, namespace, name)
    reader = Reader(request.user)
    derived = column_sources.of_datasets(
        [about.dataset], reader.linked_datasets, reader
    )
    sources = {column.name: column.sources for column in derived[about.dataset.pk]}
    current = about.current
    [fields] = about.fields(current)
    tags = {path: [t for t in about.all_tags if t.field == path] for path, *_ in fields}
    page = page_of(request, fields, COLUMNS_A_PAGE)
    said = about.head.said.columns
    followed = _followed(about)
    known = {field.path for field in fields}
    return _tab(
        request,
        about,
        "columns",
        "lineage/_dataset_columns.html",
        page=page,
        current=current,
        columns=[
            {
                "field": field,
                "parent": _parent(field.path, known),
                "leaf": field.path.removeprefix(_parent(field.path, known)),
                "tags": tags[field.path],
                "followed": followed.get(field.path, []),
                "sources": sources.get(field.path, []),
                "said": said.get(field.path, {}),
            }
            for field in page.object_list
        ],
        # Events may derive columns of which no schema tells.
        unlisted=[
            {"path": path, "sources": found}
            for path, found in sources.items()
            if path not in known
        ],
        has_sources=any(sources.values()),
        may_say=bool(allowed_on(request, Subject("dataset", about.dataset))),
    )


@require_GET
@requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW)
def dataset_flow(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The jobs that write and read a dataset, or did, and the events that say so."""
    about = about_dataset(request.user, namespace, name)
    reader = Reader(request.user)
    return _tab(
        request,
        about,
        "flow",
        "lineage/_dataset_flow.html",
        sides=asserted.of_dataset(about.dataset, reader.linked_jobs),
        around=manual.around(about.dataset, reader),
        asset=about.dataset,
    )


@require_GET
@requires(Action.ASSET_VIEW, Action.RUN_VIEW)
def dataset_runs(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The runs that wrote or read a dataset, latest first."""
    about = about_dataset(request.user, namespace, name)
    names = [one.pk for one in about.dataset.names.all()]
    touching = RunDataset.objects.filter(dataset__in=names)
    match request.GET.get("did"):
        case "wrote":
            touching = touching.filter(direction=OUTPUT)
        case "read":
            touching = touching.filter(direction=INPUT)
    runs = (
        Reader(request.user)
        .runs.permitted(request.user, Action.ASSET_VIEW)
        .filter(pk__in=touching.values("run"))
        .select_related("job__namespace")
        .order_by(F("started_at").desc(nulls_last=True), "-run_id")
    )
    page = page_of(request, runs)
    shown = RunDataset.objects.filter(run__in=list(page), dataset__in=names)
    did = defaultdict(set)
    for run, direction in shown.values_list("run_id", "direction"):
        did[run].add("read" if direction == INPUT else "wrote")
    return _tab(
        request,
        about,
        "runs",
        "lineage/_dataset_runs.html",
        page=page,
        rows=[(run, sorted(did[run.pk], reverse=True)) for run in page],
    )


def _tab(
    request: HttpRequest, about: AboutDataset, tab: str, panel: str, **context: Any
) -> HttpResponse:
    return answer(
        request,
        "catalog/dataset_detail.html",
        "catalog/_dataset_tabs.html",
        {"about": about, "tab": tab, "panel": panel, **context},
    )


def _followed(about: AboutDataset) -> dict[str, list[str]]:
    """The tags that came along lineage to columns; rights count them as they are."""
    rows = ColumnTag.objects.counted().filter(dataset=about.dataset)
    found = defaultdict(list)
    for column, tag in rows.order_by("tag__name").values_list("column", "tag__name"):
        found[column].append(tag)
    return found


def _parent(path: str, known: set[str]) -> str:
    """The column that a nested one is in, with the dot after it; "" for the others."""
    ends = [index for index, sign in enumerate(path) if sign == "."]
    return next((path[: i + 1] for i in reversed(ends) if path[:i] in known), "")
