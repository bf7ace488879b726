"""Which definitions did a dataset or job have, when, and what are their ids?"""

import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from catalog.models import Dataset, DatasetVersion, Job, JobVersion


class Identity(NamedTuple):
    """What a canonical dataset is called."""

    namespace: str
    name: str


class Version(NamedTuple):
    """One definition of a dataset, over all of its names.

    `number` counts from 1 by first appearance in event time. `facet_id` is its schema
    facet, None where it never showed one. Times are event times.
    """

    id: UUID
    number: int
    definition: bytes
    first_at: datetime
    last_at: datetime
    facet_id: int | None


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """One version of a job, numbered from 1 by first appearance, with its id."""

    id: UUID
    number: int
    row: JobVersion


def of_datasets(datasets: Iterable[Dataset]) -> dict[int, list[Version]]:
    """The versions of each canonical dataset, oldest first, in one query.

    The datasets come from `with_names()`. What was only read counts for a dataset that
    nothing ever wrote; a definition without columns, for one that never showed any.
    """
    groups = list(datasets)
    return of_identities(
        {one.pk: Identity(one.namespace.name, one.name) for one in groups},
        {name.pk: group.pk for group in groups for name in group.names.all()},
    )


def of_identities(
    identities: Mapping[int, Identity], names: Mapping[int, int]
) -> dict[int, list[Version]]:
    """`of_datasets` by canonical id; `names` leads there from the ids of all names."""
    rows: dict[int, list[_Shown]] = defaultdict(list)
    for dataset, *row in DatasetVersion.objects.filter(
        dataset__among=names
    ).values_list("dataset", *_Shown._fields):
        rows[names[dataset]].append(_Shown(*row))
    return {pk: _numbered(identity, rows[pk]) for pk, identity in identities.items()}


def current_schemas(names: Mapping[int, int]) -> dict[int, int]:
    """The schema facet (id) of the definition that each dataset showed last, if any.

    By canonical id; `names` leads to it from the ids of all names. As `current` of
    `of_identities` has it, for many datasets of which nothing else is asked.
    """
    latest: dict[int, tuple[tuple[Any, ...], int | None]] = {}
    rows = DatasetVersion.objects.filter(dataset__among=names).values_list(
        "dataset", "origin", "facet", "last_at", "definition"
    )
    for dataset, origin, facet, last_at, definition in rows:
        rank = (-origin, facet is not None, last_at, bytes(definition))
        held = latest.get(names[dataset])
        if held is None or rank > held[0]:
            latest[names[dataset]] = rank, facet
    return {pk: facet for pk, (_, facet) in latest.items() if facet is not None}


def current(versions: Sequence[Version]) -> Version | None:
    """The definition that was shown last."""
    return max(versions, key=lambda v: (v.last_at, v.definition), default=None)


def in_force(versions: Sequence[Version], at: datetime) -> Version | None:
    """The definition that had been shown last at an instant; None if none had been."""
    shown = [
        (v.last_at if v.last_at <= at else v.first_at, v.definition, v)
        for v in versions
        if v.first_at <= at
    ]
    return max(shown, key=lambda known: known[:2])[2] if shown else None


def of_jobs(jobs: Iterable[Job]) -> dict[int, list[JobDefinition]]:
    """The versions of each job, oldest first, in a fixed number of queries."""
    by_pk = {job.pk: Identity(job.namespace.name, job.name) for job in jobs}
    rows = JobVersion.objects.filter(job__among=by_pk).select_related("location", "sql")
    ids = job_version_ids(
        by_pk,
        [
            Defined(
                row.pk,
                row.job_id,
                row.definition,
                row.inputs,
                row.outputs,
                row.sql.digest if row.sql else None,
                row.location.digest if row.location else None,
            )
            for row in rows
        ],
    )
    result: dict[int, list[JobDefinition]] = {pk: [] for pk in by_pk}
    for row in sorted(rows, key=lambda row: (row.first_at, ids[row.pk])):
        known = result[row.job_id]
        known.append(JobDefinition(ids[row.pk], len(known) + 1, row))
    return result


def current_job_version(versions: Sequence[JobDefinition]) -> JobDefinition | None:
    """The definition that ran, or was declared, last."""
    return max(versions, key=lambda v: (v.row.last_at, v.id), default=None)


