"""What would a change of rights do, before it is made: who gains and loses what?

    simulate([GrantGiven(Grant(principal=ann, role=viewer))])

Nothing is written and nothing is locked: both states are compared in memory, each sort
of assets once, for all principals at a time.
"""

from collections.abc import Iterable
from datetime import datetime

from policies.simulation.measuring import measure
from policies.simulation.results import Simulation
from policies.simulation.states import (
    Change,
    GrantGiven,
    GrantRevoked,
    MemberAdded,
    MemberRemoved,
    NestingAdded,
    NestingRemoved,
    PrincipalResumed,
    PrincipalStopped,
    RoleChanged,
    Share,
    ShareGiven,
    ShareRevoked,
    State,
    after,
    read_state,
)

__all__ = [
    "Change",
    "GrantGiven",
    "GrantRevoked",
    "MemberAdded",
    "MemberRemoved",
    "NestingAdded",
    "NestingRemoved",
    "PrincipalResumed",
    "PrincipalStopped",
    "RoleChanged",
    "Share",
    "ShareGiven",
    "ShareRevoked",
    "Simulation",
    "State",
    "after",
    "measure",
    "read_state",
    "simulate",
]


def simulate(changes: Iterable[Change], *, at: datetime | None = None) -> Simulation:
    """Say what these changes, made together, would do to everybody's rights.

    Grants count as they would `at` that instant: now, unless said otherwise.
    """
    before = read_state()
    return measure(before, after(before, changes), at=at)
