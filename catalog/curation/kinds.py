"""Which kinds of statements are there, about what, and how is each written?"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from catalog.curation import values
from catalog.curation.faults import Refused
from catalog.curation.subjects import COLUMN, Asker, Named, Subject, find_subject
from catalog.models import (
    Attribute,
    ChangeTicket,
    ComplianceDeclaration,
    DataProduct,
    Description,
    Domain,
    Lifecycle,
    OnAsset,
    OwnerKind,
    Ownership,
    Placement,
    ProductOutput,
    PropertyDefinition,
    PropertyValue,
    ProposalVerdict,
    Tag,
    TagAssignment,
    Term,
    TermLink,
)
from policies.actions import Action
from policies.audit import Act

ASSETS = ("namespace", "dataset", "job")
WITH_COLUMNS = (*ASSETS, COLUMN)
TIERS = ("1", "2", "3", "4", "5")
# A text of many colons has many readings, and each costs a query.
MAX_READINGS = 32
VERSION = re.compile("[0-9a-f]{64}|")


@dataclass(frozen=True, slots=True)
class Written:
    """A value as people write it. `by` is who writes: a successor must be visible."""

    value: str
    detail: str = ""
    by: Asker | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of statement: `owner`, `tag`, `tier` …

    `identity` are the fields that tell statements about one subject apart: another one
    of the same identity takes the place of the first. `fixed` are those that all of the
    kind share.
    """

    name: str
    label: str
    model: type[OnAsset]
    levels: tuple[str, ...]
    action: Action
    made: Act
    ended: Act
    read: Callable[[Subject, Written], dict[str, Any]]
    identity: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    value: Callable[[Any], str] = str
    detail: Callable[[Any], str] = lambda row: ""
    # What the journal keeps of a value: nothing that may be personal.
    trace: Callable[[Any], Any] = str
    value_hint: str = ""
    detail_hint: str = ""

    def fields_of(self, subject: Subject, written: Written) -> dict[str, Any]:
        """The fields of a statement, out of what somebody wrote. Raises Refused."""
        self.refuse_level(subject)
        return {**self.fixed, **self.read(subject, written)}

    def refuse_level(self, subject: Subject) -> None:
        """Raise Refused if this kind is not said of such subjects."""
        if subject.level not in self.levels:
            raise Refused(
                f"A {subject.level} has no {self.label}: it is said of "
                f"{', '.join(self.levels)}.",
                field="aspect",
            )

    def identity_of(self, fields: Mapping[str, Any] | OnAsset) -> tuple[Any, ...]:
        """What tells a statement apart from others of its kind about one subject."""
        if isinstance(fields, Mapping):
            return tuple(_key(fields[name]) for name in self.identity)
        return tuple(_key(getattr(fields, name)) for name in self.identity)

    @property
    def is_single(self) -> bool:
        """Whether a subject has one statement of this kind at most."""
        return not self.identity


def _key(value: Any) -> Any:
    return getattr(value, "pk", value)