def dataset_version_id(dataset: Dataset | Identity, definition: bytes) -> UUID:
    """The outside id of a definition of a canonical dataset.

    A keyed hash: who may not see a definition can neither guess nor confirm it.
    """
    if isinstance(dataset, Dataset):
        dataset = Identity(dataset.namespace.name, dataset.name)
    return _keyed("dataset", *dataset, definition.hex())


class Defined(NamedTuple):
    """What of a JobVersion makes its outside id."""

    pk: int
    job: int
    definition: bytes | memoryview
    inputs: list[int]
    outputs: list[int]
    sql: bytes | memoryview | None  # digests of the facets
    location: bytes | memoryview | None


DEFINED = (
    "pk",
    "job",
    "definition",
    "inputs",
    "outputs",
    "sql__digest",
    "location__digest",
)


def job_version_ids(
    jobs: Mapping[int, Identity],
    rows: Iterable[Defined],
    names: Mapping[int, Identity] | None = None,
) -> dict[int, UUID]:
    """The outside ids of versions of `jobs` (by id); keyed, as a dataset's are.

    They follow from what the rows say, not from how it is numbered here. One query for
    the names of datasets that are not at hand in `names`.
    """
    rows = list(rows)
    known = dict(names or {})
    missing = {pk for row in rows for pk in (*row.inputs, *row.outputs)} - known.keys()
    if missing:
        named = Dataset.objects.unrestricted("names go into a keyed hash, no further")
        for pk, *identity in named.filter(pk__among=missing).values_list(
            "pk", "namespace__name", "name"
        ):
            known[pk] = Identity(*identity)
    return {row.pk: _job_version_id(jobs[row.job], row, known) for row in rows}


def _job_version_id(job: Identity, row: Defined, names: Mapping[int, Identity]) -> UUID:
    said = [
        sorted(names[pk] for pk in row.inputs),
        sorted(names[pk] for pk in row.outputs),
        None if row.sql is None else bytes(row.sql).hex(),
        None if row.location is None else bytes(row.location).hex(),
    ]
    return _keyed("job", *job, json.dumps(said))


def job_id(job: Job) -> UUID:
    """The outside id of a job, where Marquez shows one; keyed, as a version's is."""
    return _keyed("job", job.namespace.name, job.name)


class _Shown(NamedTuple):
    """What is read of a DatasetVersion."""

    pk: int
    origin: int
    definition: bytes
    first_at: datetime
    last_at: datetime
    facet: int | None


def _numbered(dataset: Identity, rows: list[_Shown]) -> list[Version]:
    written = [row for row in rows if row.origin == DatasetVersion.Origin.WRITTEN]
    counted = written or rows
    counted = [row for row in counted if row.facet is not None] or counted
    if len(counted) == 1:  # as mostly
        [row] = counted
        own = bytes(row.definition)
        outside_id = dataset_version_id(dataset, own)
        return [Version(outside_id, 1, own, row.first_at, row.last_at, row.facet)]
    by_definition: dict[bytes, list[_Shown]] = defaultdict(list)
    for row in counted:
        by_definition[bytes(row.definition)].append(row)
    ordered = sorted(
        by_definition.items(),
        key=lambda item: (min(row.first_at for row in item[1]), item[0]),
    )
    return [
        Version(
            id=dataset_version_id(dataset, definition),
            number=number,
            definition=definition,
            first_at=min(row.first_at for row in same),
            last_at=max(row.last_at for row in same),
            facet_id=max(same, key=lambda row: (row.last_at, row.pk)).facet,
        )
        for number, (definition, same) in enumerate(ordered, 1)
    ]


def _keyed(*parts: str) -> UUID:
    # No part holds a NUL: PostgreSQL's text cannot.
    key = settings.HEADWATER_INSTANCE_KEY.encode()
    digest = hmac.digest(key, "\0".join(parts).encode(), "sha256")
    number = int.from_bytes(digest[:16])
    # RFC 9562, version 8: a UUID of our own making. Python knows it from 3.14 on.
    number = number & ~(0xF << 76) | 8 << 76
    return UUID(int=number & ~(3 << 62) | 2 << 62)
