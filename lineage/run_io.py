"""Which definitions of which datasets did a run read and write?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog import facet_columns, facets, versions
from catalog.facets import Fold
from catalog.models import Dataset, Facet
from catalog.models.datasets import DatasetQuerySet
from catalog.versions import Identity, Version
from lineage.models import RunDataset
from lineage.projection.evidence import INPUT
from lineage.projection.facts import EMPTY_DEFINITION
from lineage.reader import Reader
from lineage.runs import AnyRun
from policies.actions import Action
from policies.compiler.column_denies import column_denies


@dataclass(frozen=True, slots=True)
class RunDatasetVersion:
    """A dataset that a run read or wrote, under its canonical name.

    `id` is the outside id of the definition, also of one that no completed run wrote;
    then `version` is None. `facets` are those that the run gave this dataset: the
    dataset's, and the input's or output's, without columns that are hidden.
    """

    identity: Identity
    id: UUID
    version: Version | None
    facets: list[Facet]


@dataclass(slots=True)
class RunIO:
    """What a run read and wrote, each by (namespace, name)."""

    inputs: list[RunDatasetVersion] = field(default_factory=list)
    outputs: list[RunDatasetVersion] = field(default_factory=list)


@dataclass(slots=True)
class Known:
    """What is known of datasets by canonical id.

    `names` leads there from the ids of all names, and `named` says what those are.
    """

    identities: dict[int, Identity] = field(default_factory=dict)
    names: dict[int, int] = field(default_factory=dict)
    named: dict[int, Identity] = field(default_factory=dict)
    versions: dict[int, list[Version]] = field(default_factory=dict)

    def add(self, raw: Iterable[int], datasets: DatasetQuerySet) -> None:
        """Learn of the canonical ones among `datasets` of raw ids: four queries."""
        links: Any = Dataset.objects.unrestricted("ids that lead to permitted datasets")
        leaders = set(links.filter(pk__among=raw).values_list("canonical", flat=True))
        found = datasets.filter(pk__among=leaders)
        identities = {
            pk: Identity(*identity)
            for pk, *identity in found.values_list("pk", "namespace__name", "name")
        }
        names = {}
        for pk, canonical, *identity in links.filter(
            canonical__among=identities
        ).values_list("pk", "canonical", "namespace__name", "name"):
            names[pk] = canonical
            self.named[pk] = Identity(*identity)
        self.identities |= identities
        self.names |= names
        self.versions |= versions.of_identities(identities, names)


def of_runs(
    runs: Iterable[AnyRun],
    datasets: DatasetQuerySet,
    reader: Reader,
    known: Known | None = None,
) -> dict[int, RunIO]:
    """What each run read and wrote among `datasets`, in a fixed number of queries.

    Which definition a run read nobody says at the time: it is the one that was in force
    when the run started. What a run wrote is what it showed, and else what was in force
    when it ended. Datasets that are `known` already are not read again.
    """
    by_pk = {run.pk: run for run in runs}
    known = known or Known()
    rows: dict[tuple[int, int, int], list[Fold]] = defaultdict(list)
    found: Any = RunDataset.objects.filter(run__among=by_pk).values_list(
        "run", "dataset", "direction", "facets", "facet_events"
    )
    if missing := {row[1] for row in found} - known.names.keys():
        known.add(missing, datasets)
    for run, dataset, direction, shown, events in found:
        if dataset in known.names:
            key = run, direction, known.names[dataset]
            rows[key].append((shown or (), events or ()))
    in_force = facets.in_force(dict(enumerate(rows.values())))
    hidden = reader.hidden_columns({canonical for _, _, canonical in rows})
    result = {pk: RunIO() for pk in by_pk}
    for index, (run_pk, direction, group) in enumerate(rows):
        entry = _entry(
            by_pk[run_pk],
            direction == INPUT,
            known.identities[group],
            known.versions[group],
            in_force[index],
            hidden.of.get(group, frozenset()),
        )
        io = result[run_pk]
        (io.inputs if direction == INPUT else io.outputs).append(entry)
    for io in result.values():
        for side in (io.inputs, io.outputs):
            side.sort(key=lambda entry: entry.identity)
    return result


def hidden_in(runs: Iterable[AnyRun], reader: Reader) -> dict[int, frozenset[str]]:
    """The hidden columns of all that each run read and wrote, by their names alone.

    What a run's own facets say of columns, they say without their dataset. No query
    for whoever is denied no tag.
    """
    if not column_denies(reader.principal, Action.ASSET_VIEW):
        return {}
    rows: Any = RunDataset.objects.filter(run__among=[run.pk for run in runs])
    touched: dict[int, set[int]] = defaultdict(set)
    for run, dataset in rows.values_list("run", "dataset__canonical"):
        touched[run].add(dataset)
    hidden = reader.hidden_columns(set().union(*touched.values()))
    return {run: hidden.all_of(datasets) for run, datasets in touched.items()}


def _entry(
    run: AnyRun,
    is_input: bool,
    dataset: Identity,
    known: list[Version],
    shown: list[Facet],
    hidden: Collection[str],
) -> RunDatasetVersion:
    schema = next(
        (f for f in shown if f.scope == Facet.Scope.DATASET and f.key == "schema"), None
    )
    own = bytes(schema.definition) if schema and schema.definition else None
    cut = [facet_columns.without(facet, hidden) for facet in shown]
    shown = [facet for facet in cut if facet is not None]
    version = None
    if is_input or own is None:
        version = _in_force(known, run, is_input)
    if version is not None:
        return RunDatasetVersion(dataset, version.id, version, shown)
    definition = own or EMPTY_DEFINITION
    version = next((v for v in known if v.definition == definition), None)
    outside_id = versions.dataset_version_id(dataset, definition)
    return RunDatasetVersion(dataset, outside_id, version, shown)


def untold(
    run: AnyRun, dataset: Identity, known: list[Version], *, is_input: bool
) -> RunDatasetVersion:
    """What a run touched, of which nothing is told now: no facets of its own."""
    return _entry(run, is_input, dataset, known, [], ())


def _in_force(known: list[Version], run: AnyRun, is_input: bool) -> Version | None:
    instants: list[datetime | None] = [run.ended_at or run.last_event_at]
    if is_input:
        # Before its own writes; but a first showing may come with its last event.
        instants.insert(0, run.started_at)
    for at in instants:
        if at is not None and (version := versions.in_force(known, at)):
            return version
    return None
