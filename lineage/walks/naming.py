"""What are the places of a walk called, and what is known of them?"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from catalog import facets, lifecycle
from catalog.models import Dataset, Facet
from lineage import nodeids
from lineage.graph.cut import NOW, Cut
from lineage.graph.veil import Column, Node
from lineage.reader import Reader

DROPPED_BY = "lifecycleStateChange"
JOB_TYPE = "jobType"


@dataclass(frozen=True, slots=True)
class JobType:
    """What a producer says a job is: `BATCH` of `SPARK`, a `DAG`; empty: nothing."""

    processing: str = ""
    integration: str = ""
    type: str = ""

    @property
    def words(self) -> set[str]:
        """In small letters, as one may ask for it."""
        return {
            word.lower() for word in (self.processing, self.integration, self.type)
        } - {""}


@dataclass(frozen=True, slots=True)
class Known:
    """A job or canonical dataset that the reader may know of.

    `is_unresolved` says that others name it and nothing tells of it itself,
    `is_dropped` that a dataset was dropped and not written since.
    """

    node: Node
    namespace: str
    name: str
    is_unresolved: bool = False
    is_dropped: bool = False
    job_type: JobType = JobType()
    canonical: int = 0  # of a name that is another dataset's now

    @property
    def node_id(self) -> str:
        spell = nodeids.of_job if self.node.is_job else nodeids.of_dataset
        return spell(self.namespace, self.name)

    def column_id(self, field: str) -> str:
        """The nodeId of a column of it, or its own where there is no name."""
        if not field:
            return self.node_id
        return nodeids.of_field(self.namespace, self.name, field)


def node_of(place: Node | Column) -> Node:
    """The asset that a place is, or lies in."""
    return place if isinstance(place, Node) else Node(False, place.dataset)


def known(
    places: Iterable[Node | Column], reader: Reader, cut: Cut = NOW
) -> dict[Node, Known]:
    """The assets of places, but those that are deleted; a fixed number of queries.

    At a past cut a dataset has the name that it had then.
    """
    nodes = {node_of(place) for place in places}
    jobs = {node.id for node in nodes if node.is_job}
    datasets = {node.id for node in nodes if not node.is_job}
    return {**_datasets(datasets, reader, cut), **_jobs(jobs, reader)}


def _jobs(ids: Collection[int], reader: Reader) -> dict[Node, Known]:
    if not ids:
        return {}
    rows = list(
        reader.named_jobs.filter(pk__among=ids).values_list(
            *("pk", "namespace__name", "name", "first_seen", "facets", "facet_events")
        )
    )
    held = facets.by_key(
        {pk: [(ids, events)] for pk, _, _, _, ids, events in rows}, [JOB_TYPE]
    )
    return {
        Node(True, pk): Known(
            Node(True, pk),
            namespace,
            name,
            is_unresolved=first_seen is None,
            job_type=_job_type(held[pk].get(JOB_TYPE)),
        )
        for pk, namespace, name, first_seen, *_ in rows
    }


def _job_type(facet: Facet | None) -> JobType:
    members = facets.document(facet)
    words = (members.get(m) for m in ("processingType", "integration", "jobType"))
    return JobType(*(word if isinstance(word, str) else "" for word in words))


def _datasets(ids: Collection[int], reader: Reader, cut: Cut) -> dict[Node, Known]:
    if not ids:
        return {}
    fields = ("pk", "canonical", "namespace__name", "name", "first_seen")
    rows = reader.column_datasets.filter(pk__among=ids).values_list(*fields)
    told = {row[0]: row for row in rows}
    if not cut.is_now and len(told) < len(ids):
        others = [pk for pk in ids if pk not in told]
        rows = reader.linked_names.filter(pk__among=others).values_list(*fields)
        told |= {row[0]: row for row in rows}
    dropped = _dropped({row[1] for row in told.values()})
    return {
        Node(False, pk): Known(
            Node(False, pk),
            namespace,
            name,
            is_unresolved=first_seen is None,
            is_dropped=canonical in dropped,
            canonical=canonical,
        )
        for pk, canonical, namespace, name, first_seen in told.values()
    }


def _dropped(ids: Collection[int]) -> set[int]:
    """Those of canonical datasets that a producer dropped; mostly none says so."""
    names: Any = Dataset.objects.unrestricted("names of datasets that are permitted")
    of = names.filter(canonical__among=list(ids)).values_list("canonical", "facets")
    holders = [(canonical, held) for canonical, held in of]
    telling = facets.load((f for _, held in holders for f in held), [DROPPED_BY])
    suspects = {pk for pk, held in holders if not telling.keys().isdisjoint(held)}
    if not suspects:
        return set()
    found = list(names.filter(pk__in=suspects).with_names())
    return lifecycle.dropped(found, facets.of_datasets(found))
