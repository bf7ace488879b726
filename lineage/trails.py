"""What does an entry of the journal tell this reader, and what does it keep back?

Whoever may read the journal reads every act. What an act was done to is another
question: an asset that the reader may not see is named nowhere, not even here. Of an
entry about one, the kind is told, and neither its name nor what changed nor why.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import reverse

from catalog.hidden_columns import LINEAGE
from catalog.models import Dataset, Job, Namespace
from lineage.reader import Reader
from policies import access, journal
from policies.actions import Action
from policies.audit import Target
from policies.compiler.column_denies import column_denies
from policies.journal import Cursor, Sought
from policies.models import Group, JournalEntry, Principal

DATASET, JOB, NAMESPACE = "catalog.dataset", "catalog.job", "catalog.namespace"
MODELS: dict[str, Any] = {DATASET: Dataset, JOB: Job, NAMESPACE: Namespace}
PRINCIPAL, GROUP = "policies.principal", "policies.group"
EVENT = "lineage.event"
# A time as the journal writes it; people need no fraction of a second.
INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::(?!00)\d\d)?)[\d:.]*Z$")
# Whose changes say names of datasets without saying so.
ALIAS_RULE = "lineage.aliasrule"
# What people say of an asset: those who may edit it see these acts in its trail. Who
# shared it with whom and who took what away is for those who read the journal.
CURATION = frozenset(
    {
        *("attribute", "change", "declaration", "description", "output", "owner"),
        *("placement", "property", "proposal", "tag", "term", "ticket"),
        *("dataset", "job", "manual_lineage", "expectation", "incident"),
    }
)

type Named = Principal | Group


class Party(NamedTuple):
    """Who acted: a principal, whatever became of it, the system, or a stranger."""

    kind: str
    id: UUID | None = None
    name: str = ""
    username: str = ""

    def __str__(self) -> str:
        if self.kind == "principal":
            return self.name or str(self.id)
        return "the system" if self.kind == "system" else "somebody anonymous"


@dataclass(frozen=True, slots=True)
class ToldTarget:
    """What an act was done to. Of what is withheld, `key` is empty."""

    kind: str
    key: tuple[str, ...]
    is_withheld: bool = False
    url: str = ""
    name: str = ""

    @property
    def word(self) -> str:
        """`dataset`, `alias rule` …"""
        noun = self.kind.rpartition(".")[2]
        return WORDS.get(noun, noun.replace("_", " "))

    @property
    def within(self) -> str:
        """The namespace of an asset."""
        return self.key[0] if self.kind in (DATASET, JOB) and len(self.key) > 1 else ""


WORDS = {
    "aliasrule": "alias rule",
    "objectshare": "share",
    "tagassignment": "tag",
    "dataproduct": "data product",
    "manualedge": "manual edge",
    "propertydefinition": "property",
}


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A field, and its value before and after; of a single fact, the latter alone."""

    field: str
    after: Any
    before: Any = None
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class ToldEntry:
    id: UUID
    recorded_at: datetime
    act: str
    actor: Party
    on_behalf_of: Party | None
    target: ToldTarget
    reason: str
    changes: dict[str, Any]
    request_id: str
    is_withheld: bool
    told: list[ToldChange] = field(default_factory=list)

    @property
    def title(self) -> str:
        """`Grant given`."""
        return self.act.replace(".", " ").replace("_", " ").capitalize()


def tell(
    entries: Sequence[JournalEntry], reader: Reader, *, is_by_name: bool = False
) -> list[ToldEntry]:
    """Tell entries to a reader; the queries are of a fixed number.

    Of an act on a hidden column, what it was done to is withheld, and so is a hidden
    asset that an act is about as well. Where entries were asked for by name
    (`is_by_name`), that would tell of them: there these are left out.
    """
    records = [entry.record for entry in entries]
    named = [list(_assets_of(record)) for record in records]
    assets = {asset for some in named for asset in some}
    seen = _seen(assets, reader)
    linked = _linked(assets & seen, reader)
    people = _people(records)
    hidden = _about_hidden_columns(records, reader)
    return [
        _withheld(entry, record, people)
        if index in hidden
        else _tell(entry, record, seen, linked, people)
        for index, (entry, record) in enumerate(zip(entries, records, strict=True))
        if not (is_by_name and (index in hidden or not seen.issuperset(named[index])))
    ]


