"""How does a text that somebody wrote in Markdown become safe HTML?"""

from html import unescape

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
# No image: a page asks nobody else for anything.
SCHEMES = {"http", "https", "mailto"}
LONGEST = 50_000  # characters; the rest of a longer one is left out

_parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
_parser.enable(["table", "strikethrough"])
# A page has headings of its own: those of a text are lines in bold.
_parser.add_render_rule("heading_open", lambda *_: "<p><strong>")
_parser.add_render_rule("heading_close", lambda *_: "</strong></p>\n")
_parser.add_render_rule(
    "image", lambda _, tokens, index, *__: format_html("{}", tokens[index].content)
)


def render(text: str) -> SafeString:
    """The text as HTML of a few harmless elements, whatever was written."""
    html = _parser.render(text[:LONGEST])
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308


def in_brief(text: str) -> str:
    """The text without its signs, on one line."""
    words = nh3.clean(_parser.render(text[:LONGEST]), tags=set())
    return " ".join(unescape(words).split())
