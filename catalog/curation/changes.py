"""What did one act of curation change, who may be told, and who may undo it?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import (
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast

from catalog.curation.effects import related
from catalog.curation.entries import action_of, model_of
from catalog.curation.kinds import KINDS, VERDICT, kind_of
from catalog.curation.subjects import ASSETS, Subject
from catalog.curation.successors import conceal_successors
from catalog.hidden_columns import LINEAGE, about_shown_columns
from catalog.models import (
    Change,
    Dataset,
    Declared,
    Domain,
    Job,
    Namespace,
    OnAsset,
    ProposalVerdict,
    Revision,
    TagAssignment,
    Term,
    TermLink,
)
from policies import access
from policies.access import Someone
from policies.actions import Action

# How much a change set and ended, by what it is called.
type Summed = Counter[tuple[str, str]]

LINES = 500  # that are told of one change
CHANGES_AT_ONCE = 50
# How many are looked through for one part of a list: more of those nobody may tell of.
LOOKED_THROUGH = (CHANGES_AT_ONCE, 250, 700)
# What an entry is known by, of what its revisions say.
UNTOLD = ("is_retired",)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a change says: of an asset, or of a word of the vocabulary."""

    what: str  # the kind of statement, or of entry
    level: str  # "dataset", "column", "domain" …
    row: Any  # what it is about
    column: str
    before: str
    after: str
    detail: str = ""

    @property
    def key(self) -> tuple[str, Any, str, str]:
        return (self.level, self.row.pk, self.column, self.what)


@dataclass
class Told:
    """A change as somebody is told of it; not even how much is hidden is told."""

    lines: list[Line] = field(default_factory=list)
    more: int = 0  # lines that may be told, beyond LINES


def declared_models() -> Iterator[type[Declared]]:
    """Every table whose rows a change opens and closes, those of other apps too."""
    return (model for model in apps.get_models() if issubclass(model, Declared))


def tell(change: Change, principal: Someone) -> Told:
    """What a change said and took back, as far as `principal` may see it."""
    told = Told()
    for model in declared_models():
        seen = _told_rows(model, [change.pk], principal)
        visible = seen.count()
        room = LINES - len(told.lines)
        if visible and room > 0:
            part = _whole(seen, model).order_by("pk")[:room]
            some = conceal_successors(part, principal)
            told.more += visible - len(some)
            told.lines += _lines(change, some)
        else:
            told.more += visible
    return told


def is_told_to(change: Change, principal: Someone) -> bool:
    """Whether `principal` may know of a change: of any part of it.

    If so, its `told_summary` is set.
    """
    known = _known([change], principal)
    _summarize([change], known)
    return bool(known)


def latest(
    principal: Someone, *, after: int | None = None, **sought: Any
) -> tuple[list[Change], int | None]:
    """The changes of which `principal` may know, latest first, and where to go on.

    `sought` are lookups of Change. At most so many are looked through; then the place
    to go on is told although fewer were found.
    """
    rows = Change.objects.filter(**sought).select_related("actor", "undone_by")
    rows = rows.select_related("undoes").order_by("-pk")
    found: list[Change] = []
    for number in LOOKED_THROUGH:
        part = list((rows.filter(pk__lt=after) if after else rows)[:number])
        known = _known(part, principal)
        _summarize(part, known)
        for change in part:
            if change.pk in known:
                found.append(change)
            after = change.pk
            if len(found) == CHANGES_AT_ONCE:
                return found, after
        if len(part) < number:
            return found, None
    return found, after


def about(
    asset: Namespace | Dataset | Job, most: int, principal: Someone
) -> list[Change]:
    """The latest changes of what is said of an asset or its columns.

    Those of columns that `principal` may not know of are left out.
    """
    level = next(kind for kind, model in ASSETS.items() if isinstance(asset, model))
    holder = "dataset__canonical" if level == "dataset" else level
    ids: list[QuerySet[Any, Any]] = []
    for model in declared_models():
        if issubclass(model, OnAsset):
            rows = model._default_manager.filter(**{holder: asset})
            rows = rows.filter(_of_shown_columns(model, principal))
            ids += [rows.values("opened_in"), rows.values("closed_in")]
    known = Q()
    for each in ids:
        known |= Q(pk__in=each)
    changes = Change.objects.filter(known).select_related("actor", "undone_by")
    latest = list(changes.select_related("undoes").order_by("-pk")[:most])
    _summarize(latest, _known(latest, principal))
    return latest


