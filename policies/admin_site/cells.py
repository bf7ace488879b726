"""How do the administration pages write times, states and what is not there?"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

DASH = "\N{EN DASH}"


def moment(field: str, label: str, never: str = DASH) -> Callable[[Any], SafeString]:
    """A column for the time in `field`, to the minute, exactly on hover."""

    def shown(row: Any) -> SafeString:
        when = row
        for step in field.split("__"):
            when = getattr(when, step)
        return at(when, never)

    shown.__name__ = field
    shown.short_description = label  # type: ignore[attr-defined]
    shown.admin_order_field = field  # type: ignore[attr-defined]
    return shown


def at(when: datetime | None, never: str = DASH) -> SafeString:
    """A time to the minute, exactly on hover; `never` if there is none."""
    if when is None:
        return quiet(never)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        when.isoformat(),
        f"{when:%Y-%m-%d %H:%M:%S.%f} UTC",
        f"{when:%Y-%m-%d %H:%M}",
    )


def pill(word: str, kind: str = "") -> SafeString:
    """A state as a dot and a word; `kind` is good, busy, bad or warn."""
    return format_html('<span class="pill {}">{}</span>', kind and f"pill-{kind}", word)


def quiet(word: str) -> SafeString:
    return format_html('<span class="quiet">{}</span>', word)


def identifier(text: str) -> SafeString:
    """A name that machines gave."""
    return format_html('<span class="id">{}</span>', text)
