"""When was something in a namespace first and last mentioned, as far as a reader knows?

A namespace's own times are of everything in it: they would tell when something that is
hidden from a reader was heard of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Max, Min

from catalog.models import Dataset, Job, Namespace
from catalog.models.namespaces import NamespaceQuerySet
from policies.access import Someone, may_everywhere
from policies.actions import Action

MODELS: Final[tuple[Any, ...]] = (Dataset, Job)


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
    if may_everywhere(reader, Action.ASSET_VIEW):
        return {r.pk: Span(r.first_seen, r.last_seen, r.updated_at) for r in rows}
    spans = {row.pk: Span(None, None, row.created_at) for row in rows}
    for model in MODELS if rows else ():
        held = model.objects.permitted_by_name(reader, Action.ASSET_VIEW)
        held = held.filter(namespace__among=sorted(spans)).order_by()
        for one in held.values("namespace").annotate(
            first=Min("first_seen"), last=Max("last_seen"), updated=Max("updated_at")
        ):
            spans[one["namespace"]].take_in(one)
    return spans


def shown_to(reader: Someone) -> NamespaceQuerySet:
    """The namespaces that a reader sees, without those that are deleted for them."""
    known = Namespace.objects.visible().permitted(reader, Action.ASSET_VIEW)
    gone = deleted_for(reader)
    return known.exclude(pk__in=gone) if gone else known


def deleted_for(reader: Someone) -> set[int]:
    """Deleted namespaces in which nothing was heard of since but what a reader may not
    see: that brings back none of them, for this reader. One query, mostly.
    """
    back = Namespace.objects.visible().filter(hidden_at__isnull=False)
    # Rights take longer to write than to find that nothing was deleted.
    if may_everywhere(reader, Action.ASSET_VIEW) or not _exists(back):
        return set()
    rows = list(back.permitted(reader, Action.ASSET_VIEW))
    spans = spans_of(rows, reader)
    return {
        row.pk
        for row in rows
        if row.hidden_at is not None and spans[row.pk].updated_at <= row.hidden_at
    }


def _exists(namespaces: NamespaceQuerySet) -> bool:
    return namespaces.unrestricted("whether there is anything to judge").exists()
