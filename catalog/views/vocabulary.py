"""Which words are there for curation, where are they used, and how are they kept?"""

import string
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.paginator import Page
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

import catalog.paths  # noqa: F401  (registers <name:…>)
from catalog.curation import usage
from catalog.curation.entries import (
    LEVELS,
    WORDS,
    action_of,
    duration_text,
    read_facts,
    written,
)
from catalog.curation.faults import Refused
from catalog.curation.panels import groups_of
from catalog.curation.reading import said_of_entry
from catalog.curation.subjects import ENTRIES, Subject
from catalog.models import (
    Change,
    DataProduct,
    Domain,
    Entry,
    Ownership,
    PropertyDefinition,
    Tag,
    Term,
    TreeEntry,
)
from catalog.pages import answer, page_of
from catalog.services import changing, define_entry, retire_entry
from catalog.views.saying import actor_of, allowed_on, offer_undo, reason_of, take
from policies import access
from policies.actions import Action
from policies.gates import requires

ENTRIES_A_PAGE = 200
TEXT_MAX = 200


@dataclass(frozen=True)
class Book:
    """One kind of words: where its pages are, and how they name it."""

    word: str  # of addresses and CSV files
    at: str  # the first part of its addresses
    title: str
    one: str
    intro: str

    @property
    def model(self) -> type[Any]:
        return WORDS[self.word]

    @property
    def action(self) -> Action:
        return action_of(self.model)

    @property
    def subject_kind(self) -> str:
        """As what owners and declarations are about it, or ""."""
        return next((k for k, model in ENTRIES.items() if model is self.model), "")

    @property
    def list_route(self) -> str:
        return f"{self.word}-list"

    @property
    def new_route(self) -> str:
        return f"{self.word}-new"

    @property
    def detail_route(self) -> str:
        return f"{self.word}-detail"

    @property
    def edit_route(self) -> str:
        return f"{self.word}-edit"

    @property
    def retire_route(self) -> str:
        return f"{self.word}-retire"

    @property
    def is_tree(self) -> bool:
        return issubclass(self.model, TreeEntry)


BOOKS = (
    Book(
        "domains", "domains", "Domains", "domain",
        "The areas of the organisation. Namespaces, datasets and jobs belong to one; "
        "what is declared of a domain holds for all that lies in it.",
    ),
    Book(
        "tags", "tags", "Tags", "tag",
        "Marks for assets and columns. PII.email is a kind of PII: who looks for PII "
        "finds it too.",
    ),
    Book(
        "terms", "glossary", "Glossary", "term",
        "What the words of the business mean, and which assets and columns hold it.",
    ),
    Book(
        "products", "products", "Data products", "data product",
        "Sets of datasets that somebody promises something about.",
    ),
    Book(
        "properties", "properties", "Properties", "property",
        "What else can be said of assets here: each property has a type, and its "
        "values are checked.",
    ),
)  # fmt: skip

LABELS = {
    "name": "Name",
    "description": "Description",
    "synonyms": "Synonyms",
    "related": "Related terms",
    "domain": "Domain",
    "purpose": "Purpose",
    "freshness_seconds": "Promised freshness",
    "quality": "Promised quality",
    "type": "Type",
    "choices": "Choices",
    "pattern": "Pattern",
    "applies_to": "Is a property of",
}
HINTS = {
    "description": "Markdown",
    "synonyms": "one a line",
    "related": "names, with a semicolon between",
    "domain": "its name, Finance/Payments",
    "freshness_seconds": "the age that no output exceeds: 90 minutes, 24 hours, 7 days",
    "choices": "one a line; for a property of type choice",
    "pattern": "a regular expression that the whole text has to fit",
}
AREAS = ("description", "synonyms", "purpose", "quality", "choices")
DEFINITION = {"terms": "Definition"}
NAME_HINTS = {
    "domains": "Finance/Payments lies in Finance, which is made if it is missing",
    "tags": "PII.email is a kind of PII, which is made if it is missing",
}


def entry_list(request: HttpRequest, book: Book) -> HttpResponse:
    """All current words of one kind."""
    entries = book.model._default_manager.filter(is_retired=False)
    text = request.GET.get("q", "").strip()[:TEXT_MAX]
    if text:
        entries = entries.filter(_with(book, text))
    found: Any = entries.order_by("name")
    if book.is_tree:
        found = usage.in_tree_order(entries)
    page = page_of(request, found, ENTRIES_A_PAGE)
    context = {
        "book": book,
        "page": page,
        "rows": _rows(request, book, page),
        "letters": _letters(page) if book.word == "terms" else [],
        "text": text,
        "may_define": _may_define(request, book),
    }
    return answer(
        request, "catalog/entry_list.html", "catalog/_entry_rows.html", context
    )


