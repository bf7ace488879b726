"""How do pages show what was found?"""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from catalog.search.marking import Marked
from catalog.templatetags.pages import icon

register = template.Library()

# Words have one drawing together: what they are is written beside.
ICONS = {"dataset": "dataset", "job": "job", "run": "run", "namespace": "namespace"}
WORD = "info"


@register.simple_tag
def marked(text: Marked) -> SafeString:
    """A text with what fits marked."""
    return format_html_join(
        mark_safe(""),
        "{}",
        (
            (format_html("<mark>{}</mark>", piece) if fits else piece,)
            for piece, fits in text.pieces()
        ),
    )


@register.simple_tag
def kind_icon(kind: str) -> SafeString:
    """The drawing of a kind of things."""
    return icon(ICONS.get(kind, WORD))
