"""With which words may people say things: domains, tags, terms, products …?"""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.admin.reach import STEWARDS
from catalog.admin.saying import CuratedDesk, reason_field
from catalog.curation.entries import LEVELS, action_of, read_facts, written
from catalog.curation.faults import Refused
from catalog.curation.subjects import target_of
from catalog.models import (
    Change,
    DataProduct,
    Domain,
    Entry,
    PropertyDefinition,
    Source,
    Tag,
    Term,
)
from catalog.services import changing, define_entry, retire_entry
from policies.admin_site import (
    NameInput,
    ReasonForm,
    Section,
    ServiceForm,
    act,
    pill,
    site,
    who,
)
from policies.audit import Target

LONG = forms.Textarea({"rows": 5})
HELP = {
    "synonyms": "Parted by semicolons.",
    "related": "Names of other terms, parted by semicolons.",
    "freshness_seconds": "The greatest age of its outputs: 90 minutes, 24 hours.",
    "choices": "What can be chosen, parted by semicolons.",
    "pattern": "A regular expression that the whole text must fit.",
    "applies_to": f"Some of {', '.join(LEVELS)}, parted by semicolons.",
    "connection_url": "Without credentials.",
    "description": "Markdown.",
}
LABELS = {"freshness_seconds": "freshness"}


class EntryForm(ServiceForm):
    """The facts of an entry, as people write them; `read_facts` reads them."""

    reason = reason_field()

    def clean(self) -> Any:
        given = super().clean() or {}
        told = {name: str(given.get(name) or "") for name in self._meta.model.FACTS}
        try:
            given["facts"] = read_facts(self._meta.model, told)
        except Refused as refusal:
            self.add_error(
                refusal.field if refusal.field in self.fields else None, str(refusal)
            )
        return given

    def _post_clean(self) -> None:
        """Nothing: the facts are read already, and the database has the last word."""


def form_of(model: type[Entry]) -> type[EntryForm]:
    """The form of an entry: each fact as a text."""
    fields: dict[str, Any] = {}
    for name in model.FACTS:
        widget: Any = forms.TextInput()
        if name in ("description", "purpose", "quality"):
            widget = LONG
        elif name == "domain":
            widget = NameInput(Domain._meta.label_lower)
        fields[name] = forms.CharField(
            label=LABELS.get(name), required=name == "name", widget=widget,
            help_text=HELP.get(name, ""),
        )  # fmt: skip
    if issubclass(model, PropertyDefinition):
        fields["type"] = forms.ChoiceField(choices=PropertyDefinition.Type.choices)
    reason = fields.pop("reason", None) or EntryForm.base_fields["reason"]
    meta = type("Meta", (), {"model": model, "fields": ()})
    name = f"{model.__name__}Form"
    return type(name, (EntryForm,), {**fields, "reason": reason, "Meta": meta})


class EntryDesk(CuratedDesk):
    section = Section.CURATION
    ordering = ("name",)
    suggested_by = "name"
    search_fields = ("name", "description")
    list_filter = ("is_retired",)
    actions = ("retire", "take_up")
    readonly_fields = ("state",)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **more: Any
    ) -> Any:
        more["form"] = form_of(self.model)
        return super().get_form(request, obj, change, **more)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.has_change_permission(request, obj):
            return ("state", *(f"{name}_text" for name in self.model.FACTS))
        known = ("state",) if obj else ()
        return (*known, *self.model.FACTS, "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("state", *(f"{name}_text" for name in self.model.FACTS))

    def get_object(self, request: HttpRequest, *args: Any) -> Any:
        row = super().get_object(request, *args)
        if row is not None:
            row.written = written(row)
        return row

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        return {"name": request.GET.get("name", "")}

    @admin.display(description="state", ordering="is_retired")
    def state(self, row: Any) -> SafeString:
        return pill("retired") if row.is_retired else pill("in use", "good")

    @admin.display(description="description")
    def what(self, row: Any) -> str:
        text = str(row.description)
        return text if len(text) < 140 else f"{text[:139]}\N{HORIZONTAL ELLIPSIS}"

    def journal_target(self, row: Any) -> Target:
        return target_of(row)

    def create(self, request: HttpRequest, form: Any) -> Any:
        return self._define(request, form, None)

    def change(self, request: HttpRequest, row: Any, form: Any) -> None:
        self._define(request, form, row)

    def _define(self, request: HttpRequest, form: Any, row: Any) -> Any:
        reason = form.cleaned_data["reason"]
        with changing(
            actor=who(request), via=Change.Via.ADMIN, reason=reason
        ) as making:
            return define_entry(making, self.model, form.cleaned_data["facts"], row)


def desk_of(model: type[Entry], purpose: str, columns: tuple[Any, ...]) -> None:
    """Register the desk of a kind of entry."""
    action = action_of(model)

    def retire(desk: Any, request: HttpRequest, rows: Any, given: Any) -> None:
        """The deepest first, so that a branch goes whole."""
        reason = given["reason"]
        with changing(
            actor=who(request), via=Change.Via.ADMIN, reason=reason
        ) as making:
            for row in sorted(rows, key=lambda row: str(row.name), reverse=True):
                retire_entry(making, row)

    def take_up(desk: Any, request: HttpRequest, rows: Any, given: Any) -> None:
        reason = given["reason"]
        with changing(
            actor=who(request), via=Change.Via.ADMIN, reason=reason
        ) as making:
            for row in rows:
                define_entry(making, model, read_facts(model, written(row)), row)

    acts = {
        "retire": act(
            "Retire",
            needs=action,
            said="{count} retired.",
            form=ReasonForm,
            warns="It is offered no more, and all that is said with it is taken back. "
            "The change can be undone.",
            for_row=lambda row: not row.is_retired,
        )(retire),
        "take_up": act(
            "Take up again",
            needs=action,
            said="{count} in use again.",
            form=ReasonForm,
            for_row=lambda row: row.is_retired,
        )(take_up),
    }
    facts = {f"{name}_text": _fact(name) for name in model.FACTS}
    own = {
        "purpose": purpose,
        "opens": (*STEWARDS, action),
        "adds": action,
        "changes": action,
        "list_display": ("name", "what", *columns, "state"),
    }
    desk = type(f"{model.__name__}Desk", (EntryDesk,), {**acts, **facts, **own})
    site.register(model, desk)


def _fact(name: str) -> Any:
    @admin.display(description=LABELS.get(name, name.replace("_", " ")))
    def shown(desk: Any, row: Any) -> SafeString:
        return format_html("{}", row.written[name])

    return shown


desk_of(Domain, "The areas of the organisation: Finance/Payments lies in Finance.", ())
desk_of(Tag, "The marks on assets and columns: PII.email is a kind of PII.", ())
desk_of(Term, "The words of the business, and what they mean.", ("domain",))
desk_of(DataProduct, "Datasets that somebody promises something about.", ("domain",))
desk_of(
    PropertyDefinition,
    "Properties of assets that you make up, and what they may hold.",
    ("type", "applies_to"),
)
desk_of(Source, "Servers and stores, as Marquez's clients declare them.", ("type",))
