"""Which facets are in force for a dataset or job, over all of its names?"""

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.apps import apps

from catalog.models import Dataset, Facet, Job

# The ids of a fold's facets, and beside each the id of the event that decided it.
Fold = tuple[Sequence[int], Sequence[int]]


class Field(NamedTuple):
    """A column as a schema facet describes it; `path` is dotted where it is nested."""

    path: str
    type: str | None
    description: str | None
    is_nested: bool


def of_datasets(datasets: Iterable[Dataset]) -> dict[int, dict[str, Facet]]:
    """The facets in force by key, per canonical dataset, united over its names.

    The datasets come from `with_names()`.
    """
    return by_key(
        {
            dataset.pk: [
                (name.facets, name.facet_events) for name in dataset.names.all()
            ]
            for dataset in datasets
        }
    )


def of_jobs(jobs: Iterable[Job]) -> dict[int, dict[str, Facet]]:
    """The facets in force by key, per job."""
    return by_key({job.pk: [(job.facets, job.facet_events)] for job in jobs})


def by_key(
    folds: Mapping[int, Sequence[Fold]], keys: Collection[str] | None = None
) -> dict[int, dict[str, Facet]]:
    """`in_force` for holders whose facets are all of one scope."""
    return {
        holder: {facet.key: facet for facet in facets}
        for holder, facets in in_force(folds, keys).items()
    }


def in_force(
    folds: Mapping[int, Sequence[Fold]], keys: Collection[str] | None = None
) -> dict[int, list[Facet]]:
    """The facets in force, one per scope and key, in that order; tombstones left out.

    A holder has a fold for each of its names. Where several of them carry a key, the
    latest event decides, as it does within one name. With `keys`, only those are read.
    """
    ids = (i for parts in folds.values() for facets, _ in parts for i in facets)
    rows = load(ids, keys)
    contested = {
        event
        for parts in folds.values()
        if len(parts) > 1
        for _, events in parts
        for event in events
    }
    ordered = moments(contested)
    result = {}
    for holder, parts in folds.items():
        standing: dict[tuple[int, str], tuple[Facet, int]] = {}
        for facets, events in parts:
            for facet_id, event in zip(facets, events, strict=True):
                facet = rows.get(facet_id)
                if facet is None:
                    continue
                rival = standing.get((facet.scope, facet.key))
                if rival is None or ordered[rival[1]] < ordered[event]:
                    standing[facet.scope, facet.key] = facet, event
        result[holder] = [
            facet for _, (facet, _) in sorted(standing.items()) if not facet.is_deleted
        ]
    return result


def load(ids: Iterable[int], keys: Collection[str] | None = None) -> dict[int, Facet]:
    """Facet rows by id, in one query or none; with `keys`, only those."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = Facet.objects.filter(pk__among=wanted)
    if keys is not None:
        rows = rows.filter(key__in=keys)
    return {facet.pk: facet for facet in rows}


def document(facet: Facet | None) -> dict[str, Any]:
    """The facet's members, as it was sent; empty for None."""
    if facet is None:
        return {}
    members: dict[str, Any] = json.loads(facet.body, parse_float=_number)
    return members


def text(facet: Facet | None, member: str) -> str | None:
    """One member that should be text; None where it is absent or is none."""
    value = document(facet).get(member)
    return value if isinstance(value, str) else None


def fields(schema: Facet | None) -> list[Field]:
    """The columns of a schema facet as sent, each nested one after its parent."""
    found: list[Field] = []
    # A stack instead of recursion: how deep a schema nests is the producer's choice.
    pending = [("", field) for field in reversed(_objects(document(schema)))]
    while pending:
        prefix, field = pending.pop()
        name = field.get("name")
        if not isinstance(name, str) or not name:
            continue
        path = f"{prefix}.{name}" if prefix else name
        of_type, description = field.get("type"), field.get("description")
        found.append(Field(path, _text(of_type), _text(description), prefix != ""))
        pending += [(path, nested) for nested in reversed(_objects(field))]
    return found


def _objects(holder: dict[str, Any]) -> list[dict[str, Any]]:
    members = holder.get("fields")
    if not isinstance(members, list):
        return []
    return [member for member in members if isinstance(member, dict)]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _number(spelling: str) -> float | str:
    value = float(spelling)
    return value if math.isfinite(value) else spelling


def moments(events: Iterable[int]) -> dict[int, tuple[datetime, bytes]]:
    """Event time and digest, which order events."""
    wanted = list(events)
    if not wanted:
        return {}
    # By name: lineage lies above this app, and events are its own.
    rows = (
        apps.get_model("lineage", "Event")
        ._default_manager.filter(pk__in=wanted)
        .values_list("pk", "event_time", "digest")
    )
    return {pk: (at, bytes(digest)) for pk, at, digest in rows}