def digest(text: str) -> str:
    """What stands in the journal for a text that could be personal."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _domain(subject: Subject, written: Written) -> dict[str, Any]:
    return {"domain": values.entry_of(Domain, written.value, "domain")}


def _owner(subject: Subject, written: Written) -> dict[str, Any]:
    return values.owner_of(written.value, written.detail)


def owner_value(row: Ownership) -> str:
    """An owner as people write it."""
    if row.principal:
        return row.principal.username
    return f"group:{row.group.name}" if row.group else f"name:{row.name}"


def _owner_trace(row: Ownership) -> dict[str, Any]:
    if row.principal:
        return {"kind": row.kind, "principal": row.principal.public_id}
    if row.group:
        return {"kind": row.kind, "group": row.group.public_id}
    return {"kind": row.kind, "name": digest(row.name)}


def _tag(subject: Subject, written: Written) -> dict[str, Any]:
    return {"tag": values.entry_of(Tag, written.value, "tag")}


def _description(subject: Subject, written: Written) -> dict[str, Any]:
    return {"text": values.text_of(written.value, "The description")}


def _lifecycle(subject: Subject, written: Written) -> dict[str, Any]:
    state = written.value.strip().lower()
    if state not in Lifecycle.values:
        raise Refused(
            f"A lifecycle is one of {', '.join(Lifecycle.values)}, not {state!r}."
        )
    after: dict[str, Any] = {"successor_dataset": None, "successor_job": None}
    if successor := written.detail.strip():
        if state != Lifecycle.DEPRECATED or subject.kind == "namespace":
            raise Refused(
                "Only a deprecated dataset or job has a successor.", field="detail"
            )
        after[f"successor_{subject.kind}"] = _successor(subject, successor, written.by)
    return {"value": state, **after}


def _successor(subject: Subject, text: str, by: Asker | None) -> Any:
    """The asset that a text of namespace and name means, wherever they part."""
    if by is None:
        raise Refused("A successor needs somebody who names it.", field="detail")
    for found in islice(re.finditer("[: ]", text), MAX_READINGS):
        namespace, name = text[: found.start()], text[found.end() :].strip()
        try:
            other = find_subject(Named(subject.kind, namespace, name), by, [])
        except Refused:
            continue
        if other.row.pk == subject.row.pk:
            raise Refused("Nothing is its own successor.", field="detail")
        return other.row
    raise Refused(
        f"There is no {subject.kind} {text!r}, or none that you may see. A successor "
        "is written as its namespace, a colon, and its name.",
        field="detail",
    )


def successor_text(row: Attribute) -> str:
    """A successor as people write it."""
    return str(row.successor) if row.successor else ""


def _environment(subject: Subject, written: Written) -> dict[str, Any]:
    return {"value": values.slug_of(written.value, "An environment")} | _NO_SUCCESSOR


def _tier(subject: Subject, written: Written) -> dict[str, Any]:
    if written.value.strip() not in TIERS:
        raise Refused(
            f"A tier is one of {', '.join(TIERS)}: 1 is what matters most, not "
            f"{written.value!r}."
        )
    return {"value": written.value.strip()} | _NO_SUCCESSOR


_NO_SUCCESSOR = {"successor_dataset": None, "successor_job": None}


def _term(subject: Subject, written: Written) -> dict[str, Any]:
    return {"term": values.entry_of(Term, written.value, "term")}


def property_named(name: str) -> PropertyDefinition:
    """The current property of this name. Raises Refused."""
    try:
        return values.entry_of(PropertyDefinition, name, "property")
    except Refused as refusal:
        raise Refused(str(refusal), field="detail") from None


def _property(subject: Subject, written: Written) -> dict[str, Any]:
    definition = property_named(written.detail)
    if subject.level not in definition.applies_to:
        raise Refused(
            f"{definition.name} is a property of {', '.join(definition.applies_to)}, "
            f"not of a {subject.level}.",
            field="detail",
        )
    return {
        "property": definition,
        "value": values.property_value(definition, written.value),
    }


def _compliance(aspect: str) -> Callable[[Subject, Written], dict[str, Any]]:
    def read(subject: Subject, written: Written) -> dict[str, Any]:
        if aspect == ComplianceDeclaration.Aspect.RETENTION:
            return {"text": values.period_of(written.value)}
        label = ComplianceDeclaration.Aspect(aspect).label.capitalize()
        return {"text": values.text_of(written.value, label)}

    return read


def _ticket(subject: Subject, written: Written) -> dict[str, Any]:
    url, _, version = written.detail.strip().partition("#version=")
    if not VERSION.fullmatch(version):
        raise Refused(
            "The version of a ticket is its definition, 64 hexadecimal digits.",
            field="detail",
        )
    return {
        "ticket": values.text_of(written.value, "The ticket", most=200),
        "url": values.link_of(url, field="detail") if url else "",
        "definition": version,
    }


def _ticket_detail(row: ChangeTicket) -> str:
    version = f"#version={row.definition}" if row.definition else ""
    return f"{row.url}{version}"


def _product(subject: Subject, written: Written) -> dict[str, Any]:
    return {"product": values.entry_of(DataProduct, written.value, "data product")}


def _verdict(subject: Subject, written: Written) -> dict[str, Any]:
    """`value` is the verdict, `detail` the aspect, a colon and the content."""
    aspect, _, content = written.detail.partition(":")
    return {
        "aspect": aspect,
        "content": content,
        "is_accepted": written.value == "accepted",
    }


EDIT, TAGGING = Action.ASSET_EDIT, Action.ASSET_TAG
_KINDS = (
    Kind(
        "domain", "domain", Placement, ASSETS, EDIT,
        Act.PLACEMENT_SET, Act.PLACEMENT_CLEARED, _domain,
        value=lambda row: row.domain.name,
        value_hint="the domain's name, Finance/Payments",
    ),
    Kind(
        "owner", "owner", Ownership, (*ASSETS, "domain", "product", "term"), EDIT,
        Act.OWNER_NAMED, Act.OWNER_REMOVED, _owner,
        identity=("kind", "principal", "group", "name"),
        value=owner_value, detail=lambda row: row.kind, trace=_owner_trace,
        value_hint="a principal, group:NAME, or name:NAME",
        detail_hint="business, technical or steward",
    ),
    Kind(
        "tag", "tag", TagAssignment, WITH_COLUMNS, TAGGING,
        Act.TAG_ASSIGNED, Act.TAG_REMOVED, _tag,
        identity=("tag",), value=lambda row: row.tag.name,
        value_hint="the tag's name, PII.email",
    ),
    Kind(
        "description", "description", Description, WITH_COLUMNS, EDIT,
        Act.DESCRIPTION_SET, Act.DESCRIPTION_CLEARED, _description,
        value=lambda row: row.text, trace=lambda row: digest(row.text),
        value_hint="Markdown",
    ),
    Kind(
        "lifecycle", "lifecycle", Attribute, ("dataset", "job"), EDIT,
        Act.ATTRIBUTE_SET, Act.ATTRIBUTE_CLEARED, _lifecycle,
        fixed={"name": Attribute.Name.LIFECYCLE},
        value=lambda row: row.value, detail=successor_text,
        value_hint="draft, active, deprecated or archived",
        detail_hint="of a deprecated one: its successor, namespace:name",
    ),
    Kind(
        "environment", "environment", Attribute, ASSETS, EDIT,
        Act.ATTRIBUTE_SET, Act.ATTRIBUTE_CLEARED, _environment,
        fixed={"name": Attribute.Name.ENVIRONMENT}, value=lambda row: row.value,
        value_hint="a word, production",
    ),
    Kind(
        "tier", "tier", Attribute, ASSETS, EDIT,
        Act.ATTRIBUTE_SET, Act.ATTRIBUTE_CLEARED, _tier,
        fixed={"name": Attribute.Name.TIER}, value=lambda row: row.value,
        value_hint="1 (matters most) to 5",
    ),
    Kind(
        "term", "glossary term", TermLink, WITH_COLUMNS, TAGGING,
        Act.TERM_LINKED, Act.TERM_UNLINKED, _term,
        identity=("term",), value=lambda row: row.term.name,
        value_hint="the term's name",
    ),
    Kind(
        "property", "property", PropertyValue, WITH_COLUMNS, EDIT,
        Act.PROPERTY_SET, Act.PROPERTY_CLEARED, _property,
        identity=("property",), detail=lambda row: row.property.name,
        trace=lambda row: {row.property.name: digest(str(row))},
        value_hint="as the property's definition says",
        detail_hint="the property's name",
    ),
    Kind(
        "ticket", "change ticket", ChangeTicket, ("dataset", "job"), EDIT,
        Act.TICKET_LINKED, Act.TICKET_UNLINKED, _ticket,
        identity=("ticket", "definition"),
        value=lambda row: row.ticket, detail=_ticket_detail,
        value_hint="the ticket's number, OPS-1234",
        detail_hint="its link; #version= and a definition for one schema change",
    ),
    Kind(
        "product", "data product", ProductOutput, ("dataset",), EDIT,
        Act.OUTPUT_ADDED, Act.OUTPUT_REMOVED, _product,
        identity=("product",), value=lambda row: row.product.name,
        value_hint="the data product's name",
    ),
    *(
        Kind(
            str(aspect), aspect.label, ComplianceDeclaration, (*ASSETS, "domain"),
            EDIT, Act.DECLARATION_MADE, Act.DECLARATION_ENDED, _compliance(aspect),
            fixed={"aspect": aspect},
            value=lambda row: row.text, trace=lambda row: digest(row.text),
            value_hint="7 years, P90D or unlimited"
            if aspect == ComplianceDeclaration.Aspect.RETENTION else "text",
        )
        for aspect in ComplianceDeclaration.Aspect
    ),
)  # fmt: skip

# What people say, by the word of the API and of CSV files.
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}

# Said by accepting and rejecting alone.
VERDICT = Kind(
    "verdict", "verdict", ProposalVerdict, WITH_COLUMNS, EDIT,
    Act.PROPOSAL_DECIDED, Act.PROPOSAL_REOPENED, _verdict,
    identity=("aspect", "content"),
    value=lambda row: "accepted" if row.is_accepted else "rejected",
    detail=lambda row: f"{row.aspect}:{row.content}",
    trace=lambda row: {
        "aspect": row.aspect, "content": digest(row.content),
        "is_accepted": row.is_accepted,
    },
)  # fmt: skip

OWNER_KINDS = OwnerKind.values


def kind_named(name: str) -> Kind:
    """The kind of this name. Raises Refused."""
    try:
        return KINDS[name]
    except KeyError:
        raise Refused(
            f"There is no aspect {name!r}; there are {', '.join(KINDS)}.",
            field="aspect",
        ) from None


def kind_of(row: OnAsset) -> Kind:
    """The kind that a statement is of."""
    for kind in (*KINDS.values(), VERDICT):
        if type(row) is kind.model and all(
            getattr(row, name) == value for name, value in kind.fixed.items()
        ):
            return kind
    raise TypeError(f"{type(row).__name__} is no statement of a known kind")
