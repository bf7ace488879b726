"""What have the routes of curation in common: refusals, and who made a change?"""

from typing import Any

from catalog.curation.faults import Refused
from catalog.models import Change
from policies.problems import Problem


def refusal(refused: Refused, *, at: str = "", member: str = "") -> Problem:
    """The answer to what cannot be said; `member` is what was sent at fault."""
    return Problem(
        400, "value_invalid", str(refused), pointer=f"{at}/{member or refused.field}"
    )


def told_change(change: Change | None) -> dict[str, Any] | None:
    """Who made a change, when, why and how."""
    if change is None:
        return None
    return {
        "change": str(change.public_id),
        "by": change.actor.username if change.actor else None,
        "at": change.recorded_at,
        "via": change.via,
        "reason": change.reason or None,
    }
