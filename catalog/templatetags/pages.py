"""How do pages write times, names, icons and links to sections?"""

import re
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from policies import gates
from policies.actions import Action
from policies.models import Governed

register = template.Library()

UNITS = [
    (timedelta(days=365), "y"),
    (timedelta(days=30), "mo"),
    (timedelta(days=1), "d"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "min"),
]
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
TAIL = 14  # characters of a shortened name that always show
SHORT_ENOUGH = 28
HEADING_SIGNS = re.compile(r"^#{1,6}[ \t]+", re.MULTILINE)
AFTER_SEPARATOR = re.compile(r"(?<=[./_:\-,])(?=.)|(?<=[a-z])(?=[A-Z])")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing out of static/img/icons.svg, for the eye only."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.filter
def ago(when: datetime | None) -> SafeString:
    """How long ago, or until when; the exact time on hover."""
    if when is None:
        return format_html('<span class="quiet">{}</span>', "never")
    return _time(when, relative(when, timezone.now()))


@register.filter
def exact(when: datetime | None) -> SafeString:
    """Date and time to the second, in UTC; the fraction on hover."""
    if when is None:
        return format_html('<span class="quiet">{}</span>', DASH)
    return _time(when, f"{when:%Y-%m-%d %H:%M:%S} UTC")


def relative(when: datetime, now: datetime) -> str:
    """The distance in the largest unit that fits: `3 h ago`, `in 2 d`, `just now`."""
    distance = abs(now - when)
    for unit, sign in UNITS:
        if distance >= unit:
            amount = f"{distance // unit} {sign}"
            return f"{amount} ago" if when <= now else f"in {amount}"
    return "just now"


@register.filter
def duration(milliseconds: int | None) -> str:
    """A span as people read it: `840 ms`, `12.3 s`, `4 min 5 s`, `3 h 2 min`."""
    if milliseconds is None:
        return DASH
    if milliseconds < 0:  # clocks of producers differ
        return f"{MINUS}{duration(-milliseconds)}"
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, second = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {second} s"
    hours, minute = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minute} min"
    return f"{hours // 24} d {hours % 24} h"


@register.filter
def amount(number: int | None) -> str:
    """A whole number with its thousands apart."""
    return DASH if number is None else f"{number:,}"


@register.filter
def breakable(name: object) -> SafeString:
    """A name that may go on in the next line after each of its separators."""
    parts = AFTER_SEPARATOR.split(str(name))
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in parts))


@register.filter
def plain(text: str) -> str:
    """A description without the signs of Markdown's headings."""
    return HEADING_SIGNS.sub("", text)


@register.filter
def mid(name: str) -> SafeString:
    """A name on one line, whose middle gives way for want of room; whole on hover."""
    if len(name) <= SHORT_ENOUGH:
        return format_html("{}", name)
    return format_html(
        '<span class="mid" title="{}"><span>{}</span><span>{}</span></span>',
        name,
        name[:-TAIL],
        name[-TAIL:],
    )


@register.simple_tag
def copy(text: object, what: str) -> SafeString:
    """A button that copies `text`; `what` tells its reader what that is."""
    return format_html(
        '<button type="button" class="copy" data-copy="{}" aria-label="Copy {}" '
        'title="Copy {}">{}</button>',
        text,
        what,
        what,
        icon("copy"),
    )


@register.simple_tag
def copy_from(element_id: str, what: str) -> SafeString:
    """A button that copies the text of the element with that id."""
    return format_html(
        '<button type="button" class="copy" data-copy-from="{}" aria-label="Copy {}" '
        'title="Copy {}">{}</button>',
        element_id,
        what,
        what,
        icon("copy"),
    )


@register.simple_tag(takes_context=True)
def section(
    context: template.Context, view_name: str, label: str, also_under: str = ""
) -> SafeString:
    """A link to a section, marked when the page is that section's, or one within it."""
    url = reverse(view_name)
    path = context["request"].path
    within = path.startswith((f"{url}/", also_under or f"{url}/"))
    if path == url:
        return format_html('<a href="{}" aria-current="page">{}</a>', url, label)
    if within and url != "/":
        return format_html('<a href="{}" aria-current="true">{}</a>', url, label)
    return format_html('<a href="{}">{}</a>', url, label)


@register.simple_tag(takes_context=True)
def may(context: template.Context, action: str) -> bool:
    """Whether there is anything at all on which the reader may do `action`."""
    return gates.holds(context["request"].user, Action(action))


@register.simple_tag(takes_context=True)
def may_on(context: template.Context, action: str, asset: Governed) -> bool:
    """Whether the reader may do `action` on this very asset."""
    rows: Any = type(asset)._default_manager
    permitted = rows.permitted(context["request"].user, Action(action))
    return bool(permitted.filter(pk=asset.pk).exists())


@register.simple_tag(takes_context=True)
def this_page_with(context: template.Context, **changes: Any) -> str:
    """This page's query string with some parameters changed; None takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


def _time(when: datetime, shown: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        when.isoformat(),
        f"{when:%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".") + " UTC",
        shown,
    )
