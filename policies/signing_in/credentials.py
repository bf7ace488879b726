"""What does a token let its bearer do, at the most?"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from policies.actions import Action
from policies.compiler.scopes import NamespaceScope


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a token leaves of its principal's rights; it never adds any.

    `actions` is None where the token carries no role of its own.
    """

    actions: frozenset[str] | None
    reach: NamespaceScope

    def covers(self, action: Action) -> bool:
        return self.actions is None or action in self.actions


@dataclass(frozen=True, slots=True)
class Credential:
    """A token that was found genuine, and what it is worth at one policy epoch.

    `ingest` is where its bearer may send events. `good_until` is the first moment at
    which time alone changes that: an expiry, or the edge of a grant's validity.
    Requests without a token have one too where an anonymous role is set: its key id
    names the role, and it belongs to nobody. Until `emergency_until` no deny holds for
    its bearer.
    """

    key_id: str
    secret_sha256: bytes
    token_id: int | None
    principal_id: int | None
    principal_public_id: UUID | None
    narrowing: Narrowing
    ingest: NamespaceScope
    epoch: int | None
    good_until: datetime | None
    emergency_until: datetime | None = None
