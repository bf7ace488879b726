"""How do the pages of access write spans of time, ways and actions?"""

from collections.abc import Sequence

from django import template

from policies.actions import Action
from policies.meanings import MEANINGS

register = template.Library()


@register.filter
def minutes(number: int) -> str:
    """A span as people say it: `30 minutes`, `1 hour`, `1 hour 30 minutes`."""
    hours, rest = divmod(number, 60)
    parts = [(hours, "hour"), (rest, "minute")]
    return " ".join(
        f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count
    )


@register.filter
def meaning(action: str) -> str:
    """What an action lets somebody do, in words."""
    return MEANINGS[Action(action)]


@register.filter
def between[T](way: Sequence[T]) -> Sequence[T]:
    """What lies on a way between its ends."""
    return way[1:-1]