def part(
    sought: Sought, after: Cursor | None, size: int, reader: Reader
) -> tuple[list[ToldEntry], Cursor | None]:
    """So many entries as the reader is told of them, and the place where more begin.

    None is the end. What is left out leaves no gap.
    """
    told: list[ToldEntry] = []
    while len(told) <= size:
        rows = journal.part(sought, after, size + 1)
        told += tell(rows, reader, is_by_name=sought.targets is not None)
        if len(rows) <= size:
            break
        after = Cursor.of(rows[-1])
    if len(told) <= size or not size:
        return told[:size], None
    last = told[size - 1]
    return told[:size], Cursor(last.recorded_at, last.id)


def may_be_told(target: Target, reader: Reader) -> bool:
    """Whether entries about a target may be asked for by its name."""
    return target.kind not in MODELS or target in _seen({target}, reader)


def trail_of(asset: Dataset | Job) -> frozenset[Target]:
    """What an asset is called in the journal; a dataset comes from `with_names()`."""
    if isinstance(asset, Job):
        return frozenset({Target(JOB, (asset.namespace.name, asset.name))})
    return frozenset(
        Target(DATASET, (name.namespace.name, name.name)) for name in asset.names.all()
    )


def as_json(entry: ToldEntry) -> dict[str, Any]:
    """An entry for programs."""

    def party(one: Party | None) -> dict[str, Any] | None:
        if one is None:
            return None
        known = {"id": str(one.id), "name": one.name} if one.id else {}
        return {"kind": one.kind, **known}

    target: dict[str, Any] = {"kind": entry.target.kind, "key": list(entry.target.key)}
    if entry.target.is_withheld:
        target["key"] = None
    return {
        "id": str(entry.id),
        "recordedAt": entry.recorded_at.isoformat().replace("+00:00", "Z"),
        "act": entry.act,
        "actor": party(entry.actor),
        "onBehalfOf": party(entry.on_behalf_of),
        "target": target,
        "reason": entry.reason or None,
        "changes": entry.changes,
        "requestId": entry.request_id,
        "withheld": entry.is_withheld,
    }


def _tell(
    entry: JournalEntry,
    record: Mapping[str, Any],
    seen: Collection[Target],
    linked: Collection[Target],
    people: Mapping[str, Named],
) -> ToldEntry:
    target = Target(entry.target_kind, tuple(record["target"]["key"]))
    hides_target = target.kind in MODELS and target not in seen
    named = [asset for asset in _assets_of(record) if asset != target]
    hides_named = any(asset not in seen for asset in named)
    is_withheld = hides_target or (target.kind == ALIAS_RULE and hides_named)
    changes = {} if is_withheld else _kept(record["changes"], seen)
    if hides_named:
        # What else is said there may be of the hidden one: its columns, for instance.
        changes = {name: told for name, told in changes.items() if _names_asset(told)}
    behind = record["on_behalf_of"]
    return ToldEntry(
        id=entry.id,
        recorded_at=entry.recorded_at,
        act=entry.act,
        actor=_party(record["actor_kind"], record["actor"], people),
        on_behalf_of=_party("principal", behind, people) if behind else None,
        target=ToldTarget(target.kind, (), is_withheld=True)
        if hides_target
        else _told_target(target, linked, people),
        reason="" if is_withheld or hides_named else record["reason"] or "",
        changes=changes,
        request_id=entry.request_id,
        is_withheld=is_withheld,
        told=[
            _change(name, value, people)
            for name, value in changes.items()
            if value is not None
        ],
    )


def _withheld(
    entry: JournalEntry, record: Mapping[str, Any], people: Mapping[str, Named]
) -> ToldEntry:
    """That something was done, and by whom."""
    behind = record["on_behalf_of"]
    return ToldEntry(
        id=entry.id,
        recorded_at=entry.recorded_at,
        act=entry.act,
        actor=_party(record["actor_kind"], record["actor"], people),
        on_behalf_of=_party("principal", behind, people) if behind else None,
        target=ToldTarget(record["target"]["kind"], (), is_withheld=True),
        reason="",
        changes={},
        request_id=entry.request_id,
        is_withheld=True,
    )


