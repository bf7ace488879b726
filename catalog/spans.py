"""When was something in a namespace first and last mentioned, as far as a reader knows?

A namespace's own times are of everything in it: they would tell when something that is
hidden from a reader was heard of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Min

from catalog.models import Dataset, Job, Namespace
from policies.access import Someone, permitted
from policies.actions import Action


@dataclass(slots=True)
class Span:
    """Event times of the first and last mention, and the recorded time of the last."""

    first_seen: datetime | None
    last_seen: datetime | None
    updated_at: datetime

    def take_in(self, held: dict[str, Any]) -> None:
        """Reach over what is held, too."""
        firsts = [one for one in (self.first_seen, held["first"]) if one is not None]
        lasts = [one for one in (self.last_seen, held["last"]) if one is not None]
        self.first_seen = min(firsts, default=None)
        self.last_seen = max(lasts, default=None)
        self.updated_at = max(self.updated_at, held["updated"])


def spans_of(namespaces: Iterable[Namespace], reader: Someone) -> dict[int, Span]:
    """The spans of namespaces by id, by what the reader may see in them.

    One with nothing in it that they see counts from when it was first recorded. Two
    queries, or none for whoever sees all assets.
    """
    rows = list(namespaces)
    models: tuple[Any, ...] = (Dataset, Job)
    if not any(permitted(reader, Action.ASSET_VIEW, model) for model in models):
        return {r.pk: Span(r.first_seen, r.last_seen, r.updated_at) for r in rows}
    spans = {row.pk: Span(None, None, row.created_at) for row in rows}
    for model in models:
        held = model.objects.permitted(reader, Action.ASSET_VIEW)
        held = held.filter(namespace__among=sorted(spans)).order_by()
        for one in held.values("namespace").annotate(
            first=Min("first_seen"), last=Max("last_seen"), updated=Max("updated_at")
        ):
            spans[one["namespace"]].take_in(one)
    return spans
