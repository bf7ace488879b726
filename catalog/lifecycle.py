"""Which datasets were dropped, and have not been written since?"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from catalog import facets
from catalog.models import Dataset, Facet


def dropped(
    datasets: Iterable[Dataset], held: Mapping[int, Mapping[str, Facet]]
) -> set[int]:
    """Those of canonical datasets `with_names()` that are gone, by id.

    `held` are their facets in force by key. One query, or none where nothing says DROP.
    """
    events = {
        dataset: found
        for dataset in datasets
        if (found := _events_of_drop(dataset, held[dataset.pk]))
    }
    moments = facets.moments(event for some in events.values() for event in some)
    return {
        dataset.pk
        for dataset, some in events.items()
        if not _is_written_after(dataset, max(moments[event] for event in some)[0])
    }


def _events_of_drop(dataset: Dataset, held: Mapping[str, Facet]) -> list[int]:
    """The events that put the DROP in force, one for each name that it is held by."""
    change = held.get("lifecycleStateChange")
    state = facets.text(change, "lifecycleStateChange") or ""
    if change is None or state.upper() != "DROP":
        return []
    return [
        event
        for name in dataset.names.all()
        for facet, event in zip(name.facets, name.facet_events, strict=True)
        if facet == change.pk
    ]


def last_written(dataset: Dataset) -> datetime | None:
    """The latest event time at which something wrote it, under any of its names."""
    times = (name.last_written for name in dataset.names.all())
    return max((at for at in times if at is not None), default=None)


def _is_written_after(dataset: Dataset, instant: datetime) -> bool:
    at = last_written(dataset)
    return at is not None and at > instant
