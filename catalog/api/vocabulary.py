"""The routes of the vocabulary: domains, terms, data products, properties."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import outputs
from catalog.api.base import refusal, told_change
from catalog.curation import values
from catalog.curation.entries import duration_text, facts_of, read_facts
from catalog.curation.faults import Refused
from catalog.models import (
    Change,
    DataProduct,
    Domain,
    Entry,
    PropertyDefinition,
    Revision,
    Term,
)
from catalog.services import changing, define_entry, retire_entry
from policies import asked
from policies.actions import Action
from policies.asked import PAGING
from policies.json_api import REASON_MAX, Input, ReasonField, View, asker, sent
from policies.problems import Problem

TAGS = ["Vocabulary"]
REVISIONS = "/revisions"
SOUGHT = [
    OpenApiParameter("q", description="A part of the name."),
    OpenApiParameter(
        "retired", OpenApiTypes.BOOL, default=False, description="Retired ones too."
    ),
]
IN_DOMAIN = OpenApiParameter("domain", description="The domain that it lies in.")
REASON = OpenApiParameter("reason", description="Why; it stands in the journal.")
# The members of requests and answers, where they are not called as the facts are.
SPELT = {"freshness_seconds": "freshness", "applies_to": "appliesTo"}


class ListItem(serializers.CharField):
    """A member of a list, which CSV files part by semicolons or lines."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=values.NAME_MAX, **more)

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if ";" in text or "\n" in text or "\r" in text:
            raise serializers.ValidationError(
                "A member of a list is one line without a semicolon."
            )
        return text


def text(**more: Any) -> serializers.CharField:
    return serializers.CharField(
        required=False, allow_blank=True, allow_null=True, default="", **more
    )


def texts() -> serializers.ListField:
    return serializers.ListField(
        child=ListItem(), required=False, default=list, max_length=1000
    )


class EntryInput(Input):
    name = text(help_text="Another name, to rename it.")
    description = text(help_text="Markdown.")
    reason = ReasonField()


class DomainInput(EntryInput):
    pass


class TermInput(EntryInput):
    synonyms = texts()
    related = texts()
    domain = text()


class ProductInput(EntryInput):
    purpose = text()
    domain = text()
    freshness = text(help_text="`90 minutes`, `24 hours`, `7 days`.")
    quality = text()


class PropertyInput(EntryInput):
    type = text(help_text="text, number, boolean, date, url or choice.")
    choices = texts()
    pattern = text(help_text="Of a text: a regular expression for all of it.")
    appliesTo = texts()  # noqa: N815


class EntryView(View):
    """What the routes of one kind of entry share."""

    model: ClassVar[type[Any]]
    word: ClassVar[str]
    input: ClassVar[type[Input]]

    def find(self, name: str) -> Any:
        """The entry of this name, retired or not. Raises Problem (404)."""
        found = self.seek(name)
        if found is None:
            raise asked.not_found(self.word)
        return found

    def seek(self, name: str) -> Any | None:
        """The entry of this name, if there is one."""
        if "\0" in name:
            return None
        return self.model.objects.filter(name=name).first()

    def tell(self, name: str) -> Response:
        """Answer about the entry of this name."""
        [told] = told_entries(self.model, [facts_of(self.find(name))])
        return Response(told)


class ListEntries(EntryView):
    def answer(self, request: Request, many: str) -> Response:
        part = asked.page(request)
        rows = self.model.objects.order_by("name")
        if not asked.is_asked(request, "retired"):
            rows = rows.current()
        if sought := _word(request, "q"):
            rows = rows.filter(name__icontains=sought)
        if hasattr(self.model, "domain") and (domain := _word(request, "domain")):
            below = Q(domain__name__startswith=f"{domain}{Domain.SEPARATOR}")
            rows = rows.filter(Q(domain__name=domain) | below)
        if hasattr(self.model, "domain"):
            rows = rows.select_related("domain")
        some: list[Entry] = part.of(rows)
        shown = told_entries(self.model, [facts_of(row) for row in some])
        return Response({many: shown, "totalCount": rows.count()})


class OneEntry(EntryView):
    def define(self, request: Request, name: str) -> Response:
        body = sent(request, self.input)
        told = {fact: _as_text(body.get(spelt(fact))) for fact in self.model.FACTS}
        told["name"] = told["name"] or name
        reason = body["reason"].strip()
        try:
            with changing(
                actor=asker(request), via=Change.Via.API, reason=reason
            ) as making:
                facts = read_facts(self.model, told)
                entry = self.model.objects.current().filter(name=name).first()
                if entry is None and facts["name"] != name:
                    raise Refused(
                        f"There is no {self.word} {name!r} to rename.", field="name"
                    )
                row = define_entry(making, self.model, facts, entry)
        except Refused as refused:
            raise refusal(refused, member=spelt(refused.field)) from None
        [shown] = told_entries(self.model, [facts_of(row)])
        return Response(
            {"change": _id_of(making.made), "entry": shown},
            status=200 if entry else 201,
        )

    def retire(self, request: Request, name: str) -> Response:
        entry = self.find(name)
        reason = _word(request, "reason")[:REASON_MAX]
        try:
            with changing(
                actor=asker(request), via=Change.Via.API, reason=reason
            ) as making:
                retire_entry(making, entry)
        except Refused as refused:
            raise Problem(409, "entry_in_use", str(refused)) from None
        [shown] = told_entries(self.model, [facts_of(entry)])
        return Response({"change": _id_of(making.made), "entry": shown})