def _about_hidden_columns(
    records: Sequence[Mapping[str, Any]], reader: Reader
) -> set[int]:
    """Which of the entries, by their place, name columns hidden from the reader."""
    if not column_denies(reader.principal, *LINEAGE):
        return set()
    named = {index: list(_columns_in(one)) for index, one in enumerate(records)}
    wanted = {target for pairs in named.values() for target, _ in pairs}
    rows = Dataset.objects.unrestricted("what is hidden is to be told apart").filter(
        namespace__name__in={target.key[0] for target in wanted},
        name__in={target.key[1] for target in wanted},
    )
    found = rows.values_list("namespace__name", "name", "canonical")
    ids = {Target(DATASET, (space, name)): pk for space, name, pk in found}
    hidden = reader.hidden_columns(set(ids.values()), lineage=True)
    return {
        index
        for index, pairs in named.items()
        if any(t in ids and hidden.hides(ids[t], column) for t, column in pairs)
    }


def _columns_in(record: Mapping[str, Any]) -> Iterator[tuple[Target, str]]:
    """The columns that an entry names, each with its dataset."""
    target = Target(record["target"]["kind"], tuple(record["target"]["key"]))
    changes = record["changes"]
    for name, end in (("column", ""), ("from_column", "from"), ("to_column", "to")):
        other = changes.get(end)
        of = _asset(other) if isinstance(other, dict) else target
        column = changes.get(name)
        if of is not None and isinstance(column, str) and len(of.key) == 2:
            yield of, column


def _told_target(
    target: Target, linked: Collection[Target], people: Mapping[str, Named]
) -> ToldTarget:
    name = target.key[-1] if target.key else ""
    url = ""
    if target in linked:
        route = "dataset-detail" if target.kind == DATASET else "job-detail"
        url = reverse(route, args=target.key)
    elif target.kind in (PRINCIPAL, GROUP) and name in people:
        name = str(people[name])
    elif target.kind == EVENT and len(name) == 64:
        url = reverse("event-detail", args=[name])
        name = name[:12]
    return ToldTarget(target.kind, target.key, url=url, name=name)


def _change(name: str, value: Any, people: Mapping[str, Named]) -> ToldChange:
    label = name.replace("_", " ")
    if isinstance(value, list) and len(value) == 2:
        before, after = (_spell(one, people) for one in value)
        return ToldChange(label, after, before, is_change=True)
    return ToldChange(label, _spell(value, people))