def why_not_undone_by(change: Change, principal: Someone) -> str:
    """Why `principal` has not the rights to undo a change; empty if they have them.

    Each thing that it touches needs the right that saying it would need.
    """
    for model in declared_models():
        rows = _touched(model, [change.pk])
        if issubclass(model, Revision):
            for kind in set(rows.values_list("kind", flat=True)):
                if not access.may(principal, action_of(model_of(kind))):
                    return f"Undoing it needs the right {action_of(model_of(kind))}."
            continue
        total = rows.count()
        if total and not _names_assets(model):
            if not access.may(principal, model.said_by):
                return f"Undoing it needs the right {model.said_by}."
            continue
        if total and total > rows.filter(_may_say(model, principal)).count():
            return "It changed something that you may not change. Ask somebody who may."
    return ""


def _touched(model: type[Declared], changes: list[int]) -> QuerySet[Any, Any]:
    return model._default_manager.filter(
        Q(opened_in__in=changes) | Q(closed_in__in=changes)
    )


def _whole(rows: QuerySet[Any, Any], model: type[Declared]) -> QuerySet[Any, Any]:
    if issubclass(model, OnAsset):
        return rows.select_related(*related(model))
    return rows.select_related(*model.told_with) if model.told_with else rows


def _known(changes: list[Change], principal: Someone) -> dict[int, Summed | None]:
    """Those of some changes of which `principal` may know, by primary key.

    With each goes what it set and ended, as far as they may know; None is all of it.
    """
    ids = [change.pk for change in changes]
    if not ids:
        return {}
    if access.namespace_scope(principal, Action.ASSET_VIEW).is_everything:
        return dict.fromkeys(ids)
    parts = [
        _told_rows(model, ids, principal)
        .filter(**{f"{side}__in": ids})
        .order_by()
        .values_list(side, _sort(model), Value(model._meta.label), Value(done))
        .annotate(number=Count("pk"))
        for model in declared_models()
        for side, done in (("opened_in", "set"), ("closed_in", "ended"))
    ]
    found: dict[int, Summed | None] = {}
    for pk, sort, label, done, number in parts[0].union(*parts[1:], all=True):
        summed = found.setdefault(pk, Counter())
        assert summed is not None
        summed[_word(apps.get_model(label), sort), done] += number
    return found


def _told_rows(
    model: type[Declared], changes: list[int], principal: Someone
) -> QuerySet[Any, Any]:
    """What changes touched of a table, as far as `principal` may know of it."""
    permitted = _about_permitted(model, principal, Action.ASSET_VIEW)
    shown = _of_shown_columns(model, principal)
    return _touched(model, changes).filter(permitted).filter(shown)


def _summarize(changes: list[Change], known: dict[int, Summed | None]) -> None:
    """Set `told_summary`; who may not know of all is told of no more than they may."""
    for change in changes:
        if change.pk in known:
            summed = known[change.pk]
            change.told_summary = (
                change.summary if summed is None else _in_words(summed)
            )


def _in_words(summed: Summed) -> str:
    told = []
    for what in sorted({what for what, _ in summed}):
        both = [(summed[what, done], done) for done in ("set", "ended")]
        parts = ", ".join(f"{number} {done}" for number, done in both if number)
        told.append(f"{what[0].upper()}{what[1:]}: {parts}.")
    return " ".join(told)


def _sort(model: type[Declared]) -> Any:
    """What tells the kinds apart of which a table keeps several."""
    names = {
        name for kind in KINDS.values() if kind.model is model for name in kind.fixed
    }
    if issubclass(model, Revision):
        names = {"kind"}
    return Cast(F(names.pop()) if names else Value(""), TextField())


def _word(model: Any, sort: str) -> str:
    """What people call the statements of one sort."""
    for kind in (*KINDS.values(), VERDICT):
        if kind.model is model and (not sort or sort in kind.fixed.values()):
            return kind.label
    return sort or str(model._meta.verbose_name)


def _about_permitted(model: type[Declared], principal: Someone, action: Action) -> Q:
    """Rows about assets on which `principal` may do `action`, or about words."""
    if issubclass(model, Revision):
        return Q()
    permitted = Q()
    is_other = Q()
    for each in model._meta.fields:
        target: Any = each.related_model
        if target not in ASSETS.values() or each.name.startswith("successor"):
            continue
        # Asked of each row, by primary key: as a set it would be all of the catalog.
        path = f"{each.name}__canonical" if target is Dataset else each.name
        rows = target.objects.permitted(principal, action)
        allowed = Q(Exists(rows.filter(pk=OuterRef(path))))
        empty = Q(**{each.name: None})
        if issubclass(model, OnAsset):
            permitted |= allowed  # about one of them
            is_other &= empty
        else:
            permitted &= allowed | empty  # about all of them
    if issubclass(model, OnAsset):
        return permitted | is_other
    if action == Action.ASSET_VIEW:
        # What flows from where to where takes the right to see lineage, too.
        permitted &= _about_permitted(model, principal, model.told_to)
    return permitted


