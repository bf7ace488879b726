"""What does a standing grant say, and where and when does it hold?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.actions import Action
from policies.compiler.conditions import Condition
from policies.compiler.scopes import Glob

type Scope = Everything | InNamespaces | InDomain | Tagged | One


class Effect(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Everything:
    pass


@dataclass(frozen=True, slots=True)
class InNamespaces:
    """What lies in a namespace whose name fits."""

    glob: Glob


@dataclass(frozen=True, slots=True)
class InDomain:
    """What belongs to a domain (its id) or to one below it."""

    domain: int


@dataclass(frozen=True, slots=True)
class Tagged:
    """What has a tag (its id), or one below it; columns, too."""

    tag: int


@dataclass(frozen=True, slots=True)
class One:
    """One asset; of a namespace, all that lies in it."""

    kind: str
    pk: int


EVERYTHING = Everything()


@dataclass(frozen=True, slots=True)
class Right:
    """One standing grant as it bears on whoever holds it."""

    actions: frozenset[str]
    scope: Scope = EVERYTHING
    effect: Effect = Effect.ALLOW
    condition: Condition | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    grant: int | None = None  # its id; None for the anonymous role
    needs_second_factor: bool = False  # as its role says

    def holds(self, action: Action, at: datetime) -> bool:
        return action in self.actions and self.is_valid(at)

    def is_valid(self, at: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_to is None or at < self.valid_to
        )

    @property
    def is_everywhere(self) -> bool:
        return isinstance(self.scope, Everything) and self.condition is None
