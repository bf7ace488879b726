"""What does a page show of what people say, in which order, and what can be said?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from catalog.curation.kinds import KINDS, TIERS, Kind
from catalog.curation.reading import COMPLIANCE, Curated
from catalog.curation.subjects import Subject
from catalog.models import Lifecycle, OwnerKind, PropertyDefinition
from policies.actions import Action

GROUPS = (
    ("ownership", "Ownership", ("domain", "owner")),
    ("classification", "Classification", ("tag", "term")),
    ("state", "State", ("lifecycle", "environment", "tier")),
    ("use", "Products and tickets", ("product", "ticket")),
    ("description", "Description", ("description",)),
    ("properties", "Properties", ("property",)),
    ("compliance", "Compliance", COMPLIANCE),
)
AREAS = {"description", *COMPLIANCE} - {"retention"}
CHOICES = {"lifecycle": tuple(Lifecycle.values), "tier": TIERS}
DETAIL_CHOICES = {"owner": tuple(OwnerKind.values)}
DETAIL_LABELS = {
    "owner": "Kind",
    "lifecycle": "Successor, if deprecated",
    "property": "Property",
    "ticket": "Link",
}
# What can be looked up while it is typed.
SUGGESTED = ("domain", "owner", "tag", "term", "product", "environment")
ORDER_OF_OWNERS = {kind: index for index, kind in enumerate(OwnerKind.values)}
# Kinds without which an asset is not looked after.
MISSED = set(COMPLIANCE)


@dataclass(frozen=True, slots=True)
class Shown:
    """One statement as a page shows it; `source` is what it is inherited from."""

    row: Any
    kind: Kind
    source: Subject | None = None

    @property
    def value(self) -> str:
        return self.kind.value(self.row)

    @property
    def text(self) -> str:
        """The value for people: a principal by name."""
        return str(self.row) if self.kind.name == "owner" else self.value

    @property
    def detail(self) -> str:
        return self.kind.detail(self.row)

    @property
    def change(self) -> Any:
        return self.row.opened_in


@dataclass
class Field:
    """All that is said of one kind, and what a form for it is made of."""

    kind: Kind
    shown: list[Shown] = field(default_factory=list)
    inherited: list[Shown] = field(default_factory=list)
    may_say: bool = False
    detail_choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def label(self) -> str:
        return "Tag" if self.name == "tag" else self.kind.label.capitalize()

    @property
    def input(self) -> str:
        """`area`, `select` or `text`."""
        if self.name in AREAS:
            return "area"
        return "select" if self.name in CHOICES else "text"

    @property
    def choices(self) -> tuple[str, ...]:
        return CHOICES.get(self.name, ())

    @property
    def detail_label(self) -> str:
        return DETAIL_LABELS.get(self.name, "")

    @property
    def is_suggested(self) -> bool:
        return self.name in SUGGESTED

    @property
    def is_single(self) -> bool:
        return self.kind.is_single

    @property
    def is_markdown(self) -> bool:
        return self.name == "description"

    @property
    def before(self) -> Shown | None:
        """What a form begins with: the one statement that another would replace."""
        return self.shown[0] if self.is_single and self.shown else None

    @property
    def is_missing(self) -> bool:
        return self.name in MISSED and not self.shown and not self.inherited

    @property
    def verb(self) -> str:
        if not self.is_single:
            return "Add"
        return "Change" if self.shown else "Set"


@dataclass
class Group:
    id: str
    title: str
    fields: list[Field]

    @property
    def is_compact(self) -> bool:
        """Whether nothing stands in it that a reader without rights would miss."""
        return not any(f.shown or f.inherited or f.may_say for f in self.fields)

    @property
    def missing(self) -> int:
        return sum(field.is_missing for field in self.fields)


def groups_of(
    subject: Subject,
    said: Curated,
    actions: Iterable[Action],
    definitions: Iterable[PropertyDefinition] = (),
) -> list[Group]:
    """What is said of a subject, by group; forms where `actions` allow them."""
    allowed = set(actions)
    properties = tuple(
        each.name for each in definitions if subject.level in each.applies_to
    )
    groups = []
    for group_id, title, names in GROUPS:
        fields = [
            _field(KINDS[name], subject, said, allowed, properties)
            for name in names
            if subject.level in KINDS[name].levels
        ]
        if fields:
            groups.append(Group(group_id, title, fields))
    return groups


def shown(said: Curated, name: str, column: str = "") -> list[Shown]:
    """The statements of one kind, or those inherited, as pages show them."""
    kind = KINDS[name]
    if column:
        return [Shown(row, kind) for row in said.of_column(column, name)]
    own = said.own.get(name)
    if own:
        return _ordered([Shown(row, kind) for row in own])
    return _ordered(
        [Shown(row, kind, Subject.of(row)) for row in said.inherited.get(name, [])]
    )


def _field(
    kind: Kind,
    subject: Subject,
    said: Curated,
    allowed: set[Action],
    properties: tuple[str, ...],
) -> Field:
    every = shown(said, kind.name, subject.column)
    details = DETAIL_CHOICES.get(kind.name, ())
    may_say = kind.action in allowed
    if kind.name == "property":
        details, may_say = properties, may_say and bool(properties)
    return Field(
        kind,
        [each for each in every if each.source is None],
        [each for each in every if each.source is not None],
        may_say,
        details,
    )


def _ordered(rows: list[Shown]) -> list[Shown]:
    def key(each: Shown) -> tuple[int, str]:
        return (ORDER_OF_OWNERS.get(each.detail, 9), each.text.lower())

    return sorted(rows, key=key)