class EntryRevisions(EntryView):
    def answer(self, request: Request, name: str) -> Response:
        found = self.seek(name)
        if found is None:
            return self.tell(f"{name}{REVISIONS}")  # names may end so
        rows = Revision.objects.filter(
            kind=self.model._meta.model_name, entry_id=found.pk
        ).select_related("opened_in__actor")
        revisions = list(rows.order_by("-recorded_from", "-pk")[: asked.MAX_LIMIT])
        told = told_entries(self.model, [row.body for row in revisions])
        return Response(
            {
                "revisions": [
                    {
                        "said": told_change(row.opened_in),
                        "recordedTo": row.recorded_to,
                        "entry": entry,
                    }
                    for row, entry in zip(revisions, told, strict=True)
                ]
            }
        )


def told_entries(
    model: type[Entry], bodies: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Entries as answers have them, out of what revisions keep; by two queries."""
    related = {pk for body in bodies for pk in body.get("related", ())}
    terms = dict(Term.objects.filter(pk__among=list(related)).values_list("pk", "name"))
    lying = {body.get("domain") for body in bodies} - {None}
    domains = dict(
        Domain.objects.filter(pk__among=list(lying)).values_list("pk", "name")
    )
    told = []
    for body in bodies:
        shown = {spelt(fact): body.get(fact) for fact in model.FACTS}
        shown["isRetired"] = body.get("is_retired", False)
        if "related" in body:
            names = [terms[pk] for pk in body["related"] if pk in terms]
            shown["related"] = sorted(names)
        if "domain" in body:
            shown["domain"] = domains.get(body["domain"])
        if "freshness_seconds" in body:
            seconds = body["freshness_seconds"]
            shown["freshness"] = duration_text(seconds) or None
            shown["freshnessSeconds"] = seconds
        if model is Domain:
            shown["parent"] = body["name"].rpartition(Domain.SEPARATOR)[0] or None
        told.append(shown)
    return told


def spelt(fact: str) -> str:
    """The member of requests and answers that holds a fact."""
    return SPELT.get(fact, fact)


def _as_text(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else value or ""


def _word(request: Request, name: str) -> str:
    text = request.query_params.get(name, "").strip()
    if "\0" in text:
        raise asked.invalid(name, f"{name} holds a NUL character.")
    return text


def _id_of(change: Change | None) -> str | None:
    return str(change.public_id) if change else None


def _views(
    word: str, many: str, model: type[Any], input: type[Input], output: type[Any]
) -> tuple[Any, Any, Any]:
    """The three routes of a kind of entry: all, one, and what one was."""
    camel = word.title().replace(" ", "")
    needed = (
        Action.PROPERTY_DEFINE if model is PropertyDefinition else Action.GLOSSARY_EDIT
    )
    shared = {"model": model, "word": word, "input": input}
    listed = type(
        f"{camel}ListOutput",
        (serializers.Serializer,),
        {
            many: output(many=True),
            "totalCount": serializers.IntegerField(),
        },
    )
    seeking = [*SOUGHT, *([IN_DOMAIN] if hasattr(model, "domain") else []), *PAGING]

    class ListView(ListEntries):
        actions = {"GET": Action.ASSET_VIEW}

        @extend_schema(
            operation_id=f"list{many.capitalize()}",
            summary=f"List {many}, by name.",
            parameters=seeking,
            responses=listed,
            tags=TAGS,
        )
        def get(self, request: Request) -> Response:
            return self.answer(request, many)

    class DetailView(OneEntry):
        actions = {"GET": Action.ASSET_VIEW, "PUT": needed, "DELETE": needed}

        @extend_schema(
            operation_id=f"get{camel}",
            summary=f"Tell of a {word}, also of a retired one.",
            responses=output,
            tags=TAGS,
        )
        def get(self, request: Request, name: str) -> Response:
            return self.tell(name)

        @extend_schema(
            operation_id=f"put{camel}",
            summary=f"Define a {word}, or define it anew.",
            description=(
                "What is not sent is empty. Another `name` renames it. A retired one "
                "is taken up again. The same again changes nothing."
            ),
            request=input,
            responses={200: outputs.DefinedOutput, 201: outputs.DefinedOutput},
            tags=TAGS,
        )
        def put(self, request: Request, name: str) -> Response:
            return self.define(request, name)

        @extend_schema(
            operation_id=f"delete{camel}",
            summary=f"Retire a {word}, and take back what is said with it.",
            parameters=[REASON],
            responses={200: outputs.DefinedOutput},
            tags=TAGS,
        )
        def delete(self, request: Request, name: str) -> Response:
            return self.retire(request, name)

    class RevisionsView(EntryRevisions):
        actions = {"GET": Action.ASSET_VIEW}

        def dispatch(self, request: Any, name: str, **more: Any) -> Any:
            """What is no question is about a word whose name ends so."""
            if request.method in ("PUT", "DELETE"):
                return DetailView.as_view()(request, name=f"{name}{REVISIONS}")
            return super().dispatch(request, name=name, **more)

        @extend_schema(
            operation_id=f"list{camel}Revisions",
            summary=f"List how a {word} was defined, the latest first.",
            responses=outputs.RevisionsOutput,
            tags=TAGS,
        )
        def get(self, request: Request, name: str) -> Response:
            return self.answer(request, name)

    for view in (ListView, DetailView, RevisionsView):
        for name, value in shared.items():
            setattr(view, name, value)
        view.__name__ = view.__qualname__ = f"{camel}{view.__name__}"
    return ListView, DetailView, RevisionsView


VIEWS = {
    "domains": _views("domain", "domains", Domain, DomainInput, outputs.DomainOutput),
    "terms": _views("term", "terms", Term, TermInput, outputs.TermOutput),
    "products": _views(
        "product", "products", DataProduct, ProductInput, outputs.ProductOutput
    ),
    "properties": _views(
        "property",
        "properties",
        PropertyDefinition,
        PropertyInput,
        outputs.PropertyOutput,
    ),
}
