"""How is a word of the vocabulary defined, redefined, retired and taken up again?"""

from typing import Any

from django.db import IntegrityError, transaction

from catalog.curation.entries import facts_of, model_of
from catalog.curation.faults import Refused
from catalog.curation.kinds import digest
from catalog.curation.subjects import target_of
from catalog.models import (
    ENTRIES,
    STATEMENTS,
    Entry,
    Revision,
    Source,
    Tag,
    TreeEntry,
)
from catalog.services.changing import Changing
from policies import access, audit
from policies.actions import Action
from policies.reliance import bears_rights

# What people write at length; it stands in revisions, and in the journal by its digest.
FREE_TEXT = ("description", "purpose", "quality")


def define_entry[E: Entry](
    making: Changing, model: type[E], facts: dict[str, Any], entry: E | None = None
) -> E:
    """Make an entry with these facts, or change `entry` to them; repeating is nothing.

    `facts` come from `catalog.curation.entries.read_facts`. A name that is retired is
    taken up again. Parents of a path are made; renaming a path renames what is below
    it. Raises Refused, also for another name of what rights stand on, unless the actor
    could change these rights.
    """
    name = facts["name"]
    entries: Any = model._default_manager
    row: E = entry or _retired(entries, model, name) or model()
    before = facts_of(row) if row.pk else None
    renamed_from = row.name if row.pk and row.name != name else ""
    if renamed_from and not _may_change_rights(making):
        _refuse_borne(row, "has another name")
    for fact, value in facts.items():
        setattr(row, fact, value)
    row.is_retired = False
    if isinstance(row, TreeEntry):
        row.parent = _parent_of(making, row)
    if before == facts_of(row):
        return row
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        kind = model._meta.verbose_name
        raise Refused(f"There is a {kind} {name!r} already.", field="name") from None
    _revise(making, row)
    if renamed_from and isinstance(row, TreeEntry):
        _rename_below(making, row, renamed_from)
    return row


def _retired(entries: Any, model: type[Entry], name: str) -> Any:
    """The retired entry whose name this is, whatever its case where that is one."""
    retired = entries.filter(is_retired=True)
    is_exact = issubclass(model, Tag | Source)
    return retired.filter(**{"name" if is_exact else "name__iexact": name}).first()


def ensure_tag(making: Changing, name: str) -> Tag:
    """The current tag of this name, defined if there is none."""
    found = Tag.objects.current().filter(name=name).first()
    return found or define_entry(making, Tag, {"name": name, "description": ""})


def retire_entry(making: Changing, entry: Entry) -> None:
    """Take an entry out of use, and back all that is said with it.

    Raises Refused for one that has others below it, or that others refer to.
    """
    if entry.is_retired:
        return
    refuse_needed(entry)
    for kind_name, rows in said_with(entry).items():
        if rows:
            making.close(rows, kind_name, "removed")
            for row in rows:
                making.note(row, is_said=False)
    entry.is_retired = True
    entry.save(update_fields=["is_retired"])
    _revise(making, entry)


def refuse_needed(entry: Entry) -> None:
    """Raise Refused if other words of the vocabulary, or rights, stand on this one."""
    for model in ENTRIES:
        for field in model._meta.fields:
            if field.related_model is not type(entry):
                continue
            named = {field.name: entry, "is_retired": False}
            if other := model._default_manager.filter(**named).first():
                how = "has others below it" if field.name == "parent" else "is needed"
                what = f"the {model._meta.verbose_name} {other}"
                raise Refused(
                    f"{entry} {how}, such as {what}. Change or retire those first.",
                    field="name",
                )
    _refuse_borne(entry, "goes out of use")


def _refuse_borne(entry: Entry, becoming: str) -> None:
    """Raise Refused where rights stand on an entry: they would reach other things."""
    scope = getattr(entry, "policy_scope", "")
    if scope and bears_rights(scope, entry.pk):
        raise Refused(
            f"Grants of access stand on {entry}. Before it {becoming}, somebody who "
            "may grant access has to see to them.",
            field="name",
        )


def _may_change_rights(making: Changing) -> bool:
    return making.actor is None or access.may(making.actor, Action.ACCESS_GRANT)


def apply_revision(revision: Revision) -> None:
    """Make an entry what a revision says. Raises IntegrityError for a taken name."""
    model = model_of(revision.kind)
    row = model._default_manager.get(pk=revision.entry_id)
    for fact, value in revision.body.items():
        field = model._meta.get_field(fact)
        setattr(row, field.attname, value)
    if isinstance(row, TreeEntry):
        above = row.name.rpartition(row.SEPARATOR)[0]
        row.parent = model._default_manager.filter(name=above).first()
    row.save()


def journal_revision(making: Changing, revision: Revision) -> None:
    """Note in the journal that an entry is defined otherwise, or retired."""
    act = (
        audit.Act.ENTRY_RETIRED
        if revision.body["is_retired"]
        else audit.Act.ENTRY_DEFINED
    )
    row = model_of(revision.kind)._default_manager.get(pk=revision.entry_id)
    making.journal(act, target_of(row), kind=revision.kind)


def _revise(making: Changing, row: Entry) -> None:
    kind = row._meta.model_name
    assert kind is not None
    standing = list(
        Revision.objects.filter(kind=kind, entry_id=row.pk, recorded_to=None)
    )
    label = str(row._meta.verbose_name)
    revision = Revision(kind=kind, entry_id=row.pk, body=facts_of(row))
    before = standing[0].body if standing else {}
    # A second look at the same entry within one change: the first never stood.
    own = [r for r in standing if r.opened_in_id == making.change.pk]
    if own:
        own[0].body = revision.body
        own[0].save(update_fields=["body"])
    else:
        making.close(standing, label, "redefined")
        making.open([revision], label, "retired" if row.is_retired else "defined")
    retired = audit.Act.ENTRY_RETIRED
    making.journal(
        retired if row.is_retired else audit.Act.ENTRY_DEFINED,
        target_of(row),
        **{
            fact: [_trace(fact, before.get(fact)), _trace(fact, value)]
            for fact, value in revision.body.items()
            if before.get(fact) != value
        },
    )


def _trace(fact: str, value: Any) -> Any:
    """What the journal keeps of a fact: free text may be personal, so its digest."""
    return digest(value) if value and fact in FREE_TEXT else value


def _parent_of(making: Changing, row: TreeEntry) -> Any:
    above = row.name.rpartition(row.SEPARATOR)[0]
    if not above:
        return None
    model: type[Any] = type(row)
    found = model._default_manager.filter(name=above).first()
    if found and not found.is_retired:
        return found
    return define_entry(making, model, {"name": above, "description": ""}, found)


def _rename_below(making: Changing, row: TreeEntry, old_name: str) -> None:
    model: type[Any] = type(row)
    below = model._default_manager.filter(name__startswith=f"{old_name}{row.SEPARATOR}")
    for child in below.exclude(pk=row.pk).order_by("name"):
        facts = {
            "name": f"{row.name}{child.name.removeprefix(old_name)}",
            "description": child.description,
        }
        if not child.is_retired:
            define_entry(making, model, facts, child)


def said_with(entry: Entry) -> dict[str, list[Any]]:
    """The standing statements whose value an entry is, or whose subject."""
    found = {}
    for model in STATEMENTS:
        rows: dict[int, Any] = {}
        for field in model._meta.fields:
            if field.related_model is type(entry):
                named = {field.name: entry, "recorded_to": None}
                rows |= {row.pk: row for row in model.objects.filter(**named)}
        found[str(model._meta.verbose_name)] = list(rows.values())
    return found
