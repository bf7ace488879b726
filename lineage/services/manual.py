"""How is a flow of data declared that no producer reports, extended, and ended?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.curation.faults import Refused
from catalog.models import Change
from catalog.services import Changing, changing
from lineage.manual import Drawn, Key, key_of
from lineage.models import ManualEdge
from policies.models import Principal

LABEL = "manual edge"


class EdgeEnded(Refused):
    """Somebody has ended the edge already, or declared it anew."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What became of edges to declare; no change where all were so already."""

    change: Change | None
    new: int
    replaced: int

    @property
    def touched(self) -> int:
        return self.new + self.replaced


def declare_edges(
    drawn: Sequence[Drawn],
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
) -> Declared:
    """Declare edges as one change. One that stands is said anew only if it differs.

    Of two for one edge the last counts. `reason` is why all of them together.
    """
    with changing(actor=actor, via=via, reason=reason) as making:
        fresh, replaced = _compare(drawn)
        _close(making, replaced, "replaced", is_journaled=False)
        _open(making, [one.row() for one in fresh])
    return Declared(making.made, len(fresh) - len(replaced), len(replaced))


def foresee_edges(drawn: Sequence[Drawn]) -> Declared:
    """What `declare_edges` would do now; it does nothing."""
    fresh, replaced = _compare(drawn)
    return Declared(None, len(fresh) - len(replaced), len(replaced))


def extend_edge(
    edge: ManualEdge,
    *,
    expires_at: datetime | None,
    reason: str,
    actor: Principal | None,
    via: Change.Via,
) -> ManualEdge:
    """Let an edge hold until another time, or for good; answers the row in its place.

    An expired one is in force again. Raises EdgeEnded.
    """
    with changing(actor=actor, via=via, reason=reason) as making:
        [standing] = _still_standing([edge])
        again = ManualEdge(
            source_dataset=standing.source_dataset,
            source_job=standing.source_job,
            source_field=standing.source_field,
            target_dataset=standing.target_dataset,
            target_job=standing.target_job,
            target_field=standing.target_field,
            reason=standing.reason,
            expires_at=expires_at,
        )
        _close(making, [standing], "replaced", is_journaled=False)
        _open(making, [again])
    return again


def end_edges(
    edges: Collection[ManualEdge],
    *,
    reason: str,
    actor: Principal | None,
    via: Change.Via,
) -> Change | None:
    """Take edges back; they stay to be read. Raises EdgeEnded, and ends none then."""
    with changing(actor=actor, via=via, reason=reason) as making:
        _close(making, _still_standing(edges), "ended", is_journaled=True)
    return making.made


def _compare(drawn: Sequence[Drawn]) -> tuple[list[Drawn], list[ManualEdge]]:
    """What is to be said, and what stands in its place."""
    wanted = {one.key: one for one in drawn}
    standing = _standing(wanted)
    fresh = {
        key: one
        for key, one in wanted.items()
        if key not in standing or not _says(standing[key], one)
    }
    return list(fresh.values()), [standing[key] for key in fresh if key in standing]


def _open(making: Changing, rows: Sequence[ManualEdge]) -> None:
    making.open(rows, LABEL, "declared")
    for row in rows:
        for entry in row.noted(is_said=True):
            making.journal(entry.act, entry.target, **(entry.changes or {}))


def _close(
    making: Changing, rows: Sequence[ManualEdge], done: str, *, is_journaled: bool
) -> None:
    making.close(rows, LABEL, done)
    for row in rows if is_journaled else ():
        for entry in row.noted(is_said=False):
            making.journal(entry.act, entry.target, **(entry.changes or {}))


def _still_standing(edges: Collection[ManualEdge]) -> list[ManualEdge]:
    rows = ManualEdge.objects.standing().with_ends()
    found = list(rows.filter(pk__in=[edge.pk for edge in edges]))
    if len(found) < len(edges):
        raise EdgeEnded("The edge is ended already, or was declared anew since.")
    return found


def _standing(wanted: Collection[Key]) -> dict[Key, ManualEdge]:
    """What stands of these edges, under any name of a dataset."""
    sources = {key[:2] for key in wanted}
    rows = ManualEdge.objects.standing().with_ends()
    found: dict[Key, ManualEdge] = {}
    for kind, lookup in (
        ("dataset", "source_dataset__canonical"),
        ("job", "source_job"),
    ):
        ids = [pk for of, pk in sources if of == kind]
        if ids:
            near = rows.filter(**{f"{lookup}__in": ids})
            found |= {key_of(row): row for row in near}
    return {key: row for key, row in found.items() if key in wanted}


def _says(row: ManualEdge, drawn: Drawn) -> bool:
    return (row.reason, row.expires_at) == (drawn.reason, drawn.expires_at)
