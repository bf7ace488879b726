"""What do people say of an asset: itself, its columns, and what it inherits?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from catalog.curation.kinds import KINDS, VERDICT, kind_of
from catalog.models import (
    ComplianceDeclaration,
    Dataset,
    Domain,
    Job,
    Namespace,
    OnAsset,
    Ownership,
)

# What an asset has from its namespace where it says nothing itself.
FROM_NAMESPACE = ("domain", "owner", "environment", "tier")
COMPLIANCE = tuple(str(aspect) for aspect in ComplianceDeclaration.Aspect)


@dataclass
class Curated:
    """The statements about one asset, by kind; `columns` are about those, by name.

    `inherited` are, for each kind of which the asset says nothing itself, those of the
    nearest above it: its namespace, its domain, the domains around that. Each row tells
    by `subject_row` what it is about, and by `opened_in` who said it, when and why.
    """

    own: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    columns: dict[str, dict[str, list[Any]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    inherited: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def all(self, kind: str) -> list[Any]:
        """What holds of a kind: said of the asset itself, or else inherited."""
        return self.own.get(kind) or self.inherited.get(kind, [])

    def one(self, kind: str) -> Any | None:
        """What holds of a kind of which there is one at most."""
        return next(iter(self.all(kind)), None)

    def of_column(self, column: str, kind: str) -> list[Any]:
        return self.columns.get(column, {}).get(kind, [])

    def is_inherited(self, kind: str) -> bool:
        return not self.own.get(kind) and bool(self.inherited.get(kind))

    @property
    def description(self) -> str:
        row = self.one("description")
        return row.text if row else ""


def curated(
    assets: Iterable[Namespace | Dataset | Job],
    only: Collection[str] | None = None,
    *,
    recorded_at: datetime | None = None,
) -> dict[int, Curated]:
    """What people say of each of some assets of one kind, by primary key.

    Datasets are canonical ones. With `only`, those kinds of statements alone. With
    `recorded_at`, what was said then. The number of queries follows the number of
    kinds, never that of assets.
    """
    shown = list(assets)
    found = {asset.pk: Curated() for asset in shown}
    if not shown:
        return found
    wanted = set(only) if only is not None else {*KINDS, VERDICT.name}
    is_dataset, is_job = isinstance(shown[0], Dataset), isinstance(shown[0], Job)
    spaces: dict[int, list[int]] = defaultdict(list)
    for asset in shown:
        space = asset.pk if isinstance(asset, Namespace) else asset.namespace_id
        spaces[space].append(asset.pk)
    about = Q(namespace__among=list(spaces))
    if is_dataset:
        about |= Q(dataset__canonical__among=list(found))
    if is_job:
        about |= Q(job__among=list(found))
    of_spaces: dict[int, Curated] = defaultdict(Curated)
    for kind, row in _rows(about, wanted, recorded_at):
        if row.namespace_id is not None:
            of_spaces[row.namespace_id].own[kind].append(row)
            continue
        holder = found[row.dataset.canonical_id if is_dataset else row.job_id]
        if row.column:
            holder.columns[row.column][kind].append(row)
        else:
            holder.own[kind].append(row)
    for space, ids in spaces.items():
        for pk in ids:
            if is_dataset or is_job:
                _inherit(found[pk], of_spaces[space], FROM_NAMESPACE)
                _inherit(found[pk], of_spaces[space], COMPLIANCE)
            else:
                found[pk] = of_spaces[space]
    _inherit_from_domains(list(found.values()), wanted, recorded_at)
    return found


def said_of_entry(row: Any, *, recorded_at: datetime | None = None) -> Curated:
    """What people say of a domain, data product or term: owners and declarations."""
    told = Curated()
    level = "product" if row._meta.model_name == "dataproduct" else row._meta.model_name
    models: list[type[OnAsset]] = [Ownership]
    if level == "domain":
        models.append(ComplianceDeclaration)
    for model in models:
        rows: Any = model._default_manager.filter(**{level: row})
        for each in _dated(rows, recorded_at).select_related(*_related(model)):
            told.own[kind_of(each).name].append(each)
    return told


def around(name: str) -> list[str]:
    """A domain's name and those of the domains around it, nearest first."""
    parts = name.split(Domain.SEPARATOR)
    return [Domain.SEPARATOR.join(parts[:end]) for end in range(len(parts), 0, -1)]


def _inherit_from_domains(
    all_curated: list[Curated], wanted: set[str], recorded_at: datetime | None
) -> None:
    kinds = wanted.intersection({"owner", *COMPLIANCE})
    placed = [
        (each, around(placement.domain.name))
        for each in all_curated
        if kinds and (placement := each.one("domain"))
    ]
    names = {name for _, chain in placed for name in chain}
    if not names:
        return
    by_domain: dict[str, Curated] = defaultdict(Curated)
    for kind, row in _rows(Q(domain__name__in=names), kinds, recorded_at):
        if row.domain_id is not None:
            by_domain[row.domain.name].own[kind].append(row)
    for each, chain in placed:
        for name in chain:
            _inherit(each, by_domain[name], kinds)


def _inherit(below: Curated, above: Curated, kinds: Iterable[str]) -> None:
    for kind in kinds:
        if not below.all(kind) and above.own.get(kind):
            below.inherited[kind] = list(above.own[kind])


def _rows(
    about: Q, wanted: set[str], recorded_at: datetime | None
) -> Iterator[tuple[str, Any]]:
    """The statements about something, in the order in which they were made."""
    kinds = [kind for kind in (*KINDS.values(), VERDICT) if kind.name in wanted]
    for model in dict.fromkeys(kind.model for kind in kinds):
        rows = _dated(model._default_manager.filter(about), recorded_at)
        ordered = rows.select_related(*_related(model)).order_by("recorded_from", "pk")
        for row in ordered:
            name = kind_of(row).name
            if name in wanted:
                yield name, row


def _dated(rows: Any, recorded_at: datetime | None) -> Any:
    if recorded_at is None:
        return rows.filter(recorded_to=None)
    return rows.as_recorded_at(recorded_at)


def _related(model: type[OnAsset]) -> list[str]:
    """What is read along with a statement: what it names, is about, and who said it."""
    names = [f.name for f in model._meta.fields if f.many_to_one]
    names = [name for name in names if name != "closed_in"]
    deep = ("dataset", "job", "successor_dataset", "successor_job")
    return [
        *(f"{name}__namespace" if name in deep else name for name in names),
        "opened_in__actor",
    ]
