"""How is a change undone, whole, and when can it not be?"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction

from catalog.curation.faults import Refused, Superseded
from catalog.curation.kinds import kind_of
from catalog.curation.subjects import Subject
from catalog.models import Change, Declared, OnAsset, Revision
from catalog.services.changing import Changing, changing
from catalog.services.entries import apply_revision, journal_revision
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
            making.journal(audit.Act.CHANGE_UNDONE, change)
    except IntegrityError as error:
        raise Superseded(
            "Something has been said since that stands where this change would go "
            "back to. Undo the later changes first."
        ) from error
    assert making.made is not None
    return making.made


def _undo_rows(making: Changing, change: Change, model: type[Declared]) -> None:
    manager = model._default_manager
    opened = [_standing_now(row) for row in manager.filter(opened_in=change)]
    closed = list(manager.filter(closed_in=change))
    if not opened and not closed:
        return
    ending = [row for row in opened if not _is_among(row, closed)]
    label = str(model._meta.verbose_name)
    making.close(ending, label, "removed")
    again = [_copy(row) for row in closed if not _is_among(row, opened)]
    # What this change opened and closed itself never stood.
    _refuse_taken_places(again, making)
    with transaction.atomic():
        making.open(again, label, "set again")
    if model is Revision:
        _apply_revisions(making, ending, again)
    else:
        _journal(making, ending, again)


def _standing_now(row: Declared) -> Declared:
    """The row that says so now: itself, or its copy if an undo brought it back."""
    while row.closed_in is not None:
        undo = Change.objects.filter(undoes=row.closed_in).first()
        copies = type(row)._default_manager.filter(opened_in=undo) if undo else []
        again = [copy for copy in copies if _content(copy) == _content(row)]
        if not again:
            raise Superseded(
                f"“{row.closed_in}” of {row.closed_in.recorded_at:%Y-%m-%d %H:%M} UTC "
                "came after this change and stands on it. Undo that one first."
            )
        row = again[0]
    return row


def _refuse_taken_places(again: Iterable[Declared], making: Changing) -> None:
    for row in again:
        if not isinstance(row, OnAsset):
            continue
        kind, subject = kind_of(row), Subject.of(row)
        standing = kind.model._default_manager.filter(
            subject.lookup, recorded_to=None, **kind.fixed
        )
        for other in standing:
            if kind.identity_of(other) == kind.identity_of(row):
                raise Superseded(
                    f"“{other.opened_in}” of "
                    f"{other.opened_in.recorded_at:%Y-%m-%d %H:%M} UTC has since said "
                    f"another {kind.label} of {subject}. Undo that one first."
                )


def _content(row: Declared) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.fields
        if field.name not in DATED
    }


def _is_among(row: Declared, others: Iterable[Declared]) -> bool:
    return any(row.pk == other.pk for other in others)


def _copy(row: Declared) -> Declared:
    return type(row)(**_content(row))


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
