"""What does the journal say was done to an asset in a period, for those who read it?"""

from collections.abc import Iterator
from typing import Any

from catalog.models import Dataset, Job
from lineage import trails
from lineage.trails import ToldChange, ToldEntry
from policies import access, journal
from policies.actions import Action
from policies.journal import Sought
from reports.asking import Asking
from reports.documents import Column, Section, Value

COLUMNS = (
    Column("at", "When", 3),
    Column("act", "Act", 2),
    Column("actor", "Who", 2),
    Column("on_behalf_of", "For", 2),
    Column("name", "Of", 3, is_name=True),
    Column("changes", "What", 5),
    Column("reason", "Why", 3),
    Column("request_id", "Request", 3, is_name=True),
)
BATCH = 200


def of_asset(asset: Dataset | Job, asking: Asking) -> Section:
    """The acts upon an asset under all of its names, latest first."""
    title = "The journal's trail"
    if not access.may(asking.principal, Action.JOURNAL_VIEW):
        why = "Withheld: it takes journal.view, which the requester does not have."
        return Section("trail", title, COLUMNS, withheld=why)
    asking.tells_at_large(Action.JOURNAL_VIEW)
    return Section(
        "trail",
        title,
        COLUMNS,
        _rows(asset, asking),
        note="What was recorded within the period.",
        empty="Nothing was recorded.",
    )


def _rows(asset: Dataset | Job, asking: Asking) -> Iterator[tuple[Value, ...]]:
    sought = Sought(
        targets=trails.trail_of(asset),
        since=asking.since,
        before=min(asking.until, asking.recorded_at),
    )
    for batch in journal.batches(sought, BATCH):
        for entry in trails.tell(batch, asking.reader, is_by_name=True):
            _note(entry, asking)
            yield (
                entry.recorded_at,
                entry.title,
                str(entry.actor),
                str(entry.on_behalf_of) if entry.on_behalf_of else "",
                entry.target.key[-1] if entry.target.key else "(withheld)",
                "; ".join(_spelt(change) for change in entry.told),
                entry.reason,
                entry.request_id,
            )


def _spelt(change: ToldChange) -> str:
    if change.is_change:
        return f"{change.field}: {change.before or 'none'} became {change.after}"
    return f"{change.field}: {change.after}"


def _note(entry: ToldEntry, asking: Asking) -> None:
    """Note the assets that an entry names beside the one it is about."""
    for kind, key in _named(entry.changes):
        rows: Any = (
            asking.reader.names if kind == trails.DATASET else asking.reader.jobs
        )
        asking.tells(
            Action.ASSET_VIEW, *rows.filter(namespace__name=key[0], name=key[1])
        )


def _named(value: Any) -> Iterator[tuple[str, list[str]]]:
    """The datasets and jobs that a value of the journal names."""
    pending = [value]
    while pending:
        match pending.pop():
            case {"kind": trails.DATASET | trails.JOB as kind, "key": [_, _] as key}:
                yield kind, key
            case dict() as members:
                pending += members.values()
            case list() as members:
                pending += members
