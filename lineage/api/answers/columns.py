"""What is told of the columns that a walk met, in Marquez's shapes?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from catalog import facets, versions
from catalog.models import Dataset
from catalog.versions import Version, dataset_version_id
from lineage import nodeids
from lineage.column_sources import Transformation
from lineage.graph.columns import Column, ColumnWalk, of_whole
from lineage.graph.cut import Cut
from lineage.projection.facts import EMPTY_DEFINITION
from lineage.reader import Reader

Node = dict[str, Any]
MAX_NEEDED = 10_000  # columns that whole datasets depend on
MOMENT = timedelta(microseconds=1)  # the least distance of two times


@dataclass(frozen=True, slots=True)
class AsOf:
    """Which state an answer is of: what was said `before` an instant; None is now.

    `is_told` has every node carry the version that its dataset had. `chosen` are the
    versions that were asked for, by dataset.
    """

    before: datetime | None = None
    is_told: bool = False
    chosen: Mapping[int, Version] | None = None

    @property
    def cut(self) -> Cut:
        """The same for a walk."""
        return Cut() if self.before is None else Cut(self.before - MOMENT)


NOW = AsOf()


class Span(Protocol):
    """Something that was shown from one event time to another."""

    @property
    def first_at(self) -> datetime: ...
    @property
    def last_at(self) -> datetime: ...


def until(own: Span, known: Iterable[Span]) -> datetime | None:
    """When another definition took the place of this one; None while it is in force."""
    later = [other for other in known if other.last_at > own.last_at]
    if not later:
        return None
    # Where two took turns, only its own last showing is sure to be of its time.
    return max(min(other.first_at for other in later), own.last_at + MOMENT)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A dataset that the reader may know of, as its columns tell of it."""

    namespace: str
    name: str
    version: UUID | None
    types: Mapping[str, str | None]

    def identity(self, column: Column) -> dict[str, Any]:
        return {
            "namespace": self.namespace,
            "dataset": self.name,
            "datasetVersion": self.version,
            "field": column.field,
        }


def answer_columns(
    walk: ColumnWalk, start: Iterable[int], as_of: AsOf, reader: Reader
) -> dict[str, list[Node]]:
    """Tell of the columns that the reader may know of, and of edges among them, by id.

    Beside the graph stands what the datasets in it, and those that were asked about
    (`start`), depend on as a whole. A fixed number of queries.
    """
    met = {column.dataset for column in walk.columns}.union(start)
    whole = of_whole(
        met,
        max_columns=MAX_NEEDED,
        cut=as_of.cut,
        with_manual=as_of.before is None,
        veil=reader.veil,
    )
    shown = _shown(met | {column.dataset for column in whole.columns}, as_of, reader)
    sources, targets = _neighbours(walk, shown)
    ids = {
        column: _node_id(column, shown[column.dataset], as_of)
        for column in walk.columns
        if column.dataset in shown
    }
    graph = [
        {
            "id": own_id,
            "type": "DATASET_FIELD",
            "data": _data(column, sources[column], shown, walk),
            # These lead from the column to its source, the wrong way round: Marquez's
            # clients know it so.
            "inEdges": _edges(own_id, sources[column], ids),
            "outEdges": _edges(own_id, targets[column], ids),
        }
        for column, own_id in ids.items()
    ]
    answer = {"graph": sorted(graph, key=lambda node: str(node["id"]))}
    if dependencies := _dependencies(whole, shown):
        answer["datasetDependencies"] = dependencies
    return answer


def _shown(datasets: set[int], as_of: AsOf, reader: Reader) -> dict[int, _Shown]:
    found = list(reader.column_datasets.filter(pk__in=datasets).with_names())
    known = versions.of_datasets(found)
    held = {one.pk: _version_of(one.pk, known[one.pk], as_of) for one in found}
    schemas = facets.load(v.facet_id for v in held.values() if v and v.facet_id)
    shown = {}
    for dataset in found:
        version = held[dataset.pk]
        schema = schemas[version.facet_id] if version and version.facet_id else None
        shown[dataset.pk] = _Shown(
            dataset.namespace.name,
            dataset.name,
            _version_id(dataset, version, as_of),
            {field.path: field.type for field in facets.fields(schema)},
        )
    return shown


