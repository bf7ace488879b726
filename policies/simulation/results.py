"""What does a simulation come to, by numbers?"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from policies.actions import Action
from policies.simulation.gathering import Alike, Sort

GAINED: Final = 0
LOST: Final = 1


class Turning(NamedTuple):
    """Which of the simulation's questions, and for whom it turns: bits of the crowd."""

    question: int
    gained: int
    lost: int

    def way(self, way: int) -> int:
        return self.lost if way else self.gained


@dataclass(slots=True)
class Count:
    """Decisions that turn: each one principal, one action, one asset."""

    decisions: int = 0
    assets: int = 0
    people: int = 0  # bits of the crowd

    @property
    def principals(self) -> int:
        return self.people.bit_count()

    def add(self, people: int, assets: int, decisions: int) -> None:
        if people:
            self.people |= people
            self.assets += assets
            self.decisions += decisions


@dataclass(slots=True)
class Delta:
    """What is gained, and what is lost."""

    gained: Count = field(default_factory=Count)
    lost: Count = field(default_factory=Count)

    def way(self, way: int) -> Count:
        """The one of both: 0 is what is gained."""
        return self.lost if way else self.gained

    def __bool__(self) -> bool:
        return bool(self.gained.decisions or self.lost.decisions)


@dataclass(slots=True)
class OfPrincipal:
    """What one principal gains and loses: assets in all, and by action."""

    gained: int = 0
    lost: int = 0
    actions: dict[Action, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AtLarge:
    """An action bound to no asset that a principal gains or loses."""

    principal: int
    action: Action
    is_gained: bool


class Turned(NamedTuple):
    """Assets of one sort on which decisions turn."""

    sort: Sort
    alike: Alike
    turnings: tuple[Turning, ...]


@dataclass(slots=True)
class Simulation:
    """What a change of rights would do, exactly; names are for `telling` to add."""

    at: datetime
    crowd: list[int] = field(default_factory=list)
    questions: list[tuple[Action, ...]] = field(default_factory=list)
    total: Delta = field(default_factory=Delta)
    actions: dict[Action, Delta] = field(default_factory=dict)
    kinds: dict[str, Delta] = field(default_factory=dict)
    namespaces: dict[int, Delta] = field(default_factory=dict)
    principals: dict[int, OfPrincipal] = field(default_factory=dict)
    at_large: list[AtLarge] = field(default_factory=list)
    turned: list[Turned] = field(default_factory=list)
    told_apart: dict[str, list[int]] = field(default_factory=dict)  # as Assets has it

    @property
    def changes_nothing(self) -> bool:
        return not self.total and not self.at_large