def entry_detail(request: HttpRequest, book: Book, name: str) -> HttpResponse:
    """One word: what it means, where it is used, who answers for it."""
    entry = _entry(book, name)
    subject = Subject(book.subject_kind, entry) if book.subject_kind else None
    fault = None
    if request.method == "POST":
        if subject is None:
            raise Http404
        fault = take(request, subject)
        if fault is None:
            return _to(entry, book)
    found, number = usage.uses(entry, request.user)
    context = {
        "book": book,
        "entry": entry,
        "facts": _facts(book, entry),
        "uses": found,
        "use_count": number,
        "revisions": usage.revisions(entry),
        "may_define": _may_define(request, book),
        "subject": subject,
        "fault": fault,
        "groups": [],
        **_more(request, book, entry),
    }
    if subject is not None:
        said, allowed = said_of_entry(entry), allowed_on(request, subject)
        context["groups"] = groups_of(subject, said, allowed)
        context["may_edit"] = Action.ASSET_EDIT in allowed
    response = answer(
        request, "catalog/entry_detail.html", "catalog/_entry.html", context
    )
    if fault and not context["is_part"]:
        response.status_code = 422
    return response


def entry_form(
    request: HttpRequest, book: Book, name: str | None = None
) -> HttpResponse:
    """Define a word, or change what it says."""
    entry = _entry(book, name) if name is not None else None
    told = written(entry) if entry else {"name": request.GET.get("name", "")}
    faults: dict[str, str] = {}
    if request.method == "POST":
        told = _told(request, book)
        try:
            with changing(
                actor=actor_of(request), via=Change.Via.PAGE, reason=reason_of(request)
            ) as making:
                facts = read_facts(book.model, told)
                made = define_entry(making, book.model, facts, entry)
        except Refused as refusal:
            faults[refusal.field] = str(refusal)
        else:
            if making.made:
                offer_undo(request, f"{made.name} is saved.", making.made)
            return _to(made, book)
    context = {
        "book": book,
        "entry": entry,
        "fields": _form_fields(book, told, faults),
        "faults": faults,
        "reason": request.POST.get("reason", ""),
    }
    status = 422 if faults else 200
    return render(request, "catalog/entry_form.html", context, status=status)


def entry_retire(request: HttpRequest, book: Book, name: str) -> HttpResponse:
    """Take a word out of use; first say what that takes back."""
    entry = _entry(book, name)
    fault = ""
    if request.method == "POST":
        try:
            with changing(
                actor=actor_of(request), via=Change.Via.PAGE, reason=reason_of(request)
            ) as making:
                retire_entry(making, entry)
        except Refused as refusal:
            fault = str(refusal)
        else:
            assert making.made is not None, "it was in use"
            offer_undo(request, f"{entry.name} is retired.", making.made)
            response = HttpResponseRedirect(reverse(f"{book.word}-list"))
            response.status_code = 303
            return response
    below = []
    if isinstance(entry, TreeEntry):
        below = list(book.model._default_manager.filter(parent=entry, is_retired=False))
    context = {
        "book": book,
        "entry": entry,
        "takes_back": dict(usage.said_with(entry, request.user)),
        "below": below,
        "fault": fault,
    }
    status = 422 if fault else 200
    return render(request, "catalog/entry_retire.html", context, status=status)


def routes() -> list[URLPattern]:
    """The addresses of all words, by kind."""
    found = []
    for book in BOOKS:
        read = requires(Action.ASSET_VIEW)
        write = requires(book.action)
        views: list[tuple[str, str, Callable[..., HttpResponseBase]]] = [
            (book.at, "list", require_GET(read(_bound(entry_list, book)))),
            (f"define/{book.at}", "new", _form(write(_bound(entry_form, book)))),
            (
                f"{book.at}/<name:name>",
                "detail",
                _form(read(_bound(entry_detail, book))),
            ),
            (
                f"{book.at}/<name:name>/edit",
                "edit",
                _form(write(_bound(entry_form, book))),
            ),
            (
                f"{book.at}/<name:name>/retire",
                "retire",
                _form(write(_bound(entry_retire, book))),
            ),
        ]
        found += [path(at, view, name=f"{book.word}-{n}") for at, n, view in views]
    return found


def _may_define(request: HttpRequest, book: Book) -> bool:
    return request.user.is_authenticated and access.may(request.user, book.action)


def _form(view: Any) -> Any:
    return require_http_methods(["GET", "HEAD", "POST"])(view)


def _bound(view: Any, book: Book) -> Any:
    """A view of one kind of words."""
    bound = partial(view, book=book)
    bound.__name__ = f"{view.__name__}_{book.word}"  # type: ignore[attr-defined]
    bound.__doc__ = view.__doc__
    bound.__module__ = view.__module__
    return bound


def _entry(book: Book, name: str) -> Any:
    entry = book.model._default_manager.filter(name=name, is_retired=False).first()
    if entry is None:
        raise Http404
    return entry


def _to(entry: Entry, book: Book) -> HttpResponseRedirect:
    response = HttpResponseRedirect(reverse(f"{book.word}-detail", args=[entry.name]))
    response.status_code = 303
    return response


def _with(book: Book, text: str) -> Q:
    found = Q(name__icontains=text) | Q(description__icontains=text)
    if book.model is Term:
        found |= Q(synonyms__icontains=text)
    return found


