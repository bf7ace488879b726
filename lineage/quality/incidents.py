"""Which expectations and incidents may a reader know of, and who is downstream?"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef

from catalog.hidden_columns import with_hidden_columns
from catalog.models import Dataset, Job
from lineage import impact
from lineage.models import (
    Expectation,
    ExpectationKind,
    Incident,
    IncidentNotice,
    Severity,
)
from lineage.models.quality import ExpectationQuerySet, IncidentQuerySet
from lineage.reader import Reader
from policies.actions import Action
from policies.models import Principal

MAX_NODES = 2000
OWNED_TOLD = 20  # assets that are named of one owner
STATES = ("open", "acknowledged", "ended", "all")
# What these found wrong names columns.
OF_COLUMNS = (ExpectationKind.ASSERTION, ExpectationKind.COLUMNS)


def incidents_of(reader: Reader, incidents: IncidentQuerySet) -> IncidentQuerySet:
    """Those that the reader may know of: of datasets whose runs they may see.

    Of datasets with columns that are hidden from them, none that is about columns.
    """
    shown = incidents.filter(dataset__canonical__in=_datasets(reader).values("pk"))
    cut = with_hidden_columns(reader.principal)
    if not cut:
        return shown
    return shown.exclude(dataset__canonical__in=cut, expectation__kind__in=OF_COLUMNS)


def expectations_of(
    reader: Reader, expectations: ExpectationQuerySet
) -> ExpectationQuerySet:
    """As `incidents_of`."""
    shown = expectations.filter(dataset__canonical__in=_datasets(reader).values("pk"))
    cut = with_hidden_columns(reader.principal)
    if not cut:
        return shown
    return shown.exclude(dataset__canonical__in=cut, kind__in=OF_COLUMNS)


def _datasets(reader: Reader) -> Any:
    return reader.datasets.permitted(reader.principal, Action.RUN_VIEW)


def may_expect(reader: Reader, dataset: Dataset) -> bool:
    """Whether the reader may expect something of a dataset, and see to incidents."""
    editable = _datasets(reader).permitted(reader.principal, Action.ASSET_EDIT)
    return bool(editable.filter(pk=dataset.pk).exists())


def in_state(incidents: IncidentQuerySet, state: str) -> IncidentQuerySet:
    """Those that are open, acknowledged, or ended; all otherwise."""
    if state == "open":
        return incidents.open()
    if state == "acknowledged":
        return incidents.open().filter(acknowledged_at__isnull=False)
    if state == "ended":
        return incidents.filter(ended_at__isnull=False)
    return incidents


def told_to(incidents: IncidentQuerySet, principal: object) -> IncidentQuerySet:
    """Those that somebody was told of."""
    if not isinstance(principal, Principal):
        return incidents.none()
    notices = IncidentNotice.objects.filter(
        incident=OuterRef("pk"), principal=principal
    )
    return incidents.filter(Exists(notices))


def fitting(incidents: IncidentQuerySet, text: str) -> IncidentQuerySet:
    """Those of datasets whose name holds a text."""
    text = text.replace("\0", "").strip()
    if not text:
        return incidents
    return incidents.filter(dataset__canonical__name__icontains=text)


def of_severity(incidents: IncidentQuerySet, severity: str) -> IncidentQuerySet:
    if severity not in Severity.values:
        return incidents
    return incidents.filter(severity=severity)


@dataclass(slots=True)
class DownstreamOwner:
    """Somebody who answers for assets that a dataset's data flows into."""

    name: str
    is_curated: bool
    assets: list[Dataset | Job] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Downstream:
    """Who answers for what is downstream, as far as a reader may know."""

    owners: list[DownstreamOwner]
    unowned: int
    withheld: int
    is_truncated: bool


def downstream(incident: Incident, reader: Reader) -> Downstream | None:
    """The owners downstream of an incident's dataset, those of most assets first.

    None for whoever may not see its lineage.
    """
    dataset = incident.dataset.canonical
    if not reader.linked_datasets.filter(pk=dataset.pk).exists():
        return None
    found = impact.of_asset(dataset, reader, max_nodes=MAX_NODES)
    owners: dict[tuple[str, bool], DownstreamOwner] = {}
    for hit in found.hits:
        for name, is_curated in {(one.name, one.is_curated) for one in hit.owners}:
            key = name, is_curated
            owner = owners.setdefault(key, DownstreamOwner(name, is_curated))
            owner.count += 1
            if len(owner.assets) < OWNED_TOLD:
                owner.assets.append(hit.asset)
    ordered = sorted(owners.values(), key=lambda one: (-one.count, one.name))
    unowned = sum(not hit.owners for hit in found.hits)
    return Downstream(ordered, unowned, found.withheld, found.is_truncated)


def running(expectations: Collection[Expectation]) -> dict[object, Incident]:
    """The open incident of each expectation that has one, by its identity."""
    identities = [one.identity for one in expectations]
    rows = Incident.objects.open().filter(identity__in=identities)
    return {row.identity: row for row in rows}


def latest_of(dataset: Dataset, reader: Reader, most: int) -> list[Incident]:
    """The latest incidents of a dataset as the reader may know, open ones first."""
    of_dataset = Incident.objects.filter(dataset__canonical=dataset)
    rows = incidents_of(reader, of_dataset).told()
    latest = rows.order_by("-opened_at", "-pk")[:most]
    return sorted(latest, key=lambda one: one.ended_at is not None)


def notices_to(
    principal: object, incidents: Collection[Incident]
) -> dict[int, IncidentNotice]:
    """Why somebody was told of each of some incidents, by the incident's id."""
    if not isinstance(principal, Principal):
        return {}
    rows = IncidentNotice.objects.filter(
        principal=principal, incident__in=[one.pk for one in incidents]
    )
    return {row.incident_id: row for row in rows}