def _version_of(dataset: int, known: Sequence[Version], as_of: AsOf) -> Version | None:
    if as_of.chosen and dataset in as_of.chosen:
        return as_of.chosen[dataset]
    if as_of.before is None:
        return versions.current(known)
    # Of a dataset that was described later only, the first that is known of it.
    then = versions.in_force(known, as_of.before - MOMENT)
    return then or next(iter(known), None)


def _version_id(dataset: Dataset, version: Version | None, as_of: AsOf) -> UUID | None:
    if version is not None:
        return version.id
    return dataset_version_id(dataset, EMPTY_DEFINITION) if as_of.is_told else None


def _node_id(column: Column, dataset: _Shown, as_of: AsOf) -> str:
    version = dataset.version if as_of.is_told else None
    return nodeids.of_field(dataset.namespace, dataset.name, column.field, version)


def _neighbours(
    walk: ColumnWalk, shown: Mapping[int, _Shown]
) -> tuple[dict[Column, list[Column]], dict[Column, list[Column]]]:
    """What each column comes from, and what comes from it."""
    sources: dict[Column, list[Column]] = defaultdict(list)
    targets: dict[Column, list[Column]] = defaultdict(list)
    for output, source in walk.links:
        if output.dataset in shown and source.dataset in shown:
            sources[output].append(source)
            targets[source].append(output)
    return sources, targets


def _data(
    column: Column, sources: list[Column], shown: Mapping[int, _Shown], walk: ColumnWalk
) -> dict[str, Any]:
    inputs = _inputs(column, sources, shown, walk)
    first = inputs[0] if inputs else _former([])
    return {
        **shown[column.dataset].identity(column),
        "fieldType": shown[column.dataset].types.get(column.field) or "",
        "transformationDescription": first["transformationDescription"],
        "transformationType": first["transformationType"],
        "inputFields": inputs,
    }


def _inputs(
    column: Column, sources: list[Column], shown: Mapping[int, _Shown], walk: ColumnWalk
) -> list[dict[str, Any]]:
    told = []
    for source in sources:
        ways = sorted(
            walk.links[column, source], key=lambda how: (*how[:3], str(how.masking))
        )
        told.append(
            {
                **shown[source.dataset].identity(source),
                **_former(ways),
                "transformations": [_way(how) for how in ways if how.says_anything],
            }
        )
        if (column, source) in walk.manual:
            told[-1]["assertedBy"] = ["events"] * bool(ways) + ["manual"]
    return sorted(
        told, key=lambda one: (one["namespace"], one["dataset"], one["field"])
    )


def _former(ways: Sequence[Transformation]) -> dict[str, str | None]:
    """The members that clients of before `transformations` read: the first one's."""
    return {
        "transformationDescription": (ways[0].description or None) if ways else None,
        "transformationType": ways[0].former_type if ways else None,
    }


def _way(how: Transformation) -> dict[str, Any]:
    return {
        "type": how.type or None,
        "subtype": how.subtype or None,
        "description": how.description or None,
        "masking": how.masking,
    }


def _edges(
    own_id: str, others: Iterable[Column], ids: Mapping[Column, str]
) -> list[dict[str, str]]:
    return [
        {"origin": own_id, "destination": destination}
        for destination in sorted(ids[other] for other in others)
    ]


def _dependencies(whole: ColumnWalk, shown: Mapping[int, _Shown]) -> list[Node]:
    """What datasets need as a whole, by name: columns that all of theirs depend on."""
    sources, _ = _neighbours(whole, shown)
    told = []
    for column, needed in sources.items():
        own = shown[column.dataset].identity(column)
        del own["field"]
        told.append({**own, "inputFields": _inputs(column, needed, shown, whole)})
    return sorted(told, key=lambda one: (one["namespace"], one["dataset"]))