def _rows(request: HttpRequest, book: Book, page: Page[Any]) -> list[dict[str, Any]]:
    """What the list says of each word, in a fixed number of queries."""
    entries = list(page.object_list)
    used = usage.counts(book.model, request.user, entries)
    owners = _owners(book, entries)
    rows = [
        {
            "entry": entry,
            "used": used.get(entry.pk, {}),
            "owners": owners.get(entry.pk, []),
        }
        for entry in entries
    ]
    if book.model is DataProduct:
        outputs = usage.outputs(entries, request.user, timezone.now())
        for row in rows:
            row |= _promise(row["entry"], outputs[row["entry"].pk])
    return rows


def _promise(product: DataProduct, outputs: list[usage.Output]) -> dict[str, Any]:
    """Whether what a product promises is kept now, as far as the reader sees it."""
    late = [output for output in outputs if output.is_late]
    return {
        "outputs": outputs,
        "promised": duration_text(product.freshness_seconds),
        "late": late,
        "is_kept": not late if product.freshness_seconds and outputs else None,
    }


def _owners(book: Book, entries: list[Any]) -> dict[int, list[Ownership]]:
    found: dict[int, list[Ownership]] = defaultdict(list)
    if not book.subject_kind:
        return found
    key = book.subject_kind
    rows = Ownership.objects.filter(
        recorded_to=None, **{f"{key}__among": [entry.pk for entry in entries]}
    )
    for row in rows.select_related("principal", "group").order_by("kind", "pk"):
        found[getattr(row, f"{key}_id")].append(row)
    return found


def _letters(page: Page[Any]) -> list[tuple[str, str]]:
    """The alphabet, each with the id of the first term that begins so, or ""."""
    first: dict[str, str] = {}
    for entry in page.object_list:
        first.setdefault(entry.name[:1].upper(), f"term-{entry.pk}")
    more = sorted(letter for letter in first if letter not in string.ascii_uppercase)
    return [
        (letter, first.get(letter, "")) for letter in [*string.ascii_uppercase, *more]
    ]


def _facts(book: Book, entry: Any) -> list[tuple[str, str]]:
    """The facts of an entry beside its name and description, for people."""
    told = written(entry)
    facts = [
        (LABELS[name], text)
        for name, text in told.items()
        if text and name not in ("name", "description", "domain", "related")
    ]
    return facts


def _more(request: HttpRequest, book: Book, entry: Any) -> dict[str, Any]:
    """What only pages of one kind of words say."""
    if book.is_tree:
        children = book.model._default_manager.filter(parent=entry, is_retired=False)
        below = list(children.order_by("name"))
        used = usage.counts(book.model, request.user, below)
        return {
            "children": [
                (child, dict(used.get(child.pk, {})).items()) for child in below
            ],
            "around": _around(entry),
        }
    if isinstance(entry, Term):
        others = Term.objects.current().filter(pk__among=entry.related)
        return {"related": list(others.order_by("name"))}
    if isinstance(entry, DataProduct):
        outputs = usage.outputs([entry], request.user, timezone.now())
        return _promise(entry, outputs[entry.pk])
    return {}


def _around(entry: TreeEntry) -> list[tuple[str, str]]:
    """The names of what an entry lies within, outermost first: last part, whole."""
    parts = entry.name.split(entry.SEPARATOR)
    return [
        (parts[end - 1], entry.SEPARATOR.join(parts[:end]))
        for end in range(1, len(parts))
    ]


def _told(request: HttpRequest, book: Book) -> dict[str, str]:
    told = {name: request.POST.get(name, "") for name in book.model.FACTS}
    if "applies_to" in told:
        told["applies_to"] = "; ".join(request.POST.getlist("applies_to"))
    return told


def _form_fields(
    book: Book, told: dict[str, str], faults: dict[str, str]
) -> list[dict[str, Any]]:
    fields = []
    for name in book.model.FACTS:
        value = told.get(name, "")
        field: dict[str, Any] = {
            "name": name,
            "label": LABELS[name],
            "hint": HINTS.get(name, ""),
            "value": value,
            "fault": faults.get(name, ""),
            "input": "area" if name in AREAS else "text",
        }
        if name == "name":
            field["hint"] = NAME_HINTS.get(book.word, "")
        if name == "description":
            field["label"] = DEFINITION.get(book.word, field["label"])
        if name in ("synonyms", "choices"):
            field["value"] = value.replace("; ", "\n")
        if name == "domain":
            field["input"] = "domain"
        if name == "type":
            field |= {"input": "select", "options": PropertyDefinition.Type.choices}
        if name == "applies_to":
            field |= {
                "input": "checks",
                "options": [(each, each) for each in LEVELS],
                "chosen": [part.strip() for part in value.split(";")] or ["dataset"],
            }
        fields.append(field)
    return fields


assert {Domain, Tag, Term, DataProduct, PropertyDefinition} == {
    book.model for book in BOOKS
}
