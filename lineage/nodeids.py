"""Which dataset, job or column does a nodeId mean, when names hold colons?

`job:{namespace}:{name}`, `dataset:{namespace}:{name}` and
`datasetField:{namespace}:{dataset}:{field}`, each with `#{version}` or without: the
parts are not escaped, so that most ids can be read in several ways. The one that names
something that exists is meant.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple
from uuid import UUID

from catalog.models import Dataset, Job, Namespace
from catalog.models.datasets import DatasetQuerySet
from catalog.models.jobs import JobQuerySet
from lineage.graph import columns
from lineage.graph.columns import Column
from lineage.graph.veil import Veil

Kind = Literal["job", "dataset", "datasetField"]

KINDS: dict[str, Kind] = {
    "job": "job",
    "dataset": "dataset",
    "datasetField": "datasetField",
}

_VERSION = re.compile(
    r"(.+)#([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})", re.DOTALL | re.ASCII
)
# Marquez cuts at the first colon that begins no `//` and no port.
_LIKELY_CUT = re.compile(r":(?!//|\d)", re.ASCII)


class UnknownNode(LookupError):
    """The id names nothing that there is, or nothing of a kind that there is."""


class Body(NamedTuple):
    """What follows the kind in a nodeId, and the version that may end it."""

    text: str
    version: UUID | None


class Split(NamedTuple):
    """One way to read a text: `rest` is a name, or a dataset's name and a field's."""

    namespace: str
    rest: str


@dataclass(frozen=True, slots=True)
class Node:
    """What a nodeId means: a job, or a canonical dataset or a column of one."""

    job: Job | None = None
    dataset: Dataset | None = None
    field: str | None = None
    version: UUID | None = None


def of_job(namespace: str, name: str) -> str:
    """Write the nodeId of a job."""
    return f"job:{namespace}:{name}"


def of_dataset(namespace: str, name: str) -> str:
    """Write the nodeId of a dataset."""
    return f"dataset:{namespace}:{name}"


def of_field(
    namespace: str, dataset: str, field: str, version: UUID | None = None
) -> str:
    """Write the nodeId of a column, as of a version of its dataset if there is one."""
    end = "" if version is None else f"#{version}"
    return f"datasetField:{namespace}:{dataset}:{field}{end}"


def kind_of(node_id: str) -> tuple[Kind, str]:
    """Cut the kind off. Raises UnknownNode."""
    prefix, _, text = node_id.partition(":")
    # No name in the database can hold a NUL.
    if prefix not in KINDS or not text or "\0" in text:
        raise UnknownNode(node_id)
    return KINDS[prefix], text


def bodies(text: str) -> Iterator[Body]:
    """The text as a whole, and then, if it can be so, as one that a version ends."""
    yield Body(text, None)
    if found := _VERSION.fullmatch(text):
        yield Body(found[1], UUID(found[2]))


def splits(text: str) -> list[Split]:
    """Every way to cut at a colon, the likeliest first, then long beginnings first."""
    cuts = [found.start() for found in re.finditer(":", text)]
    cuts = [cut for cut in cuts if 0 < cut < len(text) - 1]
    likely = _LIKELY_CUT.search(text)
    cuts.sort(key=lambda cut: (likely is None or cut != likely.start(), -cut))
    return [Split(text[:cut], text[cut + 1 :]) for cut in cuts]


def resolve(node_id: str, jobs: JobQuerySet, datasets: "Named") -> Node:
    """Find which of `jobs`, or of the datasets, a nodeId means.

    A column is one that its dataset has or had, as far as the reader is told. The
    queries are of a fixed number. Raises UnknownNode.
    """
    kind, text = kind_of(node_id)
    find = {"job": _find_job, "dataset": _find_dataset, "datasetField": _find_column}
    for body in bodies(text):
        read = splits(body.text)
        namespaces = _ids_of({split.namespace for split in read})
        read = [split for split in read if split.namespace in namespaces]
        if read and (node := find[kind](read, namespaces, jobs, datasets)):
            return replace(node, version=body.version)
    raise UnknownNode(node_id)


def _ids_of(names: Collection[str]) -> dict[str, int]:
    known = Namespace.objects.unrestricted("a step towards assets that are permitted")
    return dict(known.filter(name__in=names).values_list("name", "pk"))


def _find_job(
    read: Sequence[Split],
    namespaces: Mapping[str, int],
    jobs: JobQuerySet,
    datasets: "Named",
) -> Node | None:
    named = jobs.filter(
        namespace__in=namespaces.values(), name__in=[split.rest for split in read]
    )
    found = {
        (job.namespace.name, job.name): job for job in named.select_related("namespace")
    }
    return next((Node(job=found[split]) for split in read if split in found), None)


def _find_dataset(
    read: Sequence[Split],
    namespaces: Mapping[str, int],
    jobs: JobQuerySet,
    datasets: "Named",
) -> Node | None:
    found = datasets.find(namespaces, {split.rest for split in read})
    chosen = (found.get((namespaces[split.namespace], split.rest)) for split in read)
    return next((Node(dataset=dataset) for dataset in chosen if dataset), None)


def _find_column(
    read: Sequence[Split],
    namespaces: Mapping[str, int],
    jobs: JobQuerySet,
    datasets: "Named",
) -> Node | None:
    cut = [
        (namespaces[split.namespace], name, field)
        for split in read
        for name, field in splits(split.rest)
    ]
    found = datasets.find(namespaces, {name for _, name, _ in cut})
    candidates = [
        (found[namespace, name], field)
        for namespace, name, field in cut
        if (namespace, name) in found
    ]
    asked = {Column(dataset.canonical_id, field) for dataset, field in candidates}
    known = columns.known(asked, veil=datasets.veil)
    return next(
        (
            Node(dataset=dataset, field=field)
            for dataset, field in candidates
            if (dataset.canonical_id, field) in known
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class Named:
    """Canonical datasets that may be meant, the names by which they may be, and what
    is hidden from the one who asks.

    With `past` names, such a one is meant by itself, whichever dataset has it now.
    """

    canonical: DatasetQuerySet
    names: DatasetQuerySet
    veil: Veil
    past: DatasetQuerySet | None = None

    def find(
        self, namespaces: Mapping[str, int], names: Collection[str]
    ) -> dict[tuple[int, str], Dataset]:
        """Those of such names, by (namespace id, name)."""
        found = self._past(namespaces, names) if self.past is not None else {}
        return self._now(namespaces, names) | found

    def _past(
        self, namespaces: Mapping[str, int], names: Collection[str]
    ) -> dict[tuple[int, str], Dataset]:
        assert self.past is not None
        rows = self.past.filter(namespace__in=namespaces.values(), name__in=names)
        return {(row.namespace_id, row.name): row for row in rows.with_names()}

    def _now(
        self, namespaces: Mapping[str, int], names: Collection[str]
    ) -> dict[tuple[int, str], Dataset]:
        links = self.names.filter(
            namespace__in=namespaces.values(), name__in=names
        ).values_list("namespace", "name", "canonical")
        by_name = {(namespace, name): leader for namespace, name, leader in links}
        if not by_name:
            return {}
        found = self.canonical.with_names().in_bulk(set(by_name.values()))
        return {name: found[pk] for name, pk in by_name.items() if pk in found}
