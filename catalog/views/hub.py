"""How well is what the reader sees looked after, and where is something to be done?"""

from functools import partial
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from catalog.curation import changes, proposals
from catalog.curation.filtering import undescribed, unowned, untagged
from catalog.curation.usage import about_permitted
from catalog.models import Attribute, Dataset, Job
from catalog.views.vocabulary import BOOKS
from policies.actions import Action
from policies.gates import holds, requires
from policies.models import Group, Principal

SUGGESTIONS = 20
TEXT_MAX = 200
SUGGESTED = {
    "domain": "domains",
    "tag": "tags",
    "term": "terms",
    "product": "products",
    "property": "properties",
}


@require_GET
@requires(Action.ASSET_VIEW)
def governance_hub(request: HttpRequest) -> HttpResponse:
    """Counts of words and of what lacks care; the latest changes."""
    cares: list[dict[str, Any]] = []
    for word, model in (("dataset", Dataset), ("job", Job)):
        rows: Any = model.objects
        known = rows.visible().permitted(request.user, Action.ASSET_VIEW)
        total = known.count()
        cares.append(
            {
                "word": word,
                "url": reverse(f"{word}-list"),
                "total": total,
                "lacks": [
                    (lack, label, number, total - number)
                    for lack, label, narrow in (
                        ("owner", "without an owner", unowned),
                        ("description", "without a description", undescribed),
                        (
                            "tag",
                            "without a tag",
                            partial(untagged, principal=request.user),
                        ),
                    )
                    for number in [narrow(known).count()]
                ],
            }
        )
    judges = holds(request.user, Action.ASSET_EDIT) or holds(
        request.user, Action.ASSET_TAG
    )
    found, _ = changes.latest(request.user)
    context = {
        "cares": cares,
        "books": [
            (book, book.model._default_manager.filter(is_retired=False).count())
            for book in BOOKS
        ],
        "waiting": proposals.pending(request.user).count() if judges else None,
        "changes": found[:8],
        "import_url": _import_url(),
    }
    return render(request, "catalog/governance_hub.html", context)


@require_GET
@requires(Action.ASSET_VIEW)
def suggest(request: HttpRequest) -> HttpResponse:
    """What could be meant by the text in a field, as options of its datalist."""
    of = request.GET.get("of", "")
    text = (request.GET.get("value") or request.GET.get("q") or "").strip()[:TEXT_MAX]
    found: list[tuple[str, str]] = []
    book = next((book for book in BOOKS if book.word == SUGGESTED.get(of)), None)
    if book is not None:
        entries = book.model._default_manager.filter(
            is_retired=False, name__icontains=text
        ).order_by("name")
        found = [(entry.name, "") for entry in entries[:SUGGESTIONS]]
    elif of == "owner" and holds(request.user, Action.ASSET_EDIT):
        found = _owners(text)
    elif of == "environment":
        values = about_permitted(Attribute, request.user).filter(
            name=Attribute.Name.ENVIRONMENT, value__icontains=text
        )
        known = values.values_list("value", flat=True).distinct().order_by("value")
        found = [(value, "") for value in known[:SUGGESTIONS]]
    if "json" in request.headers.get("Accept", ""):
        return JsonResponse({"values": [value for value, _ in found]})
    return render(request, "catalog/_suggestions.html", {"found": found})


def _owners(text: str) -> list[tuple[str, str]]:
    """People and groups; who may name owners may know them."""
    word = text.removeprefix("group:").removeprefix("name:")
    people = Principal.objects.active().filter(
        Q(username__icontains=word) | Q(name__icontains=word)
    )
    groups = Group.objects.in_use().filter(name__icontains=word).order_by("name")
    found = [(f"group:{group.name}", "group") for group in groups[:SUGGESTIONS]]
    found += [(p.username, p.name) for p in people.order_by("username")[:SUGGESTIONS]]
    return found[:SUGGESTIONS]


def _import_url() -> str:
    try:
        return reverse("curation-import")
    except NoReverseMatch:
        return ""
