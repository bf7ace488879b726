"""Which datasets are there, and how was one of them defined over time?"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET, require_POST

from catalog import facets, versions
from catalog.about import AboutDataset, about_dataset
from catalog.curation.filtering import Curation
from catalog.curation.reading import Curated, curated
from catalog.models import Dataset, Namespace
from catalog.models.datasets import DatasetQuerySet
from catalog.models.namespaces import NamespaceQuerySet
from catalog.pages import answer, asks_for_part, page_of
from catalog.schema_diff import diff
from catalog.views import bulk
from policies.access import Someone
from policies.actions import Action
from policies.gates import requires

VERSIONS_A_PAGE = 20
CHOICES = 200  # namespaces in a list to choose from
FILTERS = ("q", "namespace", "state")
# What lists say of what people say.
LISTED = ("domain", "owner", "tag", "description", "tier", "lifecycle")
ORDERS = {
    "name": [F("namespace__name").asc(), F("name").asc()],
    "written": [F("last_written").desc(nulls_last=True), F("pk").desc()],
}


@require_GET
@requires(Action.ASSET_VIEW)
def dataset_list(request: HttpRequest) -> HttpResponse:
    """All the datasets the reader may see; only the rows when htmx asks."""
    known = Dataset.objects.visible().permitted(request.user, Action.ASSET_VIEW)
    order = ORDERS.get(request.GET.get("order", ""), ORDERS["name"])
    found = filtered(known, request.GET, request.user)
    page = page_of(request, found.with_names().order_by(*order))
    asked = Curation.asked(request.GET)
    context = {
        "page": page,
        "rows": rows_of(page.object_list),
        "is_filtered": any(request.GET.get(k) for k in FILTERS) or bool(asked),
        "asked": asked,
    }
    if not asks_for_part(request):
        homes = Namespace.objects.permitted(request.user, Action.ASSET_VIEW)
        context["namespaces"] = homes_of(homes, known)
    return answer(
        request, "catalog/dataset_list.html", "catalog/_dataset_rows.html", context
    )


@require_POST
@requires(Action.ASSET_VIEW)
def dataset_bulk(request: HttpRequest) -> HttpResponse:
    """Say the same of many datasets at once."""
    known = Dataset.objects.visible().permitted(request.user, Action.ASSET_VIEW)
    narrowed = filtered(known, bulk.query_of(request), request.user)
    chosen = bulk.chosen_of(request, known, narrowed)
    return bulk.page(request, "dataset", chosen.order_by(*ORDERS["name"]))


@require_GET
@requires(Action.ASSET_VIEW)
def dataset_versions(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The definitions that a dataset had, latest first, each beside the one before."""
    about = about_dataset(request.user, namespace, name)
    page = page_of(request, about.versions[::-1], VERSIONS_A_PAGE)
    return answer(
        request,
        "catalog/dataset_detail.html",
        "catalog/_dataset_tabs.html",
        {
            "about": about,
            "tab": "versions",
            "panel": "catalog/_dataset_versions.html",
            "page": page,
            "versions": changes_of(page.object_list, about),
        },
    )


def filtered(
    datasets: DatasetQuerySet, query: QueryDict, principal: Someone
) -> DatasetQuerySet:
    """The datasets that the reader's filters leave."""
    if text := query.get("q", "").strip():
        datasets = datasets.filter(name__icontains=text)
    if namespace := query.get("namespace"):
        datasets = datasets.filter(namespace__name=namespace)
    datasets = Curation.asked(query).narrow(datasets, principal)
    match query.get("state"):
        case "written":
            datasets = datasets.filter(last_written__isnull=False)
        case "source":
            datasets = datasets.filter(last_written__isnull=True)
    return datasets


def rows_of(datasets: Iterable[Dataset]) -> list[dict[str, Any]]:
    """What the list says of each dataset, in a fixed number of queries."""
    shown = list(datasets)
    described = facets.of_datasets(shown)
    said = curated(shown, LISTED)
    defined = versions.of_datasets(shown)
    written = {
        dataset.pk: [name.last_written for name in dataset.names.all()]
        for dataset in shown
    }
    return [
        {
            "dataset": dataset,
            "type": facets.text(
                described[dataset.pk].get("datasetType"), "datasetType"
            ),
            "description": facets.text(
                described[dataset.pk].get("documentation"), "description"
            ),
            **said_in_row(said[dataset.pk]),
            "version_count": len(defined[dataset.pk]),
            "last_written": max(filter(None, written[dataset.pk]), default=None),
        }
        for dataset in shown
    ]


def said_in_row(said: Curated) -> dict[str, Any]:
    """What people say of one asset, as lists show it; what it inherits, too."""
    return {
        "said": said.description,
        "domain": said.one("domain"),
        "owners": said.all("owner"),
        "tags": said.own["tag"],
        "tier": said.one("tier"),
        "lifecycle": said.one("lifecycle"),
    }


def homes_of(namespaces: NamespaceQuerySet, known: DatasetQuerySet) -> list[str]:
    """The names of namespaces that hold datasets, to choose one from."""
    holding = namespaces.filter(Exists(known.filter(namespace=OuterRef("pk"))))
    return list(holding.order_by("name").values_list("name", flat=True)[:CHOICES])


def changes_of(
    shown: Iterable[versions.Version], about: AboutDataset
) -> list[dict[str, Any]]:
    """Each version with its columns and what it changed."""
    wanted = list(shown)
    before = [about.versions[v.number - 2] for v in wanted if v.number > 1]
    needed = [*wanted, *before]
    numbers = [version.number for version in needed]
    columns = dict(zip(numbers, about.fields(*needed), strict=True))
    return [
        {
            "version": version,
            "columns": columns[version.number],
            "diff": diff(columns[version.number - 1], columns[version.number])
            if version.number > 1
            else None,
        }
        for version in wanted
    ]
