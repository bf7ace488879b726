"""Who sent an event, and what may a reader know of what the sender may not alter?

Whoever sent the same text knows all that it names. Others are told what lies in their
own scope.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lineage.events import namespaces_told
from lineage.models import Acceptance, Event
from policies.access import Someone
from policies.actions import Action
from policies.compiler.scopes import NamespaceScope
from policies.models import Principal

# Its messages name what is outside of the sender's scope.
NAMING = "assertion_inert"
UNNAMED = "The sender may not alter what this names; that part has no effect."


@dataclass(frozen=True, slots=True)
class Sender:
    """One acceptance of an event. `principal` is None for the system, or one gone.

    `inert` are the identities that the sender may not alter, as far as the reader may
    know of them.
    """

    principal: Principal | None
    recorded_at: datetime
    inert: list[str]

    @property
    def username(self) -> str | None:
        return self.principal.username if self.principal else None


@dataclass(frozen=True, slots=True)
class Warned:
    """A conformance warning, as the reader may know it."""

    pointer: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an event was taken in: from whom, the first one first, and with what faults.

    The warnings stand by pointer and code.
    """

    senders: list[Sender]
    warnings: list[Warned]


def receipt_of(event: Event, reader: Someone) -> Receipt:
    """Tell `reader`, who may see the event, how it was taken in. Three queries."""
    rows = list(Acceptance.objects.filter(event=event).order_by("recorded_at"))
    known = Principal.objects.in_bulk([row.principal_id for row in rows])
    scope = namespaces_told(reader, Action.EVENT_VIEW)
    if any(row.principal_id == reader.pk for row in rows):
        scope = NamespaceScope()
    return Receipt(
        [
            Sender(
                known.get(row.principal_id),
                row.recorded_at,
                [one for one in row.inert or () if _is_inside(one, scope)],
            )
            for row in rows
        ],
        list(_warnings(event, scope)),
    )


def _warnings(event: Event, scope: NamespaceScope) -> Iterator[Warned]:
    for row in event.warnings.order_by("pointer", "code"):
        is_told = row.code != NAMING or scope.is_everything
        yield Warned(row.pointer, row.code, row.message if is_told else UNNAMED)


def _is_inside(identity: str, scope: NamespaceScope) -> bool:
    """Whether "dataset NAMESPACE NAME" is, wherever the namespace may end."""
    words: Sequence[str] = identity.split(" ")[1:]
    ends = range(1, max(len(words), 2))
    return all(scope.allows(" ".join(words[:end])) for end in ends)
