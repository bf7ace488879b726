"""What do lines of text say of assets, line by line, and why can some not be said?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from catalog.curation.effects import Saying
from catalog.curation.faults import Refused
from catalog.curation.kinds import Kind, Written, kind_named, property_named
from catalog.curation.subjects import Asker, Named, Subject, System, find_subjects
from catalog.hidden_columns import hidden_columns
from catalog.models import Column, PropertyValue
from policies.actions import Action
from policies.compiler.column_denies import column_denies

SET, REMOVE = "set", "remove"
ACTIONS = (SET, REMOVE)
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """One statement as people write it in a file or a request; texts may be empty.

    `action` is `set` (or empty) or `remove`: with a value that alone is taken back,
    without one all of the aspect.
    """

    kind: str
    namespace: str
    name: str
    column: str
    aspect: str
    value: str
    detail: str = ""
    action: str = ""

    @property
    def named(self) -> Named:
        """What it is about. A namespace can be named in either place."""
        kind = self.kind.strip().lower()
        if kind == "namespace":
            return Named(kind, "", self.name or self.namespace, self.column)
        return Named(kind, self.namespace, self.name, self.column)


def plan(lines: Sequence[Line], asker: Asker) -> list[Saying | Refused]:
    """What each line says, or why it cannot be said.

    Whoever asks needs the right of each aspect on each asset. The number of queries
    follows the number of different values, not that of lines.
    """
    kinds = [_kind_of(line) for line in lines]
    by_action: dict[Action, set[Named]] = defaultdict(set)
    for line, kind in zip(lines, kinds, strict=True):
        if isinstance(kind, Kind):
            by_action[kind.action].add(line.named)
    subjects: dict[tuple[Action, Named], Subject | Refused] = {}
    for action, wanted in by_action.items():
        ordered = sorted(wanted, key=lambda n: (n.kind, n.namespace, n.name, n.column))
        for start in range(0, len(ordered), AT_ONCE):
            part = ordered[start : start + AT_ONCE]
            found = find_subjects(part, asker, [action])
            subjects |= zip(((action, named) for named in part), found, strict=True)
    columns = _columns_of(subjects.values(), asker)
    read = _Reader(asker)
    planned: list[Saying | Refused] = []
    for line, kind in zip(lines, kinds, strict=True):
        try:
            if isinstance(kind, Refused):
                raise kind
            subject = subjects[(kind.action, line.named)]
            if isinstance(subject, Refused):
                raise subject
            _refuse_hidden(subject, columns, asker)
            planned.append(_saying(line, kind, subject, columns, read))
        except Refused as refusal:
            planned.append(refusal)
    return planned


class _Reader:
    """Reads values; the same one of the same kind of subject once."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self.known: dict[tuple[str, ...], dict[str, Any] | Refused] = {}

    def fields(self, kind: Kind, subject: Subject, line: Line) -> dict[str, Any]:
        written = Written(line.value, line.detail, self.asker)
        if kind.name == "lifecycle" and line.detail:
            return kind.fields_of(subject, written)  # a successor of this very asset
        key = (kind.name, subject.level, line.value, line.detail)
        if key not in self.known:
            try:
                self.known[key] = kind.fields_of(subject, written)
            except Refused as refusal:
                self.known[key] = refusal
        found = self.known[key]
        if isinstance(found, Refused):
            raise found
        return found


def _kind_of(line: Line) -> Kind | Refused:
    try:
        _refuse_unfit(line)
        return kind_named(line.aspect.strip().lower())
    except Refused as refusal:
        return refusal


def _refuse_unfit(line: Line) -> None:
    for field in ("kind", "namespace", "name", "column", "aspect", "value", "detail"):
        text = getattr(line, field)
        if "\0" in text:
            raise Refused(f"The {field} holds a NUL character.", field=field)
        if field != "value" and len(text) > AT_ONCE:
            raise Refused(
                f"The {field} has {len(text)} characters; the most is {AT_ONCE}.",
                field=field,
            )
    if (line.action.strip().lower() or SET) not in ACTIONS:
        raise Refused(
            f"An action is one of {', '.join(ACTIONS)}, not {line.action!r}.",
            field="action",
        )


def _saying(
    line: Line,
    kind: Kind,
    subject: Subject,
    columns: set[tuple[int, str]],
    read: _Reader,
) -> Saying:
    if line.action.strip().lower() == REMOVE:
        return _taking_back(line, kind, subject, read)
    kind.refuse_level(subject)
    _refuse_unknown(subject, columns)
    return Saying(kind, subject, read.fields(kind, subject, line))


def _refuse_unknown(subject: Subject, columns: set[tuple[int, str]]) -> None:
    if subject.column and (subject.row.pk, subject.column) not in columns:
        raise Refused(
            f"{subject.row} has no column {subject.column!r}, as far as events say.",
            field="column",
        )


def _refuse_hidden(
    subject: Subject, columns: set[tuple[int, str]], asker: Asker
) -> None:
    """Who may not know of some columns is told the same of those that there are not."""
    if not isinstance(asker, System) and column_denies(asker, Action.ASSET_VIEW):
        _refuse_unknown(subject, columns)


def _taking_back(line: Line, kind: Kind, subject: Subject, read: _Reader) -> Saying:
    """A value that is one of several is named; the only one has to be what stands."""
    kind.refuse_level(subject)
    if not line.value and not line.detail:
        return Saying(kind, subject, None)
    is_property = kind.model is PropertyValue
    if kind.identity and not is_property:
        fields = read.fields(kind, subject, line)
        return Saying(kind, subject, None, kind.identity_of(fields))
    identity: tuple[Any, ...] = ()
    if is_property:
        identity = kind.identity_of({"property": property_named(line.detail)})
    if not line.value:
        return Saying(kind, subject, None, identity)
    detail = "" if is_property else line.detail.strip()
    said = (_spelt(line, kind, subject, read), detail)
    return Saying(kind, subject, None, identity, said)


def _spelt(line: Line, kind: Kind, subject: Subject, read: _Reader) -> str:
    """The value as a statement has it, if it is one."""
    try:
        fields = read.fields(kind, subject, line)
    except Refused:
        return line.value.strip()
    return kind.value(kind.model(**fields))


def _columns_of(subjects: Any, asker: Asker) -> set[tuple[int, str]]:
    """Those of the columns of these subjects that events tell of, to whoever asks."""
    wanted = {
        (each.row.pk, each.column)
        for each in subjects
        if isinstance(each, Subject) and each.column
    }
    found: set[tuple[int, str]] = set()
    ids = sorted({pk for pk, _ in wanted})
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        names = {column for pk, column in wanted if pk in set(part)}
        rows = Column.objects.filter(
            dataset__canonical__among=part, name__among=list(names)
        )
        known = set(rows.values_list("dataset__canonical", "name"))
        if not isinstance(asker, System):
            hidden = hidden_columns(asker, part)
            known = {pair for pair in known if not hidden.hides(*pair)}
        found |= known
    return found & wanted
