"""How do the pages of access write spans of time, ways and actions?"""

from collections.abc import Sequence

from django import template

from policies.actions import Action
from policies.lists.approvals import to_approve
from policies.lists.requests import to_answer
from policies.lists.reviews import waiting_count
from policies.telling.meanings import MEANINGS

register = template.Library()


@register.filter
def minutes(number: int) -> str:
    """A span as people say it: `30 minutes`, `1 hour`, `1 hour 30 minutes`."""
    hours, rest = divmod(number, 60)
    parts = [(hours, "hour"), (rest, "minute")]
    return " ".join(
        f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count
    )


@register.simple_tag(takes_context=True)
def waiting(context: template.Context) -> dict[str, int]:
    """How much waits for the reader: requests, held changes, items of reviews."""
    reader = context["user"]
    return {
        "requests": len(to_answer(reader)),
        "approvals": len(to_approve(reader)),
        "items": waiting_count(reader),
    }


@register.filter
def meaning(action: str) -> str:
    """What an action lets somebody do, in words."""
    return MEANINGS[Action(action)]


@register.filter
def between[T](way: Sequence[T]) -> Sequence[T]:
    """What lies on a way between its ends."""
    return way[1:-1]
