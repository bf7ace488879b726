"""Where is what somebody half remembers: a name, a column, a tag, a word about it?"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.models import Mark
from catalog.pages import answer, asks_for_part
from catalog.search.asking import FILTERS, filters_of
from catalog.search.finding import BOUND, Wanted
from catalog.search.queries import Query, read
from catalog.search.results import Hit, Results, search
from catalog.search.words import SEPARATOR
from policies.actions import Action
from policies.gates import requires

JUMPS = 8  # hits that the jump box shows
PAGE_SIZE = 20
FACETS = (
    *("kind", "namespace", "domain", "tag", "owner"),
    *("tier", "lifecycle", "environment", "term", "product"),
)
FACET_VALUES = 8  # in sight; the others on request
WORDS = {
    "domain": "domains-detail",
    "tag": "tags-detail",
    "term": "terms-detail",
    "product": "products-detail",
}
LABELS = {"kind": "Kind", "term": "Glossary term", "product": "Data product"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that hits have, how many, and where the list with or without it is."""

    value: str
    count: int
    is_chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str
    choices: list[Choice]
    more: list[Choice]


@dataclass(frozen=True, slots=True)
class Listed:
    """A hit and the address of its page, and what to say of why it was found."""

    hit: Hit
    address: str
    reasons: list[Any]


@require_GET
@requires(Action.ASSET_VIEW)
def find(request: HttpRequest) -> HttpResponse:
    """What was found, with facets to narrow it down; straight on to what is called so.

    The jump box gets the best few; the page's own form, all but the page around.
    """
    query = read(request.GET.get("q", ""))
    filters = filters_of(request.GET)
    is_jump = asks_for_part(request) and request.headers.get("HX-Target") != "results"
    size = JUMPS if is_jump else PAGE_SIZE
    number = 1 if is_jump else _page_number(request)
    wanted = Wanted(
        filters, limit=size, offset=(number - 1) * size, with_facets=not is_jump
    )
    results = search(request.user, query, wanted)
    is_plain = not asks_for_part(request) and not filters and number == 1
    if is_plain and (hit := _only(query, results)):
        return HttpResponseRedirect(address_of(hit))
    context = {
        "find_text": query.text,
        "results": results,
        "hits": [
            Listed(hit, address_of(hit), _worth_saying(hit)) for hit in results.hits
        ],
        "facets": _facets(request, results, filters),
        "chosen": _chosen(request, filters),
        "taken": sorted({w for words in results.found.taken.values() for w in words}),
        "first": (number - 1) * size + 1,
        "last": (number - 1) * size + len(results.hits),
        "previous": _address(request, page=number - 1) if number > 1 else "",
        "next": _address(request, page=number + 1)
        if number * size < results.total and (number + 1) * size <= BOUND
        else "",
        "everything": reverse("find") + "?" + _with_text(query.text),
    }
    part = "catalog/_find_found.html" if is_jump else "catalog/_find_results.html"
    return answer(request, "catalog/find.html", part, context)


def address_of(hit: Hit) -> str:
    """Where the page of a hit is."""
    if hit.kind in ("dataset", "job"):
        return reverse(f"{hit.kind}-detail", args=[hit.namespace, hit.name])
    if hit.kind == "run":
        return reverse("run-detail", args=[hit.namespace, hit.name, hit.id])
    return reverse(WORDS.get(hit.kind, "namespace-detail"), args=[hit.name])


def _only(query: Query, results: Results) -> Hit | None:
    """The one hit that must be meant: there is no other, or none of that whole name."""
    if len(results.hits) == 1 == results.total:
        return results.hits[0]
    whole = [hit for hit in results.hits if hit.rank == "exact"]
    if not whole and SEPARATOR.search(query.folded):
        whole = [hit for hit in results.hits if hit.rank == "ending"]
    return whole[0] if len(whole) == 1 else None


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return max(1, min(number, BOUND // PAGE_SIZE))


def _worth_saying(hit: Hit) -> list[Any]:
    """The reasons that do not show anyhow, as marks in the name and description."""
    return [r for r in hit.reasons if r.what not in ("name", "description")]


def _facets(
    request: HttpRequest, results: Results, filters: dict[Mark.Field, list[str]]
) -> list[Facet]:
    facets = []
    for name in FACETS:
        field = FILTERS[name]
        chosen = filters.get(field, [])
        choices = [
            Choice(value, count, value in chosen, _toggled(request, name, value))
            for value, count in results.found.facets.get(field, [])
        ]
        # One value that all have narrows nothing down.
        if len(choices) > 1 or any(choice.is_chosen for choice in choices):
            label = LABELS.get(name, name.capitalize())
            shown, more = choices[:FACET_VALUES], choices[FACET_VALUES:]
            facets.append(Facet(name, label, shown, more))
    return facets


def _chosen(
    request: HttpRequest, filters: dict[Mark.Field, list[str]]
) -> list[dict[str, str]]:
    return [
        {
            "what": LABELS.get(field.label, field.label.capitalize()),
            "name": field.label,
            "value": value,
            "address": _toggled(request, field.label, value),
        }
        for field, values in filters.items()
        for value in values
    ]


def _toggled(request: HttpRequest, name: str, value: str) -> str:
    asked = request.GET.copy()
    values = asked.getlist(name)
    kept = [each for each in values if each != value]
    asked.setlist(name, kept if value in values else [*values, value])
    asked.pop("page", None)
    return f"?{asked.urlencode()}"


def _address(request: HttpRequest, page: int) -> str:
    asked = request.GET.copy()
    asked["page"] = str(page)
    return f"?{asked.urlencode()}"


def _with_text(text: str) -> str:
    asked = QueryDict(mutable=True)
    asked["q"] = text
    return asked.urlencode()