def _of_shown_columns(model: type[Declared], principal: Someone) -> Q:
    """Rows that are about no column which `principal` may not know of."""
    if issubclass(model, Revision):
        return Q()
    if issubclass(model, OnAsset):
        return about_shown_columns(principal)
    shown = Q()
    for dataset, column in model.told_columns:
        shown &= about_shown_columns(principal, dataset, column, LINEAGE)
    return shown


def _names_assets(model: type[Declared]) -> bool:
    """Whether rows of a table are about assets, rather than about words alone."""
    return any(each.related_model in ASSETS.values() for each in model._meta.fields)


def _may_say(model: type[Declared], principal: Someone) -> Q:
    """Rows of a table that `principal` may say and take back."""
    if not issubclass(model, OnAsset):
        # What flows from where to where, for one, which lies in the app above.
        return _about_permitted(model, principal, model.said_by)
    words = Q()
    for level in ASSETS:
        words &= Q(**{level: None})

    def by(action: Action) -> Q:
        return _about_permitted(model, principal, action) & ~words

    if model in (TagAssignment, TermLink):
        allowed = by(Action.ASSET_TAG)
    elif model is ProposalVerdict:
        is_tag = Q(aspect=ProposalVerdict.Aspect.TAG)
        allowed = (is_tag & by(Action.ASSET_TAG)) | (~is_tag & by(Action.ASSET_EDIT))
    else:
        allowed = by(Action.ASSET_EDIT)
    if access.may(principal, Action.GLOSSARY_EDIT):
        allowed |= words
    return allowed


def _lines(change: Change, rows: list[Any]) -> list[Line]:
    """What rows opened and closed say; a value that took another's place as one."""
    lines: dict[Any, Line] = {}
    names = _names() if any(isinstance(row, Revision) for row in rows) else {}
    for row in rows:
        is_opened = row.opened_in_id == change.pk
        is_closed = row.closed_in_id == change.pk
        is_word = isinstance(row, Revision)
        for told in _revised(row, names) if is_word else [_said(row)]:
            key, what, level, about, column, value, detail = told
            before = lines.get(key)
            lines[key] = Line(
                what,
                level,
                about,
                column,
                value if is_closed else (before.before if before else ""),
                value if is_opened else (before.after if before else ""),
                detail or (before.detail if before else ""),
            )
    return [line for line in lines.values() if line.before != line.after]


def _said(row: Any) -> tuple[Any, ...]:
    if not isinstance(row, OnAsset):
        label = str(row._meta.verbose_name)
        return (row.pk, label, label, row, "", str(row), "")
    kind, subject = kind_of(row), Subject.of(row)
    holder = subject.row
    pk = holder.canonical_id if isinstance(holder, Dataset) else holder.pk
    key = (kind.name, subject.kind, pk, subject.column, kind.identity_of(row))
    value, detail = kind.value(row), kind.detail(row)
    if isinstance(row, ProposalVerdict):
        aspect, _, content = detail.partition(":")
        detail = aspect if content.startswith("sha256:") else f"{aspect} {content}"
    return (key, kind.label, subject.level, holder, subject.column, value, detail)


def _names() -> dict[str, dict[int, str]]:
    """What the numbers in revisions stand for."""
    return {
        "domain": dict(Domain.objects.values_list("pk", "name")),
        "related": dict(Term.objects.values_list("pk", "name")),
    }


def _revised(
    row: Revision, names: dict[str, dict[int, str]]
) -> Iterator[tuple[Any, ...]]:
    """The facts of one definition of an entry, each by itself."""
    label = row.get_kind_display()
    entry = model_of(row.kind)(pk=row.entry_id, name=row.body.get("name", ""))
    key = ("revision", row.kind, row.entry_id)
    state = "retired" if row.body.get("is_retired") else "in use"
    yield ((*key, ""), label, row.kind, entry, "", state, "")
    for fact, value in row.body.items():
        if fact in UNTOLD or value in (None, "", []):
            continue
        parts = value if isinstance(value, list) else [value]
        known = names.get(fact, {})
        text = "; ".join(str(known.get(part, part)) for part in parts)
        told = fact.replace("_", " ")
        yield ((*key, fact), f"{label}: {told}", row.kind, entry, "", text, "")
