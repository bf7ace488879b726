"""How do the pages of access write spans of time?"""

from django import template

register = template.Library()


@register.filter
def minutes(number: int) -> str:
    """A span as people say it: `30 minutes`, `1 hour`, `1 hour 30 minutes`."""
    hours, rest = divmod(number, 60)
    parts = [(hours, "hour"), (rest, "minute")]
    return " ".join(
        f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count
    )
