"""What is a statement about, and how is that named and found?"""

from dataclasses import dataclass
from typing import Any, Final, Self

from django.db.models import Q

from catalog.curation.faults import Refused
from catalog.models import (
    DataProduct,
    Dataset,
    Domain,
    Job,
    Namespace,
    Term,
)
from policies import audit
from policies.access import Someone, may
from policies.actions import Action


class System:
    """The system itself, to which every asset is open: who runs its commands."""


THE_SYSTEM: Final = System()
type Asker = Someone | System

ASSETS: dict[str, type[Any]] = {"namespace": Namespace, "dataset": Dataset, "job": Job}
ENTRIES: dict[str, type[Any]] = {
    "domain": Domain,
    "product": DataProduct,
    "term": Term,
}
KINDS = {**ASSETS, **ENTRIES}
COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Subject:
    """One namespace, dataset, column of it, job, domain, data product or term.

    Of a dataset, `row` is the canonical one.
    """

    kind: str
    row: Any
    column: str = ""

    @property
    def level(self) -> str:
        """Its kind, or "column"."""
        return COLUMN if self.column else self.kind

    @property
    def keys(self) -> dict[str, Any]:
        """What a new statement about it is made with."""
        return {self.kind: self.row, "column": self.column}

    @property
    def lookup(self) -> Q:
        """The statements about it, under all names of a dataset."""
        if self.kind == "dataset":
            return Q(dataset__canonical=self.row.canonical_id, column=self.column)
        return Q(**{self.kind: self.row, "column": self.column})

    @property
    def key(self) -> tuple[str, int, str]:
        return (self.kind, self.row.pk, self.column)

    @property
    def canonical_key(self) -> tuple[str, int, str]:
        """Its key, also where `row` is some name of a dataset."""
        row = self.row
        pk = row.canonical_id if isinstance(row, Dataset) else row.pk
        return (self.kind, pk, self.column)

    @property
    def target(self) -> audit.Target:
        """How the journal names it."""
        return target_of(self.row)

    def __str__(self) -> str:
        inside = f", column {self.column}" if self.column else ""
        return f"{self.kind} {self.row}{inside}"

    @classmethod
    def of(cls, statement: Any) -> Self:
        """What an existing statement is about."""
        row = statement.subject_row
        kind = next(kind for kind, model in KINDS.items() if type(row) is model)
        return cls(kind, row, statement.column)


def target_of(row: Any) -> audit.Target:
    """How the journal names an asset or an entry of the vocabulary."""
    if isinstance(row, Dataset | Job):
        return audit.Target(row._meta.label_lower, (row.namespace.name, row.name))
    return audit.Target(row._meta.label_lower, (row.name,))


@dataclass(frozen=True, slots=True)
class Named:
    """A subject as people write it; `namespace` is empty but for datasets and jobs."""

    kind: str
    namespace: str
    name: str
    column: str = ""

    def __str__(self) -> str:
        whole = ":".join(filter(None, (self.namespace, self.name)))
        inside = f", column {self.column}" if self.column else ""
        return f"{self.kind} {whole}{inside}"


def find_subjects(
    wanted: list[Named], principal: Asker, actions: list[Action]
) -> list[Subject | Refused]:
    """The subjects that these names mean, or why not; a query or two for each kind.

    An asset is found by who may see it; one on which `principal` may not do each of
    `actions` is refused as such. Entries of the vocabulary are found by everybody, and
    any action on them takes the right to edit the glossary.
    """
    found: dict[tuple[str, str, str], Any] = {}
    allowed: dict[str, set[int]] = {}
    for kind in {each.kind for each in wanted}:
        if kind not in KINDS:
            continue
        names = {(n.namespace, n.name) for n in wanted if n.kind == kind}
        rows = _rows(kind, names, principal)
        found |= {(kind, *name): row for name, row in rows.items()}
        allowed[kind] = _allowed(kind, rows.values(), principal, actions)
    return [_found(each, found, allowed) for each in wanted]


def find_subject(named: Named, principal: Asker, actions: list[Action]) -> Subject:
    """The subject that a name means. Raises Refused."""
    [found] = find_subjects([named], principal, actions)
    if isinstance(found, Refused):
        raise found
    return found


def _found(
    named: Named,
    found: dict[tuple[str, str, str], Any],
    allowed: dict[str, set[int]],
) -> Subject | Refused:
    if named.kind not in KINDS:
        return Refused(
            f"There is no kind of asset {named.kind!r}; there are {', '.join(KINDS)}.",
            field="kind",
        )
    if named.column and named.kind != "dataset":
        return Refused("Only datasets have columns.", field="column")
    row = found.get((named.kind, named.namespace, named.name))
    if row is None:
        return Refused(f"There is no {named}, or none that you may see.", field="name")
    if row.pk not in allowed[named.kind]:
        return Refused(f"You may see {named}, but not change it.", field="name")
    return Subject(named.kind, row, named.column)


def _rows(
    kind: str, names: set[tuple[str, str]], principal: Asker
) -> dict[tuple[str, str], Any]:
    if kind in ENTRIES:
        entries = ENTRIES[kind].objects.current()
        wanted = entries.filter(name__in=[name for _, name in names])
        return {("", entry.name): entry for entry in wanted}
    model = ASSETS[kind]
    known = open_to(model, principal, Action.ASSET_VIEW)
    if kind == "namespace":
        spaces = known.visible().filter(name__in=[name for _, name in names])
        return {("", space.name): space for space in spaces}
    named = known.filter(
        namespace__name__in={namespace for namespace, _ in names},
        name__in={name for _, name in names},
    )
    if kind == "job":
        jobs = named.visible().select_related("namespace")
        return {(job.namespace.name, job.name): job for job in jobs}
    # Any of a dataset's names will do, and means the canonical one.
    canonical = {
        (namespace, name): pk
        for namespace, name, pk in named.values_list(
            "namespace__name", "name", "canonical"
        )
    }
    visible = known.visible().filter(pk__among=list(set(canonical.values())))
    rows = {row.pk: row for row in visible.select_related("namespace")}
    return {name: rows[pk] for name, pk in canonical.items() if pk in rows}


def _allowed(kind: str, rows: Any, principal: Asker, actions: list[Action]) -> set[int]:
    ids = [row.pk for row in rows]
    if kind in ENTRIES:
        is_open = isinstance(principal, System) or may(principal, Action.GLOSSARY_EDIT)
        return set(ids) if is_open or not actions else set()
    for action in actions:
        permitted = open_to(ASSETS[kind], principal, action)
        ids = list(permitted.filter(pk__among=ids).values_list("pk", flat=True))
    return set(ids)


def open_to(model: type[Any], principal: Asker, action: Action) -> Any:
    """The rows of a governed model on which `principal` may do `action`."""
    if isinstance(principal, System):
        return model.objects.unrestricted("the system itself curates")
    return model.objects.permitted(principal, action)
