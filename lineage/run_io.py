"""Which definitions of which datasets did a run read and write?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog import facets, versions
from catalog.facets import Fold
from catalog.models import Dataset, Facet
from catalog.models.datasets import DatasetQuerySet
from catalog.versions import Identity, Version
from lineage.models import Run, RunDataset
from lineage.projection.evidence import INPUT
from lineage.projection.facts import EMPTY_DEFINITION


@dataclass(frozen=True, slots=True)
class RunDatasetVersion:
    """A dataset that a run read or wrote, under its canonical name.

    `id` is the outside id of the definition, also of one that no completed run wrote;
    then `version` is None. `facets` are those that the run gave this dataset: the
    dataset's, and the input's or output's.
    """

    dataset: Dataset
    id: UUID
    version: Version | None
    facets: list[Facet]


@dataclass(slots=True)
class RunIO:
    """What a run read and wrote, each by (namespace, name)."""

    inputs: list[RunDatasetVersion] = field(default_factory=list)
    outputs: list[RunDatasetVersion] = field(default_factory=list)


def of_runs(runs: Iterable[Run], datasets: DatasetQuerySet) -> dict[int, RunIO]:
    """What each run read and wrote among `datasets`, in a fixed number of queries.

    Which definition a run read nobody says at the time: it is the one that was in force
    when the run started. What a run wrote is what it showed, and else what was in force
    when it ended.
    """
    by_pk = {run.pk: run for run in runs}
    rows: dict[tuple[int, int, int], list[Fold]] = defaultdict(list)
    found: Any = RunDataset.objects.filter(run__among=by_pk).values_list(
        "run", "dataset", "direction", "facets", "facet_events"
    )
    by_group, by_name = _groups({row[1] for row in found}, datasets)
    for run, dataset, direction, shown, events in found:
        if dataset in by_name:
            key = run, direction, by_name[dataset]
            rows[key].append((shown or (), events or ()))
    keys = list(rows)
    in_force = facets.in_force({index: rows[key] for index, key in enumerate(keys)})
    known = versions.of_identities(
        {pk: Identity(one.namespace.name, one.name) for pk, one in by_group.items()},
        by_name,
    )
    result = {pk: RunIO() for pk in by_pk}
    for index, (run_pk, direction, group_pk) in enumerate(keys):
        entry = _entry(
            by_pk[run_pk],
            direction == INPUT,
            by_group[group_pk],
            known[group_pk],
            in_force[index],
        )
        io = result[run_pk]
        (io.inputs if direction == INPUT else io.outputs).append(entry)
    for io in result.values():
        for side in (io.inputs, io.outputs):
            side.sort(key=lambda e: (e.dataset.namespace.name, e.dataset.name))
    return result


def _groups(
    raw: set[int], datasets: DatasetQuerySet
) -> tuple[dict[int, Dataset], dict[int, int]]:
    """The canonical ones among `datasets` of raw ids, and all names that lead there."""
    names = Dataset.objects.unrestricted("ids that lead to the caller's datasets")
    leaders = set(names.filter(pk__among=raw).values_list("canonical", flat=True))
    found = datasets.filter(pk__among=leaders).select_related("namespace")
    groups = {dataset.pk: dataset for dataset in found}
    links = names.filter(canonical__among=groups).values_list("pk", "canonical")
    return groups, dict(links)


def _entry(
    run: Run,
    is_input: bool,
    dataset: Dataset,
    known: list[Version],
    shown: list[Facet],
) -> RunDatasetVersion:
    schema = next(
        (f for f in shown if f.scope == Facet.Scope.DATASET and f.key == "schema"), None
    )
    own = bytes(schema.definition) if schema and schema.definition else None
    version = None
    if is_input or own is None:
        version = _in_force(known, run, is_input)
    if version is not None:
        return RunDatasetVersion(dataset, version.id, version, shown)
    definition = own or EMPTY_DEFINITION
    version = next((v for v in known if v.definition == definition), None)
    outside_id = versions.dataset_version_id(dataset, definition)
    return RunDatasetVersion(dataset, outside_id, version, shown)


def _in_force(known: list[Version], run: Run, is_input: bool) -> Version | None:
    instants: list[datetime | None] = [run.ended_at or run.last_event_at]
    if is_input:
        # Before its own writes; but a first showing may come with its last event.
        instants.insert(0, run.started_at)
    for at in instants:
        if at is not None and (version := versions.in_force(known, at)):
            return version
    return None
