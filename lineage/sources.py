"""In which sources does data lie, by what producers say and people declare?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Max, Min
from django.utils import timezone

from catalog import facets
from catalog.models import Dataset, Source
from lineage.reader import Reader

# What Marquez takes for granted, and says of datasets of which nobody said more.
DEFAULT = "default"
UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class KnownSource:
    """One source by name: as declared, else as its datasets tell.

    `first_seen` is the event time of its first dataset, or when it was declared.
    """

    name: str
    type: str
    connection_url: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class _Harvested:
    """What one dataSource facet says, and of how recent datasets."""

    name: str
    uri: str
    created_at: datetime
    updated_at: datetime
    first_seen: datetime


def known(reader: Reader, names: Iterable[str] | None = None) -> list[KnownSource]:
    """The sources, by name, or those of some names: three queries.

    Declared ones are words that everybody may use. One that only events tell of is
    known to whoever may see a dataset in it.
    """
    wanted = None if names is None else set(names)
    found: dict[str, list[_Harvested]] = {}
    for one in _harvested(reader):
        if wanted is None or one.name in wanted:
            found.setdefault(one.name, []).append(one)
    rows = Source.objects.current()
    if wanted is not None:
        rows = rows.filter(name__in=wanted)
    declared = {row.name: row for row in rows}
    return [
        _united(name, declared.get(name), found.get(name, []))
        for name in sorted(found.keys() | declared.keys())
    ]


def named(name: str, reader: Reader) -> KnownSource | None:
    """The source of this name, which `default` always is; None if there is none."""
    found = known(reader, [name])
    if not found and name == DEFAULT:
        at = timezone.now()
        return KnownSource(DEFAULT, UNKNOWN, "", None, at, at, at)
    return found[0] if found else None


def counts(reader: Reader, bounds: Sequence[datetime]) -> list[int]:
    """How many sources there were at the end of each bucket."""
    times = sorted(source.first_seen for source in known(reader))
    return [sum(at < end for at in times) for end in bounds[1:]]


def _united(
    name: str, declared: Source | None, harvested: list[_Harvested]
) -> KnownSource:
    created = [one.created_at for one in harvested]
    updated = [one.updated_at for one in harvested]
    seen = [one.first_seen for one in harvested]
    if declared is not None:
        return KnownSource(
            name,
            declared.type,
            declared.connection_url,
            declared.description or None,
            min([declared.created_at, *created]),
            max([declared.updated_at, *updated]),
            min([declared.created_at, *seen]),
        )
    latest = max(harvested, key=lambda one: (one.updated_at, one.uri))
    return KnownSource(
        name, type_of(latest.uri), latest.uri, None, min(created), max(updated),
        min(seen),
    )  # fmt: skip


def type_of(uri: str) -> str:
    """What kind of store an address leads to: `POSTGRES` of `postgres://…`."""
    try:
        return urlsplit(uri).scheme.upper() or UNKNOWN
    except ValueError:
        return UNKNOWN


def _harvested(reader: Reader) -> list[_Harvested]:
    """What the dataSource facets of permitted datasets say; by dataset_of_source."""
    names = Dataset.objects.unrestricted("names of datasets that are permitted")
    visible: Any = reader.datasets.values("pk")
    rows = (
        names.filter(
            data_source__isnull=False,
            first_seen__isnull=False,
            canonical__in=visible,
        )
        .order_by()
        .values_list("data_source")
        .annotate(Min("created_at"), Max("updated_at"), Min("first_seen"))
    )
    spans = {pk: span for pk, *span in rows}
    found = []
    for pk, facet in facets.load(spans).items():
        if name := facets.text(facet, "name"):
            uri = facets.text(facet, "uri") or ""
            found.append(_Harvested(name, uri, *spans[pk]))
    return found
