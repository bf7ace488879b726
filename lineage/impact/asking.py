"""Which changes does a question name, and how is the same question spelt again?"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from catalog.models import Dataset, Job
from lineage import nodeids
from lineage.graph.cut import NOW, Cut
from lineage.impact.answers import Start
from lineage.impact.changes import Change, of_namespace
from lineage.impact.durations import duration
from lineage.impact.severities import (
    ADDITIONS,
    OF_COLUMNS,
    OF_DATASETS,
    OF_JOBS,
    Kind,
)
from lineage.json_text import pointer
from lineage.nodeids import Named, UnknownNode
from lineage.reader import Reader

MAX_CHANGES = 500
MAX_COLUMNS = 500  # of one erasure
# What can be asked for; additions are only ever found by comparing.
ASKED = tuple(kind for kind in Kind if kind not in ADDITIONS)


class ChangeRefused(Exception):
    """A change that is none; `at` points to the fault in it."""

    def __init__(self, at: str, detail: str) -> None:
        super().__init__(detail)
        self.at = at


class NothingSuch(ChangeRefused):
    """A change of something that is not there, as far as the reader may know."""


def read_changes(
    told: Sequence[Mapping[str, Any]], reader: Reader, cut: Cut = NOW
) -> list[Change]:
    """What a question asks about. Raises ChangeRefused, with a pointer into the list.

    Each has `kind`, and `nodeId`, `nodeIds` or `namespace`; `to` and `by` if need be.
    """
    if not told or len(told) > MAX_CHANGES:
        raise ChangeRefused("", f"There are 1 to {MAX_CHANGES} changes in a question.")
    found = []
    for number, one in enumerate(told):
        try:
            found.append(read_change(one, reader, cut))
        except ChangeRefused as refusal:
            at = pointer(number) + refusal.at
            raise type(refusal)(at, str(refusal)) from None
    return found


def read_change(told: Mapping[str, Any], reader: Reader, cut: Cut = NOW) -> Change:
    """One change. Raises ChangeRefused."""
    kind = _kind(told)
    if kind in ADDITIONS:
        return Change(kind, name=_text(told, "name"))
    if kind is Kind.REVOKE_SOURCE:
        return revocation(_text(told, "namespace"), reader, cut)
    starts = tuple(_starts(kind, told, reader))
    return Change(
        kind,
        starts,
        was=_text(told, "was"),
        to=_text(told, "to"),
        by=_delay(kind, told),
    )


def revocation(namespace: str, reader: Reader, cut: Cut) -> Change:
    """The revocation of all that was known of a namespace. Raises ChangeRefused."""
    if not namespace:
        raise ChangeRefused("/namespace", "revoke-source needs the namespace.")
    shown = reader.linked_datasets.filter(namespace__name=namespace)
    if cut.recorded_at is not None:
        shown = shown.filter(created_at__lte=cut.recorded_at)
    found = list(shown.select_related("namespace"))
    if not found:
        raise NothingSuch("/namespace", "There is no such namespace of datasets.")
    return of_namespace(namespace, found)


def spelt(change: Change) -> dict[str, Any]:
    """A change as `read_change` takes it."""
    told: dict[str, Any] = {"kind": str(change.kind)}
    if change.kind is Kind.REVOKE_SOURCE:
        told["namespace"] = change.name
    elif change.kind in ADDITIONS:
        told["name"] = change.name
    elif len(change.starts) == 1:
        told["nodeId"] = node_id(*change.starts[0])
    else:
        told["nodeIds"] = [node_id(*start) for start in change.starts]
    if change.was:
        told["was"] = change.was
    if change.to:
        told["to"] = change.to
    if change.by is not None:
        told["by"] = f"PT{round(change.by.total_seconds())}S"
    return told


def node_id(asset: Dataset | Job, column: str = "") -> str:
    """The nodeId of an asset or column."""
    namespace = asset.namespace.name
    if isinstance(asset, Job):
        return nodeids.of_job(namespace, asset.name)
    if column:
        return nodeids.of_field(namespace, asset.name, column)
    return nodeids.of_dataset(namespace, asset.name)


def _kind(told: Mapping[str, Any]) -> Kind:
    word = told.get("kind")
    if isinstance(word, str) and word in set(Kind):
        return Kind(word)
    raise ChangeRefused("/kind", f"kind is one of {', '.join(ASKED)}.")


def _starts(kind: Kind, told: Mapping[str, Any], reader: Reader) -> Iterator[Start]:
    many = told.get("nodeIds")
    if many is None:
        yield _start(kind, told.get("nodeId"), "/nodeId", reader)
        return
    if not isinstance(many, list) or not 0 < len(many) <= MAX_COLUMNS:
        raise ChangeRefused("/nodeIds", f"nodeIds are 1 to {MAX_COLUMNS} nodes.")
    if kind is not Kind.ERASE_SUBJECT and len(many) > 1:
        raise ChangeRefused("/nodeIds", f"{kind} is about one node.")
    for number, one in enumerate(many):
        yield _start(kind, one, f"/nodeIds/{number}", reader)


def _start(kind: Kind, told: Any, at: str, reader: Reader) -> Start:
    if not isinstance(told, str) or not told:
        raise ChangeRefused(at, f"{kind} needs the nodeId of what is changed.")
    try:
        # Some producers name a source in column lineage and nowhere else.
        is_column = kind in OF_COLUMNS
        known = reader.column_datasets if is_column else reader.linked_datasets
        named = Named(known, reader.names, reader.veil)
        node = nodeids.resolve(told, reader.linked_jobs, named)
    except UnknownNode:
        raise NothingSuch(at, "There is no such node.") from None
    if node.version is not None:
        raise ChangeRefused(at, "Versions are past: they do not change.")
    asset = node.job or node.dataset
    assert asset is not None
    _demand_kind(kind, asset, node.field, at)
    return Start(asset, node.field or "")


def _demand_kind(kind: Kind, asset: Dataset | Job, column: str | None, at: str) -> None:
    is_job = isinstance(asset, Job)
    if kind in OF_JOBS and not is_job:
        raise ChangeRefused(at, f"{kind} is about a job: `job:…`.")
    if kind in OF_COLUMNS and column is None:
        raise ChangeRefused(at, f"{kind} is about a column: `datasetField:…`.")
    if kind in OF_DATASETS and (is_job or column is not None):
        raise ChangeRefused(at, f"{kind} is about a dataset: `dataset:…`.")


def _delay(kind: Kind, told: Mapping[str, Any]) -> timedelta | None:
    if kind is not Kind.DELAY_JOB:
        return None
    by = duration(_text(told, "by"))
    if not by:
        raise ChangeRefused("/by", "by says how late: PT3H, P1D, 45 min.")
    return by


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name) or ""
    if not isinstance(value, str) or "\0" in value:
        raise ChangeRefused(f"/{name}", f"{name} is a text.")
    return value