def _spell(value: Any, people: Mapping[str, Named]) -> str:
    """A value of the journal for people; empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str() if value in people:
            return str(people[value])
        case str():
            return INSTANT.sub(r"\1 \2 UTC", value)
        case list():
            return ", ".join(_spell(one, people) for one in value)
        case {"kind": str(kind), "key": list(key)} if len(value) == 2:
            where = " in ".join(reversed(key))
            return f"{ToldTarget(kind, ()).word} {where}"
        case {"kind": str(kind), "withheld": True}:
            return f"a {ToldTarget(kind, ()).word} that you may not see"
        case dict():
            parts = (f"{key}: {_spell(one, people)}" for key, one in value.items())
            return "; ".join(parts)
    return str(value)


def _party(kind: str, public_id: str | None, people: Mapping[str, Named]) -> Party:
    if public_id is None:
        return Party(kind)
    known = people.get(public_id)
    return Party(
        "principal",
        UUID(public_id),
        str(known) if known else "",
        known.username if isinstance(known, Principal) else "",
    )


def _assets_of(record: Mapping[str, Any]) -> Iterator[Target]:
    """Every asset that an entry names."""
    target = record["target"]
    if target["kind"] in MODELS:
        yield Target(target["kind"], tuple(target["key"]))
    if target["kind"] == ALIAS_RULE:
        yield from _assets_of_rule(record["changes"])
    pending = list(record["changes"].values())
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            if (asset := _asset(value)) is not None:
                yield asset
            else:
                pending += value.values()


def _assets_of_rule(changes: Mapping[str, Any]) -> Iterator[Target]:
    for prefix in ("", "other_"):
        namespace, name = (
            changes.get(f"{prefix}{end}") for end in ("namespace", "name")
        )
        if namespace and name:
            yield Target(DATASET, (namespace, name))
        elif namespace:
            yield Target(NAMESPACE, (namespace,))


def _asset(value: Mapping[str, Any]) -> Target | None:
    """The asset that a value names, as `audit` writes a Target."""
    kind, key = value.get("kind"), value.get("key")
    if value.keys() == {"kind", "key"} and kind in MODELS and isinstance(key, list):
        return Target(kind, tuple(key))
    return None


def _names_asset(value: Any) -> bool:
    """Whether a value holds assets, be they named or withheld."""
    if isinstance(value, list):
        return any(_names_asset(one) for one in value)
    if not isinstance(value, dict):
        return False
    if value.get("kind") in MODELS and ("withheld" in value or "key" in value):
        return True
    return any(_names_asset(one) for one in value.values())


def _kept(value: Any, seen: Collection[Target]) -> Any:
    """The value, with assets that the reader may not see made nameless."""
    if isinstance(value, list):
        return [_kept(one, seen) for one in value]
    if not isinstance(value, dict):
        return value
    asset = _asset(value)
    if asset is not None and asset not in seen:
        return {"kind": asset.kind, "withheld": True}
    return {key: _kept(one, seen) for key, one in value.items()}


def _seen(assets: Collection[Target], reader: Reader) -> set[Target]:
    """Those that the reader may see; where there is no row, by the namespace."""
    scope = access.namespace_scope(reader.principal, Action.ASSET_VIEW)
    found: set[Target] = set()
    for kind, model in MODELS.items():
        wanted = {a for a in assets if a.kind == kind and len(a.key) == _width(kind)}
        if not wanted:
            continue
        visible = model.objects.permitted_by_name(reader.principal, Action.ASSET_VIEW)
        everything = model.objects.unrestricted("what is hidden is to be told apart")
        shown = _named(visible, kind, wanted)
        there = _named(everything, kind, wanted - shown)
        found |= shown
        found |= {a for a in wanted - shown - there if scope.allows(a.key[0])}
    return found


def _linked(assets: Collection[Target], reader: Reader) -> set[Target]:
    """Those of the datasets and jobs that have a page now."""
    found: set[Target] = set()
    datasets = {asset for asset in assets if asset.kind == DATASET}
    if datasets:
        shown = reader.datasets.values("pk")
        found |= _named(reader.names.filter(canonical__in=shown), DATASET, datasets)
    jobs = {asset for asset in assets if asset.kind == JOB}
    return found | (_named(reader.jobs, JOB, jobs) if jobs else set())


def _named(rows: Any, kind: str, wanted: Collection[Target]) -> set[Target]:
    if not wanted:
        return set()
    if kind == NAMESPACE:
        names = rows.filter(name__in=[asset.key[0] for asset in wanted])
        return {Target(kind, (name,)) for name in names.values_list("name", flat=True)}
    keys = rows.filter(
        namespace__name__in={asset.key[0] for asset in wanted},
        name__in={asset.key[1] for asset in wanted},
    ).values_list("namespace__name", "name")
    return {Target(kind, key) for key in keys} & set(wanted)


def _width(kind: str) -> int:
    return 1 if kind == NAMESPACE else 2


def _people(records: Iterable[Mapping[str, Any]]) -> dict[str, Named]:
    """The principals and groups that entries name by public id, anywhere."""
    ids: set[UUID] = set()
    for record in records:
        pending: list[Any] = [record["actor"], record["on_behalf_of"]]
        pending += [record["target"]["key"], record["changes"]]
        while pending:
            value = pending.pop()
            if isinstance(value, (list, dict)):
                pending += value.values() if isinstance(value, dict) else value
            elif isinstance(value, str) and (found := _uuid(value)):
                ids.add(found)
    if not ids:
        return {}
    principals = Principal.objects.filter(public_id__in=ids)
    groups = Group.objects.filter(public_id__in=ids)
    return {str(one.public_id): one for one in (*principals, *groups)}


def _uuid(text: str) -> UUID | None:
    if len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
