"""What is told of a decision: grounds, their ways, what nearly gave it, what would?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db.models import Model

from policies.actions import Action
from policies.compiler.conditions import Condition
from policies.compiler.standing import Someone
from policies.models import Grant, Group


class By(StrEnum):
    """What decides."""

    DENY = "deny"
    OWNERSHIP = "ownership"
    ALLOW = "allow"
    SHARE = "share"
    EMERGENCY = "emergency"  # a deny that does not hold, since the glass is broken
    TOKEN = "token"  # noqa: S105 - the token of the request does not reach so far
    NOTHING = "nothing"  # nothing allows it


class Place(StrEnum):
    """What a step from an asset to a scope stands on."""

    NAME = "name"  # another name of the same dataset
    NAMESPACE = "namespace"
    DOMAIN = "domain"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Step:
    """One step from an asset to what a grant reaches, or to who answers for it.

    `row` is the namespace, domain, tag or other name. `statement` is what puts the one
    before it there (a Placement, a TagAssignment …); without one it is above it in its
    tree. What producers propose, and nobody has confirmed, is not `is_confirmed`.
    """

    place: Place
    row: Model
    statement: Any = None
    is_confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Ground:
    """A grant, a share or an ownership that bears on an asset just now.

    `path` leads from who asks to who holds the grant or answers for the asset: the
    groups between, nearest first. `reach` leads from the asset to the grant's scope, or
    to the namespace that is answered for. `statement` is the ownership or the share.
    A ground without a grant, `by` ALLOW, is the role of those without an account.
    """

    by: By
    grant: Grant | None = None
    path: tuple[Group, ...] = ()
    reach: tuple[Step, ...] = ()
    statement: Any = None


class Why(StrEnum):
    """Why a grant that names the action does not bear on the asset just now."""

    ELSEWHERE = "elsewhere"
    NOT_YET = "not yet"
    OVER = "over"
    UNMET = "unmet"


@dataclass(frozen=True, slots=True)
class Near:
    """A grant that names the action and bears on other assets, or at other times.

    `missing` is what of its condition is not met.
    """

    grant: Grant
    reasons: tuple[Why, ...]
    missing: Condition | None = None
    path: tuple[Group, ...] = ()


class Means(StrEnum):
    """An act that changes a decision."""

    REVOKE = "revoke"  # `grant`
    UNSHARE = "unshare"
    DISOWN = "disown"
    BREAK_GLASS = "break the glass"
    GRANT = "grant"  # one of `roles` on the asset, or `where`
    OWN = "own"  # be named as one who answers for it
    SHARE = "share"
    WAIT = "wait"  # until `at`, when `grant` begins
    RENEW = "renew"  # `grant`, which is over since `at`
    MEET = "meet"  # `condition` of `grant`
    WIDEN = "widen"  # use a token that reaches so far, or sign in


@dataclass(frozen=True, slots=True)
class Part:
    """One act of a proposal."""

    means: Means
    grant: Grant | None = None
    statement: Any = None  # an ownership or a share
    at: datetime | None = None
    condition: Condition | None = None
    roles: tuple[str, ...] = ()
    where: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would turn the decision round: all its parts together."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Explanation:
    """A decision, what decided it, and what would have if that were gone.

    `asset` is None for what is bound to none. `near` are the nearest grants that do not
    bear on it, of `near_count`. `until` is when time alone may change it.
    """

    principal: Someone
    action: Action
    asset: Model | None
    is_allowed: bool
    by: By
    deciding: Sequence[Ground] = ()
    outweighed: Sequence[Ground] = ()
    near: Sequence[Near] = ()
    near_count: int = 0
    until: datetime | None = None
    propose: Callable[["Explanation"], Sequence[Proposal]] = field(
        default=lambda told: (), repr=False, compare=False
    )

    @cached_property
    def would_change(self) -> Sequence[Proposal]:
        """Ways to the opposite decision; looked for when they are asked for."""
        return self.propose(self)
