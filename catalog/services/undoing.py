"""How is a change undone, whole, and when can it not be?"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction

from catalog.curation.effects import related, standing_about
from catalog.curation.entries import model_of
from catalog.curation.faults import Refused, Superseded
from catalog.curation.kinds import kind_of
from catalog.curation.subjects import Subject
from catalog.models import Change, Declared, OnAsset, Revision
from catalog.services.changing import Changing, changing
from catalog.services.entries import (
    apply_revision,
    journal_revision,
    refuse_needed,
    said_with,
)
from policies import audit
from policies.models import Principal

DATED = {"id", "recorded_from", "recorded_to", "opened_in", "closed_in"}


class AlreadyUndone(Refused):
    """The change is undone already."""


def declared_models() -> Iterator[type[Declared]]:
    """Every table whose rows a change opens and closes."""
    return (model for model in apps.get_models() if issubclass(model, Declared))


def undo_change(
    change: Change, *, actor: Principal | None, via: Change.Via, reason: str = ""
) -> Change:
    """Take back what a change said, and say again what it took back.

    An undo is a change too: undoing it does the first one again. Raises AlreadyUndone,
    and Superseded where later changes stand on this one.
    """
    if Change.objects.filter(undoes=change).exists():
        raise AlreadyUndone("This change is undone already.")
    try:
        with changing(actor=actor, via=via, reason=reason, undoes=change) as making:
            if Change.objects.filter(undoes=change).exists():
                raise AlreadyUndone("This change is undone already.")
            for model in declared_models():
                _undo_rows(making, change, model)
            _refuse_used(making)
            making.journal(audit.Act.CHANGE_UNDONE, change)
    except IntegrityError as error:
        raise Superseded(
            "Something has been said since that stands where this change would go "
            "back to. Undo the later changes first."
        ) from error
    assert making.made is not None
    return making.made


def _undo_rows(making: Changing, change: Change, model: type[Declared]) -> None:
    rows = _read_whole(model)
    opened = _standing_now(list(rows.filter(opened_in=change)))
    closed = list(rows.filter(closed_in=change))
    if not opened and not closed:
        return
    # What this change opened and closed itself never stood.
    kept = {row.pk for row in opened} & {row.pk for row in closed}
    ending = [row for row in opened if row.pk not in kept]
    label = str(model._meta.verbose_name)
    making.close(ending, label, "removed")
    again = [_copy(row) for row in closed if row.pk not in kept]
    _refuse_taken_places([row for row in again if isinstance(row, OnAsset)], change)
    with transaction.atomic():
        making.open(again, label, "set again")
    if model is Revision:
        _apply_revisions(making, ending, again)
    else:
        _journal(making, ending, again)


def _refuse_used(making: Changing) -> None:
    """Raise Superseded where a word goes out of use that later changes use."""
    if making.made is None:
        return
    for revision in Revision.objects.filter(opened_in=making.made):
        if not revision.body["is_retired"]:
            continue
        entry = model_of(revision.kind)._default_manager.get(pk=revision.entry_id)
        for rows in said_with(entry).values():
            for row in rows:
                raise Superseded(
                    f"“{row.opened_in}” of {row.opened_in.recorded_at:%Y-%m-%d %H:%M} "
                    f"UTC has since said something with {entry}. Undo that one first."
                )
        try:
            refuse_needed(entry)
        except Refused as refusal:
            raise Superseded(str(refusal)) from None


def _read_whole(model: type[Declared]) -> Any:
    """Its rows, with all that telling and copying them asks for."""
    names = related(model) if issubclass(model, OnAsset) else []
    return model._default_manager.select_related(*names, "opened_in", "closed_in")


def _standing_now(opened: list[Declared]) -> list[Declared]:
    """The rows that say so now: themselves, or their copies if an undo put them back.

    Raises Superseded where something was said since.
    """
    found = [row for row in opened if row.closed_in is None]
    gone = [row for row in opened if row.closed_in is not None]
    while gone:
        closers = {row.closed_in_id for row in gone}
        undone = Change.objects.filter(undoes__in=closers)
        undoing = {undo.undoes_id: undo.pk for undo in undone}
        copies: dict[Any, Declared] = {
            (copy.opened_in_id, *_content(copy)): copy
            for copy in _read_whole(type(gone[0])).filter(
                opened_in__in=undoing.values()
            )
        }
        following = []
        for row in gone:
            again = copies.get((undoing.get(row.closed_in_id), *_content(row)))
            if again is None:
                assert row.closed_in is not None
                raise Superseded(
                    f"“{row.closed_in}” of {row.closed_in.recorded_at:%Y-%m-%d %H:%M} "
                    "UTC came after this change and stands on it. Undo that one first."
                )
            following.append(again)
        found += [row for row in following if row.closed_in is None]
        gone = [row for row in following if row.closed_in is not None]
    return found


def _refuse_taken_places(again: list[OnAsset], change: Change) -> None:
    """Raise Superseded where something else has been said since."""
    by_kind: dict[str, list[OnAsset]] = defaultdict(list)
    for row in again:
        by_kind[kind_of(row).name].append(row)
    for rows in by_kind.values():
        kind = kind_of(rows[0])
        subjects = [Subject.of(row) for row in rows]
        standing = standing_about(kind, {each.canonical_key: each for each in subjects})
        for subject, row in zip(subjects, rows, strict=True):
            place = (subject.canonical_key, kind.identity_of(row))
            # What stood beside it then, under another name, is in nobody's way.
            for other in standing.get(place, ()):
                if other.recorded_from > change.recorded_at:
                    raise Superseded(
                        f"“{other.opened_in}” of "
                        f"{other.opened_in.recorded_at:%Y-%m-%d %H:%M} UTC has since "
                        f"said another {kind.label} of {subject}. Undo that one first."
                    )


def _content(row: Declared) -> tuple[Any, ...]:
    """What a row says, comparable."""
    values = (
        getattr(row, field.attname)
        for field in row._meta.fields
        if field.name not in DATED
    )
    return tuple(
        json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value
        for value in values
    )


def _copy(row: Declared) -> Declared:
    """A row that says the same, with what is read along with it."""
    told = {}
    for each in row._meta.fields:
        if each.name not in DATED:
            is_read = each.name in row._state.fields_cache
            name = each.name if is_read else each.attname
            told[name] = getattr(row, name)
    return type(row)(**told)


def _apply_revisions(
    making: Changing, ended: list[Declared], again: list[Declared]
) -> None:
    back = {(row.kind, row.entry_id): row for row in again if isinstance(row, Revision)}
    for row in ended:
        assert isinstance(row, Revision)
        if (row.kind, row.entry_id) not in back:
            # It was new: now it is as if it had been retired.
            retired = Revision(
                kind=row.kind,
                entry_id=row.entry_id,
                body={**row.body, "is_retired": True},
            )
            making.open([retired], "definition", "retired")
            back[(row.kind, row.entry_id)] = retired
    # Names may change places: first out of each other's way, then into place.
    for revision in back.values():
        apply_revision(revision)
        journal_revision(making, revision)


def _journal(making: Changing, ended: list[Declared], again: list[Declared]) -> None:
    for row, is_again in [(r, False) for r in ended] + [(r, True) for r in again]:
        if not isinstance(row, OnAsset):
            for entry in row.noted(is_said=is_again):
                making.journal(entry.act, entry.target, **(entry.changes or {}))
            continue
        kind, subject = kind_of(row), Subject.of(row)
        where = {"column": subject.column} if subject.column else {}
        said = kind.trace(row)
        making.journal(
            kind.made if is_again else kind.ended,
            subject.target,
            **where,
            **{kind.name: [None, said] if is_again else [said, None]},
        )
